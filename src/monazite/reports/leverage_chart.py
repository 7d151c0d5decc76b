"""Leverage as a heat map: exporters down, importers across, one panel for each horizon."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from monazite.reports.charts.chart import Caption, Chart, Column, Table, check_width, draw_empty, draw_notes
from monazite.reports.charts.heat import GAP, Grid, draw_hatch, draw_heads, hatch_id, pick_ink
from monazite.reports.charts.palette import EMPTY, INK, OUTLINE, SOFT_INK, STEPS
from monazite.reports.charts.svg import Fragment, frame, group, mark, rectangle, text
from monazite.reports.charts.words import measure_text, shorten_text
from monazite.reports.envelope import Record
from monazite.reports.files import write_picture
from monazite.vocabulary import countries, country_name

BREAKS = (0.1, 0.25, 0.5, 1.0, 2.0)
"""Limits between the six steps of colour. [1] Source: this project."""
ROW, TITLE, LEGEND, SIZE = 30.0, 46.0, 52.0, 12.0
"""Height of a row, of a panel's head and of the legend, and size of the words. [pixels]"""
EVEN = 0.005
"""Below this a leverage is written as 0. [1]"""
Cells = Mapping[tuple[str, str, int], Record]


def write_leverage_chart(records: Sequence[Record], path: Path) -> None:
    """Draw leverage into an SVG file."""
    write_picture(path, draw_leverage(records).svg)


def draw_leverage(records: Sequence[Record], *, width: float = 960) -> Chart:
    """
    Draw who can do how much to whom, one panel for each horizon.

    Parameters
    ----------
    records : sequence of records
        From `measure_leverage`.
    width : float, default 960
        [pixels, 280 to 2000]

    Returns
    -------
    Chart
        A cell is the median; the pointer and the table give 5 and 95 %. Grey: the exporter loses more than it causes.
        Hatched: nothing is traded between the two.

    Raises
    ------
    DataError
        If the width is out of range.
    """
    check_width(width)
    own = [record for record in records if record["quantity"] == "leverage"]
    title = (
        "Loss that a ban causes an importer, less the exporter's, over the importer's use at baseline prices"
    )
    place = f", {str(own[0]['material']).replace('_', ' ')} {own[0]['year']}" if own else ""
    caption = Caption("leverage", title + place, "", "No pair of those asked for trades anything.")
    cells: Cells = {(str(r["exporter"]), str(r["importer"]), int(str(r["months"]))): r for r in own}
    table = build_table(own, caption)
    if not any(record["value"] is not None for record in own):
        return Chart(draw_empty(caption, width), table)
    rows = list(dict.fromkeys(key[0] for key in cells))
    columns = list(dict.fromkeys(key[1] for key in cells))
    horizons = sorted({key[2] for key in cells})
    names = min(180.0, max(measure_text(name_place(row), SIZE) for row in rows) + 12)
    parts, top = [draw_hatch(caption), draw_legend(width)], LEGEND
    for months in horizons:
        grid = Grid(width, names, len(columns), top + TITLE, ROW + GAP)
        parts.append(text(f"{months} months of a ban", 0, top + 18, size=14, font_weight=600))
        parts.append(draw_heads([name_place(column) for column in columns], grid))
        parts.append(draw_panel(cells, rows, columns, months, grid, caption))
        top = grid.top + grid.row * len(rows) + 8
    words = "Grey: the exporter loses more than it causes. Hatched: no trade between the two. Rows: who bans."
    notes, used = draw_notes([words], 0, top, width)
    label = f"Heat map. {caption.title}: {len(rows)} exporters, {len(columns)} importers, {len(horizons)} horizons."
    return Chart(frame(caption.chart_id, label, width, top + used + 6, *parts, notes), table)


def draw_panel(
    cells: Cells, rows: Sequence[str], columns: Sequence[str], months: int, grid: Grid, caption: Caption
) -> Fragment:  # fmt: skip
    """Draw the cells of one horizon."""
    parts = []
    for i, row in enumerate(rows):
        _, y, _ = grid.place(i, 0)
        label = shorten_text(name_place(row), SIZE, grid.names - 10)
        parts.append(text(label, grid.names - 10, y + ROW / 2 + 4, size=SIZE, anchor="end"))
        for j, column in enumerate(columns):
            if (row, column, months) in cells:
                parts.append(draw_cell(cells[row, column, months], grid.place(i, j), caption))
    return group(*parts)


def draw_cell(record: Record, place: tuple[float, float, float], caption: Caption) -> Fragment:
    """Draw one cell: its colour and figure; the interval for a pointer or a screen reader."""
    x, y, width = place
    value = math.nan if record["value"] is None else float(str(record["value"]))
    ends = " to ".join(name_place(str(record[end])) for end in ("exporter", "importer"))
    pair = f"{ends}, {record['months']} months"
    if math.isnan(value):
        return mark(
            f"{pair}: {record['reason']}", rectangle(x, y, width, ROW, fill=f"url(#{hatch_id(caption)})")
        )
    step = sum(value > edge for edge in BREAKS)
    fill, ink = (STEPS[step], pick_ink(step)) if value > 0 else (EMPTY, INK)
    edge = {} if value > 0 else {"stroke": OUTLINE, "stroke_width": 0.6}
    figure = write_figure(value)
    words = f"{pair}: {figure}, {float(str(record['low'])):.2f} to {float(str(record['high'])):.2f}"
    return mark(
        words,
        rectangle(x, y, width, ROW, fill=fill, **edge),
        text(figure, x + width / 2, y + ROW / 2 + 4, size=SIZE, fill=ink, anchor="middle"),
    )


def name_place(code: str) -> str:
    """
    Name a country; a group goes by its own name.

    Examples
    --------
    >>> name_place("JPN"), name_place("EU27")
    ('Japan', 'EU27')
    """
    return country_name(code) if code in countries() else code


def write_figure(value: float) -> str:
    """
    Write a leverage.

    Examples
    --------
    >>> write_figure(1.508), write_figure(-0.136), write_figure(-0.0004)
    ('1.51', '-0.14', '0')
    """
    return "0" if abs(value) < EVEN else f"{value:.2f}"


def draw_legend(width: float) -> Fragment:
    """Draw the steps of colour with their limits."""
    each = min(110.0, (width - 4) / len(STEPS))
    edges = ("0", *(f"{edge:g}" for edge in BREAKS))
    parts = [text("Importer's loss less exporter's, over the importer's use", 0, 12, size=11, fill=SOFT_INK)]
    for i, colour in enumerate(STEPS):
        parts.append(rectangle(i * each, 18, each - 1, 12, fill=colour))
        words = f"{edges[i]}-{edges[i + 1]}" if i + 1 < len(edges) else f"over {edges[i]}"
        parts.append(text(words, i * each + each / 2, 43, size=11, fill=SOFT_INK, anchor="middle"))
    return group(*parts)


def build_table(records: Sequence[Record], caption: Caption) -> Table:
    """List the cells with their intervals."""
    columns = (
        Column("Exporter"), Column("Importer"), Column("Months", is_number=True), Column("Leverage", is_number=True),
        Column("5 %", is_number=True), Column("95 %", is_number=True), Column("Note"),
    )  # fmt: skip
    rows = tuple(
        (name_place(str(r["exporter"])), name_place(str(r["importer"])), str(r["months"]), _number(r["value"]),
         _number(r["low"]), _number(r["high"]), str(r.get("reason") or ""))
        for r in records
    )  # fmt: skip
    return Table(caption.title, columns, rows)


def _number(value: object) -> float:
    return math.nan if value is None else float(str(value))
