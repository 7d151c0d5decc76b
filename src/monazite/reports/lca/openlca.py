"""GeoPolRisk factors as openLCA JSON-LD: one zip with method, categories, flows, locations and sources."""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import olca_schema as olca
from olca_schema import units
from olca_schema.zipio import ZipWriter

from monazite.reports.export_target import check_target, locate_out, replacing
from monazite.reports.lca.factors import METHOD, UNIT, FactorSet, describe_factors, name_goods
from monazite.snapshot import read_origins
from monazite.vocabulary import countries, country_name

SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:monazite:lca")
"""Namespace of our identifiers, so that the same goods have the same identifier in every export."""
KILOGRAM = "kg"


def write_openlca(factors: FactorSet, path: Path, *, overwrite: bool = False) -> Path:
    """
    Write the factors as a JSON-LD package that openLCA imports.

    Parameters
    ----------
    factors : FactorSet
        From `collect_factors`.
    path : Path
        The zip file.
    overwrite : bool, default False
        Whether an older file may give way.

    Returns
    -------
    Path
        What was written: an impact method with one category a year, each factor with the location of the importing
        region; an elementary flow for each kind of traded goods; the locations (openLCA's identifiers for countries);
        units and mass as openLCA ships them; a source for each publisher.

    Raises
    ------
    DataError
        If the file exists and `overwrite` is not set, or cannot be written.
    """
    out = locate_out(path)
    check_target(out, (), is_folder=False, overwrite=overwrite)
    with replacing(out, is_folder=False) as temporary, ZipWriter(temporary) as package:
        for entity in build_entities(factors):
            entity.last_change = None
            package.write(entity)
    return out


def build_entities(factors: FactorSet) -> Iterator[olca.RootEntity]:
    """Build every entity of a package, each before those that refer to it."""
    unit, group, mass = _mass()
    yield group
    yield mass
    yield from _sources(factors)
    places = {code: _location(code) for code in factors.regions}
    yield from places.values()
    flows = {goods: _flow(*goods, mass) for goods in factors.goods}
    yield from flows.values()
    categories = [_category(factors, year, flows, places, (unit, mass)) for year in factors.years]
    yield from categories
    yield _method(factors, categories)


def location_id(code: str) -> str:
    """
    Identify a location as openLCA does: from the MD5 hash of its code in lower case.

    Examples
    --------
    The United States, as in the data of the US Federal LCA Commons:

    >>> location_id("US")
    '0b3b97fa-6688-3c56-88ee-4ae80ec0c3c2'
    """
    digest = hashlib.md5(code.lower().encode(), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest, version=3))


def _mass() -> tuple[olca.Ref, olca.UnitGroup, olca.FlowProperty]:
    """Build kilogram and mass under the identifiers that openLCA ships."""
    unit, group, mass = (find(KILOGRAM) for find in (units.unit_ref, units.group_ref, units.property_ref))
    kilogram = olca.Unit(id=unit.id, name=KILOGRAM, conversion_factor=1.0, is_ref_unit=True)
    return (
        unit,
        olca.UnitGroup(id=group.id, name=group.name, units=[kilogram], default_flow_property=mass),
        olca.FlowProperty(
            id=mass.id, name=mass.name, flow_property_type=olca.FlowPropertyType.PHYSICAL_QUANTITY, unit_group=group
        ),
    )  # fmt: skip


def _location(code: str) -> olca.Location:
    """Build a country by its two-letter code, or a group by its name."""
    country = countries().get(code)
    short = country.iso2 if country else code
    return olca.Location(
        id=location_id(short), code=short, name=country_name(code) if country else code,
        category="Country" if country else "Group of countries",
    )  # fmt: skip


def _flow(material: str, stage: str, mass: olca.FlowProperty) -> olca.Flow:
    """Build the flow of the traded goods of a material at a stage."""
    factor = olca.FlowPropertyFactor(
        conversion_factor=1.0, flow_property=mass.to_ref(), is_ref_flow_property=True
    )
    return olca.Flow(
        id=str(uuid.uuid5(SPACE, f"{material}/{stage}")), name=name_goods(material, stage),
        category="Resource/traded raw materials", flow_type=olca.FlowType.ELEMENTARY_FLOW, flow_properties=[factor],
        description="kg as traded: gross weight of the goods, not of the contained material",
    )  # fmt: skip


def _category(
    factors: FactorSet,
    year: int,
    flows: dict[tuple[str, str], olca.Flow],
    places: dict[str, olca.Location],
    kilogram: tuple[olca.Ref, olca.FlowProperty],
) -> olca.ImpactCategory:
    """Build the category of one year, with a factor for each kind of goods and region."""
    unit, mass = kilogram
    return olca.ImpactCategory(
        id=str(uuid.uuid5(SPACE, f"{_name(factors)}/{year}")), name=f"{METHOD} {year}", ref_unit=UNIT,
        direction=olca.Direction.INPUT, description=describe_factors(factors),
        impact_factors=[
            olca.ImpactFactor(
                flow=flows[factor.material, factor.stage].to_ref(), flow_property=mass.to_ref(), unit=unit,
                location=places[factor.region].to_ref(), value=factor.value,
            )
            for factor in factors.of_year(year)
        ],
    )  # fmt: skip


def _method(factors: FactorSet, categories: Sequence[olca.ImpactCategory]) -> olca.ImpactMethod:
    """Build the method that holds the categories."""
    return olca.ImpactMethod(
        id=str(uuid.uuid5(SPACE, _name(factors))), name=_name(factors), description=describe_factors(factors),
        impact_categories=[category.to_ref() for category in categories],
    )  # fmt: skip


def _sources(factors: FactorSet) -> Iterator[olca.Source]:
    """Build a source for each publisher of the figures."""
    origins = read_origins()
    for source_id in factors.lineage.source_ids:
        origin = origins[source_id]
        yield olca.Source(
            id=str(uuid.uuid5(SPACE, f"source/{source_id}")), name=f"{origin.producer}: {origin.title}",
            text_reference=origin.citation, url=str(origin.url_main), description=origin.licence.name,
        )  # fmt: skip


def _name(factors: FactorSet) -> str:
    """Name the method: whose rules, and from which release."""
    return f"{METHOD}, rules of {factors.rules}, release {factors.lineage.release}"
