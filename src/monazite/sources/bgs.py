"""British Geological Survey, World Mineral Statistics: the CSV of its features interface."""

import re
from pathlib import Path

from monazite.sources.curated import read_curated
from monazite.sources.delimited import raise_problems, read_delimited, read_number
from monazite.sources.exclusions import Excluded
from monazite.sources.published_production import (
    Report,
    find_country,
    find_unit,
    index_commodities,
    report_rows,
)
from monazite.sources.table import Reading

SOURCE_ID = "bgs"
COLUMNS = (
    "bgs_statistic_type_trans", "bgs_commodity_trans", "bgs_sub_commodity_trans", "country_trans", "year",
    "quantity", "units", "sdmx_code", "concat_figure_notes_text", "yearbook_table_trans",
)  # fmt: skip
PRODUCTION = "Production"
MARKS = {
    "O": "no figure: not available",
    "N": "no figure: more than nothing, less than half a unit",
    "M": "no figure",
}
NORMAL = ("A", "E")
ESTIMATE = "Estimates."
YEAR = re.compile(r"(\d{4})(-01-01([ T]00:00:00Z?)?)?")


def read_bgs_production(path: Path) -> Reading:
    """
    Read production by country from a CSV of World Mineral Statistics.

    Parameters
    ----------
    path : Path
        The answer of `https://ogcapi.bgs.ac.uk/collections/world-mineral-statistics/items?f=csv&...`: UTF-8, comma,
        a row per country, year, commodity and sub-commodity; columns in any order.

    Returns
    -------
    Reading
        `published_production` (see `report_rows`). quality: estimated where a note of the figure says so. A `Nil` is a
        reported zero. Excluded: imports and exports, figures that are not available or less than half a unit, and
        commodities that no row of `bgs_commodities.csv` maps.

    Raises
    ------
    SourceError
        Once: a column is missing, text in a number, a negative figure, an unknown country, unit or mark, or a
        figure twice.

    Notes
    -----
    Countries are read by name: the publisher's ISO3 code of Congo (Brazzaville) is that of the Democratic Republic.
    One output may stand in two forms, such as lithium carbonate by gross weight and by its content of lithium: forms
    are never added up.

    References
    ----------
    .. [1] British Geological Survey, World mineral statistics data, UKRI,
       https://www.bgs.ac.uk/mineralsuk/statistics/world-mineral-statistics/
    """
    known = index_commodities(read_curated("bgs_commodities"), ["commodity", "sub_commodity"])
    problems: list[str] = []
    excluded = Excluded()
    reports = []
    for line, row in read_delimited(path, COLUMNS):
        words = (row["bgs_commodity_trans"], row["bgs_sub_commodity_trans"])
        label = ", ".join(filter(None, words))
        if row["bgs_statistic_type_trans"] != PRODUCTION:
            excluded.add(label, f"{row['bgs_statistic_type_trans'] or 'no statistic'}, not {PRODUCTION}")
        elif words not in known:
            excluded.add(label, "not mapped to a material")
        elif row["sdmx_code"] in MARKS:
            excluded.add(label, MARKS[row["sdmx_code"]])
        else:
            report = _report(row, f"line {line}", problems)
            reports.append(Report(known[words], *report))
    raise_problems(path.name, problems, "a country, a year, a unit of mass, a number >= 0, a known mark")
    return Reading(report_rows(reports, SOURCE_ID, path.name), excluded.listed())


def _report(
    row: dict[str, str], where: str, problems: list[str]
) -> tuple[str, int, float, str, str, str, str]:
    year = YEAR.fullmatch(row["year"])
    if not year:
        problems.append(f"{where}, year: {row['year']!r} is no year")
    if row["sdmx_code"] not in NORMAL:
        problems.append(f"{where}, sdmx_code: {row['sdmx_code']!r} is no known mark")
    country = find_country(row["country_trans"], f"{where}, country_trans", problems)
    notes = [note.strip() for note in row["concat_figure_notes_text"].split("|") if note.strip()]
    return (
        country,
        int(year[1]) if year else 0,
        read_number(row["quantity"], f"{where}, quantity", problems),
        find_unit(row["units"], f"{where}, units", problems),
        "estimated" if ESTIMATE in notes else "reported",
        f"British Geological Survey, World Mineral Statistics, {row['yearbook_table_trans']}",
        " ".join(note for note in notes if note != ESTIMATE),
    )
