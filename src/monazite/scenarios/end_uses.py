"""Value added at risk by the products that people name: chips, wind turbines, motors, MRI scanners and more."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from monazite.scenarios.answers import Quantiles
from monazite.scenarios.use_outlook import RegionOutlook, UseOutlook

TABLE = "end_uses.csv"


@dataclass(frozen=True)
class EndUseRow:
    """One row of `end_uses.csv`: an end use, a use of the tables that holds it, and whether it is all of that use."""

    end_use: str
    material: str
    use: str
    is_whole: bool
    source: str


@dataclass(frozen=True)
class EndUse:
    """
    One end use in a run.

    `at_risk_eur` [EUR over the run]: of the use that holds it; NaN where it is unknown. `is_whole` tells whether it is
    all of that use; else the figure is what it loses at most. `through`: material and use, "" where the market has no
    use on record that holds it. `source`: who says that the use holds it.
    """

    end_use: str
    at_risk_eur: Quantiles
    is_whole: bool
    through: str
    source: str


@cache
def read_end_uses() -> tuple[EndUseRow, ...]:
    """Read the table of end uses that ships with the package."""
    text = (files("monazite.scenarios") / TABLE).read_text(encoding="utf-8")
    return tuple(
        EndUseRow(row["end_use"], row["material"], row["use"], row["is_whole"] == "yes", row["source"])
        for row in csv.DictReader(text.splitlines())
    )


def rank_end_uses(outlook: RegionOutlook) -> list[EndUse]:
    """
    Rank the end uses of `end_uses.csv` by the value added that a run puts at risk in a region.

    Parameters
    ----------
    outlook : RegionOutlook
        From `list_use_outlooks`.

    Returns
    -------
    list of EndUse
        Every end use of the table. First those that are a use of their own, the most at risk first; then those that
        are a part of a use, whose figure is what they lose at most; then those that no use on record holds.

    Notes
    -----
    Where several uses hold an end use, through several materials, the one most at risk counts and is not added to the
    others: a product that lacks one material cannot be lost a second time. Source: this project.

    Examples
    --------
    Chips lose 2 billion EUR for want of gallium and 3 for want of silicon: 3 billion.
    """
    found = []
    for name in dict.fromkeys(row.end_use for row in read_end_uses()):
        pairs = [
            (row, use)
            for row in read_end_uses()
            for use in outlook.uses
            if row.end_use == name and (row.material, row.use) == (use.material, use.use)
        ]
        found.append(_choose(name, pairs))
    return sorted(found, key=_place)


def _choose(name: str, pairs: Sequence[tuple[EndUseRow, UseOutlook]]) -> EndUse:
    """Take the use of its own most at risk, else the use it is a part of."""
    whole = [pair for pair in pairs if pair[0].is_whole]
    if not pairs:
        none = Quantiles(math.nan, math.nan, math.nan)
        return EndUse(name, none, is_whole=False, through="", source="")
    row, use = max(whole or pairs, key=lambda pair: _size(pair[1].at_risk_eur))
    through = f"{use.material.replace('_', ' ')}: {use.use}"
    return EndUse(name, use.at_risk_eur, row.is_whole, through, row.source)


def _size(value: Quantiles) -> tuple[float, float]:
    """Order by the median, then by the upper end; what is unknown comes last."""
    return (-1.0, -1.0) if math.isnan(value.median) else (value.median, value.high)


def _place(entry: EndUse) -> tuple[bool, bool, float, float]:
    median, high = _size(entry.at_risk_eur)
    return not entry.through, not entry.is_whole, -median, -high
