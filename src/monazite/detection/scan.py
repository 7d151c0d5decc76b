"""Where a flow departs most from its counterfactuals: scores of every date, and the search for breaks."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from monazite.detection.contrasts import (
    Floats,
    Windows,
    contrast,
    log_flow,
    noise,
    remove_season,
    slide,
)

PARTS = ("own_past", "other_exporters", "other_importers")
"""Counterfactuals whose departures are averaged."""
SIGNATURES = ("tonnes", "squeeze", "scarcity")
"""What is tested: tonnes that left their counterfactual either way; tonnes that fell while their price rose;
the same while the value rose too, and in all that the exporter sells. Source: docs/explanation/detection.md."""
Z_95 = 1.96
LEAD = {1: 1, 12: 3}
"""Length of the season -> periods by which the price may lead the tonnes: a year, three months. Yearly quotas and
contracts, and cargoes at sea, keep goods coming. Source: this project."""
RECOVERED = 0.5
"""A break has ended when less than this share of the departure is left. Source: this project."""
STARTED = 0.25
"""A break starts in a period that itself departs by this share of the mean of its span. Source: this project."""
DATE_DROP = 3.84
"""Dates whose squared score is this close to the best cannot be told from it (chi-square, 1 degree, 95 %)."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Departures:
    """
    Log gaps of lanes to their counterfactuals.

    Attributes
    ----------
    parts : array, dims (lane, part, period)
        Log of the flow, less the log of the counterfactual's flow; part as in `PARTS`. [log units] NaN = not known.
    price : array, dims (lane, period)
        Log of the unit value. [log USD per t] NaN = not known.
    value : array, dims (lane, period)
        Log of the value, with the floor of the tonnes. [log units] NaN = not known.
    is_steady : array, dims (lane, period)
        Whether enough of the periods before have a positive flow.
    wide : array, dims (3, lane, period)
        Gap, price and value of all that the exporter sells together. [log units] NaN = not known, or the lane is
        its only one.
    """

    parts: Floats
    price: Floats
    value: Floats
    is_steady: Bools
    wide: Floats

    @property
    def gap(self) -> Floats:
        """Mean of the parts that the lane has. [log units] dims (lane, period)"""
        has = np.isfinite(self.parts).any(axis=-1, keepdims=True)
        total = np.where(has, self.parts, 0.0).sum(axis=1)
        return np.asarray(total / np.maximum(has.sum(axis=1), 1)) + np.where(has.sum(axis=1) > 0, 0.0, np.nan)


@dataclass(frozen=True)
class Scores:
    """
    Standardised departures of every date.

    Attributes
    ----------
    departure : array, dims (lane, span, period)
        Mean departure of the tonnes from the counterfactuals. [log units]
    noise : array, dims (lane, period)
        [log units]
    tonnes, squeeze, scarcity : array, dims (lane, span, period)
        Departure over noise; tonnes that fell while they became dearer, as `score` defines them. [standard
        deviations] 0 or less where the departure is below the least size, NaN where a date cannot be judged.
    dearer : array, dims (lane, period)
        Departure of the unit value in the period itself over its noise. [standard deviations]
    """

    departure: Floats
    noise: Floats
    tonnes: Floats
    squeeze: Floats
    scarcity: Floats
    dearer: Floats

    def strength(self, signature: str) -> Floats:
        """How strong the signature is at every date, |tonnes| for the first. dims (lane, span, period)"""
        if signature == "tonnes":
            return np.abs(self.tonnes)
        return self.squeeze if signature == "squeeze" else self.scarcity


@dataclass(frozen=True)
class Candidate:
    """The strongest departure of one lane: position of its first period, of its end, and of its span."""

    signature: str
    start: int
    stop: int
    span: int
    strength: float
    departure: float
    noise: float
    earliest: int
    latest: int


