"""Scenarios whose markets are coupled: what a file may say, and what the two shipped ones give."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from monazite.errors import DataError, ScenarioError
from monazite.reports.chain_charts import draw_links
from monazite.reports.chain_text import describe_links, link_records
from monazite.reports.run_text import list_findings, list_run_notes
from monazite.scenarios import Scenario, read_scenario, run_scenario, scenario_sha256
from monazite.scenarios.element_baseline import build_element_chains, share_in_code
from monazite.scenarios.outlook import list_places
from monazite.scenarios.reader import SCENARIOS
from monazite.scenarios.schema import Baseline
from monazite.scenarios.sensitivity import Question, measure_sensitivity

SPLIT = {
    "years": (2024,),
    "production_stage": "extraction",
    "trade_stage": "processing",
    "product_codes": ("hs92:284610", "hs92:284690", "hs92:280530"),
    "weight": "contained",
    "split_from": "rare_earths",
}


@pytest.fixture
def write(tmp_path):
    """Write the cobalt scenario with some words replaced."""

    def change(*changes):
        text = (SCENARIOS / "cobalt-congo-2025.yaml").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return change


@pytest.fixture(scope="module")
def cobalt(snapshot):
    return run_scenario(read_scenario("cobalt-congo-2025"), snapshot, draws=6)


@pytest.fixture(scope="module")
def basket(snapshot):
    return run_scenario(read_scenario("rare-earth-basket-2025"), snapshot, draws=6)


def test_a_link_to_a_market_that_is_not_there_is_told_with_its_line(write):
    path = write(("downstream: [refined-cobalt]", "downstream: [refined]"))
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    assert "links.0.downstream.0" in str(caught.value)
    assert "expected one of the markets (cobalt-intermediates, refined-cobalt), got 'refined'" in str(
        caught.value
    )


def test_two_markets_of_one_material_need_names(write):
    with pytest.raises(ScenarioError, match="markets.1: this market stands twice"):
        read_scenario(write(("  - name: cobalt-intermediates\n    material", "  - material"),
                            ("  - name: refined-cobalt\n    material", "  - material"),
                            ("upstream: cobalt-intermediates", "upstream: cobalt"),
                            ("downstream: [refined-cobalt]", "downstream: [cobalt]")))  # fmt: skip


ANSWER = """policies:
      - {kind: trigger, stage: extraction, effective: 2025-01, market: refined-cobalt, when: unmet_share,
         country: Japan, above: 0.1, policy: {kind: stock_release, country: China, release_t_per_month: 50,
         opening_stock_t: 300, unit: contained}}
      - kind: ban
        name: Suspension"""


@pytest.mark.slow
def test_a_trigger_watches_another_stage_which_is_told_if_it_is_not_there(write, snapshot):
    place = "policies:\n      - kind: ban\n        name: Suspension"
    with pytest.raises(ScenarioError) as caught:
        read_scenario(write((place, ANSWER.replace("refined-cobalt", "refined"))))
    assert "markets.0.policies.0.market: no market 'refined'; did you mean refined-cobalt?" in str(
        caught.value
    )
    scenario = read_scenario(write((place, ANSWER)))
    result = run_scenario(scenario.model_copy(update={"months": 15}), snapshot, draws=2)
    ore, metal = (entry.run.arrays for entry in result.markets)
    unmet = 1.0 - (metal["consumption_t"] / metal["demand_t"]).sel(country="JPN").values
    expected = [np.flatnonzero(row > 0.1)[0] + 1 if row[:-1].max() > 0.1 else np.inf for row in unmet]
    assert ore["fired_month"].values[:, 0].tolist() == expected
    assert expected == [np.inf, 11]  # in one of the two draws, nine months after the ban came in March


def test_markets_without_links_cannot_watch_one_another():
    content = read_scenario("japan-2026").model_dump(mode="json")
    rule = {"kind": "trigger", "stage": "processing", "effective": "2026-01", "market": "natural_graphite"}
    rule |= {
        "when": "price_ratio",
        "country": "JPN",
        "above": 2,
        "policy": {"kind": "ban", "origin": ["JPN"]},
    }
    content["markets"][0]["policies"] = [rule]
    with pytest.raises(ValidationError, match="only markets that links couple can watch one another"):
        Scenario.model_validate(content)


HISTORY = """observations:
  status: development
  comparisons:
    - {name: metal, title: Metal of China, material: cobalt, MARKETquantity: trade_t, source: release,
       product_codes: [hs92:810510], exporters: [CHN], importers: [world], recorded_at: shipment, years: [2025],
       base_years: [2023, 2024], is_scored: true}

