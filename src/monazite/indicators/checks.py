"""What every indicator asks of its input: known quantities, none negative, matched by label."""

import numpy as np
import xarray as xr

from monazite.errors import DataError, nearest_names


def check_dimension(array: xr.DataArray, over: str, where: str) -> None:
    """
    Raise DataError unless `array` has the dimension `over`.

    Raises
    ------
    DataError
        If the dimension is absent; the message shows those that exist.
    """
    if over not in array.dims:
        dims = [str(dim) for dim in array.dims]
        raise DataError(
            where,
            f"has no dimension {over!r}.",
            expected=f"dims ({', '.join(dims)})",
            fix=nearest_names(over, dims) if dims else "pass an array with the suppliers along a dimension",
        )


def check_quantity(quantity: xr.DataArray, over: str, where: str) -> None:
    """
    Raise DataError unless every value is finite and >= 0.

    Parameters
    ----------
    quantity : DataArray, dims (..., over)
        Tonnes, shares or another amount that cannot be negative.
    over : str
        Dimension that must exist.
    where : str
        Name of the argument, for the message.

    Raises
    ------
    DataError
        If a value is missing (NaN), infinite or negative; all of them are counted, the first ones named.
    """
    check_dimension(quantity, over, where)
    values = np.asarray(quantity.values, dtype=float)
    wrong = ~np.isfinite(values) | (values < 0)
    if not wrong.any():
        return
    missing = int(np.isnan(values).sum())
    infinite = int(np.isinf(values).sum())
    negative = int(wrong.sum()) - missing - int(np.isposinf(values).sum()) - int(np.isneginf(values).sum())
    counts = [(missing, "missing"), (infinite, "infinite"), (negative, "negative")]
    kinds = ", ".join(f"{count} {kind}" for count, kind in counts if count)
    raise DataError(
        where,
        f"{int(wrong.sum())} of {values.size} values cannot be used: {kinds}.",
        which=[
            f"{describe_position(quantity, index)} = {values[tuple(index)]:g}" for index in np.argwhere(wrong)
        ],
        expected="known amounts, >= 0; a supplier with no output is 0, not NaN",
        fix="say what a missing one stands for (`unreported` and `unknown_content` of build_supply_chain), "
        "or leave those labels out",
    )


def check_aligned(first: xr.DataArray, second: xr.DataArray, names: tuple[str, str]) -> None:
    """
    Raise DataError unless the dimensions that two arrays share hold the same labels in the same order.

    Raises
    ------
    DataError
        If they differ; the message names the labels that only one side has.
    """
    problems = []
    for dim in (dim for dim in first.dims if dim in second.dims):
        left, right = first[dim].values.tolist(), second[dim].values.tolist()
        if left != right:
            only_left = ", ".join(str(label) for label in left if label not in right) or "none"
            only_right = ", ".join(str(label) for label in right if label not in left) or "none"
            problems.append(f"{dim}: only in {names[0]}: {only_left}; only in {names[1]}: {only_right}")
    if problems:
        raise DataError(
            " and ".join(names),
            "labels do not match.",
            which=problems,
            expected="the same labels in the same order",
            fix="select or reindex one of them by label first",
        )


def check_labels(array: xr.DataArray, over: str, where: str) -> None:
    """
    Raise DataError unless `over` carries labels, each once.

    Raises
    ------
    DataError
        If the dimension has no labels, or repeats one.
    """
    check_dimension(array, over, where)
    labels = array[over].values.tolist()
    repeated = sorted({str(label) for label in labels if labels.count(label) > 1})
    if over not in array.coords or repeated:
        raise DataError(
            where,
            f"labels of {over!r} repeat." if repeated else f"has no labels along {over!r}.",
            which=repeated,
            expected=f"a coordinate {over!r} that names each supplier once",
        )


def describe_position(array: xr.DataArray, index: np.ndarray) -> str:
    """
    Write the labels of one cell, for a message.

    Examples
    --------
    >>> q = xr.DataArray([[1.0, 2.0]], dims=("stage", "country"), coords={"country": ["AUS", "CHN"]})
    >>> describe_position(q, np.array([0, 1]))
    '(stage 0, CHN)'
    """
    parts = []
    for dim, place in zip(array.dims, index, strict=True):
        parts.append(
            str(array.coords[dim].values[place]) if dim in array.coords else f"{dim} {int(place)}",
        )
    return f"({', '.join(parts)})" if parts else "(the value)"
