"""Columns: a tidy table as NumPy arrays by name, the form in which every reader hands over what it read."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

Columns = dict[str, np.ndarray]
"""Column name -> array; all arrays have the same length. Text is `object`, a missing number is NaN."""


class Exclusion(NamedTuple):
    """Rows or figures of a file that did not go into the table: where they stand, why, and how many."""

    where: str
    reason: str
    rows: int = 1


class Reading(NamedTuple):
    """
    What a reader of a publisher's file hands over: the table, and all that the file has besides.

    Every row (of a wide sheet: every figure) of the file is either in `table` or counted in `excluded`; `notes` say
    what else is worth knowing.
    """

    table: Columns
    excluded: tuple[Exclusion, ...]
    notes: tuple[str, ...] = ()


def columns_from_rows(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Columns:
    """
    Turn rows into columns: int64 where all are int, float64 where numbers or None, text otherwise.

    Examples
    --------
    >>> columns_from_rows(["year", "q"], [(2008, 1.5), (2009, None)])["q"].tolist()
    [1.5, nan]
    """
    listed = list(rows)
    values = list(zip(*listed, strict=True)) if listed else [() for _ in names]
    return {name: _array(column) for name, column in zip(names, values, strict=True)}


def _array(column: Sequence[object]) -> np.ndarray:
    kinds = {type(value) for value in column}
    if kinds <= {int} and kinds:
        return np.array(column, dtype=np.int64)
    if kinds <= {int, float, type(None)} and kinds - {type(None)}:
        return np.array([np.nan if value is None else value for value in column], dtype=np.float64)
    return np.array(column, dtype=object)
