"""A Sankey diagram: flows between columns of countries; small ones are pooled and counted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monazite.errors import DataError
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
from monazite.reports.charts.palette import CATEGORIES, OTHER, SOFT_INK
from monazite.reports.charts.svg import (
    Fragment,
    element,
    format_coordinate,
    frame,
    group,
    mark,
    rectangle,
    text,
)
from monazite.reports.charts.words import format_share, format_value, measure_text, shorten_text

POOL = "\uffffpool"  # sorts last; never printed
NODE_WIDTH = 14.0
GAP = 8.0
SLOT = 15.0  # the least room for a label
HEAD = 26.0


@dataclass(frozen=True)
class SankeyFlow:
    """A quantity from a source in one column to a target in the next; `column` is that of the source."""

    source: str
    target: str
    quantity: float
    column: int = 0


@dataclass(frozen=True)
class Node:
    """One box: its place, the quantity it stands for, and how many labels are pooled in it."""

    x: float
    y: float
    height: float
    quantity: float
    members: int


Key = tuple[int, str]
Margins = tuple[float, float]


@dataclass(frozen=True)
class Room:
    """What labels have to fit into: the chart, its margins, the number of its last column, the quantity."""

    width: float
    margins: Margins
    last: int
    total: float

    def for_label(self, column: int) -> float:
        """Pixels for the label of a box."""
        between = (self.width - sum(self.margins) - NODE_WIDTH) / self.last - NODE_WIDTH
        return {0: self.margins[0] - 8, self.last: self.margins[1] - 8}.get(column, between - 12)


def draw_sankey(
    flows: Sequence[SankeyFlow],
    heads: Sequence[str],
    caption: Caption,
    *,
    names: Mapping[str, str],
    width: float = 960,
    top_nodes: int = 8,
) -> Chart:
    """
    Draw flows between two or more columns.

    Parameters
    ----------
    flows : sequence of SankeyFlow
        From `column` to `column + 1`. [caption.unit, >= 0]
    heads : sequence of str
        The words above the columns, two or more.
    caption : Caption
        Words around the chart.
    names : mapping of label to str
        Names to print; a label without one is printed itself.
    top_nodes : int
        The largest of each column are drawn; the others of a column are pooled in one box that says how many.

    Returns
    -------
    Chart
        The table lists the flows as drawn, the second table all of them before pooling.

    Raises
    ------
    DataError
        If a quantity is missing or negative, or a column has no head; the message lists all of them.
    """
    check_width(width)
    check_flows(flows, heads, caption)
    positive = [flow for flow in flows if flow.quantity > 0]
    pooled, members = pool_flows(positive, top_nodes)
    tables = build_tables(flows, pooled, members, heads=heads, caption=caption, names=names)
    if not positive:
        return Chart(draw_empty(caption, width), tables[0], tables[1:])
    margins = measure_margins(members, len(heads) - 1, names, width)
    nodes, height = place_nodes(pooled, members, len(heads), width=width, margins=margins)
    colours = pick_colours(nodes)
    total = sum(flow.quantity for flow in pooled if flow.column == 0)
    parts = [
        draw_heads(heads, nodes, width),
        draw_ribbons(pooled, nodes, colours, caption, names),
        draw_nodes(nodes, colours, caption, names, Room(width, margins, len(heads) - 1, total)),
    ]
    notes, used = draw_notes(list_notes(nodes, heads, caption, total), 0, height, width)
    label = f"Flow diagram. {caption.title}: {len(pooled)} flows, {format_value(total, caption.unit)} in all."
    return Chart(frame(caption.chart_id, label, width, height + used, *parts, notes), tables[0], tables[1:])


def check_flows(flows: Sequence[SankeyFlow], heads: Sequence[str], caption: Caption) -> None:
    """Raise where a flow cannot be drawn."""
    wrong = [
        f"{flow.source} -> {flow.target} (column {flow.column}): {flow.quantity}"
        for flow in flows
        if not math.isfinite(flow.quantity) or flow.quantity < 0 or not 0 <= flow.column < len(heads) - 1
    ]
    if wrong or len(heads) < 2:
        raise DataError(
            f"flow diagram {caption.chart_id!r}",
            f"{len(wrong)} flows cannot be drawn in {len(heads)} columns.",
            which=wrong,
            expected="two or more columns; quantities >= 0; a column that has a next one",
            fix="leave out flows without a figure",
        )


def sum_nodes(flows: Sequence[SankeyFlow]) -> dict[Key, float]:
    """The size of each box: the larger of what comes in and what goes out."""
    arriving: dict[Key, float] = {}
    leaving: dict[Key, float] = {}
    for flow in flows:
        start, end = (flow.column, flow.source), (flow.column + 1, flow.target)
        leaving[start] = leaving.get(start, 0.0) + flow.quantity
        arriving[end] = arriving.get(end, 0.0) + flow.quantity
    return {key: max(arriving.get(key, 0.0), leaving.get(key, 0.0)) for key in sorted({*arriving, *leaving})}


def pool_flows(flows: Sequence[SankeyFlow], top_nodes: int) -> tuple[list[SankeyFlow], dict[Key, int]]:
    """Pool all but the largest labels of each column; a single small one is not, it would save no room."""
    sizes = sum_nodes(flows)
    members: dict[Key, int] = {}
    for column in sorted({column for column, _ in sizes}):
        ranked = sorted((key for key in sizes if key[0] == column), key=lambda key: (-sizes[key], key))
        kept = ranked if len(ranked) <= top_nodes + 1 else ranked[:top_nodes]
        members |= dict.fromkeys(kept, 1)
        if len(ranked) > len(kept):
            members[column, POOL] = len(ranked) - len(kept)
    merged: dict[tuple[int, str, str], float] = {}
    for flow in flows:
        source = flow.source if (flow.column, flow.source) in members else POOL
        target = flow.target if (flow.column + 1, flow.target) in members else POOL
        merged[flow.column, source, target] = merged.get((flow.column, source, target), 0.0) + flow.quantity
    order = sorted(merged, key=lambda key: (key[0], -merged[key], key))
    return [SankeyFlow(source, target, merged[c, source, target], c) for c, source, target in order], members


def name_node(label: str, members: int, names: Mapping[str, str]) -> str:
    """What a box is called."""
    return f"{members} others" if label == POOL else names.get(label, label)


def build_tables(
    flows: Sequence[SankeyFlow],
    pooled: Sequence[SankeyFlow],
    members: Mapping[Key, int],
    *,
    heads: Sequence[str],
    caption: Caption,
    names: Mapping[str, str],
) -> tuple[Table, Table]:
    """List the flows as drawn, and all flows before pooling."""
    columns = (
        Column("From"),
        Column("To"),
        Column("Between"),
        Column("Quantity", caption.unit, is_number=True),
    )

    def write_row(flow: SankeyFlow) -> tuple[str, str, str, float]:
        source = name_node(flow.source, members.get((flow.column, POOL), 0), names)
        target = name_node(flow.target, members.get((flow.column + 1, POOL), 0), names)
        return source, target, f"{heads[flow.column]} – {heads[flow.column + 1]}", flow.quantity

    ordered = sorted(flows, key=lambda flow: (flow.column, -flow.quantity, flow.source, flow.target))
    return (
        Table(caption.title, columns, tuple(write_row(flow) for flow in pooled)),
        Table(f"{caption.title}, all flows", columns, tuple(write_row(flow) for flow in ordered)),
    )


def place_nodes(
    flows: Sequence[SankeyFlow], members: Mapping[Key, int], columns: int, *, width: float, margins: Margins
) -> tuple[dict[Key, Node], float]:
    """Stack the boxes of each column, the largest on top, the pool at the bottom; returns the height too."""
    sizes = sum_nodes(flows)
    stacks = [
        sorted((key for key in sizes if key[0] == column), key=lambda key: (key[1] == POOL, -sizes[key], key))
        for column in range(columns)
    ]
    largest = max(sum(sizes[key] for key in stack) for stack in stacks)
    scale = (300.0 if width < PHONE_WIDTH else 360.0) / largest
    nodes: dict[Key, Node] = {}
    bottom = HEAD
    for column, stack in enumerate(stacks):
        x = margins[0] + (width - sum(margins) - NODE_WIDTH) * column / (columns - 1)
        y = HEAD
        for key in stack:
            height = max(sizes[key] * scale, 1.0)
            slot = max(height, SLOT)
            nodes[key] = Node(x, y + (slot - height) / 2, height, sizes[key], members[key])
            y += slot + GAP
        bottom = max(bottom, y)
    return nodes, bottom


def measure_margins(members: Mapping[Key, int], last: int, names: Mapping[str, str], width: float) -> Margins:
    """The room that the labels left and right of the outer columns need, within bounds."""
    size, share, most = (
        (11.0, 0.0, 112.0 if last == 1 else 88.0) if width < PHONE_WIDTH else (12.0, 52.0, 230.0)
    )
    left, right = (
        max(
            measure_text(name_node(label, count, names), size)
            for (c, label), count in members.items()
            if c == column
        )
        for column in (0, last)
    )
    return min(most, left + share + 10), min(most, right + share + 10)


def pick_colours(nodes: Mapping[Key, Node]) -> dict[str, str]:
    """One colour per label, the same in every column: the largest get colours, the rest grey."""
    size: dict[str, float] = {}
    for (column, label), node in nodes.items():
        if label != POOL:
            size[label] = max(size.get(label, 0.0), node.quantity * (2.0 if column == 0 else 1.0))
    ranked = sorted(size, key=lambda label: (-size[label], label))
    return dict(zip(ranked, CATEGORIES, strict=False))


def draw_heads(heads: Sequence[str], nodes: Mapping[Key, Node], width: float) -> Fragment:
    """The words above the columns."""
    parts = []
    for column, words in enumerate(heads):
        x = next(node.x for key, node in nodes.items() if key[0] == column)
        first, last = column == 0, column == len(heads) - 1
        place = x if first else x + NODE_WIDTH if last else x + NODE_WIDTH / 2
        anchor = "start" if first else "end" if last else "middle"
        parts.append(text(words, place, 14, fill=SOFT_INK, anchor=anchor, font_weight=600))
    return group(*parts)


def draw_ribbons(
    flows: Sequence[SankeyFlow],
    nodes: Mapping[Key, Node],
    colours: Mapping[str, str],
    caption: Caption,
    names: Mapping[str, str],
) -> Fragment:
    """Bands from box to box, in the colour of their source."""
    leaving = dict.fromkeys(nodes, 0.0)
    arriving = dict.fromkeys(nodes, 0.0)
    spans: dict[int, list[float]] = {}
    by_target = sorted(range(len(flows)), key=lambda i: nodes[flows[i].column + 1, flows[i].target].y)
    by_source = sorted(range(len(flows)), key=lambda i: nodes[flows[i].column, flows[i].source].y)
    for offsets, order, is_start in ((leaving, by_target, True), (arriving, by_source, False)):
        for i in order:
            flow = flows[i]
            key = (flow.column, flow.source) if is_start else (flow.column + 1, flow.target)
            node = nodes[key]
            thick = node.height * flow.quantity / node.quantity
            spans.setdefault(i, []).extend([node.y + offsets[key], thick])
            offsets[key] += thick
    parts = []
    for i, flow in enumerate(flows):
        start, end = nodes[flow.column, flow.source], nodes[flow.column + 1, flow.target]
        words = (
            f"{name_node(flow.source, start.members, names)} to {name_node(flow.target, end.members, names)}"
        )
        d = write_ribbon(start.x + NODE_WIDTH, end.x, spans[i])
        fill = colours.get(flow.source, OTHER)
        label = f"{words}: {format_value(flow.quantity, caption.unit)}"
        parts.append(mark(label, element("path", d=d, fill=fill, fill_opacity=0.45)))
    return group(*parts)


def write_ribbon(x0: float, x1: float, span: Sequence[float]) -> str:
    """Write the outline of a band between two upright edges."""
    y0, thick0, y1, thick1 = span
    thick0, thick1, middle = max(thick0, 0.6), max(thick1, 0.6), (x0 + x1) / 2
    numbers = (x0, y0, middle, y0, middle, y1, x1, y1, x1, y1 + thick1)
    back = (middle, y1 + thick1, middle, y0 + thick0, x0, y0 + thick0)
    go, home = ([format_coordinate(n) for n in part] for part in (numbers, back))
    return f"M{go[0]} {go[1]}C{' '.join(go[2:8])}L{go[8]} {go[9]}C{' '.join(home)}Z"


def draw_nodes(
    nodes: Mapping[Key, Node],
    colours: Mapping[str, str],
    caption: Caption,
    names: Mapping[str, str],
    room: Room,
) -> Fragment:
    """Boxes with their names and shares."""
    is_phone = room.width < PHONE_WIDTH
    size = 11.0 if is_phone else 12.0
    parts = []
    for (column, label), node in nodes.items():
        name, share = name_node(label, node.members, names), format_share(node.quantity / room.total)
        box = rectangle(node.x, node.y, NODE_WIDTH, node.height, fill=colours.get(label, OTHER))
        is_left = column == 0
        x = node.x - 6 if is_left else node.x + NODE_WIDTH + 6
        short = shorten_text(name, size, room.for_label(column) - (0 if is_phone else 52))
        words = short if is_phone else f"{short} {share}"
        title = f"{name}: {format_value(node.quantity, caption.unit)}, {share}"
        anchor = "end" if is_left else None
        middle = node.y + node.height / 2 + size * 0.35
        parts.append(
            mark(
                title, box, text(words, x, middle, size=size, anchor=anchor, has_halo=0 < column < room.last)
            )
        )
    return group(*parts)


def list_notes(nodes: Mapping[Key, Node], heads: Sequence[str], caption: Caption, total: float) -> list[str]:
    """Say how much the pools hold."""
    pools = [
        f"{heads[column]}: {node.members} others with {format_value(node.quantity, caption.unit)} "
        f"({format_share(node.quantity / total)})"
        for (column, label), node in nodes.items()
        if label == POOL
    ]
    whole = f"In all {format_value(total, caption.unit)}; a share is of that."
    return [f"{whole} Pooled: {'; '.join(pools)}." if pools else whole]
