"""The picture of supply risk against economic importance, and where its names go."""

import doctest
import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from monazite.errors import DataError
from monazite.reports import label_places, risk_chart
from monazite.reports.charts.scale import build_linear_scale
from monazite.reports.label_places import Box, place_labels
from monazite.reports.risk_chart import draw_risk_chart, find_ends, join_points, place_names, write_risk_chart

RISKS = [
    {"material": "gallium", "value": 5.1, "low": 4.1, "high": 5.9, "official": 3.9, "is_chosen": True},
    {"material": "copper", "value": 0.2, "low": None, "high": None, "official": 0.1, "is_chosen": True},
    {"material": "copper", "value": 0.1, "low": None, "high": None, "is_chosen": False},
    {"material": "cobalt", "value": 3.4, "low": 2.7, "high": 3.4, "official": 2.8, "is_chosen": True},
    {"material": "lithium", "value": 2.4, "low": 1.9, "high": 2.4, "official": 1.9, "is_chosen": True},
    {"material": "silicon", "value": None, "low": None, "high": 3.5, "is_chosen": True},
    {"material": "all", "quantity": "rank_correlation", "value": 0.9},
]
IMPORTANCES = [
    {"material": "gallium", "value": 3.9, "low": 3.1, "high": 3.9, "official": 3.7},
    {"material": "copper", "value": 5.9, "low": 4.7, "high": 5.9, "official": 4.0},
    {"material": "cobalt", "value": None, "low": 5.5, "high": 7.1, "official": 6.8},
    {"material": "lithium", "value": None, "low": None, "high": None, "official": 3.9},
    {"material": "silicon", "value": 5.0, "low": 4.0, "high": 5.0, "official": 4.9},
]


def test_points_join_both_figures_and_name_what_is_left_out():
    points, left_out = join_points(RISKS, IMPORTANCES)
    assert [point.material for point in points] == ["gallium", "cobalt", "lithium", "copper"]
    assert left_out == ["silicon"]  # an upper bound alone has no place
    assert points[0].official == (3.7, 3.9)
    assert [point.is_borrowed for point in points] == [False, False, True, False]


def test_an_interval_without_a_value_is_drawn_at_its_middle_and_hollow():
    ends = find_ends({"value": None, "low": 5.0, "high": 7.0})
    assert (ends.value, ends.low, ends.high, ends.is_exact) == (6.0, 5.0, 7.0, False)
    assert find_ends({"value": None, "low": None, "high": 3.0}) is None


def test_the_picture_is_well_formed_and_has_thresholds_discs_square_and_diamonds():
    chart = draw_risk_chart(RISKS, IMPORTANCES)
    root = ET.fromstring(chart.svg)
    name = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f".//{name}circle")) == 3 + 2  # gallium, cobalt, copper; two in the legend
    dashed = [line for line in root.iter(f"{name}line") if line.get("stroke-dasharray")]
    assert len(dashed) == 2
    words = [text.text for text in root.iter(f"{name}text")]
    assert {"2.8", "gallium", "economic importance", "supply risk", "official, 2023"} <= set(words)
    assert "Not drawn, because one of both figures is missing: silicon." in words


def test_the_table_has_every_number_and_no_zero_for_what_is_missing():
    chart = draw_risk_chart(RISKS[:1], [{**IMPORTANCES[0], "official": None}])
    assert chart.table.rows == (("gallium", 3.9, 3.1, 3.9, 5.1, 4.1, 5.9, None, None),)


def test_nothing_to_draw_says_why():
    assert "no material has both figures" in draw_risk_chart([], []).svg


def test_names_cover_neither_points_nor_each_other():
    risks = [{"material": f"material_{k}", "value": 1 + k / 30, "low": None, "high": None, "is_chosen": True}
             for k in range(30)]  # fmt: skip
    importances = [{"material": f"material_{k}", "value": 4 + (k % 6) / 6, "low": None, "high": None}
                   for k in range(30)]  # fmt: skip
    points, _ = join_points(risks, importances)
    x_scale = build_linear_scale([10.0], 46, 946, count=8)
    y_scale = build_linear_scale([6.0], 594, 74, count=6)
    labels = place_names(points, x_scale, y_scale, 960)
    assert sum(one.box.overlap(other.box) for one, other in combinations(labels, 2)) == 0.0
    discs = [Box(x - 4, y - 4, x + 4, y + 4) for x, y in
             ((x_scale.place(p.importance.value), y_scale.place(p.risk.value)) for p in points)]  # fmt: skip
    assert sum(label.box.overlap(disc) for label in labels for disc in discs) == 0.0


def test_names_keep_off_whiskers_thresholds_and_lines_to_official_points():
    # the whisker of cobalt runs right through where its name stood, and the line at 2.8 through that of copper
    risks = [{"material": "cobalt", "value": 4.0, "low": 3.0, "high": 4.5, "is_chosen": True},
             {"material": "copper", "value": 2.0, "low": 1.5, "high": 2.2, "is_chosen": True}]  # fmt: skip
    importances = [{"material": "cobalt", "value": 6.0, "low": 5.0, "high": 7.0},
                   {"material": "copper", "value": 2.7, "low": 2.6, "high": 2.75}]  # fmt: skip
    points, _ = join_points(risks, importances)
    x_scale = build_linear_scale([10.0], 46, 946, count=8)
    y_scale = build_linear_scale([6.0], 594, 74, count=6)
    cobalt, copper = place_names(points, x_scale, y_scale, 960)
    y = y_scale.place(4.0)
    assert cobalt.box.overlap(Box(x_scale.place(5.0), y - 1, x_scale.place(7.0), y + 1)) == 0.0
    assert copper.box.overlap(Box(x_scale.place(2.8) - 1, 74, x_scale.place(2.8) + 1, 594)) == 0.0


def test_a_label_at_the_edge_stays_on_the_page():
    page = Box(0, 0, 200, 100)
    (label,) = place_labels([("platinum group metals", 195, 50)], [], page)
    assert not label.box.leaves(page)
    assert label.x < 195


def test_the_picture_is_written_to_a_file(tmp_path):
    path = tmp_path / "risk.svg"
    write_risk_chart(RISKS, IMPORTANCES, path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<svg ")
    assert not re.search(r"NaN|nan|None", text)


def test_a_width_out_of_range_is_refused():
    with pytest.raises(DataError, match="width is out of range"):
        draw_risk_chart(RISKS, IMPORTANCES, width=100)


def test_the_examples_of_both_modules_hold():
    for module in (risk_chart, label_places):
        assert doctest.testmod(module).failed == 0
