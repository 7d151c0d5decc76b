"""A company's list of suppliers: from which countries it buys, and how much."""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from monazite.errors import DataError, SourceError
from monazite.sources.delimited import read_own_table
from monazite.vocabulary import resolve_country

COLUMNS = ("country", "quantity")
UNKNOWN = "unknown"
LARGEST = 1e15
"""Quantity that nobody buys in any unit."""


def read_supplier_list(path: Path) -> dict[str, float]:
    """
    Read from which countries a company buys (CSV in UTF-8 with the columns country and quantity).

    Parameters
    ----------
    path : Path
        `country` is the country of the supplier's plant or warehouse, or `unknown`; `quantity` any unit, the same in
        every row. [> 0] A country may stand in several rows: they are added.

    Returns
    -------
    dict of ISO3 code (or `unknown`) to quantity

    Raises
    ------
    SourceError
        Once, with every row that cannot be used: an unknown country, a quantity that is no number above zero.
    """
    rows = read_own_table(path, partial(_check_header, path.name))
    found: dict[str, float] = {}
    problems: list[str] = []
    for line, row in rows:
        country, quantity = (row[name] for name in COLUMNS)
        code, amount = _read_row(country, quantity, line, problems)
        found[code] = found.get(code, 0.0) + amount
    if problems or not found:
        raise SourceError(
            path.name,
            f"{len(problems)} cell{'' if len(problems) == 1 else 's'} cannot be used."
            if found
            else "has no rows.",
            which=problems,
            expected=f"a country or {UNKNOWN}, and a quantity above zero",
        )
    return found


def _check_header(where: str, header: Sequence[str]) -> None:
    """Refuse a table without the columns that are needed; others may stand beside them."""
    if not set(COLUMNS) <= set(header):
        raise SourceError(
            where, "has other columns than a supplier list.", which=header, expected=", ".join(COLUMNS)
        )


def _read_row(country: str, quantity: str, line: int, problems: list[str]) -> tuple[str, float]:
    try:
        code = UNKNOWN if country.casefold() == UNKNOWN else resolve_country(country)
    except DataError as error:
        problems.append(f"line {line}, country: {', '.join(map(str, error.which)) or repr(country)}")
        code = UNKNOWN
    try:
        amount = float(quantity)
    except ValueError:
        amount = math.nan
    if not 0 < amount < LARGEST or "_" in quantity:
        problems.append(f"line {line}, quantity: {quantity!r} is no number above zero")
    return code, amount
