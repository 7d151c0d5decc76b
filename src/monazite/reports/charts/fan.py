"""Fans: the median of many draws with 50 % and 90 % bands by month, and what was observed over it."""

import math
from collections.abc import Mapping, Sequence

from monazite.errors import DataError
from monazite.reports.charts.chart import (
    PHONE_WIDTH,
    Caption,
    Cell,
    Chart,
    Column,
    Table,
    check_width,
    draw_empty,
    draw_notes,
)
from monazite.reports.charts.fan_panel import FanPanel, Placement, PolicyMark, draw_panel, list_naive
from monazite.reports.charts.palette import (
    ALARM,
    BAND_EDGE,
    CATEGORIES,
    INK,
    INNER_BAND,
    MEDIAN,
    OUTER_BAND,
    PAPER,
)
from monazite.reports.charts.scale import finite
from monazite.reports.charts.svg import (
    Fragment,
    element,
    format_coordinate,
    frame,
    group,
    line,
    rectangle,
    text,
)
from monazite.reports.charts.words import measure_text, wrap_text

__all__ = ["FanPanel", "PolicyMark", "draw_fan"]

PANEL_GAP = 36.0
DASHES = ("7 3", "2 3", "9 3 2 3", "4 2")


def draw_fan(
    panels: Sequence[FanPanel], marks: Sequence[PolicyMark], caption: Caption, *, width: float = 960
) -> Chart:
    """
    Draw one fan per panel, side by side where there is room, all with the same policy dates.

    Parameters
    ----------
    panels : sequence of FanPanel
        At most four different naive forecasts over all panels.
    marks : sequence of PolicyMark
        Dates of the policy; lettered in the panels, spelled out in the legend. Dates beyond a panel's months
        are left out of it.
    caption : Caption
        Words around the chart; units are those of the panels.

    Returns
    -------
    Chart
        The table has a row per panel and month.

    Raises
    ------
    DataError
        If series are of unequal length, bands cross, months are not consecutive, or an observation lies
        outside of the months; the message lists all of them.
    """
    check_width(width)
    check_panels(panels, caption)
    naive = list_naive(panels)
    table = build_table(panels, naive, caption)
    if not finite(value for panel in panels for value in (*panel.median, *panel.observed.values())):
        return Chart(draw_empty(caption, width), table)
    is_phone = width < PHONE_WIDTH
    styles = {name: (CATEGORIES[1 + i], DASHES[i]) for i, name in enumerate(naive)}
    columns = 1 if is_phone or len(panels) == 1 else 2
    panel_width = (width - PANEL_GAP * (columns - 1)) / columns
    panel_height = 230.0 if is_phone else 260.0 if columns == 2 else 320.0
    legend, top = draw_legend(panels, marks, styles, width)
    parts = []
    for i, panel in enumerate(panels):
        x, y = (i % columns) * (panel_width + PANEL_GAP), top + (i // columns) * (panel_height + 22)
        place = Placement(x, y, panel_width, panel_height, f"{caption.chart_id}-{i}", has_tips=not is_phone)
        parts.append(draw_panel(panel, marks, styles, place))
    rows = math.ceil(len(panels) / columns)
    bottom = top + rows * (panel_height + 22) - 14
    notes, used = draw_notes(list_notes(panels), 0, bottom, width)
    label = f"Chart over time. {caption.title}: {len(panels)} panels, {len(marks)} policy dates."
    return Chart(frame(caption.chart_id, label, width, bottom + used + 4, legend, *parts, notes), table)


def check_panels(panels: Sequence[FanPanel], caption: Caption) -> None:
    """Raise with every problem of every panel."""
    wrong = [f"{panel.title}: {problem}" for panel in panels for problem in panel.list_problems()]
    if len(list_naive(panels)) > len(DASHES):
        wrong.append(f"{len(list_naive(panels))} naive forecasts")
    if wrong:
        raise DataError(
            f"fan chart {caption.chart_id!r}",
            f"{len(wrong)} things cannot be drawn.",
            which=wrong,
            expected=f"series as long as the months, low <= median <= high, {len(DASHES)} naive forecasts",
        )


def build_table(panels: Sequence[FanPanel], naive: Sequence[str], caption: Caption) -> Table:
    """List the numbers drawn, a row per panel and month."""
    heads = ("5 %", "25 %", "Median", "75 %", "95 %", "Observed", *naive)
    columns = (
        Column("Panel"),
        Column("Unit"),
        Column("Month" if all(len(month) > 4 for panel in panels for month in panel.months) else "Period"),
        *(Column(head, is_number=True) for head in heads),
    )
    rows = tuple(build_row(panel, i, naive) for panel in panels for i in range(len(panel.months)))
    return Table(caption.title, columns, rows)


def build_row(panel: FanPanel, i: int, naive: Sequence[str]) -> tuple[Cell, ...]:
    """One month of a panel as a row; a forecast that the panel does not have is missing."""
    bands = [series[i] for series in (panel.low90, panel.low50, panel.median, panel.high50, panel.high90)]
    forecasts = [panel.naive[name][i] if name in panel.naive else math.nan for name in naive]
    observed = panel.observed.get(panel.months[i], math.nan)
    return (panel.title, panel.unit, panel.months[i], *bands, observed, *forecasts)


def list_notes(panels: Sequence[FanPanel]) -> list[str]:
    """Say how many observations the bands held."""
    inside = sum(panel.is_inside(month) for panel in panels for month in panel.known_observations())
    count = sum(len(panel.known_observations()) for panel in panels)
    if not count:
        return []
    return [
        f"The 90 % bands hold {inside} of {count} observations; those outside are drawn as hollow diamonds."
    ]


def draw_legend(
    panels: Sequence[FanPanel],
    marks: Sequence[PolicyMark],
    styles: Mapping[str, tuple[str, str]],
    width: float,
) -> tuple[Fragment, float]:
    """Swatches in as many rows as they need, then the policy dates; returns them and the height they take."""
    keys: list[tuple[str, Fragment]] = [
        ("median", line(0, 6, 20, 6, stroke=MEDIAN, stroke_width=2.4)),
        ("50 % of draws", rectangle(0, 0, 20, 12, fill=INNER_BAND, stroke=BAND_EDGE, stroke_width=0.6)),
        ("90 % of draws", rectangle(0, 0, 20, 12, fill=OUTER_BAND, stroke=BAND_EDGE, stroke_width=0.6)),
    ]
    if any(panel.known_observations() for panel in panels):
        dot = element("circle", cx=5, cy=6, r=3.6, fill=INK)
        miss = element("path", d="M16 1.5L20.5 6L16 10.5L11.5 6Z", fill=PAPER, stroke=INK, stroke_width=1.6)
        keys.append(("observed: inside, outside the 90 %", group(dot, miss)))
    for name, (colour, dash) in styles.items():
        stroke = line(0, 6, 22, 6, stroke=colour, stroke_width=2, stroke_dasharray=dash)
        keys.append((name, stroke))
    parts, x, y = [], 0.0, 2.0
    for words, swatch in keys:
        room = 28 + measure_text(words, 12)
        if x > 0 and x + room > width:
            x, y = 0.0, y + 20
        shift = f"translate({format_coordinate(x)} {format_coordinate(y)})"
        parts.append(group(swatch, text(words, 28, 10), transform=shift))
        x += room + 18
    y += 22
    for letter, policy in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", marks, strict=False):
        lines = wrap_text(f"{policy.month}  {policy.label}", 12, width - 24)
        parts.append(text(letter, 5, y + 10, fill=ALARM, font_weight=700))
        parts += [text(words, 24, y + 10 + 16 * i) for i, words in enumerate(lines)]
        y += 16 * len(lines) + 2
    return group(*parts), y + 14
