"""Two reports of one flow, the exporter's and the importer's, made one."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.pedigree import Key, lane_deviations

Floats = NDArray[np.float64]


def combine_reports(
    exporter_t: Floats, importer_t: Floats, relative_sd: Floats
) -> tuple[Floats, Floats, Floats]:
    r"""
    Combine two reports of the same flows.

    Parameters
    ----------
    exporter_t, importer_t : ndarray
        What either side reports. [t, >= 0; NaN = no report]
    relative_sd : ndarray
        Relative standard deviation of one report.

    Returns
    -------
    value, sd, z
        Combined value [t; NaN where neither reports], its standard deviation [t], and the difference of the reports
        over its standard deviation (0 where there is one report only).

    Notes
    -----
    Two reports are averaged: a report that is off has a standard deviation in proportion to itself, and weights of
    1 / sd^2 would always favour the smaller figure. The deviation is that of a mean of two, and never less than
    half of what they differ by:

    .. math:: \sigma = \max\left( \tfrac12 \sqrt{\sigma_a^2 + \sigma_b^2}, \; \tfrac12 |a - b| \right)

    Examples
    --------
    100 t against 140 t, each +-20 %: 120 t +- 20 t (half the difference; the mean of two alone would be 17.2).

    >>> [float(x.round(2)[0]) for x in combine_reports(np.array([100.0]), np.array([140.0]), np.array([0.2]))]
    [120.0, 20.0, 1.16]
    """
    both = np.isfinite(exporter_t) & np.isfinite(importer_t)
    single = np.where(np.isfinite(exporter_t), exporter_t, importer_t)
    value = np.where(both, (exporter_t + importer_t) / 2, single)
    spread = relative_sd * np.hypot(exporter_t, importer_t)
    sd = np.where(both, np.maximum(spread / 2, np.abs(exporter_t - importer_t) / 2), relative_sd * single)
    differs = both & (spread > 0)
    z = np.divide(importer_t - exporter_t, spread, out=np.zeros_like(value), where=differs)
    return value, sd, z


def use_mirror_reports(chain: SupplyChain, deviations: Mapping[Key, float]) -> SupplyChain:
    """
    Replace the trade of lanes that have two reports by both of them together.

    Parameters
    ----------
    chain : SupplyChain
        With `trade_exporter_t` and `trade_importer_t`, dims of `trade_t` [t contained; NaN = no report]; a chain
        without them, such as all that rest on BACI alone, comes back as it is.
    deviations : mapping of (figure, quality) to relative standard deviation
        As `read_deviations` gives them.

    Returns
    -------
    SupplyChain
        With `trade_t` and `trade_sd_t` of the reports, and `mirror_z`, how far the two are apart.
    """
    if "trade_exporter_t" not in chain.arrays or "trade_importer_t" not in chain.arrays:
        return chain
    dims = chain.trade_t.dims
    sold, bought = (
        chain.arrays[name].transpose(*dims).values for name in ("trade_exporter_t", "trade_importer_t")
    )
    relative = lane_deviations(chain, deviations)
    value, sd, z = combine_reports(sold, bought, relative)
    is_reported = np.isfinite(value)
    arrays = chain.arrays.copy()
    arrays["trade_t"] = (dims, np.where(is_reported, value, chain.trade_t.values))
    own = np.where(arrays["trade_t"].values > 0, relative * arrays["trade_t"].values, np.nan)
    arrays["trade_sd_t"] = (dims, np.where(is_reported & (value > 0), sd, own))
    arrays["mirror_z"] = (dims, np.where(is_reported, z, 0.0))
    return SupplyChain(chain.material, chain.year, arrays, chain.lineage)
