"""Characterisation factors as both bridges write them: goods, region, year and value, with their description."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.snapshot import read_origins
from monazite.vocabulary import materials

METHOD = "GeoPolRisk"
UNIT = "kg Cu-eq"
REFERENCE = (
    "A. Koyamparambath et al., Resour. Conserv. Recycl., vol. 209, 107801, 2024, "
    "doi:10.1016/j.resconrec.2024.107801"
)


@dataclass(frozen=True, order=True)
class Factor:
    """
    One factor: `value` per kg of the traded goods of a material at a stage, bought by a region in a year.

    `value` [kg Cu-eq per kg as traded, >= 0]
    """

    year: int
    material: str
    stage: str
    region: str
    value: float


@dataclass(frozen=True)
class FactorSet:
    """The factors of a request, by whose rules they were computed, from what, and what had none."""

    factors: tuple[Factor, ...]
    rules: str
    lineage: Lineage
    left_out: Mapping[str, int]

    @property
    def years(self) -> tuple[int, ...]:
        """Years of the factors, sorted."""
        return tuple(sorted({factor.year for factor in self.factors}))

    @property
    def goods(self) -> tuple[tuple[str, str], ...]:
        """Material and stage of every traded product, sorted."""
        return tuple(sorted({(factor.material, factor.stage) for factor in self.factors}))

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions of the factors, sorted."""
        return tuple(sorted({factor.region for factor in self.factors}))

    def of_year(self, year: int) -> tuple[Factor, ...]:
        """Give the factors of one year."""
        return tuple(factor for factor in self.factors if factor.year == year)


def collect_factors(records: Sequence[Mapping[str, object]], lineage: Lineage) -> FactorSet:
    """
    Collect the factors of GeoPolRisk records; what has none is counted by reason, never written as 0.

    Parameters
    ----------
    records : sequence of mapping
        From `measure_geopolrisk`, of one method.
    lineage : Lineage
        Of the records.

    Returns
    -------
    FactorSet
        Sorted by year, material, stage and region.

    Raises
    ------
    DataError
        If no record has a factor; the reasons are named.
    """
    found: list[Factor] = []
    left_out: dict[str, int] = {}
    for record in records:
        value = record["characterisation_factor"]
        if value is None:
            reason = str(record.get("reason") or "no price: nothing imported has both a value and tonnes.")
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        material, stage, region = (str(record[name]) for name in ("material", "stage", "region"))
        found.append(Factor(int(str(record["year"])), material, stage, region, float(str(value))))
    if not found:
        raise DataError(
            "lca factors", "no combination has a characterisation factor.", which=list(left_out),
            fix="ask for other stages, years or regions",
        )  # fmt: skip
    return FactorSet(tuple(sorted(found)), str(records[0]["method"]), lineage, left_out)


def name_goods(material: str, stage: str) -> str:
    """
    Name the traded goods of a material at a stage, as a flow.

    Examples
    --------
    >>> name_goods("cobalt", "processing")
    'Cobalt, traded products of processing'
    """
    return f"{materials()[material].name.capitalize()}, traded products of {stage}"


def describe_factors(factors: FactorSet) -> str:
    """Describe what the factors are, from what they were computed, and who published it, in one paragraph."""
    origins = read_origins()
    sources = "; ".join(origins[name].citation for name in factors.lineage.source_ids)
    lineage = factors.lineage
    return (
        f"Geopolitical supply risk of raw materials by importing region, in {UNIT} per kg of the goods as traded (ore "
        f"where ore is traded), by the rules of {factors.rules}; {REFERENCE}. The price in each factor is the unit "
        f"value of the region's imports in the year. A combination that cannot be scored has no factor, which is not "
        f"0. Release {lineage.release} ({lineage.release_sha256[:12]}), monazite {lineage.code_version}. "
        f"Sources: {sources}"
    )
