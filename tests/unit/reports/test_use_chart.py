"""Strips of uses by month, and rounded figures."""

import itertools
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.reports.charts.chart import Caption
from monazite.reports.use_chart import FILLS, draw_uses, pick_class
from monazite.scenarios.answers import Quantiles
from monazite.scenarios.outlook import Band
from monazite.scenarios.use_outlook import UseOutlook

MONTHS = ["2025-11", "2025-12", "2026-01", "2026-02"]
CAPTION = Caption("uses", "Lamps stop first", "", "no use misses anything")


def use_of(median, high):
    zero = np.zeros(4)
    band = Band(zero, zero, np.array(median), np.array(high), np.array(high))
    risk = Quantiles(1e9, 0.0, 2e9)
    return UseOutlook("gallium", "Lamps", "C27", 0.25, 9e10, band, None, None, "", risk, 0.5, 0.5, "2026-01")


def test_a_strip_has_a_piece_for_each_class_that_follows_another():
    # Median: 0, 0, 30 %, 60 %: three pieces; high: 60 % throughout: one.
    chart = draw_uses([use_of([0, 0, 0.3, 0.6], [0.6] * 4)], ["Lamps"], MONTHS, CAPTION)
    root = ET.fromstring(chart.svg)
    titles = [node.text for node in root.iter() if node.tag.endswith("title")]
    assert titles[1:] == [
        "median: 2025-11 to 2025-12, below 1 %", "median: 2026-01, 25 to 50 %", "median: 2026-02, 50 % and more",
        "95 %: 2025-11 to 2026-02, 50 % and more",
    ]  # fmt: skip
    assert titles[0] == (
        "Lamps: at worst in 2025-11 it misses 0 % of its need, 0 to 60 % in 5 to 95 % of the draws"
    )
    widths = [
        float(node.get("width"))
        for node in root.iter()
        if node.tag.endswith("rect") and node.get("height") == "13"
    ]
    # Two months, one, one: each a quarter of the plot.
    assert widths == pytest.approx([2 * widths[1], widths[1], widths[1]], abs=0.02)


def test_the_table_has_every_month_and_the_legend_every_class():
    chart = draw_uses([use_of([0, 0.1, 0.2, 0.3], [0.5] * 4)], ["Lamps"], MONTHS, CAPTION, width=358)
    assert [row[:3] for row in chart.table.rows] == [
        ("Lamps", month, value) for month, value in zip(MONTHS, (0.0, 0.1, 0.2, 0.3), strict=True)
    ]
    assert all(fill in chart.svg for fill in FILLS)


def test_nothing_to_draw_is_said_and_a_width_out_of_range_is_refused():
    assert "no use misses anything" in draw_uses([], [], MONTHS, CAPTION).svg
    with pytest.raises(DataError):
        draw_uses([], [], MONTHS, CAPTION, width=10)


def test_a_class_holds_its_lower_end():
    limits = (0.0, 0.01, 0.05, 0.25, 0.5)
    assert [pick_class(limit) for limit in limits] == [0, 1, 2, 3, 4]
    assert all(pick_class(b - 1e-9) == pick_class(a) for a, b in itertools.pairwise(limits))
