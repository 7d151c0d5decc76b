"""What each column of a table of the release means: from its sheet, else from the vocabulary."""

from dataclasses import dataclass

from monazite.snapshot import Snapshot
from monazite.snapshot.rows import describe_columns, find_sheet
from monazite.sources.table_sheet import TableSheet
from monazite.vocabulary import fields

WHOLE = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "HUGEINT",
)
NUMBERS = ("FLOAT", "DOUBLE")


@dataclass(frozen=True, kw_only=True)
class Column:
    """
    One column: its type (`integer`, `number` or `string`), unit, meaning and limits.

    `description` is "" where nothing defines the column.
    """

    name: str
    type: str
    unit: str = ""
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


def list_columns(data: Snapshot, table: str) -> tuple[Column, ...]:
    """
    Describe the columns of a table, in their order.

    Raises
    ------
    SnapshotError
        If the release has no such table.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> [c.unit for c in list_columns(open_snapshot("2026.1"), "trade") if c.name == "quantity_gross_t"]
    ['t']
    """
    sheet = find_sheet(table)
    return tuple(_describe(name, kind, sheet) for name, kind in describe_columns(data, table).items())


def _describe(name: str, kind: str, sheet: TableSheet | None) -> Column:
    plain = "integer" if kind in WHOLE else "number" if kind.startswith((*NUMBERS, "DECIMAL")) else "string"
    for column in sheet.columns if sheet else ():
        if column.name == name:
            return Column(
                name=name, type=plain, unit=column.unit, description=column.description,
                minimum=column.minimum, maximum=column.maximum, choices=column.choices,
            )  # fmt: skip
    field = fields().get(name)
    if field is None:
        return Column(name=name, type=plain)
    missing = f"; missing: {field.missing_means}" if field.missing_means else ""
    return Column(name=name, type=plain, unit=field.unit, description=f"{field.meaning}{missing}")
