"""Rows of a table as they are, with their types: for whoever writes them to a file."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np

from monazite.snapshot.folder import is_large
from monazite.snapshot.release import Snapshot, connect_tables
from monazite.sources.curated import curated_tables
from monazite.sources.parquet import write_parquet
from monazite.sources.table_sheet import TableSheet, read_table_sheet

Row = tuple[object, ...]
BATCH_ROWS = 50_000


def describe_columns(data: Snapshot, table: str) -> dict[str, str]:
    """
    List the columns of a table with their SQL types, in their order.

    Years and other whole numbers of a curated table are INTEGER also where some are missing, which NumPy would hold
    as floating-point numbers.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> describe_columns(open_snapshot("2026.1"), "trade")["year"]
    'SMALLINT'
    """
    data.check_table(table)
    with data.connection.cursor() as cursor:
        found = cursor.execute(f'SELECT * FROM "{table}" LIMIT 0').description or []
    sheet = find_sheet(table)
    whole = {c.name for c in sheet.columns if c.kind in ("year", "integer")} if sheet else set()
    types = {str(column[0]): str(column[1]) for column in found}
    return {name: "INTEGER" if kind == "DOUBLE" and name in whole else kind for name, kind in types.items()}


def find_sheet(table: str) -> TableSheet | None:
    """Find the sheet of a curated table that is a table of the release under the same name."""
    path = curated_tables().get(table)
    sheet = read_table_sheet(path) if path else None
    return sheet if sheet is not None and sheet.in_release else None


def count_rows(data: Snapshot, table: str, where: str = "") -> int:
    """
    Count the rows of a table that meet a condition.

    Raises
    ------
    SnapshotError
        If there is no such table, or the condition is no SQL that fits it.
    """
    sql = f'SELECT count(*) AS n FROM "{table}" {_condition(where)}'
    return int(data.query_where(table, where, sql)["n"][0])


def stream_rows(data: Snapshot, table: str, where: str = "") -> Iterator[list[Row]]:
    """
    Read rows in batches, in the order of the primary key; of a table that is read where it lies, file by file.

    Yields
    ------
    list of tuple
        Up to `BATCH_ROWS` rows. A missing cell is None.

    Raises
    ------
    SnapshotError
        If there is no such table, or the condition is no SQL that fits it.
    """
    count_rows(data, table, where)
    with data.connection.cursor() as cursor:
        cursor.execute(_select(data, table, where))
        while batch := cursor.fetchmany(BATCH_ROWS):
            yield batch


def has_missing_keys(data: Snapshot, table: str) -> bool:
    """Whether a part of the primary key is missing or empty in some row, as some sheets allow."""
    empty = " OR ".join(
        f"""coalesce(CAST("{name}" AS VARCHAR), '') = ''"""
        for name in data.manifest.tables[table].primary_key
    )
    return bool(data.query(f'SELECT count(*) AS n FROM "{table}" WHERE {empty}')["n"][0])


def save_parquet(data: Snapshot, table: str, path: Path, where: str = "") -> int:
    """
    Write rows of a table as one Parquet file, with the types that they have in the release.

    Returns
    -------
    int
        Rows that were written. Those of a table that is read where it lies never stand in memory all at once.

    Raises
    ------
    SnapshotError
        If there is no such table, or the condition is no SQL that fits it.
    OSError
        If the file cannot be written.
    """
    count_rows(data, table, where)
    if is_large(data.manifest.tables[table]):
        return _copy_rows(data, table, path, where)
    types = describe_columns(data, table)
    with data.connection.cursor() as cursor:
        found = cursor.execute(_select(data, table, where)).fetchnumpy()
    columns = {name: _fill(column) for name, column in found.items()}
    write_parquet(columns, types, path)
    return len(next(iter(columns.values())))


def _copy_rows(data: Snapshot, table: str, path: Path, where: str) -> int:
    """Copy rows from Parquet to Parquet, through a connection that reaches the release and this file only."""
    target = str(path).replace("'", "''")
    with connect_tables(data.path, data.manifest, [path]) as connection:
        try:
            written = connection.execute(
                f"COPY ({_select(data, table, where)}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            ).fetchone()
        except duckdb.IOException as error:
            raise OSError(0, str(error).splitlines()[0], str(path)) from error
    return int(written[0]) if written else 0


def _condition(where: str) -> str:
    return f"WHERE ({where})" if where else ""


def _select(data: Snapshot, table: str, where: str) -> str:
    """Select rows; a large table is not sorted, for that would take it into memory: its files are sorted each."""
    entry = data.manifest.tables[table]
    order = ", ".join(f'"{name}"' for name in entry.primary_key)
    names = ", ".join(f'CAST("{n}" AS {kind}) AS "{n}"' for n, kind in describe_columns(data, table).items())
    return (
        f'SELECT {names} FROM "{table}" {_condition(where)} {"" if is_large(entry) else f"ORDER BY {order}"}'
    )


def _fill(column: np.ndarray) -> np.ndarray:
    """Turn a masked array into a plain one in which DuckDB knows what is missing."""
    if not isinstance(column, np.ma.MaskedArray):
        return column
    if column.dtype == object:
        words: np.ndarray = np.ma.filled(column, None)
        return words
    numbers: np.ndarray = np.ma.filled(column.astype(np.float64), np.nan)
    return numbers
