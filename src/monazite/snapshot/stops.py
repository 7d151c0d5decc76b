"""Say in words why an import stopped that was not at fault itself: the disk, the rights, DuckDB, an interrupt."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from monazite.errors import SnapshotError

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
FIXES = {
    errno.EACCES: "give yourself the right to write there, or import into another folder",
    errno.EPERM: "give yourself the right to write there, or import into another folder",
    errno.EROFS: "import into a folder that can be written",
    errno.ENAMETOOLONG: "import into a folder with a shorter name",
    errno.ENOTDIR: "import into a folder that is not inside a file",
}


@contextmanager
def explain_stops(target: Path) -> Iterator[None]:
    """
    Turn what the disk or DuckDB complains about while the block runs into words; the release is still as it was.

    Parameters
    ----------
    target : Path
        Folder of the release.

    Raises
    ------
    SnapshotError
        Says where and why, and what to do about it.
    KeyboardInterrupt
        If DuckDB was interrupted, which it calls a RuntimeError.
    """
    try:
        yield
    except OSError as error:
        where = str(error.filename or target)
        if error.errno in FULL:
            raise _say_full(target) from error
        raise SnapshotError(
            where, f"the import stopped: {error.strerror or error}; the release is untouched.",
            fix=FIXES.get(error.errno or 0, ""),
        ) from error  # fmt: skip
    except RuntimeError as error:  # DuckDB's word for Ctrl-C
        if "interrupt" in str(error).lower():
            raise KeyboardInterrupt from error
        raise
    except duckdb.Error as error:
        if "No space left" in str(error):
            raise _say_full(target) from error
        raise SnapshotError(
            str(target),
            f"the import stopped: {str(error).splitlines()[0]}; the release is untouched.",
            fix="run the same command again: it goes on with what is finished",
        ) from error


def _say_full(target: Path) -> SnapshotError:
    return SnapshotError(
        str(target), "the import stopped: the disk is full.", expected=f"room for the unpacked file beside {target}",
        fix="make room and run the same command again: it goes on with what is finished; the release is untouched",
    )  # fmt: skip
