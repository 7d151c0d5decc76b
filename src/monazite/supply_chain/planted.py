"""What share of planted errors the gross-error test finds: the table that says how far its silence can be trusted."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PLANTED = Path(__file__).with_name("planted.csv")
"""Written by tools/measure_gross_errors.py; not a fact of anybody, but a measurement of this code on this release."""
UNKNOWN_USE = "use unknown"
ALL = "all"
TIMES = 5.0


@dataclass(frozen=True)
class Found:
    """
    Share of errors found, of lanes that carry a share of what their exporter has.

    Attributes
    ----------
    share_low, share_high : float
        Class of lanes: tonnes of the lane over all that its exporter has. [0..1; the highest class has no end]
    factor : float
        What one lane was multiplied by.
    trials : int
        How many lanes were tried.
    named_share : float
        A balance of the exporter or importer is named. [share of trials]
    listed_share : float
        It is, and the lane is on its short list.
    first_share, five_share, ten_share : float
        It is, or the lane is the first, one of five or one of ten reports of the rest of the chain.
    """

    share_low: float
    share_high: float
    factor: float
    trials: int
    named_share: float
    listed_share: float
    first_share: float
    five_share: float
    ten_share: float


@cache
def read_planted(setup: str = UNKNOWN_USE, lanes: str = ALL) -> tuple[Found, ...]:
    """
    Read what was found of planted errors.

    Parameters
    ----------
    setup : str, default "use unknown"
        As chains are; "use known to 20 %" is what the test could find if somebody reported use, "nothing else
        contradicted" what it could on chains that balance before the error.
    lanes : {"all", "large"}, default "all"
        "large" counts only lanes known to 20 % or better, that is of over 1 million USD with reported tonnes.

    Returns
    -------
    tuple of Found
        By factor, then by class; empty for other words.

    Examples
    --------
    >>> [(found.share_low, found.factor) for found in read_planted()][:3]
    [(0.02, 5.0), (0.1, 5.0), (0.3, 5.0)]
    """
    with PLANTED.open(encoding="utf-8", newline="") as file:
        return tuple(
            Found(
                float(row["share_low"]), float(row["share_high"]), float(row["factor"]), int(row["trials"]),
                *(float(row[f"{name}_share"]) for name in ("named", "listed", "first", "five", "ten")),
            )
            for row in csv.DictReader(file)
            if row["setup"] == setup and row["lanes"] == lanes
        )  # fmt: skip


def find_class(share: float) -> Found | None:
    """
    Find the class of a lane times five, by its share of what its exporter has; None below the smallest.

    Examples
    --------
    >>> find_class(0.5).share_low, find_class(0.001)
    (0.3, None)
    """
    return next(
        (f for f in read_planted() if f.factor == TIMES and f.share_low <= share < f.share_high), None
    )
