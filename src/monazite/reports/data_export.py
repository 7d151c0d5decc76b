"""Write tables of a release to files: CSV, Parquet, Data Package, SDMX-CSV. Nothing is ever half-written."""

import csv
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from monazite.errors import DataError
from monazite.reports.data_package import write_descriptor
from monazite.reports.export_target import DATA_FOLDER, DESCRIPTOR, check_target, locate_out, replacing
from monazite.reports.sdmx_csv import arrange_columns, write_header, write_observations, write_structure_id
from monazite.reports.table_columns import list_columns
from monazite.snapshot import Snapshot
from monazite.snapshot.rows import count_rows, describe_columns, save_parquet, stream_rows

Format = Literal["csv", "parquet", "frictionless", "sdmx"]
ENDINGS = {"csv": ".csv", "parquet": ".parquet", "frictionless": ".csv", "sdmx": ".csv"}
ALL = "all"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Written:
    """A file that an export wrote, and how many rows of the table it holds."""

    path: Path
    rows: int


def export_tables(
    data: Snapshot, table: str, file_format: Format, out: Path, *, where: str = "", overwrite: bool = False,
    progress: Progress | None = None,
) -> dict[str, Written]:  # fmt: skip
    """
    Write one table, or all of them, to files.

    Parameters
    ----------
    data : Snapshot
        The release.
    table : str
        A table, or "all".
    file_format : {"csv", "parquet", "frictionless", "sdmx"}
        csv: RFC 4180 in UTF-8; a missing cell is empty, a number is written so that it reads back the same.
        parquet: with the types of the release. frictionless: a folder with `datapackage.json` and `data/*.csv`.
        sdmx: SDMX-CSV 2.0, a line an observation.
    out : Path
        A file for one table in csv, parquet or sdmx; else a folder.
    where : str, default ""
        SQL condition on the rows of one table.
    overwrite : bool, default False
        Replace an older file, or a folder that holds an older export and nothing else.
    progress : callable, optional
        Called with rows written and rows in all.

    Returns
    -------
    dict of str to Written
        Table -> the file and its rows. What stood there before stays whole until everything is written.

    Raises
    ------
    DataError
        If the path is taken, or cannot be written, or a condition is given for all tables.
    SnapshotError
        If there is no such table, or the condition is no SQL that fits it.
    """
    if table == ALL and where:
        raise DataError("--where", "is for one table.", fix="name a table instead of all")
    tables = list(data.manifest.tables) if table == ALL else [table]
    tell = _count_up(sum(count_rows(data, name, where) for name in tables), progress)
    is_folder = table == ALL or file_format == "frictionless"
    place = locate_out(out)
    check_target(place, data.manifest.tables, is_folder=is_folder, overwrite=overwrite)
    with replacing(place, is_folder=is_folder) as temporary:
        if not is_folder:
            return {table: Written(out, _write_table(data, table, file_format, temporary, where, tell))}
        inside = temporary / DATA_FOLDER if file_format == "frictionless" else temporary
        inside.mkdir(exist_ok=True)
        files = {name: inside / f"{name}{ENDINGS[file_format]}" for name in tables}
        rows = {
            name: _write_table(data, name, file_format, file, where, tell) for name, file in files.items()
        }
        if file_format == "frictionless":
            text = write_descriptor(data, files, temporary, where)
            (temporary / DESCRIPTOR).write_text(text, encoding="utf-8", newline="\n")
        return {name: Written(out / file.relative_to(temporary), rows[name]) for name, file in files.items()}


def _write_table(
    data: Snapshot, table: str, file_format: Format, file: Path, where: str, tell: Callable[[int], None]
) -> int:
    """Write one table and count the rows that were written: a condition may let others through every time."""
    if file_format == "parquet":
        rows = save_parquet(data, table, file, where)
        tell(rows)
        return rows
    written = 0

    def count(rows: int) -> None:
        nonlocal written
        written += rows
        tell(rows)

    batches = stream_rows(data, table, where)
    if file_format != "sdmx":
        _write_csv(file, list(describe_columns(data, table)), batches, count)
        return written
    layout = arrange_columns(list_columns(data, table), data.manifest.tables[table].primary_key)
    structure_id = write_structure_id(table, data.manifest.release)
    lines = (list(write_observations(layout, structure_id, batch)) for batch in batches)
    measures = max(1, len(layout.measures))
    _write_csv(file, write_header(layout), lines, lambda lines: count(lines // measures))
    return written


def _write_csv(
    file: Path,
    header: Sequence[str],
    batches: Iterable[Sequence[Sequence[object]]],
    tell: Callable[[int], None],
) -> None:
    """Write RFC 4180: comma, CRLF, quotes where needed. Python writes the shortest number that reads back the same."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for batch in batches:
            writer.writerows(batch)
            tell(len(batch))
        stream.flush()
        os.fsync(stream.fileno())


def _count_up(total: int, progress: Progress | None) -> Callable[[int], None]:
    """Add up the rows that were written and pass them on."""
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, total)

    return tell
