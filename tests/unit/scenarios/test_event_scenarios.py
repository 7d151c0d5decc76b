"""Restriction events as scenarios: what the row says, what is assumed, what must be asked for."""

import pytest

from monazite.errors import ScenarioError
from monazite.scenarios import build_event_scenario, list_event_choices, read_scenario, run_scenario
from monazite.scenarios.cautions import check_covered_parts
from monazite.scenarios.event_policies import (
    build_event_policy,
    find_obstacle,
    read_event_priors,
    read_severity,
)
from monazite.scenarios.reader import scenario_sha256

ROW = {
    "event_id": "AAA-X-2025", "country": "CHN", "targets": "ALL", "instrument": "licence", "announced": "2025-04-04",
    "effective": "2025-04-04", "ended": "", "end_kind": "", "severity": float("nan"), "severity_unit": "",
    "officially_denied": "no",
}  # fmt: skip


def test_what_a_licence_row_does_not_say_is_assumed_with_its_prior():
    policy = build_event_policy(ROW, "processing", {})
    assert policy.content["approval_share"] == [0.7, 1.0]
    assert any("approval_share 0.7 to 1" in text and "Source:" in text for text in policy.assumed)
    assert any("exempt_share 0" in text for text in policy.assumed)
    assert any("to the end of the run" in text for text in policy.assumed)
    assert policy.missing == ()


def test_what_the_user_gives_is_not_assumed():
    policy = build_event_policy(ROW, "processing", {"approval_share": (0.1, 0.2), "exempt_share": 0.3})
    assert policy.content["approval_share"] == (0.1, 0.2)
    assert not any("approval_share" in text or "exempt_share" in text for text in policy.assumed)


def test_a_denied_ban_has_an_uncertain_severity_and_an_open_one_is_in_full():
    ban = {**ROW, "instrument": "ban"}
    assert build_event_policy(ban, "processing", {}).content["severity"] == 1.0
    denied = build_event_policy({**ban, "officially_denied": "partly"}, "processing", {})
    assert denied.content["severity"] == [0.5, 1.0]


def test_a_ban_from_the_fourth_of_april_starts_a_tenth_of_the_month_late():
    # April has 30 days, three of them are free: 3 / 30 = 0.1.
    policy = build_event_policy({**ROW, "instrument": "ban"}, "processing", {})
    assert policy.content["start_delay_months"] == 0.1


def test_an_end_in_the_second_half_of_a_month_counts_to_the_next():
    for day, month in (
        ("2025-11-19", "2025-12"),
        ("2025-11-10", "2025-11"),
        ("2025-11", "2025-12"),
        ("2025", "2026-01"),
    ):
        assert build_event_policy({**ROW, "ended": day}, "processing", {}).content["end"] == month


def test_the_tonnes_of_a_part_of_a_year_end_with_it_and_this_is_said():
    row = {
        **ROW, "instrument": "quota", "country": "COD", "effective": "2025-10-16", "ended": "2026-03-31",
        "severity": 18125.0, "severity_unit": "t cobalt, 16 Oct-31 Dec 2025",
    }  # fmt: skip
    policy = build_event_policy(row, "extraction", {})
    assert policy.content["quota_t_per_year"] == {2025: 18125.0}
    assert policy.content["end"] == "2026-01"
    assert any("tonnes are of one year" in text for text in policy.assumed)


def test_a_size_in_a_unit_that_the_policy_does_not_take_is_not_read():
    row = {"severity": 60.0, "severity_unit": "CNY per t light ore"}
    assert read_severity(row, "export_tax", {}) == {}
    assert read_severity({"severity": 25.0, "severity_unit": "percent ad valorem"}, "export_tax", {}) == {
        "rate_share": 0.25
    }


def test_a_row_without_a_rate_asks_for_it():
    policy = build_event_policy({**ROW, "instrument": "export_tax"}, "processing", {})
    assert policy.missing == ("rate_share",)
    listed = build_event_policy({**ROW, "instrument": "entity_list", "targets": "JPN"}, "processing", {})
    assert listed.missing == ("user_share",)


def test_a_measure_without_effect_or_in_no_tonnes_is_refused_with_a_reason():
    assert find_obstacle({**ROW, "effective": ""}) == "it has not taken effect, or the day was not read"
    assert "limits no trade" in find_obstacle({**ROW, "instrument": "minimum_price"})
    assert "which way" in find_obstacle({**ROW, "instrument": "border_closure"})


def test_every_prior_of_an_event_has_a_source_and_ordered_ends():
    priors = read_event_priors()
    assert priors
    assert all(row["source"] and float(row["low"]) <= float(row["high"]) for row in priors)


@pytest.mark.slow
def test_the_licence_on_seven_rare_earths_runs_and_says_what_it_assumes(snapshot):
    scenario = build_event_scenario("chn-ree7-2025", snapshot)
    assert scenario.materials == ("rare_earths",)
    assert scenario.policies[0].kind == "licence"
    assert scenario.policies[0].effective == "2025-04"
    assert scenario.markets[0].baseline.years == (2024,)
    # The seventh, scandium, is no rare earth of the trade codes.
    six = ("dysprosium", "gadolinium", "lutetium", "samarium", "terbium", "yttrium")
    assert scenario.markets[0].covered_parts == six
    assert any("dysprosium" in text and "part of rare earths" in text for text in scenario.assumed)
    result = run_scenario(scenario, snapshot, draws=4)
    assert any("all rare earths are simulated as covered" in note for note in result.markets[0].run.notes)
    shipped = result.markets[0].run.arrays["trade_mean_t"].sel(origin_country="CHN").sum("importer")
    # Licences are decided after at least a month: next to nothing leaves China in April.
    assert float(shipped.sel(month="2025-04")) < 0.1 * float(shipped.sel(month="2025-01"))


@pytest.mark.slow
def test_every_event_can_be_run_or_has_a_reason(snapshot):
    choices, _ = list_event_choices(snapshot)
    able = {str(choice.event["event_id"]): choice for choice in choices if not choice.reason}
    assert {"CHN-REE7-2025", "CHN-GRAPHITE-2023", "CHN-GAGE-2023", "COD-CO-QUOTA-2026", "IDN-NI-2020"} <= set(
        able
    )
    assert able["CHN-REE-BAOTOU-2011"].needs == ("capacity_share_lost",)
    assert len(able) > 40


def test_an_unknown_event_offers_the_nearest(snapshot):
    with pytest.raises(ScenarioError, match="did you mean CHN-REE7-2025"):
        build_event_scenario("CHN-REE8-2025", snapshot)


def test_an_event_that_lists_no_material_asks_for_one(snapshot):
    with pytest.raises(ScenarioError, match="name one with --material"):
        build_event_scenario("CHN-JPN-2026-02", snapshot)


def test_a_covered_part_of_another_material_is_refused():
    scenario = read_scenario("graphite-2023")
    market = scenario.markets[0].model_copy(update={"covered_parts": ("dysprosium",)})
    with pytest.raises(ScenarioError, match="dysprosium is no part of natural_graphite"):
        check_covered_parts([market])


def test_a_material_that_the_row_does_not_list_is_refused(snapshot):
    with pytest.raises(ScenarioError, match="does not list cobalt"):
        build_event_scenario("CHN-REE7-2025", snapshot, materials=["cobalt"])


def test_what_is_assumed_does_not_change_the_hash(snapshot):
    scenario = build_event_scenario("IDN-NI-2020", snapshot)
    assert scenario_sha256(scenario) == scenario_sha256(scenario.model_copy(update={"assumed": ()}))
