"""What follows from the reports of production: sums of groups, the choice of one source, and the conflicts."""

from monazite.sources.production_reports import choose_production, join_reports, list_conflicts, sum_parts
from monazite.sources.table import Columns

KEYS = {
    "production": ("material", "stage", "year", "country"),
    "production_reports": ("material", "stage", "form", "year", "country", "source_id"),
    "conflicts": ("material", "stage", "year", "region", "other_source_id"),
}
"""Primary keys of the tables that `build_production` gives; they are sorted by them."""
GROUP = "platinum_group_metals"
MEMBERS = ("platinum", "palladium", "rhodium")
"""Metals of the group that World Mining Data counts."""
COUNTED_BY = "world_mining_data"


def build_production(reports: Columns, preferences: Columns) -> dict[str, Columns]:
    """
    Add up groups, choose one source for every material, stage and year, and list where the others differ.

    Parameters
    ----------
    reports : Columns
        Reports of production, as `join_reports` gives them; an older sum of the platinum group metals is renewed.
    preferences : Columns
        `production_preferences`: exceptions to the rules of choice.

    Returns
    -------
    dict of str to Columns
        `production_reports`, with the sum of the platinum group metals; `production`, the chosen rows with the rule
        that chose; `conflicts` (docs/decisions/0007).

    Raises
    ------
    SourceError
        As `choose_production`.

    Examples
    --------
    World Mining Data's platinum of 4 t and palladium of 3 t are a part of the group of 7 t:

    >>> from monazite.sources.curated import read_curated
    >>> from monazite.sources.production_reports import REPORT
    >>> from monazite.sources.table import columns_from_rows
    >>> rows = [(metal, "extraction", "ore", "all", "ZAF", 2024, tonnes, tonnes, "reported", COUNTED_BY, "", "", "")
    ...         for metal, tonnes in (("platinum", 4.0), ("palladium", 3.0))]
    >>> preferred = read_curated("production_preferences")
    >>> none = {name: column[:0] for name, column in preferred.items()}
    >>> found = build_production(columns_from_rows(REPORT, rows), none)["production"]
    >>> found["production_t"][found["material"] == GROUP].tolist(), found["rule"].tolist()[0]
    ([7.0], 'only source')
    """
    is_sum = (
        (reports["material"] == GROUP)
        & (reports["source_id"] == COUNTED_BY)
        & (reports["checked"] == "derived")
    )
    published = {name: column[~is_sum] for name, column in reports.items()}
    sums = sum_parts(published, GROUP, MEMBERS, COUNTED_BY)
    whole = join_reports(published, sums) if len(sums["material"]) else join_reports(published)
    production = choose_production(whole, preferences)
    conflicts = list_conflicts(whole, production)
    del production["covers"]
    return {"production": production, "production_reports": whole, "conflicts": conflicts}
