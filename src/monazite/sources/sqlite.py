"""Read tables of an SQLite file without trusting their types: every cell arrives as text and is checked."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from monazite.errors import SourceError

Row = tuple[object, ...]
MISSING = {"", "NA", "nan", "NaN", "None"}


def read_sqlite_rows(path: Path, table: str, columns: Sequence[str]) -> list[Row]:
    """
    Read some columns of one table.

    Raises
    ------
    SourceError
        If the file is missing, truncated or no database, or lacks the table or a column.
    """
    if not path.is_file():
        raise SourceError(str(path.name), "does not exist.", expected="an SQLite file", fix="check the path")
    names = ", ".join(f'"{name}"' for name in columns)
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
            present = [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")')]
            missing = [name for name in columns if name not in present]
            if missing:
                raise SourceError(
                    f"{path.name}, table {table}",
                    "lacks columns." if present else "the table is not in the file.",
                    which=missing,
                    expected=", ".join(columns),
                )
            return connection.execute(f'SELECT {names} FROM "{table}"').fetchall()
    except sqlite3.DatabaseError as error:
        raise SourceError(
            path.name, f"cannot be read: {error}.", expected="a whole SQLite file", fix="fetch it again"
        ) from error


def parse_numbers(where: str, cells: Sequence[object], keys: Sequence[object]) -> list[float]:
    """
    Read cells as numbers; empty, `nan`, `NA` and `None` are NaN.

    Raises
    ------
    SourceError
        If cells hold neither a number nor a mark for missing; names them all.

    Examples
    --------
    >>> parse_numbers("t", [" 12.5 ", None, "NA"], [1, 2, 3])
    [12.5, nan, nan]
    """
    numbers, wrong = [], []
    for cell, key in zip(cells, keys, strict=True):
        text = "" if cell is None else str(cell).strip()
        try:
            numbers.append(float("nan") if text in MISSING else float(text))
        except ValueError:
            wrong.append(f"{key}: {text!r}")
    if wrong:
        raise SourceError(where, f"{len(wrong)} of {len(cells)} cells are no number.", which=wrong)
    return numbers
