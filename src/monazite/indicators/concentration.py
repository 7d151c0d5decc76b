"""How concentrated a supply is: shares, the largest suppliers and the Herfindahl-Hirschman index."""

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.checks import check_quantity


def supplier_share(quantity_t: xr.DataArray, over: str = "country") -> xr.DataArray:
    r"""
    Share of each supplier in the total.

    Parameters
    ----------
    quantity_t : DataArray, dims (..., over)
        Supply by supplier. [t contained material] Finite and >= 0.
    over : str, default "country"
        Dimension that holds the suppliers.

    Returns
    -------
    DataArray, dims (..., over)
        Shares. [unitless, 0..1, sum 1 over `over`] NaN where the total is zero.

    Raises
    ------
    DataError
        If a quantity is missing or negative; the message names the labels.

    Notes
    -----
    .. math:: s_c = q_c / \sum_k q_k

    References
    ----------
    .. [1] Definition; no source.

    Examples
    --------
    >>> q = xr.DataArray([75.0, 25.0], dims="country")
    >>> supplier_share(q).values.tolist()
    [0.75, 0.25]
    """
    check_quantity(quantity_t, over, "quantity_t")
    total = quantity_t.sum(over)
    return (quantity_t / total.where(total > 0)).rename("supplier_share").assign_attrs(unit="1")


def herfindahl_hirschman_index(quantity_t: xr.DataArray, over: str = "country") -> xr.DataArray:
    r"""
    Concentration of supply across one dimension.

    Parameters
    ----------
    quantity_t : DataArray, dims (..., over)
        Supply by supplier. [t contained material] Finite and >= 0.
    over : str, default "country"
        Dimension that holds the suppliers; it is summed away.

    Returns
    -------
    DataArray, dims (...)
        HHI. [unitless, 1/n <= hhi <= 1 for n suppliers] NaN where total supply is zero.

    Raises
    ------
    DataError
        If a quantity is missing or negative; the message names the labels.

    Notes
    -----
    Assumes that suppliers are independent of each other. Times 10 000 for index points. A supplier whose
    output nobody reported must be filled or left out by the caller, who then says so: the index sees only
    what it is given. Any further dimension, such as a draw, is kept.

    .. math:: HHI = \sum_c \left( q_c / \sum_k q_k \right)^2

    References
    ----------
    .. [1] A. O. Hirschman, "The paternity of an index," Am. Econ. Rev., vol. 54, no. 5, p. 761, 1964.

    Examples
    --------
    0.75 squared is 0.5625, 0.25 squared is 0.0625:

    >>> q = xr.DataArray([75.0, 25.0], dims="country")
    >>> float(herfindahl_hirschman_index(q))
    0.625
    """
    share = supplier_share(quantity_t, over)
    hhi = (share**2).sum(over, skipna=False) if share.sizes[over] else share.sum(over) * np.nan
    return hhi.rename("hhi").assign_attrs(unit="1")


def top_share(quantity_t: xr.DataArray, over: str = "country", n: int = 1) -> xr.DataArray:
    r"""
    Share of the n largest suppliers together.

    Parameters
    ----------
    quantity_t : DataArray, dims (..., over)
        Supply by supplier. [t contained material] Finite and >= 0.
    over : str, default "country"
        Dimension that holds the suppliers; it is summed away.
    n : int, default 1
        How many suppliers to add up. [count, >= 1] With fewer suppliers than n, all of them.

    Returns
    -------
    DataArray, dims (...)
        Share. [unitless, 0..1] NaN where total supply is zero. `top_suppliers` says who they are.

    Raises
    ------
    DataError
        If a quantity is missing or negative (the message names the labels), or n is below 1.

    Notes
    -----
    .. math:: CR_n = \sum_{r=1}^{n} s_{(r)}, \quad s_{(1)} \ge s_{(2)} \ge \dots

    References
    ----------
    .. [1] Concentration ratio; J. S. Bain, Barriers to New Competition, Harvard University Press, 1956.

    Examples
    --------
    >>> q = xr.DataArray([50.0, 20.0, 30.0], dims="country")
    >>> float(top_share(q, n=2))
    0.8
    """
    ranked = top_suppliers(quantity_t, over, n)["share"]
    return ranked.sum("rank", skipna=False).rename("top_share").assign_attrs(unit="1")


def top_suppliers(quantity_t: xr.DataArray, over: str = "country", n: int = 1) -> xr.Dataset:
    r"""
    Name the n largest suppliers, with the share of each.

    Parameters
    ----------
    quantity_t : DataArray, dims (..., over)
        Supply by supplier. [t contained material] Finite and >= 0.
    over : str, default "country"
        Dimension that holds the suppliers; without labels a supplier is named by its position.
    n : int, default 1
        How many suppliers. [count, >= 1]

    Returns
    -------
    Dataset, dims (..., rank)
        `supplier`: label, empty where nobody supplies at that rank. `share`: [unitless, 0..1], 0 there and
        NaN where total supply is zero. `rank` counts from 1 and ends at the number of labels; suppliers of
        equal size stand in the order of the array.

    Raises
    ------
    DataError
        If a quantity is missing or negative (the message names the labels), or n is below 1.

    Notes
    -----
    .. math:: s_{(1)} \ge s_{(2)} \ge \dots \ge s_{(n)}

    References
    ----------
    .. [1] Definition; no source.

    Examples
    --------
    >>> q = xr.DataArray([50.0, 20.0, 30.0], dims="country", coords={"country": ["CHN", "AUS", "USA"]})
    >>> top_suppliers(q, n=2)["supplier"].values.tolist()
    ['CHN', 'USA']
    """
    if n < 1:
        raise DataError("n", f"{n} suppliers were asked for.", expected="a whole number >= 1")
    share = supplier_share(quantity_t, over)
    axis = share.get_axis_num(over)
    order = np.argsort(-share.values, axis=axis, kind="stable").take(
        range(min(n, share.sizes[over])), axis=axis
    )
    dims = tuple("rank" if dim == over else dim for dim in share.dims)
    best = np.take_along_axis(share.values, order, axis=axis)
    labels = np.asarray(share[over].values.astype(str), dtype=object)[order]
    labels = np.where(best > 0, labels, "")
    coords = {dim: share.coords[dim] for dim in share.dims if dim != over and dim in share.coords}
    return xr.Dataset(
        {"supplier": (dims, labels), "share": (dims, best, {"unit": "1"})},
        coords={**coords, "rank": np.arange(1, best.shape[axis] + 1)},
    )
