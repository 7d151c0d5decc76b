"""Writing files so that nothing is ever half-written."""

import os
from contextlib import suppress
from pathlib import Path

from monazite.errors import DataError


def write_text_atomically(path: Path, text: str) -> None:
    """
    Write a text file under a temporary name beside it, then rename; an older file stays whole until then.

    Raises
    ------
    DataError
        If the folder does not exist or cannot be written, or the path is a folder, a device or a pipe.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            raise DataError(
                str(path),
                "cannot be written: it is no file.",
                expected="a new file, or one to replace",
                fix="name another path",
            )
        temporary = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
    except (OSError, RuntimeError, ValueError) as error:
        raise _cannot_write(path, error) from error
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(target)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _cannot_write(path: Path, error: Exception) -> DataError:
    return DataError(
        str(path),
        "cannot be written.",
        which=[getattr(error, "strerror", None) or str(error)],
        expected="a folder that exists and may be written to",
        fix="name another path",
    )
