"""Horizontal bars with their intervals, and an upright line for a limit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from monazite.errors import DataError
from monazite.reports.charts.chart import (
    PHONE_WIDTH,
    Caption,
    Chart,
    Column,
    Table,
    check_width,
    draw_empty,
    draw_notes,
)
from monazite.reports.charts.palette import ALARM, CATEGORIES, GRID, INK, PAPER, SOFT_INK
from monazite.reports.charts.scale import Scale, build_linear_scale, finite
from monazite.reports.charts.stripes import draw_stripes
from monazite.reports.charts.svg import (
    Fragment,
    element,
    format_coordinate,
    frame,
    group,
    line,
    mark,
    rectangle,
    text,
)
from monazite.reports.charts.words import (
    NO_DATA,
    SHARE,
    format_ticks,
    format_value,
    measure_text,
    shorten_text,
    wrap_text,
)

BAR_HEIGHT = 16.0
SIZE = 12.0
NAMES = 320.0
"""Room that names may take; a longer one is cut. [px]"""


@dataclass(frozen=True)
class Bar:
    """
    One bar; `low` and `high` are its interval, NaN where there is none; `note` follows the figure.

    Ends without a value (NaN) are a range: the bar goes to `low`, stripes from there to `high`.
    """

    label: str
    value: float
    low: float = math.nan
    high: float = math.nan
    note: str = ""

    @property
    def is_range(self) -> bool:
        """Whether only both ends are known."""
        return math.isnan(self.value) and math.isfinite(self.low)


@dataclass(frozen=True)
class Limit:
    """An upright line that values are held against, such as the 65 % of the Critical Raw Materials Act."""

    value: float
    label: str


def draw_bars(
    bars: Sequence[Bar],
    caption: Caption,
    *,
    width: float = 960,
    limit: Limit | None = None,
    interval: str = "5-95 %",
    subtitle: str = "",
    remarks: Sequence[str] = (),
) -> Chart:
    """
    Draw bars in the order given, each with its interval and its figure in words.

    Parameters
    ----------
    bars : sequence of Bar
        [caption.unit] A missing value (NaN) without ends has no bar and the words `no data`.
    caption : Caption
        Words around the chart.
    limit : Limit, optional
        [caption.unit]
    interval : str
        What `low` and `high` are, for the legend and the table.
    subtitle : str, optional
        What the bars are. Where it is given, it stands above them, under the title, for a picture without a page.
    remarks : sequence of str, optional
        Sentences below the bars.

    Raises
    ------
    DataError
        If a number is infinite or an interval does not hold its value; the message lists all of them.
    """
    check_width(width)
    check_bars(bars, caption)
    table = build_table(bars, caption, interval)
    if not finite(number for bar in bars for number in (bar.value, bar.low)):
        return Chart(draw_empty(caption, width), table)
    is_phone = width < PHONE_WIDTH
    names = 0.0 if is_phone else min(NAMES, max(measure_text(bar.label, SIZE) for bar in bars) + 12)
    figures = max(measure_text(write_figure(bar, caption.unit), SIZE) for bar in bars) + 14
    reach = [number for bar in bars for number in (bar.value, bar.low, bar.high)]
    scale = build_linear_scale([*reach, limit.value if limit else math.nan], names, width - figures, count=5)
    top, row = 24.0 + (18 if limit else 0), BAR_HEIGHT + (26 if is_phone else 12)
    bottom = top + row * len(bars)
    parts = [draw_grid(scale, top, bottom, caption.unit)]
    for i, bar in enumerate(bars):
        parts.append(draw_bar(bar, scale, top + row * i + (18 if is_phone else 4), caption, names))
    if limit:
        parts.append(draw_limit(limit, scale, top, bottom, caption.unit))
    has_interval = any(math.isfinite(bar.low) and not bar.is_range for bar in bars)
    words = [f"Thin lines: {interval}."] if has_interval else []
    words += [f"Striped: {interval}."] if any(bar.is_range for bar in bars) else []
    axis = [f"Axis: {caption.unit}."] if caption.unit not in ("", SHARE) else []
    notes, used = draw_notes([" ".join([*axis, *words]), *remarks], 0, bottom + 2, width)
    label = f"Bar chart. {caption.title}: {len(bars)} bars."
    height = bottom + used + 6
    if subtitle:
        heading, above = draw_heading(caption.title, subtitle, width)
        moved = element("g", *parts, notes, transform=f"translate(0 {format_coordinate(above)})")
        return Chart(frame(caption.chart_id, label, width, above + height, heading, moved), table)
    return Chart(frame(caption.chart_id, label, width, height, *parts, notes), table)


def draw_heading(title: str, subtitle: str, width: float) -> tuple[Fragment, float]:
    """Draw title and subtitle, wrapped; returns them and the height they take."""
    words = [text(piece, 0, 16 + 18 * k, size=14, fill=INK, font_weight=600)
             for k, piece in enumerate(wrap_text(title, 14, width))]  # fmt: skip
    notes, used = draw_notes([subtitle], 0, 18.0 * len(words) + 2, width)
    return group(*words, notes), 18 * len(words) + used + 6


def check_bars(bars: Sequence[Bar], caption: Caption) -> None:
    """Raise where a bar cannot be drawn."""
    wrong = []
    for bar in bars:
        is_odd = math.isnan(bar.low) != math.isnan(bar.high) or bar.low > bar.high
        if is_odd or any(math.isinf(number) for number in (bar.value, bar.low, bar.high)):
            wrong.append(f"{bar.label}: {bar.value} [{bar.low} to {bar.high}]")
    if wrong:
        raise DataError(
            f"bar chart {caption.chart_id!r}",
            f"{len(wrong)} bars cannot be drawn.",
            which=wrong,
            expected="finite numbers or NaN; low <= high, both or neither",
        )


def build_table(bars: Sequence[Bar], caption: Caption, interval: str) -> Table:
    """List the numbers drawn."""
    unit = caption.unit
    columns = (
        Column("Label"),
        Column("Value", unit, is_number=True),
        Column(f"Low, {interval}", unit, is_number=True),
        Column(f"High, {interval}", unit, is_number=True),
        Column("Note"),
    )
    return Table(caption.title, columns, tuple((b.label, b.value, b.low, b.high, b.note) for b in bars))


def write_figure(bar: Bar, unit: str) -> str:
    """The figure beside a bar."""
    words = unit if unit == SHARE else ""
    if bar.is_range:
        figure = f"{format_value(bar.low, words)} to {format_value(bar.high, words)}"
    else:
        figure = format_value(bar.value, words)
    return f"{figure} ({bar.note})" if bar.note else figure


def draw_grid(scale: Scale, top: float, bottom: float, unit: str) -> Fragment:
    """Upright grid lines with their values on top."""
    parts = []
    for tick, words in zip(scale.ticks, format_ticks(scale.ticks, unit), strict=True):
        x = scale.place(tick)
        parts.append(line(x, top, x, bottom, stroke=GRID, stroke_width=1))
        parts.append(text(words, x, top - 8, size=11, fill=SOFT_INK, anchor="middle" if x > 12 else None))
    return group(*parts)


def draw_bar(bar: Bar, scale: Scale, y: float, caption: Caption, names: float) -> Fragment:
    """One row: name, bar, interval, figure; the name stands above the bar on a phone."""
    base = y + BAR_HEIGHT * 0.75
    if names:
        label = text(shorten_text(bar.label, SIZE, names - 8), names - 8, base, size=SIZE, anchor="end")
    else:
        label = text(shorten_text(bar.label, SIZE, scale.end), 0, y - 4, size=SIZE)
    figure = write_figure(bar, caption.unit)
    if math.isnan(bar.value) and not bar.is_range:
        words = text(figure, scale.place(0) + 6, base, size=SIZE, fill=SOFT_INK, font_style="italic")
        return mark(f"{bar.label}: {NO_DATA}", label, words)
    x0, x1 = sorted((scale.place(0.0), scale.place(bar.low if bar.is_range else bar.value)))
    parts = [label, rectangle(x0, y, x1 - x0, BAR_HEIGHT, fill=CATEGORIES[0])]
    title, end = f"{bar.label}: {format_value(bar.low if bar.is_range else bar.value, caption.unit)}", x1
    if bar.is_range:
        end = max(end, scale.place(bar.high))
        parts.append(draw_stripes(x1, y, end - x1, BAR_HEIGHT))
        title += f" to {format_value(bar.high, caption.unit)}"
    elif math.isfinite(bar.low):
        parts.append(draw_interval(scale.place(bar.low), scale.place(bar.high), y + BAR_HEIGHT / 2))
        title += f", {format_value(bar.low, caption.unit)} to {format_value(bar.high, caption.unit)}"
        end = max(end, scale.place(bar.high))
    parts.append(text(figure, end + 8, base, size=SIZE, has_halo=True))
    return mark(f"{title}; {bar.note}" if bar.note else title, *parts)


def draw_interval(low: float, high: float, y: float) -> Fragment:
    """A thin line with two caps, rimmed so that it shows on the bar and beside it."""
    d = "".join(
        f"M{format_coordinate(x0)} {format_coordinate(y0)}L{format_coordinate(x1)} {format_coordinate(y1)}"
        for x0, y0, x1, y1 in ((low, y, high, y), (low, y - 4, low, y + 4), (high, y - 4, high, y + 4))
    )
    rim = element("path", d=d, stroke=PAPER, stroke_width=3.6)
    return group(rim, element("path", d=d, stroke=INK, stroke_width=1.4))


def draw_limit(limit: Limit, scale: Scale, top: float, bottom: float, unit: str) -> Fragment:
    """The upright line of a limit with its words on top."""
    x = scale.place(limit.value)
    anchor = "end" if x > (scale.start + scale.end) / 2 else "start"
    words = text(limit.label, x, 12, size=SIZE, fill=ALARM, anchor=anchor, font_weight=600)
    stroke = line(x, 18, x, bottom, stroke=ALARM, stroke_width=1.6, stroke_dasharray="5 3")
    return mark(f"{limit.label}: {format_value(limit.value, unit)}", stroke, words)
