"""A tiny builder of SVG text: everything is escaped, numbers come out the same on every machine."""

import math
from html import escape

from monazite.errors import DataError
from monazite.reports.charts.palette import INK, PAPER

FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"


class Fragment(str):
    """Text that is SVG already; any other text is escaped when it becomes part of an element."""

    __slots__ = ()


def format_coordinate(value: float) -> str:
    """
    Write a coordinate with at most two decimals, without trailing zeros or a negative zero.

    Examples
    --------
    >>> format_coordinate(-0.001), format_coordinate(12.50), format_coordinate(3)
    ('0', '12.5', '3')
    """
    if not math.isfinite(value):
        raise DataError(
            "chart", "a coordinate is not finite.", which=[value], fix="drop missing values before drawing"
        )
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, *children: str, **attributes: object) -> Fragment:
    """
    Build one element; `stroke_width` becomes `stroke-width`, `class_` becomes `class`, None leaves out.

    Examples
    --------
    >>> element("text", "a < b", x=1.0, text_anchor="end")
    '<text x="1" text-anchor="end">a &lt; b</text>'
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        plain = format_coordinate(value) if isinstance(value, int | float) else escape(str(value))
        parts.append(f'{key.rstrip("_").replace("_", "-")}="{plain}"')
    inner = "".join(
        child if isinstance(child, Fragment) else escape(child, quote=False) for child in children
    )
    return Fragment(f"<{' '.join(parts)}>{inner}</{name}>" if inner else f"<{' '.join(parts)}/>")


def group(*children: str, **attributes: object) -> Fragment:
    """Build a `<g>`."""
    return element("g", *children, **attributes)


def mark(label: str, *children: str, is_focusable: bool = True, **attributes: object) -> Fragment:
    """Build one mark of a chart: a group that a pointer, the Tab key and a screen reader all find."""
    focus = {"tabindex": "0"} if is_focusable else {}
    head = {"class_": "mark", **focus, "role": "img", "aria_label": label}
    return group(element("title", label), *children, **head, **attributes)


def text(
    words: str,
    x: float,
    y: float,
    *,
    size: float = 12,
    fill: str = INK,
    anchor: str | None = None,
    has_halo: bool = False,
    **more: object,
) -> Fragment:
    """Build a line of text; the anchor is `start` unless told, a halo keeps it readable over marks."""
    if has_halo:
        more |= {"stroke": PAPER, "stroke_width": 3, "stroke_linejoin": "round", "paint_order": "stroke"}
    return element("text", words, x=x, y=y, font_size=size, fill=fill, text_anchor=anchor, **more)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> Fragment:
    """Build a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def rectangle(x: float, y: float, width: float, height: float, **attributes: object) -> Fragment:
    """Build a rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, **attributes)


def write_polyline(points: list[tuple[float, float]], *, closed: bool = False) -> str:
    """Write the `d` of a path through points."""
    steps = "L".join(f"{format_coordinate(x)} {format_coordinate(y)}" for x, y in points)
    return f"M{steps}{'Z' if closed else ''}" if points else ""


def frame(chart_id: str, label: str, width: float, height: float, *children: str) -> Fragment:
    """Build the outer `<svg>` of a chart: sized by its viewBox, named for screen readers."""
    return element(
        "svg",
        *children,
        xmlns="http://www.w3.org/2000/svg",
        id=chart_id,
        class_="chart",
        viewBox=f"0 0 {format_coordinate(width)} {format_coordinate(height)}",
        width=width,
        height=height,
        role="group",
        aria_label=label,
        font_family=FONT,
    )
