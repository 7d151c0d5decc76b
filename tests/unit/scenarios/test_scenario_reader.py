"""Reading scenarios: words, dates and cross-references, all mistakes at once."""

import json

import pytest

from monazite.errors import ScenarioError
from monazite.scenarios import (
    list_scenarios,
    read_observations,
    read_scenario,
    scenario_json_schema,
    scenario_sha256,
)
from monazite.scenarios.schema import Scenario
from monazite.simulation import read_priors

GOOD = """\
schema_version: 1
name: cobalt-stop
title: A stop of cobalt
story: A test.
sources: [nobody]
start: 2025-01
months: 12
draws: 10
seed: 1
markets:
  - material: Cobalt
    baseline:
      years: [2023, 2024]
      production_stage: mining
      trade_stage: processing
      weight: contained
policies:
  - kind: ban
    origin: [Congo, D.R.]
    destination: [Japan, G7]
    stage: processing
    announced: 2025-02
    effective: 2025-03
    months: 3
"""


@pytest.fixture
def read(tmp_path):
    def read_text(text: str) -> Scenario:
        path = tmp_path / "my.yaml"
        path.write_text(text, encoding="utf-8")
        return read_scenario(path)

    return read_text


@pytest.fixture
def told(read):
    def message(text: str) -> str:
        with pytest.raises(ScenarioError) as caught:
            read(text)
        return str(caught.value)

    return message


FIX = "\n  fix:      mend these lines; docs/reference/scenarios.md lists every key"


def test_words_become_codes_and_a_group_its_members(read):
    scenario = read(GOOD.replace("[Congo, D.R.]", '["Congo, D.R."]'))
    policy = scenario.policies[0]
    assert scenario.materials == ("cobalt",)
    assert scenario.markets[0].baseline.production_stage == "extraction"
    assert policy.origin == ["COD"]
    # Japan stands first, and once, though it is a member of the G7 as well
    assert policy.destination == ["JPN", "CAN", "DEU", "FRA", "GBR", "ITA", "USA"]
    assert scenario.end == "2026-01"


def test_a_scenario_with_mistakes_of_every_kind_tells_all_of_them(told):
    text = """\
schema_version: 2
name: Bad One
title: Bad
story: Nothing
sources: [a, a]
start: 2010-13
months: 12
draws: soon
seed: 1
markts: []
markets:
  - material: cobolt
    baseline:
      years: [2009, 2009]
      production_stage: mining
      trade_stage: procesing
      product_codes: ["284690"]
      weight: net
    parameters: {price_elasticty: 0.1, leakage_share: [0.4, 0.1]}
policies:
  - kind: licence
    origin: [CHN, Jpan]
    stage: extraction
    announced: 2010-07
    effective: 2010-09
    delay_months: soon
    approval_share: 1.5
  - kind: outage
    country: Austalia
    stage: extraction
    effective: 2012-01
    capacity_share_lost: 0.5
observations:
  table: rare-earths-japan-2011
  status: development
  comparisons:
    - name: x
      title: X
      material: cobalt
      quantity: trade_gross_t
      source: release
      exporters: [world]
      importers: [JPN]
      recorded_at: arrival
      years: [2010]
      is_scored: false
"""
    stages = "extraction, processing, manufacturing, use, collection, recycling"
    region = "a country (DEU, DE, Germany) or a group (EU27, EU, OECD, G7, world)"
    material = "a material of docs/reference/nomenclature.md, such as rare_earths or cobalt"
    parameters = "price_elasticity or price_decay or thrifting_elasticity"
    lines = [
        "1: schema_version: expected 1, got 2",
        "2: name: expected lower-case words joined by hyphens, as graphite-2023, got 'Bad One'",
        "5: sources: a stands twice; keep one",
        "6: start: expected a month as YYYY-MM, got '2010-13'",
        "8: draws: expected a valid integer, got 'soon'",
        "10: markts: unknown key; did you mean markets?",
        f"12: markets.0.material: expected {material}, got 'cobolt'; did you mean cobalt?",
        "14: markets.0.baseline.years: 2009 stands twice; keep one",
        f"16: markets.0.baseline.trade_stage: expected one of {stages}, got 'procesing'; "
        "did you mean processing?",
        "17: markets.0.baseline.product_codes.0: expected an HS edition and six digits, as hs92:284690, "
        "got '284690'",
        "18: markets.0.baseline.weight: expected gross or contained, got 'net'; valid: contained, gross",
        "19: markets.0.parameters.leakage_share: expected [low, high] with low <= high, got [0.4, 0.1]",
        f"19: markets.0.parameters.price_elasticty: unknown parameter; did you mean {parameters}?",
        f"22: policies.0.origin.1: expected {region}, got 'Jpan'; did you mean Japan or Spain or Poland?",
        "26: policies.0.delay_months: expected a number or a pair [low, high] within 0..120, got 'soon'",
        "27: policies.0.approval_share: expected a number or a pair [low, high] within 0..1, got 1.5",
        "29: policies.1.country: expected an ISO 3166-1 code (DEU, DE) or an English name (Germany), "
        "got 'Austalia'; did you mean Australia or Austria or Somalia?",
        "34: observations.table: there is none named 'rare-earths-japan-2011'; "
        "did you mean rare-earths-japan-2010?",
        "37: observations.comparisons.0: give either base_years or base_months",
        "37: observations.comparisons.0.product_codes: is missing; a comparison with the release needs it",
        "37: observations.comparisons.0.reason: is missing; say why this is not scored",
    ]
    expected = "".join(f"\n  my.yaml:{line}" for line in lines)
    assert told(text) == f"my.yaml: has {len(lines)} mistakes.{expected}{FIX}"


