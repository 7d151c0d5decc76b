"""One panel of a fan chart: its data, its checks, its drawing."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from monazite.reports.charts.palette import (
    ALARM,
    BAND_EDGE,
    GRID,
    INK,
    INNER_BAND,
    MEDIAN,
    OUTER_BAND,
    PAPER,
    SOFT_INK,
)
from monazite.reports.charts.scale import Scale, build_linear_scale, build_log_scale
from monazite.reports.charts.svg import Fragment, element, group, line, mark, rectangle, text, write_polyline
from monazite.reports.charts.words import (
    NO_DATA,
    SHARE,
    format_ticks,
    format_value,
    measure_text,
    shorten_text,
)

MONTH = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")
LEAST_SHARE = 0.01
"""An axis of shares reaches at least this far, so that next to nothing looks like it. [unitless]"""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class FanPanel:
    """
    One quantity over months, or over years.

    All series are as long as `months` (consecutive, such as `2010-09`, or years such as `2010`); NaN is a gap in the
    drawing.
    `observed` maps months to figures, `naive` the name of a forecast to its series.
    """

    title: str
    unit: str
    months: tuple[str, ...]
    median: tuple[float, ...]
    low50: tuple[float, ...]
    high50: tuple[float, ...]
    low90: tuple[float, ...]
    high90: tuple[float, ...]
    observed: Mapping[str, float] = field(default_factory=dict)
    naive: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    is_log: bool = False

    def list_problems(self) -> list[str]:
        """Everything that keeps this panel from being drawn."""
        problems = [
            f"{month!r} is no month" for month in (*self.months, *self.observed) if not MONTH.fullmatch(month)
        ]
        if problems:
            return problems
        if len({len(month) for month in (*self.months, *self.observed)}) > 1:
            problems.append("months and years are mixed")
        if any(number_month(after) - number_month(before) != 1 for before, after in pairwise(self.months)):
            problems.append("months are not consecutive")
        series = {"median": self.median, "low50": self.low50, "high50": self.high50} | {
            "low90": self.low90,
            "high90": self.high90,
            **self.naive,
        }
        short = [f"{name} has {len(v)} of {len(self.months)} months" for name, v in series.items()]
        problems += [
            words for words, v in zip(short, series.values(), strict=True) if len(v) != len(self.months)
        ]
        problems += [
            f"observation {month} lies outside" for month in self.observed if month not in self.months
        ]
        if not problems:
            ordered = zip(
                self.low90, self.low50, self.median, self.high50, self.high90, self.months, strict=True
            )
            problems += [
                f"bands cross in {row[-1]}" for row in ordered if any(a > b for a, b in pairwise(row[:-1]))
            ]
        return problems

    def known_observations(self) -> dict[str, float]:
        """Observations that are numbers."""
        return {month: value for month, value in self.observed.items() if math.isfinite(value)}

    def is_inside(self, month: str) -> bool:
        """Tell whether the 90 % band of a month holds its observation."""
        i = self.months.index(month)
        return self.low90[i] <= self.observed[month] <= self.high90[i]


@dataclass(frozen=True)
class PolicyMark:
    """A date of the policy: month such as `2010-09`, and what happened."""

    month: str
    label: str


@dataclass(frozen=True)
class Placement:
    """
    Where a panel lies within its chart, in pixels, and the start of its ids.

    `has_tips`: whether a pointer may ask each month for its numbers; a phone has none.
    """

    x: float
    y: float
    width: float
    height: float
    panel_id: str
    has_tips: bool = True


@dataclass(frozen=True)
class Axes:
    """The scales of one panel and the frame of its plot, in pixels."""

    panel: FanPanel
    y_scale: Scale
    left: float
    right: float
    top: float
    bottom: float

    def x(self, index: float) -> float:
        """Where the middle of a month lies."""
        step = (self.right - self.left) / len(self.panel.months)
        return self.left + step * (index + 0.5)

    def runs(self, *series: Sequence[float]) -> list[list[int]]:
        """Indices of months where all series are numbers, cut at gaps."""
        runs: list[list[int]] = [[]]
        for i in range(len(self.panel.months)):
            if all(math.isfinite(values[i]) for values in series):
                runs[-1].append(i)
            elif runs[-1]:
                runs.append([])
        return [run for run in runs if run]

    def points(self, run: Sequence[int], values: Sequence[float]) -> list[tuple[float, float]]:
        """Where a run of months lies; a single month becomes a short level piece, so that it is seen."""
        if len(run) == 1:
            return [(self.x(run[0] + shift), self.y_scale.place(values[run[0]])) for shift in (-0.3, 0.3)]
        return [(self.x(i), self.y_scale.place(values[i])) for i in run]


def number_month(month: str) -> int:
    """Count months from year 0, or years where it is one."""
    return int(month) if len(month) == 4 else int(month[:4]) * 12 + int(month[5:]) - 1


def list_naive(panels: Sequence[FanPanel]) -> list[str]:
    """Names of the naive forecasts in all panels, in the order of their first use."""
    return list(dict.fromkeys(name for panel in panels for name in panel.naive))


def draw_panel(
    panel: FanPanel, marks: Sequence[PolicyMark], styles: Mapping[str, tuple[str, str]], place: Placement
) -> Fragment:
    """Draw one panel at its place."""
    axes = build_axes(panel, marks, place)
    unit = "" if panel.unit == SHARE else f", {panel.unit}"
    title = shorten_text(f"{panel.title}{unit}", 13, place.width)
    parts = [
        text(title, place.x, place.y + 12, size=13, font_weight=600),
        draw_grid(axes),
        draw_bands(axes),
        *(
            draw_series(axes, panel.naive[n], f"{panel.title}: {n}", *styles[n])
            for n in styles
            if n in panel.naive
        ),
        draw_series(axes, panel.median, f"{panel.title}: median", MEDIAN, None),
        *([draw_months(axes)] if place.has_tips else []),
        draw_nothing(axes),
        draw_marks(axes, marks, place.y + 30),
        draw_observed(axes),
    ]
    return group(*parts, id=place.panel_id)


def build_axes(panel: FanPanel, marks: Sequence[PolicyMark], place: Placement) -> Axes:
    """Choose scales that hold every number of the panel; letters of policy dates need room on top."""
    everything = [
        v for series in (panel.low90, panel.high90, panel.median, *panel.naive.values()) for v in series
    ]
    everything += panel.observed.values()
    if panel.unit == SHARE and not panel.is_log:
        everything.append(LEAST_SHARE)
    top = place.y + (44 if any(policy.month in panel.months for policy in marks) else 26)
    bottom = place.y + place.height - 22
    build = build_log_scale if panel.is_log else build_linear_scale
    y_scale = build(everything, bottom, top)
    margin = max(measure_text(words, 11) for words in format_ticks(y_scale.ticks, panel.unit)) + 8
    return Axes(panel, y_scale, place.x + margin, place.x + place.width - 2, top, bottom)


def draw_grid(axes: Axes) -> Fragment:
    """Level grid lines with their values, and the months or years below."""
    parts: list[Fragment] = []
    labels = format_ticks(axes.y_scale.ticks, axes.panel.unit)
    for tick, words in zip(axes.y_scale.ticks, labels, strict=True):
        y = axes.y_scale.place(tick)
        parts.append(line(axes.left, y, axes.right, y, stroke=GRID, stroke_width=1))
        parts.append(text(words, axes.left - 6, y + 4, size=11, fill=SOFT_INK, anchor="end"))
    parts.append(line(axes.left, axes.bottom, axes.right, axes.bottom, stroke=SOFT_INK, stroke_width=1))
    return group(*parts, draw_dates(axes))


def draw_dates(axes: Axes) -> Fragment:
    """Names of months below the plot, or of years with a tick at their start where there are many months."""
    parts: list[Fragment] = []
    months = axes.panel.months
    is_long = len(months) > 18 and len(months[0]) > 4
    step = (axes.right - axes.left) / len(months)
    every = math.ceil(52 / step)
    free = -math.inf
    for i, month in enumerate(months):
        if is_long and month.endswith("-01"):
            x = axes.left + step * i
            parts.append(line(x, axes.bottom, x, axes.bottom + 5, stroke=SOFT_INK, stroke_width=1))
        if (not is_long and i % every) or (is_long and not month.endswith(("-01", "-07"))):
            continue
        words = month if not is_long else month[:4] if month.endswith("-07") else ""
        if words and axes.x(i) - measure_text(words, 11) / 2 > free:
            parts.append(text(words, axes.x(i), axes.bottom + 16, size=11, fill=SOFT_INK, anchor="middle"))
            free = axes.x(i) + measure_text(words, 11) / 2 + 8
    return group(*parts)


def draw_bands(axes: Axes) -> Fragment:
    """The outer band, then the inner."""
    panel = axes.panel
    parts = []
    for low, high, fill, words in (
        (panel.low90, panel.high90, OUTER_BAND, "90 %"),
        (panel.low50, panel.high50, INNER_BAND, "50 %"),
    ):
        shapes = []
        for run in axes.runs(low, high):
            d = write_polyline(axes.points(run, high) + axes.points(run, low)[::-1], closed=True)
            shapes.append(element("path", d=d, fill=fill, stroke=BAND_EDGE, stroke_width=0.7))
        if shapes:
            label = f"{panel.title}: {words} of draws, {describe_range(axes, low, high)}"
            parts.append(mark(label, *shapes))
    return group(*parts)


def describe_range(axes: Axes, low: Sequence[float], high: Sequence[float]) -> str:
    """How wide a band is at its end, in words."""
    last = axes.runs(low, high)[-1][-1]
    return f"in {axes.panel.months[last]} from {format_range(low[last], high[last], axes.panel.unit)}"


def format_range(low: float, high: float, unit: str) -> str:
    """
    Write two ends in one unit; shares are both percentages.

    Examples
    --------
    >>> format_range(0.0, 0.0175, "share"), format_range(2.0, 3.5, "t")
    ('0.0 % to 1.8 %', '2 to 3.5 t')
    """
    if math.isnan(low) and math.isnan(high):
        return NO_DATA
    first = format_value(low, unit if unit == SHARE else "")
    return f"{first} to {format_value(high, unit)}"


def draw_series(axes: Axes, values: Sequence[float], label: str, colour: str, dash: str | None) -> Fragment:
    """One line, broken where a value is missing; a dashed one is a naive forecast."""
    runs = axes.runs(values)
    if not runs:
        return Fragment("")
    d = "".join(write_polyline(axes.points(run, values)) for run in runs)
    last = runs[-1][-1]
    words = f"{label}, {axes.panel.months[last]}: {format_value(values[last], axes.panel.unit)}"
    style = {"fill": "none", "stroke": colour, "stroke_dasharray": dash, "stroke_linejoin": "round"}
    return mark(words, element("path", d=d, stroke_width=2 if dash else 2.4, **style))


def draw_nothing(axes: Axes) -> Fragment:
    """Say it in words where a share is zero in every month of the median and of both bands."""
    panel = axes.panel
    values = [value for series in (panel.median, panel.high90) for value in series if math.isfinite(value)]
    if panel.unit != SHARE or panel.observed or not values or max(values) > 0:
        return Fragment("")
    words = "none in 95 % of the draws"
    return text(
        words, (axes.left + axes.right) / 2, axes.bottom - 10, size=12, fill=SOFT_INK, anchor="middle"
    )


def draw_months(axes: Axes) -> Fragment:
    """An unseen strip per month whose title tells a pointer all its numbers; the table tells everyone."""
    panel, step = axes.panel, (axes.right - axes.left) / len(axes.panel.months)
    parts = []
    for i, month in enumerate(panel.months):
        words = [f"{panel.title}, {month}", f"median {format_value(panel.median[i], panel.unit)}"]
        words.append(f"50 % of draws: {format_range(panel.low50[i], panel.high50[i], panel.unit)}")
        words.append(f"90 % of draws: {format_range(panel.low90[i], panel.high90[i], panel.unit)}")
        words += [f"{name}: {format_value(values[i], panel.unit)}" for name, values in panel.naive.items()]
        strip = rectangle(axes.left + step * i, axes.top, step, axes.bottom - axes.top, fill_opacity=0)
        parts.append(group(element("title", "\n".join(words)), strip))
    return group(*parts, aria_hidden="true")


def draw_marks(axes: Axes, marks: Sequence[PolicyMark], y: float) -> Fragment:
    """Upright lines at policy dates, lettered as in the legend; letters of near dates move apart."""
    parts, free = [], -math.inf
    for letter, policy in sorted(zip(LETTERS, marks, strict=False), key=lambda pair: pair[1].month):
        if policy.month not in axes.panel.months:
            continue
        x = axes.x(axes.panel.months.index(policy.month) - 0.5)
        badge = min(max(x, free), axes.right - 8)
        free = badge + 18
        stroke = line(x, y + 8, x, axes.bottom, stroke=ALARM, stroke_width=1.2, stroke_dasharray="4 3")
        disc = element("circle", cx=badge, cy=y, r=8, fill=ALARM)
        words = text(letter, badge, y + 4, size=11, fill=PAPER, anchor="middle", font_weight=700)
        parts.append(mark(f"{letter}, {policy.month}: {policy.label}", stroke, disc, words))
    return group(*parts)


def draw_observed(axes: Axes) -> Fragment:
    """Observations: full dots inside the 90 % band, hollow diamonds outside."""
    panel = axes.panel
    parts = []
    for month, value in sorted(panel.known_observations().items()):
        x, y = axes.x(panel.months.index(month)), axes.y_scale.place(value)
        is_inside = panel.is_inside(month)
        words = f"{panel.title}, observed {month}: {format_value(value, panel.unit)}"
        if is_inside:
            shape = element("circle", cx=x, cy=y, r=3.6, fill=INK, stroke=PAPER, stroke_width=1)
        else:
            corners = [(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)]
            d = write_polyline(corners, closed=True)
            shape = element("path", d=d, fill=PAPER, stroke=INK, stroke_width=1.6)
        parts.append(mark(f"{words}, {'inside' if is_inside else 'outside'} the 90 % band", shape))
    return group(*parts)
