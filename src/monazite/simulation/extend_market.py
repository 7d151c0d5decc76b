"""Give a place in a market to countries that neither make nor trade anything in the baseline."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from monazite.simulation.market import REST, Array, Market


def extend_market(market: Market, countries: Iterable[str]) -> Market:
    """
    Add countries with no flow, so that new capacity can come there.

    Parameters
    ----------
    market : Market
        The baseline.
    countries : iterable of str
        ISO3 codes; those that the market names already are left as they are.

    Returns
    -------
    Market
        With the new countries before `ROW`, in the order given; the market itself where nothing is missing. Content
        of what they will sell: the mean of the market's exports.

    Notes
    -----
    No flow, production or capacity changes. A country that is part of `ROW` must be named by `build_market(keep=...)`
    instead: here it would stand twice, once with nothing.

    Examples
    --------
    A market of CHN, JPN and ROW, extended by GRL: CHN, JPN, GRL, ROW.
    """
    missing = [name for name in dict.fromkeys(countries) if name not in market.countries]
    if not missing:
        return market
    old = [name for name in market.countries if name != REST]
    names = (*old, *missing, *((REST,) if REST in market.countries else ()))
    places = np.array([names.index(name) for name in market.countries])
    mean = mean_content(market)
    return replace(
        market,
        countries=names,
        trade=_spread(market.trade, places, len(names)),
        production=_spread(market.production, places, len(names)),
        capacity=_spread(market.capacity, places, len(names)),
        content_share=_spread(market.content_share - mean, places, len(names)) + mean,
        new_lanes=None
        if market.new_lanes is None
        else _spread(market.new_lanes.astype(float), places, len(names), 1.0) > 0,
    )


def mean_content(market: Market) -> float:
    """
    Contained material in a tonne of the market's exports, mean of all lanes. [t / t] 1 where nothing is traded.

    Examples
    --------
    Exports of 30 t with 0.5 and 10 t with 0.9: (15 + 9) / 40 = 0.6.
    """
    exports = market.exports
    total = float(exports.sum())
    return float((exports * market.content_share).sum() / total) if total > 0 else 1.0


def _spread(values: Array, places: np.ndarray, size: int, empty: float = 0.0) -> Array:
    """Put the rows (and columns) of an array at other places of a larger one."""
    larger = np.full((size,) * values.ndim, empty)
    larger[np.ix_(*(places,) * values.ndim)] = values
    return larger