def test_dates_of_a_policy_that_cannot_be_are_told(told):
    text = GOOD.replace("[Congo, D.R.]", "[COD]").replace("effective: 2025-03", "effective: 2025-01")
    assert told(text) == ("my.yaml:18: policies.0: effective 2025-01 lies before announced 2025-02" + FIX)


def test_dates_and_parameters_are_told_beside_other_mistakes(told):
    text = GOOD.replace("[Congo, D.R.]", "[Kongo]").replace("effective: 2025-03", "effective: 2025-01")
    answer = told(text + "parameters: {price_elasticity: -1, habit_months: [3, 900]}\n")
    assert "policies.0: effective 2025-01 lies before announced 2025-02\n" in answer
    assert "policies.0.origin.0: expected a country" in answer
    assert "parameters.price_elasticity: expected a number or [low, high] within 0..5, got -1\n" in answer
    assert "parameters.habit_months: expected a number or [low, high] within 2..600, got [3, 900]\n" in answer
    assert answer.startswith("my.yaml: has 4 mistakes.")


def test_a_policy_that_is_over_before_the_first_month_is_told(told):
    text = GOOD.replace("[Congo, D.R.]", "[COD]").replace("2025-02", "2020-02").replace("2025-03", "2020-03")
    assert "policies.0.effective: from 2020-03 on it is over before the simulated months 2025-01" in told(
        text
    )


@pytest.mark.parametrize("month", ["1010-01", "9999-12"])
def test_a_month_of_no_time_that_is_simulated_is_told(told, month):
    text = GOOD.replace("[Congo, D.R.]", "[COD]").replace("start: 2025-01", f"start: {month}")
    assert f"start: expected a month of 1970 to 2199, got '{month}'" in told(text)


def test_a_policy_after_the_last_month_is_told(told):
    text = GOOD.replace("[Congo, D.R.]", "[COD]").replace("effective: 2025-03", "effective: 2026-01")
    assert told(text) == (
        "my.yaml:23: policies.0.effective: 2026-01 lies after the simulated months 2025-01 to before 2026-01"
        + FIX
    )


def test_a_group_without_members_in_that_year_is_told(told):
    text = GOOD.replace("[Congo, D.R.]", "[G7]").replace("2025-02", "1971-01").replace("2025-03", "1971-01")
    assert "my.yaml:19: policies.0.origin.0: G7 has no members in 1971; expected a year from 1975 on" in told(
        text
    )


