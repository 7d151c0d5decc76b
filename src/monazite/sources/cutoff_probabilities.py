"""A user's own probabilities that a country ends its exports."""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from monazite.errors import DataError, SourceError
from monazite.sources.delimited import raise_problems, read_own_table
from monazite.vocabulary import resolve_country

COLUMNS = ("country", "probability")
EXPECTED = "a country, once, and a probability a year from 0 to 1"


def read_cutoff_probabilities(path: Path) -> dict[str, float]:
    """
    Read probabilities by country (CSV in UTF-8 with the columns country and probability).

    Parameters
    ----------
    path : Path
        `country` a code or name; `probability` that it ends its exports of a material within a year. [1/a, 0..1]

    Returns
    -------
    dict of ISO3 code to probability

    Raises
    ------
    SourceError
        Once, with every row that cannot be used: an unknown country or one that stands twice, a probability that is
        no number from 0 to 1.
    """
    rows = read_own_table(path, partial(_check_header, path.name))
    found: dict[str, float] = {}
    problems: list[str] = []
    for line, row in rows:
        code = _read_country(row["country"], line, problems)
        probability = _read_probability(row["probability"], line, problems)
        if code in found:
            problems.append(f"line {line}, country: {code} stands twice")
        if code:
            found[code] = probability
    raise_problems(path.name, problems, EXPECTED, "divide percent by 100")
    if not found:
        raise SourceError(path.name, "has no rows.", expected=EXPECTED)
    return found


def _check_header(where: str, header: Sequence[str]) -> None:
    """Refuse a table without the columns that are needed; others may stand beside them."""
    if not set(COLUMNS) <= set(header):
        raise SourceError(
            where,
            "has other columns than a table of probabilities.",
            which=header,
            expected=", ".join(COLUMNS),
        )


def _read_country(text: str, line: int, problems: list[str]) -> str:
    try:
        return resolve_country(text)
    except DataError as error:
        problems.append(f"line {line}, country: {', '.join(map(str, error.which)) or repr(text)}")
        return ""


def _read_probability(text: str, line: int, problems: list[str]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1 or "_" in text:
        problems.append(f"line {line}, probability: {text!r} is no number from 0 to 1")
    return number
