"""Our own tidy tables (`data/curated/*.csv`): one source per row, checked on load against their sheet."""

import csv
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from monazite.errors import SourceError
from monazite.sources.citation import citation_problem
from monazite.sources.table import Columns, columns_from_rows
from monazite.sources.table_sheet import (
    CHECKED,
    QUALITY,
    READ_IN,
    SUFFIX,
    TableColumn,
    TableSheet,
    read_table_sheet,
)
from monazite.vocabulary import STAGES, countries, groups, materials

CURATED = Path(str(files("monazite") / "data" / "curated"))
DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
YEARS = (1900, 2100)
PLACE = re.compile(r"://|(^|\s)~?/\w|\b[A-Z]:\\|\bshared/|\bfile:", re.IGNORECASE)
"""Marks of an address with its scheme, or of a path of a machine."""
REST = "ROW"


def curated_tables() -> dict[str, Path]:
    """List the curated tables by name."""
    return {path.name.removesuffix(SUFFIX): path.with_name(path.name.removesuffix(SUFFIX) + ".csv")
            for path in sorted(CURATED.glob(f"*{SUFFIX}"))}  # fmt: skip


def read_curated(path: Path | str, *, table: str = "") -> Columns:
    """
    Read a curated CSV table (UTF-8, comma, header) and check every cell against its sheet.

    Parameters
    ----------
    path : Path or str
        The file, with its sheet beside it; or the name of one of our tables, such as "wmd_commodities".
    table : str, optional
        The file is written like this table of ours: its sheet counts, and none need lie beside the file.

    Returns
    -------
    Columns
        As the sheet says: whole numbers for integers and required years, else float64. An empty number is NaN,
        empty text is "".

    Raises
    ------
    SourceError
        Once, with every problem: wrong header, text in a number, an empty required cell, an unknown country,
        material or stage, a value outside its range, a source that nobody can look up (`citation_problem`), a quoted
        figure without the place where it was read, a key that repeats.

    Examples
    --------
    >>> table = read_curated("wmd_commodities")
    >>> str(table["material"][table["wmd_table"] == "Cobalt"][0])
    'cobalt'
    """
    file = Path(path) if isinstance(path, Path) else CURATED / f"{path}.csv"
    sheet = read_table_sheet(CURATED / f"{table}.csv" if table else file)
    rows = _read_rows(file, sheet)
    problems: list[str] = []
    parsed = [
        [
            _cell(row[column.name] or "", column, f"line {line}, {column.name}", problems)
            for column in sheet.columns
        ]
        for line, row in rows
    ]
    problems += _places(sheet, rows) + _repeated_keys(sheet, rows)
    if problems:
        raise SourceError(
            file.name,
            f"{len(problems)} cell{'' if len(problems) == 1 else 's'} cannot be used.",
            which=problems,
        )
    return columns_from_rows([column.name for column in sheet.columns], parsed)


def _read_rows(path: Path, sheet: TableSheet) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = tuple(reader.fieldnames or ())
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(path.name, f"cannot be read: {error}.", expected="CSV in UTF-8") from error
    names = tuple(column.name for column in sheet.columns)
    if header != names:
        raise SourceError(
            path.name,
            "has other columns than its sheet.",
            which=sorted(set(header) ^ set(names)) or [f"order: {', '.join(header)}"],
            expected=", ".join(names),
        )
    ragged = [f"line {line}" for line, row in rows if None in row or None in row.values()]
    if ragged:
        raise SourceError(path.name, f"{len(ragged)} rows have another number of cells.", which=ragged)
    return rows


def _cell(text: str, column: TableColumn, where: str, problems: list[str]) -> object:
    """Parse one cell; a problem is noted and the cell left as text."""
    text = text.strip()
    is_whole = column.kind == "integer" or (column.kind == "year" and column.required)
    is_number = column.kind in ("number", "integer", "year")
    if not text:
        if column.required or is_whole:
            problems.append(f"{where}: empty")
        return float("nan") if is_number else text
    reason = _problem(text, column)
    if reason:
        problems.append(f"{where}: {text!r} {reason}")
        return text
    if not is_number:
        return text
    return int(text) if is_whole else float(text)


def _problem(text: str, column: TableColumn) -> str:
    """Say why a cell cannot be used; "" if it can."""
    if column.choices and text not in column.choices:
        return f"is none of {', '.join(column.choices)}"
    if column.kind in ("number", "integer", "year"):
        return _number_problem(text, column)
    if column.kind == "date":
        return "" if DATE.fullmatch(text) else "is no year, year-month or date"
    if column.kind == "source":
        return citation_problem(text)
    words = _known_words(column.kind)
    return "" if not words or text in words else f"is no {column.kind}"


def _number_problem(text: str, column: TableColumn) -> str:
    try:
        number = float(text) if column.kind == "number" else float(int(text))
    except ValueError:
        return f"is no {'number' if column.kind == 'number' else 'whole number'}"
    low, high = YEARS if column.kind == "year" else (column.minimum, column.maximum)
    if not abs(number) < float("inf"):
        return "is not finite"
    if (low is not None and number < low) or (high is not None and number > high):
        return f"is outside {low} to {high}"
    return ""


def _known_words(kind: str) -> Mapping[str, object] | tuple[str, ...]:
    """List the words that a column of a kind may hold; empty: any."""
    if kind == "country":
        return (*countries(), REST)
    if kind == "region":
        return (*countries(), *groups(), REST, "world")
    words: dict[str, Mapping[str, object] | tuple[str, ...]] = {
        "material": materials(), "stage": STAGES, "quality": QUALITY, "checked": CHECKED,
        "boolean": ("yes", "no"),
    }  # fmt: skip
    return words.get(kind, ())


def _places(sheet: TableSheet, rows: list[tuple[int, dict[str, str]]]) -> list[str]:
    """Find quoted facts that do not say where they were read, and places that are an address or path of a machine."""
    checked = [column.name for column in sheet.columns if column.kind == "checked"]
    if READ_IN not in {column.name for column in sheet.columns}:
        return []
    problems = []
    for line, row in rows:
        place = (row[READ_IN] or "").strip()
        if PLACE.search(place):
            problems.append(f"line {line}, {READ_IN}: {place!r} is an address with a scheme or a path")
        if not place and any(row[name] == "quoted" for name in checked):
            problems.append(f"line {line}, {READ_IN}: empty, but the figure is quoted")
    return problems


def _repeated_keys(sheet: TableSheet, rows: list[tuple[int, dict[str, str]]]) -> list[str]:
    first: dict[tuple[str, ...], int] = {}
    problems = []
    for line, row in rows:
        key = tuple((row[name] or "").strip() for name in sheet.primary_key)
        if key in first:
            problems.append(f"line {line}: {', '.join(key)} repeats line {first[key]}")
        first.setdefault(key, line)
    return problems
