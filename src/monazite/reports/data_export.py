"""Write tables of a release to files: CSV, Parquet, Data Package, SDMX-CSV. Nothing is ever half-written."""

import csv
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from monazite.errors import DataError
from monazite.reports.data_package import DESCRIPTOR, write_descriptor
from monazite.reports.sdmx_csv import arrange_columns, write_header, write_observations, write_structure_id
from monazite.reports.table_columns import list_columns
from monazite.snapshot import Snapshot
from monazite.snapshot.rows import count_rows, describe_columns, save_parquet, stream_rows

Format = Literal["csv", "parquet", "frictionless", "sdmx"]
ENDINGS = {"csv": ".csv", "parquet": ".parquet", "frictionless": ".csv", "sdmx": ".csv"}
ALL = "all"
Progress = Callable[[int, int], None]


def export_tables(
    data: Snapshot, table: str, file_format: Format, out: Path, *, where: str = "", overwrite: bool = False,
    progress: Progress | None = None,
) -> dict[str, Path]:  # fmt: skip
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
    dict of str to Path
        Table -> the file written. What stood there before stays whole until everything is written.

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
    total = sum(count_rows(data, name, where) for name in tables)
    tell = _count_up(total, progress)
    is_folder = table == ALL or file_format == "frictionless"
    check_target(out, is_folder=is_folder, overwrite=overwrite)
    with _replacing(out, is_folder=is_folder) as temporary:
        if not is_folder:
            _write_table(data, table, file_format, temporary, where, tell)
            return {table: out}
        inside = temporary / "data" if file_format == "frictionless" else temporary
        inside.mkdir(exist_ok=True)
        files = {name: inside / f"{name}{ENDINGS[file_format]}" for name in tables}
        for name, file in files.items():
            _write_table(data, name, file_format, file, where, tell)
        if file_format == "frictionless":
            text = write_descriptor(data, files, temporary, where)
            (temporary / DESCRIPTOR).write_text(text, encoding="utf-8", newline="\n")
        return {name: out / file.relative_to(temporary) for name, file in files.items()}


def check_target(out: Path, *, is_folder: bool, overwrite: bool) -> None:
    """
    Refuse a path at which nothing may be written, before anything is read.

    Raises
    ------
    DataError
        If the parent is no folder; the path is of the other sort; it is taken and `overwrite` is not set; or a
        folder holds anything but an older export.
    """
    if not out.parent.is_dir():
        raise DataError(str(out), "lies in a folder that does not exist.", fix=f"make {out.parent} first")
    if not out.exists():
        return
    if out.is_dir() != is_folder:
        raise DataError(
            str(out), f"is a {'folder' if out.is_dir() else 'file'}.",
            expected=f"a {'folder' if is_folder else 'file'}", fix="name another path with --out",
        )  # fmt: skip
    if is_folder and not any(out.iterdir()):
        return
    if not overwrite:
        raise DataError(str(out), "exists.", fix="add --overwrite, or name another path with --out")
    foreign = sorted(path.name for path in _foreign(out)) if is_folder else []
    if foreign:
        raise DataError(
            str(out), "holds files that no export wrote.", which=foreign, fix="name another folder with --out"
        )


def _foreign(folder: Path) -> Iterator[Path]:
    """List what an export cannot have written into a folder."""
    for path in folder.iterdir():
        is_ours = path.name == DESCRIPTOR or path.suffix in set(ENDINGS.values())
        if path.is_symlink() or (path.is_dir() and path.name != "data") or (path.is_file() and not is_ours):
            yield path
        elif path.is_dir():
            yield from (p for p in path.iterdir() if p.suffix not in set(ENDINGS.values()) or not p.is_file())


@contextmanager
def _replacing(out: Path, *, is_folder: bool) -> Iterator[Path]:
    """Give a path beside the target to write to, and put it in the place of the target when all went well."""
    try:
        holder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
    except OSError as error:
        raise _cannot_write(out, error) from error
    try:
        temporary = holder / out.name
        if is_folder:
            temporary.mkdir()
        yield temporary
        if is_folder and out.exists():
            out.replace(holder / "before")
        try:
            temporary.replace(out)
        except OSError:
            if (holder / "before").exists():
                (holder / "before").replace(out)
            raise
    except OSError as error:
        raise _cannot_write(out, error) from error
    finally:
        shutil.rmtree(holder, ignore_errors=True)


def _cannot_write(out: Path, error: OSError) -> DataError:
    return DataError(
        str(out), "cannot be written.", which=[error.strerror or str(error)],
        expected="a folder that may be written to, with room", fix="name another path with --out",
    )  # fmt: skip


def _write_table(
    data: Snapshot, table: str, file_format: Format, file: Path, where: str, tell: Callable[[int], None]
) -> None:
    if file_format == "parquet":
        save_parquet(data, table, file, where)
        tell(count_rows(data, table, where))
        return
    batches = stream_rows(data, table, where)
    if file_format != "sdmx":
        _write_csv(file, list(describe_columns(data, table)), batches, tell)
        return
    layout = arrange_columns(list_columns(data, table), data.manifest.tables[table].primary_key)
    structure_id = write_structure_id(table, data.manifest.release)
    lines = (list(write_observations(layout, structure_id, batch)) for batch in batches)
    measures = max(1, len(layout.measures))
    _write_csv(file, write_header(layout), lines, lambda count: tell(count // measures))


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
