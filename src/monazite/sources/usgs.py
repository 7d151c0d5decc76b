"""U.S. Geological Survey, Mineral Commodity Summaries: the CSV of the data release, all chapters."""

import csv
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from monazite.errors import SourceError
from monazite.sources.delimited import check_encoding, check_lengths, name_unopened
from monazite.sources.table import Columns, columns_from_rows

SOURCE_ID = "usgs"
ENCODING = "cp1252"
HEADER = (
    "MCS chapter", "Section", "Commodity", "Country", "Statistics", "Statistics_detail", "Unit", "Year",
    "Value", "Notes", "Is critical mineral 2025", "Other notes",
)  # fmt: skip
COLUMNS = (
    "chapter", "section", "commodity", "country", "statistics", "detail", "unit", "year_start", "year",
    "value", "low", "high", "mark", "quality", "text", "note", "line",
)  # fmt: skip

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
MARKS: Mapping[str, str] = {
    "—": "zero",
    "W": "withheld",
    "NA": "not available",
    "XX": "not applicable",
    "E": "net exporter",
    "s": "less than half a unit",
}
"""Mark of the publisher -> what it says. The em dash is a reported zero; none of the others is zero."""

WORDS = re.compile(r"(very )?(small|moderate|large)( to large)?|variable, depending on .+", re.IGNORECASE)
"""Words in place of a figure, for reserves and prices."""


class Value(NamedTuple):
    """A printed figure: the number (NaN where there is none), what it may be at least and at most, its mark."""

    value: float
    low: float
    high: float
    mark: str


UNKNOWN = (math.nan, math.nan, math.nan)


def read_mineral_commodity_summaries(path: Path) -> Columns:
    """
    Read the data release of the Mineral Commodity Summaries (`MCS2026_Commodities_Data.csv`).

    Parameters
    ----------
    path : Path
        The publisher's file: CSV, cp1252, thousands commas, marks in place of some figures.

    Returns
    -------
    Columns
        Primary key: line. chapter, section, commodity, country, statistics, detail, unit: the publisher's words,
        spaces trimmed. year_start, year: both ends of the period. value [as unit]: NaN where no number is
        printed. low, high: its rounding, from the last digit that is not zero; for `<25`, `>95`, a range or less
        than half a unit what it may be; NaN where nothing is known. mark: number, zero, below, above, range,
        withheld, not available, not applicable, net exporter, less than half a unit, words. quality: estimated
        where the note says so, else reported. text: as printed; note; line of the file.

    Raises
    ------
    SourceError
        Once, with the line of every value or year that cannot be read; or if the columns are others.

    Notes
    -----
    A minus sign that the publisher's encoding lost stands as `?` before the number: `?1` is -1.
    """
    rows = _read_rows(path)
    problems: list[str] = []
    parsed = [_parse_row(row, line, problems) for line, row in rows]
    if problems:
        raise SourceError(
            path.name,
            f"{len(problems)} cell{'' if len(problems) == 1 else 's'} cannot be read.",
            which=problems,
            expected="numbers with thousands commas, <, >, ranges, —, W, NA, XX, E, s; a year or two years",
        )
    return columns_from_rows(COLUMNS, parsed)


def parse_value(text: str) -> Value | None:
    """
    Parse one printed figure; None where the text is none that the publisher uses.

    Examples
    --------
    >>> parse_value("1,880")
    Value(value=1880.0, low=1875.0, high=1885.0, mark='number')
    >>> parse_value(">95")
    Value(value=nan, low=95.0, high=inf, mark='above')
    >>> parse_value("—").value, parse_value("W").mark, parse_value("?1").value
    (0.0, 'withheld', -1.0)
    """
    if text in MARKS:
        mark = MARKS[text]
        if mark == "zero":
            return Value(0.0, 0.0, 0.0, mark)
        return Value(math.nan, 0.0, 0.5, mark) if mark.startswith("less") else Value(*UNKNOWN, mark)
    if WORDS.fullmatch(text):
        return Value(*UNKNOWN, "words")
    found = re.fullmatch(rf"([?−-]?)({NUMBER})|([<>])({NUMBER})|({NUMBER}) ?[–-] ?({NUMBER})", text)
    if not found:
        return None
    sign, number, bound, limit, first, last = found.groups()
    if number:
        value = _plain(number) * (-1 if sign else 1)
        half = half_digit(number)
        return Value(value, value - half, value + half, "number")
    if bound == "<":
        return Value(math.nan, 0.0, _plain(limit), "below")
    if bound:
        return Value(math.nan, _plain(limit), math.inf, "above")
    return Value(math.nan, _plain(first), _plain(last), "range")


def half_digit(number: str) -> float:
    """
    Half a unit of the last digit that is not zero: how far a rounded figure may be from the truth.

    Examples
    --------
    >>> half_digit("1,880"), half_digit("38,000"), half_digit("0.79"), half_digit("0")
    (5.0, 500.0, 0.005, 0.5)
    """
    digits = number.replace(",", "")
    if "." in digits:
        return 0.5 * 10.0 ** -len(digits.split(".")[1])
    zeros = len(digits) - len(digits.rstrip("0")) if digits.strip("0") else 0
    return 0.5 * 10.0**zeros


def _plain(number: str) -> float:
    return float(number.replace(",", ""))


def _read_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Read the rows as text with their line; refuse a file with other columns."""
    check_encoding(path, f"the publisher's CSV in {ENCODING}", "fetch the publisher's file again")
    try:
        with path.open(encoding=ENCODING, newline="") as file:
            reader = csv.reader(file)
            header = tuple(next(reader, ()))
            rows = [(reader.line_num, row) for row in reader if row]
    except OSError as error:
        raise name_unopened(path, error, f"the publisher's CSV in {ENCODING}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(
            str(path), f"cannot be read: {error}.", expected=f"the publisher's CSV in {ENCODING}"
        ) from error
    if header != HEADER:
        raise SourceError(
            path.name,
            "has other columns than the data release of the Mineral Commodity Summaries.",
            which=sorted(set(header) ^ set(HEADER)) or list(header),
            expected=", ".join(HEADER),
        )
    check_lengths(path.name, header, rows)
    return [
        (line, {name: " ".join(cell.split()) for name, cell in zip(HEADER, row, strict=True)})
        for line, row in rows
    ]


def _parse_row(row: Mapping[str, str], line: int, problems: list[str]) -> tuple[object, ...]:
    """Parse one row; what cannot be read goes to `problems`."""
    value = parse_value(row["Value"])
    if value is None:
        problems.append(
            f"line {line}, Value: {row['Value']!r} ({row['MCS chapter']}, {row['Statistics_detail']})"
        )
        value = Value(*UNKNOWN, "")
    first, last = _parse_years(row["Year"], line, problems)
    quality = "estimated" if row["Notes"].startswith("Estimated.") else "reported"
    words = (row[name] for name in HEADER[:7])
    return (*words, first, last, *value, quality, row["Value"], row["Notes"], line)


def _parse_years(text: str, line: int, problems: list[str]) -> tuple[int, int]:
    """Parse `2024` or `2021–24`."""
    found = re.fullmatch(r"(\d{4})(?:[–-](\d{2}|\d{4}))?", text)
    if not found:
        problems.append(f"line {line}, Year: {text!r}")
        return 0, 0
    first, last = found.groups()
    return int(first), int(first[: 4 - len(last)] + last) if last else int(first)
