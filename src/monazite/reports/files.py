"""Writing files so that nothing is ever half-written."""

import os
from pathlib import Path

from monazite.errors import DataError


def write_text_atomically(path: Path, text: str) -> None:
    """
    Write a text file under a temporary name beside it, then rename; an older file stays whole until then.

    Raises
    ------
    DataError
        If the folder does not exist or cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    except OSError as error:
        raise DataError(
            str(path),
            "cannot be written.",
            which=[error.strerror or str(error)],
            expected="a folder that exists and may be written to",
            fix="name another path",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
