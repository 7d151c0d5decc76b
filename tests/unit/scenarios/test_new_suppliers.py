"""Who may become a new supplier: deposits, idle works and projects of the release."""

from dataclasses import replace

import pytest

from monazite.scenarios import read_scenario, run_scenario, scenario_sha256
from monazite.scenarios.new_suppliers import (
    Deposit,
    Deposits,
    describe_suppliers,
    list_suppliers,
    read_deposits,
)
from monazite.simulation import NewSupplier, extend_market


def sizes(market, deposits):
    found = list_suppliers(extend_market(market, deposits.countries), deposits, start="2020-01")
    return {(one.country, one.way): one.capacity_t_per_year for one in found}


def test_a_country_could_mine_its_reserves_as_fast_as_the_world_does(small_market):
    # the world makes 12 x 130 = 1,560 t a year; a tenth of the reserves is 156 t
    assert sizes(small_market, Deposits((Deposit("DDD", 0.1, "reserves"),))) == {
        ("DDD", "entry"): pytest.approx(156)
    }


def test_what_a_country_has_is_taken_off_what_it_could(small_market):
    # CCC has 12 x 33 = 396 t: a third of the reserves is 520 t, 124 more; 450 t in its best year: 54 of them restart
    deposits = Deposits((Deposit("CCC", 1 / 3, "reserves"),), (Deposit("CCC", 450, "output of 2001"),))
    assert sizes(small_market, deposits) == {
        ("CCC", "restart"): pytest.approx(54),
        ("CCC", "entry"): pytest.approx(70),
    }


def test_a_project_counts_where_it_is_larger_than_the_reserves_say(small_market):
    project = Deposits((Deposit("DDD", 0.01, "reserves"),), (), (Deposit("DDD", 100, "project"),))
    assert sizes(small_market, project) == {("DDD", "entry"): 100}


def test_what_is_too_small_to_matter_is_left_out(small_market):
    assert sizes(small_market, Deposits((Deposit("DDD", 0.004, "reserves"),))) == {}


def test_contained_tonnes_become_gross_in_a_market_of_gross_weight(small_market):
    gross = replace(small_market, weight="gross")
    assert sizes(gross, Deposits((), (Deposit("DDD", 50, "output of 2001"),))) == {("DDD", "restart"): 100}


def test_mountain_pass_stood_idle_in_2010(snapshot):
    found = read_deposits(
        snapshot,
        material="rare_earths",
        stage="extraction",
        baseline_years=(2007, 2008, 2009),
        start="2010-01",
    )
    idle = {entry.country: entry for entry in found.past_output}
    assert idle["USA"].quantity == 22200 and "1995" in idle["USA"].basis
    assert {"BRA", "VNM", "GRL", "AUS"} <= set(found.countries)
    assert not found.projects and not found.note


def test_a_project_that_was_announced_later_does_not_count(snapshot):
    early, late = (
        read_deposits(snapshot, material="gallium", stage="processing", baseline_years=(2022,), start=start)
        for start in ("2024-12", "2025-01")
    )
    assert "GRC" not in early.countries and "GRC" in late.countries


def test_nobody_enters_where_no_table_says_anything_and_it_is_said(snapshot):
    found = read_deposits(
        snapshot, material="germanium", stage="manufacturing", baseline_years=(2022,), start="2024-01"
    )
    assert found.countries == ()
    assert found.note == (
        "New suppliers of germanium at manufacturing: cannot tell, no table of deposits or projects holds any; "
        "nobody enters."
    )


def test_a_scenario_can_do_without_and_older_files_keep_their_hash(snapshot):
    scenario = read_scenario("nickel-ore-indonesia-2014")
    [market] = scenario.markets
    baseline = market.baseline.model_copy(update={"new_supply": "none"})
    without = scenario.model_copy(update={"markets": (market.model_copy(update={"baseline": baseline}),)})
    assert scenario_sha256(without) != scenario_sha256(scenario)
    runs = [run_scenario(each, snapshot, draws=2).markets[0].run for each in (scenario, without)]
    assert any(note.startswith("New suppliers, at most") for note in runs[0].notes)
    assert "added_t" in runs[0].arrays and "added_t" not in runs[1].arrays
    assert not any(policy.kind == "new_supplier" for policy in runs[1].policies)


def test_the_largest_suppliers_are_named_and_the_others_added_up():
    # six of eight, 8,000 down to 3,000 t; 2,000 + 1,000 t are left
    rule = {"stage": "extraction", "effective": "2025-01", "way": "entry", "unit": "contained"}
    suppliers = [
        NewSupplier(country=code, capacity_t_per_year=1000.0 * (number + 1), **rule)
        for number, code in enumerate(["AUS", "BRA", "CAN", "IND", "KEN", "MEX", "TZA", "VNM"])
    ]
    told = describe_suppliers(suppliers)
    assert told.startswith(
        "New suppliers, at most, if the price stays high: VNM 8,000 t a year (entry), TZA 7,000"
    )
    assert told.endswith("CAN 3,000 t a year (entry), 2 more with 3,000 t a year together.")


def test_a_country_under_the_restriction_is_no_new_supplier_of_others():
    rule = {"stage": "extraction", "effective": "2020-01", "way": "restart", "unit": "gross"}
    suppliers = [
        NewSupplier(country=code, capacity_t_per_year=tonnes, **rule)
        for code, tonnes in (("IDN", 36e6), ("BRA", 12e6))
    ]
    assert describe_suppliers(suppliers, ["IDN"]) == (
        "New suppliers, at most, if the price stays high, gross weight: BRA 12,000,000 t a year (restart). "
        "Held back by a measure of the run, may grow for use at home and as far as it lets out: IDN 36,000,000 t a "
        "year (restart)."
    )
