"""A world map: countries by class, flows as arcs; what is missing is hatched, what is left out is counted."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from monazite.errors import DataError
from monazite.reports.charts.borders import Borders
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
from monazite.reports.charts.map_flows import MapFlow, Sheet, draw_flows, draw_labels
from monazite.reports.charts.palette import EMPTY, FLOW, HATCH, OUTLINE, STEPS
from monazite.reports.charts.scale import choose_breaks, finite
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
    format_share,
    format_ticks,
    format_value,
    measure_text,
)

DOT_RADIUS = 2.2
SWATCH = 16.0


def draw_map(
    values: Mapping[str, float],
    flows: Sequence[MapFlow],
    caption: Caption,
    borders: Borders,
    *,
    names: Mapping[str, str],
    width: float = 960,
    top_flows: int = 25,
    breaks: Sequence[float] | None = None,
    flow_unit: str = "t",
    labels: int | None = None,
) -> Chart:
    """
    Draw countries by class and flows as arcs from exporter to importer.

    Parameters
    ----------
    values : mapping of country code to float
        What fills a country. [caption.unit, >= 0] NaN, or no entry, is missing: hatched, and said so.
    flows : sequence of MapFlow
        The `top_flows` largest between two countries on the map are drawn; the rest is counted in words.
        [flow_unit, >= 0]
    caption : Caption
        Its title names what fills the countries.
    borders : Borders
        The base map.
    names : mapping of country code to str
        Names to print; a code without one is printed itself.
    breaks : sequence of float, optional
        Limits between the classes, rising, at most five; round numbers are chosen if None.
    labels : int, optional
        How many countries are named on the map; eight, or four on a phone, if None.

    Returns
    -------
    Chart
        The table lists every value, the second table every flow.

    Raises
    ------
    DataError
        If a number is negative or infinite, or a flow is missing; the message lists all of them.
    """
    check_width(width)
    check_numbers(values, flows, caption)
    ordered = sorted(flows, key=lambda flow: (-flow.quantity, flow.exporter, flow.importer))
    tables = build_tables(values, ordered, caption, names, flow_unit)
    if not finite(values.values()) and not any(flow.quantity > 0 for flow in ordered):
        return Chart(draw_empty(caption, width), tables[0], tables[1:])
    sheet = Sheet(borders, caption, names, width)
    limits = (
        check_breaks(breaks, caption)
        if breaks is not None
        else choose_breaks(list(values.values()), len(STEPS))
    )
    can_draw = [f for f in ordered if f.quantity > 0 and f.exporter != f.importer and on_map(f, borders)]
    shown = can_draw[:top_flows]
    count = labels if labels is not None else (4 if width < PHONE_WIDTH else 8)
    parts = [
        draw_countries(sheet, values, limits),
        draw_flows(sheet, shown, flow_unit),
        draw_labels(sheet, values, shown, count),
    ]
    legend, bottom = draw_legend(sheet, limits, shown, flow_unit)
    notes, used = draw_notes(list_notes(sheet, values, ordered, shown, flow_unit), 0, bottom, width)
    svg = frame(
        caption.chart_id, describe(caption, values, shown), width, bottom + used, *parts, legend, notes
    )
    return Chart(svg, tables[0], tables[1:])


def on_map(flow: MapFlow, borders: Borders) -> bool:
    """Tell whether both ends of a flow are on the map."""
    return flow.exporter in borders.countries and flow.importer in borders.countries


def check_numbers(values: Mapping[str, float], flows: Sequence[MapFlow], caption: Caption) -> None:
    """Raise where a number cannot be drawn."""
    wrong = [f"{code}: {value}" for code, value in values.items() if value < 0 or math.isinf(value)]
    wrong += [
        f"{flow.exporter} -> {flow.importer}: {flow.quantity}"
        for flow in flows
        if not math.isfinite(flow.quantity) or flow.quantity < 0
    ]
    if wrong:
        raise DataError(
            f"map {caption.chart_id!r}",
            f"{len(wrong)} numbers cannot be drawn.",
            which=wrong,
            expected="values >= 0 or NaN; flows >= 0",
            fix="leave out flows without a figure",
        )


def check_breaks(breaks: Sequence[float], caption: Caption) -> tuple[float, ...]:
    """Raise unless the limits rise and their classes have colours."""
    if len(breaks) >= len(STEPS) or any(low >= high for low, high in pairwise(breaks)):
        raise DataError(
            f"map {caption.chart_id!r}",
            "its class limits cannot be used.",
            which=list(breaks),
            expected=f"at most {len(STEPS) - 1} rising numbers",
        )
    return tuple(breaks)


def build_tables(
    values: Mapping[str, float],
    flows: Sequence[MapFlow],
    caption: Caption,
    names: Mapping[str, str],
    flow_unit: str,
) -> tuple[Table, ...]:
    """List the numbers drawn: countries by size, missing last; then flows."""
    order = sorted(values, key=lambda code: (math.isnan(values[code]), -values[code], code))
    countries = Table(
        caption.title,
        (Column("Country"), Column("Code"), Column("Value", caption.unit, is_number=True)),
        tuple((names.get(code, code), code, values[code]) for code in order),
    )
    if not flows:
        return (countries,)
    columns = (Column("Exporter"), Column("Importer"), Column("Quantity", flow_unit, is_number=True))
    rows = tuple(
        (names.get(f.exporter, f.exporter), names.get(f.importer, f.importer), f.quantity) for f in flows
    )
    return countries, Table("Flows", columns, rows)


def describe(caption: Caption, values: Mapping[str, float], shown: Sequence[MapFlow]) -> str:
    """One sentence for a screen reader."""
    arcs = f" and {len(shown)} flows" if shown else ""
    return f"World map. {caption.title}: {len(finite(values.values()))} countries with a figure{arcs}."


def draw_definitions(sheet: Sheet) -> Fragment:
    """The hatching of countries without data; lengths are file units."""
    cell = 6 / sheet.scale
    stroke = element("path", d=f"M0 {cell:.1f}L{cell:.1f} 0", stroke=HATCH, stroke_width=0.8 / sheet.scale)
    pattern = {"width": cell, "height": cell, "patternUnits": "userSpaceOnUse"}
    return element(
        "defs",
        element("pattern", rectangle(0, 0, cell, cell, fill=EMPTY), stroke, id=hatch_id(sheet), **pattern),
    )


def hatch_id(sheet: Sheet) -> str:
    """The id of the hatching; ids are unique because that of the chart is."""
    return f"{sheet.caption.chart_id}-missing"


def pick_fill(value: float, limits: Sequence[float]) -> str:
    """The colour of a class; with few classes the colours spread over the whole range."""
    index = sum(value >= limit for limit in limits)
    return STEPS[round(index * (len(STEPS) - 1) / max(len(limits), 1))] if limits else STEPS[2]


def draw_countries(sheet: Sheet, values: Mapping[str, float], limits: Sequence[float]) -> Fragment:
    """Countries without data first, then the others from large to small, so that Tab follows the size."""
    known = sorted(
        (code for code in sheet.borders.countries if math.isfinite(values.get(code, math.nan))),
        key=lambda code: (-values[code], code),
    )
    missing = [code for code in sheet.borders.countries if code not in set(known)]
    hatch = f"url(#{hatch_id(sheet)})"
    parts = [element("path", d=path, fill=hatch) for path in sheet.borders.unassigned]
    for code in missing:
        parts.append(
            group(element("title", f"{sheet.name(code)}: {NO_DATA}"), draw_outline(sheet, code, hatch))
        )
    for code in known:
        label = f"{sheet.name(code)}: {format_value(values[code], sheet.caption.unit)}"
        parts.append(mark(label, draw_outline(sheet, code, pick_fill(values[code], limits))))
    return element(
        "svg",
        draw_definitions(sheet),
        group(*parts, stroke=OUTLINE, stroke_width=0.5 / sheet.scale, stroke_linejoin="round"),
        viewBox=f"0 0 {format_coordinate(sheet.borders.width)} {format_coordinate(sheet.borders.height)}",
        width=sheet.width,
        height=sheet.height,
    )


def draw_outline(sheet: Sheet, code: str, fill: str) -> Fragment:
    """An outline, or a dot for a country too small to see, in file units."""
    shape = sheet.borders.countries[code]
    if not shape.is_dot:
        return element("path", d=shape.path, fill=fill)
    x, y = shape.centroid
    radius = DOT_RADIUS / sheet.scale * min(1.0, 0.5 + sheet.width / 1920)
    return element("circle", cx=x, cy=y, r=radius, fill=EMPTY if fill.startswith("url") else fill)


def draw_legend(
    sheet: Sheet, limits: Sequence[float], shown: Sequence[MapFlow], flow_unit: str
) -> tuple[Fragment, float]:
    """Classes, hatching and the width of arcs, in rows; returns them and where they end."""
    keys: list[tuple[str, Fragment]] = []
    for index in range(len(limits) + 1):
        fill = pick_fill(limits[index - 1] if index else -1.0, limits)
        keys.append(
            (
                name_class(limits, index, sheet.caption.unit),
                rectangle(0, 0, SWATCH, 11, fill=fill, stroke=OUTLINE, stroke_width=0.5),
            )
        )
    stripes = [line(i, 11, i + 11, 0, stroke=HATCH, stroke_width=0.9) for i in (-5.5, 0, 5.5, 11)]
    blank = rectangle(0, 0, SWATCH, 11, fill=EMPTY, stroke=OUTLINE, stroke_width=0.5)
    keys.append((NO_DATA, element("svg", blank, *stripes, width=SWATCH, height=11)))
    if shown:
        stroke = element("path", d=f"M0 5.5H{SWATCH}", stroke=FLOW, stroke_width=3)
        keys.append((f"flow; the widest is {format_value(shown[0].quantity, flow_unit)}", stroke))
    parts, x, y = [], 0.0, sheet.height + 14
    has_unit = sheet.caption.unit not in ("", SHARE)
    unit = f"{sheet.caption.title}, {sheet.caption.unit}" if has_unit else sheet.caption.title
    if limits:
        parts.append(text(unit, 0, y + 10, font_weight=600))
        y += 20
    for words, swatch in keys:
        room = SWATCH + 6 + measure_text(words, 12)
        if x > 0 and x + room > sheet.width:
            x, y = 0.0, y + 20
        parts.append(
            group(
                swatch,
                text(words, SWATCH + 6, 10),
                transform=f"translate({format_coordinate(x)} {format_coordinate(y)})",
            )
        )
        x += room + 18
    return group(*parts), y + 20


def name_class(limits: Sequence[float], index: int, unit: str) -> str:
    """Name a class by its limits."""
    if not limits:
        return "any figure"
    words = [format_ticks([limit], unit)[0] for limit in limits]
    if index == 0:
        return f"below {words[0]}"
    if index == len(limits):
        return f"{words[-1]} and more"
    return f"{words[index - 1]} to {words[index]}"


def list_notes(
    sheet: Sheet,
    values: Mapping[str, float],
    flows: Sequence[MapFlow],
    shown: Sequence[MapFlow],
    flow_unit: str,
) -> list[str]:
    """Say what is not drawn: smaller flows, flows within a country, codes that are not on the map."""
    notes = []
    total = sum(flow.quantity for flow in flows)
    if total > 0:
        drawn = sum(flow.quantity for flow in shown)
        count = sum(flow.quantity > 0 for flow in flows)
        if not shown:
            notes.append(f"No flow is drawn: none of {count} has both ends on the map (see the table).")
        elif len(shown) == count:
            notes.append(f"All flows are drawn: {count} with {format_value(total, flow_unit)}.")
        else:
            part = f"{len(shown)} of {count} flows, {format_share(drawn / total)} of the quantity"
            rest = format_value(total - drawn, flow_unit)
            notes.append(f"Drawn: the largest {part}; the others carry {rest} (see the table).")
    off = [
        f"{sheet.name(c)} ({format_value(values[c], sheet.caption.unit)})"
        for c in sorted(values)
        if off_map(c, sheet)
    ]
    if off:
        notes.append(f"Not on the map: {', '.join(off)}.")
    return [*notes, sheet.borders.disclaimer]


def off_map(code: str, sheet: Sheet) -> bool:
    """Tell whether a code has no place on the map."""
    return code not in sheet.borders.countries
