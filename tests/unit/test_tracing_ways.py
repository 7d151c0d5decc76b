"""Tracing by partner, stage and owner, with intervals, and the ways side by side."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.tracing import TraceOptions, explain, trace_origins, trace_records
from monazite.tracing.compare import compare_ways
from monazite.tracing.ways import Answer, Question, answer


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
    china = by_country(records)["CHN"]
    assert 0.25 < china["low"] < china["value"] < china["high"] < 0.65


def test_the_same_seed_gives_the_same_interval(snapshot):
    def run(seed):
        options = TraceOptions(by="extraction", draws=3, seed=seed)
        return trace_records(
            snapshot, materials=["natural_graphite"], importers=["DEU"], years=[2022], options=options
        )[0]

    assert json.dumps(run(1)) == json.dumps(run(1)) != json.dumps(run(2))


def test_raw_figures_have_only_what_is_unknown_between_low_and_high(snapshot):
    records, _ = trace_records(
        snapshot, materials=["natural_graphite"], importers=["DEU"], years=[2022],
        options=TraceOptions(by="extraction", is_raw=True),
    )  # fmt: skip
    unknown = by_country(records)["unknown"]["value"]
    china = by_country(records)["CHN"]
    assert china["high"] - china["low"] == pytest.approx(unknown)


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


def test_the_ways_side_by_side_show_china_and_the_largest_and_say_what_cannot_be_told(snapshot):
    records, _ = compare_ways(
        snapshot, materials=["neodymium", "dysprosium", "iridium", "lithium"], importers=["EU27"],
        years=[2024], options=TraceOptions(),
    )  # fmt: skip
    assert list(dict.fromkeys(record["material"] for record in records)) == [
        "rare_earths",
        "neodymium",
        "dysprosium",
        "iridium",
        "lithium",
    ]
    rare_earths = {record["by"]: record for record in records[:4]}
    assert {record["country"] for record in rare_earths.values()} == {"CHN"}
    assert 0.5 < rare_earths["partner"]["value"] < 0.6
    # separation by country is known for magnet rare earths only: partners that are listed as makers stand in
    assert rare_earths["processing"]["value"] == rare_earths["partner"]["value"]
    assert "listed as a maker" in rare_earths["processing"]["basis"]
    assert all("no source says" in r["reason"] for r in records if r["material"] == "dysprosium")
    assert all("neither production nor trade" in r["reason"] for r in records if r["material"] == "iridium")
    chile = {record["by"]: record for record in records if record["country"] == "CHL"}
    assert "come through others, most through United States" in chile["extraction"]["note"]


def test_estimated_contents_are_traced_and_named_in_every_record(snapshot):
    records, _ = compare_ways(
        snapshot, materials=["manganese"], importers=["EU27"], years=[2024],
        options=TraceOptions(unknown_content="estimate"),
    )  # fmt: skip
    traded = [record for record in records if record["stage"] == "extraction"]
    assert {record["quality"] for record in traded} == {"imputed"}
    assert all("hs92:260200 estimated" in record["content"] for record in traded)
    africa = {record["by"]: record for record in traded if record["country"] == "ZAF"}
    # by gross weight South Africa has 66.6 %: its ore is poorer than that of Gabon
    assert 0.5 < africa["partner"]["value"] < 0.6
    assert abs(africa["extraction"]["value"] - africa["partner"]["value"]) < 0.1


def test_gross_weight_is_not_set_against_contained_production(snapshot):
    records, _ = compare_ways(
        snapshot, materials=["manganese"], importers=["EU27"], years=[2024], options=TraceOptions()
    )
    traded = [record for record in records if record["stage"] == "extraction"]
    partner = [record for record in traded if record["by"] == "partner"]
    assert {record["country"] for record in partner} == {"CHN", "ZAF", "unknown"}
    others = [record for record in traded if record["by"] != "partner"]
    assert all("gross weight cannot be set against" in record["reason"] for record in others)


def test_a_difference_is_what_comes_through_others_less_what_is_not_its_own(
    snapshot, tiny_chain, monkeypatch
):
    # DDD buys 30 from AAA and 10 from CCC, two thirds of whose heap is AAA's: 75 % by partner, 91.7 % by processing;
    # the 6.67 t through CCC are 16.7 % of the 40
    monkeypatch.setattr(explain, "country_name", str)
    told = {way: answer(snapshot, tiny_chain, ask(way, is_imports=True)) for way in ("partner", "processing")}
    assert told["processing"].shares[0] == pytest.approx(0.9167, abs=1e-4)
    bought = {"AAA": 30.0, "CCC": 10.0}
    mixes = trace_origins(tiny_chain, list(bought), stage="processing")
    assert explain.explain_mix(told, "processing", "AAA", bought, mixes) == (
        "AAA has 92 % by processing and 75 % by partner: 17 % of the imports are of it but come through others, "
        "most through CCC"
    )
    assert explain.is_apart(told, "processing", "AAA")
    assert not explain.is_apart(told, "partner", "AAA")
    assert not explain.is_apart(told, "processing", "BBB")


def test_a_share_by_owner_is_explained_by_mines_abroad(monkeypatch):
    # CHN ships 20 %, mines nothing, and its owners control 60 % of COD, which mines 80 %: 48 %
    monkeypatch.setattr(explain, "country_name", str)

    def one(**shares):
        values = np.array([*shares.values(), 1 - sum(shares.values())])
        return Answer((*shares, "unknown"), values, values, values, 1.0, ())

    told = {"partner": one(CHN=0.2), "extraction": one(COD=0.8, CHN=0.0), "control": one(CHN=0.48)}
    owners = xr.Dataset(
        {"share": (("origin", "owner"), [[0.6, 0.4]])},
        coords={"origin": ["COD"], "owner": ["CHN", "unknown"]},
    )
    assert explain.explain_control(told, "CHN", owners) == (
        "CHN has 48 % by control and 20 % by partner: 48 % come from mines abroad that its owners control, "
        "most in COD; 0 % are mined in it; 52 % of the owners are unknown"
    )


def test_a_country_may_have_what_is_unknown(snapshot, tiny_chain):
    # DDD by extraction: 64.2 % AAA, 27.5 % BBB, 8.3 % unknown, which may be anybody's
    found = answer(snapshot, tiny_chain, ask("extraction"))
    assert found.low[0] == pytest.approx(0.6417, abs=1e-4)
    assert found.high[0] == pytest.approx(0.6417 + 0.0833, abs=1e-4)
    assert found.high[-1] == pytest.approx(0.0833, abs=1e-4)


def test_draws_that_leave_nothing_are_counted_and_give_no_interval(snapshot, tiny_chain):
    empty = replace(tiny_chain, arrays=tiny_chain.arrays.copy(deep=True))
    empty.arrays["trade_t"].values[:] = 0.0
    found = answer(snapshot, tiny_chain, ask("processing"), [empty, empty])
    assert np.isnan(found.low).all() and np.isnan(found.high).all()
    assert "2 of 2 draws leave nothing to trace and are not counted" in found.assumptions


def test_suppliers_cannot_be_compared(snapshot):
    with pytest.raises(DataError, match="cannot be compared"):
        compare_ways(
            snapshot, materials=["lithium"], importers=[], years=[2024],
            options=TraceOptions(suppliers={"CHN": 1.0}),
        )  # fmt: skip


def test_of_several_materials_one_that_cannot_be_traced_says_why_and_the_others_stand(snapshot):
    records, _ = trace_records(
        snapshot, materials=["gallium", "natural_graphite"], importers=["DEU", "JPN"], years=[2024],
        options=TraceOptions(stage="extraction", by="extraction", is_raw=True),
    )  # fmt: skip
    untold = [record for record in records if record["value"] is None]
    assert [(record["material"], record["importer"]) for record in untold] == [
        ("gallium", "DEU"),
        ("gallium", "JPN"),
    ]
    assert all("gallium 2024" in record["reason"] for record in untold)
    assert {record["importer"] for record in records if record["material"] == "natural_graphite"} == {
        "DEU",
        "JPN",
    }


def test_a_single_trace_that_cannot_be_made_is_an_error(snapshot):
    with pytest.raises(DataError):
        trace_records(
            snapshot,
            materials=["gallium"],
            importers=["DEU"],
            years=[2024],
            options=TraceOptions(by="extraction"),
        )
