"""Tracing by partner, stage and owner, with intervals, and the ways side by side."""

import doctest
import json

import numpy as np
import pytest

from monazite.tracing import TraceOptions, compare, trace_records
from monazite.tracing.compare import compare_ways
from monazite.tracing.ways import Answer, Question, answer

NONE = np.full(3, np.nan)


def by_country(records):
    return {record["country"]: record for record in records}


def ask(by, **more):
    given = {"name": "DDD", "members": ("DDD",), "suppliers": {}, "stage": "processing", "by": by} | more
    return Question(**given)


def test_by_partner_is_what_customs_say(snapshot, tiny_chain):
    # DDD buys 30 from AAA and 10 from CCC
    found = answer(snapshot, tiny_chain, ask("partner"))
    assert dict(zip(found.countries, found.shares, strict=True)) == {
        "AAA": 0.75, "BBB": 0.0, "CCC": 0.25, "DDD": 0.0, "unknown": 0.0,
    }  # fmt: skip
    assert found.used_t == 40.0


def test_a_list_of_suppliers_has_no_tonnes_of_its_own(snapshot, tiny_chain):
    question = ask("processing", name="suppliers", members=(), suppliers={"AAA": 1.0, "CCC": 1.0})
    found = answer(snapshot, tiny_chain, question)
    # CCC sells 2/3 AAA's: (1 + 2/3) / 2 = 0.8333
    assert found.shares[0] == pytest.approx(0.8333, abs=1e-4)
    assert np.isnan(found.used_t)


def test_shares_of_a_trace_sum_to_one_and_lie_in_their_interval(snapshot):
    records, lineage = trace_records(
        snapshot, materials=["natural_graphite"], importers=["EU27"], years=[2023],
        options=TraceOptions(by="extraction", draws=8),
    )  # fmt: skip
    assert sum(record["value"] for record in records) == pytest.approx(1.0)
    assert "unknown" in by_country(records)
    assert "baci" in lineage.source_ids
    for record in records[:4]:
        assert record["low"] <= record["high"]
    china = by_country(records)["CHN"]
    assert 0.25 < china["low"] < china["value"] + 0.05 and china["value"] - 0.05 < china["high"] < 0.45


def test_the_same_seed_gives_the_same_interval(snapshot):
    def run(seed):
        options = TraceOptions(by="extraction", draws=3, seed=seed)
        return trace_records(
            snapshot, materials=["natural_graphite"], importers=["DEU"], years=[2022], options=options
        )[0]

    assert json.dumps(run(1)) == json.dumps(run(1)) != json.dumps(run(2))


def test_raw_figures_have_no_interval(snapshot):
    records, _ = trace_records(
        snapshot, materials=["natural_graphite"], importers=["DEU"], years=[2022],
        options=TraceOptions(by="extraction", is_raw=True),
    )  # fmt: skip
    assert {record["low"] for record in records} == {None}


def test_by_control_what_is_not_documented_is_unknown_and_may_be_anybody_s(snapshot):
    records, _ = trace_records(
        snapshot, materials=["lithium"], importers=["EU27"], years=[2024],
        options=TraceOptions(stage="processing", by="control"),
    )  # fmt: skip
    found = by_country(records)
    assert sum(record["value"] for record in records) == pytest.approx(1.0)
    assert {"CHL", "AUS", "unknown"} <= set(found)
    for record in records:
        assert record["low"] <= record["value"] + 1e-12 and record["value"] <= record["high"] + 1e-12


def test_the_ways_side_by_side_name_one_country_outside_and_say_what_cannot_be_told(snapshot):
    records, _ = compare_ways(
        snapshot, materials=["neodymium", "dysprosium", "gallium", "natural_graphite"], importers=["EU27"],
        years=[2024], options=TraceOptions(),
    )  # fmt: skip
    assert [record["material"] for record in records[::4]] == ["rare_earths", "gallium", "natural_graphite"]
    rare_earths = {record["by"]: record for record in records[:4]}
    assert {rare_earths[way]["country"] for way in ("partner", "extraction")} == {"CHN"}
    assert rare_earths["processing"]["value"] is None
    assert "only a part of the material" in rare_earths["processing"]["reason"]
    assert all("no trade" in record["reason"] for record in records[4:8])


def test_a_difference_of_more_than_ten_points_has_a_sentence_and_a_smaller_one_has_none():
    seen = Answer(("CHN", "NLD", "unknown"), np.array([0.5, 0.5, 0.0]), NONE, NONE, 1.0, ())
    near = Answer(("CHN", "NLD", "unknown"), np.array([0.58, 0.32, 0.1]), NONE, NONE, 1.0, ())
    lost = Answer(("CHN", "NLD", "unknown"), np.array([0.1, 0.0, 0.9]), NONE, NONE, 1.0, ())
    assert compare.explain_difference({"partner": seen, "processing": near}, "CHN") == ""
    assert compare.explain_difference({"partner": seen, "extraction": lost}, "CHN") == (
        "China: 10 % by extraction against 50 % by partner: 90 % is of unknown origin."
    )


def test_the_examples_of_the_docstrings_hold():
    result = doctest.testmod(compare)
    assert (result.attempted > 0, result.failed) == (True, 0)
