"""Supply risk and economic importance as the European Commission computes them since 2017."""

from typing import Final

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.checks import check_dimension, check_labels, check_quantity
from monazite.indicators.concentration import supplier_share
from monazite.indicators.governance import governance_weighted_hhi
from monazite.indicators.ranges import Range, check_ranges, label_arrays

SUPPLY_RISK_THRESHOLD: Final = 1.0
"""Critical from this supply risk on. [unitless; European Commission, methodology 2017, doi:10.2873/769526]"""

ECONOMIC_IMPORTANCE_THRESHOLD: Final = 2.8
"""Critical from this importance on. [unitless; European Commission, methodology 2017, doi:10.2873/769526]"""

LARGEST_SECTOR_SCORE: Final = 10.0
"""Value added of the largest sector after scaling. [unitless; European Commission, methodology 2017]"""

USE_SHARE_TOLERANCE: Final = 0.02
"""
How far use shares may sum from one. [unitless] Source: this project: the Commission prints whole percent, and
four uses rounded by half a percent each are off by two.
"""

SUPPLY_MIXES: Final = ("both", "global", "eu")
"""Which supply mixes count: `GS + EUS`, `GS only` and `EUS only` in the words of the Commission."""

SHARE = Range(0.0, 1.0, "a share, 0..1", "divide percent by 100")
RELIANCE = Range(0.0, 1.0, "a share, 0..1", "give a net exporter 0, as the Commission's tables do")
CONCENTRATION = Range(0.0, 30.0, "0..30, from shares in 0..1 and scores in 0..10")
POSITIVE = Range(np.nextafter(0.0, 1.0), np.inf, "> 0")


def trade_adjusted_hhi(
    quantity_t: xr.DataArray,
    governance_score: xr.DataArray,
    trade_parameter: xr.DataArray,
    over: str = "country",
) -> xr.DataArray:
    r"""
    Governance-weighted concentration in which export restrictions weigh more and trade agreements less.

    Parameters
    ----------
    quantity_t : DataArray, dims (..., over)
        Supply by supplier, with labels. [t contained material, or shares] Finite and >= 0.
    governance_score : DataArray, dims (over)
        Score by supplier. [unitless, 0 (best) .. 10 (worst)] See `scale_governance`. Matched by label.
    trade_parameter : DataArray, dims (over)
        Parameter t by supplier. [unitless, > 0] 1: neither restriction nor agreement; 0.8: member of the Union
        or party to a trade agreement with it; above 1: export tax, quota or ban (the tables of the
        Commission's study of 2023 run from 0.8 to 1.5). Matched by label.
    over : str, default "country"
        Dimension that holds the suppliers; it is summed away.

    Returns
    -------
    DataArray, dims (...)
        HHI with WGI and t. [unitless, nominally 0..10 t] NaN where total supply is zero.

    Raises
    ------
    DataError
        If a quantity is missing or negative, or a supplier with a share above zero has no score or no
        parameter; each is named.

    Notes
    -----
    .. math:: (HHI_{WGI})_t = \sum_c s_c^2 \, g_c \, t_c

    References
    ----------
    .. [1] European Commission, Methodology for establishing the EU list of critical raw materials, 2017,
       doi:10.2873/769526 (supply risk).

    Examples
    --------
    0.75 squared times 6 times 1.1 is 3.7125, 0.25 squared times 2 times 0.8 is 0.1:

    >>> labels = {"country": ["CHN", "CAN"]}
    >>> q, g, t = (xr.DataArray(v, dims="country", coords=labels) for v in ([75.0, 25.0], [6.0, 2.0], [1.1, 0.8]))
    >>> round(float(trade_adjusted_hhi(q, g, t)), 4)
    3.8125
    """
    check_labels(quantity_t, over, "quantity_t")
    check_labels(governance_score, over, "governance_score")
    check_labels(trade_parameter, over, "trade_parameter")
    share = supplier_share(quantity_t, over)
    trade = trade_parameter.reindex({over: share[over]})
    needed = (share > 0).any([dim for dim in share.dims if dim != over])
    lacking = [str(label) for label in share[over].values[(needed & trade.isnull()).values]]
    if lacking:
        raise DataError(
            "trade_parameter",
            f"suppliers with a share but without a trade parameter: {len(lacking)}.",
            which=lacking,
            expected="1 for a supplier with neither restriction nor agreement",
            fix="state it for every supplier",
        )
    check_ranges({"trade_parameter": (trade, POSITIVE)}, "trade_adjusted_hhi")
    score = governance_score.reindex({over: share[over]})
    return governance_weighted_hhi(quantity_t, score * trade, over).rename("trade_adjusted_hhi")


