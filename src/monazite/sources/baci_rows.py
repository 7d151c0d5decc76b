"""The rows of a CSV of BACI: a quick check of their shape, and a slow search that names row and column."""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from monazite.errors import SourceError
from monazite.sources.baci import USD_PER_KUSD

HEADER = ("t", "i", "j", "k", "v", "q")
FIRST_LINE = ",".join(HEADER).encode()
HARMLESS = b"0123456789 NA\r"
SHAPES = (b"\n,,,,.,.", b"\n,,,,.,", b"\n,,,,,.", b"\n,,,,,")
"""A row without digits, spaces and NA: four whole numbers, then value and quantity with or without a point."""
MAX_ROW_BYTES = 1000
"""A row of BACI has 60 bytes; a longer one than this is not taken into memory."""
MAX_DIGITS = 9
"""Longest whole number that is read: years and codes have six digits at most."""
MAX_PADDING = 30
"""Blanks before a missing quantity, at most; BACI pads to the width of the column."""
MAX_SHOWN = 20
"""Problems that are described; the rest is counted."""
NO_COUNTRY = "is no country code of BACI"
NEW_COUNTRY = "; a new country code belongs in vocabulary/baci_codes.csv"
MAX_SHOWN_CHARACTERS = 60
"""Of a cell in a message."""

Key = tuple[int, int, int]
"""Product code, exporter and importer, as the file writes them."""


class ShapeCheck:
    """
    Check block by block that every row has the shape of BACI's, and count the rows.

    Parameters
    ----------
    letters : iterable of str, optional
        Product codes with letters that the edition has.

    Examples
    --------
    >>> check = ShapeCheck()
    >>> check.feed(b"t,i,j,k,v,q\\n2024,4,8,010111,   1.5,    NA\\n")
    >>> check.finish(), check.rows
    (True, 1)
    >>> check = ShapeCheck()
    >>> check.feed(b"t,i,j,k,v,q\\n2024,4.6,8,010111,   1.5,    NA\\n")
    >>> check.finish()
    False
    """

    def __init__(self, letters: Iterable[str] = ()) -> None:
        self.rows = 0
        self._harmless = HARMLESS + "".join(letters).encode()
        self._open_bytes = 0
        self.is_regular = True
        self._head = b""
        self._rest = b"\n"

    def feed(self, block: bytes) -> None:
        """Check the rows that end in this block; the rest waits for the next one."""
        if not self.is_regular:
            return
        if b"\n" not in self._head:
            self._head += block
            if b"\n" not in self._head:
                self.is_regular = len(self._head) < MAX_ROW_BYTES
                return
            first, _, block = self._head.partition(b"\n")
            self.is_regular = first.rstrip(b"\r") == FIRST_LINE
        last = block.rfind(b"\n")
        self._open_bytes = len(block) - last - 1 if last >= 0 else self._open_bytes + len(block)
        if self._open_bytes > MAX_ROW_BYTES:
            self.is_regular = False
            return
        skeleton = self._rest + block.translate(None, self._harmless)
        whole, _, self._rest = skeleton.rpartition(b"\n")
        self._rest = b"\n" + self._rest
        self.rows += whole.count(b"\n")
        for shape in SHAPES:
            whole = whole.replace(shape, b"")
        self.is_regular = self.is_regular and not whole

    def finish(self) -> bool:
        """Whether every row has the shape, and the last one ends in a line break."""
        return self.is_regular and b"\n" in self._head and self._rest == b"\n"


def find_problems(
    path: Path, where: str, *, year: int, countries: Sequence[str | None], products: Collection[int],
    letters: Collection[str] = (), repeated: Collection[Key] = (), detail: str = "",
) -> SourceError:  # fmt: skip
    """
    Read a CSV row by row in plain Python, slowly, and say everything that is wrong with it.

    Parameters
    ----------
    path : Path
        The CSV.
    where : str
        What the error calls it.
    year : int
        Calendar year that every row must have.
    countries : sequence of str or None
        ISO3 by country code of BACI in that year; None where there is no such code.
    products : collection of int
        The product codes of the edition.
    letters : collection of str, optional
        Product codes with letters, which are known and left out.
    repeated : collection of (product_code, exporter, importer), optional
        Keys that are known to stand twice; their rows are listed.
    detail : str, optional
        What the quick check found; it stands in the message if the search finds nothing.

    Returns
    -------
    SourceError
        Names row and column of up to 20 problems and counts all; to be raised.
    """
    problems: list[str] = []
    count, has_new_country = 0, False
    known = {str(code) for code in products} | {f"{code:06d}" for code in products} | set(letters)
    for problem in _walk(path, year, countries, known, set(repeated)):
        count += 1
        has_new_country = has_new_country or NO_COUNTRY in problem
        if len(problems) < MAX_SHOWN:
            problems.append(problem)
    more = [f"and {count - MAX_SHOWN} more"] if count > MAX_SHOWN else []
    return SourceError(
        where,
        f"{count} {'cell or row' if count == 1 else 'cells or rows'} cannot be used."
        if count
        else f"cannot be used: {detail}.",
        which=["\n            ".join([*problems, *more])] if problems else [],
        expected="BACI's CSV: t,i,j,k,v,q; year, two country codes of BACI, HS code, thousand USD, tonnes or NA",
        fix="fetch the publisher's file again" + (NEW_COUNTRY if has_new_country else ""),
    )


