"""Every instrument in a scenario file: words, groups, triggers and their mistakes with the line."""

import pytest

from monazite.errors import ScenarioError
from monazite.scenarios import read_scenario, run_scenario

HEAD = """\
schema_version: 1
name: every-instrument
title: All of them
story: A test.
sources: [nobody]
start: 2025-01
months: 6
draws: 2
seed: 1
markets:
  - material: natural_graphite
    baseline:
      years: [2022]
      production_stage: extraction
      trade_stage: extraction
      product_codes: ["hs92:250410"]
      weight: gross
      unknown_content: gross
policies:
"""
WHEN = "stage: extraction, announced: 2025-01, effective: 2025-02"
EVERY = f"""\
  - {{kind: ban, name: stop, origin: [China], destination: [United States], {WHEN}}}
  - {{kind: licence, origin: [CHN], approval_share: 0.8, delay_months: 2, queue_share: 0.5, {WHEN}}}
  - {{kind: quota, origin: [CHN], baseline_share: 0.9, {WHEN}}}
  - {{kind: tariff, destination: [USA], origin: [CHN], rate_share: 0.25, {WHEN}}}
  - {{kind: export_tax, origin: [Mozambique], rate_share: [0.1, 0.2], {WHEN}}}
  - {{kind: transport_cut, origin: [MDG], capacity_share_lost: 0.5, {WHEN}}}
  - {{kind: stock_release, country: Japan, release_t_per_month: 9, opening_stock_t: 50, unit: gross, {WHEN}}}
  - {{kind: stock_build, country: KOR, build_t_per_month: 9, target_t: 50, unit: gross, {WHEN}}}
  - {{kind: demand_change, country: [EU27], change_share: -0.2, {WHEN}}}
  - {{kind: entity_list, origin: [CHN], destination: [JPN], user_share: 0.3, {WHEN}}}
  - {{kind: equipment_control, country: CHN, by: [USA, Netherlands], growth_share_lost: 0.5, {WHEN}}}
  - {{kind: cap, destination: [Germany], cap_share: 0.65, {WHEN}}}
  - {{kind: leakage, origin: [CHN], third_country_share: [0.1, 0.3], {WHEN}}}
  - {{kind: outage, country: Mozambique, site: Balama, site_t_per_year: 90000, unit: gross, {WHEN}}}
  - {{kind: capacity_addition, country: Iceland, capacity_t_per_year: 900, unit: gross, lead_months: [1, 3], {WHEN}}}
  - {{kind: new_supplier, country: Chad, capacity_t_per_year: 900, unit: gross, way: entry, {WHEN}}}
  - {{kind: stock_cover, country: [Japan, Republic of Korea], cover_ratio: [1, 1.5], {WHEN}}}
  - {{kind: outside_measure, name: chip machines, by: [USA], {WHEN}}}
  - kind: trigger
    after: chip machines
    delay_months: 1
    stage: extraction
    effective: 2025-01
    policy: {{kind: ban, origin: [China], destination: [G7]}}
"""


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "my.yaml"
        path.write_text(text, encoding="utf-8")
        return read_scenario(path)

    return read_text


@pytest.fixture
def told(read):
    def message(text):
        with pytest.raises(ScenarioError) as caught:
            read(text)
        return str(caught.value).splitlines()[:-1]

    return message


def test_every_instrument_is_read_and_run_and_what_it_moves_is_kept(read, snapshot):
    scenario = read(HEAD + EVERY)
    assert scenario.policies[10].by == ["USA", "NLD"]
    assert (
        scenario.policies[-1].policy.origin == ["CHN"] and "JPN" in scenario.policies[-1].policy.destination
    )
    run = run_scenario(scenario, snapshot).markets[0].run
    assert {"ISL", "TCD"} <= set(run.market.countries)
    assert {"released_t", "bought_t", "public_stock_t", "queue_t", "duty_share", "added_t"} <= set(run.arrays)
    assert any(note.startswith("policy 8 (demand_change) does not touch") for note in run.notes)


def test_triggers_that_wait_for_one_another_are_told_with_their_line(told):
    rule = "stage: extraction, effective: 2025-01, policy: {kind: ban, origin: [CHN]}"
    text = (
        HEAD
        + f"  - {{kind: trigger, name: a, after: b, {rule}}}\n  - {{kind: trigger, name: b, after: a, {rule}}}\n"
    )
    assert told(text + f"  - {{kind: trigger, after: c, {rule}}}\n") == [
        "my.yaml: has 2 mistakes.",
        "  my.yaml:20: policies.0.after: triggers wait for one another: a -> b -> a",
        "  my.yaml:22: policies.2.after: no policy is named 'c'; valid: a, b",
    ]


def test_mistakes_inside_a_trigger_have_their_place(told):
    rule = "stage: extraction, effective: 2025-01"
    policy = "policy: {kind: licence, origin: [CHI], aproval_share: 0.5, delay_months: 1}"
    lines = told(
        HEAD + f"  - {{kind: trigger, when: price_ratio, country: JPN, above: 2, {rule}, {policy}}}\n"
    )
    assert [line.split(": ", 1)[1].split(";")[0] for line in lines[1:]] == [
        "policies.0.policy.approval_share: is missing",
        "policies.0.policy.aproval_share: unknown key",
        "policies.0.policy.origin.0: expected a country (DEU, DE, Germany) or a group (EU27, EU, OECD, G7, world), "
        "got 'CHI'",
    ]


def test_a_severity_above_one_hundred_percent_is_told(told):
    [line] = told(HEAD + f"  - {{kind: ban, origin: [CHN], severity: 1.5, {WHEN}}}\n")
    assert (
        line
        == "my.yaml:20: policies.0.severity: expected a number or a pair [low, high] within 0..1, got 1.5"
    )


def test_mistakes_in_a_plant_are_told_all_at_once(told):
    plant = (
        "kind: capacity_addition, country: Jappan, capacity_t_per_year: 0, lead_months: -1, ramp_months: 0"
    )
    assert told(HEAD + f"  - {{{plant}, {WHEN}}}\n") == [
        "my.yaml: has 5 mistakes.",
        "  my.yaml:20: policies.0.capacity_t_per_year: expected greater than 0, got 0",
        "  my.yaml:20: policies.0.country: expected an ISO 3166-1 code (DEU, DE) or an English name (Germany), "
        "got 'Jappan'; did you mean Japan?",
        "  my.yaml:20: policies.0.lead_months: expected a number or a pair [low, high] within 0..120, got -1",
        "  my.yaml:20: policies.0.ramp_months: expected a number or a pair [low, high] within 1..120, got 0",
        "  my.yaml:20: policies.0.unit: is missing",
    ]
