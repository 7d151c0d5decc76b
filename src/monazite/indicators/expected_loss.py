"""Expected loss of supply over one-country cut-offs: probability times what a region would then lack."""

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.checks import check_aligned, check_quantity
from monazite.indicators.ranges import Range, check_ranges

CUTOFFS_PER_RISK = 0.022
"""
Chance a year that a supplier country at the worst governance risk (1) ends its exports of a material. [1/a; source:
this project, docs/decisions/0014: 9 export bans began in 732 country-years of 2018-2024, whose risks sum to 406]
"""
AMOUNT = Range(0.0, np.finfo(float).max, "tonnes, >= 0")
SHARE = Range(0.0, 1.0, "a share or a probability, 0..1", "divide percent by 100")


def cutoff_probability(governance_risk: xr.DataArray, at_worst: float = CUTOFFS_PER_RISK) -> xr.DataArray:
    r"""
    Chance that a country ends its exports of a material within a year.

    Parameters
    ----------
    governance_risk : DataArray, any dims
        See `governance_risk`. [unitless, 0..1]
    at_worst : float, default `CUTOFFS_PER_RISK`
        Chance at a risk of 1. [1/a, 0..1]

    Returns
    -------
    DataArray, same dims
        Probability. [1/a, 0..1] NaN where there is no governance score.

    Raises
    ------
    DataError
        If a value lies outside its range.

    Notes
    -----
    An assumption of this project, not of the U.S. Geological Survey, whose probabilities are its own. Linear through
    the origin: in the thirds of the country-years with low, middle and high risk (means 0.36, 0.54, 0.76) bans began in
    0.8, 1.2 and 1.6 % of them.

    .. math:: p_c = p_1 w_c

    References
    ----------
    .. [1] Source: this project, docs/decisions/0014.

    Examples
    --------
    >>> round(float(cutoff_probability(xr.DataArray(0.6))), 4)
    0.0132
    """
    check_ranges(
        {"governance_risk": (governance_risk, SHARE), "at_worst": (xr.DataArray(at_worst), SHARE)},
        "cutoff_probability",
    )
    probability = governance_risk * at_worst
    return probability.rename("cutoff_probability").assign_attrs(unit="1/a")


def relief_share(exported_t: xr.DataArray, spare_t: xr.DataArray, over: str = "exporter") -> xr.DataArray:
    r"""
    Part of a country's exports that the spare capacity of all others could stand in for.

    Parameters
    ----------
    exported_t : DataArray, dims (..., over)
        What each country exports to everybody. [t contained material a year, >= 0]
    spare_t : DataArray, dims (..., over)
        Capacity less production of each country. [t a year, >= 0] Same labels.
    over : str, default "exporter"
        Dimension that holds the countries.

    Returns
    -------
    DataArray, dims (..., over)
        Relief. [unitless, 0..1] NaN where the country exports nothing.

    Raises
    ------
    DataError
        If an amount is missing or negative, or labels differ.

    Notes
    -----
    All customers of the country share the relief in proportion to what they bought; nobody outbids another, and what
    the others sell already is not diverted.

    .. math:: r_c = \min\left(1, \sum_{k \ne c} S_k / X_c\right)

    References
    ----------
    .. [1] Source: this project, docs/decisions/0014. The U.S. Geological Survey lets prices and elasticities decide,
       Open-File Report 2025-1047.

    Examples
    --------
    CHN exports 100 and all others could make 25 more; AUS exports 20 and CHN could make 300 more:

    >>> labels = {"exporter": ["CHN", "AUS"]}
    >>> x = xr.DataArray([100.0, 20.0], dims="exporter", coords=labels)
    >>> s = xr.DataArray([300.0, 25.0], dims="exporter", coords=labels)
    >>> relief_share(x, s).values.tolist()
    [0.25, 1.0]
    """
    check_quantity(exported_t, over, "exported_t")
    check_quantity(spare_t, over, "spare_t")
    check_aligned(exported_t, spare_t, ("exported_t", "spare_t"))
    others = (spare_t.sum(over) - spare_t).clip(min=0.0)
    relief = (others / exported_t.where(exported_t > 0)).clip(max=1.0)
    return relief.rename("relief_share").assign_attrs(unit="1")


