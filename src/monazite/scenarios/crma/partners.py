"""The Act's own reading: from whom the consumption of a region comes, by the country it was bought from."""

from collections.abc import Sequence

import numpy as np

from monazite.errors import DataError
from monazite.supply_chain import SupplyChain
from monazite.tracing import mix_origins
from monazite.tracing.mixing import Floats
from monazite.tracing.origins import UNKNOWN
from monazite.tracing.ways import HIGH, LOW, Answer


def share_consumption(
    chain: SupplyChain, members: Sequence[str], stage: str, drawn: Sequence[SupplyChain] = ()
) -> Answer:
    r"""
    Shares of the countries that a region buys from, and of its own output, in what it consumes at a stage.

    Parameters
    ----------
    chain : SupplyChain
        Production and trade at the stage. [t contained material a year] Known in every country.
    members : sequence of str
        Countries of the region that the chain has; trade between them is transit.
    stage : str
        Stage whose product is consumed.
    drawn : sequence of SupplyChain
        Chains that the reports allow as well, for the bounds.

    Returns
    -------
    Answer
        `countries` are those of the chain and `unknown`: what exports of a member are not explained by its output and
        imports. `used_t` is what the region consumes: output and imports less exports. [t a year]

    Raises
    ------
    DataError
        If the stage has no whole production or no trade, or the region consumes nothing.

    Notes
    -----
    Each member's output, imports from outside and imports from other members are one heap; what it sells and what it
    keeps have its mix. A member's share is weighted by what it keeps. Outside, every country is the end of the way:
    what it bought elsewhere counts as its own, as in the customs record. With one member only,

    .. math:: s_c = m_c / (P + \sum_k m_k), \quad C = P + \sum_k m_k - X

    Examples
    --------
    Own output 10 t, imports 30 t from CCC and 10 t from DDD, nothing sold: 30 / 50 is 60 % from CCC.

    >>> 30 / (10 + 30 + 10)
    0.6
    """
    shares, used_t = _share_once(chain, members, stage)
    unknown = shares[-1]
    low, high = shares, np.minimum(shares + unknown, 1.0)
    high[-1] = unknown
    if drawn:
        found = [one[0] for other in drawn if (one := _share_drawn(other, members, stage)) is not None]
        if found:
            low = np.quantile(found, LOW, axis=0)
            high = np.quantile([_add_unknown(one) for one in found], HIGH, axis=0)
    names = (*chain.countries, UNKNOWN)
    return Answer(names, shares, low, high, used_t, ())


def range_consumption(
    members: Sequence[str], stage: str, drawn: Sequence[SupplyChain]
) -> tuple[float, float] | None:
    """
    Find what a region consumes at least and at most [t a year]: 5 and 95 % over chains that the reports allow.

    Returns
    -------
    tuple of float or None
        None without such chains.

    Examples
    --------
    >>> range_consumption(["DEU"], "processing", []) is None
    True
    """
    used = [one[1] for other in drawn if (one := _share_drawn(other, members, stage)) is not None]
    return (float(np.quantile(used, LOW)), float(np.quantile(used, HIGH))) if used else None


def _add_unknown(shares: Floats) -> Floats:
    most: Floats = np.minimum(shares + shares[-1], 1.0)
    most[-1] = shares[-1]
    return most


def _share_drawn(chain: SupplyChain, members: Sequence[str], stage: str) -> tuple[Floats, float] | None:
    try:
        return _share_once(chain, members, stage)
    except DataError:
        return None


def _share_once(chain: SupplyChain, members: Sequence[str], stage: str) -> tuple[Floats, float]:
    made, lanes = _read_flows(chain, stage)
    inside = np.isin(np.array(chain.countries), list(members))
    n = len(inside)
    source, trade = (
        np.zeros(n + 1),
        np.zeros((n + 1, n + 1)),
    )  # the last place is everybody who buys from the region
    trade[:n, :n][:, inside] = lanes[:, inside]
    trade[:n, n][inside] = lanes[inside][:, ~inside].sum(axis=1)
    source[:n] = np.where(inside, made, trade[:n].sum(axis=1))
    mix = mix_origins(source, trade)
    kept = np.where(np.append(inside, False), mix.consumption_t, 0.0)
    used_t = float(kept.sum())
    if used_t <= 0:
        raise DataError(
            f"chain {chain.material} {chain.year}, stage {stage}", "the region consumes nothing there."
        )
    users = np.flatnonzero(kept > 0)
    mixed = kept[users] @ mix.shares[users] / used_t
    return np.append(mixed[:n], mixed[-1]), used_t


def _read_flows(chain: SupplyChain, stage: str) -> tuple[Floats, Floats]:
    """Read production and trade of a stage; raise DataError unless both are whole and of the same weight."""
    where = f"chain {chain.material} {chain.year}, stage {stage}"
    arrays = chain.arrays.sel(stage=stage)
    if "is_part" in arrays and bool(arrays["is_part"]):
        raise DataError(where, "its production covers only a part of the material.")
    made = np.asarray(arrays["production_t"].values, dtype=float)
    lanes = np.asarray(arrays["trade_t"].transpose("exporter", "importer").values, dtype=float)
    if not np.isfinite(made).all():
        raise DataError(where, "no source gives production.")
    if not np.isfinite(lanes).all():
        raise DataError(
            where,
            "nobody reports trade." if np.isnan(lanes).all() else "the content of what is traded is unknown.",
        )
    return made, lanes
