"""What an importer buys as one joint flow, and its picture."""

import re
from dataclasses import replace

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.reports import trace_flows as picture
from monazite.tracing import trace_suppliers
from monazite.tracing.flows import trace_flows
from monazite.tracing.ways import Question, list_imports

DDD = Question(name="DDD", members=("DDD",), suppliers={}, stage="processing", by="partner", is_imports=True)


def column(traced, number):
    found = {}
    for flow in traced.flows:
        if flow.column == number:
            found[flow.source, flow.target] = flow.mass_t
    return found


def test_tonnes_between_any_two_columns_are_what_is_bought(tiny_chain):
    traced = trace_flows(tiny_chain, DDD)
    assert traced.heads == ("mined in", "processed in", "bought from", "used by")
    for number in range(3):
        assert sum(column(traced, number).values()) == pytest.approx(40.0)


def test_flows_go_from_mine_to_plant_to_partner(tiny_chain):
    traced = trace_flows(tiny_chain, DDD)
    # DDD buys 30 from AAA and 10 from CCC, two thirds of which AAA made
    assert column(traced, 2) == {("AAA", "DDD"): 30.0, ("CCC", "DDD"): 10.0}
    assert column(traced, 1) == pytest.approx(
        {("AAA", "AAA"): 30.0, ("AAA", "CCC"): 20 / 3, ("CCC", "CCC"): 10 / 3}
    )
    # AAA refines 90 of the 100 t it has, 70 of its own ore and 30 of BBB's; CCC has no ore on record
    made = 30 + 20 / 3
    assert column(traced, 0) == pytest.approx(
        {("AAA", "AAA"): 0.7 * made, ("BBB", "AAA"): 0.3 * made, ("unknown", "CCC"): 10 / 3}
    )


def test_the_first_column_is_what_tracing_to_extraction_says(tiny_chain):
    traced = trace_flows(tiny_chain, DDD)
    shares = trace_suppliers(
        tiny_chain, list_imports(tiny_chain, DDD), stage="processing", production_stage="extraction"
    )
    for origin in shares["origin"].values:
        found = sum(mass_t for (source, _), mass_t in column(traced, 0).items() if source == origin)
        assert found / 40 == pytest.approx(float(shares.sel(origin=origin)), abs=1e-12)


def test_without_production_before_the_flows_start_at_the_plant(tiny_chain):
    arrays = tiny_chain.arrays.copy(deep=True)
    arrays["production_t"].values[0] = np.nan
    traced = trace_flows(replace(tiny_chain, arrays=arrays), DDD)
    assert traced.heads == ("processed in", "bought from", "used by")
    assert sum(column(traced, 0).values()) == pytest.approx(40.0)


def test_without_any_production_nothing_is_drawn(tiny_chain):
    arrays = tiny_chain.arrays.copy(deep=True)
    arrays["production_t"].values[:] = np.nan
    with pytest.raises(DataError, match="nobody's production is known"):
        trace_flows(replace(tiny_chain, arrays=arrays), DDD)


def test_the_picture_has_its_title_and_says_what_is_unknown(tiny_chain, monkeypatch, tmp_path):
    monkeypatch.setattr(picture, "country_name", lambda code: f"Land {code}")
    path = tmp_path / "flows.svg"
    picture.write_trace_flows(tiny_chain, DDD, path)
    svg = path.read_text(encoding="utf-8")
    assert "testium 2020, what Land DDD buys from outside, processing" in svg
    assert "unknown origin 8.3 %" in svg
    assert "Land BBB" in svg
    assert len(set(re.findall(r' id="([^"]+)"', svg))) == len(re.findall(r' id="([^"]+)"', svg))
