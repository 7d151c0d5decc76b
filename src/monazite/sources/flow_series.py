"""A table of flows over time that the user gives: period, exporter, importer, tonnes and, if known, value."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from monazite.errors import DataError, SourceError
from monazite.sources.delimited import read_own_table
from monazite.sources.table import Columns, columns_from_rows
from monazite.vocabulary import resolve_country

NEEDED = ("period", "exporter", "importer", "quantity_t")
VALUE = "value_usd"
PERIOD = re.compile(r"(19|20)[0-9]{2}(-(0[1-9]|1[0-2]))?")
WORLD = "world"
NAMES = (*NEEDED, VALUE)
MOST_T = 1e12
"""More tonnes than this in a period are no trade: all mines and quarries of the world dig about 1e11 t a year."""
MOST_USD = 1e15
"""More USD than this in a period are no trade: the whole world trades about 3e13 USD a year."""
LEAST_FIGURE = 1e-9
"""Less tonnes (a milligram) or USD than this, and not zero, are no trade."""
MOST = {"quantity_t": MOST_T, VALUE: MOST_USD}


def read_flow_series(path: Path) -> Columns:
    """
    Read flows by year or by month.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with the columns period (`2010` or `2010-09`, one kind in a file), exporter, importer
        (codes or names; `world` for a total), quantity_t and, if wanted, value_usd. An empty cell of the last
        two is a missing number; no trade is 0.

    Returns
    -------
    Columns
        period, exporter and importer (ISO3, or `world`), quantity_t [t], value_usd [USD; NaN = not given].

    Raises
    ------
    SourceError
        Once, with the line of every problem: wrong columns, encoding, periods, countries, numbers (none, negative,
        above 1e12 t or 1e15 USD, or below 1e-9 and not zero), an exporter
        that is its own importer, rows that stand twice. Rows of another length are named before these.
    """
    rows = read_own_table(path, partial(_check_header, path.name))
    if not rows:
        raise SourceError(path.name, "has no rows.", expected="one row per period, exporter and importer")
    problems: list[str] = []
    parsed = [_parse_row(row, line, problems) for line, row in rows]
    seen = Counter((row[0], row[1], row[2]) for row in parsed)
    problems += [
        f"{period}, {exporter} to {importer}: stands {count} times"
        for (period, exporter, importer), count in seen.items()
        if count > 1 and exporter and importer
    ]
    if len({len(str(row[0])) for row in parsed if row[0]}) > 1:
        problems.append("period: years and months in one file")
    if problems:
        raise SourceError(
            path.name,
            f"{len(problems)} {'thing' if len(problems) == 1 else 'things'} cannot be used.",
            which=problems,
            expected="periods as 2010 or 2010-09, two countries, tonnes and USD >= 0; empty cells where missing",
            fix="one row per period, exporter and importer",
        )
    return columns_from_rows(NAMES, parsed)


def _check_header(where: str, header: Sequence[str]) -> None:
    """Refuse other columns, all of them at once."""
    wrong = [f"{name} (missing)" for name in NEEDED if name not in header]
    wrong += [f"{name or '(empty)'} (not expected)" for name in header if name not in NAMES]
    wrong += [f"{name} (twice)" for name, count in Counter(header).items() if count > 1]
    if wrong:
        raise SourceError(
            where, "has other columns than expected.", which=wrong,
            expected=f"{', '.join(NEEDED)} and, if known, {VALUE}, separated by commas",
        )  # fmt: skip


def _parse_row(row: Mapping[str, str], line: int, problems: list[str]) -> list[object]:
    """Parse one row; every cell that cannot be used goes to `problems`."""
    period = row["period"]
    if not PERIOD.fullmatch(period):
        problems.append(f"line {line}, period: {period!r} is no year and no month")
        period = ""
    ends = [_parse_country(row[name], f"line {line}, {name}", problems) for name in ("exporter", "importer")]
    if ends[0] and ends[0] == ends[1]:
        problems.append(f"line {line}: {ends[0]} is exporter and importer")
    if ends[0] == WORLD:
        problems.append(f"line {line}, exporter: world can only be an importer")
    numbers = [
        _parse_number(row.get(name, ""), f"line {line}, {name}", MOST[name], problems) for name in NAMES[3:]
    ]
    return [period, *ends, *numbers]


def _parse_country(text: str, where: str, problems: list[str]) -> str:
    """Resolve a country, or `world`; an unknown word goes to `problems`."""
    if text.casefold() == WORLD:
        return WORLD
    try:
        return resolve_country(text)
    except DataError as error:
        problems.append(f"{where}: {text!r} is no country{f' ({error.fix})' if error.fix else ''}")
        return ""


def _parse_number(text: str, where: str, most: float, problems: list[str]) -> float:
    """Parse a number; NaN where the cell is empty, and where there is a problem."""
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        problems.append(f"{where}: {text!r} is no number")
        return math.nan
    if not math.isfinite(value):
        problems.append(f"{where}: {text!r}; leave the cell empty where a figure is missing")
        return math.nan
    if value < 0:
        problems.append(f"{where}: {text!r} is negative")
        return math.nan
    if value > most or 0 < value < LEAST_FIGURE:
        problems.append(f"{where}: {text!r} is no trade: 0, or {LEAST_FIGURE:g} to {most:g}")
        return math.nan
    return value
