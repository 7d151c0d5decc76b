"""The picture of expected losses."""

import math
import re
from xml.etree import ElementTree

import pytest

from monazite.indicators.expected_loss_records import measure_expected_loss
from monazite.reports.loss_chart import draw_losses, write_loss_chart


@pytest.fixture(scope="module")
def records(snapshot):
    found, _ = measure_expected_loss(
        snapshot, materials=["natural_graphite", "fluorspar", "aluminium", "gallium"],
        stages=["extraction", "processing"], regions=["USA"], years=[2024],
    )  # fmt: skip
    return found


def test_bars_stand_by_size_with_what_stays_open_and_the_heaviest_supplier(records):
    chart = draw_losses(records)
    rows = chart.table.rows
    sizes = [row[3] if math.isnan(row[1]) else row[1] for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    graphite = next(row for row in rows if row[0] == "natural graphite, extraction")
    assert graphite[2] == 0 < graphite[3] and math.isnan(graphite[1])
    assert re.fullmatch(r"CHN \d+ % of supply", graphite[4])
    smelters = next(row for row in rows if row[0] == "aluminium, processing")
    assert smelters[1] == 0  # others stand in for all of it, as the table says
    assert all(math.isnan(end) for end in smelters[2:4])
    assert {row[0] for row in rows}.isdisjoint({"gallium, extraction", "gallium, processing"})


def test_the_picture_is_well_formed_and_says_what_its_lines_are(records, tmp_path):
    write_loss_chart(records, tmp_path / "loss.svg")
    text = (tmp_path / "loss.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert "what would be lacking" in text and "USA, 2024" in draw_losses(records).table.title
    assert "Expected loss of supply a year by one-country cut-offs: USA, 2024" in text
    assert re.search(r"Without a figure: [^<]*; gallium\.<", text)
    assert re.search(r">0.0 % to \d+.\d % \(CHN", text)  # graphite: no bar, stripes up to the most
    assert "Bars: the share of the supply expected to be lacking in a year" in text


def test_nothing_to_draw_is_a_sentence(records):
    chart = draw_losses([r for r in records if r["material"] == "gallium"])
    assert "Nothing of what was asked for can be told." in chart.svg
