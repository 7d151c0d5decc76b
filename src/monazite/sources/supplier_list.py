"""A company's list of suppliers: from which countries it buys, and how much."""

import csv
import math
from pathlib import Path

from monazite.errors import DataError, SourceError
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
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = tuple(reader.fieldnames or ())
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(str(path), f"cannot be read: {error}.", expected="a CSV table in UTF-8") from error
    if not set(COLUMNS) <= set(header):
        raise SourceError(
            path.name, "has other columns than a supplier list.", which=header, expected=", ".join(COLUMNS)
        )
    found: dict[str, float] = {}
    problems: list[str] = []
    for line, row in rows:
        country, quantity = (str(row[name] or "").strip() for name in COLUMNS)
        code, amount = _read_row(country, quantity, line, problems)
        found[code] = found.get(code, 0.0) + amount
    if problems or not found:
        raise SourceError(
            path.name,
            f"{len(problems)} cells cannot be used." if found else "has no rows.",
            which=problems,
            expected=f"a country or {UNKNOWN}, and a quantity above zero",
        )
    return found


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
