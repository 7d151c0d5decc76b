"""How far a series departs from what went before: log gaps to a counterfactual, and contrasts over dates."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FLOOR_SHARE = 0.05
"""Added to every flow before its log, as a share of its median: a stop is a fall of ln 21, not of infinity.
Source: this project, docs/explanation/detection.md."""
PRIOR_NOISE = 0.3
"""Noise that a lane is believed to have before its own past is seen [log units]. Source: as above."""
PRIOR_WEIGHT = 4
"""How many periods of its own past that belief is worth. Source: as above."""
LEAST_SHARE = 0.10
"""A departure below this share is no break, however quiet the lane: the customs of the two ends of a lane differ
by about as much for the same goods (freight, weight of packing, date of arrival). Source: this project."""


@dataclass(frozen=True)
class Windows:
    """
    How many periods before a date are its baseline, and over which spans after it the departure is averaged.

    `baseline` periods before a date, of which `needed` must be known; `spans` are the lengths looked at from
    the date on; `season` is the length of the cycle that is taken out, 1 for none. A departure below the share
    `least` is of no practical size and counts as none.
    """

    baseline: int
    needed: int
    spans: tuple[int, ...]
    season: int
    least: float = LEAST_SHARE


ANNUAL = Windows(baseline=8, needed=7, spans=(1, 2, 3), season=1)
MONTHLY = Windows(baseline=24, needed=18, spans=(1, 2, 3, 6, 12), season=12)


def log_flow(flow: Floats) -> Floats:
    r"""
    Take the log of flows over time, with a floor that keeps a stopped flow finite.

    Parameters
    ----------
    flow : array, dims (..., period)
        [any unit, >= 0] NaN = not known.

    Returns
    -------
    array, dims (..., period)
        [log units] NaN where the flow is not known, and everywhere for a series without a positive flow.

    Notes
    -----
    .. math:: x_t = \ln(y_t + 0.05 \, median(y_s : y_s > 0)) - \ln(median(y_s : y_s > 0))

    The unit of the flow cancels.

    Examples
    --------
    The median of the positive flows is 100: ln(100/100 + 0.05) = 0.0488 and ln(0.05) = -2.9957.

    >>> log_flow(np.array([100.0, 100.0, 0.0])).round(4).tolist()
    [0.0488, 0.0488, -2.9957]
    """
    usual = median_positive(flow)[..., None]
    return np.asarray(np.log(flow / usual + FLOOR_SHARE))


def median_positive(flow: Floats) -> Floats:
    """Median over time of the positive flows; NaN where there is none. [unit of the flow]"""
    positive = np.where(flow > 0, flow, np.nan)
    known = np.isfinite(positive).any(axis=-1)
    usual = np.full(flow.shape[:-1], np.nan)
    if known.any():
        usual[known] = np.nanmedian(positive[known], axis=-1)
    return usual


def remove_season(gap: Floats, season: int) -> Floats:
    """Subtract from each month of the year its median departure from the centred 13-month median. [log units]"""
    if season == 1:
        return gap
    windows = slide(gap, season // 2, season // 2)
    departure = gap - median_known(windows, 1)
    out = gap.copy()
    for month in range(season):
        usual = median_known(departure[..., month::season], 2)
        out[..., month::season] -= np.nan_to_num(usual)[..., None]
    return out


def slide(values: Floats, before: int, after: int) -> Floats:
    """Windows from `before` periods before to `after` periods after each period; NaN beyond the ends."""
    pads = [(0, 0)] * (values.ndim - 1) + [(before, after)]
    padded = np.pad(values, pads, constant_values=np.nan)
    return np.lib.stride_tricks.sliding_window_view(padded, before + after + 1, axis=-1)


def median_known(values: Floats, needed: int) -> Floats:
    """Median over the last axis of the known values; NaN where fewer than `needed` are known."""
    ordered = np.sort(values, axis=-1)  # NaN last
    count = np.isfinite(values).sum(axis=-1)
    low, high = np.maximum(count - 1, 0) // 2, np.maximum(count, 1) // 2
    middle = [np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0] for place in (low, high)]
    return np.asarray(np.where(count >= needed, (middle[0] + middle[1]) / 2, np.nan))


def contrast(gap: Floats, windows: Windows) -> tuple[Floats, Floats]:
    r"""
    Departure of a gap from its baseline, for every date and span.

    Parameters
    ----------
    gap : array, dims (lane, period)
        Log of a flow, or log ratio of a flow to its counterfactual. [log units] NaN = not known.
    windows : Windows
        Baseline and spans.

    Returns
    -------
    departure : array, dims (lane, span, period)
        [log units] NaN where fewer than `needed` periods of the baseline are known, where the first period is
        not known, or where the span goes beyond the end.
    baseline : array, dims (lane, period)
        Median of the periods before. [log units]

    Notes
    -----
    With m the baseline and h the span:

    .. math:: D_h(t) = mean(g_t, ..., g_{t+h-1}) - median(g_{t-m}, ..., g_{t-1})

    The median lets a short dip or peak before the date pass by.

    Examples
    --------
    Four years at 0, then -1 and -2: the contrast of the fifth year over two years is -1.5.

    >>> d, _ = contrast(np.array([[0.0, 0, 0, 0, -1, -2]]), Windows(4, 4, (1, 2), 1))
    >>> d[0, :, 4].tolist()
    [-1.0, -1.5]
    """
    periods = gap.shape[-1]
    baseline = median_known(slide(gap, windows.baseline, 0)[..., :-1], windows.needed)
    departure = np.full((*gap.shape[:-1], len(windows.spans), periods), np.nan)
    for place, span in enumerate(windows.spans):
        if span > periods:
            continue
        after = slide(gap, 0, span - 1)
        known = np.isfinite(after)
        mean = np.where(known, after, 0.0).sum(axis=-1) / np.maximum(known.sum(axis=-1), 1)
        mean[~known[..., 0] | (known.sum(axis=-1) * 2 <= span)] = np.nan
        mean[..., periods - span + 1 :] = np.nan
        departure[..., place, :] = mean - baseline
    return departure, baseline


def noise(gap: Floats, windows: Windows) -> Floats:
    r"""
    How far a gap usually departs from its baseline, as known at each date from the past alone.

    Parameters
    ----------
    gap : array, dims (lane, period)
        [log units] NaN = not known.
    windows : Windows
        Baseline and spans.

    Returns
    -------
    array, dims (lane, period)
        [log units, > 0]

    Notes
    -----
    Two kinds of earlier errors count: those of the periods of the baseline about their median b, and those of
    all earlier dates d < t about what was then their baseline (a placebo in time). A belief of 0.3 that is
    worth four periods keeps a few quiet years from looking like certainty.

    .. math:: s_t^2 = \frac{4 \cdot 0.3^2 + \sum_{k=t-m}^{t-1} (g_k - b_t)^2 + \sum_{d<t} D_1(d)^2}{4 + n_k + n_d}

    Examples
    --------
    A baseline of four zeros and no earlier date: sqrt(4 * 0.09 / (4 + 4)) = 0.2121.

    >>> noise(np.zeros((1, 5)), Windows(4, 4, (1,), 1))[0, 4].round(4).item()
    0.2121
    """
    departure, baseline = contrast(gap, windows)
    inside = slide(gap, windows.baseline, 0)[..., :-1] - baseline[..., None]
    squares = [np.nan_to_num(inside) ** 2, np.isfinite(inside)]
    earlier = [np.nan_to_num(departure[..., 0, :]) ** 2, np.isfinite(departure[..., 0, :])]
    total, count = (
        near.sum(axis=-1) + np.cumsum(far, axis=-1) - far
        for near, far in zip(squares, map(_plain, earlier), strict=True)
    )
    return np.asarray(np.sqrt((PRIOR_WEIGHT * PRIOR_NOISE**2 + total) / (PRIOR_WEIGHT + count)))


def _plain(values: npt.NDArray[np.bool_] | Floats) -> Floats:
    return np.asarray(values, dtype=float)
