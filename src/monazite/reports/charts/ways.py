"""Ways side by side: a row per thing asked, a panel per way, each a share with its interval and what is unknown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monazite.errors import DataError
from monazite.reports.charts.chart import Caption, Chart, Column, Table, check_width, draw_empty, draw_notes
from monazite.reports.charts.palette import (
    ALARM,
    CATEGORIES,
    GRID,
    INK,
    PAPER,
    SOFT_INK,
)
from monazite.reports.charts.stripes import draw_stripes
from monazite.reports.charts.svg import Fragment, frame, group, line, mark, rectangle, text
from monazite.reports.charts.words import NO_DATA, SHARE, format_share, measure_text, shorten_text

ROW = 26.0
BAR = 12.0
TOP = 66.0
SIZE = 12.0
FIGURE = 58.0
"""Room for the figure beside a bar."""
LEAST_WIDTH = 640.0


@dataclass(frozen=True)
class WayCell:
    """
    A share by one way.

    `value`, `low`, `high` and `unknown` are shares 0..1; NaN where it cannot be told, and `reason` says why. With
    `is_range` only the bounds say something.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    unknown: float = 0.0
    reason: str = ""
    is_range: bool = False


@dataclass(frozen=True)
class WayRow:
    """One row: its label, a second line of small words, and the cells by way."""

    label: str
    words: str
    cells: Mapping[str, WayCell]


def draw_ways(
    rows: Sequence[WayRow],
    ways: Sequence[str],
    caption: Caption,
    *,
    limit: float = 0.65,
    width: float = 960,
) -> Chart:
    """
    Draw shares by several ways beside each other.

    Parameters
    ----------
    rows : sequence of WayRow
        From top to bottom.
    ways : sequence of str
        The panels, from left to right.
    caption : Caption
        Words around the chart; its title is printed.
    limit : float, default 0.65
        Where the upright line stands: Regulation (EU) 2024/1252, Art. 5(1)(b). [0..1]
    width : float, default 960
        [pixels]

    Returns
    -------
    Chart
        A bar is the share, a thin line its interval, a striped bar behind it what is unknown and may be the country's.
        Of a range the bar is the least, and the striped bar runs to the most. The table has all numbers.

    Raises
    ------
    DataError
        If a share is not between 0 and 1, or low is above high; the message lists all of them. If the chart is narrower
        than 640 pixels.
    """
    check_width(width)
    if width < LEAST_WIDTH:
        raise DataError(
            f"chart {caption.chart_id!r}", "is too narrow for its panels.", which=[width],
            expected=f"{LEAST_WIDTH:.0f} pixels or more",
        )  # fmt: skip
    _check_rows(rows, caption)
    table = _build_table(rows, ways, caption)
    if not any(math.isfinite(cell.value) for row in rows for cell in row.cells.values()):
        return Chart(draw_empty(caption, width), table)
    names = min(0.3 * width, max(measure_text(row.label, SIZE) for row in rows) + 16)
    panel = (width - names) / len(ways)
    bottom = TOP + ROW * len(rows)
    parts = [text(caption.title, 0, 16, size=14, font_weight=600)]
    for k, way in enumerate(ways):
        left = names + k * panel
        parts.append(_draw_panel(left, panel - FIGURE, bottom, f"by {way}", limit))
        for i, row in enumerate(rows):
            cell = row.cells.get(way, WayCell(math.nan, reason="not asked"))
            parts.append(_draw_cell(cell, f"{row.label}, by {way}", left, panel - FIGURE, TOP + ROW * i))
    for i, row in enumerate(rows):
        parts.append(_draw_label(row, names, TOP + ROW * i))
    notes, used = draw_notes([_legend(limit)], 0, bottom + 4, width)
    label = f"Shares side by side. {caption.title}: {len(rows)} rows, {len(ways)} ways."
    return Chart(frame(caption.chart_id, label, width, bottom + used + 8, *parts, notes), table)


def _check_rows(rows: Sequence[WayRow], caption: Caption) -> None:
    wrong = [
        f"{row.label}, {way}: {cell.value} [{cell.low} to {cell.high}], unknown {cell.unknown}"
        for row in rows
        for way, cell in row.cells.items()
        if any(
            number < -1e-9 or number > 1 + 1e-9 for number in (cell.value, cell.low, cell.high, cell.unknown)
        )
        or cell.low > cell.high
        or math.isnan(cell.low) != math.isnan(cell.high)
    ]
    if wrong:
        raise DataError(
            f"chart {caption.chart_id!r}",
            f"{len(wrong)} cells cannot be drawn.",
            which=wrong,
            expected="shares between 0 and 1; low <= high, both or neither",
        )


