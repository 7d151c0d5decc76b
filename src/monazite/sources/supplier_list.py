"""A company's list of suppliers: from which countries it buys, and how much."""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from monazite.errors import DataError, SourceError
from monazite.sources.delimited import raise_problems, read_own_table
from monazite.vocabulary import resolve_country

COLUMNS = ("country", "quantity")
UNKNOWN = "unknown"
EXPECTED = f"a country or {UNKNOWN}, once, and a quantity above zero"
TWICE = "stands twice"
LARGEST = 1e15
"""Quantity that nobody buys in any unit."""


def read_supplier_list(path: Path) -> dict[str, float]:
    """
    Read from which countries a company buys (CSV in UTF-8 with the columns country and quantity).

    Parameters
    ----------
    path : Path
        `country` is the country of the supplier's plant or warehouse, or `unknown`; `quantity` any unit, the same in
        every row. [> 0, < 1e15] Suppliers of one country are one row: a country that stands twice may be a slip.

    Returns
    -------
    dict of ISO3 code (or `unknown`) to quantity

    Raises
    ------
    SourceError
        Once, with every row that cannot be used: an unknown country or one that stands twice, a quantity that is no
        number above zero or more than anybody buys.
    """
    rows = read_own_table(path, partial(_check_header, path.name))
    found: dict[str, float] = {}
    problems: list[str] = []
    for line, row in rows:
        country, quantity = (row[name] for name in COLUMNS)
        code, amount = _read_row(country, quantity, line, problems)
        if code in found:
            problems.append(f"line {line}, country: {code} {TWICE}")
        if code:
            found[code] = amount
    is_twice = any(text.endswith(TWICE) for text in problems)
    raise_problems(path.name, problems, EXPECTED, "add up the suppliers of a country" if is_twice else "")
    if not found:
        raise SourceError(path.name, "has no rows.", expected=EXPECTED)
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
        code = ""
    try:
        amount = float(quantity)
    except ValueError:
        amount = math.nan
    if amount >= LARGEST:
        problems.append(f"line {line}, quantity: {quantity!r} is more than anybody buys, {LARGEST:g} or more")
    elif not amount > 0 or "_" in quantity:
        problems.append(f"line {line}, quantity: {quantity!r} is no number above zero")
    return code, amount
