"""Policies that do not fit the markets of a scenario are named with file and line; an old baseline is told."""

import dataclasses

import pytest

from monazite.errors import ScenarioError
from monazite.scenarios import read_scenario, run_scenario
from monazite.scenarios.cautions import describe_age
from monazite.scenarios.misfits import FIX, check_fit, list_policy_places, point_to_lines

FILE = """schema_version: 1
name: bans
title: Bans that fit no market
story: Three bans.
sources: ["none"]
start: 2021-01
months: 6
draws: 2
seed: 1
markets:
  - material: cobalt
    baseline: {years: [2020], production_stage: extraction, trade_stage: extraction, weight: contained}
    policies:
      - {kind: ban, origin: [TUV], stage: extraction, announced: 2021-02, effective: 2021-02}
policies:
  - {kind: ban, origin: [CHN], destination: [CHN], stage: extraction, announced: 2021-02, effective: 2021-02}
  - kind: ban
    origin: [CHN]
    stage: processing
    announced: 2021-02
    effective: 2021-02
"""


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "bans.yaml"
    made.write_text(FILE, encoding="utf-8")
    return made


@pytest.fixture
def cobalt(small_market):
    return dataclasses.replace(small_market, material="cobalt", countries=("CHN", "DEU", "CHL"))


def test_every_policy_that_fits_no_market_is_named_by_file_and_line(path, cobalt):
    scenario = read_scenario(path)
    (market,) = scenario.markets
    with pytest.raises(ScenarioError) as caught, point_to_lines(path):
        check_fit(scenario, [(market, cobalt, scenario.policies_of(market))])
    assert str(caught.value) == (
        "bans.yaml: has 3 mistakes.\n"
        "  bans.yaml:14: markets.0.policies.0: cobalt: TUV: makes, trades and uses nothing of it by itself in the "
        "baseline\n"
        "  bans.yaml:16: policies.0: cobalt: nothing is traded on its lanes in the baseline\n"
        "  bans.yaml:19: policies.1.stage: cobalt: stage 'processing', but the market has 'extraction'\n"
        f"  fix:      {FIX}"
    )


def test_a_run_says_so_before_it_computes_and_without_a_file_by_place(path, snapshot, cobalt):
    told = []
    with pytest.raises(ScenarioError, match="scenario bans: 3 parts of its policies do not fit") as caught:
        run_scenario(
            read_scenario(path), snapshot, baselines={"cobalt": cobalt}, on_progress=lambda *n: told.append(n)
        )
    assert not told and len(caught.value.findings) == 3
    with pytest.raises(ScenarioError, match="scenario bans"), point_to_lines(None):
        raise caught.value


def test_shared_policies_stand_before_those_of_a_market(path):
    scenario = read_scenario(path)
    assert list_policy_places(scenario, scenario.markets[0]) == [
        ("policies", 0), ("policies", 1), ("markets", 0, "policies", 0)
    ]  # fmt: skip


def test_a_baseline_of_another_time_is_told(path):
    (market,) = read_scenario(path).markets
    assert describe_age(market, "2025-12") == ""
    assert describe_age(market, "2090-01").startswith(
        "the baseline of 2020 stands for 2090 as it is: 70 years"
    )
