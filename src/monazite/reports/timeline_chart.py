"""Policies on a time line: known, in force, ended; answers marked as such."""

from collections.abc import Callable, Sequence

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
from monazite.reports.charts.palette import ALARM, CATEGORIES, GRID, INK, OTHER, SOFT_INK
from monazite.reports.charts.svg import Fragment, element, frame, group, line, mark, rectangle, text
from monazite.reports.charts.words import measure_text, shorten_text
from monazite.scenarios.answers import Span
from monazite.simulation.calendar import month_number
from monazite.vocabulary import country_name

ROW, BAR, TOP, SIZE = 44.0, 12.0, 30.0, 12.0
"""Height of a row and of a bar, room above, and size of the words. [pixels]"""
LEAST = 3.0
"""Shortest bar that can be seen. [pixels]"""
COLOURS = {"outside_measure": OTHER, "stock_build": CATEGORIES[2], "stock_release": CATEGORIES[2]}
"""Colour of a bar by kind; the others have the first category."""


def draw_timeline(
    spans: Sequence[Span], months: Sequence[str], caption: Caption, *, width: float = 960
) -> Chart:
    """
    Draw when each measure is known and in force.

    Parameters
    ----------
    spans : sequence of Span
        From `list_spans`.
    months : sequence of str
        Months of the run; what lies before or after is cut.
    caption : Caption
        Words around the chart.
    width : float, default 960
        [pixels, 280 to 2000]

    Returns
    -------
    Chart
        A bar from the first month in force to the end, a diamond where it becomes known; an answer that waited for
        something stands where it starts in the median draw.

    Raises
    ------
    DataError
        If the width is out of range.
    """
    check_width(width)
    columns = (
        Column("Measure"),
        Column("By"),
        Column("Known"),
        Column("From"),
        Column("To before"),
        Column("First output"),
        Column("Answer"),
    )
    table = Table(caption.title, columns, tuple(write_row(span) for span in spans))
    if not spans:
        return Chart(draw_empty(caption, width), table)
    first, count = month_number(months[0]), len(months)

    def place(month: str) -> float:
        return min(max((month_number(month) - first) / count, 0.0), 1.0) * (width - 8) + 4

    parts = [draw_years(months, place, TOP + ROW * len(spans))]
    for k, span in enumerate(spans):
        parts.append(draw_span(span, place, TOP + ROW * k, width))
    answers = any(span.is_answer for span in spans)
    words = "Bar: in force. Diamond: known."
    words += (
        " Pale: decided on, before the first output of the middle draw."
        if any(s.outputs for s in spans)
        else ""
    )
    words += " Answers stand where they start in the median of the draws." if answers else ""
    notes, used = draw_notes([words], 0, TOP + ROW * len(spans) + 4, width)
    label = f"Time line. {caption.title}: {len(spans)} measures."
    height = TOP + ROW * len(spans) + used + 10
    return Chart(frame(caption.chart_id, label, width, height, *parts, notes), table)


def draw_years(months: Sequence[str], place: Callable[[str], float], bottom: float) -> Fragment:
    """Draw a line at each January, and at the first month."""
    parts = []
    starts = [month for k, month in enumerate(months) if month.endswith("-01") or k == 0]
    for month in starts:
        x = place(month)
        parts.append(line(x, 18, x, bottom, stroke=GRID, stroke_width=1))
        parts.append(text(month[:4] if month.endswith("-01") else month, x + 3, 13, size=11, fill=SOFT_INK))
    return group(*parts)


def draw_span(span: Span, place: Callable[[str], float], y: float, width: float) -> Fragment:
    """Draw one measure: its words above its bar."""
    who = ", ".join(country_name(code) for code in span.by)
    answer = f", answers {span.after}" if span.after else ", an answer" if span.is_answer else ""
    output = f", first output {tell_outputs(span)}" if span.start and span.outputs else ""
    words = f"{span.name} ({span.kind.replace('_', ' ')}, {who}){output}{answer}"
    short = words if width >= PHONE_WIDTH else f"{span.name} ({who})"
    if not span.start:
        return text(
            shorten_text(f"{short}: not set off in most draws", SIZE, width - 8),
            4,
            y + 14,
            size=SIZE,
            fill=INK,
        )
    left = place(span.start)
    right = place(span.end) if span.end else width - 4
    colour = COLOURS.get(span.kind, CATEGORIES[0])
    shown = shorten_text(short, SIZE, width - 8)
    start = max(min(left, width - 4 - measure_text(shown, SIZE)), 4.0)
    head = text(shown, start, y + 14, size=SIZE, fill=INK)
    running = min(place(span.outputs[1]), right) if span.outputs else left
    bar = rectangle(running, y + 20, max(right - running, LEAST), BAR, fill=colour)
    if running > left:
        bar = group(rectangle(left, y + 20, running - left, BAR, fill=colour, fill_opacity=0.25), bar)
    known = ""
    if span.announced:
        x = place(span.announced)
        mid = y + 20 + BAR / 2
        known = element("path", d=f"M{x:.1f} {mid - 6:.1f}l5 6l-5 6l-5 -6z", fill=ALARM)
    until = f" to before {span.end}" if span.end else " on"
    return mark(f"{words}: known {span.announced}, in force from {span.start}{until}", head, bar, known)


def tell_outputs(span: Span) -> str:
    """
    Say when a plant first makes something; nothing for all else.

    Examples
    --------
    >>> tell_outputs(Span("plant", "capacity_addition", ("GRC",), "2025-01", "2025-01", "", False,
    ...                   outputs=("2027-01", "2027-10", "2028-07")))
    '2027-01 to 2028-07'
    """
    if not span.outputs:
        return ""
    first, _, last = span.outputs
    return first if first == last else f"{first} to {last}"


def write_row(span: Span) -> tuple[str, ...]:
    """Write a measure for the table."""
    who = ", ".join(country_name(code) for code in span.by)
    return (
        span.name, who, span.announced, span.start or "not set off in most draws", span.end or "open",
        tell_outputs(span),
        span.after or ("yes" if span.is_answer else ""),
    )  # fmt: skip
