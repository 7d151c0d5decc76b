"""GeoPolRisk: the chance that the supply of a country is cut off for reasons that lie in other countries."""

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.checks import check_aligned, check_dimension, check_quantity, describe_position
from monazite.indicators.governance import WGI_BEST, check_estimate

COPPER_REFERENCE_USD_PER_KG = 0.409412948
"""
Score times price of copper, mean of the OECD countries 2017-2021. [USD/kg; geopolrisk-py 2.0.1,
Koyamparambath et al., doi:10.21105/joss.09600]
"""
KG_PER_T = 1000.0


def governance_risk(estimate: xr.DataArray) -> xr.DataArray:
    r"""
    Political instability from an estimate of the Worldwide Governance Indicators.

    Parameters
    ----------
    estimate : DataArray, any dims
        Political stability and absence of violence. [standard normal units, nominally -2.5 (worst) .. 2.5]

    Returns
    -------
    DataArray, same dims
        Risk. [unitless, 0 (best) .. 1 (worst)] The few estimates beyond the nominal range are cut off. NaN
        where there is no estimate: no middle value takes its place.

    Raises
    ------
    DataError
        If a value is no WGI estimate (beyond 4 either way).

    Notes
    -----
    .. math:: w_c = \min(1, \max(0, (2.5 - g_c) / 5))

    References
    ----------
    .. [1] E. D. Gemechu et al., "Import-based indicator for the geopolitical supply risk of raw materials in life
       cycle sustainability assessments," J. Ind. Ecol., vol. 20, no. 1, 2016. doi:10.1111/jiec.12279

    Examples
    --------
    (2.5 - (-0.5)) / 5 is 0.6:

    >>> float(governance_risk(xr.DataArray(-0.5)))
    0.6
    """
    check_estimate(estimate)
    risk = ((WGI_BEST - estimate) / (2 * WGI_BEST)).clip(0.0, 1.0)
    return risk.rename("governance_risk").assign_attrs(unit="1")


def import_risk(
    import_t: xr.DataArray,
    governance_risk: xr.DataArray,
    production_t: xr.DataArray | float = 0.0,
    over: str = "exporter",
) -> xr.DataArray:
    r"""
    Imports weighted by the instability of each partner, over all supply; own production carries no risk.

    Parameters
    ----------
    import_t : DataArray, dims (..., over)
        Imports by partner outside the country or group: see `imports_by_partner`. [t] Finite and >= 0.
    governance_risk : DataArray, dims (over) or (..., over)
        Risk by partner. [unitless, 0..1] See `governance_risk`. Matched by label.
    production_t : DataArray, dims (...), or float, default 0
        Production inside, of the same substance as the imports. [t] Finite and >= 0.
    over : str, default "exporter"
        Dimension that holds the partners; it is summed away.

    Returns
    -------
    DataArray, dims (...)
        Import risk. [unitless, 0..1] NaN where nothing is imported or produced.

    Raises
    ------
    DataError
        If a quantity is missing or negative, or a partner with imports has no risk; all of them are named.

    Notes
    -----
    Weighted by mass. Domestic production lowers the risk since Helbig et al. 2016.

    .. math:: WTA = \frac{\sum_c m_c w_c}{P + \sum_c m_c}

    References
    ----------
    .. [1] C. Helbig et al., "Extending the geopolitical supply risk indicator: application of life cycle
       sustainability assessment to the petrochemical supply chain of polyacrylonitrile-based carbon fibers,"
       J. Clean. Prod., vol. 137, 2016. doi:10.1016/j.jclepro.2016.07.214

    Examples
    --------
    80 t at 0.6 and 10 t at 0.2 weigh 50; with 10 t of its own the country has 100 t:

    >>> labels = {"exporter": ["CHN", "AUS"]}
    >>> m = xr.DataArray([80.0, 10.0], dims="exporter", coords=labels)
    >>> w = xr.DataArray([0.6, 0.2], dims="exporter", coords=labels)
    >>> float(import_risk(m, w, 10.0))
    0.5
    """
    check_quantity(import_t, over, "import_t")
    check_dimension(governance_risk, over, "governance_risk")
    own = production_t if isinstance(production_t, xr.DataArray) else xr.DataArray(float(production_t))
    check_quantity(own.expand_dims("value"), "value", "production_t")
    check_aligned(import_t, own, ("import_t", "production_t"))
    if over in import_t.coords:
        governance_risk = governance_risk.reindex({over: import_t[over]})
    bought, risk = xr.broadcast(import_t, governance_risk)
    _check_risk(bought, risk)
    weighted = (bought * risk.where(bought > 0, 0.0)).sum(over)
    supply = import_t.sum(over) + own
    return (weighted / supply.where(supply > 0)).rename("import_risk").assign_attrs(unit="1")


