"""Where an export goes: what may stand there, and how it is put there whole or not at all."""

import json
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from monazite.errors import DataError

DESCRIPTOR = "datapackage.json"
PACKAGE_PREFIX = "monazite-"
"""With which the name of every Data Package of ours begins."""
DATA_FOLDER = "data"
"""Folder of the tables in a Data Package."""
ENDINGS = (".csv", ".parquet")


def locate_out(out: Path) -> Path:
    """
    Find the file or folder that a path means, so that `.` and a link are what they stand for.

    Raises
    ------
    DataError
        If the path cannot be followed: links in a circle, a name that is too long.
    """
    try:
        found = out.resolve()
        found.exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise cannot_write(out, error) from error
    return found


def check_target(out: Path, tables: Collection[str], *, is_folder: bool, overwrite: bool) -> None:
    """
    Refuse a path at which nothing may be written, before anything is read.

    Parameters
    ----------
    out : Path
        Where the export goes.
    tables : collection of str
        Tables of the release: an export has written no file of another name.
    is_folder : bool
        Whether the export is a folder.
    overwrite : bool
        Whether an older export may give way.

    Raises
    ------
    DataError
        If the parent is no folder; the path is of the other sort, or a device; it is taken and `overwrite` is not
        set; or a folder holds anything but an older export.
    """
    if not out.parent.is_dir():
        raise DataError(str(out), "lies in a folder that does not exist.", fix=f"make {out.parent} first")
    if not out.exists():
        return
    sort = "folder" if out.is_dir() else "file" if out.is_file() else "device or a pipe"
    wanted = "folder" if is_folder else "file"
    if sort != wanted:
        raise DataError(str(out), f"is a {sort}.", expected=f"a {wanted}", fix="name another path with --out")
    if is_folder and not any(out.iterdir()):
        return
    if not overwrite:
        raise DataError(str(out), "exists.", fix="add --overwrite, or name another path with --out")
    foreign = sorted(path.relative_to(out).as_posix() for path in _foreign(out, tables)) if is_folder else []
    if foreign:
        raise DataError(
            str(out), "holds files that no export wrote.", which=foreign, fix="name another folder with --out"
        )


def _foreign(folder: Path, tables: Collection[str]) -> Iterator[Path]:
    """List what an export cannot have written into a folder."""
    for path in folder.iterdir():
        if path.name == DATA_FOLDER and path.is_dir() and not path.is_symlink():
            yield from (inside for inside in path.iterdir() if not _is_table(inside, tables))
        elif not _is_table(path, tables) and not _is_descriptor(path):
            yield path


def _is_table(path: Path, tables: Collection[str]) -> bool:
    """Whether a path is a file with the name of a table."""
    return path.suffix in ENDINGS and path.stem in tables and path.is_file() and not path.is_symlink()


def _is_descriptor(path: Path) -> bool:
    """Whether a path is the descriptor of a package of ours."""
    if path.name != DESCRIPTOR or path.is_symlink() or not path.is_file():
        return False
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(package, dict) and str(package.get("name")).startswith(PACKAGE_PREFIX)


@contextmanager
def replacing(out: Path, *, is_folder: bool) -> Iterator[Path]:
    """
    Give a path beside the target to write to, and put it in the place of the target when all went well.

    A folder that exists stays, with its rights and whoever stands in it; what it holds is exchanged.

    Raises
    ------
    DataError
        If something cannot be written; the target is then as it was.
    """
    try:
        holder = Path(tempfile.mkdtemp(prefix=f".{out.name[:100]}.", suffix=".part", dir=out.parent))
    except OSError as error:
        raise cannot_write(out, error) from error
    try:
        temporary = holder / "new"
        if is_folder:
            temporary.mkdir()
        yield temporary
        if is_folder and out.exists():
            _exchange(temporary, out, holder / "before")
        else:
            temporary.replace(out)
    except OSError as error:
        raise cannot_write(out, error) from error
    finally:
        shutil.rmtree(holder, ignore_errors=True)


def _exchange(new: Path, folder: Path, before: Path) -> None:
    """Move what a folder holds to `before` and what `new` holds into it; undo both where one fails."""
    before.mkdir()
    moved: list[tuple[Path, Path]] = []
    try:
        for source, target in ((folder, before), (new, folder)):
            for path in sorted(source.iterdir()):
                path.rename(target / path.name)
                moved.append((path, target / path.name))
    except OSError:
        for path, at in reversed(moved):
            with suppress(OSError):
                at.rename(path)
        raise


def cannot_write(out: Path, error: Exception) -> DataError:
    """Compose the error for a path that cannot be written."""
    return DataError(
        str(out), "cannot be written.", which=[getattr(error, "strerror", None) or str(error)],
        expected="a folder that may be written to, with room", fix="name another path with --out",
    )  # fmt: skip
