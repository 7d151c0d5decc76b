"""Which columns the tables of a release have: those that its manifest names, and those that models read."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

NEEDED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "trade": {
            "year": "number", "exporter": "text", "importer": "text", "edition": "text", "product_code": "number",
            "value_usd": "number", "quantity_gross_t": "number", "quality": "text", "source_id": "text",
        },
        "trade_by_form": {
            "material": "text", "stage": "text", "exporter": "text", "importer": "text", "year": "number",
            "trade_t": "number", "source_id": "text",
        },
        "production": {
            "material": "text", "stage": "text", "form": "text", "country": "text", "year": "number",
            "production_t": "number", "quality": "text", "source_id": "text",
        },
        "governance": {
            "country": "text", "year": "number", "political_stability": "number", "source_id": "text",
        },
    }
)  # fmt: skip
"""Columns that a release must have, with what they hold, by table that it must have."""
NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "DOUBLE", "FLOAT",
)  # fmt: skip
"""Types of SQL that hold numbers, beside DECIMAL."""


def find_column_problems(table: str, primary_key: Sequence[str], found: Mapping[str, str]) -> list[str]:
    """
    List what is wrong with the columns of a table.

    Parameters
    ----------
    table : str
        Its name.
    primary_key : sequence of str
        Columns that its manifest names.
    found : mapping of str to str
        Columns that its files have, with their SQL types.

    Returns
    -------
    list of str
        One line per column that is missing or holds something else; empty if all is well.

    Examples
    --------
    >>> columns = {"country": "VARCHAR", "year": "VARCHAR", "political_stability": "DOUBLE", "source_id": "VARCHAR"}
    >>> find_column_problems("governance", ["country", "month"], columns)
    ['governance, primary key: no column month', 'governance, year: VARCHAR instead of number']
    """
    needed = NEEDED.get(table, {})
    problems = [f"{table}, primary key: no column {name}" for name in primary_key if name not in found]
    problems += [f"{table}: no column {name}" for name in needed if name not in found]
    return problems + [
        f"{table}, {name}: {found[name]} instead of {kind}"
        for name, kind in needed.items()
        if name in found and _kind_of(found[name]) not in (kind, "nothing")
    ]


def _kind_of(sql_type: str) -> str:
    """Say what a column of this SQL type holds; one without a single value holds nothing."""
    if sql_type == '"NULL"':
        return "nothing"
    if sql_type in NUMBERS or sql_type.startswith("DECIMAL"):
        return "number"
    return "text" if sql_type.startswith(("VARCHAR", "ENUM")) else "other"
