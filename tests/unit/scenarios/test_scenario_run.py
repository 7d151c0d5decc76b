"""Running scenarios: what is passed on to the simulator, and what is left out."""

import pytest

from monazite.errors import ScenarioError
from monazite.scenarios import read_scenario, run_scenario
from monazite.scenarios.run import narrow_policy
from monazite.simulation import Ban

RULE = {"origin": ["CHN"], "stage": "processing", "announced": "2021-01", "effective": "2021-03"}


def test_members_of_a_group_that_trade_nothing_are_left_out_of_a_policy():
    policy = Ban(**RULE, destination=["DEU", "MLT"])
    assert list(narrow_policy(policy, ["CHN", "DEU"]).destination) == ["DEU"]
    assert list(policy.destination) == ["DEU", "MLT"]


def test_a_policy_without_any_country_of_the_market_is_left_as_it_is():
    policy = Ban(**RULE, destination=["VAT"])
    assert narrow_policy(policy, ["CHN", "DEU"]) is policy


def test_a_ban_on_a_group_runs_although_a_member_trades_nothing(snapshot):
    scenario = read_scenario("nickel-ore-indonesia-2014")
    ban = scenario.policies[0].model_copy(update={"destination": ["CHN", "MLT"]})
    narrowed = scenario.model_copy(update={"policies": (ban,)})
    result = run_scenario(narrowed, snapshot, draws=2)
    assert list(result.markets[0].run.policies[0].destination) == ["CHN"]


def test_a_ban_on_a_country_that_trades_nothing_is_refused(snapshot):
    scenario = read_scenario("nickel-ore-indonesia-2014")
    ban = scenario.policies[0].model_copy(update={"destination": ["VAT"]})
    with pytest.raises(ScenarioError, match="VAT: makes, trades and uses nothing of it"):
        run_scenario(scenario.model_copy(update={"policies": (ban,)}), snapshot, draws=2)