def geopolrisk_score(hhi: xr.DataArray, import_risk: xr.DataArray) -> xr.DataArray:
    r"""
    GeoPolRisk score: concentration of the world's production times the risk of the imports.

    Parameters
    ----------
    hhi : DataArray, any dims
        Concentration of the world's production: see `herfindahl_hirschman_index`. [unitless, 0..1]
    import_risk : DataArray, dims that fit
        See `import_risk`. [unitless, 0..1]

    Returns
    -------
    DataArray
        Score. [unitless, 0..1] NaN where one of the two is.

    Notes
    -----
    .. math:: GPRS = HHI \cdot WTA

    References
    ----------
    .. [1] E. D. Gemechu et al. 2016, doi:10.1111/jiec.12279
    .. [2] A. Koyamparambath et al., "Spatially and temporally differentiated characterization factors for supply
       risk of abiotic resources in life cycle assessment," Resour. Conserv. Recycl., vol. 209, 107801, 2024.
       doi:10.1016/j.resconrec.2024.107801

    Examples
    --------
    >>> float(geopolrisk_score(xr.DataArray(0.625), xr.DataArray(0.5)))
    0.3125
    """
    check_aligned(hhi, import_risk, ("hhi", "import_risk"))
    return (hhi * import_risk).rename("geopolrisk").assign_attrs(unit="1")


def characterisation_factor(score: xr.DataArray, price_usd_per_t: xr.DataArray) -> xr.DataArray:
    r"""
    GeoPolRisk characterisation factor for life cycle assessment, in equivalents of copper.

    Parameters
    ----------
    score : DataArray, any dims
        See `geopolrisk_score`. [unitless, 0..1]
    price_usd_per_t : DataArray, dims that fit
        Value of the imports over their tonnes. [USD/t, >= 0]

    Returns
    -------
    DataArray
        Factor per kg of what is traded (of ore where ore is traded). [kg Cu-eq/kg, >= 0]

    Notes
    -----
    The reference is a constant, as in geopolrisk-py 2.0.1, so that factors can be compared with its own.

    .. math:: CF = GPRS \cdot p / 0.409412948, \quad p \text{ in USD/kg}

    References
    ----------
    .. [1] A. Koyamparambath et al. 2024, doi:10.1016/j.resconrec.2024.107801
    .. [2] A. Koyamparambath et al., "geopolrisk-py," J. Open Source Softw., doi:10.21105/joss.09600

    Examples
    --------
    0.3125 times 4.09412948 USD/kg is ten times 0.3125 of the reference:

    >>> float(characterisation_factor(xr.DataArray(0.3125), xr.DataArray(4094.12948)))
    3.125
    """
    check_aligned(score, price_usd_per_t, ("score", "price_usd_per_t"))
    factor = score * (price_usd_per_t / KG_PER_T / COPPER_REFERENCE_USD_PER_KG)
    return factor.rename("characterisation_factor").assign_attrs(unit="kg Cu-eq/kg")


def _check_risk(bought: xr.DataArray, risk: xr.DataArray) -> None:
    """Raise DataError where a partner with imports has no risk between 0 and 1."""
    wrong = (bought > 0) & ~((risk >= 0) & (risk <= 1))
    if bool(wrong.any()):
        raise DataError(
            "governance_risk",
            f"partners with imports but without a risk: {int(wrong.sum())}.",
            which=[
                f"{describe_position(wrong, index)}: {float(bought.values[tuple(index)]):g} t"
                for index in np.argwhere(wrong.values)
            ],
            expected="0..1 for every partner with imports",
            fix="take a year in which they are scored, or state the interval with 0 and with 1 in their place",
        )
