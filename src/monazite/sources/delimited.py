"""Read delimited text of a publisher without trusting it: every cell stays text, and what is wrong is named at once."""

import codecs
import csv
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

from monazite.errors import SourceError, nearest_names

DELIMITERS: Mapping[str, str] = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
PAGE = ("<!doctype", "<html", "<?xml")
FIRST = 1000
"""Bytes from which the encoding is told."""
Row = dict[str, str]


def read_delimited(
    path: Path, columns: Sequence[str], *, encoding: str = "utf-8-sig", delimiter: str = ","
) -> list[tuple[int, Row]]:
    """
    Read the rows of a delimited file with the line on which each ends.

    Parameters
    ----------
    path : Path
        The publisher's file.
    columns : sequence of str
        Columns that the file must have; others may stand beside them, in any order.
    encoding : str, default "utf-8-sig"
        Encoding of the publisher.
    delimiter : str, default ","
        Separator of the cells.

    Returns
    -------
    list of (line, row)
        Column name -> text, spaces trimmed. A header without rows is an empty list.

    Raises
    ------
    SourceError
        If the file is missing, no text in the encoding, a web page, separated otherwise, lacks a column, has a
        column twice, or has rows of another length: a last row that is too short means half a file.
    """
    check_encoding(path, f"text in {encoding}", "fetch the publisher's file again")
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            header = [name.strip() for name in next(reader, [])]
            check_header(path.name, header, columns, delimiter)
            cells = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(
            path.name,
            f"cannot be read: {error}.",
            expected=f"text in {encoding}, separated by {DELIMITERS.get(delimiter, delimiter)}",
            fix="fetch the publisher's file again and do not save it from a spreadsheet",
        ) from error
    check_lengths(path.name, header, cells)
    return [
        (line, dict(zip(header, map(str.strip, row), strict=True)))
        for line, row in cells
    ]  # fmt: skip


def read_own_table(path: Path, check: Callable[[Sequence[str]], None]) -> list[tuple[int, Row]]:
    """
    Read the rows of a CSV table that the user wrote, with the line on which each ends.

    Parameters
    ----------
    path : Path
        CSV in UTF-8, separated by commas.
    check : callable
        Called with the names of the columns; raises where they are not those wanted.

    Returns
    -------
    list of (line, row)
        Column name -> text, spaces trimmed. A header without rows is an empty list.

    Raises
    ------
    SourceError
        If it cannot be read, has a column twice, or has rows of another length: `1,000` is two cells, and a cell that
        is left out is not an empty one. All such lines are named.
    """
    check_encoding(path, "a CSV table in UTF-8", "save it as CSV UTF-8 with commas")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            cells = [(reader.line_num, row) for row in reader if row]
    except OSError as error:
        raise name_unopened(path, error, "a CSV table in UTF-8") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(
            str(path), f"cannot be read: {error}.", expected="a CSV table in UTF-8",
            fix="save it as CSV UTF-8 with commas",
        ) from error  # fmt: skip
    check(header)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise SourceError(path.name, "has columns twice.", which=twice, expected="every column once")
    wrong = [
        f"line {line}: {len(row)} cells instead of {len(header)}"
        for line, row in cells
        if len(row) != len(header)
    ]
    if wrong:
        raise SourceError(
            path.name, f"{len(wrong)} {'row has' if len(wrong) == 1 else 'rows have'} another number of cells.",
            which=wrong, expected=", ".join(header),
            fix="write 1000, not 1,000; leave a cell empty where there is no figure, but keep its comma",
        )  # fmt: skip
    return [(line, dict(zip(header, map(str.strip, row), strict=True))) for line, row in cells]


def check_encoding(path: Path, expected: str, fix: str) -> None:
    """
    Refuse text in UTF-16 or UTF-32, which spreadsheets call Unicode: a byte that is zero is in no other text.

    Raises
    ------
    SourceError
        If the file begins so. One that cannot be opened is left to whoever reads it.

    Examples
    --------
    >>> check_encoding(Path("no-such-file.csv"), "text in UTF-8", "")
    """
    try:
        with path.open("rb") as file:
            first = file.read(FIRST)
    except OSError:
        return
    if b"\0" in first or first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError(path.name, "is text in UTF-16, or no text at all.", expected=expected, fix=fix)


