"""A release: Parquet tables with a hash each, opened read-only; one changed byte and it does not open."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
from pydantic import ValidationError

from monazite.errors import DataError, SnapshotError, nearest_names
from monazite.provenance import Lineage, Manifest, Origin, hash_file, read_origin

RELEASE = "2026.1"
MANIFEST = "manifest.json"
TABLES = ("trade", "trade_by_form", "production", "governance")
"""Tables that a release must have."""
ENVIRONMENT = "MONAZITE_DATA"


@dataclass(frozen=True)
class Snapshot:
    """An open release. Get one from `open_snapshot`."""

    path: Path
    manifest: Manifest
    connection: duckdb.DuckDBPyConnection

    @property
    def lineage(self) -> Lineage:
        """Release and hash, without sources yet."""
        return Lineage(release=self.manifest.release, release_sha256=self.manifest.sha256)

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
            If the table is unknown, the limit is below 1, or the condition is no SQL that fits the table.
        """
        self.check_table(table)
        if limit < 1:
            raise SnapshotError(f"table {table}, limit", f"is {limit}.", expected="1 row or more")
        entry = self.manifest.tables[table]
        order = ", ".join(entry.primary_key)
        try:
            self.connection.extract_statements(f"SELECT ({where})")
            return self.query(
                f"SELECT * FROM {table} {f'WHERE ({where})' if where else ''} ORDER BY {order} LIMIT $limit",
                {"limit": limit},
            )
        except (duckdb.Error, SnapshotError) as error:
            names = ", ".join(self.query(f"SELECT * FROM {table} LIMIT 0"))
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


def open_snapshot(release: str | Path | None = None) -> Snapshot:
    """
    Open a release and check the hash of every file in it.

    Parameters
    ----------
    release : str or Path, optional
        The name of the embedded release ("2026.1") or a folder that holds one. Without it, the folder in the
        environment variable MONAZITE_DATA, else the embedded release.

    Returns
    -------
    Snapshot
        Read-only; works without a network.

    Raises
    ------
    SnapshotError
        If there is no such release, or a file is missing, truncated or changed; all such files are named.
    """
    path = _locate(release)
    manifest = _read_manifest(path)
    problems = verify_files(path, manifest)
    if problems:
        raise SnapshotError(
            f"release {manifest.release} in {path}",
            f"{len(problems)} of {len(manifest.tables)} files are not as released.",
            which=problems,
            expected="the sha256 of the manifest",
            fix="install the package again, or point --release or MONAZITE_DATA at a whole release",
        )
    return Snapshot(path, manifest, _load_tables(path, manifest))


def _load_tables(path: Path, manifest: Manifest) -> duckdb.DuckDBPyConnection:
    """Read the tables into memory, then close the door: no query can reach a file. Names are checked by Manifest."""
    connection = duckdb.connect(config={"threads": 2})
    for name, entry in manifest.tables.items():
        try:
            connection.execute(
                f'CREATE TABLE "{name}" AS SELECT * FROM read_parquet($file)',
                {"file": str(path / entry.file)},
            )
        except duckdb.Error as error:
            raise SnapshotError(
                f"release {manifest.release}, {entry.file}", "is no Parquet file.", which=[str(error).splitlines()[0]],
                fix="build the release again, or install the package again",
            ) from error  # fmt: skip
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    return connection


def verify_files(path: Path, manifest: Manifest) -> list[str]:
    """List the files of a release that are missing, of another length, or changed."""
    problems = []
    for entry in manifest.tables.values():
        file = path / entry.file
        try:
            if not file.is_file():
                problems.append(f"{entry.file}: missing")
            elif file.stat().st_size != entry.bytes:
                problems.append(f"{entry.file}: {file.stat().st_size} bytes instead of {entry.bytes}")
            elif hash_file(file) != entry.sha256:
                problems.append(f"{entry.file}: its sha256 is another one")
        except OSError as error:
            problems.append(f"{entry.file}: {error.strerror}")
    return problems


def read_origins() -> dict[str, Origin]:
    """Read the origin sheet of every source, by source_id."""
    sheets = sorted(Path(str(files("monazite") / "sources")).glob("*.origin.yaml"))
    return {origin.source_id: origin for origin in map(read_origin, sheets)}


def _locate(release: str | Path | None) -> Path:
    embedded = Path(str(files("monazite") / "data" / "release"))
    chosen = release if release is not None else os.environ.get(ENVIRONMENT) or RELEASE
    if str(chosen) == RELEASE:
        return embedded
    try:
        path = Path(chosen).expanduser()
        is_release = (path / MANIFEST).is_file()
    except (OSError, RuntimeError) as error:
        path, is_release = Path(), False
        reason = [getattr(error, "strerror", None) or str(error)]
    else:
        reason = []
    if not is_release:
        raise SnapshotError(
            str(chosen)[:200],
            "is no release.",
            which=reason,
            expected=f"{RELEASE!r}, or a folder with {MANIFEST}",
            fix=f"leave --release and {ENVIRONMENT} out to use the embedded release",
        )
    return path


def _read_manifest(path: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate_json((path / MANIFEST).read_text(encoding="utf-8"))
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, entry['loc'])) or 'file'}: {entry['msg']}" for entry in error.errors()
        ]
        raise SnapshotError(
            str(path / MANIFEST), "is not the manifest of a release.", which=problems,
            fix="build the release again with tools/build_release.py",
        ) from error  # fmt: skip
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotError(
            str(path / MANIFEST), "cannot be read.", which=[getattr(error, "strerror", None) or str(error)]
        ) from error
    missing = [name for name in TABLES if name not in manifest.tables]
    unknown = {source for entry in manifest.tables.values() for source in entry.source_ids} - set(
        read_origins()
    )
    if missing or unknown:
        which = [f"no table {name}" for name in missing] + [
            f"no origin sheet for {name}" for name in sorted(unknown)
        ]
        raise SnapshotError(str(path / MANIFEST), "is not the manifest of a whole release.", which=which)
    return manifest


def _plain(column: np.ndarray) -> np.ndarray:
    """Turn DuckDB's masked arrays into plain ones: NaN for a missing number, None for missing text."""
    if not isinstance(column, np.ma.MaskedArray):
        return column
    if np.issubdtype(column.dtype, np.floating):
        return column.filled(np.nan)
    if column.dtype == object:
        return column.filled(None)
    if column.mask.any():
        raise DataError("query", "a whole-number column has missing values.", fix="cast it to DOUBLE")
    return column.data
