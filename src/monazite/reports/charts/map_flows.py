"""Flows on a map: arcs from exporter to importer, and the names of the countries at their ends."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monazite.reports.charts.borders import Borders
from monazite.reports.charts.chart import PHONE_WIDTH, Caption
from monazite.reports.charts.palette import FLOW, PAPER
from monazite.reports.charts.svg import (
    Fragment,
    element,
    format_coordinate,
    group,
    mark,
    text,
    write_polyline,
)
from monazite.reports.charts.words import format_value, measure_text

WIDEST_FLOW = 9.0
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class MapFlow:
    """One flow from a country to another; NaN is not accepted, a lane without a figure is no flow."""

    exporter: str
    importer: str
    quantity: float


@dataclass(frozen=True)
class Sheet:
    """A base map at the size of one chart."""

    borders: Borders
    caption: Caption
    names: Mapping[str, str]
    width: float

    @property
    def scale(self) -> float:
        """Pixels per file unit."""
        return self.width / self.borders.width

    @property
    def height(self) -> float:
        """Height of the map without its legend, in pixels."""
        return self.borders.height * self.scale

    def name(self, code: str) -> str:
        """The name of a country, or its code where there is none."""
        return self.names.get(code, code)

    def centre(self, code: str) -> tuple[float, float]:
        """The centroid of a country, in pixels."""
        x, y = self.borders.countries[code].centroid
        return x * self.scale, y * self.scale


def draw_flows(sheet: Sheet, shown: Sequence[MapFlow], flow_unit: str) -> Fragment:
    """Arcs, the smallest on top; across the Pacific an arc leaves at one edge and comes in at the other."""
    if not shown:
        return Fragment("")
    widest = WIDEST_FLOW * (0.55 if sheet.width < PHONE_WIDTH else 1.0)
    parts = []
    for flow in shown:
        thickness = max(0.9, widest * flow.quantity / shown[0].quantity)
        (x0, y0), (x1, y1) = sheet.centre(flow.exporter), sheet.centre(flow.importer)
        shift = 0.0 if abs(x1 - x0) <= sheet.width / 2 else math.copysign(sheet.width, x0 - x1)
        curves = [draw_arc((x0, y0), (x1 + shift, y1), thickness)]
        if shift:
            curves.append(draw_arc((x0 - shift, y0), (x1, y1), thickness))
        words = f"{sheet.name(flow.exporter)} to {sheet.name(flow.importer)}"
        parts.append(mark(f"{words}: {format_value(flow.quantity, flow_unit)}", *curves))
    return element("svg", *parts, width=sheet.width, height=sheet.height, fill="none")


def draw_arc(start: tuple[float, float], end: tuple[float, float], thickness: float) -> Fragment:
    """One bowed line with a light rim and an arrow head at the importer."""
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    bow = (
        (0.1 if length > 500 else 0.18) * length * (1 if x1 >= x0 else -1)
    )  # eastward arcs bow to the north, westward arcs too
    cx, cy = (x0 + x1) / 2 + bow * (y1 - y0) / length, (y0 + y1) / 2 - bow * (x1 - x0) / length
    head = 4.0 + 1.1 * thickness
    angle = math.atan2(y1 - cy, x1 - cx)
    bx, by = x1 - head * math.cos(angle), y1 - head * math.sin(angle)
    half = 0.5 * head + 0.15 * thickness
    corners = [
        (bx + half * math.sin(angle), by - half * math.cos(angle)),
        (x1, y1),
        (bx - half * math.sin(angle), by + half * math.cos(angle)),
    ]
    curve = " ".join(format_coordinate(number) for number in (cx, cy, bx, by))
    d = f"M{format_coordinate(x0)} {format_coordinate(y0)}Q{curve}"
    point = write_polyline(corners, closed=True)
    return Fragment(
        element("path", d=d, stroke=PAPER, stroke_width=thickness + 1.6, stroke_opacity=0.65)
        + element("path", d=d, stroke=FLOW, stroke_width=thickness, stroke_opacity=0.82)
        + element("path", d=point, fill=FLOW, stroke=PAPER, stroke_width=0.6)
    )


def draw_labels(sheet: Sheet, values: Mapping[str, float], shown: Sequence[MapFlow], count: int) -> Fragment:
    """Names of the countries with the largest flows or values, where they do not cover each other."""
    weight: dict[str, float] = {}
    for flow in shown:
        for code in (flow.exporter, flow.importer):
            weight[code] = weight.get(code, 0.0) + flow.quantity
    if not shown:
        weight = {
            c: v for c, v in values.items() if c in sheet.borders.countries and math.isfinite(v) and v > 0
        }
    size = 10.5 if sheet.width < PHONE_WIDTH else 12
    taken: list[Box] = []
    parts = []
    for code in sorted(weight, key=lambda code: (-weight[code], code)):
        box = next((b for b in list_boxes(sheet, code, size) if is_free(b, taken, sheet)), None)
        if box is None or len(taken) == count:
            continue
        taken.append(box)
        parts.append(text(sheet.name(code), box[0], box[3] - 3, size=size, font_weight=600, has_halo=True))
    return group(*parts, pointer_events="none", aria_hidden="true")


def list_boxes(sheet: Sheet, code: str, size: float) -> list[Box]:
    """Where the name of a country may stand: below its centre, above, right, left."""
    (x, y), wide, high = sheet.centre(code), measure_text(sheet.name(code), size), size + 3
    places = (
        (x - wide / 2, y + 4),
        (x - wide / 2, y - high - 4),
        (x + 6, y - high / 2),
        (x - wide - 6, y - high / 2),
    )
    return [(left, top, left + wide, top + high) for left, top in places]


def is_free(box: Box, taken: Sequence[Box], sheet: Sheet) -> bool:
    """Tell whether a label lies on the map and clear of the others."""
    left, top, right, bottom = box
    inside = left >= 0 and top >= 0 and right <= sheet.width and bottom <= sheet.height
    return inside and all(right < a or left > c or bottom < b or top > d for a, b, c, d in taken)
