"""The answer of a sensitivity: shares of the variance, and which of them the runs cannot tell."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from monazite.scenarios.run import MarketResult

Array = NDArray[np.float64]
WIDE = 0.5
"""An index with a wider half-width tells nothing: its interval spans all that a share can be. [unitless]"""
SELDOM = 0.1
"""Indices rest on too few runs where less than this share of the base points differ from the commonest outcome.
[unitless] Source: this project."""


@dataclass(frozen=True)
class Index:
    """First and total order of one assumption, each with the half-width of its 95 % bootstrap interval."""

    name: str
    first: float
    first_half: float
    total: float
    total_half: float


@dataclass(frozen=True)
class Sensitivity:
    """
    The indices of one market and one quantity.

    Attributes
    ----------
    market : MarketResult
        The market they are of.
    quantity, unit, region : str
        What was looked at, and where.
    runs, base : int
        Simulations, and base points of the design.
    mean, deviation : float
        Of the quantity over the base points. [unit]
    indices : tuple of Index
        The largest total order first; empty where the quantity does not vary.
    varying_share : float
        Share of the base points that differ from the commonest outcome, as those in which anyone runs short. [unitless]
    """

    market: MarketResult
    quantity: str
    unit: str
    region: str
    runs: int
    base: int
    mean: float
    deviation: float
    indices: tuple[Index, ...]
    varying_share: float = 1.0

    @property
    def doubt(self) -> str:
        """
        Why nothing can be told, as the outcome hardly varies; empty where it varies enough, or not at all.

        Examples
        --------
        Of 64 base points 3 have a shortage: "the quantity differs in 5 % of the runs alone".
        """
        if self.indices and self.varying_share < SELDOM:
            return f"the quantity differs in {100 * self.varying_share:.0f} % of the runs alone"
        return ""

    def doubt_of(self, index: Index, order: Literal["first", "total"] = "total") -> str:
        """
        Why an index cannot be told; empty where it can.

        Examples
        --------
        A total order of 8.24 with a half-width of 159: "too few runs: its interval is -150.89 to 167.38".
        """
        value, half = (index.first, index.first_half) if order == "first" else (index.total, index.total_half)
        if self.doubt:
            return self.doubt
        if half <= WIDE:
            return ""
        return f"too few runs: its interval is {value - half:.2f} to {value + half:.2f}"


def find_varying_share(outcome: Array) -> float:
    """
    Share of some outcomes that differ from the commonest one, to nine digits of the largest. [unitless]

    Examples
    --------
    >>> find_varying_share(np.array([0.0, 0.0, 0.0, 2.0]))
    0.25
    """
    largest = max(float(np.abs(outcome).max()), np.finfo(float).tiny)
    _, counts = np.unique(np.round(outcome / largest, 9), return_counts=True)
    return 1.0 - float(counts.max()) / len(outcome)
