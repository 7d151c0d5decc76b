"""Check the ranges of several arguments at once, and match them by label."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.checks import check_aligned, describe_position


class Range(NamedTuple):
    """What an argument may be: from `low` to `high`, both included, in words and with what to do otherwise."""

    low: float
    high: float
    words: str
    fix: str = ""


def check_ranges(arguments: Mapping[str, tuple[xr.DataArray, Range]], where: str) -> None:
    """
    Raise one DataError for every value of every argument that lies outside its range; NaN is not looked at.

    Raises
    ------
    DataError
        If a value is infinite or outside its range; each is named with its argument and labels.

    Examples
    --------
    >>> share = Range(0.0, 1.0, "a share, 0..1", "divide percent by 100")
    >>> check_ranges({"import_reliance": (xr.DataArray([0.5, 85.0], dims="material"), share)}, "supply_risk")
    Traceback (most recent call last):
    monazite.errors.DataError: supply_risk: 1 value lies outside its range.
      which:    import_reliance (material 1) = 85
      expected: import_reliance: a share, 0..1
      fix:      divide percent by 100
    """
    problems: list[str] = []
    expected: dict[str, None] = {}
    fixes: dict[str, None] = {}
    for name, (array, allowed) in arguments.items():
        values = np.asarray(array.values, dtype=float)
        wrong = ~np.isnan(values) & ~(
            (values >= allowed.low) & (values <= allowed.high) & np.isfinite(values)
        )
        for index in np.argwhere(wrong):
            problems.append(f"{name} {describe_position(array, index)} = {values[tuple(index)]:g}")
            expected[f"{name}: {allowed.words}"] = None
            fixes[allowed.fix] = None
    if problems:
        words = "value lies outside its range" if len(problems) == 1 else "values lie outside their ranges"
        raise DataError(
            where,
            f"{len(problems)} {words}.",
            which=problems,
            expected="; ".join(expected),
            fix="; ".join(text for text in fixes if text),
        )


def label_arrays(arguments: Mapping[str, xr.DataArray | float]) -> dict[str, xr.DataArray]:
    """
    Turn numbers into arrays and refuse two arguments whose labels differ.

    Raises
    ------
    DataError
        If a dimension that two arguments share holds other labels; both sides are shown.
    """
    arrays = {
        name: value if isinstance(value, xr.DataArray) else xr.DataArray(value)
        for name, value in arguments.items()
    }
    names = list(arrays)
    for place, second in enumerate(names):
        for first in names[:place]:
            check_aligned(arrays[first], arrays[second], (first, second))
    return arrays
