"""World Mining Data as its publisher hands it out: the workbook of table 6.4, one sheet per commodity."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from monazite.errors import SourceError, nearest_names
from monazite.sources.curated import read_curated
from monazite.sources.delimited import raise_problems, read_number
from monazite.sources.excel import Cell, read_workbook
from monazite.sources.published_production import (
    Commodity,
    Report,
    find_country,
    find_unit,
    index_commodities,
    report_rows,
)
from monazite.sources.table import Exclusion, Reading
from monazite.sources.world_mining_data import QUALITY, SOURCE_ID, TOLERANCE

TITLE = "Production of Mineral Raw Materials of individual Countries by Minerals"
FIRST, UNIT, LAST = "Country", "unit", "data source"
TOTAL = "Total"
EMPTY = (None, "", "-")
HEADER_ROWS = 5
"""Rows within which the header stands; above it is the title."""


def read_world_mining_data_xlsx(path: Path) -> Reading:
    """
    Read the workbook "6.4. Production of Mineral Raw Materials of individual Countries by Minerals".

    Parameters
    ----------
    path : Path
        The publisher's xlsx. Row 1 of a sheet is its title, row 2 the header (Country, unit, five years, data
        source), then a row per country, numbers as text, and the row Total.

    Returns
    -------
    Reading
        `published_production` (see `report_rows`): production_t [t contained], published [t or kg as the sheet says],
        year, country. An empty cell is no figure and has no row. Excluded: the row Total, and commodities that are
        published as a volume or in carats, or that no row of `wmd_commodities.csv` maps.

    Raises
    ------
    SourceError
        Once: no workbook, a sheet with another header, text in a number, a negative figure, an unknown country,
        unit or data source, a country twice, or a Total that is not the sum of the countries within 0.1 %.

    References
    ----------
    .. [1] C. Reichl and M. Schatz, World Mining Data, Federal Ministry of Finance of the Republic of Austria, table
       6.4; https://www.world-mining-data.info/?World_Mining_Data___Data_Section. The layout is that of the edition
       of 2026, which has 65 sheets.
    """
    known = index_commodities(read_curated("wmd_commodities"), ["wmd_table"])
    reports: list[Report] = []
    excluded: list[Exclusion] = []
    problems: list[str] = []
    for sheet, rows in read_workbook(path).items():
        commodity = known.get((sheet.strip(),))
        if commodity is None:
            excluded.append(_count_unmapped(sheet, rows))
            continue
        figures = _read_sheet(sheet, rows, commodity, problems)
        _check_total(sheet, rows, figures, problems)
        reports += figures
        totals = sum(cell not in EMPTY for row in rows if row and row[0] == TOTAL for cell in row[2:-1])
        excluded.append(Exclusion(f"sheet {sheet}, row Total", "sum of the countries, checked", totals))
    raise_problems(path.name, problems, f"{FIRST}, {UNIT}, years, {LAST}; numbers, >= 0; r, e or p as source")
    if not reports:
        raise SourceError(
            path.name,
            "has no sheet of a known commodity.",
            which=[row.where for row in excluded],
            expected=f"table 6.4, {TITLE}",
        )
    return Reading(report_rows(reports, SOURCE_ID, path.name), tuple(excluded))


def _header(rows: Sequence[Sequence[Cell]]) -> tuple[int, Mapping[int, int]] | None:
    """Find the header: its row, and column -> year; None where there is none."""
    for number, row in enumerate(rows[:HEADER_ROWS]):
        words = [str(cell or "").strip() for cell in row]
        if len(words) < 4 or words[:2] != [FIRST, UNIT] or LAST not in words:
            continue
        middle = words[2 : words.index(LAST)]
        years = {
            at: int(float(word)) for at, word in enumerate(middle, 2) if word.replace(".0", "").isdecimal()
        }
        return (number, years) if len(years) == len(middle) and years else None
    return None


def _countries(rows: Sequence[Sequence[Cell]]) -> list[tuple[int, Sequence[Cell], str]]:
    """List the rows below the header: number as in the sheet, cells, unit."""
    found = _header(rows)
    if found is None:
        return []
    return [
        (number, row, str(row[1] or ""))
        for number, row in enumerate(rows[found[0] + 1 :], found[0] + 2)
        if row[0] not in EMPTY and row[0] != TOTAL
    ]


def _count_unmapped(sheet: str, rows: Sequence[Sequence[Cell]]) -> Exclusion:
    """Count the figures of a sheet that is no material of ours, the row Total among them."""
    found = _header(rows)
    years = found[1] if found else {}
    count = sum(row[at] not in EMPTY for row in rows[found[0] + 1 :] for at in years) if found else 0
    unit = ", ".join(sorted({unit for *_, unit in _countries(rows)})) or "another layout"
    return Exclusion(f"sheet {sheet}", f"not mapped to a material ({unit})", count)


def _read_sheet(
    sheet: str, rows: Sequence[Sequence[Cell]], commodity: Commodity, problems: list[str]
) -> list[Report]:
    found = _header(rows)
    if found is None:
        problems.append(f"{sheet}: no header {FIRST}, {UNIT}, years, {LAST} in its first {HEADER_ROWS} rows")
        return []
    years = found[1]
    mark_at = max(years) + 1
    reports = []
    for number, row, unit in _countries(rows):
        where = f"{sheet}, row {number}"
        mark = str(row[mark_at] or "")
        find_unit(unit, f"{where}, {UNIT}", problems)
        if mark not in QUALITY:
            problems.append(f"{where}, {LAST}: {mark!r} ({nearest_names(mark, QUALITY)})")
        country = find_country(str(row[0]), f"{where}, {FIRST}", problems)
        reports += [
            Report(
                commodity,
                country,
                year,
                read_number(str(row[at]), f"{where}, {year}", problems),
                unit,
                QUALITY.get(mark, ""),
                f"World Mining Data, table 6.4, {sheet.strip()}",
            )
            for at, year in years.items()
            if row[at] not in EMPTY
        ]
    return reports


def _check_total(
    sheet: str, rows: Sequence[Sequence[Cell]], figures: Sequence[Report], problems: list[str]
) -> None:
    """Compare the countries with the row Total: lost rows and half a sheet show here."""
    found = _header(rows)
    total = next((row for row in rows if row and row[0] == TOTAL), None)
    if found is None:
        return
    if total is None:
        problems.append(f"{sheet}: no row Total; half a sheet?")
        return
    for at, year in found[1].items():
        if total[at] in EMPTY:
            continue
        printed = read_number(str(total[at]), f"{sheet}, Total, {year}", problems)
        summed = sum(report.published for report in figures if report.year == year)
        if abs(summed - printed) > TOLERANCE * max(printed, 1.0):
            problems.append(
                f"{sheet}, {year}: the countries add up to {summed:,.0f}, Total is {printed:,.0f}"
            )
