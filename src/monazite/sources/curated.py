"""Our own tidy tables (`data/curated/*.csv`): one source per row, checked on load."""

import csv
from collections.abc import Mapping
from pathlib import Path

from monazite.errors import SourceError
from monazite.sources.table import Columns, columns_from_rows

Kind = type[str] | type[int] | type[float]


def read_curated(path: Path, kinds: Mapping[str, Kind], required: tuple[str, ...] = ()) -> Columns:
    """
    Read a curated CSV table (UTF-8, comma, header).

    Parameters
    ----------
    path : Path
        The file.
    kinds : mapping of column name to str, int or float
        Every column that the file must have, and no other. An empty float is NaN.
    required : tuple of str
        Columns that may not be empty, such as `source`.

    Raises
    ------
    SourceError
        Once, with every problem: wrong header, text in a number, an empty required cell.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            header, rows = reader.fieldnames or [], list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path.name, f"cannot be read: {error}.", expected="CSV in UTF-8") from error
    if set(header) != set(kinds):
        raise SourceError(
            path.name,
            "has other columns than expected.",
            which=sorted(set(header) ^ set(kinds)),
            expected=", ".join(kinds),
        )
    problems: list[str] = []
    parsed = [
        [_cell(row, line, name, kind, problems) for name, kind in kinds.items()]
        for line, row in enumerate(rows, 2)
    ]
    problems += [
        f"line {line}, {name}: empty"
        for line, row in enumerate(rows, 2)
        for name in required
        if not row[name]
    ]
    if problems:
        raise SourceError(path.name, f"{len(problems)} cells cannot be used.", which=problems)
    return columns_from_rows(list(kinds), parsed)


def _cell(row: Mapping[str, str | None], line: int, name: str, kind: Kind, problems: list[str]) -> object:
    text = (row[name] or "").strip()
    if kind is float and not text:
        return float("nan")
    try:
        return kind(text)
    except ValueError:
        problems.append(f"line {line}, {name}: {text!r} is no {kind.__name__}")
        return kind()
