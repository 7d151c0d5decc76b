"""A heat map of shares against a limit: colour, figure, sign and words say the same; what is unknown is hatched."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monazite.errors import DataError
from monazite.reports.charts.bars import Limit
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
from monazite.reports.charts.palette import (
    ALARM,
    EMPTY,
    HATCH,
    INK,
    OUTLINE,
    PAPER,
    SOFT_INK,
    STEPS,
    STILL_INK,
)
from monazite.reports.charts.svg import Fragment, element, frame, group, line, mark, rectangle, text
from monazite.reports.charts.words import SHARE, format_value, measure_text, shorten_text, wrap_text

SIZE = 12.0
HEIGHT, GAP = 36.0, 2.0
PHONE_HEAD = 20.0
LEGEND = 46.0
SIGNS = {"met": "M-4 0L-1 3.5L5 -4", "not met": "M-4 -4L4 4M4 -4L-4 4"}
"""Strokes of a tick and a cross around a middle; every other verdict is a question mark. [pixels]"""
MIDDLE = 3
"""Class of colour on which neither ink nor paper stands out in both modes."""


@dataclass(frozen=True)
class HeatCell:
    """
    One cell: a share with its bounds, what it belongs to, and the verdict on it.

    `value`, `low` and `high` are NaN where missing; `label` names whose share it is; `corner` is a short remark such
    as the year of the data; `verdict` is `met`, `not met` or `cannot tell`; `note` says more to a pointer or a screen
    reader; `sign` is a letter after the share that `notes` of the map explain, `bounds` the interval in words.
    """

    value: float
    verdict: str
    label: str = ""
    low: float = math.nan
    high: float = math.nan
    corner: str = ""
    note: str = ""
    sign: str = ""
    bounds: str = ""


@dataclass(frozen=True)
class Grid:
    """Where the cells of a heat map stand. [pixels]"""

    width: float
    names: float
    columns: int
    top: float
    row: float

    def place(self, row: int, column: int) -> tuple[float, float, float]:
        """Left, top and width of a cell."""
        each = (self.width - self.names) / self.columns
        head = 0.0 if self.names else PHONE_HEAD
        return self.names + column * each, self.top + row * self.row + head, each - GAP


def draw_heat(
    cells: Mapping[tuple[str, str], HeatCell], caption: Caption, *, limit: Limit, width: float = 960,
    heading: str = "", remarks: Sequence[str] = (),
) -> Chart:  # fmt: skip
    """
    Draw shares as a grid of rows and columns, each cell coloured by its share and held against a limit.

    Parameters
    ----------
    cells : mapping of (row, column) to HeatCell
        Rows and columns stand in the order in which they first come. A cell that is not there is empty; one whose value
        is NaN is hatched.
    caption : Caption
        Words around the chart; the unit is that of shares.
    limit : Limit
        [unitless, 0 < limit < 1] Colours change hue strength at it: three steps up to it, three above.
    width : float
        [pixels]
    heading : str, optional
        Title inside the picture, for one that stands alone.
    remarks : sequence of str, optional
        Sentences under it, such as what the signs mean.

    Returns
    -------
    Chart
        Its table has every cell with bounds and verdict.

    Raises
    ------
    DataError
        If a share is not one of 0 to 1, or the limit is none; all wrong cells are listed.
    """
    check_width(width)
    check_cells(cells, caption, limit)
    rows = list(dict.fromkeys(row for row, _ in cells))
    columns = list(dict.fromkeys(column for _, column in cells))
    table = build_table(cells, caption)
    if not cells:
        return Chart(draw_empty(caption, width), table)
    is_phone = width < PHONE_WIDTH
    names = 0.0 if is_phone else min(290.0, max(measure_text(row, SIZE) for row in rows) + 12)
    top = LEGEND + 26
    grid = Grid(width, names, len(columns), top, HEIGHT + GAP + (PHONE_HEAD if is_phone else 0.0))
    parts = [draw_hatch(caption), draw_legend(limit, width), draw_heads(columns, grid)]
    for i, row in enumerate(rows):
        x, y, _ = grid.place(i, 0)
        label = shorten_text(row, SIZE, names - 10 if names else width)
        parts.append(
            text(label, names - 10, y + HEIGHT / 2 + 4, size=SIZE, anchor="end")
            if names
            else text(label, x, y - 5, size=SIZE)
        )
        for j, column in enumerate(columns):
            if (row, column) in cells:
                parts.append(draw_cell(cells[row, column], (row, column), grid.place(i, j), caption, limit))
    bottom = top + grid.row * len(rows)
    words = "Hatched: no single figure can be told. Tick: met; cross: not met; question mark: cannot tell."
    notes, used = draw_notes([words, *remarks], 0, bottom + 2, width)
    label = f"Heat map. {caption.title}: {len(rows)} rows, {len(columns)} columns."
    title, room = draw_heading(heading, width)
    body = group(*parts, notes, transform=f"translate(0 {room:g})" if room else None)
    return Chart(frame(caption.chart_id, label, width, room + bottom + used + 6, title, body), table)


def draw_heading(words: str, width: float) -> tuple[Fragment, float]:
    """Draw a title, wrapped; returns it and the height it takes."""
    lines = wrap_text(words, 14, width) if words else []
    drawn = [text(piece, 0, 16 + 19 * i, size=14, font_weight=600) for i, piece in enumerate(lines)]
    return group(*drawn), 19.0 * len(lines) + (12 if lines else 0)


def check_cells(cells: Mapping[tuple[str, str], HeatCell], caption: Caption, limit: Limit) -> None:
    """Raise where a cell or the limit cannot be drawn."""
    wrong = [
        f"{row}, {column}: {cell.value:g} [{cell.low:g} to {cell.high:g}]"
        for (row, column), cell in cells.items()
        if any(
            not (math.isnan(value) or 0 <= value <= 1 + 1e-9) for value in (cell.value, cell.low, cell.high)
        )
    ]
    if wrong or not 0 < limit.value < 1:
        raise DataError(
            f"heat map {caption.chart_id!r}",
            f"{len(wrong)} cells are no shares." if wrong else f"its limit is {limit.value:g}.",
            which=wrong,
            expected="shares of 0 to 1, or NaN; a limit between 0 and 1",
        )


def build_table(cells: Mapping[tuple[str, str], HeatCell], caption: Caption) -> Table:
    """List the cells."""
    columns = (
        Column("Row"), Column("Column"), Column("Whose"), Column("Value", caption.unit, is_number=True),
        Column("Low", caption.unit, is_number=True), Column("High", caption.unit, is_number=True),
        Column("Verdict"), Column("Note"),
    )  # fmt: skip
    rows = tuple(
        (row, column, c.label, c.value, c.low, c.high, c.verdict, c.note)
        for (row, column), c in cells.items()
    )
    return Table(caption.title, columns, rows)


def list_breaks(limit: float) -> tuple[float, ...]:
    """
    List the limits between the six steps of colour: thirds up to the limit, thirds above.

    Examples
    --------
    >>> [round(value, 3) for value in list_breaks(0.65)]
    [0.217, 0.433, 0.65, 0.767, 0.883]
    """
    return (
        *(limit * part / 3 for part in (1, 2, 3)),
        *(limit + (1 - limit) * part / 3 for part in (1, 2)),
    )


def pick_step(value: float, limit: float) -> int:
    """
    Pick the step of colour of a share; exactly the limit is not above it.

    Examples
    --------
    >>> pick_step(0.1, 0.65), pick_step(0.65, 0.65), pick_step(0.66, 0.65), pick_step(1.0, 0.65)
    (0, 2, 3, 5)
    """
    return sum(value > edge for edge in list_breaks(limit))


def pick_ink(step: int) -> str:
    """
    Pick the colour of words on a step of colour, so that they stand out in both modes; -1 is the hatching.

    Examples
    --------
    >>> pick_ink(0) == pick_ink(-1) == INK, pick_ink(3) == STILL_INK, pick_ink(5) == PAPER
    (True, True, True)
    """
    if step == MIDDLE:
        return STILL_INK
    return PAPER if step > MIDDLE else INK


def draw_cell(
    cell: HeatCell, names: tuple[str, str], place: tuple[float, float, float], caption: Caption, limit: Limit
) -> Fragment:
    """One cell: colour, whose share and how much, the sign and the words of the verdict."""
    x, y, width = place
    is_told = not math.isnan(cell.value)
    step = pick_step(cell.value, limit.value) if is_told else -1
    fill = STEPS[step] if is_told else f"url(#{hatch_id(caption)})"
    ink = pick_ink(step)
    is_open = cell.verdict not in SIGNS
    border = {"stroke": OUTLINE, "stroke_width": 1.2, "stroke_dasharray": "3 2"} if is_open else {}
    figure = write_share(cell)
    parts = [rectangle(x, y, width, HEIGHT, fill=fill, **border)]
    has_halo = not is_told
    if figure:
        room = shorten_text(figure, SIZE, width - 8)
        parts.append(text(room, x + 6, y + 14, size=SIZE, fill=ink, font_weight=600, has_halo=has_halo))
    if cell.corner and measure_text(figure, SIZE) + measure_text(cell.corner, 10) < width - 16:
        parts.append(
            text(cell.corner, x + width - 5, y + 14, size=10, fill=ink, anchor="end", has_halo=has_halo)
        )
    base = y + 29 if figure else y + HEIGHT / 2 + 4
    parts.append(draw_sign(cell.verdict, x + 11, base - 4, ink, has_halo=has_halo))
    wide = f"{cell.verdict}, {cell.bounds}" if cell.bounds else cell.verdict
    words = wide if measure_text(wide, 11) <= width - 24 else shorten_text(cell.verdict, 11, width - 24)
    parts.append(text(words, x + 20, base, size=11, fill=ink, has_halo=has_halo))
    title = f"{names[0]}, {names[1]}: {cell.label} {format_value(cell.value, SHARE)}, {cell.verdict}"
    if not math.isnan(cell.low) and not math.isnan(cell.high):
        title += f", {format_value(cell.low, SHARE)} to {format_value(cell.high, SHARE)}"
    return mark(f"{title}; {cell.note}" if cell.note else title, *parts)


def write_share(cell: HeatCell) -> str:
    """
    Write whose share it is and how much, at most how much where only that is known, or nothing.

    Examples
    --------
    >>> write_share(HeatCell(0.85, "not met", "CHN")), write_share(HeatCell(math.nan, "met", "USA", 0.0, 0.13))
    ('CHN 85 %', 'USA at most 13 %')
    """
    if not math.isnan(cell.value):
        return f"{cell.label} {100 * cell.value:.0f} % {cell.sign}".strip()
    is_bound = cell.label and not math.isnan(cell.high) and cell.high < 1
    return f"{cell.label} at most {100 * cell.high:.0f} % {cell.sign}".strip() if is_bound else ""


def draw_sign(verdict: str, x: float, y: float, ink: str, *, has_halo: bool) -> Fragment:
    """A tick, a cross or a question mark."""
    if verdict not in SIGNS:
        return text("?", x, y + 4, size=12, fill=ink, anchor="middle", font_weight=700, has_halo=has_halo)
    strokes = {"fill": "none", "transform": f"translate({x:.1f} {y:.1f})"}
    sign = element("path", d=SIGNS[verdict], stroke=ink, stroke_width=2, **strokes)
    if not has_halo:
        return sign
    return group(element("path", d=SIGNS[verdict], stroke=PAPER, stroke_width=4.5, **strokes), sign)


def draw_heads(columns: Sequence[str], grid: Grid) -> Fragment:
    """Names of the columns."""
    parts = []
    for j, column in enumerate(columns):
        x, _, width = grid.place(0, j)
        words = shorten_text(column, SIZE, width)
        parts.append(text(words, x + 2, grid.top - 8, size=SIZE, fill=INK, font_weight=600))
    return group(*parts)


def draw_legend(limit: Limit, width: float) -> Fragment:
    """Six steps of colour with their limits, and the limit that counts."""
    edges = (0.0, *list_breaks(limit.value), 1.0)
    each = min(78.0, (width - 4) / len(STEPS))
    parts = []
    for i, colour in enumerate(STEPS):
        parts.append(rectangle(i * each, 18, each - 1, 12, fill=colour))
        if width >= PHONE_WIDTH:
            words = f"{100 * edges[i]:.0f}-{100 * edges[i + 1]:.0f} %"
            parts.append(text(words, i * each + each / 2, 43, size=11, fill=SOFT_INK, anchor="middle"))
    x = 3 * each - 0.5
    parts.append(line(x, 14, x, 34, stroke=ALARM, stroke_width=2))
    parts.append(text(limit.label, x, 11, size=11, fill=ALARM, anchor="middle", font_weight=600))
    return group(*parts)


def draw_hatch(caption: Caption) -> Fragment:
    """The hatching of cells without a share."""
    stroke = element("path", d="M0 6L6 0", stroke=HATCH, stroke_width=1)
    pattern = element(
        "pattern", rectangle(0, 0, 6, 6, fill=EMPTY), stroke, id=hatch_id(caption), width=6, height=6,
        patternUnits="userSpaceOnUse",
    )  # fmt: skip
    return element("defs", pattern)


def hatch_id(caption: Caption) -> str:
    """The id of the hatching; ids are unique because that of the chart is."""
    return f"{caption.chart_id}-missing"
