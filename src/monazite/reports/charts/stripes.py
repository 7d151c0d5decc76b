"""A striped box: what is not known to be part of a bar, and may be."""

from monazite.reports.charts.palette import EMPTY, HATCH, OUTLINE
from monazite.reports.charts.svg import Fragment, group, line, rectangle

STRIPE = 5.0
"""From one stripe to the next. [pixels]"""


def draw_stripes(x: float, y: float, width: float, height: float) -> Fragment:
    """Draw a box of slanting stripes, cut at its ends."""
    strokes = []
    start = x - height
    while start < x + width:
        first, last = max(start, x), min(start + height, x + width)
        if first < last:
            ends = (first, y + height - (first - start), last, y + height - (last - start))
            strokes.append(line(*ends, stroke=HATCH, stroke_width=1))
        start += STRIPE
    box = rectangle(x, y, width, height, fill=EMPTY, stroke=OUTLINE, stroke_width=0.5)
    return group(box, *strokes)