def test_what_stands_twice_is_told(told):
    text = GOOD.replace("[Congo, D.R.]", "[COD]")
    policy = text[text.index("  - kind: ban") :]
    market = text[text.index("  - material") : text.index("policies:")]
    text = text.replace("policies:\n", f"{market}policies:\n") + policy
    assert told(text) == (
        "my.yaml: has 2 mistakes.\n"
        "  my.yaml:17: markets.1: this market stands twice; keep one\n"
        "  my.yaml:31: policies.1: this policy stands twice; keep one" + FIX
    )


def test_a_comparison_outside_the_run_or_without_a_market_is_told(told):
    text = GOOD.replace("[Congo, D.R.]", "[COD]") + (
        "observations:\n"
        "  status: held_out\n"
        "  comparisons:\n"
        "    - {name: x, title: X, material: nickel, quantity: trade_gross_t, source: release,\n"
        '       product_codes: ["hs92:260400"], exporters: [world], importers: [JPN], recorded_at: arrival,\n'
        "       years: [2025, 2026], base_years: [2024], is_scored: true}\n"
    )
    assert told(text) == (
        "my.yaml: has 2 mistakes.\n"
        "  my.yaml:28: observations.comparisons.0.material: expected one of the markets (cobalt), "
        "got 'nickel'\n"
        "  my.yaml:30: observations.comparisons.0.years.1: 2026 lies outside the simulated months 2025-01 to "
        "before 2026-01" + FIX
    )


EPISODE = """\
observations:
  status: held_out
  comparisons:
    - name: x
      title: X
      material: cobalt
      quantity: trade_ratio
      source: episode
      series: china_galium_exports
      exporters: [CHN]
      importers: [world]
      recorded_at: shipment
      months: [2025-03]
      base_months: [2025-01]
      is_scored: true
"""


def test_a_series_needs_a_table(told):
    assert told(GOOD.replace("[Congo, D.R.]", "[COD]") + EPISODE) == (
        "my.yaml:33: observations.comparisons.0.series: needs observations.table, where the series stands"
        + FIX
    )


def test_a_series_that_the_table_does_not_have_offers_the_nearest(told):
    text = EPISODE.replace("  status", "  table: gallium-germanium-2023\n  status")
    assert told(GOOD.replace("[Congo, D.R.]", "[COD]") + text) == (
        "my.yaml:34: observations.comparisons.0.series: gallium-germanium-2023 has no series "
        "'china_galium_exports'; did you mean china_gallium_exports or china_germanium_exports?" + FIX
    )


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(ScenarioError) as caught:
        read_scenario("graphit-2023")
    assert str(caught.value) == (
        "scenario: there is none named 'graphit-2023'.\n"
        "  expected: the name of a shipped scenario, or a file that ends in .yaml\n"
        "  fix:      did you mean graphite-2023?"
    )


def test_a_file_that_does_not_exist_is_told():
    with pytest.raises(ScenarioError, match=r"^no-such\.yaml: cannot be opened"):
        read_scenario("no-such.yaml")


def test_the_hash_ignores_comments_order_and_spelling_and_sees_a_number(read):
    text = GOOD.replace("[Congo, D.R.]", "[COD]")
    lines = text.splitlines()
    reordered = "\n".join([*lines[1:9], "# a comment", lines[0], *lines[9:]]).replace("Japan", "JPN")
    assert scenario_sha256(read(text)) == scenario_sha256(read(reordered))
    assert scenario_sha256(read(text)) != scenario_sha256(read(text.replace("seed: 1", "seed: 2")))


def test_a_markets_own_policies_and_parameters_come_with_the_common_ones(read):
    own = "    parameters: {price_elasticity: 0.2}\n    policies:\n" + GOOD[GOOD.index("  - kind") :].replace(
        "\n  ", "\n      "
    ).replace("  - kind", "      - kind", 1).replace("[Congo, D.R.]", "[ZMB]")
    text = GOOD.replace("[Congo, D.R.]", "[COD]").replace("policies:\n", f"{own}policies:\n", 1)
    scenario = read(text + "parameters: {price_elasticity: [0.1, 0.3], leakage_share: 0}\n")
    market = scenario.markets[0]
    assert [policy.origin for policy in scenario.policies_of(market)] == [["COD"], ["ZMB"]]
    assert scenario.parameters_of(market) == {"price_elasticity": 0.2, "leakage_share": 0.0}


