"""What a run answers: cover, both sides' losses, uses at risk, measures in time."""

import dataclasses

import numpy as np
import pytest

from monazite.reports.answer_sections import (
    answer_records,
    draw_measures,
    list_answers,
    tell_answers,
)
from monazite.reports.charts import Caption
from monazite.reports.loss_text import tell_balances, tell_winner
from monazite.reports.timeline_chart import draw_timeline
from monazite.scenarios import read_scenario, run_scenario
from monazite.scenarios.answers import (
    OTHERS,
    RESTRICTING,
    Balance,
    Quantiles,
    list_balances,
    list_sides,
    list_spans,
    months_of_cover,
)
from monazite.simulation import Ban, OutsideMeasure, Trigger, build_market, simulate


@pytest.fixture
def market(tiny_chain):
    return build_market([tiny_chain], production_stage="processing", trade_stage="processing")


def test_without_a_policy_nobody_gains_and_cover_stays(market):
    run = simulate(market, [], months=6, draws=3)
    assert list_balances(run) == []
    cover = months_of_cover(run, [market.countries[1]])
    assert np.allclose(cover, cover[:, :1])


def test_who_restricts_is_listed_first_with_what_it_sells_less(market):
    start = f"{max(market.years) + 1}-01"
    seller = market.countries[0]
    ban = Ban(origin=[seller], stage="processing", announced=start, effective=start)
    run = simulate(market, [ban], months=6, draws=3, parameters={"leakage_share": 0})
    first = list_balances(run)[0]
    assert (first.country, first.is_restricting) == (seller, True)
    # A ban on every lane from the first month on: all of six months' exports are gone.
    assert first.sales_t.median == pytest.approx(-6 * market.exports[0])
    assert first.revenue_t.median == pytest.approx(-6 * market.exports[0])
    told = tell_balances([dataclasses.replace(first, country="CHN")], 6)[0]
    assert "over 6 months" in told and "(-100 %)" in told
    sides = list_sides(run)
    assert [side.country for side in sides] == [RESTRICTING, OTHERS]
    assert sides[0].sales_t == first.sales_t


def test_an_answer_stands_where_it_starts(market):
    year = max(market.years) + 1
    seller, other = market.countries[0], market.countries[2]
    outside = OutsideMeasure(name="limits", by=["USA"], stage="processing", effective=f"{year}-03")
    answer = Trigger(
        name="answer", stage="processing", effective=f"{year}-01", after="limits", delay_months=2,
        policy={"kind": "ban", "origin": [seller], "months": 3},
    )  # fmt: skip
    assert other
    run = simulate(market, [outside, answer], months=12, draws=3)
    spans = {span.name: span for span in list_spans(run)}
    # In force in March; two months later is May, three months long: to before August.
    assert (spans["answer"].start, spans["answer"].end, spans["answer"].is_answer) == (
        f"{year}-05",
        f"{year}-08",
        True,
    )
    assert spans["limits"].by == ("USA",)
    exported = run.arrays["export_t"].sel(country=seller)
    assert float(exported.sel(month=f"{year}-04").min()) > 0
    assert float(exported.sel(month=f"{year}-05").max()) == pytest.approx(0, abs=1e-9)


def test_a_plant_is_known_from_its_decision_and_has_months_of_first_output(market):
    year = max(market.years) + 1
    outside = OutsideMeasure(name="limits", by=["USA"], stage="processing", effective=f"{year}-03")
    answer = Trigger(
        name="plant", stage=market.production_stage, effective=f"{year}-01", after="limits", delay_months=2,
        policy={"kind": "capacity_addition", "country": market.countries[0], "capacity_t_per_year": 12,
                "unit": "contained", "lead_months": [3, 6]},
    )  # fmt: skip
    spans = list_spans(simulate(market, [outside, answer], months=12, draws=3))
    plant = next(span for span in spans if span.name == "plant")
    # Decided on in May, two months after the limits; first output three to six months on, the middle 4.5.
    assert (plant.announced, plant.start) == (f"{year}-05", f"{year}-05")
    assert plant.outputs == (f"{year}-08", f"{year}-09", f"{year}-11")
    spans = [dataclasses.replace(span, by=("GRC",)) for span in spans]
    chart = draw_timeline(spans, [f"{year}-{m:02d}" for m in range(1, 13)], Caption("time", "t", "", "none"))
    assert f"first output {year}-08 to {year}-11" in chart.svg and "Pale: decided on" in chart.svg
    assert {row[0]: row[5] for row in chart.table.rows} == {"limits": "", "plant": f"{year}-08 to {year}-11"}
    assert f"the decision; first output {year}-08 to {year}-11." in tell_answers(spans)[0]


