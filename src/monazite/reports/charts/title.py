"""A title above a chart that has none of its own, for files that stand alone."""

import re

from monazite.reports.charts.svg import Fragment, frame, text

TITLE = 28.0
"""Height of a title line. [pixels]"""


def add_title(svg: str, words: str, chart_id: str) -> str:
    """
    Put a line of words above a chart, which keeps its size.

    Examples
    --------
    >>> chart = frame("a", "Chart.", 100.0, 50.0)
    >>> 'viewBox="0 0 100 78"' in add_title(chart, "graphite 2022", "a")
    True
    """
    width, height = map(float, re.findall(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)[0])
    moved = Fragment(svg.replace("<svg ", f'<svg y="{TITLE:.0f}" ', 1))
    title = text(words, 10, 18, size=14, font_weight=600)
    return frame(f"{chart_id}-titled", words, width, height + TITLE, title, moved)