def supply_risk(
    *,
    hhi_wgi_t_global: xr.DataArray | float,
    hhi_wgi_t_eu: xr.DataArray | float,
    import_reliance: xr.DataArray | float,
    eol_recycling_input_rate: xr.DataArray | float,
    substitution_index: xr.DataArray | float,
    supply_mix: xr.DataArray | str = "both",
) -> xr.DataArray:
    r"""
    Risk that the supply of a material to the Union is disrupted, for one stage.

    Parameters
    ----------
    hhi_wgi_t_global, hhi_wgi_t_eu : DataArray or float, any dims
        `trade_adjusted_hhi` of the world's supply and of the supply to the Union. [unitless, 0..30]
    import_reliance : DataArray or float
        Net imports over apparent consumption of the Union, see `import_reliance`. [unitless, 0..1]
    eol_recycling_input_rate : DataArray or float
        Old scrap over all input of the material. [unitless, 0..1]
    substitution_index : DataArray or float
        SI_SR. [unitless, 0..1] 1: no substitute.
    supply_mix : DataArray of str, or str, default "both"
        "both": the two mixes weighted by import reliance; "global" or "eu": only that one is known or fit to be
        used, then the other one and import reliance are not read.

    Returns
    -------
    DataArray, dims of all arguments together
        Supply risk. [unitless, >= 0] Critical from `SUPPLY_RISK_THRESHOLD` on. NaN where an input that is
        needed is NaN.

    Raises
    ------
    DataError
        If values lie outside their ranges (percent, negative reliance), labels differ, or a mix is unknown: all
        values are named at once.

    Notes
    -----
    Where the stage is a choice, the Commission takes the one with the higher risk for which data are good.

    .. math:: SR = \left[ HHI_{global} \frac{IR}{2} + HHI_{EU} \left( 1 - \frac{IR}{2} \right) \right]
              (1 - RIR) \, SI_{SR}

    One-sided: :math:`SR = HHI_{mix} (1 - RIR) \, SI_{SR}`. Each HHI is :math:`\sum_c s_c^2 g_c t_c`.

    References
    ----------
    .. [1] European Commission, Methodology for establishing the EU list of critical raw materials, 2017,
       doi:10.2873/769526.
    .. [2] European Commission, Study on the review of the list of critical raw materials, 2017, tables 3 and 18.

    Examples
    --------
    Natural graphite in the list of 2017 (official: 2.9). 3.2 times 0.495 is 1.584, 2.9 times 0.505 is 1.4645;
    3.0485 times 0.97 is 2.957045:

    >>> graphite = dict(hhi_wgi_t_global=3.2, hhi_wgi_t_eu=2.9, eol_recycling_input_rate=0.03,
    ...                 substitution_index=1.0)
    >>> round(float(supply_risk(import_reliance=0.99, **graphite)), 6)
    2.957045
    >>> round(float(supply_risk(import_reliance=float("nan"), supply_mix="global", **graphite)), 3)
    3.104
    """
    given = {
        "hhi_wgi_t_global": hhi_wgi_t_global,
        "hhi_wgi_t_eu": hhi_wgi_t_eu,
        "import_reliance": import_reliance,
        "eol_recycling_input_rate": eol_recycling_input_rate,
        "substitution_index": substitution_index,
    }
    mix = supply_mix if isinstance(supply_mix, xr.DataArray) else xr.DataArray(np.array(supply_mix, object))
    arrays = label_arrays({**given, "supply_mix": mix})
    ranges = dict(zip(given, (CONCENTRATION, CONCENTRATION, RELIANCE, SHARE, SHARE), strict=True))
    check_ranges({name: (arrays[name], ranges[name]) for name in given}, "supply_risk")
    _check_mixes(mix)
    world, union, reliance, recycled, substitution = (arrays[name] for name in given)
    weighted = world * reliance / 2 + union * (1 - reliance / 2)
    concentration = weighted.where(mix == "both", world.where(mix == "global", union))
    risk = concentration * (1 - recycled) * substitution
    return risk.rename("supply_risk").assign_attrs(unit="1")


