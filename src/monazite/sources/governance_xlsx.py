"""Worldwide Governance Indicators as the World Bank hands them out: three layouts of its workbook."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from monazite.errors import DataError, SourceError
from monazite.sources.delimited import raise_problems
from monazite.sources.excel import Cell, Rows, read_workbook
from monazite.sources.governance import SOURCE_ID
from monazite.sources.table import Exclusion, Reading, columns_from_rows
from monazite.vocabulary import countries, resolve_country

COLUMNS = ("country", "year", "political_stability", "political_stability_sd", "source_id")
DIMENSION = "pv"
DIMENSIONS = ("va", "pv", "ge", "rq", "rl", "cc")
LONG = ("code", "countryname", "year", "indicator", "estimate", "stddev")
SHEETS_2025 = ("Economy (code)", "Economy (name)", "Year", "Governance estimate (approx. -2.5 to +2.5)")
WIDE = ("Country/Territory", "Code")
WIDE_SHEET = "politicalstability"
MISSING = (None, "", "..", "#N/A", "NA")
LIMIT = 5.0
"""Largest absolute estimate or error that is believed; most lie within 2.5 standard deviations."""
OWN_CODES: Mapping[str, str] = {
    "ADO": "AND", "ROM": "ROU", "ZAR": "COD", "TMP": "TLS", "WBG": "PSE", "KSV": "XKX", "JEY": "JEY",
}  # fmt: skip
"""Codes of the World Bank that are not ISO3."""


class _Figure(NamedTuple):
    where: str
    code: str
    name: str
    year: Cell
    estimate: Cell
    error: Cell


def read_governance_xlsx(path: Path) -> Reading:
    """
    Read the political stability estimates of the workbook of the WGI.

    Parameters
    ----------
    path : Path
        The publisher's xlsx, or its zip with the one xlsx. Known layouts: a sheet per dimension (va, pv, ...) with
        a row per economy and year (edition of 2025); one sheet with columns code, countryname, year, indicator,
        estimate, stddev (2023 and 2024); a sheet per dimension with six columns per year (until 2022).

    Returns
    -------
    Reading
        `governance`: country (ISO3), year, political_stability [standard normal, about -2.5 (weak) to 2.5 (strong)],
        political_stability_sd [same unit; NaN where the edition has no error of the estimate: that of the score from 0
        to 100 is none], source_id.
        Primary key: country, year. Excluded: the other dimensions, and rows without an estimate.

    Raises
    ------
    SourceError
        Once: no workbook, none of the layouts, text in a number, an unknown economy, or an economy and year twice.

    References
    ----------
    .. [1] World Bank, Worldwide Governance Indicators, 2025 update,
       https://www.worldbank.org/en/publication/worldwide-governance-indicators (wgidataset_with_sourcedata-2025.xlsx;
       earlier editions: wgidataset.xlsx).
    .. [2] D. Kaufmann, A. Kraay and M. Mastruzzi, "The Worldwide Governance Indicators: Methodology and Analytical
       Issues," World Bank Policy Research Working Paper 5430, 2010.
    """
    sheets = read_workbook(path)
    others: list[Exclusion] = []
    figures = _find_figures(path.name, sheets, others)
    problems: list[str] = []
    rows: list[tuple[object, ...]] = []
    seen: dict[tuple[str, int], str] = {}
    empty = 0
    for figure in figures:
        if figure.estimate in MISSING:
            empty += 1
            continue
        country, year = _country(figure, problems), _year(figure, problems)
        if seen.setdefault((country, year), figure.where) != figure.where and country:
            problems.append(f"{figure.where}: {country} {year} repeats {seen[country, year]}")
        value, error = (_number(figure, cell, problems) for cell in (figure.estimate, figure.error))
        rows.append((country, year, value, error, SOURCE_ID))
    raise_problems(path.name, problems, f"an estimate within {LIMIT:g}, one row per economy and year")
    excluded = (*others, Exclusion("political stability", "no estimate for the economy and year", empty))
    return Reading(columns_from_rows(COLUMNS, rows), tuple(entry for entry in excluded if entry.rows))


def _find_figures(where: str, sheets: Mapping[str, Rows], others: list[Exclusion]) -> list[_Figure]:
    """Find out which layout it is, and list its figures of political stability."""
    for name, rows in sheets.items():
        header = [str(cell or "").strip() for cell in rows[0]] if rows else []
        if set(LONG) <= set(header):
            return list(_long(name, header, rows, others))
        if name.casefold() == DIMENSION and set(SHEETS_2025) <= set(header):
            others += [
                Exclusion(f"sheet {other}", "another dimension", max(len(sheets[other]) - 1, 0))
                for other in sheets
                if other.casefold() in DIMENSIONS and other != name
            ]
            return list(_sheet_2025(name, header, rows))
        if name.casefold().replace(" ", "").startswith(WIDE_SHEET):
            others += [Exclusion(f"sheet {other}", "another dimension") for other in sheets if other != name]
            return list(_wide(name, rows, where))
    raise SourceError(
        where,
        "is none of the three layouts of the WGI.",
        which=[f"sheet {name}: {', '.join(map(str, rows[0][:6]))}" for name, rows in sheets.items() if rows],
        expected=f"a sheet {DIMENSION} with {', '.join(SHEETS_2025)}; or a sheet with {', '.join(LONG)}; or a sheet "
        "Political StabilityNoViolence",
    )  # fmt: skip


def _long(sheet: str, header: list[str], rows: Rows, others: list[Exclusion]) -> Iterator[_Figure]:
    at = {name: header.index(name) for name in LONG}
    skipped = 0
    for number, row in enumerate(rows[1:], 2):
        if row[at["indicator"]] != DIMENSION:
            skipped += 1
            continue
        code, name, year, _, estimate, error = (row[at[column]] for column in LONG)
        yield _Figure(f"{sheet}, row {number}", str(code or ""), str(name or ""), year, estimate, error)
    others.append(Exclusion(f"sheet {sheet}", "another dimension", skipped))


def _sheet_2025(sheet: str, header: list[str], rows: Rows) -> Iterator[_Figure]:
    at = [header.index(name) for name in SHEETS_2025]
    errors = [
        at for at, name in enumerate(map(str.casefold, header)) if "standard error" in name and "est" in name
    ]
    for number, row in enumerate(rows[1:], 2):
        code, name, year, estimate = (row[index] for index in at)
        error = row[errors[0]] if errors else None
        if code not in MISSING or name not in MISSING:
            yield _Figure(f"{sheet}, row {number}", str(code or ""), str(name or ""), year, estimate, error)


def _wide(sheet: str, rows: Rows, where: str) -> Iterator[_Figure]:
    top = next((n for n, row in enumerate(rows) if [str(c or "") for c in row[:2]] == list(WIDE)), None)
    if not top:
        raise SourceError(f"{where}, sheet {sheet}", "has no header.", expected=", ".join(WIDE))
    years, words = rows[top - 1], [str(cell or "") for cell in rows[top]]
    pairs = [(at, words.index("StdErr", at)) for at, word in enumerate(words) if word == "Estimate"]
    for number, row in enumerate(rows[top + 1 :], top + 2):
        for at, error in pairs if row[0] not in MISSING else ():
            place = f"{sheet}, row {number}, column {at + 1}"
            yield _Figure(place, str(row[1] or ""), str(row[0]), years[at], row[at], row[error])


def _country(figure: _Figure, problems: list[str]) -> str:
    """Find the country by name, else by code: some codes are the World Bank's own."""
    try:
        return resolve_country(figure.name)
    except DataError as error:
        code = OWN_CODES.get(figure.code, figure.code)
        if code in countries():
            return code
        problems.append(f"{figure.where}: {error.which[0]}, code {figure.code}")
        return ""


def _year(figure: _Figure, problems: list[str]) -> int:
    try:
        year = int(float(str(figure.year)))
    except ValueError:
        year = 0
    if not 1996 <= year <= 2100:
        problems.append(f"{figure.where}: {figure.year!r} is no year of the WGI")
    return year


def _number(figure: _Figure, cell: Cell, problems: list[str]) -> float:
    if cell in MISSING:
        return math.nan
    try:
        number = float(str(cell))
    except ValueError:
        number = math.nan
    if not abs(number) <= LIMIT:
        problems.append(f"{figure.where}: {cell!r} is no estimate within {LIMIT:g}")
    return number