def _walk(
    path: Path, year: int, countries: Sequence[str | None], products: Collection[str], repeated: set[Key]
) -> Iterator[str]:
    first_row: dict[Key, int] = {}
    with path.open("rb") as file:
        head = file.readline(MAX_ROW_BYTES)
        yield from _header_problems(head)
        if is_utf16(head):
            return
        line, is_windows = head, head.endswith(b"\r\n")
        for row, line in enumerate(_read_lines(file), start=2):
            if len(line) >= MAX_ROW_BYTES:
                yield f"row {row}: is longer than {MAX_ROW_BYTES} bytes"
                continue
            if line.endswith(b"\r\n") != is_windows and line.endswith(b"\n"):
                yield f"row {row}: ends otherwise than row 1 (CR LF and LF in one file)"
            cells = line.rstrip(b"\r\n").decode("ascii", errors="backslashreplace").split(",")
            if len(cells) != len(HEADER):
                yield f"row {row}: {len(cells)} cells instead of {len(HEADER)}"
                continue
            yield from (
                f"row {row}, {problem}" for problem in _cell_problems(cells, year, countries, products)
            )
            if repeated:
                yield from _repeat_problem(row, cells, repeated, first_row)
        if not line.endswith(b"\n"):
            yield "the last row does not end in a line break: the file is cut off"


def is_utf16(head: bytes) -> bool:
    """
    Whether a file that starts like this is UTF-16, of which no row can be read as BACI's.

    Examples
    --------
    >>> is_utf16("t,i,j".encode("utf-16")), is_utf16(b"t,i,j")
    (True, False)
    """
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head


def _read_lines(file: BinaryIO) -> Iterator[bytes]:
    """Read lines; of one that is too long only its first and last bytes, so that it needs no memory."""
    while line := file.readline(MAX_ROW_BYTES):
        rest = line
        while len(rest) == MAX_ROW_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(MAX_ROW_BYTES)
        yield line if rest is line else line + rest[-1:]


def _header_problems(head: bytes) -> Iterable[str]:
    line = head.rstrip(b"\r\n")
    if line == FIRST_LINE:
        return []
    if is_utf16(head):
        return ["row 1: is UTF-16, not plain text"]
    if head.startswith(b"\xef\xbb\xbf"):
        return ["row 1: starts with a byte-order mark"]
    text = line.decode("ascii", errors="backslashreplace")
    for delimiter, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if text.split(delimiter) == list(HEADER):
            return [f"row 1: cells are parted by {name}, not by commas"]
    found = text.split(",")
    missing = [name for name in HEADER if name not in found]
    reason = f"lacks column {', '.join(missing)}" if missing else "has other columns or another order"
    return [f"row 1: {text[:60]!r} {reason}"]


def _cell_problems(
    cells: Sequence[str], year: int, countries: Sequence[str | None], products: Collection[str]
) -> Iterator[str]:
    for name, cell in zip(HEADER[:4], cells, strict=False):
        text = cell.strip()
        if name == "k" and text in products:
            continue
        if not (text.isascii() and text.isdigit()) or len(text) > MAX_DIGITS:
            yield f"column {name}: {_shorten(cell)!r} is no whole number"
        elif name == "t" and int(text) != year:
            yield f"column t: {text} is not the year of the file's name, {year}"
        elif name in "ij" and (int(text) >= len(countries) or countries[int(text)] is None):
            yield f"column {name}: {text} {NO_COUNTRY} in {year}"
        elif name == "k":
            yield f"column k: {text} is no product code of the edition"
    for name, cell in zip(HEADER[4:], cells[4:], strict=True):
        text = cell.strip()
        if name == "q" and text == "NA" and (cell[-1] == " " or len(cell) > MAX_PADDING + 2):
            yield f"column q: {_shorten(cell)!r} is padded otherwise than BACI pads a missing quantity"
        try:
            number = 0.0 if text == "NA" and name == "q" else float(text)
        except ValueError:
            yield f"column {name}: {_shorten(cell)!r} is no number"
        else:
            if not math.isfinite(number * USD_PER_KUSD) or number < 0:
                yield f"column {name}: {_shorten(text)} is {'negative' if number < 0 else 'not finite'}"
            elif not set(text) <= set("0123456789.NA"):
                yield f"column {name}: {_shorten(text)} is not written in plain decimals"


def _shorten(cell: str) -> str:
    return cell if len(cell) <= MAX_SHOWN_CHARACTERS else f"{cell[:MAX_SHOWN_CHARACTERS]}..."


def _repeat_problem(
    row: int, cells: Sequence[str], repeated: set[Key], first: dict[Key, int]
) -> Iterator[str]:
    try:
        product, exporter, importer = (int(cells[n].strip()[:MAX_DIGITS]) for n in (3, 1, 2))
    except ValueError:
        return
    key = product, exporter, importer
    if key in repeated:
        if key in first:
            yield f"row {row}, columns k, i, j: {', '.join(map(str, key))} repeats row {first[key]}"
        first.setdefault(key, row)
