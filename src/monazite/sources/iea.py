"""International Energy Agency, Critical Minerals Data Explorer: supply by country."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from monazite.errors import SourceError
from monazite.sources.curated import read_curated
from monazite.sources.delimited import raise_problems, read_number
from monazite.sources.excel import Cell, read_workbook
from monazite.sources.exclusions import Excluded
from monazite.sources.published_production import Report, find_country, index_commodities, report_rows
from monazite.sources.table import Reading

SOURCE_ID = "iea"
SHEET = "2 Total supply for key minerals"
UNIT = "kt"
CITED = "International Energy Agency, Critical Minerals Data Explorer, total supply for key minerals"
REST = "rest of world"
TOTALS = ("total", "total clean technologies")
"""Labels of the row Total; the second is a slip of the edition of May 2025 in the block of refined cobalt."""
TOP = "top 3 share"
NOTES = ("note", "“", '"', "source")
ROW = "ROW"
FIRST_YEAR, LAST_YEAR = 2000, 2100
TOLERANCE = 2e-3  # of the row Total


class _Block(NamedTuple):
    """A block of the sheet: mineral, step, column of the countries, column -> year."""

    mineral: str
    step: str
    at: int
    years: dict[int, int]
    row: int


def read_iea_supply(path: Path) -> Reading:
    """
    Read supply by country from the workbook of the Critical Minerals Data Explorer.

    Parameters
    ----------
    path : Path
        `CM_Data_Explorer.xlsx`. Its sheet "2 Total supply for key minerals" has blocks side by side, mining and
        refining, headed `Copper - Mining`; a row of years; then countries, Rest of world, Total and Top 3 share, kt.

    Returns
    -------
    Reading
        `published_production` (see `report_rows`) of the base year, the first of the sheet (2024 in the edition of May
        2025). `Rest of world` is ROW. quality: estimated, for the agency compiles them. Excluded: projections,
        totals, top 3 shares, and blocks that no row of `iea_minerals.csv` maps.

    Raises
    ------
    SourceError
        Once: no workbook or no such sheet, text in a number, a negative figure, an unknown country, a Total that is
        not the sum of its countries within 0.2 %, or a figure twice.

    References
    ----------
    .. [1] IEA, Critical Minerals Data Explorer, https://www.iea.org/data-and-statistics/data-tools/
       critical-minerals-data-explorer (CC BY 4.0), workbook of May 2025.
    """
    rows = read_workbook(path).get(SHEET)
    if rows is None:
        raise SourceError(path.name, "lacks the sheet of supply.", expected=SHEET)
    known = index_commodities(read_curated("iea_minerals"), ["mineral", "step"])
    problems: list[str] = []
    excluded = Excluded()
    reports: list[Report] = []
    blocks = list(_blocks(rows))
    base = min((year for block in blocks for year in block.years.values()), default=0)
    for block in blocks:
        label = f"{block.mineral} - {block.step}"
        commodity = known.get((block.mineral, block.step))
        figures = list(_figures(rows, block, blocks))
        if commodity is None:
            excluded.add(label, "not mapped to a material", len(figures))
            continue
        own = _read_block(figures, label, base, excluded, problems)
        source = f"{CITED}, {label}"
        reports += [
            Report(commodity, country, base, value, UNIT, "estimated", source) for country, value in own
        ]
    raise_problems(path.name, problems, f"a country, a number >= 0 in {UNIT}, a Total that adds up")
    if not reports:
        raise SourceError(f"{path.name}, {SHEET}", "has no block of supply.", expected="Copper - Mining, ...")
    return Reading(report_rows(reports, SOURCE_ID, path.name), excluded.listed())


def _blocks(rows: Sequence[Sequence[Cell]]) -> Iterator[_Block]:
    """Find the heads, and for each the years right of it in the row of years above or below."""
    year_row: dict[int, int] = {}
    for number, row in enumerate(rows):
        near = {**_years(rows[number + 1] if number + 1 < len(rows) else ()), **_years(row)}
        year_row = near or year_row
        heads = [at for at, cell in enumerate(row) if isinstance(cell, str) and " - " in cell]
        for at in heads:
            mineral, _, step = str(row[at]).partition(" - ")
            end = min((other for other in heads if other > at), default=_next_gap(year_row, at))
            years = {column: year for column, year in year_row.items() if at < column < end}
            if years:
                yield _Block(mineral.strip(), step.split("(")[0].strip(), at, years, number)


def _next_gap(years: dict[int, int], at: int) -> int:
    """Find the column after the run of years that starts right of a head."""
    column = at + 1
    while column in years:
        column += 1
    return column


def _years(row: Sequence[Cell]) -> dict[int, int]:
    found = {
        at: int(float(str(cell)))
        for at, cell in enumerate(row)
        if str(cell).removesuffix(".0").isdecimal() and FIRST_YEAR <= float(str(cell)) <= LAST_YEAR
    }
    return found if len(found) > 1 else {}


def _figures(
    rows: Sequence[Sequence[Cell]], block: _Block, blocks: Sequence[_Block]
) -> Iterator[tuple[str, str, int, Cell]]:
    """List the figures of a block: place, label, year, cell; blank rows are skipped, Top 3 share ends it."""
    end = min((b.row for b in blocks if b.row > block.row and b.at == block.at), default=len(rows))
    for number in range(block.row + 1, end):
        label = str(rows[number][block.at] or "").strip() if block.at < len(rows[number]) else ""
        if label.casefold().startswith(NOTES):
            return
        if not label or label in map(str, block.years.values()):
            continue
        for at, year in block.years.items():
            if at < len(rows[number]) and rows[number][at] is not None:
                yield f"row {number + 1}", label, year, rows[number][at]
        if label.casefold().startswith(TOP):
            return


def _read_block(
    figures: Sequence[tuple[str, str, int, Cell]],
    block: str,
    base: int,
    excluded: Excluded,
    problems: list[str],
) -> list[tuple[str, float]]:
    own: list[tuple[str, float]] = []
    total = math.nan
    for where, label, year, cell in figures:
        word = label.casefold()
        place = f"{block}, {where}, {label}"
        if word.startswith(TOP):
            excluded.add(block, "share of the first three")
        elif year != base:
            excluded.add(block, "projection, no observation")
        elif word in TOTALS:
            excluded.add(block, "total, checked")
            total = read_number(str(cell), place, problems)
        else:
            country = ROW if word == REST else find_country(label, place, problems)
            own.append((country, read_number(str(cell), place, problems)))
    summed = sum(value for _, value in own)
    if abs(summed - total) > TOLERANCE * max(total, 1e-9):
        problems.append(f"{block}: the countries add up to {summed:,.2f}, Total is {total:,.2f}")
    return own
