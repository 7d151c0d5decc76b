"""Maps, flow diagrams, fans and bars: what they draw, count and refuse."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monazite.errors import DataError
from monazite.reports.charts import (
    Bar,
    Caption,
    FanPanel,
    MapFlow,
    SankeyFlow,
    draw_bars,
    draw_fan,
    draw_map,
    draw_sankey,
    read_borders,
)
from monazite.reports.charts.sankey import place_nodes, pool_flows, sum_nodes

CAPTION = Caption("c", "Trade", "t", "nothing was traded in 2010.")
COUNTRIES = st.sampled_from(["AAA", "BBB", "CCC", "DDD", "EEE", "FFF"])
LINKS = st.lists(
    st.builds(SankeyFlow, COUNTRIES, COUNTRIES, st.floats(min_value=0.01, max_value=1e6)), min_size=1
)


def test_a_map_hatches_what_is_missing_and_says_what_it_leaves_out(samples):
    svg = samples["map-desk"].svg
    assert "<title>Corland: no data</title>" in svg
    assert "url(#sample-missing)" in svg
    assert ">no data</text>" in svg
    assert "Not on the map: ROW (3 t)." in svg
    assert "Borders of a made-up world." in svg


def test_a_map_counts_the_flows_that_it_does_not_draw(square_world, caption, names):
    flows = [MapFlow("AAA", "BBB", 60.0), MapFlow("BBB", "AAA", 30.0), MapFlow("CCC", "AAA", 10.0)]
    chart = draw_map({"AAA": 1.0}, flows, caption, square_world, names=names, top_flows=1)
    # 60 of 100 drawn; 30 + 10 left in two flows
    assert (
        "Drawn: the largest 1 of 3 flows, 60.0 % of the quantity; the others carry 40 t (see the table)."
        in chart.svg
    )
    assert chart.more_tables[0].rows[1] == ("Borland", "Aland & Co", 30.0)


def test_an_arc_that_would_cross_the_whole_map_leaves_at_one_edge_and_returns_at_the_other(
    square_world, caption, names
):
    far = draw_map({}, [MapFlow("AAA", "BBB", 1.0)], caption, square_world, names=names)
    near = draw_map({}, [MapFlow("AAA", "CCC", 1.0)], caption, square_world, names=names)
    assert far.svg.count("Q") == 2 * near.svg.count("Q")


def test_a_map_refuses_negative_values_and_missing_flows_all_at_once(square_world, caption, names):
    with pytest.raises(DataError) as caught:
        draw_map({"AAA": -1.0}, [MapFlow("AAA", "BBB", math.nan)], caption, square_world, names=names)
    assert str(caught.value) == (
        "map 'sample': 2 numbers cannot be drawn.\n"
        "  which:    AAA: -1.0, AAA -> BBB: nan\n"
        "  expected: values >= 0 or NaN; flows >= 0\n"
        "  fix:      leave out flows without a figure"
    )


def test_class_limits_must_rise(square_world, caption, names):
    with pytest.raises(DataError, match="class limits"):
        draw_map({"AAA": 1.0}, [], caption, square_world, names=names, breaks=[5.0, 2.0])


def test_the_shipped_world_is_drawn_on_a_desk_and_on_a_phone(names):
    world = read_borders()
    values = {"CHN": 120_000.0, "USA": 5_500.0, "MLT": 1.0}
    for width in (960, 390):
        svg = draw_map(values, [MapFlow("CHN", "JPN", 1.0)], CAPTION, world, names=names, width=width).svg
        assert svg.count('class="mark"') == 4  # three countries, one flow
        assert len(svg) < 160_000


@given(LINKS, st.integers(min_value=1, max_value=6))
def test_pooling_loses_no_quantity(flows, top):
    pooled, members = pool_flows(flows, top)
    whole = sum(flow.quantity for flow in flows)
    assert sum(flow.quantity for flow in pooled) == pytest.approx(whole, rel=1e-12)
    assert sum(count for (column, _), count in members.items() if column == 0) == len(
        {f.source for f in flows}
    )


@given(LINKS)
def test_boxes_of_a_column_do_not_overlap(flows):
    pooled, members = pool_flows(flows, 4)
    nodes, height = place_nodes(pooled, members, 2, width=960, margins=(100, 100))
    assert set(nodes) == set(sum_nodes(pooled))
    for column in (0, 1):
        stack = sorted((n for key, n in nodes.items() if key[0] == column), key=lambda n: n.y)
        assert all(a.y + a.height <= b.y for a, b in itertools.pairwise(stack))
        assert stack[-1].y + stack[-1].height <= height


def test_a_flow_diagram_says_how_much_is_pooled(names):
    flows = [SankeyFlow("AAA", "BBB", 90.0), *(SankeyFlow(f"X{i}", "BBB", 2.5) for i in range(4))]
    chart = draw_sankey(flows, ["Exporter", "Importer"], CAPTION, names=names, top_nodes=1)
    assert "In all 100 t; a share is of that. Pooled: Exporter: 4 others with 10 t (10.0 %)." in chart.svg
    assert chart.table.rows == (
        ("Aland & Co", "Borland", "Exporter – Importer", 90.0),
        ("4 others", "Borland", "Exporter – Importer", 10.0),
    )
    assert len(chart.more_tables[0].rows) == 5


def test_a_flow_diagram_refuses_a_column_that_has_no_next_one(names):
    with pytest.raises(DataError, match="cannot be drawn in 2 columns"):
        draw_sankey([SankeyFlow("AAA", "BBB", 1.0, column=1)], ["From", "To"], CAPTION, names=names)


def test_a_fan_marks_an_observation_outside_by_shape_and_in_words(samples):
    svg = samples["fan-desk"].svg
    assert "observed 2010-08: 10 t a month, inside the 90 % band" in svg
    assert "observed 2010-11: 30 t a month, outside the 90 % band" in svg
    assert "The 90 % bands hold 1 of 2 observations" in svg
    assert "A, 2010-09: Shipments stop" in svg


def test_the_table_of_a_fan_has_a_row_per_month_and_keeps_gaps(samples):
    rows = samples["fan-desk"].table.rows
    assert rows[0] == ("Imports", "t a month", "2010-08", 8.0, 9.0, 10.0, 12.0, 14.0, 10.0, 10.0)
    assert all(math.isnan(number) for number in rows[2][3:9])
    assert rows[2][9] == 10.0


def test_a_gap_interrupts_the_band(samples):
    band = samples["fan-desk"].svg.split("<title>Imports: 90 % of draws")[1].split("</g>")[0]
    assert band.count("<path") == 2


def test_the_tip_of_a_month_has_one_unit_in_all_its_lines_and_a_phone_has_no_tips():
    panel = FanPanel("Use", "share", ("2023-01",), (0.0,), (0.0,), (0.005,), (0.0,), (0.0175,))
    desk = draw_fan([panel], [], CAPTION).svg
    # 0.0175 is 1.75 %, to one decimal 1.8; 0.005 is 0.5 %
    assert "median 0.0 %\n50 % of draws: 0.0 % to 0.5 %\n90 % of draws: 0.0 % to 1.8 %" in desk
    assert "Use, 2023-01" not in draw_fan([panel], [], CAPTION, width=358).svg


def test_a_fan_lists_every_problem_of_every_panel():
    short = FanPanel(
        "Short", "t", ("2010-01", "2010-02"), (1.0,), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)
    )
    crossed = FanPanel(
        "Crossed", "t", ("2010-01",), (5.0,), (6.0,), (7.0,), (1.0,), (9.0,), observed={"2011-01": 1}
    )
    jumps = FanPanel("Jumps", "t", ("2010-01", "2010-03"), *(((1.0, 1.0),) * 5))
    odd = FanPanel("Odd", "t", ("2010-13",), *(((1.0,),) * 5))
    with pytest.raises(DataError) as caught:
        draw_fan([short, crossed, jumps, odd], [], CAPTION)
    assert caught.value.which == (
        "Short: median has 1 of 2 months",
        "Crossed: observation 2011-01 lies outside",
        "Jumps: months are not consecutive",
        "Odd: '2010-13' is no month",
    )


def test_crossing_bands_are_refused():
    crossed = FanPanel("Crossed", "t", ("2010-01",), (5.0,), (6.0,), (7.0,), (1.0,), (9.0,))
    with pytest.raises(DataError, match="bands cross in 2010-01"):
        draw_fan([crossed], [], CAPTION)


def test_a_bar_without_a_figure_says_so_and_has_no_length(samples):
    row = samples["bars-desk"].svg.split("<title>Nowhere: no data</title>")[1].split("</g>")[0]
    assert "<rect" not in row
    assert "no data</text>" in row


def test_an_interval_the_wrong_way_round_is_refused():
    with pytest.raises(DataError, match=r"China: 0.5 \[0.7 to 0.3\]"):
        draw_bars([Bar("China", 0.5, 0.7, 0.3)], CAPTION)


@pytest.mark.parametrize("width", [960, 390])
def test_an_empty_chart_says_why(width, square_world, names):
    charts = [
        draw_map({"AAA": math.nan}, [], CAPTION, square_world, names=names, width=width),
        draw_sankey([], ["From", "To"], CAPTION, names=names, width=width),
        draw_fan([], [], CAPTION, width=width),
        draw_bars([Bar("China", math.nan)], CAPTION, width=width),
    ]
    for chart in charts:
        assert "Nothing to draw: nothing was traded in 2010." in chart.svg
        assert 'class="mark"' not in chart.svg


def test_a_chart_refuses_a_width_without_room():
    with pytest.raises(DataError, match="its width is out of range"):
        draw_bars([Bar("China", 1.0)], CAPTION, width=100)
