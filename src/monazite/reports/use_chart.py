"""Uses by month as strips: how much of its need each misses, in the median and in the worst of the draws."""

from collections.abc import Callable, Sequence
from itertools import groupby

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
from monazite.reports.charts.palette import EMPTY, INK, OUTLINE, SOFT_INK, STEPS
from monazite.reports.charts.svg import Fragment, element, frame, group, mark, rectangle, text
from monazite.reports.charts.words import SHARE, measure_text, shorten_text
from monazite.reports.timeline_chart import draw_years
from monazite.scenarios.use_outlook import UseOutlook

BREAKS = (0.01, 0.05, 0.25, 0.5)
"""Lower ends of the classes of the share missed. [unitless] The last is where a use counts as stopped."""
FILLS = (EMPTY, STEPS[1], STEPS[2], STEPS[3], STEPS[5])
NAMES = ("below 1 %", "1 to 5 %", "5 to 25 %", "25 to 50 %", "50 % and more")
MEDIAN, WORST, GAP = 13.0, 7.0, 14.0
"""Height of the strip of the median, of that of the 95 %, and the room below. [pixels]"""
SIZE, LEGEND, YEARS = 12.0, 22.0, 30.0


def draw_uses(
    uses: Sequence[UseOutlook],
    names: Sequence[str],
    months: Sequence[str],
    caption: Caption,
    *,
    width: float = 960,
) -> Chart:
    """
    Draw two strips of months for each use: the median of the draws, and thinner the upper end, 95 % of them.

    Parameters
    ----------
    uses : sequence of UseOutlook
        In the order drawn. Share of its need that each misses, by month. [unitless, 0..1]
    names : sequence of str
        Their names, in the same order.
    months : sequence of str
        The months of the run.
    caption : Caption
        Words around the chart.
    width : float, default 960
        [pixels, 280 to 2000]

    Raises
    ------
    DataError
        If the width is out of range.
    """
    check_width(width)
    table = build_table(uses, names, months, caption)
    if not uses:
        return Chart(draw_empty(caption, width), table)
    is_phone = width < PHONE_WIDTH
    left = 0.0 if is_phone else min(320.0, max(measure_text(name, SIZE) for name in names) + 14)
    row = MEDIAN + WORST + GAP + (16 if is_phone else 0)
    legend, used = draw_legend(width)
    top = used + YEARS
    bottom = top + row * len(uses)

    def place(month: str) -> float:
        return left + (width - left) * months.index(month) / len(months)

    years = element("g", draw_years(months, place, bottom - used), transform=f"translate(0 {used:g})")
    parts = [legend, years]
    for k, (use, name) in enumerate(zip(uses, names, strict=True)):
        parts.append(draw_row(use, name, months, left, top + row * k, width))
    words = "Upper strip: median of the draws. Lower strip: what 1 draw in 20 exceeds."
    notes, more = draw_notes([words], 0, bottom, width)
    label = f"Strips by month. {caption.title}: {len(uses)} uses."
    return Chart(frame(caption.chart_id, label, width, bottom + more + 8, *parts, notes), table)


def draw_row(
    use: UseOutlook, name: str, months: Sequence[str], left: float, top: float, width: float
) -> Fragment:
    """Draw the name and the two strips of one use."""
    peak = int(use.missed.high.argmax())
    words = (
        f"{name}: at worst in {months[peak]} it misses {100 * use.missed.median[peak]:.0f} % of its need, "
        f"{100 * use.missed.low[peak]:.0f} to {100 * use.missed.high[peak]:.0f} % in 5 to 95 % of the draws"
    )
    step = (width - left) / len(months)
    above = 0.0 if left else 16.0
    head = (
        text(shorten_text(name, SIZE, left - 8), left - 8, top + 11, size=SIZE, fill=INK, anchor="end")
        if left
        else text(shorten_text(name, SIZE, width), 0, top + 11, size=SIZE, fill=INK)
    )
    y = top + above
    return mark(
        words, head,
        draw_strip(use.missed.median.tolist(), months, "median", lambda k: left + step * k, y, MEDIAN),
        draw_strip(use.missed.high.tolist(), months, "95 %", lambda k: left + step * k, y + MEDIAN + 1, WORST),
    )  # fmt: skip


def draw_strip(
    values: Sequence[float],
    months: Sequence[str],
    words: str,
    place: Callable[[int], float],
    y: float,
    height: float,
) -> Fragment:
    """Draw one strip; months of one class that follow each other are one piece."""
    parts, k = [], 0
    for step, run in groupby(pick_class(value) for value in values):
        count = len(list(run))
        last = months[k + count - 1]
        title = f"{words}: {months[k]}" + (f" to {last}" if count > 1 else "") + f", {NAMES[step]}"
        parts.append(
            element("rect", element("title", title), x=place(k), y=y, width=place(k + count) - place(k),
                    height=height, fill=FILLS[step])
        )  # fmt: skip
        k += count
    return group(*parts)


def pick_class(value: float) -> int:
    """
    Pick the class of a share.

    Examples
    --------
    >>> [pick_class(value) for value in (0.0, 0.01, 0.3, 0.5)]
    [0, 1, 3, 4]
    """
    return sum(value >= limit for limit in BREAKS)


def draw_legend(width: float) -> tuple[Fragment, float]:
    """Draw what the colours mean, in as many lines as it takes; returns it and its height."""
    parts, x, y = (
        [text("Share of its need that a use misses", 0, 12, size=SIZE, font_weight=600)],
        0.0,
        LEGEND,
    )
    for name, fill in zip(NAMES, FILLS, strict=True):
        room = measure_text(name, 11) + 36
        if x + room > width:
            x, y = 0.0, y + 18
        parts.append(rectangle(x, y, 15, 11, fill=fill, stroke=OUTLINE, stroke_width=0.5))
        parts.append(text(name, x + 20, y + 10, size=11, fill=SOFT_INK))
        x += room
    return group(*parts), y + 22


def build_table(
    uses: Sequence[UseOutlook], names: Sequence[str], months: Sequence[str], caption: Caption
) -> Table:
    """List the numbers drawn, month by month."""
    columns = (
        Column("Use"), Column("Month"), Column("Median", SHARE, is_number=True),
        Column("Low, 5 %", SHARE, is_number=True), Column("High, 95 %", SHARE, is_number=True),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (name, month, float(use.missed.median[k]), float(use.missed.low[k]), float(use.missed.high[k]))
        for use, name in zip(uses, names, strict=True)
        for k, month in enumerate(months)
    ]
    return Table(caption.title, columns, tuple(rows))
