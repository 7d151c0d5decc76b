"""Whether a flow broke from its counterfactual: when, how strongly, and how sure that is."""

from dataclasses import dataclass, replace

import numpy as np

from monazite.detection.contrasts import (
    FLOOR_SHARE,
    LEAST_SHARE,
    Floats,
    Windows,
    contrast,
    median_positive,
    noise,
)
from monazite.detection.panel import FlowPanel, add_up_exporter, add_up_others, check_panel
from monazite.detection.placebo import MIN_WEIGHT, Placebos, combine_p_values, draw_past_again
from monazite.detection.scan import (
    PARTS,
    SIGNATURES,
    Bools,
    Candidate,
    Departures,
    find_candidate,
    find_judged,
    measure_departures,
    remove_break,
    score,
)
from monazite.detection.synthetic import SyntheticControl, compare_with_synthetic
from monazite.detection.verdict import (
    ALARM_P,
    Verdict,
    decide,
    decide_small,
    name_kind,
    name_scope,
)
from monazite.errors import DataError

MAX_BREAKS = 5
Z_90 = 2.5
"""Standard deviations to the ends of a 90 % interval: departures have long tails (docs/explanation/detection.md)."""
MIN_PERIODS = {False: 12, True: 36}
"""Whether periods are months -> fewest known ones that a series must have."""

HINT = "; where a date is known from elsewhere, ask for it alone (--from, --to)"
SIZELESS = "its counterfactual is zero, so that the departure has no size"
THIN = (
    "the lane carries less than 0.1 % of world trade in this product: no lanes as small are compared with it"
)

Nulls = dict[str, Floats]


@dataclass(frozen=True)
class Break:
    """
    One candidate break of a flow; `verdict` says whether it counts.

    Attributes
    ----------
    start, stop : int
        Positions of its first period and of the one after its last; `stop` is the length of the series where it
        never returned.
    earliest, latest : int
        Dates that cannot be told from `start` (95 %); in a squeeze from the period on in which the price rose.
    kind : str
        `fall`, `squeeze` (tonnes fell while the price rose), `rise`, or `none` below the least size.
    share, low, high : float
        Flow over its counterfactual, less one, over at most the longest span, with a 90 % interval. [share, >= -1]
    lost_t : float
        The same in tonnes, negative for a loss. [t gross]
    p_value : float
        Share of placebos in which some signature is as strong at some date asked for. [0..1]
    verdict, reason : str
        What can be said, and why not more.
    scope : str
        Which counterfactual it broke from: see docs/explanation/detection.md.
    shares : dict
        Departure from each counterfactual alone. [share]
    """

    start: int
    stop: int
    earliest: int
    latest: int
    kind: str
    share: float
    low: float
    high: float
    lost_t: float
    p_value: float
    verdict: Verdict
    scope: str
    shares: dict[str, float]
    value_share: float
    price_ratio: float
    detectable_share: float
    synthetic: SyntheticControl | None = None
    reason: str = ""


@dataclass(frozen=True)
class Detection:
    """The breaks of one lane, in order of time, and what they were judged against."""

    breaks: tuple[Break, ...]
    method: str
    placebos: int
    usual_t: Floats
    low_t: Floats
    high_t: Floats


def detect_breaks(
    panel: FlowPanel,
    exporter: str,
    importer: str,
    *,
    placebos: Placebos | None = None,
    code: int = 0,
    dates: slice | None = None,
    least_share: float = LEAST_SHARE,
) -> Detection:
    """
    Test whether a flow broke from its counterfactuals.

    Parameters
    ----------
    panel : FlowPanel
        All lanes of the product, the one asked for among them.
    exporter, importer : str
        Ends of the lane.
    placebos : Placebos, optional
        Lanes of a release; p-values are ranks among them. Without, the lane's own past is drawn again: months only.
    code : int, default 0
        HS code of the product, so that its related lanes are no placebos.
    dates : slice, optional
        Positions of the first periods asked for; the whole series by default.
    least_share : float, default 0.1
        A flow that departs by less is `no break`, however quiet it was before. [share, 0 < least_share < 1]

    Returns
    -------
    Detection
        At least one break, the strongest candidate, even where its verdict is `no break`.

    Raises
    ------
    DataError
        If there is no such lane, it is all zero, or too short; if a figure or a period of the panel is absurd; if
        `least_share` is no share.

    Notes
    -----
    The statistic is the mean departure of the log flow from its own past, from other exporters to the same
    importer and from the same exporter to others, over the noise of that mean (docs/explanation/detection.md).
    """
    check_panel(panel)
    lane = check_lane(panel, exporter, importer)
    windows = replace(panel.windows, least=check_least(least_share))
    asked = dates or slice(0, len(panel.periods))
    others = tuple(add_up_others(panel, ends, [lane]) for ends in (panel.importers, panel.exporters))
    found = measure_departures(
        panel.trusted_t[[lane]], (others[0], others[1]), panel.value_usd[[lane]], windows,
        add_up_exporter(panel, lane) if placebos else None,
    )  # fmt: skip
    judged = check_judged(panel, lane, find_judged(found, windows, asked))
    if placebos is None:
        nulls = draw_past_again(found, windows, judged)
        method = "placebo in time: its own past drawn again"
    else:
        rows = placebos.choose(code, exporter, importer, weigh_lane(panel, lane))
        nulls = placebos.measure(rows, [int(period) for period in panel.periods], judged, windows)
        method = "placebo in space: lanes of equal weight"
    breaks, quiet = search_breaks(found, windows, judged, nulls)
    sized = [size_break(panel, lane, found, candidate, nulls, windows=windows) for candidate in breaks]
    if dates is None:
        sized = [
            replace(one, reason=one.reason + HINT) if one.verdict == "cannot tell" else one for one in sized
        ]
    if placebos is not None and weigh_lane(panel, lane) < MIN_WEIGHT:
        sized = [replace(one, verdict="cannot tell", reason=THIN) for one in sized[:1]]
    return Detection(
        tuple(sorted(sized, key=lambda one: one.start)), method, len(nulls["tonnes"]),
        *draw_counterfactual(panel, lane, found, quiet),
    )  # fmt: skip


