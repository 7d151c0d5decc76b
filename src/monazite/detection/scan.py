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
SIGNATURES = ("tonnes", "squeeze")
"""What is tested: tonnes that left their counterfactual either way; tonnes that fell while their price rose."""
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
    is_steady : array, dims (lane, period)
        Whether enough of the periods before have a positive flow.
    """

    parts: Floats
    price: Floats
    is_steady: Bools

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
    tonnes, squeeze : array, dims (lane, span, period)
        Departure over noise; the smaller of the fall of tonnes and the rise of the unit value, each over its
        noise. [standard deviations] NaN where a date cannot be judged.
    """

    departure: Floats
    noise: Floats
    tonnes: Floats
    squeeze: Floats

    def strength(self, signature: str) -> Floats:
        """How strong the signature is at every date: |tonnes|, or squeeze. dims (lane, span, period)"""
        return np.abs(self.tonnes) if signature == "tonnes" else self.squeeze


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
    flow: Floats, others: tuple[Floats, Floats], value_usd: Floats, windows: Windows
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
    priced = (flow > 0) & (value_usd > 0)
    price = np.log(np.where(priced, value_usd, np.nan) / np.where(priced, flow, np.nan))
    before = slide(np.where(np.isfinite(flow), flow > 0, 0.0), windows.baseline, 0)[..., :-1]
    stacked = np.stack([remove_season(part, windows.season) for part in parts], axis=1)
    return Departures(stacked, price, np.nan_to_num(before).sum(axis=-1) >= windows.needed)


def score(found: Departures, windows: Windows) -> Scores:
    """Standardise the departures of every lane, span and date."""
    departure, _ = contrast(found.gap, windows)
    departure = np.where(found.is_steady[:, None, :], departure, np.nan)
    has_started = departure[:, :1] * np.sign(departure) >= STARTED * np.abs(departure)
    departure = np.where(has_started, departure, np.nan)
    usual = noise(found.gap, windows)
    dearer, _ = contrast(found.price, windows)
    tonnes = departure / usual[:, None, :]
    price = dearer / noise(found.price, windows)[:, None, :]
    return Scores(departure, usual, tonnes, np.minimum(-tonnes, price))


def strongest(strength: Floats, dates: slice) -> Floats:
    """Largest strength over spans and the dates asked for; -inf where a lane cannot be judged. dims (lane)"""
    inside = strength[..., dates]
    filled = np.where(np.isfinite(inside), inside, -np.inf)
    return np.asarray(filled.max(axis=(-2, -1), initial=-np.inf))


def find_candidate(
    found: Departures, scores: Scores, signature: str, dates: slice, windows: Windows
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
    return Candidate(
        signature, int(start), find_stop(found, int(start), departure, windows), int(place),
        float(masked[place, start]), departure, float(scores.noise[0, start]), earliest, latest,
    )  # fmt: skip


def find_stop(found: Departures, start: int, departure: float, windows: Windows) -> int:
    """Find the first period in which less than half of the departure is left; else the end of the series."""
    gap = found.gap[0]
    baseline = contrast(found.gap, windows)[1][0, start]
    left = (gap - baseline) / departure
    for period in range(start + 1, len(gap)):
        if np.isfinite(left[period]) and left[period] < RECOVERED:
            return period
    return len(gap)


def remove_break(found: Departures, candidate: Candidate, windows: Windows) -> Departures:
    """Put a break back to its baseline, so that the next one is looked for beside it."""
    affected = slice(candidate.start, candidate.stop)
    parts = found.parts.copy()
    for place in range(parts.shape[1]):
        one = parts[:1, place]
        baseline = contrast(one, windows)[1][0, candidate.start]
        known = one[0, affected][np.isfinite(one[0, affected])]
        if len(known) and np.isfinite(baseline):
            parts[0, place, affected] -= known.mean() - baseline
    price = found.price.copy()
    usual = contrast(price[:1], windows)[1][0, candidate.start]
    known = price[0, affected][np.isfinite(price[0, affected])]
    if len(known) and np.isfinite(usual):
        price[0, affected] -= known.mean() - usual
    return replace(found, parts=parts, price=price)
