"""Capacity that comes beside that of the baseline: plants that are decided on, suppliers that the price draws."""

from dataclasses import replace

import numpy as np
import pytest

from monazite.errors import ScenarioError
from monazite.simulation import (
    Ban,
    CapacityAddition,
    EquipmentControl,
    NewSupplier,
    Outage,
    Trigger,
    choose_lead_times,
    extend_market,
    find_kind,
    read_lead_times,
    simulate,
)
from monazite.simulation.new_supply import find_anchor, read_new_supply
from monazite.simulation.priors import LIMITS
from monazite.simulation.rules import Rules, SupplierRule
from monazite.simulation.series import Clock, Series

START = "2020-01"
WHEN = {"stage": "extraction", "effective": START}
QUIET = {
    "stock_cover_months": 2,
    "adjustment_months": 4,
    "price_elasticity": 0,
    "thrifting_elasticity": 0,
    "backstop_share": 0,
    "front_loading_share": 0,
    "leakage_share": 0,
    "capacity_elasticity": 0,
}
"""Nobody saves, plans or builds more of what there is."""


def run(market, policies, months, **changes):
    named = [code for code in ("AAA", "CCC", "DDD") if code in market.countries]
    parameters = QUIET | changes
    return simulate(market, policies, months=months, start=START, draws=1, parameters=parameters, lanes=named)


def series(result, name, code):
    return result.arrays[name].sel(country=code).values[0]


def supplier(**changes):
    fields = WHEN | {
        "country": "DDD", "capacity_t_per_year": 600, "unit": "contained", "way": "entry", "built_share": 1,
    } | changes  # fmt: skip
    return NewSupplier(**fields)


@pytest.fixture
def wider_market(small_market):
    return extend_market(small_market, ["DDD"])


def test_a_plant_serves_its_own_country_before_imports_do(small_market):
    # BBB uses 50 a month, all imported; 240 t a year are 20 a month: it needs 30 from abroad, and 20 less at sea, a
    # quarter of which it saves in the first month: 30 - 20 / 4
    plant = CapacityAddition(**WHEN, country="BBB", capacity_t_per_year=240, unit="contained")
    result = run(small_market, [plant], 2)
    assert series(result, "production_t", "BBB") == pytest.approx([20, 20])
    assert series(result, "import_t", "BBB")[0] == pytest.approx(25)


def test_a_plant_runs_after_its_lead_time_and_ramp_and_ends_with_its_policy(small_market):
    # two months of lead, half in the third month, all of 10 t in the fourth, gone in the sixth
    plant = CapacityAddition(
        **WHEN,
        country="BBB",
        capacity_t_per_year=120,
        unit="contained",
        lead_months=2,
        ramp_months=2,
        months=5,
    )
    result = run(small_market, [plant], 6)
    assert series(result, "added_t", "BBB") == pytest.approx([0, 0, 5, 10, 10, 0])
    assert series(result, "production_t", "BBB") == pytest.approx([0, 0, 5, 10, 10, 0])


def test_gross_tonnes_of_a_plant_count_by_content(small_market):
    # half of a gross tonne is contained material: 240 t gross a year are 10 t a month
    plant = CapacityAddition(**WHEN, country="BBB", capacity_t_per_year=240, unit="gross")
    assert series(run(small_market, [plant], 1), "added_t", "BBB") == pytest.approx([10])


def test_an_outage_hits_a_new_plant_as_it_hits_an_old_one(small_market):
    plant = CapacityAddition(**WHEN, country="CCC", capacity_t_per_year=240, unit="contained")
    outage = Outage(**WHEN, country="CCC", capacity_share_lost=1)
    result = run(small_market, [plant, outage], 1)
    assert series(result, "production_t", "CCC") == pytest.approx([0])


def test_a_trigger_sets_a_plant_off(small_market):
    # the ban of March fires it, two months later it is decided, one month later it runs: June
    ban = Ban(
        name="stop",
        origin=["AAA"],
        destination=["BBB"],
        announced=START,
        effective="2020-03",
        stage="extraction",
    )
    plant = {"kind": "capacity_addition", "country": "BBB", "capacity_t_per_year": 120, "unit": "contained",
             "lead_months": 1}  # fmt: skip
    trigger = Trigger(**WHEN, after="stop", delay_months=2, policy=plant)
    result = run(small_market, [ban, trigger], 7)
    assert series(result, "added_t", "BBB") == pytest.approx([0, 0, 0, 0, 0, 10, 10])


def test_a_supplier_builds_what_the_lasting_price_outside_was_worth_seven_months_before(wider_market):
    # six stages of one month each, and the price of a month counts at its end; DDD does not trade, so that the mean
    # of BBB's and CCC's lasting prices counts, by their imports of 50 and 20
    ban = Ban(origin=["AAA"], announced=START, effective=START, stage="extraction")
    result = run(wider_market, [ban, supplier()], 24, entry_lead_months=6, entry_price_ratio=4)
    lasting = {}
    for code in ("BBB", "CCC"):
        mean, found = 0.0, []
        for price in np.log(series(result, "price_ratio", code)):
            mean += (price - mean) / 6
            found.append(mean)
        lasting[code] = np.array(found)
    outside = (50 * lasting["BBB"] + 20 * lasting["CCC"]) / 70
    wanted = 50 * np.minimum(np.maximum(outside, 0) / np.log(4), 1)
    assert wanted[-1] > 5
    assert series(result, "added_t", "DDD") == pytest.approx(
        [0] * 7 + np.maximum.accumulate(wanted)[:17].tolist(), rel=1e-12
    )