def check_least(share: float) -> float:
    """Raise unless the least size of a break is a share between 0 and 1."""
    if not 0 < share < 1:
        raise DataError(
            "least share",
            f"{share:g} is no share.",
            expected="more than 0 and less than 1, such as 0.1 for 10 %",
        )
    return share


def check_lane(panel: FlowPanel, exporter: str, importer: str) -> int:
    """Find a lane and raise unless it can be tested."""
    lane = panel.find(exporter, importer)
    where = f"{exporter} to {importer}"
    if lane < 0:
        raise DataError(
            where, "has no recorded trade in this product.",
            which=[f"{exporter} exports to {name}" for name in panel.importers[panel.exporters == exporter]],
            expected="two countries that trade the product", fix="check the codes, or choose another product",
        )  # fmt: skip
    flow = panel.trusted_t[lane]
    known, fewest = int(np.isfinite(flow).sum()), MIN_PERIODS[panel.is_monthly]
    if not (flow > 0).any():
        raise DataError(
            where, "no tonnes above zero are known, so that there is nothing to break.",
            expected="a series of tonnes",
            fix="a lane whose tonnes are all missing or doubtful cannot be tested",
        )  # fmt: skip
    if known < fewest:
        unit = "months" if panel.is_monthly else "years"
        raise DataError(
            where, f"the series is too short: {known} known {unit}.",
            expected=f"at least {fewest} {unit} whose tonnes are known and not doubtful",
        )  # fmt: skip
    return lane


def check_judged(panel: FlowPanel, lane: int, judged: Bools) -> Bools:
    """Raise unless some date can be judged."""
    if not judged.any():
        windows = panel.windows
        raise DataError(
            name_lane(panel, lane), "no date that was asked for can be judged.",
            expected=f"a date with trade in {windows.needed} of the {windows.baseline} periods before it",
            fix="ask for other dates, or give a longer series",
        )  # fmt: skip
    return judged


def name_lane(panel: FlowPanel, lane: int) -> str:
    """Name a lane and the periods of the panel."""
    return f"{panel.exporters[lane]} to {panel.importers[lane]}, {panel.periods[0]} to {panel.periods[-1]}"


def weigh_lane(panel: FlowPanel, lane: int) -> float:
    """Median share of a lane in the trade of all lanes. [0..1]"""
    world = np.nansum(panel.filled_t, axis=0)
    flow = panel.filled_t[lane]
    known = (flow > 0) & (world > 0)
    return float(np.median(flow[known] / world[known])) if known.any() else 0.0


def search_breaks(
    found: Departures, windows: Windows, judged: Bools, nulls: Nulls
) -> tuple[list[tuple[Candidate, float]], Departures]:
    """
    Look for breaks one after the other, each put back to its baseline before the next is looked for.

    Returns
    -------
    candidates with p-values, departures without them
        Those whose p-value is at most `ALARM_P`; if there is none, the best candidate.
    """
    breaks: list[tuple[Candidate, float]] = []
    for _ in range(MAX_BREAKS):
        scores = score(found, windows)
        options = [find_candidate(found, scores, name, judged, windows) for name in SIGNATURES]
        known = [option for option in options if option is not None]
        if not known:
            break
        p_values = combine_p_values({one.signature: one.strength for one in known}, nulls)
        best = min(known, key=lambda one: (p_values[one.signature], -one.strength))
        p_value = p_values[best.signature]
        if p_value > ALARM_P:
            return breaks or [(best, p_value)], found
        breaks.append((best, p_value))
        found = remove_break(found, best, windows)
    return breaks, found