def measure_departures(
    flow: Floats,
    others: tuple[Floats, Floats],
    value_usd: Floats,
    windows: Windows,
    wide: tuple[Floats, Floats, Floats] | None = None,
) -> Departures:
    """
    Take the log gaps of lanes to their own past, to other exporters and to other importers.

    Parameters
    ----------
    flow : array, dims (lane, period)
        Trusted flows. [any unit, >= 0] NaN = missing or doubtful.
    others : two arrays, dims (lane, period)
        What other exporters sent to the same importer, and what the exporter sent to others. [any unit, >= 0]
    value_usd : array, dims (lane, period)
        Value of the flow. [USD]
    windows : Windows
        Baseline, spans and season.
    wide : three arrays, dims (lane, period), optional
        What the exporter sells to all, what other exporters sell to all [any unit, >= 0], and the value of the
        first [USD]. Without, scarcity is not tested.

    Returns
    -------
    Departures

    Examples
    --------
    A lane that halves while all others halve has not moved against them:

    >>> from monazite.detection.contrasts import ANNUAL
    >>> flow = np.array([[8.0, 8, 4, 4]])
    >>> measure_departures(flow, (2 * flow, 3 * flow), flow, ANNUAL).parts[0, 1].round(12).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    own = log_flow(flow)
    parts = [own] + [own - log_flow(np.where(other >= 0, other, np.nan)) for other in others]
    for part in parts[1:]:
        part[(np.isfinite(own) & ~np.isfinite(part)).any(axis=-1)] = np.nan
    before = slide(np.where(np.isfinite(flow), flow > 0, 0.0), windows.baseline, 0)[..., :-1]
    stacked = np.stack([remove_season(part, windows.season) for part in parts], axis=1)
    is_steady = np.nan_to_num(before).sum(axis=-1) >= windows.needed
    value = remove_season(log_flow(value_usd), windows.season)
    return Departures(
        stacked, log_price(flow, value_usd), value, is_steady, measure_wide(own.shape, others[1], wide)
    )


def log_price(flow: Floats, value_usd: Floats) -> Floats:
    """Log of value over tonnes. [log USD per t] NaN where either is not known or zero."""
    priced = (flow > 0) & (value_usd > 0)
    return np.asarray(np.log(np.where(priced, value_usd, np.nan) / np.where(priced, flow, np.nan)))


def measure_wide(
    shape: tuple[int, ...], other_importers: Floats, wide: tuple[Floats, Floats, Floats] | None
) -> Floats:
    """Gap, price and value of all that the exporter sells; NaN where the lane is all of it. dims (3, lane, period)"""
    if wide is None:
        return np.full((3, *shape), np.nan)
    total, other_exporters, value_usd = wide
    own, others = log_flow(total), log_flow(other_exporters)
    gap = np.where(np.isfinite(others), own - others / 2, own)  # mean of own past and against other exporters
    out = np.stack([gap, log_price(total, value_usd), log_flow(value_usd)])
    out[:, ~(other_importers > 0).any(axis=-1)] = np.nan
    return out


def score(found: Departures, windows: Windows) -> Scores:
    r"""
    Standardise the departures of every lane, span and date.

    Notes
    -----
    With z the departures of tonnes q, unit value p and value v of the lane over their noise, and Z those of all
    that the exporter sells:

    .. math::
        squeeze = \min(-z_q, z_p)

        scarcity = \frac{1}{4} \left( squeeze + \min(-z_q, z_v)^+ + \min(-Z_q, Z_p)^+ + \min(-Z_q, Z_v)^+ \right)

    where the squeeze is positive, else the squeeze. A slip in the tonnes makes goods look dearer but leaves their
    value; a restriction mostly reaches more than one buyer.
    """
    departure, _ = contrast(found.gap, windows)
    departure = np.where(found.is_steady[:, None, :], departure, np.nan)
    has_started = departure[:, :1] * np.sign(departure) >= STARTED * np.abs(departure)
    departure = np.where(has_started, departure, np.nan)
    is_small = np.abs(np.expm1(departure)) < windows.least
    usual = noise(found.gap, windows)
    tonnes = np.where(is_small, 0.0, departure / usual[:, None, :])
    price, paid = (standardise(series, windows) for series in (found.price, found.value))
    wide = [standardise(series, windows) for series in found.wide]
    squeeze = np.minimum(-tonnes, price)
    more = [np.minimum(-tonnes, paid), *(np.minimum(-wide[0], other) for other in wide[1:])]
    added = sum(np.maximum(np.nan_to_num(one), 0.0) for one in more)
    is_wide = np.asarray(np.isfinite(found.wide).any(axis=(0, 2)))[:, None, None]
    scarcity = np.where(is_wide, np.where(squeeze > 0, (squeeze + added) / 4, squeeze), np.nan)
    return Scores(departure, usual, tonnes, squeeze, scarcity, price[:, 0])


def find_judged(found: Departures, windows: Windows, dates: slice) -> Bools:
    """Find the dates asked for at which the first lane can be judged. dims (period)"""
    judged = np.zeros(found.gap.shape[-1], dtype=bool)
    judged[dates] = np.isfinite(score(found, windows).tonnes[0]).any(axis=0)[dates]
    return judged


def standardise(series: Floats, windows: Windows) -> Floats:
    """Departure of a series over its noise. [standard deviations] dims (lane, span, period)"""
    return np.asarray(contrast(series, windows)[0] / noise(series, windows)[:, None, :])


def strongest(strength: Floats, dates: Bools) -> Floats:
    """Largest strength over spans and some dates; -inf where a lane cannot be judged. dims (lane)"""
    inside = strength[..., dates]
    filled = np.where(np.isfinite(inside), inside, -np.inf)
    return np.asarray(filled.max(axis=(-2, -1), initial=-np.inf))


def find_candidate(
    found: Departures, scores: Scores, signature: str, dates: Bools, windows: Windows
) -> Candidate | None:
    """Find the strongest departure of the first lane, how long it lasts, and how well its date is known."""
    strength = np.where(np.isfinite(scores.strength(signature)[0]), scores.strength(signature)[0], -np.inf)
    masked = np.full_like(strength, -np.inf)
    masked[:, dates] = strength[:, dates]
    place, start = np.unravel_index(int(masked.argmax()), masked.shape)
    if not np.isfinite(masked[place, start]):
        return None
    departure = float(scores.departure[0, place, start])
    best = masked.max(axis=0)
    limit = np.sqrt(max(best[start] ** 2 - DATE_DROP, 0.0))
    sign = np.sign(scores.departure[0])
    alike = (np.where(sign == np.sign(departure), masked, -np.inf).max(axis=0) >= limit) & (best > 0)
    earliest, latest = int(start), int(start)
    while earliest > 0 and alike[earliest - 1]:
        earliest -= 1
    while latest + 1 < len(alike) and alike[latest + 1]:
        latest += 1
    if signature != "tonnes":
        earliest = min(earliest, find_price_onset(scores.dearer[0], int(start), LEAD[windows.season]))
    return Candidate(
        signature, int(start), find_stop(found, int(start), departure, windows), int(place),
        float(masked[place, start]), departure, float(scores.noise[0, start]), earliest, latest,
    )  # fmt: skip


def find_price_onset(dearer: Floats, start: int, most: int) -> int:
    """
    Go back over at most some periods right before a date in which the unit value had risen (95 %).

    A squeeze shows in the price before it shows in the tonnes, since goods under contract still arrive.

    Examples
    --------
    >>> find_price_onset(np.array([0.2, 2.5, 0.4, 2.1, 2.9, 4.0]), 5, 3)
    3
    """
    first = start
    while first > max(0, start - most) and dearer[first - 1] >= Z_95:
        first -= 1
    return first


def find_stop(found: Departures, start: int, departure: float, windows: Windows) -> int:
    """Find the first period in which less than half of the departure is left, else the end; none lasts one period."""
    gap = found.gap[0]
    baseline = contrast(found.gap, windows)[1][0, start]
    if departure == 0:
        return start + 1
    left = (gap - baseline) / departure
    for period in range(start + 1, len(gap)):
        if np.isfinite(left[period]) and left[period] < RECOVERED:
            return period
    return len(gap)


def remove_break(found: Departures, candidate: Candidate, windows: Windows) -> Departures:
    """Put a break back to its baseline, so that the next one is looked for beside it."""
    affected = slice(candidate.start, candidate.stop)
    count = found.parts.shape[1]
    parts = np.stack([put_back(found.parts[:, place], affected, windows) for place in range(count)], axis=1)
    price, value, *wide = (
        put_back(one, affected, windows) for one in (found.price, found.value, *found.wide)
    )
    return replace(found, parts=parts, price=price, value=value, wide=np.stack(wide))


def put_back(series: Floats, affected: slice, windows: Windows) -> Floats:
    """Shift some periods of the first lane of a series so that their mean is the baseline before them."""
    out = series.copy()
    baseline = contrast(out[:1], windows)[1][0, affected.start]
    known = out[0, affected][np.isfinite(out[0, affected])]
    if len(known) and np.isfinite(baseline):
        out[0, affected] -= known.mean() - baseline
    return out
