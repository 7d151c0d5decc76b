"""An open release: read-only, and no query can reach anything but its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from monazite.errors import DataError, SnapshotError, nearest_names
from monazite.provenance import Lineage, Manifest, TableEntry, list_imported
from monazite.snapshot.columns import find_column_problems
from monazite.snapshot.folder import is_large, locate_release, read_manifest, verify_files

MOST_ROWS = 2**63 - 1
"""Largest number that a LIMIT of DuckDB can hold."""


@dataclass(frozen=True)
class Snapshot:
    """An open release. Get one from `open_snapshot`."""

    path: Path
    manifest: Manifest
    connection: duckdb.DuckDBPyConnection

    @property
    def lineage(self) -> Lineage:
        """Release, hash and imported files, without sources yet."""
        return Lineage(
            release=self.manifest.release, release_sha256=self.manifest.sha256,
            imports=list_imported(self.manifest.imports),
        )  # fmt: skip

    def check_table(self, table: str) -> None:
        """Raise SnapshotError if the release has no such table; the message offers the nearest."""
        if table not in self.manifest.tables:
            raise SnapshotError(
                f"release {self.manifest.release}",
                f"has no table {table!r}.",
                expected=", ".join(sorted(self.manifest.tables)),
                fix=nearest_names(table, self.manifest.tables),
            )

    def show(self, table: str, where: str = "", limit: int = 20) -> dict[str, np.ndarray]:
        """
        Read rows of one table, in the order of its primary key.

        Raises
        ------
        SnapshotError
            If the table is unknown, the limit is below 1, or too large, or the condition is no SQL that fits the table.
        """
        self.check_table(table)
        if not 1 <= limit <= MOST_ROWS:
            raise SnapshotError(f"table {table}, limit", f"is {limit}.", expected=f"1 to {MOST_ROWS} rows")
        order = ", ".join(f'"{name}"' for name in self.manifest.tables[table].primary_key)
        sql = f'SELECT * FROM "{table}" {f"WHERE ({where})" if where else ""} ORDER BY {order} LIMIT $limit'
        return self.query_where(table, where, sql, {"limit": limit})

    def query_where(
        self, table: str, where: str, sql: str, parameters: Mapping[str, object] | None = None
    ) -> dict[str, np.ndarray]:
        """
        Run SQL over a table with a condition of the user's in it, which must be one expression.

        Raises
        ------
        SnapshotError
            If there is no such table, or the condition is no SQL that fits it, or would reach beyond its brackets.
        """
        self.check_table(table)
        names = ", ".join(self.query(f'SELECT * FROM "{table}" LIMIT 0'))
        try:
            self.connection.extract_statements(f"SELECT coalesce(({where or 'true'}), false)")
            return self.query(sql, parameters)
        except (duckdb.Error, SnapshotError) as error:
            raise SnapshotError(
                f"table {table}, --where", "is no SQL condition.", which=[str(error).splitlines()[0]],
                expected=f"a condition on {names}", fix="for example: --where \"year = 2024\"",
            ) from error  # fmt: skip

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> dict[str, np.ndarray]:
        """
        Run SQL over the tables of the release.

        Returns
        -------
        dict of column name to ndarray
            Missing numbers are NaN, missing text is None.

        Raises
        ------
        SnapshotError
            If it is not one SELECT: a release is read-only, and files cannot be reached from it.
        """
        statements = self.connection.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise SnapshotError(
                "query", "is not one SELECT.", expected="one SELECT over the tables of the release"
            )
        with self.connection.cursor() as cursor:
            found = cursor.execute(statements[0], dict(parameters or {})).fetchnumpy()
        return {name: _plain(column) for name, column in found.items()}


def open_snapshot(release: str | Path | None = None, *, is_full_check: bool = False) -> Snapshot:
    """
    Open a release and check that its files are as released.

    Parameters
    ----------
    release : str or Path, optional
        The name of the embedded release ("2026.1"), a folder that holds a release, or the name of one of the
        user's own. Without it, what the environment variable MONAZITE_DATA says, else the embedded release.
    is_full_check : bool, default False
        Hash every file. Else the files of tables that are read where they lie (docs/decisions/0008) are hashed
        only when their length or time of change is not that of the last time.

    Returns
    -------
    Snapshot
        Read-only; works without a network.

    Raises
    ------
    SnapshotError
        If there is no such release, or a file is missing, truncated or changed; all such files are named.
    """
    path = locate_release(release)
    manifest = read_manifest(path)
    problems = verify_files(path, manifest, is_full=is_full_check)
    if problems:
        count = sum(len(entry.files) for entry in manifest.tables.values())
        raise SnapshotError(
            f"release {manifest.release} in {path}",
            f"{len(problems)} of {count} files are not as released.",
            which=problems,
            expected="the sha256 of the manifest",
            fix="install the package again, or point --release or MONAZITE_DATA at a whole release",
        )
    return Snapshot(path, manifest, connect_tables(path, manifest))


def connect_tables(path: Path, manifest: Manifest, written: Sequence[Path] = ()) -> duckdb.DuckDBPyConnection:
    """
    Read the tables, then close the door: no query can reach another file. Names are checked by Manifest.

    Parameters
    ----------
    path : Path
        Folder of the release.
    manifest : Manifest
        Its manifest.
    written : sequence of Path
        Files that the connection may write, beside those of large tables, which it may read.

    Raises
    ------
    SnapshotError
        If a file is no Parquet file.
    """
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET enable_progress_bar = false")  # it would go to stdout
    views: list[str] = [str(file) for file in written]
    problems: list[str] = []
    for name, entry in manifest.tables.items():
        try:
            _load_table(connection, path, name, entry)
            found = connection.execute(f'DESCRIBE "{name}"').fetchall()
        except duckdb.Error as error:
            raise SnapshotError(
                f"release {manifest.release}, {entry.file}{' and its parts' if entry.parts else ''}",
                "is no Parquet file.", which=[str(error).splitlines()[0]],
                fix="build the release again, or install the package again",
            ) from error  # fmt: skip
        problems += find_column_problems(name, entry.primary_key, {str(row[0]): str(row[1]) for row in found})
        views += _paths(path, entry) if is_large(entry) else []
    if problems:
        raise SnapshotError(
            f"release {manifest.release} in {path}", "has tables with other columns than this version reads.",
            which=problems, fix="build the release again, or install the version that built it",
        )  # fmt: skip
    connection.execute(f"SET allowed_paths = {_quote_list(views)}")
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    return connection


def _load_table(connection: duckdb.DuckDBPyConnection, path: Path, name: str, entry: TableEntry) -> None:
    """Read a small table into memory; make a large one a view of its files."""
    paths = _paths(path, entry)
    if is_large(entry):
        connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet({_quote_list(paths)})')
    else:
        connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM read_parquet($paths)', {"paths": paths})


def _paths(path: Path, entry: TableEntry) -> list[str]:
    return [str((path / file.file).absolute()) for file in entry.files]


def _quote_list(words: list[str]) -> str:
    """Write words as a list in SQL, which takes no parameters in a view or a setting."""
    return "[" + ", ".join("'" + word.replace("'", "''") + "'" for word in words) + "]"


def _plain(column: np.ndarray) -> np.ndarray:
    """Turn DuckDB's masked arrays into plain ones: NaN for a missing number, None for missing text."""
    if not isinstance(column, np.ma.MaskedArray):
        return column
    if np.issubdtype(column.dtype, np.floating):
        return column.filled(np.nan)
    if column.dtype == object:
        words = np.array(column.data, dtype=object)
        words[np.ma.getmaskarray(column)] = None
        return words
    if column.mask.any():
        raise DataError("query", "a whole-number column has missing values.", fix="cast it to DOUBLE")
    return column.data
