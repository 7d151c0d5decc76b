"""Scores of a hindcast: how far off, how often inside the band, and better than which naive forecast."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monazite.errors import DataError

Array = NDArray[np.float64]


def crps_ensemble(draws: ArrayLike, observed: ArrayLike) -> Array:
    r"""
    Continuous ranked probability score of an ensemble, in the unit of the quantity; smaller is better.

    Parameters
    ----------
    draws : array, dims (draw, ...)
        Forecasts; at least one draw. [any unit] Finite.
    observed : array, dims (...)
        What happened. [same unit] NaN where it is not known.

    Returns
    -------
    array, dims (...)
        CRPS. [same unit, >= 0] NaN where the observation is NaN.

    Raises
    ------
    DataError
        If there is no draw, a draw is not finite, or the shapes differ.

    Notes
    -----
    The plain form, of the draws as they stand (their empirical distribution); not the "fair" one, which
    estimates the score of endlessly many draws and can be negative. One draw, or a naive forecast, scores its
    absolute error, so both kinds compare.

    .. math:: CRPS = \frac{1}{n} \sum_i |x_i - y| - \frac{1}{2 n^2} \sum_{i,k} |x_i - x_k|

    The double sum is computed from the sorted draws as
    :math:`2 \sum_i (2 i - n - 1) x_{(i)}`, i from 1.

    References
    ----------
    .. [1] T. Gneiting and A. E. Raftery, "Strictly proper scoring rules, prediction, and estimation," J. Am.
       Stat. Assoc., vol. 102, no. 477, 2007, eq. 21. doi:10.1198/016214506000001437

    Examples
    --------
    Draws 1 and 3, observed 2: (1 + 1) / 2 - (0 + 2 + 2 + 0) / 8 = 0.5.

    >>> float(crps_ensemble([1.0, 3.0], 2.0))
    0.5
    """
    ensemble, truth = _check_draws(draws, observed)
    count = len(ensemble)
    weights = (2 * np.arange(1, count + 1) - count - 1).reshape(-1, *[1] * truth.ndim)
    # Measured from the observation, so that draws far from zero lose no digits.
    gaps = np.sort(ensemble - truth, axis=0)
    spread = (weights * gaps).sum(axis=0) / count**2
    score: Array = np.maximum(np.abs(gaps).mean(axis=0) - spread, 0.0)
    return np.where(np.isnan(truth), np.nan, score)


def log_error(forecast: ArrayLike, observed: ArrayLike, *, floor: float = 0.0) -> Array:
    r"""
    Error as a log ratio: 0 is right, +-0.7 is off by a factor of two.

    Parameters
    ----------
    forecast, observed : array
        Same unit. [>= 0] NaN where not known.
    floor : float, default 0
        Smaller values count as this one, in both. [same unit] It must be positive where a value is zero.

    Returns
    -------
    array
        ln(forecast / observed). [unitless] NaN where one of them is NaN.

    Raises
    ------
    DataError
        If a value is negative, or zero without a floor.

    Notes
    -----
    .. math:: e = \ln \frac{\max(x, floor)}{\max(y, floor)}

    Examples
    --------
    The prototype's China to Japan in 2012: 8.7 kt for 5.2, ln 1.673 = 0.515.

    >>> float(log_error(8.7, 5.2).round(3))
    0.515
    """
    pair = [np.asarray(values, float) for values in (forecast, observed)]
    for where, values in zip(("forecast", "observed"), pair, strict=True):
        bad = values[values < 0] if floor > 0 else values[values <= 0]
        if bad.size:
            raise DataError(
                where,
                f"{bad.size} of {values.size} values have no logarithm.",
                which=bad.tolist(),
                expected="values > 0",
                fix="give floor, the smallest tonnage that matters",
            )
    ratio: Array = np.log(np.maximum(pair[0], floor) / np.maximum(pair[1], floor))
    return ratio


def mean_absolute_log_error(forecast: ArrayLike, observed: ArrayLike, *, floor: float = 0.0) -> float:
    """
    Mean of |ln(forecast / observed)| over what was observed. [unitless, >= 0] NaN where nothing was.

    Parameters
    ----------
    forecast, observed : array
        As in `log_error`.
    floor : float, default 0
        As in `log_error`.

    Examples
    --------
    (ln 2 + ln 2) / 2 = 0.693: once twice too much, once half.

    >>> round(mean_absolute_log_error([2, 1], [1, 2]), 3)
    0.693
    """
    return _mean(np.abs(log_error(forecast, observed, floor=floor)))


def coverage(low: ArrayLike, high: ArrayLike, observed: ArrayLike) -> float:
    """
    Share of the observations that lie inside their band, ends included.

    Parameters
    ----------
    low, high : array
        Ends of the bands. [same unit] Finite, low <= high.
    observed : array
        What happened. [same unit] NaN where not known; it is not counted.

    Returns
    -------
    float
        Share. [unitless, 0..1] NaN where nothing was observed. A good 90 % band holds 0.9.

    Examples
    --------
    >>> coverage([1, 1, 1], [2, 2, 2], [1.5, 2, 3])
    0.6666666666666666
    """
    lower, upper, truth = np.broadcast_arrays(*(np.asarray(a, float) for a in (low, high, observed)))
    if not (lower <= upper).all():
        raise DataError("band", "its low end is missing or above its high end.", expected="low <= high")
    inside = ((lower <= truth) & (truth <= upper)).astype(float)
    return _mean(np.where(np.isnan(truth), np.nan, inside))


def skill(score: float, score_of_best_naive: float) -> float:
    r"""
    Skill against the best naive forecast.

    Parameters
    ----------
    score, score_of_best_naive : float
        Mean CRPS (or mean absolute log error) of the model and of the naive forecast that did best. [>= 0]

    Returns
    -------
    float
        1 = perfect, 0 = no better, negative = worse. [unitless, <= 1] NaN if the naive one was perfect.

    Notes
    -----
    .. math:: S = 1 - score / score_{naive}

    Examples
    --------
    Graphite: 0.16 against 0.30 of share times severity.

    >>> round(skill(0.16, 0.30), 2)
    0.47
    """
    for where, value in (("score", score), ("score_of_best_naive", score_of_best_naive)):
        if value < 0:
            raise DataError(where, f"is {value}.", expected=">= 0")
    return 1.0 - score / score_of_best_naive if score_of_best_naive > 0 else float("nan")


def _mean(values: Array) -> float:
    """Mean of the values that are known; NaN where none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _check_draws(draws: ArrayLike, observed: ArrayLike) -> tuple[Array, Array]:
    ensemble, truth = np.asarray(draws, float), np.asarray(observed, float)
    if ensemble.ndim == 0 or len(ensemble) == 0:
        raise DataError("draws", "there is none.", expected="at least one draw, in the first dimension")
    if ensemble.shape[1:] != truth.shape:
        raise DataError(
            "draws",
            f"one draw has the shape {ensemble.shape[1:]}, the observation {truth.shape}.",
            expected="draws of dims (draw, ...), observed of dims (...)",
        )
    missing = int((~np.isfinite(ensemble)).sum())
    if missing:
        raise DataError("draws", f"{missing} of {ensemble.size} are not finite.", expected="finite numbers")
    return ensemble, truth