def name_unopened(path: Path, error: OSError, expected: str) -> SourceError:
    """
    Say of a file that cannot be opened whether it is missing, else what the system says.

    Examples
    --------
    >>> print(name_unopened(Path("none.csv"), FileNotFoundError(), "a CSV table"))
    none.csv: does not exist.
      expected: a CSV table
      fix:      correct the path
    """
    if isinstance(error, FileNotFoundError):
        return SourceError(str(path), "does not exist.", expected=expected, fix="correct the path")
    return SourceError(str(path), f"cannot be opened: {error.strerror or error}.", expected=expected)


def check_header(where: str, header: Sequence[str], columns: Sequence[str], delimiter: str) -> None:
    """
    Refuse a header that is not the publisher's, with the reason that is likely.

    Raises
    ------
    SourceError
        If the file is empty, a web page, separated otherwise, lacks a column or has one twice.
    """
    first = delimiter.join(header)
    if not first.strip():
        raise SourceError(where, "is empty.", expected=", ".join(columns), fix="fetch the file again")
    if first.lstrip().casefold().startswith(PAGE):
        raise SourceError(
            where,
            "is a web page, not data.",
            which=[first[:80]],
            fix="open it in a browser: it says why the publisher did not send the file",
        )
    missing = [name for name in columns if name not in header]
    others = [word for mark, word in DELIMITERS.items() if mark != delimiter and first.count(mark) >= 2]
    if missing and len(header) == 1 and others:
        raise SourceError(
            where,
            f"is separated by {others[0]}, not by {DELIMITERS[delimiter]}.",
            expected=DELIMITERS[delimiter],
            fix="fetch the publisher's file again and do not save it from a spreadsheet",
        )
    if missing:
        raise SourceError(
            where,
            f"lacks {len(missing)} of {len(columns)} columns.",
            which=[f"{name} ({nearest_names(name, header)})" for name in missing],
            expected=", ".join(columns),
        )
    twice = sorted({name for name in columns if header.count(name) > 1})
    if twice:
        raise SourceError(where, "has columns twice.", which=twice, expected="every column once")


def check_lengths(where: str, header: Sequence[str], cells: Sequence[tuple[int, Sequence[str]]]) -> None:
    """
    Refuse rows that are longer or shorter than the header.

    Raises
    ------
    SourceError
        Names the lines; says so where only the last row is cut.
    """
    wrong = [(line, len(row)) for line, row in cells if len(row) != len(header)]
    if not wrong:
        return
    is_cut = wrong == [(cells[-1][0], len(cells[-1][1]))] and wrong[0][1] < len(header)
    raise SourceError(
        where,
        "ends in the middle of a row." if is_cut else f"{len(wrong)} rows have another number of cells.",
        which=[f"line {line}: {count} cells" for line, count in wrong],
        expected=f"{len(header)} cells",
        fix="fetch the file again" if is_cut else "check the separator and the quotes in these lines",
    )


def read_number(text: str, where: str, problems: list[str], *, low: float = 0.0) -> float:
    """
    Read a number that must not be below `low`; what is none goes to `problems` and is NaN.

    Examples
    --------
    >>> problems = []
    >>> read_number("12.5", "line 2, quantity", problems), problems
    (12.5, [])
    """
    try:
        number = float(text)
    except ValueError:
        problems.append(f"{where}: {text!r} is no number")
        return float("nan")
    if not low <= number < float("inf"):
        problems.append(f"{where}: {text} is {'negative' if number < 0 else 'not usable'}")
        return float("nan")
    return number


def raise_problems(where: str, problems: Sequence[str], expected: str, fix: str = "") -> None:
    """
    Raise one error for all problems of a file; do nothing where there is none.

    Raises
    ------
    SourceError
        If there are problems.
    """
    if problems:
        count = f"{len(problems)} cell{'s' if len(problems) > 1 else ''} cannot be used."
        raise SourceError(where, count, which=problems, expected=expected, fix=fix)


def first_line(path: Path, encoding: str = "utf-8-sig") -> str:
    """Read the first line of a text file, at most 10,000 characters; "" where it is none."""
    try:
        with path.open(encoding=encoding, errors="replace") as file:
            return "".join(islice(file, 1))[:10_000]
    except OSError as error:
        raise SourceError(str(path), f"cannot be read: {error.strerror}.", fix="check the path") from error