def test_a_supplier_that_came_stays_in_trade_after_the_shock(wider_market):
    ban = Ban(
        origin=["AAA"], destination=["BBB"], announced=START, effective=START, months=24, stage="extraction"
    )
    quick = {"entry_lead_months": 6, "entry_price_ratio": 1.1, "qualification_share_per_month": 0.08}
    with_it, without = (run(wider_market, policies, 120, **quick) for policies in ([ban, supplier()], [ban]))
    late = {"exporter": "DDD", "importer": "BBB"}
    sold = with_it.arrays["trade_t"].sel(late).values[0]
    # s = 50 of 70 + 50 exports; BBB's orders settle between that share and what DDD delivers
    assert sold[-1] > 10
    assert without.arrays["trade_t"].sel(late).values[0].max() == 0
    missed = [float(each.arrays["shortfall_t"].sel(country="BBB").sum()) for each in (with_it, without)]
    assert missed[0] < missed[1]


def test_a_country_that_may_not_sell_follows_its_own_price(wider_market):
    # AAA's price falls under its own ban while those outside rise: it restarts nothing
    ban = Ban(origin=["AAA"], announced=START, effective=START, stage="extraction")
    idle = supplier(country="AAA", way="restart")
    result = run(wider_market, [ban, idle], 24, restart_lead_months=6, restart_price_ratio=1.1)
    assert series(result, "price_ratio", "BBB")[-1] > 1.2
    assert series(result, "added_t", "AAA").max() == 0


def test_an_equipment_control_slows_a_supplier_down(small_market):
    ban = Ban(origin=["AAA"], announced=START, effective=START, stage="extraction")
    control = EquipmentControl(**WHEN, country="CCC", by=["AAA"], growth_share_lost=0.5)
    idle = supplier(country="CCC")
    added = [
        series(run(small_market, policies, 18, entry_lead_months=12), "added_t", "CCC")[-1]
        for policies in ([ban, idle], [ban, idle, control])
    ]
    assert 0 < added[1] < added[0]


def test_without_a_higher_price_nobody_comes(wider_market):
    result = run(wider_market, [supplier()], 60)
    assert float(result.arrays["added_t"].max()) <= 1e-12


def test_a_supplier_of_no_size_changes_nothing(wider_market):
    ban = Ban(origin=["AAA"], announced=START, effective=START, stage="extraction")
    with_it, without = (
        run(wider_market, policies, 24) for policies in ([ban, supplier(built_share=0)], [ban])
    )
    for name in without.arrays:
        assert np.array_equal(with_it.arrays[name], without.arrays[name]), name


def test_new_capacity_weighs_as_what_it_leaves_over(small_market):
    # BBB lacks 50 in the baseline and builds 60: 10 over; exports of 70 make 10 / 80
    rule = SupplierRule(1, False, Series(np.ones((1, 1)), 0.0, 0), np.array([60.0]))
    rules = Rules(draws=1, exporters=np.zeros(0, np.int64), public_stock=np.zeros(3), suppliers=(rule,))
    none = np.zeros((1, 0))
    added, entered = read_new_supply(rules, Clock(0, none, none), np.array([[60.0]]), small_market)
    assert added.tolist() == [[0, 60, 0]]
    assert entered.tolist() == [[0, 0.125, 0]]
    # CCC bought all from AAA: now 0.875 and 0.125
    assert find_anchor(small_market, entered)[0, :, 2].tolist() == [0.875, 0.125, 0]


def test_a_country_is_added_with_nothing_and_before_the_rest(small_market):
    market = replace(small_market, countries=("AAA", "BBB", "ROW"))
    wider = extend_market(market, ["DDD", "AAA"])
    assert wider.countries == ("AAA", "BBB", "DDD", "ROW")
    assert wider.trade[0].tolist() == [0, 40, 0, 20] and wider.trade[2].tolist() == [0, 0, 0, 0]
    assert wider.capacity.tolist() == [110, 0, 0, 33]
    assert wider.content_share.tolist() == [0.5] * 4
    assert extend_market(market, ["BBB"]) is market


def test_lead_times_are_short_for_ore_and_long_where_it_is_separated():
    ore, separated = (
        choose_lead_times(name, "extraction", None)["entry_lead_months"] for name in ("nickel", "rare_earths")
    )
    assert ore[1] < separated[0]
    assert find_kind("gallium", "processing") == "refinery"
    assert find_kind("gallium", "use") == ""


def test_what_the_caller_gives_holds_against_the_kind_of_stage():
    given = choose_lead_times("nickel", "extraction", {"entry_lead_months": 50, "price_elasticity": 0.1})
    assert given["entry_lead_months"] == 50 and given["price_elasticity"] == 0.1


def test_every_lead_time_is_within_the_limits_and_has_a_source():
    for priors in read_lead_times().values():
        assert {"capacity_lead_months", "entry_lead_months", "restart_lead_months"} <= set(priors)
        for name, prior in priors.items():
            low, high = LIMITS[name]
            assert low <= prior.low < prior.high <= high
            assert prior.source and prior.quality in {"judgement", "derived"}


def test_a_plant_in_a_country_that_the_market_does_not_name_is_told(small_market):
    plant = CapacityAddition(**WHEN, country="DDD", capacity_t_per_year=240, unit="contained")
    with pytest.raises(ScenarioError) as caught:
        run(small_market, [plant], 1)
    assert "policies.0 (capacity_addition): no country 'DDD'; valid: AAA, BBB, CCC" in str(caught.value)


def test_two_plants_in_one_country_are_both_built_and_it_is_said(small_market):
    plant = CapacityAddition(**WHEN, country="BBB", capacity_t_per_year=120, unit="contained")
    result = run(small_market, [plant, plant.model_copy(update={"name": "second"})], 1)
    assert series(result, "added_t", "BBB") == pytest.approx([20])
    assert result.notes == ("policies 0 and 1 (capacity_addition) meet in BBB, from 2020-01: both are built",)
