"""Write a tidy table as a Parquet file."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from monazite.sources.table import Columns


def write_parquet(table: Columns, types: Mapping[str, str], path: Path) -> None:
    """
    Write columns as one Parquet file, compressed with zstd.

    Parameters
    ----------
    table : Columns
        The rows. NaN and None are missing.
    types : mapping of str to str
        SQL type of each column, such as SMALLINT.
    path : Path
        The file; an older one is replaced.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    columns = ", ".join(f'CAST("{name}" AS {types[name]}) AS "{name}"' for name in table)
    target = str(path).replace("'", "''")
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("table_to_write", table)
        try:
            connection.execute(
                f"COPY (SELECT {columns} FROM table_to_write) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )
        except duckdb.IOException as error:
            raise OSError(0, str(error).splitlines()[0], str(path)) from error
