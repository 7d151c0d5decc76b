"""A flow, its counterfactual with a 90 % band, and its breaks, as one picture."""

import math
from collections.abc import Sequence

from monazite.detection import Break, DetectedFlow
from monazite.reports.charts.chart import Caption, Chart, Column, Table, check_width, draw_empty, draw_notes
from monazite.reports.charts.palette import (
    ALARM,
    BAND_EDGE,
    GRID,
    INK,
    MEDIAN,
    OUTER_BAND,
    SOFT_INK,
)
from monazite.reports.charts.scale import Scale, build_linear_scale, finite
from monazite.reports.charts.svg import (
    Fragment,
    element,
    frame,
    group,
    line,
    mark,
    rectangle,
    text,
    write_polyline,
)
from monazite.reports.charts.words import format_ticks, format_value, measure_text

HEIGHT = 300.0
TOP = 58.0
LABEL_GAP = 46.0


def draw_breaks(found: DetectedFlow, title: str, *, width: float = 960) -> Chart:
    """
    Draw the tonnes of a flow, what its counterfactual says, and every break.

    Parameters
    ----------
    found : DetectedFlow
        As `detect_flow` gives it.
    title : str
        What the flow is, in words.
    width : float, default 960
        [pixels, 280 to 2000]

    Returns
    -------
    Chart
        The table has a row per period; a missing or doubtful quantity is a gap, never zero.
    """
    check_width(width)
    periods, detection = found.panel.periods, found.detection
    flow = found.panel.trusted_t[found.lane].tolist()
    usual, low, high = (series.tolist() for series in (detection.usual_t, detection.low_t, detection.high_t))
    table = Table(
        title,
        (
            Column("Period"),
            *(Column(head, "t", True) for head in ("Recorded", "Counterfactual", "5 %", "95 %")),
        ),
        tuple(zip(periods, flow, usual, low, high, strict=True)),
    )
    caption = Caption("breaks", title, "t", "no tonnes are known")
    if not finite(flow):
        return Chart(draw_empty(caption, width), table)
    y_scale = build_linear_scale([*flow, *usual], HEIGHT - 24, TOP)
    left = max(measure_text(words, 11) for words in format_ticks(y_scale.ticks, "t")) + 12
    step = (width - left - 4) / len(periods)
    places = [left + step * (k + 0.5) for k in range(len(periods))]
    parts = [
        draw_axes(y_scale, places, periods, left, width),
        *(draw_break(one, found, places, step) for one in detection.breaks),
        draw_band(places, low, high, y_scale),
        draw_line(places, usual, y_scale, "counterfactual", colour=MEDIAN, dash="6 4"),
        draw_line(places, flow, y_scale, "recorded", colour=INK, dash=None),
        draw_legend(title),
    ]
    words = [describe(one, found) for one in detection.breaks] + note_cut(high, y_scale)
    notes, used = draw_notes(words, 0, HEIGHT, width)
    label = f"Chart over time. {title}: {len(detection.breaks)} candidate breaks."
    return Chart(frame(caption.chart_id, label, width, HEIGHT + used + 4, *parts, notes), table)


def describe(one: Break, found: DetectedFlow) -> str:
    """
    Say in one sentence what a break is.

    The verdict comes first, then date, size with interval, and p-value.
    """
    size = (
        f"{one.share:+.0%} ({one.low:+.0%} to {one.high:+.0%})"
        if math.isfinite(one.share)
        else "size not known"
    )
    return f"{one.verdict}: {one.kind} of {found.panel.periods[one.start]}, {size}, p = {one.p_value:.2g}"


def note_cut(high: Sequence[float], y_scale: Scale) -> list[str]:
    """
    Say where the band is cut off by the top of the axis, and how far it reaches.

    Examples
    --------
    >>> note_cut([5.0, 12_000.0], Scale(0.0, 10.0, 0.0, 1.0, (0.0, 10.0)))
    ['The band is cut off at the top of the axis; it reaches 12,000 t.']
    >>> note_cut([5.0], Scale(0.0, 10.0, 0.0, 1.0, (0.0, 10.0)))
    []
    """
    most = max(finite(high), default=0.0)
    if most <= y_scale.high:
        return []
    return [f"The band is cut off at the top of the axis; it reaches {format_value(most, 't')}."]


