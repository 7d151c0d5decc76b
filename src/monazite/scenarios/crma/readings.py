"""What a test of the Act is judged from: shares of third countries in what a region uses, with their bounds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.crma import Interval, consumption_verdict, quantile_error
from monazite.tracing.origins import UNKNOWN
from monazite.tracing.ways import Answer

BYS = ("act", "imports", "territory", "control")
REST = "ROW"
"""Label of the countries that a source does not name: not one third country."""
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Reading:
    """
    Shares of third countries in what a region uses or buys, by one way of naming the country.

    Attributes
    ----------
    shares : mapping of country to Interval
        Third countries. [unitless, 0..1] `mid` is NaN where only bounds are known.
    unnamed_high : float
        Most that a country can have that is not among them. [unitless, 0..1]
    domestic, unknown : float
        The region's own share, and that of nobody knows whom. [unitless, 0..1] NaN: not known.
    total_t : float
        What the shares divide. [t contained material a year] NaN: not known.
    total_range_t : tuple of float, optional
        Least and most of it. [t contained material a year] None: not told.
    vintage : str
        Year, or years of a mean, that the data speak of.
    basis : str
        What they come from: `chain`, `chain, estimated contents`, `gross weight`, `EU sourcing`, `world supply`,
        `group`.
    quality : str
        reported, estimated or imputed.
    source_ids : tuple of str
    notes : tuple of str
        Sentences.
    is_indication : bool
        The shares are of something else than what the test asks about: shown, and no verdict drawn from them.
    gap : str
        Goods of which the data have no trade, so that what the shares divide can grow; then no verdict is drawn.
    draws : int, optional
        How many draws the intervals come from; 0: points without intervals, from which no verdict is drawn; None:
        bounds of another kind.
    older : Reading, optional
        What an older or less direct source says: an indication beside this one, never a verdict in its place.
    """

    shares: Mapping[str, Interval]
    unnamed_high: float
    domestic: float
    unknown: float
    total_t: float
    vintage: str
    basis: str
    quality: str
    source_ids: tuple[str, ...]
    notes: tuple[str, ...] = ()
    is_indication: bool = False
    total_range_t: tuple[float, float] | None = None
    gap: str = ""
    draws: int | None = None
    older: "Reading | None" = None

    def leader(self) -> tuple[str, Interval]:
        """Name the third country with the largest share (middle, else most); "" and bounds if none is named."""
        if not self.shares:
            return "", Interval(float("nan"), 0.0, self.unnamed_high)

        def size(item: tuple[str, Interval]) -> float:
            return item[1].high if np.isnan(item[1].mid) else item[1].mid

        return max(self.shares.items(), key=size)

    def verdict(self, cap: float) -> str:
        """
        Judge the reading with its ends widened by the error of the draws.

        An indication, a part of the trade and points without intervals are never more than `cannot tell`.
        """
        if self.is_indication or self.gap or self.draws == 0:
            return "cannot tell"
        return self._judge(cap, self.error)

    def is_near(self, cap: float) -> bool:
        """Whether it is the error of the draws alone that leaves no verdict."""
        return self.verdict(cap) == "cannot tell" != self._judge(cap, lambda share: 0.0)

    def error(self, share: Interval) -> float:
        """Error of the ends of an interval of this reading. [unitless]"""
        return quantile_error(share, self.draws) if self.draws else 0.0

    def _judge(self, cap: float, error: Callable[[Interval], float]) -> str:
        names, shares = list(self.shares), list(self.shares.values())
        ends = (
            [max(0.0, share.low - error(share)) for share in shares],
            [min(1.0, share.high + error(share)) for share in shares],
        )
        low, high = (
            xr.DataArray(np.array(end, dtype=float), dims="country", coords={"country": names})
            for end in ends
        )
        unnamed = Interval(min(self.unknown, self.unnamed_high), 0.0, self.unnamed_high)
        most = min(1.0, self.unnamed_high + error(unnamed._replace(low=unnamed.mid)))
        return str(consumption_verdict(low, high, cap=cap, unnamed_high=most).item())

    def rivals(self, cap: float) -> list[str]:
        """List the third countries other than the leader that may have more than the cap."""
        first, _ = self.leader()
        return [name for name, share in self.shares.items() if name != first and share.high > cap]


def sort_answer(answer: Answer, members: Sequence[str]) -> tuple[dict[str, Interval], float, float, float]:
    """
    Sort an answer of tracing into third countries, what an unnamed one may have, the region's own, and unknown.

    Raises
    ------
    DataError
        If no draw left the region a supply, so that there are no bounds.

    Notes
    -----
    What is known of the unnamed rest of the world (`ROW`) may be one country's, and counts with what is unknown.
    """
    if np.isnan(answer.low).any() or np.isnan(answer.high).any():
        raise DataError("answer", "no draw leaves the region a supply.", fix="ask without draws: --draws 0")
    shares: dict[str, Interval] = {}
    domestic = unknown = unnamed = 0.0
    for name, mid, low, high in zip(answer.countries, answer.shares, answer.low, answer.high, strict=True):
        if name in members:
            domestic += float(mid)
        elif name in (UNKNOWN, REST):
            unknown += float(mid)
            unnamed += float(high) if name == UNKNOWN else float(mid)
        elif high > ROUNDING and (mid > 0 or low > 0):
            shares[name] = Interval(float(mid), min(float(low), float(mid)), max(float(high), float(mid)))
    return shares, min(unnamed, 1.0), domestic, unknown
