"""The picture of the ways side by side."""

import math
import xml.etree.ElementTree as ET

import pytest

from monazite.errors import DataError
from monazite.reports.charts import Caption
from monazite.reports.charts.ways import WayCell, WayRow, _bar_ends, draw_ways
from monazite.reports.trace_ways import draw_comparison, write_comparison

CAPTION = Caption("ways", "Who stands behind it", "share", "nothing can be told.")
WAYS = ("partner", "extraction", "processing", "control")


def record(way, value, **more):
    told = {} if value is None else {"low": value - 0.05, "high": value + 0.05, "unknown": 0.03}
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
    assert "rare earths: China, by partner: 55.0 %, 50.0 % to 60.0 %; 3.0 % unknown" in chart.svg
    assert "rare earths: China, by processing: no data; processing: no tonnes" in chart.svg
    assert chart.svg.count("cannot tell") == 1
    assert "processing, contents estimated" in chart.svg
    assert "the most from one third country by Regulation (EU) 2024/1252" in " ".join(chart.svg.split())


def test_a_range_has_no_figure_of_its_own_and_no_bar_beyond_its_least():
    # by control 45 to 55 %; by extraction nothing is known and 75 % may be its
    chart = draw_comparison(
        [record("partner", 0.2), record("extraction", 0.0, low=0.0, high=0.75, unknown=0.75), *rows()[2:]]
    )
    assert "rare earths: China, by control: 45.0 % to 55.0 %; 3.0 % unknown" in chart.svg
    assert "rare earths: China, by extraction: 0.0 % to 75.0 %; 75.0 % unknown" in chart.svg
    for words in (">45-55 %<", ">0-75 %<", ">20 %<"):
        assert words in chart.svg


def test_stripes_end_where_the_most_is():
    # of a country that a study does not list, of which at most 3 % may be; a fifth is unknown
    assert _bar_ends(WayCell(0.0, 0.0, 0.03, 0.2)) == (0.0, 0.03)
    assert _bar_ends(WayCell(0.5, 0.4, 0.9, 0.2)) == (0.5, 0.7)
    assert _bar_ends(WayCell(0.5, 0.4, 0.9, 0.2, is_range=True)) == (0.4, 0.9)
    assert _bar_ends(WayCell(0.5, unknown=0.2)) == (0.5, 0.7)


def test_the_table_of_the_picture_has_every_number():
    cells = draw_comparison(rows()).table.rows
    assert [row[2] for row in cells] == list(WAYS)
    assert cells[0][3:7] == pytest.approx((0.55, 0.5, 0.6, 0.03))
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
    svg = path.read_text(encoding="utf-8")
    assert svg.endswith("</svg>\n")
    assert 'viewBox="-12 -12 984 ' in svg


def test_the_same_records_give_the_same_bytes():
    assert draw_comparison(rows()).svg == draw_comparison(rows()).svg