def draw_axes(
    y_scale: Scale, places: Sequence[float], periods: Sequence[str], left: float, width: float
) -> Fragment:
    """Level grid lines with tonnes, and as many dates as there is room for."""
    parts: list[Fragment] = []
    for tick, words in zip(y_scale.ticks, format_ticks(y_scale.ticks, "t"), strict=True):
        y = y_scale.place(tick)
        parts.append(line(left, y, width - 4, y, stroke=GRID, stroke_width=1))
        parts.append(text(words, left - 6, y + 4, size=11, fill=SOFT_INK, anchor="end"))
    free = -math.inf
    for x, period in zip(places, periods, strict=True):
        is_first = len(period) == 4 or period.endswith("-01")
        if is_first and x > free:
            parts.append(text(period[:4], x, HEIGHT - 6, size=11, fill=SOFT_INK, anchor="middle"))
            free = x + LABEL_GAP
    return group(*parts)


def draw_break(one: Break, found: DetectedFlow, places: Sequence[float], step: float) -> Fragment:
    """An upright line where a break starts, and a shade over it until it ended; dashed where it does not count."""
    start = places[one.start] - step / 2
    stop = places[one.stop - 1] + step / 2
    counts = one.verdict == "broke"
    shade = rectangle(
        start, TOP, stop - start, HEIGHT - 24 - TOP, fill=ALARM, fill_opacity=0.08 if counts else 0.03
    )
    dash = None if counts else "3 4"
    upright = line(start, TOP - 10, start, HEIGHT - 24, stroke=ALARM, stroke_width=1.4, stroke_dasharray=dash)
    return mark(describe(one, found), shade, upright)


def draw_band(
    places: Sequence[float], low: Sequence[float], high: Sequence[float], y_scale: Scale
) -> Fragment:
    """The 90 % band of the counterfactual, cut where it is not known; what lies above the axis is cut off."""
    shapes = []
    for run in find_runs([a if math.isfinite(b) else math.nan for a, b in zip(low, high, strict=True)]):
        upper = [(places[k], y_scale.place(high[k])) for k in run]
        lower = [(places[k], y_scale.place(low[k])) for k in reversed(run)]
        d = write_polyline(upper + lower, closed=True)
        shapes.append(
            element("path", d=d, fill=OUTER_BAND, fill_opacity=0.7, stroke=BAND_EDGE, stroke_width=0.6)
        )
    return mark("90 % band of the counterfactual", *shapes) if shapes else Fragment("")


def draw_line(
    places: Sequence[float],
    values: Sequence[float],
    y_scale: Scale,
    label: str,
    *,
    colour: str,
    dash: str | None,
) -> Fragment:
    """One series, broken where a value is missing."""
    runs = find_runs(values)
    if not runs:
        return Fragment("")
    d = "".join(write_polyline([(places[k], y_scale.place(values[k])) for k in run]) for run in runs)
    path = element("path", d=d, fill="none", stroke=colour, stroke_width=2, stroke_dasharray=dash)
    dots = [
        element("circle", cx=places[run[0]], cy=y_scale.place(values[run[0]]), r=2.4, fill=colour)
        for run in runs
        if len(run) == 1
    ]
    last = runs[-1][-1]
    return mark(f"{label}, last value {format_value(values[last], 't')}", path, *dots)


def find_runs(values: Sequence[float]) -> list[list[int]]:
    """
    List the runs of known values.

    Examples
    --------
    >>> find_runs([1.0, 2.0, math.nan, 3.0])
    [[0, 1], [3]]
    """
    runs: list[list[int]] = [[]]
    for k, value in enumerate(values):
        if math.isfinite(value):
            runs[-1].append(k)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def draw_legend(title: str) -> Fragment:
    """The title, and what the lines are."""
    keys = (("recorded", INK, None), ("counterfactual with 90 % band", MEDIAN, "6 4"), ("break", ALARM, None))
    parts, x = [text(f"{title}, t", 0, 14, size=13, font_weight=600)], 0.0
    for words, colour, dash in keys:
        parts.append(line(x, 30, x + 22, 30, stroke=colour, stroke_width=2, stroke_dasharray=dash))
        parts.append(text(words, x + 28, 34))
        x += 28 + measure_text(words, 12) + 18
    return group(*parts)
