"""The picture of the ways side by side."""

import math
import xml.etree.ElementTree as ET

import pytest

from monazite.errors import DataError
from monazite.reports.charts import Caption
from monazite.reports.charts.ways import WayCell, WayRow, draw_ways
from monazite.reports.trace_ways import draw_comparison, write_comparison

CAPTION = Caption("ways", "Who stands behind it", "share", "nothing can be told.")
WAYS = ("partner", "extraction", "processing", "control")


def record(way, value, **more):
    told = {} if value is None else {"low": value - 0.05, "high": value + 0.05, "unknown": 0.1}
    return {
        "material": "rare_earths", "year": 2024, "importer": "EU27", "stage": "processing",
        "weight": "contained, partly estimated", "country": "CHN", "by": way,
        "value": value, "unit": "share", **told, **more,
    }  # fmt: skip


def rows():
    values = (0.55, 0.54, None, 0.5)
    return [
        record(way, value, reason="" if value is not None else "processing: no tonnes")
        for way, value in zip(WAYS, values, strict=True)
    ]


def test_a_row_has_a_bar_per_way_with_interval_and_what_is_unknown():
    chart = draw_comparison(rows())
    ET.fromstring(chart.svg)
    assert "rare earths: China, by partner: 55.0 %, 50.0 % to 60.0 %; 10.0 % unknown" in chart.svg
    assert "rare earths: China, by processing: no data; processing: no tonnes" in chart.svg
    assert chart.svg.count("cannot tell") == 1
    assert "processing, contents estimated" in chart.svg
    assert "65 %, the most from one third country" in chart.svg


def test_the_table_of_the_picture_has_every_number():
    cells = draw_comparison(rows()).table.rows
    assert [row[2] for row in cells] == list(WAYS)
    assert cells[0][3:7] == pytest.approx((0.55, 0.5, 0.6, 0.1))
    assert math.isnan(cells[2][3])


def test_what_cannot_be_told_at_all_is_left_out_and_an_empty_picture_says_why():
    untold = [record(way, None, reason=f"{way}: no trade") for way in WAYS]
    chart = draw_comparison(untold)
    assert "none of the ways can be told" in chart.svg
    assert len(draw_comparison([*rows(), *untold]).table.rows) == 4


def test_several_years_stand_in_the_rows():
    later = [{**one, "year": 2025} for one in rows()]
    assert "EU27 2025, processing" in draw_comparison([*rows(), *later]).svg


def test_a_share_above_one_is_refused_by_name():
    row = WayRow("copper: Chile", "", {"partner": WayCell(1.2)})
    with pytest.raises(DataError, match="copper: Chile, partner: 1.2"):
        draw_ways([row], ("partner",), CAPTION)


def test_a_chart_too_narrow_for_its_panels_is_refused():
    with pytest.raises(DataError, match="too narrow"):
        draw_ways([], ("partner",), CAPTION, width=400)


def test_a_file_is_written_whole(tmp_path):
    path = tmp_path / "ways.svg"
    write_comparison(rows(), path)
    assert path.read_text(encoding="utf-8").endswith("</svg>\n")


def test_the_same_records_give_the_same_bytes():
    assert draw_comparison(rows()).svg == draw_comparison(rows()).svg
