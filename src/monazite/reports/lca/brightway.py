"""GeoPolRisk factors as Brightway impact assessment methods: one for each year and importing region."""

from dataclasses import dataclass

import bw2data

from monazite.errors import DataError
from monazite.reports.lca.factors import METHOD, UNIT, FactorSet, describe_factors, name_goods

DATABASE = "monazite traded raw materials"
CATEGORIES = ("natural resource", "traded raw material")
MethodName = tuple[str, str, str, str]


@dataclass(frozen=True)
class Written:
    """What was written: the project, the database of the flows and the names of the methods."""

    project: str
    database: str
    methods: tuple[MethodName, ...]


def write_brightway(factors: FactorSet, *, project: str | None = None, overwrite: bool = False) -> Written:
    """
    Write the factors into a Brightway project.

    Parameters
    ----------
    factors : FactorSet
        From `collect_factors`.
    project : str, optional
        Made where it does not exist; the current one by default.
    overwrite : bool, default False
        Whether methods of the same name may give way.

    Returns
    -------
    Written
        Methods `("GeoPolRisk", "<rules>, release <name>", "<year>", "<region>")` [kg Cu-eq per kg as traded]. Their
        flows are nodes of the database `monazite traded raw materials`, coded `<material>-<stage>`; those that exist
        stay as they are, so that what points at them still does.

    Raises
    ------
    DataError
        If methods exist and `overwrite` is not set; all of them are named.
    """
    if project is not None:
        bw2data.projects.set_current(project)
    names = {
        (year, region): name_method(factors, year, region)
        for year in factors.years
        for region in factors.regions
    }
    taken = [name for name in names.values() if name in bw2data.methods]
    if taken and not overwrite:
        raise DataError(
            f"Brightway project {bw2data.projects.current}", f"{len(taken)} of these methods exist.",
            which=[" / ".join(name) for name in taken], fix="add --overwrite, or name another project with --project",
        )  # fmt: skip
    _write_flows(factors)
    text = describe_factors(factors)
    written = []
    for year in factors.years:
        by_region: dict[str, list[tuple[tuple[str, str], float]]] = {}
        for factor in factors.of_year(year):
            key = (DATABASE, f"{factor.material}-{factor.stage}")
            by_region.setdefault(factor.region, []).append((key, factor.value))
        for region, rows in by_region.items():
            method = bw2data.Method(names[year, region])
            if names[year, region] not in bw2data.methods:
                method.register(unit=UNIT, description=text)
            method.write(rows)
            written.append(names[year, region])
    return Written(str(bw2data.projects.current), DATABASE, tuple(written))


def name_method(factors: FactorSet, year: int, region: str) -> MethodName:
    """Name the method of one year and region by a tuple from the general to the special, as Brightway does."""
    return METHOD, f"{factors.rules}, release {factors.lineage.release}", str(year), region


def _write_flows(factors: FactorSet) -> None:
    """Add the flows that the database does not have."""
    database = bw2data.Database(DATABASE)
    if DATABASE not in bw2data.databases:
        database.register()
    known = {node["code"] for node in database}
    for material, stage in factors.goods:
        code = f"{material}-{stage}"
        if code not in known:
            database.new_node(
                code=code, name=name_goods(material, stage), unit="kilogram", categories=CATEGORIES,
                type="natural resource",
            ).save()  # fmt: skip
