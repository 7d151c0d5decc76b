"""A run beside history: flows of one lane by hand, and the naive forecasts of the shipped scenarios."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.hindcast import build_forecasts, mean_absolute_log_error, read_episode, score_table
from monazite.hindcast.compare import (
    baseline_flow,
    build_forecast,
    select_flow,
    simulate_quantity,
)
from monazite.hindcast.observed import _total_by_year, observe
from monazite.hindcast.open_shares import mean_open_share
from monazite.provenance import Lineage
from monazite.reports.run_text import FLOORS
from monazite.scenarios import Comparison, Scenario, list_scenarios, read_scenario, run_scenario
from monazite.simulation import Ban, Market, Quota, simulate
from monazite.simulation.compile import compile_rules

pytestmark = pytest.mark.slow

# China makes 100 t a month and sells 40 to Japan and 20 to Korea; Korea makes 30 and sells 10 to Japan.
COUNTRIES = ("CHN", "JPN", "KOR")
MARKET = Market(
    material="natural_graphite",
    production_stage="extraction",
    trade_stage="extraction",
    years=(2022,),
    weight="gross",
    countries=COUNTRIES,
    trade=np.array([[0.0, 40.0, 20.0], [0.0, 0.0, 0.0], [0.0, 10.0, 0.0]]),
    production=np.array([100.0, 0.0, 30.0]),
    capacity=np.array([110.0, 0.0, 33.0]),
    content_share=np.ones(3),
    lineage=Lineage(release="test", release_sha256="0" * 64),
)
HALF = Ban(
    origin=["CHN"],
    destination=["JPN"],
    stage="extraction",
    announced="2023-07",
    effective="2023-07",
    severity=0.5,
)


def run(*policies, **parameters):
    return simulate(
        MARKET,
        policies,
        months=12,
        start="2023-01",
        draws=2,
        seed=1,
        lanes=["CHN", "KOR"],
        parameters=parameters,
    )


def compare(**changes):
    fields = {
        "name": "lane", "title": "A lane", "material": "natural_graphite", "quantity": "trade_gross_t",
        "source": "episode", "series": "china_exports_to_japan", "exporters": ["CHN"], "importers": ["JPN"],
        "recorded_at": "arrival", "months": ["2023-11"], "base_months": ["2023-05", "2023-06"], "is_scored": True,
    }  # fmt: skip
    return Comparison.model_validate(fields | changes)


@pytest.fixture(scope="module")
def quiet():
    return run()


@pytest.fixture(scope="module")
def forecasts(snapshot):
    """The forecasts of every shipped scenario by quantity, with few draws: the naive ones have none."""
    found = {}
    for name in list_scenarios():
        result = run_scenario(read_scenario(name), snapshot, draws=4)
        found |= {forecast.quantity: forecast for forecast in build_forecasts(result, snapshot)}
    return found


# One lane, by hand


def test_without_a_policy_a_lane_keeps_its_baseline(quiet):
    # 40 t a month, 480 a year; a ratio is over the month of the baseline
    assert baseline_flow(compare(), quiet) == 40
    assert simulate_quantity(compare(), quiet, ["2023-03", "2023"]) == pytest.approx(
        np.full((2, 2), [40, 480])
    )
    assert simulate_quantity(compare(quantity="trade_ratio"), quiet, ["2023-03", "2023"]) == pytest.approx(
        np.ones((2, 2))
    )
    assert simulate_quantity(compare(quantity="unit_value_ratio"), quiet, ["2023"]) == pytest.approx(
        np.ones((2, 1))
    )


@pytest.mark.parametrize(
    ("changes", "tonnes"),
    [
        ({"exporters": ["world"]}, 50),  # 40 from China, 10 from Korea
        ({"exporters": ["world"], "exporters_without": ["CHN"]}, 10),
        ({"exporters": ["CHN", "KOR"]}, 50),
        ({"importers": ["world"]}, 60),  # to Japan and to Korea
        ({"importers": ["JPN", "KOR"], "exporters": ["world"], "exporters_without": ["KOR"]}, 60),
        ({"importers": ["world"], "recorded_at": "shipment"}, 60),
    ],
)
def test_regions_add_up_their_lanes(quiet, changes, tonnes):
    entry = compare(**changes)
    assert baseline_flow(entry, quiet) == tonnes
    assert select_flow(entry, quiet) == pytest.approx(np.full((2, 12), tonnes))


def test_a_draw_that_ships_nothing_has_the_plain_mean_of_the_price():
    # Korea ships nothing to China, whose price stays at its baseline: no tonnes to weigh with, the mean of twelve ones
    entry = compare(exporters=["KOR"], importers=["CHN"], quantity="unit_value_ratio")
    assert simulate_quantity(entry, run(), ["2023"]) == pytest.approx(np.ones((2, 1)))


def test_a_closed_lane_arrives_a_month_later_than_it_is_shipped():
    # closed from July and nothing leaks: goods shipped in June still arrive in July
    closed = run(HALF.model_copy(update={"severity": 1.0}), leakage_share=0.0)
    shipped = select_flow(compare(recorded_at="shipment"), closed)[0]
    arrived = select_flow(compare(), closed)[0]
    assert shipped[6:].tolist() == [0] * 6
    assert arrived[6] == pytest.approx(shipped[5])
    assert arrived[7:].tolist() == pytest.approx([0] * 5)


def test_what_leaks_around_a_ban_counts_as_an_arrival_from_its_origin_and_not_as_a_shipment():
    leaking = run(HALF.model_copy(update={"severity": 1.0}), leakage_share=0.3)
    assert select_flow(compare(recorded_at="shipment"), leaking)[0, 6:].tolist() == [0] * 6
    assert select_flow(compare(), leaking)[0, 8:].max() > 0


def test_an_exporter_whose_lanes_were_not_kept_is_named():
    kept = simulate(MARKET, [], months=12, start="2023-01", draws=2, seed=1, lanes=["CHN"])
    with pytest.raises(DataError) as caught:
        select_flow(compare(exporters=["KOR"]), kept)
    assert str(caught.value) == (
        "comparison lane: needs lanes that the run did not keep.\n"
        "  which:    KOR\n"
        "  expected: exporters among CHN\n"
        "  fix:      name the exporter in watch.lanes"
    )


def test_a_period_that_the_run_does_not_cover_is_refused(quiet):
    with pytest.raises(DataError, match=r"run: does not cover 2024.\n  expected: 2023-01 to 2023-12"):
        simulate_quantity(compare(), quiet, ["2024"])


# What a policy lets pass, as the naive forecasts see it


def test_a_ban_of_half_leaves_half_of_its_lane_open():
    share = mean_open_share(run(HALF))
    lane = share[:, COUNTRIES.index("CHN"), COUNTRIES.index("JPN")]
    assert lane.tolist() == [1.0] * 6 + [0.5] * 6
    assert (share[:, COUNTRIES.index("KOR"), COUNTRIES.index("JPN")] == 1).all()


def test_a_quota_lets_pass_its_tonnes_over_the_baseline_exports():
    # 360 t a year over 60 x 12 = 720 t
    quota = Quota(origin=["CHN"], stage="extraction", announced="2022-12", effective="2023-01",
                  quota_t_per_year={2023: 360}, unit="gross")  # fmt: skip
    share = mean_open_share(run(quota))
    assert share[:, 0, 1] == pytest.approx(np.full(12, 0.5))


def test_lanes_under_the_same_rules_are_computed_once_and_give_the_same_mean():
    # the rules of every lane by themselves, as the run has them
    one = HALF.model_copy(update={"severity": (0.2, 0.6)})
    other = Ban(
        origin=["CHN", "KOR"], stage="extraction", announced="2022-12", effective="2023-03", severity=0.1
    )
    result = run(one, other)
    rules = compile_rules(result.policies, MARKET, start="2023-01", months=12, draws=5, seed=0)
    result = replace(result, arrays=result.arrays.isel(draw=[0] * 5), lineage=replace(result.lineage, seed=0))
    expected = [rules.open_share(rules.idle_clock(month), MARKET).mean(axis=0) for month in range(12)]
    assert mean_open_share(result) == pytest.approx(np.array(expected), rel=1e-14)


def naive(snapshot, entry, *policies):
    scenario = read_scenario("graphite-2023")
    result = SimpleNamespace(scenario=scenario)
    market = SimpleNamespace(market=scenario.markets[0], run=run(*policies))
    return build_forecast(entry, market, result, snapshot)


def test_static_share_and_rerouting_by_hand(snapshot):
    # November: half of China's 40 t is refused. Static: 20 / 40. Rerouting: Korea takes over, 10 + 20 = 30 / 10.
    found = naive(snapshot, compare(), HALF).naive
    assert found["static_share"] == pytest.approx([20.0])
    korea = naive(snapshot, compare(exporters=["KOR"]), HALF).naive
    assert korea["static_share"] == pytest.approx([10.0])
    assert korea["rerouting"] == pytest.approx([30.0])
    # rerouting keeps the total of the baseline, 40 + 10
    assert found["rerouting"] + korea["rerouting"] == pytest.approx([50.0])


def test_a_ratio_is_the_observation_over_the_mean_of_its_base(snapshot):
    tonnes, ratio = naive(snapshot, compare()), naive(snapshot, compare(quantity="trade_ratio"))
    assert (tonnes.unit, ratio.unit) == ("t", "ratio")
    assert ratio.naive["no_change"] == pytest.approx([1.0])
    assert ratio.observed == pytest.approx(tonnes.observed / tonnes.naive["no_change"])


def test_a_base_year_counts_as_a_twelfth_for_months(snapshot):
    # China's exports of gallium in 2022: 94.4 t
    entry = read_scenario("gallium-germanium-2023").observations.comparisons[0]
    by_year = entry.model_copy(update={"base_months": (), "base_years": (2022,)})
    base = observe(by_year, snapshot, "gallium-germanium-2023", ["2022"], as_base=True)
    assert base == pytest.approx([94.4 / 12])


def test_a_ratio_is_over_the_mean_of_its_base_months(forecasts):
    # January to June 2023: 28.37 t of gallium, 4.728 a month; July 7.58
    assert forecasts["gallium_july"].naive["no_change"] == pytest.approx([1.0])
    assert forecasts["gallium_july"].observed == pytest.approx([7.58 / (28.37 / 6)])


def test_a_comparison_reads_the_market_of_the_material_that_it_names(snapshot):
    # Congo ships hydroxide and China metal: each is compared with the run of its stage, and watched there
    content = read_scenario("cobalt-congo-2025").model_dump(mode="json")
    for market in content["markets"]:
        market["policies"], market["baseline"]["years"] = [], [2022]
    entry = compare(name="metal", material="cobalt", market="refined-cobalt", quantity="trade_t", importers=["world"],
                    years=[2023], months=(), base_years=[2021, 2022], base_months=(), source="release", series="",
                    recorded_at="shipment", product_codes=["hs92:810510"])  # fmt: skip
    ore = entry.model_copy(update={"name": "ore", "market": "cobalt-intermediates", "exporters": ("COD",)})
    history = {
        "status": "development",
        "comparisons": [each.model_dump(mode="json") for each in (entry, ore)],
    }
    changes = {"start": "2023-01", "months": 12, "draws": 2, "watch": {}, "observations": history}
    result = run_scenario(Scenario.model_validate(content | changes), snapshot)
    found = {forecast.quantity: forecast.draws for forecast in build_forecasts(result, snapshot)}
    ores, metals = (one.run.arrays["trade_t"].sum(("month", "importer")) for one in result.markets)
    assert found["metal"][:, 0] == pytest.approx(metals.sel(exporter="CHN").values)
    assert found["ore"][:, 0] == pytest.approx(ores.sel(exporter="COD").values)


def test_a_voyage_of_days_splits_a_cargo_over_two_months():
    # half of Japan's 40 t stops in July; a month at sea: 40 arrive in July and 20 in August; with 6 days at sea four
    # fifths of a month's cargo arrive in it: 0.8 x 20 + 0.2 x 40 = 24 in July
    result = run(HALF, leakage_share=0, front_loading_share=0, qualification_share_per_month=0)
    month, days = compare(), compare(days_at_sea=6)
    slow, fast = (simulate_quantity(entry, result, ["2023-06", "2023-07"])[0] for entry in (month, days))
    sent = simulate_quantity(compare(recorded_at="shipment"), result, ["2023-06", "2023-07"])[0]
    assert fast == pytest.approx(0.8 * sent + 0.2 * slow)
    assert slow == pytest.approx([40, 40])


def test_a_year_with_mostly_doubtful_tonnes_was_not_observed(snapshot):
    # China's tonnes of bauxite of 2016 are doubtful for 69 % of the value, those of 2015 for 1 %
    entry = read_episode("bauxite-malaysia-2016").comparisons[0]
    assert np.isnan(observe(entry, snapshot, None, ["2015", "2016"])).tolist() == [False, True]


def test_prices_have_no_forecast_from_shares(snapshot, forecasts):
    assert set(forecasts["unit_value_japan"].naive) == {"no_change", "trend"}
    assert set(forecasts["china_to_japan"].naive) == {"no_change", "trend", "static_share", "rerouting"}


def test_a_scenario_without_observations_has_no_forecasts(snapshot):
    result = run_scenario(read_scenario("gallium-germanium-2023"), snapshot, draws=2)
    ahead = replace(result, scenario=result.scenario.model_copy(update={"observations": None}))
    assert build_forecasts(ahead, snapshot) == []


# History and "no change", against the figures on record: CEPII BACI, thousand tonnes; UN Comtrade for graphite


@pytest.mark.parametrize(
    ("quantity", "observed", "no_change"),
    [
        ("china_to_japan", (13.6, 10.0, 5.2, 5.6), 15.2),
        ("others_to_japan", (2.2, 3.2, 3.0, 2.9), 1.2),
        ("china_to_world", (35.1, 26.6, 15.3, 23.6), 39.7),
        ("philippines_to_world", (41_500, 34_800), 41_100),
        ("china_imports", (45_700, 31_700), 85_800),
    ],
)
def test_observed_flows_and_no_change_are_those_on_record(forecasts, quantity, observed, no_change):
    forecast = forecasts[quantity]
    digit = 100 if no_change > 1000 else 0.1
    assert forecast.observed / 1000 == pytest.approx(observed, abs=0.51 * digit)
    assert forecast.naive["no_change"] / 1000 == pytest.approx([no_change] * len(observed), abs=0.51 * digit)


@pytest.mark.parametrize(
    ("quantity", "observed"),
    [("unit_value_japan", (1.5, 7.7, 4.5, 1.7)), ("unit_value_china", (2.25, 1.14))],
)
def test_observed_prices_are_those_on_record_and_no_change_is_one(forecasts, quantity, observed):
    forecast = forecasts[quantity]
    assert forecast.observed == pytest.approx(observed, abs=0.06)
    assert forecast.naive["no_change"] == pytest.approx([1.0] * len(observed))


def test_graphite_before_and_after_the_licences(forecasts):
    # November 2023 to March 2024: 40.5, 2.7, 4.2, 5.1 and 10.3 kt over a usual month of 12.8 kt
    names = ("china_exports_announced", "china_exports_licensed")
    seen = {
        period: value
        for name in names
        for period, value in zip(forecasts[name].periods, forecasts[name].observed, strict=True)
    }
    expected = {"2023-11": 40.5, "2023-12": 2.7, "2024-01": 4.2, "2024-02": 5.1, "2024-03": 10.3}
    assert {month: seen[month] * 12.8 for month in expected} == pytest.approx(expected, abs=0.15)


def test_the_error_of_no_change_is_the_one_on_record(forecasts):
    # mean |ln error| of the rare-earth flows under "no change": 0.68
    scores = [
        score
        for name in ("china_to_japan", "others_to_japan", "china_to_world")
        for score in score_table([forecasts[name]], floors=FLOORS)
    ]
    error = mean_absolute_log_error([s.no_change for s in scores], [s.observed for s in scores])
    assert error == pytest.approx(0.68, abs=0.01)


def test_what_a_policy_sets_itself_is_shown_and_not_scored(forecasts):
    forecast = forecasts["indonesia_to_world"]
    assert not forecast.is_scored
    assert forecast.reason


def test_observed_trade_adds_up_to_the_same_digits_in_any_order():
    # 0.1 + 0.2 + 0.3 is 0.6 in one order and 0.6000000000000001 in another; a missing figure is not counted
    years = np.array([2014, 2014, 2014, 2014, 2015])
    values = np.array([0.1, 0.2, 0.3, np.nan, np.nan])
    assert _total_by_year(years, values) == _total_by_year(years[::-1], values[::-1]) == {2014: 0.6}
