"""Read the sheets of a workbook (xlsx) as rows of text and numbers, after a look at what it would unpack to."""

import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from python_calamine import CalamineError, CalamineWorkbook

from monazite.errors import SourceError

UNPACKED_LIMIT = 1 << 30
"""Bytes to which a workbook may unpack. The largest published one, the WGI with their sources, has under 0.1 GB."""
RATIO_LIMIT = 200
"""Times that a part of more than 10 MB may be larger than it is packed; sheets of numbers reach 5 to 30."""
SMALL = 10 << 20

Cell = str | float | int | bool | None
Rows = list[list[Cell]]


def read_workbook(path: Path, *, unpacked_limit: int = UNPACKED_LIMIT) -> Mapping[str, Rows]:
    """
    Read every sheet of a workbook.

    Parameters
    ----------
    path : Path
        An xlsx file, or the zip in which its publisher sends one.
    unpacked_limit : int, default 1 GiB
        Bytes that the parts of the workbook may have unpacked; a larger one is not opened.

    Returns
    -------
    mapping of sheet name to rows
        Row 1 of the sheet is the first row. Text is trimmed; an empty cell is None.

    Raises
    ------
    SourceError
        If the file is missing, no zip, cut, too large unpacked, has parts outside itself, or is no workbook.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(path.name, archive, unpacked_limit)
            inside = [name for name in archive.namelist() if name.casefold().endswith(".xlsx")]
            if len(inside) == 1 and "[Content_Types].xml" not in archive.namelist():
                return _read_inner(path, archive, inside[0], unpacked_limit)
            broken = archive.testzip()
        if broken:
            raise SourceError(path.name, f"part {broken} is damaged.", fix="fetch the file again")
        with path.open("rb") as file:
            return _sheets(CalamineWorkbook.from_filelike(file))
    except (OSError, zipfile.BadZipFile, CalamineError, NotImplementedError, RuntimeError) as error:
        raise SourceError(
            path.name,
            f"is no workbook: {error}.",
            expected="a whole xlsx file, which is a zip archive",
            fix="fetch the file again; old .xls files must be saved as .xlsx",
        ) from error


def _read_inner(path: Path, archive: zipfile.ZipFile, name: str, limit: int) -> Mapping[str, Rows]:
    """Read the one workbook inside a zip, by way of memory."""
    with archive.open(name) as inner, zipfile.ZipFile(inner) as parts:
        _check_parts(f"{path.name}/{name}", parts, limit)
    with archive.open(name) as inner:
        return _sheets(CalamineWorkbook.from_filelike(inner))


def _sheets(workbook: CalamineWorkbook) -> Mapping[str, Rows]:
    return {
        name: [
            [_plain(cell) for cell in row]
            for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        ]
        for name in workbook.sheet_names
    }


def _plain(cell: object) -> Cell:
    if isinstance(cell, str):
        return cell.strip() or None
    return cell if isinstance(cell, (bool, int, float)) else str(cell)


def _check_parts(where: str, archive: zipfile.ZipFile, limit: int) -> None:
    """Refuse what would fill the memory or lie outside: the directory of the zip says so before unpacking."""
    parts = archive.infolist()
    outside = [
        part.filename
        for part in parts
        if PurePosixPath(part.filename).is_absolute() or ".." in PurePosixPath(part.filename).parts
    ]
    if outside:
        raise SourceError(where, "has parts outside itself.", which=outside, fix="do not use this file")
    swollen = [
        f"{part.filename}: {part.file_size:,} bytes from {part.compress_size:,}"
        for part in parts
        if part.file_size > SMALL and part.file_size > RATIO_LIMIT * max(part.compress_size, 1)
    ]
    total = sum(part.file_size for part in parts)
    if total > limit or swollen:
        raise SourceError(
            where,
            f"would unpack to {total:,} bytes.",
            which=swollen,
            expected=f"at most {limit:,} bytes, no part over {RATIO_LIMIT} times its packed size",
            fix="do not use this file; fetch it from the publisher",
        )