def economic_importance(
    use_share: xr.DataArray,
    value_added: xr.DataArray,
    substitution_index: xr.DataArray | float,
    *,
    largest_value_added: float,
    over: str = "use",
) -> xr.DataArray:
    r"""
    Weight of the sectors that use a material in the economy of the Union.

    Parameters
    ----------
    use_share : DataArray, dims (..., over)
        Share of each use in all uses of the material. [unitless, 0..1] Sums to one within 0.02.
    value_added : DataArray, dims (over) or (..., over)
        Value added of the sector of each use (NACE Rev. 2, two digits). [any currency, >= 0] Same labels.
    substitution_index : DataArray or float, dims (...)
        SI_EI. [unitless, 0..1] 1: no substitute.
    largest_value_added : float
        Value added of the largest sector of the whole economy, not only of these uses. [same currency, > 0]
    over : str, default "use"
        Dimension that holds the uses; it is summed away.

    Returns
    -------
    DataArray, dims (...)
        Economic importance. [unitless, 0..10] Critical from `ECONOMIC_IMPORTANCE_THRESHOLD` on. NaN where the
        substitution index is NaN.

    Raises
    ------
    DataError
        If a share or a value added is missing or negative, shares do not sum to one, labels differ, or a sector
        is larger than the largest.

    Notes
    -----
    .. math:: EI = \frac{10}{\max_k V_k} \sum_s A_s V_s \; SI_{EI}

    References
    ----------
    .. [1] European Commission, Methodology for establishing the EU list of critical raw materials, 2017,
       doi:10.2873/769526.

    Examples
    --------
    Aggregates 2023, all of it in non-metallic mineral products (C23, 64,990 million EUR), largest sector
    204,200: 64,990 / 204,200 times 10 is 3.18; with a substitution index of 1 the official 3.2:

    >>> a = xr.DataArray([1.0], dims="use", coords={"use": ["C23"]})
    >>> v = xr.DataArray([64990.0], dims="use", coords={"use": ["C23"]})
    >>> round(float(economic_importance(a, v, 1.0, largest_value_added=204200.0)), 2)
    3.18
    """
    check_quantity(use_share, over, "use_share")
    check_quantity(value_added, over, "value_added")
    arrays = label_arrays(
        {"use_share": use_share, "value_added": value_added, "substitution_index": substitution_index}
    )
    highest = Range(0.0, largest_value_added, f"at most that of the largest sector, {largest_value_added:g}")
    check_ranges(
        {
            "largest_value_added": (xr.DataArray(largest_value_added), POSITIVE),
            "value_added": (value_added, highest),
            "substitution_index": (arrays["substitution_index"], SHARE),
        },
        "economic_importance",
    )
    check_sums_to_one(use_share, over, "use_share")
    importance = (use_share * value_added).sum(over, skipna=False) * arrays["substitution_index"]
    scaled = LARGEST_SECTOR_SCORE * importance / largest_value_added
    return scaled.rename("economic_importance").assign_attrs(unit="1")


def check_sums_to_one(share: xr.DataArray, over: str, where: str) -> None:
    """
    Raise DataError unless shares sum to one within `USE_SHARE_TOLERANCE`; every sum that does not is shown.

    Raises
    ------
    DataError
        If a sum is off; nothing is scaled to one in silence.
    """
    check_dimension(share, over, where)
    total = share.sum(over, skipna=False)
    wrong = np.argwhere(~(np.abs(total.values - 1.0).round(9) <= USE_SHARE_TOLERANCE))
    if len(wrong):
        labels = [
            "_".join(str(total[dim].values[k]) for dim, k in zip(total.dims, at, strict=True)) for at in wrong
        ]
        raise DataError(
            where,
            f"shares do not sum to one along {over!r}.",
            which=[
                f"{label or 'sum'} = {float(total.values[tuple(at)]):.3f}"
                for label, at in zip(labels, wrong, strict=True)
            ],
            expected=f"1, give or take {USE_SHARE_TOLERANCE:g}",
            fix="add the uses that are left out, or take out what stands twice",
        )


def _check_mixes(mix: xr.DataArray) -> None:
    """Raise DataError unless every mix is one of `SUPPLY_MIXES`."""
    unknown = sorted({str(word) for word in np.ravel(mix.values)} - set(SUPPLY_MIXES))
    if unknown:
        raise DataError(
            "supply_mix", "names an unknown mix.", which=unknown, expected=", ".join(SUPPLY_MIXES)
        )