watch:
"""


@pytest.mark.parametrize(
    ("market", "told"),
    [
        ("", "market: is missing; cobalt has cobalt-intermediates and refined-cobalt"),
        (
            "market: metal, ",
            "market: expected a market of cobalt (cobalt-intermediates, refined-cobalt), got 'metal'",
        ),
    ],
)
def test_a_comparison_with_one_of_two_markets_of_a_material_names_it(write, market, told):
    with pytest.raises(ScenarioError) as caught:
        read_scenario(write(("watch:\n", HISTORY.replace("MARKET", market))))
    assert f"observations.comparisons.0.{told}" in str(caught.value)
    named = read_scenario(write(("watch:\n", HISTORY.replace("MARKET", "market: refined-cobalt, "))))
    assert named.market_of(named.observations.comparisons[0]).label == "refined-cobalt"


def test_prices_are_of_the_products_of_their_link(write):
    path = write(("    cost_share:", "    value_usd_per_t: {cobalt: 1}\n    cost_share:"))
    with pytest.raises(ScenarioError, match="expected a price for each of refined-cobalt"):
        read_scenario(path)


def test_a_policy_for_all_markets_must_be_of_a_stage_of_one(write):
    ban = "kind: ban, origin: [COD], stage: manufacturing, announced: 2025-02, effective: 2025-03"
    outside = f"policies:\n  - {{{ban}}}\n"
    with pytest.raises(ScenarioError, match="no market of these links is of the stage manufacturing"):
        read_scenario(write(("links:\n", f"{outside}\nlinks:\n")))
    own = outside.replace("manufacturing", "processing").replace("COD", "CHN")
    scenario = read_scenario(write(("links:\n", f"{own}\nlinks:\n")))
    assert [len(scenario.policies_of(market)) for market in scenario.markets] == [3, 1]


def test_new_keys_do_not_change_the_hash_of_a_scenario_that_does_not_use_them():
    scenario = read_scenario("graphite-2023")
    assert scenario.links == () and scenario.markets[0].name is None
    named = scenario.model_copy(
        update={"markets": (scenario.markets[0].model_copy(update={"name": "flakes"}),)}
    )
    assert scenario_sha256(named) != scenario_sha256(scenario)


@pytest.mark.slow
def test_the_stop_of_congo_starves_the_refiners_of_china_months_later(cobalt):
    ore, metal = (entry.run for entry in cobalt.markets)
    assert ore.market.countries == metal.market.countries
    assert [entry.title for entry in cobalt.markets] == ["cobalt intermediates", "refined cobalt"]
    starved = metal.arrays["starved_t"].sel(country="CHN").median("draw").values
    months = list(metal.months)
    # the ban holds from March; goods at sea arrive in March, and stocks last some months more
    assert starved[: months.index("2025-05")].max() == 0.0
    assert starved[months.index("2025-08") : months.index("2025-12")].min() > 1000
    assert (ore.arrays["export_t"].sel(country="COD", month="2025-06") == 0).all()
    # what the refiners took is 1.02 t for each tonne that they made of it
    feed, bound = ore.arrays["feed_t"].values, metal.arrays["bound_t"].values
    assert feed == pytest.approx(1.02 * bound, rel=1e-9, abs=1e-6)


@pytest.mark.slow
def test_the_report_says_what_the_links_did(cobalt, snapshot):
    texts = [text for text, _ in list_findings(cobalt, [], snapshot)]
    assert any(text.startswith("For want of input China makes") for text in texts)
    notes = list_run_notes(cobalt)
    assert "Refined cobalt: each tonne made uses 1.02 t of cobalt-intermediates (stated)." in notes
    # Japan buys no hydroxide, so that nothing is said of it at that stage
    ore, metal = ([place.label for place in list_places(cobalt, entry)] for entry in cobalt.markets)
    assert ore == ["China", "the rest of the world"] and metal == ["China", "Japan", "the rest of the world"]
    assert "JPN" not in list_places(cobalt, cobalt.markets[1])[-1].members
    assert describe_links(cobalt.markets[0]) == [] and draw_links(cobalt, cobalt.markets[0]) == []
    (section,) = draw_links(cobalt, cobalt.markets[1])
    assert section.heading == "What reached the makers of refined cobalt"
    records = link_records(cobalt.markets[0], {"market": "cobalt-intermediates"})
    assert {record["quantity"] for record in records} == {"feed"} and records[0]["region"] == "CHN"


@pytest.mark.slow
def test_samarium_piles_up_in_china_and_runs_short_abroad_while_its_mining_follows_neodymium(basket):
    runs = {entry.market.label: entry.run for entry in basket.markets}

    def median(element, array, country, month):
        return float(runs[element].arrays[array].sel(country=country, month=month).median("draw"))

    assert median("samarium", "price_ratio", "CHN", "2026-12") < 0.95
    assert median("samarium", "price_ratio", "JPN", "2025-09") > 1.5
    # fewer magnets for abroad: all elements of China's ore come out alike, wanted or not
    share = [
        median(name, "production_t", "CHN", "2025-05") / runs[name].market.production[
            runs[name].market.place("CHN")]
        for name in runs
    ]  # fmt: skip
    assert np.ptp(share) < 1e-6 and 0.85 < share[0] < 0.97
    assert any("ores that nobody analysed" in note for note in runs["samarium"].notes)
    assert any(
        "More samarium comes out of the ground of China" in text
        for text, _ in describe_links(basket.markets[3])
    )


@pytest.mark.slow
def test_the_sensitivity_of_coupled_markets_is_found_in_the_same_runs(cobalt):
    pytest.importorskip("SALib")
    short = cobalt.scenario.model_copy(update={"months": 6})
    ore, metal = measure_sensitivity(replace(cobalt, scenario=short), Question("price_ratio", "CHN", 300))
    assert ore.runs == metal.runs == ore.base * (len(metal.indices) + 2)
    assert {index.name for index in ore.indices} == {index.name for index in metal.indices}
    # the part that the ore has in the price of the metal matters for the metal, not for the ore
    share = [
        next(i.total for i in s.indices if i.name == "link.refined-cobalt.cost_share") for s in (ore, metal)
    ]
    assert abs(share[0]) < 0.02 < share[1]


def test_an_ore_without_an_analysis_is_refused_unless_the_file_says_what_it_counts_as(snapshot):
    with pytest.raises(DataError, match="the ore of countries that produce or export it is not known"):
        build_element_chains(snapshot, "neodymium", Baseline(**SPLIT), [2024])
    (chain,), notes = build_element_chains(
        snapshot, "neodymium", Baseline(**SPLIT, unknown_ores="mean"), [2024]
    )
    made = chain.production_t.sel(stage="extraction")
    # the mine of the United States is analysed: 45,493 t of oxides, 0.1204 neodymium
    assert float(made.sel(country="USA")) == pytest.approx(45_493 * 0.1204, rel=1e-3)
    assert [note.partition(":")[0] for note in notes] == ["neodymium 2024, imputed"] * 2


def test_what_analyses_leave_unknown_bounds_the_stand_in(snapshot):
    (chain,), _ = build_element_chains(snapshot, "gadolinium", Baseline(**SPLIT, unknown_ores="mean"), [2024])
    # Mountain Pass's analysis ends at samarium and leaves 86 t: gadolinium cannot be more
    assert float(chain.production_t.sel(stage="extraction", country="USA")) == pytest.approx(86.4, abs=0.1)


def test_only_a_rare_earth_can_be_split_from_rare_earths(snapshot):
    with pytest.raises(ScenarioError, match="cannot split rare_earths into cobalt"):
        build_element_chains(snapshot, "cobalt", Baseline(**SPLIT), [2024])
    without = Baseline(**(SPLIT | {"product_codes": ()}))
    with pytest.raises(ScenarioError, match="product_codes: is missing"):
        build_element_chains(snapshot, "neodymium", without, [2024])


def test_a_code_holds_the_elements_that_its_text_names():
    share, cerium = np.array([0.15]), np.array([0.5])
    codes = ("hs92:284610", "hs92:284690", "hs92:280530")
    assert [float(share_in_code(code, "neodymium", share, cerium)[0]) for code in codes] == [0.0, 0.3, 0.15]
    assert [float(share_in_code(code, "cerium", cerium, cerium)[0]) for code in codes] == [1.0, 0.0, 0.5]
