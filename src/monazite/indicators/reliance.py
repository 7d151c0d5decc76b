"""How much of what is consumed must come from abroad: the European and the American definition."""

import numpy as np
import xarray as xr

from monazite.indicators.ranges import Range, check_ranges, label_arrays

FLOW = Range(0.0, np.finfo(float).max, "tonnes, >= 0")
CHANGE = Range(-np.finfo(float).max, np.finfo(float).max, "tonnes, finite")


def net_import_reliance(
    *,
    production_t: xr.DataArray | float,
    import_t: xr.DataArray | float,
    export_t: xr.DataArray | float,
    stock_draw_t: xr.DataArray | float,
) -> xr.DataArray:
    r"""
    Net imports and stock draw over apparent consumption, as the U.S. Geological Survey defines it.

    Parameters
    ----------
    production_t : DataArray or float, any dims
        Domestic production that counts: primary output and, for most metals, secondary output from old scrap.
        [t contained material, >= 0; any other unit of mass if all arguments share it]
    import_t, export_t : DataArray or float
        Trade of the same forms. [t, >= 0]
    stock_draw_t : DataArray or float
        Stock at the start less stock at the end of the period. [t] Positive: stocks fell and fed consumption;
        negative: they grew. 0 where the publisher's definition has no stock change.

    Returns
    -------
    DataArray, dims of all arguments together
        Net import reliance. [unitless, <= 1] Below zero: net exporter. NaN where a term is NaN or apparent
        consumption is not above zero.

    Raises
    ------
    DataError
        If a flow is negative or infinite, or labels differ; all values are named at once.

    Notes
    -----
    USGS prints `E` for net exporters, and whole percent.

    .. math:: NIR = \frac{I - E + D}{P + I - E + D}, \quad D = S_{start} - S_{end}

    References
    ----------
    .. [1] U.S. Geological Survey, Mineral Commodity Summaries 2026, "Net import reliance," and the definition
       in the notes of each chapter.

    Examples
    --------
    Alumina 2022 in thousand tonnes: production 920, imports 1,880, exports 174, stocks from 202 to 194.
    1,880 - 174 + 8 is 1,714; over 920 + 1,714 = 2,634 it is 0.651 (USGS: 65 %):

    >>> alumina = net_import_reliance(production_t=920.0, import_t=1880.0, export_t=174.0, stock_draw_t=8.0)
    >>> round(float(alumina), 3)
    0.651
    """
    arrays = label_arrays(
        {
            "production_t": production_t,
            "import_t": import_t,
            "export_t": export_t,
            "stock_draw_t": stock_draw_t,
        }
    )
    ranges = (FLOW, FLOW, FLOW, CHANGE)
    check_ranges(
        {name: (arrays[name], allowed) for name, allowed in zip(arrays, ranges, strict=True)},
        "net_import_reliance",
    )
    net_t = arrays["import_t"] - arrays["export_t"] + arrays["stock_draw_t"]
    consumption_t = arrays["production_t"] + net_t
    reliance = net_t / consumption_t.where(consumption_t > 0)
    return reliance.rename("net_import_reliance").assign_attrs(unit="1")


def import_reliance(
    *,
    production_t: xr.DataArray | float,
    import_t: xr.DataArray | float,
    export_t: xr.DataArray | float,
) -> xr.DataArray:
    r"""
    Net imports over apparent consumption, as the European Commission defines it.

    Parameters
    ----------
    production_t : DataArray or float, any dims
        Domestic production of the stage. [t contained material, >= 0]
    import_t, export_t : DataArray or float
        Trade with countries outside. [t contained material, >= 0]

    Returns
    -------
    DataArray, dims of all arguments together
        Import reliance. [unitless, <= 1] Below zero: net exporter. NaN where a term is NaN or the denominator is
        not above zero.

    Raises
    ------
    DataError
        If a flow is negative or infinite, or labels differ.

    Notes
    -----
    No stock change, unlike `net_import_reliance`. For `supply_risk` a net exporter counts as 0; say so where
    you set it.

    .. math:: IR = \frac{I - E}{P + I - E}

    References
    ----------
    .. [1] European Commission, Methodology for establishing the EU list of critical raw materials, 2017,
       doi:10.2873/769526 (import reliance).

    Examples
    --------
    60 of 100 in, 20 out: 40 net over 60 + 40:

    >>> float(import_reliance(production_t=60.0, import_t=60.0, export_t=20.0))
    0.4
    """
    reliance = net_import_reliance(
        production_t=production_t, import_t=import_t, export_t=export_t, stock_draw_t=0.0
    )
    return reliance.rename("import_reliance")