def _build_table(rows: Sequence[WayRow], ways: Sequence[str], caption: Caption) -> Table:
    columns = (
        Column("Row"), Column("Weight"), Column("Way"),
        *(Column(head, SHARE, is_number=True) for head in ("Share", "Low", "High", "Unknown")), Column("Reason"),
    )  # fmt: skip
    cells = [(row, way, row.cells[way]) for row in rows for way in ways if way in row.cells]
    return Table(
        caption.title,
        columns,
        tuple(
            (row.label, row.words, way, cell.value, cell.low, cell.high, cell.unknown, cell.reason)
            for row, way, cell in cells
        ),
    )


def _legend(limit: float) -> str:
    return (
        "Bar: share; of a range, the least. Striped: unknown, and may be the country's as well. Thin line: at least "
        "and at most, 5-95 % over draws where there are any. "
        f"Broken line: {100 * limit:.0f} %, the most from one third country by Regulation (EU) 2024/1252, "
        "Art. 5(1)(b), which speaks of consumption."
    )


def _draw_panel(left: float, room: float, bottom: float, head: str, limit: float) -> Fragment:
    """The head of a panel, its grid and the limit."""
    parts = [text(head, left, 38, size=SIZE, fill=SOFT_INK, font_weight=600)]
    for tick in (0.0, 0.5, 1.0):
        x = left + tick * room
        parts.append(line(x, TOP - 6, x, bottom, stroke=GRID, stroke_width=1))
        parts.append(
            text(
                f"{100 * tick:.0f} %", x, TOP - 10, size=10, fill=SOFT_INK, anchor="middle" if tick else None
            )
        )
    x = left + limit * room
    parts.append(line(x, TOP - 6, x, bottom, stroke=ALARM, stroke_width=1.2, stroke_dasharray="4 3"))
    return group(*parts)


def _draw_label(row: WayRow, names: float, y: float) -> Fragment:
    """The words of a row: what it is, and in small letters what its figures are of."""
    label = text(shorten_text(row.label, SIZE, names - 10), 0, y + BAR, size=SIZE)
    words = text(shorten_text(row.words, 9.5, names - 10), 0, y + BAR + 10, size=9.5, fill=SOFT_INK)
    return mark(f"{row.label}: {row.words}", label, words)


def _draw_cell(cell: WayCell, name: str, left: float, room: float, y: float) -> Fragment:
    """One share with its interval, or the words that it cannot be told."""
    if math.isnan(cell.value):
        words = text("cannot tell", left + 3, y + BAR - 1, size=10, fill=SOFT_INK, font_style="italic")
        return mark(f"{name}: {NO_DATA}; {cell.reason}", words)
    sure, most = _bar_ends(cell)
    x, wide = left + sure * room, (most - sure) * room
    parts = [draw_stripes(x, y + 1, wide, BAR)] if wide > 0.5 else []
    parts.append(rectangle(left, y + 1, max(x - left, 0.8), BAR, fill=CATEGORIES[0]))
    title = f"{name}: {format_share(cell.low if cell.is_range else cell.value)}"
    if cell.is_range:
        title += f" to {format_share(cell.high)}"
    elif math.isfinite(cell.low):
        ends = (left + cell.low * room, left + cell.high * room)
        middle = y + 1 + BAR / 2
        rim = line(*ends[:1], middle, ends[1], middle, stroke=PAPER, stroke_width=3.6)
        parts += [rim, line(ends[0], middle, ends[1], middle, stroke=INK, stroke_width=1.4)]
        parts += [line(x, middle - 3.5, x, middle + 3.5, stroke=INK, stroke_width=1.4) for x in ends]
        title += f", {format_share(cell.low)} to {format_share(cell.high)}"
    parts.append(text(_write_figure(cell), left + room + 6, y + BAR, size=11))
    return mark(f"{title}; {format_share(cell.unknown)} unknown", *parts)


def _bar_ends(cell: WayCell) -> tuple[float, float]:
    """Give the end of the full bar and that of the stripes, which go no further than the most that is possible."""
    if cell.is_range:
        return cell.low, cell.high
    most = min(1.0, cell.value + cell.unknown)
    return cell.value, most if math.isnan(cell.high) else max(cell.value, min(most, cell.high))


def _write_figure(cell: WayCell) -> str:
    """Write the figure beside a bar, or both ends of a range."""
    if cell.is_range:
        return f"{100 * cell.low:.0f}-{100 * cell.high:.0f} %"
    return f"{100 * cell.value:.0f} %" if cell.value >= 0.005 or cell.value == 0 else "< 1 %"