def cutoff_loss(
    import_t: xr.DataArray,
    production_t: xr.DataArray | float,
    relief_share: xr.DataArray | float = 0.0,
    over: str = "exporter",
) -> xr.DataArray:
    r"""
    Share of its supply that a region would lack if one country after the other ended its exports.

    Parameters
    ----------
    import_t : DataArray, dims (..., over)
        What the region buys from each country outside. [t a year, >= 0]
    production_t : DataArray, dims (...), or float
        What it makes itself, of the same substance. [t a year, >= 0]
    relief_share : DataArray, dims (..., over), or float, default 0
        See `relief_share`. [unitless, 0..1] NaN where it is not known.
    over : str, default "exporter"
        Dimension that holds the countries.

    Returns
    -------
    DataArray, dims (..., over)
        Loss. [unitless, 0..1, of imports and own production] NaN where the relief is, or where there is no supply.

    Raises
    ------
    DataError
        If an amount is missing or negative, or a relief lies outside 0..1.

    Notes
    -----
    A year long; stocks are not counted, so the loss in the first months is less.

    .. math:: l_c = \frac{m_c (1 - r_c)}{P + \sum_k m_k}

    References
    ----------
    .. [1] One-country cut-offs for a year: U.S. Geological Survey, Open-File Report 2025-1047 (N. T. Nassar et al.,
       2025), doi:10.3133/ofr20251047; without its prices, elasticities and input-output tables.

    Examples
    --------
    80 of 100 come from CHN, of which others could stand in for a quarter: 80 * 0.75 / 100.

    >>> labels = {"exporter": ["CHN", "AUS"]}
    >>> m = xr.DataArray([80.0, 10.0], dims="exporter", coords=labels)
    >>> cutoff_loss(m, 10.0, xr.DataArray([0.25, 1.0], dims="exporter", coords=labels)).values.tolist()
    [0.6, 0.0]
    """
    check_quantity(import_t, over, "import_t")
    own = production_t if isinstance(production_t, xr.DataArray) else xr.DataArray(float(production_t))
    relief = relief_share if isinstance(relief_share, xr.DataArray) else xr.DataArray(float(relief_share))
    check_aligned(import_t, relief, ("import_t", "relief_share"))
    check_ranges({"production_t": (own, AMOUNT), "relief_share": (relief, SHARE)}, "cutoff_loss")
    supply = own + import_t.sum(over)
    loss = import_t * (1.0 - relief) / supply.where(supply > 0)
    return loss.rename("cutoff_loss").assign_attrs(unit="1")


def expected_loss(probability: xr.DataArray, loss: xr.DataArray, over: str = "exporter") -> xr.DataArray:
    r"""
    Sum over the cut-offs of probability times loss.

    Parameters
    ----------
    probability : DataArray, dims (over) or (..., over)
        See `cutoff_probability`. [1/a, 0..1] NaN counts nowhere but makes the result NaN where there is a loss.
    loss : DataArray, dims (..., over)
        See `cutoff_loss`; or the same in tonnes or money. [any unit, >= 0] NaN makes the result NaN.
    over : str, default "exporter"
        Dimension that holds the countries; it is summed away.

    Returns
    -------
    DataArray, dims (...)
        Expected loss a year. [unit of the loss]

    Raises
    ------
    DataError
        If labels differ, or a probability lies outside 0..1.

    Notes
    -----
    The cut-offs are taken one at a time; two at once are not counted.

    .. math:: E = \sum_c p_c l_c

    References
    ----------
    .. [1] U.S. Geological Survey, Open-File Report 2025-1047, 2025, doi:10.3133/ofr20251047: probability-weighted sum
       over its scenarios.

    Examples
    --------
    0.0132 * 0.6 + 0.004 * 0.1:

    >>> labels = {"exporter": ["CHN", "AUS"]}
    >>> p = xr.DataArray([0.0132, 0.004], dims="exporter", coords=labels)
    >>> l = xr.DataArray([0.6, 0.1], dims="exporter", coords=labels)
    >>> round(float(expected_loss(p, l)), 6)
    0.00832
    """
    check_aligned(probability, loss, ("probability", "loss"))
    check_ranges({"probability": (probability, SHARE)}, "expected_loss")
    if over not in loss.dims:
        raise DataError("loss", f"has no dimension {over!r}.", expected=f"dims (..., {over})")
    product = (probability * loss).where(loss != 0, 0.0)
    return product.sum(over, skipna=False).rename("expected_loss")