def size_break(
    panel: FlowPanel,
    lane: int,
    found: Departures,
    ranked: tuple[Candidate, float],
    nulls: Nulls,
    *,
    windows: Windows,
) -> Break:
    """Size a candidate against each counterfactual, and say what can be said."""
    candidate, p_value = ranked
    last = min(candidate.stop, candidate.start + max(windows.spans))
    affected = slice(candidate.start, last)
    flow = panel.trusted_t[lane, affected]
    usual = median_positive(panel.trusted_t[[lane]])[0]
    baseline = contrast(found.gap, windows)[1][0, candidate.start]
    away = found.gap[0, affected] - baseline
    logs = np.log(flow / usual + FLOOR_SHARE) - away
    known = np.isfinite(flow) & np.isfinite(logs)
    sums = [float(to_flow(logs[known] + shift * Z_90 * candidate.noise, usual).sum()) for shift in (0, 1, -1)]
    total = float(flow[known].sum())
    share, low, high = (total / part - 1 if part > 0 else float("nan") for part in sums)
    parts = measure_parts(found, candidate, windows)
    scope = name_scope(parts)
    strength = np.quantile(nulls["tonnes"], 1 - ALARM_P / len(SIGNATURES))
    detectable = float(1 - np.exp(-(strength + 1) * candidate.noise))
    verdict, reason = decide(p_value, scope, detectable, panel.periods[candidate.start])
    if abs(share) < windows.least:
        verdict, reason = decide_small(low, windows.least)
    elif not np.isfinite(share):
        reason = "; ".join(filter(None, (reason, SIZELESS)))
    value = panel.value_usd[lane]
    return Break(
        start=candidate.start, stop=candidate.stop, earliest=candidate.earliest, latest=candidate.latest,
        kind=name_kind(candidate, is_small=abs(share) < windows.least),
        share=share, low=low, high=high, lost_t=total - sums[0], p_value=p_value, verdict=verdict, scope=scope,
        shares={name: float(np.expm1(part)) for name, part in parts.items()},
        value_share=compare_with_before(value, affected, windows),
        price_ratio=1 + compare_with_before(unit_value(panel, lane), affected, windows),
        detectable_share=detectable, reason=reason,
        synthetic=compare_with_synthetic(panel, lane, candidate.start, last),
    )  # fmt: skip


def to_flow(logs: Floats, usual: float) -> Floats:
    """Turn logs with the floor back into flows. [unit of `usual`, >= 0]"""
    return np.maximum(usual * (np.exp(logs) - FLOOR_SHARE), 0.0)


def measure_parts(found: Departures, candidate: Candidate, windows: Windows) -> dict[str, float]:
    """Departure from each counterfactual alone at the date and span of a candidate. [log units]"""
    departures = contrast(found.parts[0], windows)[0][:, candidate.span, candidate.start]
    return {name: float(value) for name, value in zip(PARTS, departures, strict=True) if np.isfinite(value)}


def unit_value(panel: FlowPanel, lane: int) -> Floats:
    """Value over tonnes of one lane. [USD/t] NaN where either is not known or zero."""
    flow, value = panel.trusted_t[lane], panel.value_usd[lane]
    usable = (flow > 0) & (value > 0)
    return np.asarray(np.where(usable, value, np.nan) / np.where(usable, flow, np.nan))


def compare_with_before(series: Floats, affected: slice, windows: Windows) -> float:
    """Mean of the affected periods over the median of the baseline before them, less one. [share]"""
    before = series[max(0, affected.start - windows.baseline) : affected.start]
    after = series[affected]
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if not len(before) or not len(after) or np.median(before) <= 0:
        return float("nan")
    return float(after.mean() / np.median(before) - 1)


def draw_counterfactual(
    panel: FlowPanel, lane: int, found: Departures, quiet: Departures
) -> tuple[Floats, Floats, Floats]:
    """Give the counterfactual of every period with its 90 % band. [t gross] NaN before the first baseline."""
    usual = float(median_positive(panel.trusted_t[[lane]])[0])
    logs = np.log(panel.trusted_t[lane] / usual + FLOOR_SHARE) - found.gap[0]
    logs = logs + contrast(quiet.gap, panel.windows)[1][0]
    width = Z_90 * noise(quiet.gap, panel.windows)[0]
    return to_flow(logs, usual), to_flow(logs - width, usual), to_flow(logs + width, usual)
