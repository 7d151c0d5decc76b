"""Read the vocabulary tables that lie beside this file, and match words a person typed."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from monazite.errors import DataError, nearest_names

HERE = Path(__file__).parent


@cache
def read_table(name: str) -> tuple[Mapping[str, str], ...]:
    """
    Read one vocabulary table (`name` without `.csv`) as rows of text; an empty cell is "".

    Text stays text: the ISO2 code of Namibia is `NA`, which is never a missing value.
    """
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def read_year(text: str) -> int | None:
    """Read a year; an empty cell is an open end."""
    return int(text) if text else None


def read_number(text: str) -> float | None:
    """Read a number; an empty cell is a missing value, not zero."""
    return float(text) if text else None


def in_years(year: int, first: int | None, last: int | None) -> bool:
    """Tell whether a year lies in a span; None is an open end."""
    return (first is None or first <= year) and (last is None or year <= last)


def fold(text: str) -> str:
    """
    Reduce a word to what is compared: no case, no accents, no punctuation, single spaces.

    Examples
    --------
    >>> fold("Côte d'Ivoire"), fold("Congo, D.R."), fold(" rare_earths")
    ('cote d ivoire', 'congo d r', 'rare earths')
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).replace("&", " and ")
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


def unknown_words(where: str, words: Iterable[str], names: Iterable[str], expected: str) -> DataError:
    """
    Compose one error that names every unknown word, each with the nearest valid names.

    Examples
    --------
    >>> print(unknown_words("material", ["cobolt"], ["cobalt", "nickel"], "a material"))
    material: 1 word is not known.
      which:    cobolt (did you mean cobalt?)
      expected: a material
      fix:      correct the spelling; docs/reference/nomenclature.md lists what is known
    """
    known = tuple(names)
    which = [f"{word.strip() or '(empty)'} ({nearest_names(word, known)})" for word in words]
    return DataError(
        where,
        f"{len(which)} {'word is' if len(which) == 1 else 'words are'} not known.",
        which=which,
        expected=expected,
        fix="correct the spelling; docs/reference/nomenclature.md lists what is known",
    )
