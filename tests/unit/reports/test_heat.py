"""The heat map of the 65 % test."""

import math
import re
from xml.etree import ElementTree

import pytest

from monazite.errors import DataError
from monazite.reports.charts import HeatCell, Limit, draw_heat
from monazite.reports.charts.heat import pick_step
from monazite.reports.charts.palette import STEPS
from monazite.reports.crma_chart import draw_crma

LIMIT = Limit(0.65, "limit 65 %")


def test_the_limit_parts_the_colours(caption):
    low = draw_heat({("a", "b"): HeatCell(0.65, "met", "CHN")}, caption, limit=LIMIT).svg
    high = draw_heat({("a", "b"): HeatCell(0.66, "not met", "CHN")}, caption, limit=LIMIT).svg
    assert low.count(f'fill="{STEPS[2]}"') == high.count(f'fill="{STEPS[3]}"') == 2  # the cell and its legend
    assert pick_step(0.65, 0.65) == 2


def test_colour_is_never_the_only_carrier(samples):
    svg = samples["heat-desk"].svg
    for words in ("CHN 85 %", "not met", "PER 20 %", "met", "USA at most 13 %", "cannot tell"):
        assert f">{words}<" in svg


def test_what_cannot_be_told_is_hatched(samples):
    svg = samples["heat-desk"].svg
    assert svg.count('fill="url(#sample-missing)"') == 2


def test_a_cell_that_is_not_there_stays_empty(samples):
    root = ElementTree.fromstring(samples["heat-desk"].svg)
    marks = [g for g in root.iter() if g.get("class") == "mark"]
    assert len(marks) == 5


def test_the_table_has_every_number(samples):
    rows = samples["heat-desk"].table.rows
    assert rows[0] == ("tin, mined", "Act", "CHN", 0.85, 0.8, 0.9, "not met", "from customs")
    assert math.isnan(rows[1][3])


def test_cells_that_are_no_shares_are_named(caption):
    cells = {("a", "b"): HeatCell(1.2, "met"), ("c", "d"): HeatCell(0.2, "met")}
    with pytest.raises(DataError) as caught:
        draw_heat(cells, caption, limit=LIMIT)
    assert "1 cells are no shares" in str(caught.value)
    assert "a, b: 1.2" in str(caught.value)


def test_an_empty_heat_map_says_why(caption):
    assert "nobody reports a figure" in draw_heat({}, caption, limit=LIMIT).svg


def test_records_become_cells():
    record = {
        "test": "single_source", "scenario": "today", "material": "natural_graphite", "stage": "extraction",
        "by": "act", "region": "EU27", "year": 2030, "country": "CHN", "value": 0.31, "low": 0.27, "high": 0.35,
        "limit": 0.65,
        "verdict": "met", "vintage": "2016-2020", "basis": "chain", "note": "all", "outside_the_act": False,
    }  # fmt: skip
    later = record | {"scenario": "projects", "value": 0.1}
    chart = draw_crma([record, later])
    assert (
        "natural graphite, extraction, of consumption (Act): CHN 31.0 %, met, 27.0 % to 35.0 %" in chart.svg
    )
    assert len(chart.table.rows) == 1
    assert ">2016-20<" in chart.svg
    phone = draw_crma([record], width=390).svg
    assert re.search(r">Act<", phone)
