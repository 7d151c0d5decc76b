"""One run at a time in a folder."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from monazite.errors import DataError
from monazite.reports.run_files import BLOCKS, check_folder

if sys.platform != "win32":
    import fcntl


@contextmanager
def hold_folder(folder: Path, *, overwrite: bool, resume: bool = False) -> Iterator[Path]:
    """
    Keep the folder of a run to this process until it is written, and give the folder of its blocks.

    The lock is a file beside the folder; the kernel frees it when a process ends in whatever way, so that a run that
    was killed can go on at once. Windows has no such locks: two runs into one folder are not told apart there.

    Raises
    ------
    DataError
        If another process is writing there, or results may not be written to the folder (`check_folder`).
    """
    path = folder.absolute().parent / f".{folder.name[:100]}.lock"
    if is_held(path):
        raise tell_busy(folder)
    check_folder(folder, overwrite=overwrite, resume=resume)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise DataError(
            str(folder), f"cannot be written: {error.strerror or error}.", expected="a folder that may be written to",
            fix="check the folder above it and its rights, or name another one with --out",
        ) from error  # fmt: skip
    with file:
        if not take(file, path):
            raise tell_busy(folder)
        try:
            yield folder / BLOCKS
        finally:
            path.unlink(missing_ok=True)


def is_held(path: Path) -> bool:
    """Whether another process holds a lock; no file, no lock."""
    try:
        with path.open("a" if path.exists() else "r", encoding="utf-8") as file:
            return not take(file, path)
    except OSError:
        return False


def take(file: TextIO, path: Path) -> bool:
    """Lock a file; False if another process has it, or removed it meanwhile."""
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return path.exists() and os.fstat(file.fileno()).st_ino == path.stat().st_ino


def tell_busy(folder: Path) -> DataError:
    """Say that another process is writing to a folder."""
    return DataError(
        str(folder), "another run is being written there.", expected="a folder that no other run writes to",
        fix="wait until it is done, or name another folder with --out",
    )  # fmt: skip
