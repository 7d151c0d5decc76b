"""Supply risk against economic importance: thresholds, our points with their intervals, and the official points."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from monazite.indicators.supply_risk import ECONOMIC_IMPORTANCE_THRESHOLD, SUPPLY_RISK_THRESHOLD
from monazite.reports.charts.chart import Caption, Chart, Column, Table, check_width, draw_empty, draw_notes
from monazite.reports.charts.palette import CATEGORIES, EMPTY, GRID, INK, OTHER, PAPER, SOFT_INK
from monazite.reports.charts.scale import Scale, build_linear_scale
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
from monazite.reports.envelope import Record
from monazite.reports.files import write_picture
from monazite.reports.label_places import Box, Label, place_labels

HEIGHT, TOP, LEFT, FOOT = 640.0, 74.0, 46.0, 46.0
RADIUS, DIAMOND = 4.5, 5.5
THIN, PIECE = 1.5, 10.0
"""Half the width of a line for labels, and the length of its pieces where it slants. [pixels]"""
OURS, OFFICIAL = CATEGORIES[0], CATEGORIES[1]
TITLE = "Supply risk against economic importance, EU27"


@dataclass(frozen=True)
class Ends:
    """A figure and its interval; `value` may be the middle of an interval that has no value of its own."""

    value: float
    low: float
    high: float
    is_exact: bool


@dataclass(frozen=True)
class Point:
    """One material: ours, its importance perhaps borrowed from the official point, and that point. [unitless]"""

    material: str
    importance: Ends
    risk: Ends
    official: tuple[float, float] | None
    is_borrowed: bool = False

    @property
    def name(self) -> str:
        """The material as a label."""
        return self.material.replace("_", " ")

    def describe(self) -> str:
        """Say both figures in one sentence."""
        ours = f"importance {format_value(self.importance.value)}, risk {format_value(self.risk.value)}"
        theirs = f"; official {self.official[0]:.1f} and {self.official[1]:.1f}" if self.official else ""
        return f"{self.name}: {ours}{theirs}"


def write_risk_chart(risks: Sequence[Record], importances: Sequence[Record], path: Path) -> None:
    """Draw supply risk against importance into an SVG file."""
    write_picture(path, draw_risk_chart(risks, importances).svg)


def write_table_chart(records: Sequence[Record], path: Path) -> None:
    """
    Draw supply risks that were recomputed from a table of official inputs into an SVG file.

    Parameters
    ----------
    records : sequence of records
        From `compare_supply_risk`: the risks at the official importance of the table.
    path : Path
        The file.
    """
    importances: list[Record] = [
        {"material": record["material"], "value": None, "official": record["economic_importance"]}
        for record in records
        if "quantity" not in record
    ]
    write_picture(path, draw_risk_chart(records, importances, is_table=True).svg)


def draw_risk_chart(
    risks: Sequence[Record], importances: Sequence[Record], *, width: float = 960, is_table: bool = False
) -> Chart:
    """
    Draw supply risk against economic importance.

    Parameters
    ----------
    risks, importances : sequence of records
        As the measures give them, with `official` where there is one; of the risks the chosen stages.
    width : float, default 960
        [pixels, 280 to 2000]
    is_table : bool, default False
        The risks are recomputed from a table of official inputs, and the official figures are those of the table.

    Returns
    -------
    Chart
        A disc with whiskers is ours, hollow where only an interval can be told; a square is our risk at the official
        importance; a diamond is official; a thin line joins the two. Materials of which one of both figures is
        missing are named below.

    Raises
    ------
    DataError
        If the width is out of range.
    """
    check_width(width)
    points, left_out = join_points(risks, importances)
    title = build_title(risks)
    table = build_table(points, title)
    caption = Caption("risk-importance", title, "1", "no material has both figures.")
    if not points:
        return Chart(draw_empty(caption, width), table)
    officials = [point.official for point in points if point.official]
    x_scale = build_linear_scale(
        [*(p.importance.high for p in points), *(pair[0] for pair in officials)], LEFT, width - 14, count=8
    )
    y_scale = build_linear_scale(
        [*(p.risk.high for p in points), *(pair[1] for pair in officials)], HEIGHT - FOOT, TOP, count=6
    )
    labels = place_names(points, x_scale, y_scale, width)
    parts = [
        draw_frame(x_scale, y_scale, width),
        *(draw_join(point, x_scale, y_scale) for point in points),
        *(draw_point(point, x_scale, y_scale) for point in points),
        *(draw_label(label, point, x_scale, y_scale) for label, point in zip(labels, points, strict=True)),
        draw_legend(points, title, is_table=is_table),
    ]
    words = [f"Not drawn, because one of both figures is missing: {', '.join(left_out)}."] if left_out else []
    notes, used = draw_notes(words, 0, HEIGHT, width)
    label = f"Scatter chart. {title}: {len(points)} materials."
    return Chart(frame(caption.chart_id, label, width, HEIGHT + used + 4, *parts, notes), table)


def build_title(risks: Sequence[Record]) -> str:
    """
    Name the picture with the years of our supply risk.

    Examples
    --------
    >>> build_title([{"material": "tin", "year": 2024}]), build_title([{"year": 2020, "period": "2018-2020"}])
    ('Supply risk against economic importance, EU27, 2024', 'Supply risk against economic importance, EU27, 2018-2020')
    """
    told = {
        str(record.get("period") or record.get("year") or "") for record in risks if "quantity" not in record
    }
    years = sorted({year for span in told for year in span.split("-") if year})
    span = years[0] if len(years) == 1 else f"{years[0]}-{years[-1]}" if years else ""
    return f"{TITLE}, {span}" if span else TITLE


def join_points(risks: Sequence[Record], importances: Sequence[Record]) -> tuple[list[Point], list[str]]:
    """Join both figures by material; those of which one is missing are named, without underscores."""
    others = {str(record["material"]): record for record in importances if "quantity" not in record}
    points, left_out = [], []
    for record in risks:
        if "quantity" in record or record.get("is_chosen") is False:
            continue
        material = str(record["material"])
        other = others.get(material, {})
        risk, importance = find_ends(record), find_ends(other)
        pair = (other.get("official"), record.get("official"))
        is_borrowed = importance is None and None not in pair
        if is_borrowed:
            importance = find_ends({"value": pair[0]})
        if risk is None or importance is None:
            left_out.append(material.replace("_", " "))
            continue
        official = (float(str(pair[0])), float(str(pair[1]))) if None not in pair else None
        points.append(Point(material, importance, risk, official, is_borrowed))
    points.sort(key=lambda point: -point.risk.value)
    return points, sorted(set(left_out) - {point.name for point in points})


def find_ends(record: Record) -> Ends | None:
    """Find a figure with its interval; of an interval without a value the middle; None where there is neither."""
    value, low, high = (record.get(name) for name in ("value", "low", "high"))
    if value is not None:
        number = float(str(value))
        ends = [number if end is None else float(str(end)) for end in (low, high)]
        return Ends(number, ends[0], ends[1], is_exact=True)
    if low is None or high is None:
        return None
    first, last = float(str(low)), float(str(high))
    return Ends((first + last) / 2, first, last, is_exact=False)


def build_table(points: Sequence[Point], title: str) -> Table:
    """List the numbers of the chart."""
    heads = (
        "Importance",
        "low",
        "high",
        "Supply risk",
        "low",
        "high",
        "Official importance",
        "Official risk",
    )
    rows = tuple(
        (p.name, p.importance.value, p.importance.low, p.importance.high, p.risk.value, p.risk.low, p.risk.high,
         *(p.official or (None, None)))
        for p in points
    )  # fmt: skip
    return Table(title, (Column("Material"), *(Column(head, "", True) for head in heads)), rows)


def place_names(points: Sequence[Point], x_scale: Scale, y_scale: Scale, width: float) -> list[Label]:
    """Place the names so that they cover neither points nor each other, and as little as can be of lines and words."""
    taken = [
        Box(LEFT, TOP - 16, LEFT + 250, TOP + 2),
        *(_around(x_scale.place(p.importance.value), y_scale.place(p.risk.value), RADIUS + 1) for p in points),
        *(_around(x_scale.place(p.official[0]), y_scale.place(p.official[1]), DIAMOND + 1)
          for p in points if p.official),
        *_words(x_scale, y_scale, width),
    ]  # fmt: skip
    page = Box(LEFT + 2, TOP, width - 4, HEIGHT - FOOT - 2)
    places = [(p.name, x_scale.place(p.importance.value), y_scale.place(p.risk.value)) for p in points]
    return place_labels(places, taken, page, crossed=_lines(points, x_scale, y_scale, width))


def draw_frame(x_scale: Scale, y_scale: Scale, width: float) -> Fragment:
    """Grid, axes, and both thresholds with the corner that they cut off."""
    foot, right = HEIGHT - FOOT, width - 14
    x_line, y_line = x_scale.place(ECONOMIC_IMPORTANCE_THRESHOLD), y_scale.place(SUPPLY_RISK_THRESHOLD)
    parts: list[Fragment] = [
        rectangle(x_line, TOP, right - x_line, y_line - TOP, fill=EMPTY),
        text("both thresholds reached", right - 6, TOP + 14, size=11, fill=SOFT_INK, anchor="end"),
    ]
    for tick, words in zip(y_scale.ticks, format_ticks(y_scale.ticks), strict=True):
        y = y_scale.place(tick)
        parts += [line(LEFT, y, right, y, stroke=GRID, stroke_width=1),
                  text(words, LEFT - 6, y + 4, size=11, fill=SOFT_INK, anchor="end")]  # fmt: skip
    for tick, words in zip(x_scale.ticks, format_ticks(x_scale.ticks), strict=True):
        x = x_scale.place(tick)
        parts += [line(x, TOP, x, foot, stroke=GRID, stroke_width=1),
                  text(words, x, foot + 16, size=11, fill=SOFT_INK, anchor="middle")]  # fmt: skip
    for ends in ((x_line, TOP, x_line, foot), (LEFT, y_line, right, y_line)):
        parts.append(line(*ends, stroke=SOFT_INK, stroke_width=1.2, stroke_dasharray="6 4"))
    parts += [
        text("economic importance", (LEFT + right) / 2, HEIGHT - 10, size=12, fill=INK, anchor="middle"),
        text("supply risk", 0, TOP - 10, size=12, fill=INK),
        text(
            f"{ECONOMIC_IMPORTANCE_THRESHOLD:g}", x_line + 3, foot - 5, size=11, fill=SOFT_INK, has_halo=True
        ),
        text(
            f"{SUPPLY_RISK_THRESHOLD:g}",
            right - 3,
            y_line - 4,
            size=11,
            fill=SOFT_INK,
            anchor="end",
            has_halo=True,
        ),
    ]
    return group(*parts)


def draw_join(point: Point, x_scale: Scale, y_scale: Scale) -> Fragment:
    """A thin line from ours to the official point, and the diamond at its end."""
    if point.official is None:
        return Fragment("")
    x, y = x_scale.place(point.official[0]), y_scale.place(point.official[1])
    x_own, y_own = x_scale.place(point.importance.value), y_scale.place(point.risk.value)
    return group(line(x_own, y_own, x, y, stroke=OFFICIAL, stroke_width=0.9), draw_diamond(x, y))


def draw_point(point: Point, x_scale: Scale, y_scale: Scale) -> Fragment:
    """Our disc with whiskers; hollow where only an interval can be told."""
    x, y = x_scale.place(point.importance.value), y_scale.place(point.risk.value)
    is_exact = point.importance.is_exact and point.risk.is_exact
    whisker = {"stroke": OURS, "stroke_width": 1, "stroke_opacity": 0.45}
    return mark(
        point.describe(),
        line(x_scale.place(point.importance.low), y, x_scale.place(point.importance.high), y, **whisker),
        line(x, y_scale.place(point.risk.low), x, y_scale.place(point.risk.high), **whisker),
        draw_square(x, y) if point.is_borrowed else draw_disc(x, y, OURS if is_exact else PAPER),
    )


def draw_disc(x: float, y: float, fill: str) -> Fragment:
    """Mark our point."""
    return element("circle", cx=x, cy=y, r=RADIUS, fill=fill, stroke=OURS, stroke_width=1.4)


def draw_square(x: float, y: float) -> Fragment:
    """Mark our risk at the official importance."""
    half = RADIUS - 0.5
    return rectangle(x - half, y - half, 2 * half, 2 * half, fill=PAPER, stroke=OURS, stroke_width=1.6)


def draw_diamond(x: float, y: float) -> Fragment:
    """Mark an official point."""
    corners = [(x, y - DIAMOND), (x + DIAMOND, y), (x, y + DIAMOND), (x - DIAMOND, y)]
    return element(
        "path", d=write_polyline(corners, closed=True), fill=PAPER, stroke=OFFICIAL, stroke_width=1.6
    )


def draw_label(label: Label, point: Point, x_scale: Scale, y_scale: Scale) -> Fragment:
    """The name, and a line to its point where it had to move away."""
    words = text(label.words, label.x, label.y, size=11, fill=INK, has_halo=True)
    if not label.is_far:
        return words
    x, y = x_scale.place(point.importance.value), y_scale.place(point.risk.value)
    middle = (label.box.top + label.box.bottom) / 2
    end = min(max(x, label.box.left), label.box.right)
    return group(line(x, y, end, middle, stroke=OTHER, stroke_width=0.6), words)


def draw_legend(points: Sequence[Point], title: str, *, is_table: bool = False) -> Fragment:
    """The title, and what the marks are."""
    risk, official = ("recomputed", "official, of the table") if is_table else ("our risk", "official, 2023")
    keys: list[tuple[str, Callable[[float], Fragment], bool]] = [
        ("ours, with interval", lambda x: draw_disc(x, 34, OURS), not all(p.is_borrowed for p in points)),
        ("only an interval known", lambda x: draw_disc(x, 34, PAPER),
         any(not (p.importance.is_exact and p.risk.is_exact) for p in points)),
        (f"{risk}, official importance", lambda x: draw_square(x, 34), any(p.is_borrowed for p in points)),
        (official, lambda x: draw_diamond(x, 34), any(p.official for p in points)),
    ]  # fmt: skip
    parts, x = [text(title, 0, 14, size=13, font_weight=600)], 6.0
    for words, draw, is_used in keys:
        if is_used:
            parts += [draw(x), text(words, x + 12, 38, size=12)]
            x += 12 + measure_text(words, 12) + 22
    return group(*parts)


def _words(x_scale: Scale, y_scale: Scale, width: float) -> list[Box]:
    """Where words of the frame stand."""
    x, y, foot, right = (
        x_scale.place(ECONOMIC_IMPORTANCE_THRESHOLD), y_scale.place(SUPPLY_RISK_THRESHOLD), HEIGHT - FOOT, width - 14,
    )  # fmt: skip
    return [
        Box(x + 2, foot - 16, x + 24, foot), Box(right - 14, y - 14, right, y), Box(right - 136, TOP, right, TOP + 20),
    ]  # fmt: skip


def _lines(points: Sequence[Point], x_scale: Scale, y_scale: Scale, width: float) -> list[Box]:
    """Where thresholds and whiskers run, and lines to official points."""
    x, y = x_scale.place(ECONOMIC_IMPORTANCE_THRESHOLD), y_scale.place(SUPPLY_RISK_THRESHOLD)
    boxes = [
        Box(x - THIN, TOP, x + THIN, HEIGHT - FOOT),
        Box(LEFT, y - THIN, width - 14, y + THIN),
    ]
    for p in points:
        x, y = x_scale.place(p.importance.value), y_scale.place(p.risk.value)
        boxes += [
            Box(x_scale.place(p.importance.low), y - THIN, x_scale.place(p.importance.high), y + THIN),
            Box(x - THIN, y_scale.place(p.risk.high), x + THIN, y_scale.place(p.risk.low)),
        ]
        if p.official:
            x_end, y_end = x_scale.place(p.official[0]), y_scale.place(p.official[1])
            steps = max(1, round(math.hypot(x_end - x, y_end - y) / PIECE))
            boxes += [
                _around(x + (x_end - x) * k / steps, y + (y_end - y) * k / steps, 2 * THIN)
                for k in range(1, steps)
            ]
    return boxes


def _around(x: float, y: float, half: float) -> Box:
    return Box(x - half, y - half, x + half, y + half)
