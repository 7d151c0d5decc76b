"""Where labels of points go so that they do not overlap each other, the points or the frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monazite.reports.charts.words import measure_text

RINGS = (9.0, 16.0, 26.0, 38.0, 54.0, 72.0, 94.0)
"""Distances of a label from its point that are tried, the nearest first. [pixels]"""
DIRECTIONS = ((1, 0), (1, -1), (1, 1), (-1, 0), (-1, -1), (-1, 1), (0, -1), (0, 1))
"""Where a label is tried, as steps right and down."""
ASCENT, DESCENT = 0.78, 0.24
"""Height of letters above and below their line, of the size of the type."""


@dataclass(frozen=True)
class Box:
    """A rectangle on the page. [pixels]"""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        """Area that two rectangles share. [pixels squared]"""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide * high if wide > 0 and high > 0 else 0.0

    def leaves(self, page: "Box") -> bool:
        """Whether a part of it lies outside the page."""
        return (
            self.left < page.left
            or self.right > page.right
            or self.top < page.top
            or self.bottom > page.bottom
        )


@dataclass(frozen=True)
class Label:
    """A placed label: its text, where its line of type starts, its box, and whether it needs a line to its point."""

    words: str
    x: float
    y: float
    box: Box
    is_far: bool


def place_labels(
    points: Sequence[tuple[str, float, float]], taken: Sequence[Box], page: Box, *, size: float = 11.0,
    crossed: Sequence[Box] = (),
) -> list[Label]:  # fmt: skip
    """
    Place a label near every point, greedily: the nearest free place, else the one that covers least.

    Parameters
    ----------
    points : sequence of (text, x, y)
        Points to label, the most important first. [pixels]
    taken : sequence of Box
        What labels must not cover. [pixels]
    page : Box
        What labels must not leave. [pixels]
    size : float, default 11
        Of the type. [pixels]
    crossed : sequence of Box
        Lines that labels may cross where there is no other place. [pixels]

    Returns
    -------
    list of Label
        In the order of the points.

    Examples
    --------
    Of two points in one place the second label moves away:

    >>> page = Box(0, 0, 300, 300)
    >>> one, two = place_labels([("tin", 100, 100), ("lead", 100, 100)], [], page)
    >>> one.box.overlap(two.box)
    0.0
    """
    used = list(taken)
    placed = []
    for words, x, y in points:
        places = _try_places(words, x, y, size)
        label = min(places, key=lambda place: _cost(place[0], place[1], used, crossed, page))[0]
        used.append(label.box)
        placed.append(label)
    return placed


def _try_places(words: str, x: float, y: float, size: float) -> Iterator[tuple[Label, int]]:
    """List the places of a label, the nearest first, with their order."""
    wide = measure_text(words, size)
    order = 0
    for ring in RINGS:
        for right, down in DIRECTIONS:
            left = x + ring if right > 0 else x - ring - wide if right < 0 else x - wide / 2
            base = y + down * ring + size * 0.36
            box = Box(left - 1, base - size * ASCENT, left + wide + 1, base + size * DESCENT)
            yield Label(words, left, base, box, ring > RINGS[1]), order
            order += 1


def _cost(
    label: Label, order: int, used: Sequence[Box], crossed: Sequence[Box], page: Box
) -> tuple[bool, float, float, int]:
    """Order of places: inside the page, covering least, crossing least, near."""
    covered, lines = (sum(label.box.overlap(box) for box in boxes) for boxes in (used, crossed))
    return label.box.leaves(page), covered, lines, order