def test_a_gain_that_is_not_sure_is_not_told():
    q = Quantiles(1.0, -1.0, 2.0)
    unsure = Balance("AUS", False, q, q, q, q, q, 10.0, 0.0)
    assert tell_balances([unsure], 36) == ("Nobody gains in nearly all draws.",)


def test_a_gain_names_its_unit_and_its_months():
    q, gain = Quantiles(0.0, 0.0, 0.0), Quantiles(230_000.0, 90_000.0, 400_000.0)
    told = tell_balances([Balance("IDN", False, q, gain, q, q, gain, 10.0, 0.0)], 36)[0]
    assert told == (
        "In nearly all draws these gain over 36 months, after what their own imports cost, the worth of so many tonnes "
        "at baseline prices: Indonesia 230,000 t."
    )


def test_who_pays_less_because_it_gets_less_does_not_gain():
    q, less, gain = Quantiles(0.0, 0.0, 0.0), Quantiles(-9.0, -12.0, -5.0), Quantiles(9.0, 5.0, 12.0)
    taxed = Balance("JPN", False, q, q, gain, less, gain, 0.0, 100.0)
    assert tell_balances([taxed], 24) == ("Nobody gains in nearly all draws.",)
    assert tell_winner([taxed], "graphite") == "Nobody gains or pays more in graphite: net gain in the median"


def test_what_an_ore_loses_says_what_its_tonnes_are_of():
    q = Quantiles(-72_000_000.0, -75_000_000.0, -60_000_000.0)
    ban = Balance("IDN", True, q, q, q, q, q, 144_000_000.0, 0.0)
    told = tell_balances([ban], 36, "gross weight")[0]
    # 72 of 144 million t: half.
    assert "exports 72,000,000 t less (gross weight; -50 %)" in told


def test_a_measure_of_many_countries_is_told_of_those_that_it_moves_most():
    # Exports of six countries fall by 1 to 6 t: four sentences from 6 t down, and a count of the other two.
    every = []
    for number, code in enumerate(["AUT", "BEL", "CHE", "DEU", "ESP", "FRA"], start=1):
        q = Quantiles(-float(number), -float(number), -float(number))
        every.append(Balance(code, True, q, q, q, q, q, 10.0, 0.0))
    *told, more, nobody = tell_balances(every, 12)
    assert [text.split(" ")[0] for text in told] == ["France", "Spain", "Germany", "Switzerland"]
    assert more == "2 more restrict, whose exports change by fewer tonnes; --json has them."
    assert nobody == "Nobody gains in nearly all draws."


@pytest.mark.slow
def test_the_answers_of_a_shipped_scenario_stand_in_records_and_sentences(snapshot):
    result = run_scenario(read_scenario("rare-earths-japan-2010"), snapshot, draws=4)
    records = answer_records(result, snapshot)
    quantities = {str(record["quantity"]) for record in records}
    assert {"months_of_cover", "sales_change_t", "net_gain_t", "value_added_at_risk", "measure"} <= quantities
    units = {
        str(r["quantity"]): (r["unit"], r["months"])
        for r in records
        if str(r["quantity"]).endswith("_t") and "role" in r
    }
    months = len(result.markets[0].run.months)
    assert units["sales_change_t"] == units["use_lost_t"] == ("t", months)
    assert units["net_gain_t"] == units["revenue_change_t"] == ("t at baseline prices", months)
    uses = [r for r in records if r["quantity"] == "value_added_at_risk"]
    assert {"Magnets"} <= {r["use"] for r in uses if r["material"] == "neodymium"}
    assert all("eu_crm_2023" in r["source_ids"] for r in uses if r["region"] == "EU27")
    assert any("China restricts" in text for text in list_answers(result, snapshot))
    assert draw_measures(result)[0].chart is not None
