"""Naive forecasts: what a hindcast has to beat."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monazite.errors import DataError

Array = NDArray[np.float64]


def no_change(history: ArrayLike, periods: int) -> Array:
    """
    Forecast that everything stays as it was (N): the mean of the base periods.

    Parameters
    ----------
    history : array, dims (..., base period)
        Observed values of the base periods. [any unit] Finite.
    periods : int
        How many periods are forecast. [>= 1]

    Returns
    -------
    array, dims (..., period)
        The mean, for every period. [unit of history]

    Examples
    --------
    China to Japan 2007-09, kt: (19.87 + 17.17 + 8.49) / 3 = 15.18.

    >>> no_change([19.87, 17.17, 8.49], 2).round(2).tolist()
    [15.18, 15.18]
    """
    values = _finite("history", history)
    return np.repeat(values.mean(axis=-1)[..., None], periods, axis=-1)


def trend(history: ArrayLike, periods: int) -> Array:
    r"""
    Forecast that the growth of the base periods goes on: a straight line through their logarithms.

    Parameters
    ----------
    history : array, dims (..., base period)
        Observed values of at least two evenly spaced periods, the last one just before the forecast. Finite.
    periods : int
        How many periods are forecast. [>= 1]

    Returns
    -------
    array, dims (..., period)
        Constant growth, fitted by least squares. [unit of history, > 0] NaN where a base value is zero.

    Notes
    -----
    A line through the values themselves would end below zero where trade falls fast.

    .. math:: \ln y_{n-1+h} = \overline{\ln y} + b (n - 1 + h - \bar t), \quad
              b = \sum_t (t - \bar t) \ln y_t / \sum_t (t - \bar t)^2

    Examples
    --------
    1, 2, 4 goes on with 8, 16; 4, 2 with 1 and 0.5.

    >>> trend([1, 2, 4], 2).round(12).tolist(), trend([4, 2], 2).round(12).tolist()
    ([8.0, 16.0], [1.0, 0.5])
    """
    values = _finite("history", history)
    count = values.shape[-1]
    if count < 2:
        raise DataError("history", f"{count} base period makes no trend.", expected="two or more periods")
    logs = np.log(np.where(values > 0, values, np.nan))
    times = np.arange(count) - (count - 1) / 2
    slope = (logs @ times) / (times @ times)
    ahead = np.arange(count, count + periods) - (count - 1) / 2
    forecast: Array = np.exp(logs.mean(axis=-1)[..., None] + slope[..., None] * ahead)
    return forecast


def static_share_times_severity(trade_t: ArrayLike, open_share: ArrayLike) -> Array:
    r"""
    Forecast that each lane shrinks to its open share and nobody looks elsewhere (S).

    Parameters
    ----------
    trade_t : array, dims (..., exporter, importer)
        Baseline trade. [t a period] Finite and >= 0.
    open_share : array, dims (..., exporter, importer)
        Share of the lane that the policies let pass. [unitless, 0..1]

    Returns
    -------
    array, dims (..., exporter, importer)
        Trade. [t a period]

    Notes
    -----
    .. math:: X_{ij} = T_{ij} o_{ij}

    Examples
    --------
    >>> static_share_times_severity([[0, 15.2], [0, 0]], [[1, 0.65], [1, 1]]).round(2).tolist()
    [[0.0, 9.88], [0.0, 0.0]]
    """
    trade, open_lane = _lanes(trade_t, open_share)
    return trade * open_lane


def proportional_rerouting(
    trade_t: ArrayLike, open_share: ArrayLike, capacity_t: ArrayLike | None = None
) -> Array:
    r"""
    Forecast that importers get all that they lose from their other suppliers, in proportion (P).

    Parameters
    ----------
    trade_t : array, dims (..., exporter, importer)
        Baseline trade. [t a period] Finite and >= 0.
    open_share : array, dims (..., exporter, importer)
        Share of the lane that the policies let pass. [unitless, 0..1] Only lanes open in full take more.
    capacity_t : array, dims (exporter,), optional
        Most that each exporter can ship to all importers together. [t a period] None = no limit. An exporter
        whose additional shipments pass it cuts them all by one factor; nobody makes up for the cut.

    Returns
    -------
    array, dims (..., exporter, importer)
        Trade. [t a period] An importer without an open lane loses what is closed.

    Notes
    -----
    With U the lanes where o = 1:

    .. math:: L_j = \sum_i T_{ij} (1 - o_{ij}), \quad
              X_{ij} = T_{ij} o_{ij} + [ij \in U] \, L_j T_{ij} / \sum_{k: kj \in U} T_{kj}

    Examples
    --------
    Japan buys 15.2 from China, of which 35 % = 5.32 are refused, and 1.2 elsewhere: the others ship 6.52.

    >>> proportional_rerouting([[15.2], [1.2]], [[0.65], [1]]).round(2).tolist()
    [[9.88], [6.52]]
    """
    trade, open_lane = _lanes(trade_t, open_share)
    kept = trade * open_lane
    lost = (trade - kept).sum(axis=-2, keepdims=True)
    takers = np.where(open_lane >= 1.0, trade, 0.0)
    total = takers.sum(axis=-2, keepdims=True)
    extra = lost * np.divide(takers, total, out=np.zeros_like(takers), where=total > 0)
    if capacity_t is not None:
        room = np.maximum(
            _finite("capacity_t", capacity_t)[..., None] - kept.sum(axis=-1, keepdims=True), 0.0
        )
        wanted = extra.sum(axis=-1, keepdims=True)
        served = np.minimum(room, wanted)  # never more than is wanted, so that no quotient overflows
        extra = extra * np.divide(served, wanted, out=np.ones_like(wanted), where=wanted > 0)
    moved: Array = kept + extra
    return moved


def quota_open_share(quota_t: ArrayLike, baseline_export_t: ArrayLike) -> Array:
    r"""
    Share of an exporter's baseline exports that a quota lets pass, as the naive forecasts see it.

    Parameters
    ----------
    quota_t, baseline_export_t : array
        Quota and baseline exports of the same period. [t] Finite, >= 0.

    Returns
    -------
    array
        :math:`\min(1, K / X)`. [unitless] 1 where nothing was exported.

    Examples
    --------
    >>> quota_open_share([50145, 25800], 39690).round(2).tolist()
    [1.0, 0.65]
    """
    quota, export = np.broadcast_arrays(
        _finite("quota_t", quota_t), _finite("baseline_export_t", baseline_export_t)
    )
    ratio = np.divide(quota, export, out=np.ones(export.shape), where=export > 0)
    share: Array = np.minimum(ratio, 1.0)
    return share


def _lanes(trade_t: ArrayLike, open_share: ArrayLike) -> tuple[Array, Array]:
    """Check and align trade and open shares."""
    trade, shares = np.broadcast_arrays(_finite("trade_t", trade_t), _finite("open_share", open_share))
    if (shares < 0).any() or (shares > 1).any():
        raise DataError(
            "open_share", "lies outside 0..1.", expected="shares, 0..1", fix="divide percent by 100"
        )
    return trade, shares


def _finite(where: str, values: ArrayLike) -> Array:
    """Refuse missing and negative figures; none is taken for zero."""
    array = np.asarray(values, float)
    bad = [tuple(place) for place in np.argwhere(~(np.isfinite(array) & (array >= 0))).tolist()]
    if bad:
        raise DataError(
            where,
            f"{len(bad)} of {array.size} figures are missing or negative.",
            which=bad,
            expected="finite, >= 0",
        )
    return array
