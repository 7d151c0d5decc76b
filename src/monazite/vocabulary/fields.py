"""Fields: the only definition of the columns and arrays of the project."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from monazite.vocabulary.tables import read_table, unknown_words


@dataclass(frozen=True)
class Field:
    """One column or array: kind, unit, dimensions, meaning, allowed range, and what a missing value means."""

    name: str
    kind: str
    unit: str
    dims: str
    meaning: str
    allowed: str
    missing_means: str


@cache
def fields() -> Mapping[str, Field]:
    """List all fields by name, in the order of fields.csv."""
    return MappingProxyType({row["name"]: Field(**row) for row in read_table("fields")})


def check_fields(names: Iterable[str], where: str) -> None:
    """
    Refuse column names that fields.csv does not define.

    Raises
    ------
    DataError
        If a name is not defined; the message names every one.
    """
    wrong = [name for name in names if name not in fields()]
    if wrong:
        raise unknown_words(where, wrong, fields(), "a name of src/monazite/vocabulary/fields.csv")
