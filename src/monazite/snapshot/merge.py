"""Put new files into a table: which rows of the old files give way, and what the table then consists of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from monazite.errors import DataError
from monazite.provenance import TableEntry, TableFile
from monazite.snapshot.work import Finished, Work
from monazite.sources.import_file import FILE_MARK, ImportFile, connect_for_import, quote


@dataclass(frozen=True)
class Merged:
    """A table after an import: its entry, where each of its new files lies, and the rows that gave way, by part."""

    entry: TableEntry
    places: Mapping[str, Path]
    replaced: Mapping[str, int]


def merge_table(
    work: Work, file: ImportFile, new: Mapping[str, Finished], old: TableEntry | None, home: Path
) -> Merged:
    """
    Let the new parts of a table take the place of the rows that they replace.

    Parameters
    ----------
    work : Work
        Folder of work in progress; an old file that keeps some of its rows is written anew there.
    file : ImportFile
        Says by which columns rows are replaced.
    new : mapping of str to Finished
        The new parts by key.
    old : TableEntry, optional
        The table in the release; None if the release has no such table.
    home : Path
        The folder in which the old files lie.

    Returns
    -------
    Merged
        Nothing was changed yet.

    Raises
    ------
    DataError
        If the new rows have other columns than the table.
    """
    places = {entry.file.file: work.path_of(entry) for entry in new.values()}
    replaced = dict.fromkeys(new, 0)
    kept: list[TableFile] = []
    key = old.primary_key if old else file.primary_key
    with connect_for_import(work.scratch) as connection:
        _check_columns(
            connection, file.table, [home / part.file for part in old.files] if old else [], places
        )
        for part in old.files if old else ():
            rest = _give_way(connection, work, file, new, (home / part.file, part), note=(key, replaced))
            if rest is not None:
                kept.append(rest)
                places |= {} if rest == part else {rest.file: work.folder / rest.file}
        files = [*kept, *sorted((entry.file for entry in new.values()), key=lambda one: one.file)]
        entry = _describe(connection, files, [places.get(one.file, home / one.file) for one in files], key)
    return Merged(entry, places, replaced)


def list_taken(
    work: Work, file: ImportFile, new: Mapping[str, Finished], old: TableEntry, home: Path
) -> list[str]:
    """
    List the rows of a table that would give way though an earlier import brought them, counted by file.

    Such a row names its file in `source`; where a table has no such column, it has a source that no release is
    built from. Files of this import, and parts with labels, are not looked at: `ImportRecord` tells about them.
    """
    found: list[str] = []
    paths = "[" + ", ".join(quote(home / part.file) for part in old.files) + "]"
    with connect_for_import(work.scratch) as connection:
        names = {str(row[0]) for row in connection.execute(f"DESCRIBE FROM read_parquet({paths})").fetchall()}
        carrier = f"split_part(source, {quote(FILE_MARK)}, 2)" if "source" in names else "'an earlier file'"
        for entry in new.values():
            if entry.file.labels:
                continue
            rows = connection.execute(
                f"SELECT {carrier} AS carrier, count(*) FROM read_parquet({paths}) "
                f"WHERE {_condition(file.replaces, entry, work)} AND carrier <> '' AND source_id IN "
                f"(SELECT DISTINCT source_id FROM {quote(work.path_of(entry))}) GROUP BY 1 ORDER BY 1"
            ).fetchall()
            found += [f"{file.table}: {count} rows, from {name}" for name, count in rows]
    return found


def _give_way(
    connection: duckdb.DuckDBPyConnection, work: Work, file: ImportFile, new: Mapping[str, Finished],
    old: tuple[Path, TableFile], *, note: tuple[Sequence[str], dict[str, int]],
) -> TableFile | None:  # fmt: skip
    """Return what is left of an old file: itself, a shorter file, or None; count the rows in `replaced`."""
    path, part = old
    key, replaced = note
    conditions = []
    total = _count(connection, path, "true")
    for name, entry in new.items():
        labels = entry.file.labels
        if any(part.labels.get(label, value) != value for label, value in labels.items()):
            continue
        condition = _condition(file.replaces, entry, work)
        rows = _count(connection, path, condition)
        if rows:
            conditions.append(condition)
            replaced[name] += rows
    if not conditions:
        return part
    left = total - _count(connection, path, " OR ".join(conditions))
    if not left:
        return None
    connection.execute(
        f"COPY (SELECT * FROM {quote(path)} WHERE NOT ({' OR '.join(conditions)}) ORDER BY {', '.join(key)}) "
        f"TO {quote(work.draft)} (FORMAT parquet, COMPRESSION zstd)"
    )
    fields = {"rows": left, "excluded": {}, "notes": ()}
    return work.keep(f"rest of {part.file}", f"{file.table}_rest", fields, part.labels).file


def _condition(replaces: Sequence[str], entry: Finished, work: Work) -> str:
    """Write in SQL which old rows a new part replaces."""
    labels = entry.file.labels
    if set(replaces) <= set(labels):
        return "(" + " AND ".join(f"{name} = {quote(str(labels[name]))}" for name in replaces) + ")"
    names = ", ".join(replaces)
    return f"(({names}) IN (SELECT DISTINCT ({names}) FROM {quote(work.path_of(entry))}))"


def _count(connection: duckdb.DuckDBPyConnection, path: Path, condition: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {quote(path)} WHERE {condition}").fetchall()
    return int(found[0][0])


def _check_columns(
    connection: duckdb.DuckDBPyConnection, table: str, old: Sequence[Path], new: Mapping[str, Path]
) -> None:
    """Raise DataError if the files of a table differ in names or types of columns; both sides are shown."""
    found = [
        {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE FROM {quote(path)}").fetchall()}
        for path in (*old[:1], *new.values())
    ]
    wrong = sorted({item for one in found[1:] for item in set(one.items()) ^ set(found[0].items())})
    if wrong:
        raise DataError(
            f"table {table}", "the imported rows have other columns than the table.",
            which=[f"{name} {kind}" for name, kind in wrong],
            expected=", ".join(f"{name} {kind}" for name, kind in found[0].items()),
            fix="import into a release with the columns of this version of Monazite",
        )  # fmt: skip


def _describe(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[TableFile],
    paths: Sequence[Path],
    key: Sequence[str],
) -> TableEntry:
    """Compose the entry of a table: rows and sources as the files have them."""
    listed = "[" + ", ".join(map(quote, paths)) + "]"
    rows = connection.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({listed})").fetchall()[0][0]
    sources = connection.execute(f"SELECT DISTINCT source_id FROM read_parquet({listed})").fetchall()
    return TableEntry(
        **files[0].model_dump(include={"file", "sha256", "bytes", "labels"}),
        rows=int(rows), primary_key=tuple(key), parts=tuple(files[1:]),
        source_ids=tuple(sorted(str(row[0]) for row in sources)),
    )  # fmt: skip
