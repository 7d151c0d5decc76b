"""Writing files so that nothing is ever half-written."""

import os
import re
from contextlib import suppress
from pathlib import Path

from monazite.errors import DataError

MARGIN = 12
"""Around a picture in a file of its own. [pixels]"""
PAGE = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)" width="[0-9.]+" height="[0-9.]+"')


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


def write_picture(path: Path, svg: str) -> None:
    """
    Write a chart as an SVG file of its own, with a margin that it has no need of on a page.

    Raises
    ------
    DataError
        As `write_text_atomically`.
    """
    write_text_atomically(path, add_margin(svg) + "\n")


def add_margin(svg: str) -> str:
    """
    Widen the page of a chart by a margin on every side.

    Examples
    --------
    >>> add_margin('<svg viewBox="0 0 960 200" width="960" height="200"></svg>')
    '<svg viewBox="-12 -12 984 224" width="984" height="224"></svg>'
    """

    def widen(found: re.Match[str]) -> str:
        width, height = (f"{float(number) + 2 * MARGIN:g}" for number in found.groups())
        return f'viewBox="{-MARGIN} {-MARGIN} {width} {height}" width="{width}" height="{height}"'

    return PAGE.sub(widen, svg, count=1)


def _cannot_write(path: Path, error: Exception) -> DataError:
    return DataError(
        str(path),
        "cannot be written.",
        which=[getattr(error, "strerror", None) or str(error)],
        expected="a folder that exists and may be written to",
        fix="name another path",
    )
