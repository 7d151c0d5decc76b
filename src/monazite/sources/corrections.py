"""Apply the corrections of `data/corrections/` to a table that was just read."""

from collections.abc import Sequence

import numpy as np

from monazite.errors import SourceError
from monazite.provenance import Correction
from monazite.sources.table import Columns


def apply_corrections(table: Columns, corrections: Sequence[Correction]) -> Columns:
    """
    Return a copy with each correction applied and the quality of its row set to `corrected` or `doubtful`.

    `drop` makes the figure missing (never zero), `override` and `scale` change it, `flag` keeps it but marks it.

    Raises
    ------
    SourceError
        If a correction matches no row or several, or the figure is no longer as expected: the publisher has
        mended it, and the correction must go.
    """
    result = {name: column.copy() for name, column in table.items()}
    stale: list[str] = []
    for entry in corrections:
        rows = np.flatnonzero(np.logical_and.reduce([table[name] == key for name, key in entry.keys.items()]))
        published = table[entry.field][rows]
        if len(rows) != 1 or not entry.expect_low <= published[0] <= entry.expect_high:
            stale.append(f"{entry.keys}: {entry.field} is {published.tolist()}, expected "
                         f"{entry.expect_low:g} to {entry.expect_high:g}")  # fmt: skip
            continue
        result[entry.field][rows] = _new_value(entry, float(published[0]))
        result["quality"][rows] = "doubtful" if entry.action == "flag" else "corrected"
    if stale:
        raise SourceError(
            "data/corrections",
            f"{len(stale)} corrections no longer fit the published figures.",
            which=stale,
            fix="look at the publisher's new figure and remove or renew the correction",
        )
    return result


def _new_value(entry: Correction, published: float) -> float:
    if entry.action == "drop":
        return float("nan")
    if entry.action == "flag":
        return published
    if entry.value is None:
        raise SourceError("data/corrections", f"{entry.keys}: {entry.action} needs a value.")
    return entry.value if entry.action == "override" else published * entry.value