@pytest.mark.parametrize("name", list_scenarios())
def test_every_shipped_scenario_is_read_and_carries_its_own_name(name):
    scenario = read_scenario(name)
    assert scenario.name == name
    assert scenario.observations is not None or scenario.assumed, "what has no history says what it assumes"


@pytest.mark.parametrize("name", list_scenarios())
def test_baselines_lie_before_the_shock_that_is_scored(name):
    scenario = read_scenario(name)
    for market in scenario.markets:
        first = min(
            policy.effective
            for one in scenario.markets
            for policy in scenario.policies_of(one)
            if one is market or scenario.links  # a coupled market feels the policies of the others
        )
        assert f"{max(market.baseline.years)}-12" < first


@pytest.mark.parametrize("name", list_scenarios())
def test_every_episode_comparison_has_its_observations_and_its_base(name):
    scenario = read_scenario(name)
    observations = scenario.observations
    if observations is None:
        return  # nothing to compare with
    episode = [entry for entry in observations.comparisons if entry.source == "episode"]
    rows = read_observations(observations.table) if episode else ()
    for entry in episode:
        own = {row.months: row for row in rows if row.series == entry.series}
        assert [month for month in entry.months if (month,) not in own] == []
        assert {row.exporter for row in own.values()} == set(entry.exporters)
        assert {row.importer for row in own.values()} == set(entry.importers)


def test_the_quotas_of_the_rare_earth_scenario_add_up_to_the_years():
    # Ministry of Commerce of China: 2010 22,282 + 7,976 = 30,258; 2011 14,508 + 15,738 = 30,246
    totals: dict[int, float] = {}
    for policy in read_scenario("rare-earths-japan-2010").policies:
        if policy.kind == "quota":
            for year, tonnes in policy.quota_t_per_year.items():
                totals[year] = totals.get(year, 0) + tonnes
    assert totals == {2009: 50145, 2010: 30258, 2011: 30246, 2012: 30996, 2013: 31001}


def test_announcement_no_23_has_the_same_numbers_in_both_scenarios_that_hold_it():
    alone = read_scenario("gallium-germanium-2023").policies[0]
    answer = next(p for p in read_scenario("chip-limits-gallium-2023").policies if p.kind == "trigger").policy
    assert alone.kind == answer.kind == "licence"
    assert alone.ranges == answer.ranges
    assert alone.announced_day == answer.announced_day == 3
    assert read_scenario("gallium-germanium-2023").seed == read_scenario("chip-limits-gallium-2023").seed


def test_a_stock_may_be_built_in_what_a_market_does_not_name():
    markets = read_scenario("chip-limits-gallium-2023").markets
    built = [policy.policy for market in markets for policy in market.policies]
    assert {(policy.kind, policy.country) for policy in built} == {
        ("stock_build", "ROW"), ("capacity_addition", "ROW"),
    }  # fmt: skip


def test_eight_scenarios_are_shipped():
    assert list_scenarios() == (
        "chip-limits-gallium-2023",
        "cobalt-congo-2025",
        "gallium-germanium-2023",
        "graphite-2023",
        "japan-2026",
        "nickel-ore-indonesia-2014",
        "rare-earth-basket-2025",
        "rare-earths-japan-2010",
    )


def test_the_json_schema_refuses_unknown_keys_and_can_be_written():
    schema = scenario_json_schema()
    assert schema["additionalProperties"] is False
    assert json.loads(json.dumps(schema)) == schema


def test_the_priors_are_the_known_parameters(told):
    text = GOOD.replace("[Congo, D.R.]", "[COD]") + "parameters: {nothing: 1}\n"
    assert f"valid: {sorted(read_priors())[0]}" in told(text)
