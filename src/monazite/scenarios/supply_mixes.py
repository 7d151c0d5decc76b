"""What regions have of a material at one stage, split by customs partner or by country of production."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.indicators import herfindahl_hirschman_index
from monazite.indicators.geopolrisk.scores import NO_PRODUCTION, NO_SUPPLY
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.balance import BALANCED
from monazite.tracing import mix_origins
from monazite.vocabulary import resolve_region

Floats = NDArray[np.float64]
NO_FIGURES = "no figures"


@dataclass(frozen=True)
class Place:
    """
    One stage of a chain that balances, as plain arrays in the order of `countries`.

    `production_t`, `residual_t` (what exports have more than reports explain) [t a year], `trade_t` (exporter,
    importer) [t a year], `risk` [unitless, 0..1; NaN without a score], `hhi` [unitless, 0..1].
    """

    chain: SupplyChain
    stage: str
    countries: tuple[str, ...]
    production_t: Floats
    residual_t: Floats
    trade_t: Floats
    risk: Floats
    hhi: float


@dataclass(frozen=True)
class Mix:
    """
    What a region has, as shares of all of it: from countries outside, own, and of unknown origin.

    `shares` is in the order of the countries of the place, 0 for members; with `own` and `unknown` it sums to 1.
    """

    shares: Floats
    own: float
    unknown: float


def read_place(chain: SupplyChain, stage: str, risk: xr.DataArray) -> Place:
    """
    Read one stage of a reconciled chain.

    Parameters
    ----------
    chain : SupplyChain
        Reconciled.
    stage : str
        Its stage.
    risk : DataArray, dims (country)
        See `governance_risk`. [unitless, 0..1]

    Raises
    ------
    DataError
        If the chain has no such stage or does not balance there; the message says why.
    """
    states = chain.arrays["balance_state"]
    state = str(states.sel(stage=stage).item()) if stage in states["stage"].values else NO_FIGURES
    if state == NO_FIGURES:
        raise DataError("", NO_PRODUCTION)
    if state != BALANCED:
        raise DataError("", f"the chain is not reconciled at this stage: {state}.")
    production = chain.production_t.sel(stage=stage)
    trade = np.array(chain.trade_t.sel(stage=stage).values, dtype=float)
    np.fill_diagonal(trade, 0.0)
    return Place(
        chain, stage, chain.countries, np.asarray(production.values, dtype=float),
        np.clip(np.asarray(chain.residual_t.sel(stage=stage).values, dtype=float), 0.0, None), trade,
        np.asarray(risk.reindex(country=list(chain.countries)).values, dtype=float),
        float(herfindahl_hirschman_index(production)),
    )  # fmt: skip


def find_members(place: Place, region: str) -> list[int]:
    """
    Find the positions of a region's countries in a place.

    Raises
    ------
    DataError
        If the region is the world, has no figure, or nobody published its trade.
    """
    if region == "world":
        raise DataError("", "the world imports from nobody.")
    known = {code: k for k, code in enumerate(place.countries)}
    members = [known[code] for code in resolve_region(region, place.chain.year) if code in known]
    if not members:
        raise DataError("", f"{region} has no figure of its own in this chain.")
    trades = float(place.trade_t[members].sum() + place.trade_t[:, members].sum()) > 0
    if not trades and bool(place.chain.arrays["is_rest_trade"].sel(stage=place.stage)):
        raise DataError("", f"nobody published what {region} imports.")
    if not trades and not float(place.production_t[members].sum()) > 0:
        raise DataError("", NO_SUPPLY)
    return members


def mix_of_partners(place: Place, members: Sequence[int]) -> Mix:
    r"""
    Split what a region has by customs partner; a residual of its own balance is of unknown origin.

    Parameters
    ----------
    place : Place
        From `read_place`.
    members : sequence of int
        Positions of its countries.

    Raises
    ------
    DataError
        If the region has nothing.

    Notes
    -----
    .. math:: s_i = m_i / (P + U + \sum_k m_k)

    References
    ----------
    .. [1] Source: this project, docs/reference/indicators.md.

    Examples
    --------
    30 from AAA and 10 from CCC, nothing of its own: 0.75 and 0.25.

    >>> (np.array([30.0, 10.0]) / 40).tolist()
    [0.75, 0.25]
    """
    bought = place.trade_t[:, members].sum(axis=1)
    bought[list(members)] = 0.0
    made, unknown = float(place.production_t[members].sum()), float(place.residual_t[members].sum())
    total = float(bought.sum()) + made + unknown
    if not total > 0:
        raise DataError("", NO_SUPPLY)
    return Mix(bought / total, made / total, unknown / total)


def mixes_of_origins(place: Place, regions: Mapping[str, Sequence[int]]) -> dict[str, Mix]:
    """
    Split what regions use by country of production of the same stage, through re-exports, all of them at once.

    Parameters
    ----------
    place : Place
        From `read_place`.
    regions : mapping of name to positions
        Members of each region.

    Returns
    -------
    dict of name to Mix
        Without regions that have nothing, or groups that consume nothing. A group is weighted by what its members
        consume.

    References
    ----------
    .. [1] See `trace_origins`, which gives the same for one region at a time.

    Examples
    --------
    CCC makes 10 and buys 20 of AAA; DDD buys 30 of AAA and 10 of CCC, of which two thirds are AAA's: 36.67 of 40.

    >>> round((30 + 10 * 2 / 3) / 40, 4)
    0.9167
    """
    mix = mix_origins(place.production_t, place.trade_t)
    mixes = {}
    for name, positions in regions.items():
        members = list(positions)
        users = members if len(members) == 1 else [k for k in members if mix.consumption_t[k] > 0]
        if not users or not mix.supply_t[users].sum() > 0:
            continue
        weight = mix.consumption_t[users] / mix.consumption_t[users].sum() if len(members) > 1 else np.ones(1)
        row = np.asarray(weight @ mix.shares[users], dtype=float)
        own = float(row[members].sum())
        row[members] = 0.0
        mixes[name] = Mix(row[:-1], own, float(row[-1]))
    return mixes


def bound_risk(mix: Mix, risk: Floats) -> tuple[float, float, float]:
    r"""
    Weigh a mix by governance risk.

    Parameters
    ----------
    mix : Mix
        Shares of all a region has.
    risk : ndarray
        See `governance_risk`, in the order of the shares. [unitless, 0..1] NaN where a country has no score.

    Returns
    -------
    low, high, unscored
        [unitless, 0..1] Risk with unknown and unscored supply at 0 and at 1; the share of supply without a score.

    Notes
    -----
    .. math:: WTA_{low} = \sum_o s_o w_o, \quad WTA_{high} = WTA_{low} + s_{unscored} + s_{unknown}

    References
    ----------
    .. [1] As `import_risk`; the bounds: source: this project, docs/reference/indicators.md.

    Examples
    --------
    0.5 * 0.6 = 0.3; the second country has no score and a tenth is unknown: 0.3 + 0.2 + 0.1.

    >>> low, high, unscored = bound_risk(Mix(np.array([0.5, 0.2]), 0.2, 0.1), np.array([0.6, np.nan]))
    >>> round(low, 12), round(high, 12), unscored
    (0.3, 0.6, 0.2)
    """
    is_scored = ~np.isnan(risk)
    unscored = float(mix.shares[~is_scored].sum())
    low = float(mix.shares[is_scored] @ risk[is_scored])
    return low, low + unscored + mix.unknown, unscored
