"""The European supply risk from two supply mixes: every term, and what stays open where a score is missing."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.indicators.criticality.mixes import SMALL, Mixes
from monazite.indicators.governance import WGI_BEST
from monazite.indicators.reliance import import_reliance
from monazite.indicators.supply_risk import supply_risk, trade_adjusted_hhi

WORST_SCORE = 4.0 * WGI_BEST
"""Score of a country at the nominal worst. [unitless]"""
SPREAD = 0.1
"""
Widest gap between the bounds of a supply risk at which their middle is given. [unitless]

Source: European Commission, study of 2023: supply risk is printed to one decimal.
"""


@dataclass(frozen=True)
class Terms:
    """
    Terms of the supply risk of one material at one stage, dims (...) such as draw.

    The HHI and the risk have a low and a high end, which differ where a supplier has no governance score: `unscored`
    names them. `reliance` is import reliance as computed, below zero for a net exporter; `mix` says which mixes count.
    """

    global_low: xr.DataArray
    global_high: xr.DataArray
    union_low: xr.DataArray
    union_high: xr.DataArray
    reliance: xr.DataArray
    mix: str
    risk_low: xr.DataArray
    risk_high: xr.DataArray
    unscored: tuple[str, ...]

    @property
    def risk(self) -> xr.DataArray:
        """Middle of both ends. [unitless]"""
        return (self.risk_low + self.risk_high) / 2

    @property
    def is_told(self) -> bool:
        """Whether both ends lie close enough together for one figure."""
        return float((self.risk_high - self.risk_low).max()) <= SPREAD


def assess_mixes(
    mixes: Mixes,
    score: xr.DataArray,
    parameter: xr.DataArray,
    *,
    recycled: xr.DataArray | float,
    substitution: xr.DataArray | float,
) -> Terms:
    r"""
    Compute the terms of the supply risk from supply mixes.

    Parameters
    ----------
    mixes : Mixes
        Who supplies the world and the Union. [t]
    score : DataArray, dims (country) or (draw, country)
        Governance score. [unitless, 0 (best) .. 10 (worst)] A supplier without one counts from 0 to 10.
    parameter : DataArray, dims (country)
        Trade parameter t of every supplier. [unitless, > 0]
    recycled, substitution : DataArray or float
        End-of-life recycling input rate and SI_SR. [unitless, 0..1]

    Returns
    -------
    Terms
        With `mix` "both" where both mixes and import reliance are known, else "global" or "eu".

    Raises
    ------
    DataError
        If a supplier has no trade parameter, or a quantity is missing or negative.

    Notes
    -----
    Import reliance below zero, that of a net exporter, counts as 0, as in the Commission's tables.

    .. math:: SR = \left[ HHI_{global} \frac{IR}{2} + HHI_{EU} \left( 1 - \frac{IR}{2} \right) \right]
              (1 - RIR) \, SI_{SR}

    References
    ----------
    .. [1] European Commission, Methodology for establishing the EU list of critical raw materials, 2017,
       doi:10.2873/769526.

    Examples
    --------
    Mined by COD alone (score 9, t 1.1), the Union makes none and buys all of it there: both HHI are 9.9, import
    reliance is 1; with a recycling rate of 0.2 the risk is 9.9 times 0.8, 7.92.

    >>> t = xr.DataArray([10.0], dims="country", coords={"country": ["COD"]})
    >>> none, ten = xr.DataArray(0.0), xr.DataArray(10.0)
    >>> mixes = Mixes("cobalt", "extraction", t, t, none, ten, none)
    >>> terms = assess_mixes(mixes, t * 0 + 9, t * 0 + 1.1, recycled=0.2, substitution=1.0)
    >>> terms.mix, round(float(terms.risk), 2)
    ('both', 7.92)
    """
    world = _weigh(mixes.world_t, score, parameter)
    union = _weigh(mixes.union_t, score, parameter)
    reliance = _reliance(mixes)
    is_both = world is not None and union is not None and bool(reliance.notnull().all())
    mix = "both" if is_both else "global" if world is not None else "eu"
    unknown = xr.DataArray(np.nan)
    ends = [
        (
            world[end] if world is not None else unknown,
            union[end] if union is not None else unknown,
        )
        for end in (0, 1)
    ]
    risks = [
        supply_risk(
            hhi_wgi_t_global=first, hhi_wgi_t_eu=second, import_reliance=reliance.clip(min=0.0),
            eol_recycling_input_rate=recycled, substitution_index=substitution, supply_mix=mix,
        )
        for first, second in ends
    ]  # fmt: skip
    return Terms(
        ends[0][0], ends[1][0], ends[0][1], ends[1][1], reliance, mix, risks[0], risks[1],
        _list_unscored(mixes, score),
    )  # fmt: skip


def tell_terms(terms: Terms) -> Mapping[str, float | None]:
    """Give the terms of one assessment as numbers, middles of their ends; None where one is unknown."""
    pairs = {
        "hhi_wgi_t_global": (terms.global_low + terms.global_high) / 2,
        "hhi_wgi_t_eu": (terms.union_low + terms.union_high) / 2,
        "import_reliance": terms.reliance,
    }
    return {name: float(value) if np.isfinite(float(value)) else None for name, value in pairs.items()}


def _weigh(
    quantity: xr.DataArray | None, score: xr.DataArray, parameter: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray] | None:
    """Trade-adjusted HHI with missing scores at 0 and at 10."""
    if quantity is None:
        return None
    known = score.reindex(country=quantity["country"].values)
    low = trade_adjusted_hhi(quantity, known.fillna(0.0), parameter)
    if bool(known.notnull().all()):
        return low, low
    return low, trade_adjusted_hhi(quantity, known.fillna(WORST_SCORE), parameter)


def _reliance(mixes: Mixes) -> xr.DataArray:
    return import_reliance(production_t=mixes.production_t, import_t=mixes.import_t, export_t=mixes.export_t)


def _list_unscored(mixes: Mixes, score: xr.DataArray) -> tuple[str, ...]:
    """Name the suppliers of either mix that have no governance score, the largest first."""
    lacking: dict[str, float] = {}
    for quantity in (mixes.world_t, mixes.union_t):
        if quantity is None:
            continue
        known = score.reindex(country=quantity["country"].values)
        share = (quantity / quantity.sum("country")).where(known.isnull(), 0.0)
        for code, size in zip(share["country"].values, _largest(share), strict=True):
            if size > 0 and not str(code).startswith(SMALL):
                lacking[str(code)] = max(size, lacking.get(str(code), 0.0))
    return tuple(sorted(lacking, key=lambda code: -lacking[code]))


def _largest(share: xr.DataArray) -> list[float]:
    """Take the largest share of each country over all other dimensions."""
    others = [dim for dim in share.dims if dim != "country"]
    return [float(size) for size in share.max(others).values]
