"""Coupled stages: figures worked by hand, and what cannot be coupled."""

from dataclasses import replace

import numpy as np
import pytest

from monazite.errors import DataError, ModelError, ScenarioError
from monazite.provenance import Lineage
from monazite.simulation import Ban, DemandChange, Licence, Market
from monazite.simulation.chain_engine import check_links
from monazite.simulation.chain_ledger import Ledger, find_room, limit_plan
from monazite.simulation.chain_market import LinkPlan, build_chain
from monazite.simulation.chain_policies import sort_policies
from monazite.simulation.chain_run import simulate_chain

PARAMETERS = {
    "stock_cover_months": 2,
    "adjustment_months": 4,
    "expectation_months": 4,
    "price_elasticity": 0,
    "thrifting_elasticity": 0,
    "backstop_share": 0,
    "qualification_share_per_month": 0,
    "price_response": 0.3,
    "price_decay": 0.05,
    "price_pull": 0,
    "front_loading_share": 0,
    "leakage_share": 0,
    "capacity_elasticity": 0,
}
WHEN = {"announced": "2020-01", "effective": "2020-01"}


def build(stage, trade, production, countries=("AAA", "BBB", "CCC"), spare=1.0, material="testium"):
    trade, production = np.array(trade, float), np.array(production, float)
    return Market(
        material=material,
        production_stage=stage,
        trade_stage=stage,
        years=(2019,),
        weight="contained",
        countries=countries,
        trade=trade,
        production=production,
        capacity=production * spare,
        content_share=np.ones(len(countries)),
        lineage=Lineage(release="test", release_sha256="0" * 64),
    )


@pytest.fixture
def markets():
    """AAA mines 60 t and ships them to BBB, which makes 40 t of metal of them and ships 30 to CCC."""
    return {
        "ore": build("extraction", [[0, 60, 0], [0, 0, 0], [0, 0, 0]], [60, 0, 0]),
        "metal": build("processing", [[0, 0, 0], [0, 0, 30], [0, 0, 0]], [0, 40, 0]),
    }


@pytest.fixture
def chain(markets):
    return build_chain(markets, [LinkPlan(upstream="ore", downstream=("metal",), cost_share=0.5)])


def run(chain, policies, months, parameters=PARAMETERS):
    own = dict.fromkeys(chain.names, parameters)
    return simulate_chain(chain, policies, months=months, start="2020-01", draws=1, parameters=own).runs


def test_the_input_of_a_tonne_comes_from_the_use_of_the_ore(chain):
    link = chain.links[0]
    assert link.input_per_output == 1.5  # 60 t used for 40 t made
    assert link.feed.tolist() == [0.0, 60.0, 0.0]
    assert link.bound_share.tolist() == [[0.0, 1.0, 0.0]]
    assert chain.free_share[0].tolist() == [1.0, 0.0, 1.0]
    assert chain.notes == (
        (),
        ("each tonne made uses 1.5 t of ore (use of all countries over their production)",),
    )


def test_use_and_output_that_the_records_do_not_explain_stay_unbound_and_are_named(markets):
    metal = build("processing", np.zeros((3, 3)), [0, 20, 30])
    chain = build_chain(
        markets | {"metal": metal}, [LinkPlan(upstream="ore", downstream=("metal",), input_per_output=1.5)]
    )
    # BBB needs 30 of its 60 t of ore; CCC has no ore at all
    assert chain.links[0].feed.tolist() == [0.0, 30.0, 0.0]
    assert chain.links[0].bound_share.tolist() == [[0.0, 1.0, 0.0]]
    assert chain.free_share[0][1] == 0.5
    assert chain.notes == (
        ("50 % of the use is not explained by a later stage: BBB 360 t a year",),
        (
            "each tonne made uses 1.5 t of ore (stated)",
            "60 % of the supply has no recorded input and follows its own plan: CCC 360 t a year",
        ),
    )
    scarce = build("processing", np.zeros((3, 3)), [0, 80, 0])
    chain = build_chain(
        markets | {"metal": scarce}, [LinkPlan(upstream="ore", downstream=("metal",), input_per_output=1.5)]
    )
    assert chain.links[0].bound_share[0, 1] == 0.5  # 60 t for 80 t that need 120


def test_a_stop_of_the_ore_reaches_the_metal_only_when_stocks_and_goods_at_sea_are_gone(chain):
    ban = Ban(origin=["AAA"], stage="extraction", **WHEN)
    stages = run(chain, [ban], 5)
    ore, metal = (stages[name].arrays.isel(draw=0).sel(country="BBB") for name in ("ore", "metal"))
    # BBB has 120 t and 60 at sea: three months of 60
    assert ore["stock_t"].values == pytest.approx([120, 60, 0, 0, 0])
    assert ore["feed_t"].values == pytest.approx([60, 60, 60, 0, 0])
    assert metal["production_t"].values == pytest.approx([40, 40, 40, 0, 0])
    assert metal["starved_t"].values[:4] == pytest.approx([0, 0, 0, 40])
    # the metal of BBB is used up two months later still: stock of 80, 10 used and 30 shipped a month
    assert metal["consumption_t"].values == pytest.approx([10, 10, 10, 10, 10])
    assert ore["shortfall_t"].values[3] == pytest.approx(60)


def test_a_dearer_ore_makes_the_metal_dearer_by_its_part_of_the_cost(chain):
    ban = Ban(origin=["AAA"], stage="extraction", **WHEN)
    stages = run(chain, [ban], 2)
    ore, metal = (np.log(stages[name].arrays["price_ratio"].values[0, :, 1]) for name in ("ore", "metal"))
    # month 1: BBB lacks the 60 t at sea of a wanted 120: 0.3 x 60 / 120 = 0.15; the metal half of it
    assert ore[0] == pytest.approx(0.15)
    assert metal[0] == pytest.approx(0.075)
    # month 2: the position falls to 60 of a wanted 120 + 60 in all: 0.95 x 0.15 + 0.3 x (1 - 0.15 / ln choke) ...
    # whatever it is, the metal, of which nothing is missing, follows at half: 0.95 x 0.075 + 0.5 (l' - 0.95 x 0.15)
    assert metal[1] == pytest.approx(0.95 * 0.075 + 0.5 * (ore[1] - 0.95 * 0.15))
    assert metal[1] == pytest.approx(0.5 * ore[1])


def test_less_metal_wanted_means_less_ore_bought(chain):
    fall = DemandChange(stage="processing", **WHEN, change_share=-0.5)
    ore = run(chain, {"metal": [fall]}, 1)["ore"].arrays.isel(draw=0, month=0).sel(country="BBB")
    # metal: use of BBB 5 instead of 10, exports still 30: need = 35 - (2 x 40 - 80) / 4 = 35, which takes 52.5 t of ore
    assert ore["feed_t"].item() == pytest.approx(52.5)
    assert ore["demand_t"].item() == pytest.approx(52.5)


def test_metal_for_new_buyers_is_bounded_by_ore_that_nobody_took(chain):
    maker, own = chain.made_by(1), chain.markets[1].own_supply
    planned, capacity = np.array([[0.0, 40.0, 0.0]]), np.array([[0.0, 80.0, 0.0]])
    room = find_room(planned, planned, capacity, maker, own, np.full((1, 3), 15.0))
    # 15 t of ore at 1.5 t for each tonne of metal: 10 t on top of the 40 planned, within a capacity of 80
    assert room.tolist() == [[0.0, 10.0, 0.0]]
    half = np.full((1, 3), 0.5)
    made, bound = limit_plan(planned, maker, own, allowed=half, fill=half)
    # half of the ore was served: half of the metal
    assert made.tolist() == bound.tolist() == [[0.0, 20.0, 0.0]]


def test_the_products_of_a_basket_come_in_the_proportions_of_the_ore():
    dear, cheap = (build("processing", [[0]], [made], countries=("AAA",), spare=2) for made in (10, 30))
    chain = build_chain(
        {"dear": dear, "cheap": cheap}, [LinkPlan(downstream=("dear", "cheap"), value_usd_per_t=(27.0, 1.0))]
    )
    # worth 270 and 30: shares 0.9 and 0.1
    assert chain.links[0].value_share[:, 0].tolist() == pytest.approx([0.9, 0.1])
    ledger = Ledger(chain, (1, 1))
    ledger.planned = {0: np.array([[12.0]]), 1: np.array([[9.0]])}
    # 0.9 x 12 / 10 + 0.1 x 9 / 30 = 1.11: 11.1 t of the dear one and 33.3 of the cheap one, whatever it wants
    assert ledger.find_wish(0, chain.links[0]).item() == pytest.approx(1.11)
    for place, out in enumerate((11.1, 33.3)):
        made, capacity = ledger.limit(place, np.array([[60.0]]), [])
        assert made.item() == capacity.item() == pytest.approx(out)
    assert [starved.item() for starved in ledger.starved] == pytest.approx([0.9, 0.0])
    # what falls short of the plan counts as missing in the next month
    assert [ledger.find_reach(place).item() for place in (0, 1)] == pytest.approx([11.1 / 12, 1.0])


def test_what_cannot_be_coupled_is_said_at_once(markets):
    wrong = [
        LinkPlan(upstream="metal", downstream=("ore",)),
        LinkPlan(upstream="oar", downstream=("metal",), input_per_output=-1.0),
        LinkPlan(downstream=("ore", "metal"), value_usd_per_t=(1.0,), cost_share=(0.9, 0.1)),
    ]
    with pytest.raises(ScenarioError) as caught:
        build_chain(markets, wrong)
    assert list(caught.value.which) == [
        "links.0: ore stands before metal, which it is made of",
        "links.1: no market 'oar'; did you mean ore?",
        "links.1: input_per_output: -1.0, above 0",
        "links.2: ore is made by two links",
        "links.2: metal is made by two links",
        "links.2: value_usd_per_t: 1 prices for 2 products of a basket, one for each",
        "links.2: cost_share: (0.9, 0.1), within 0..1, low before high",
    ]
    other = {
        "ore": markets["ore"],
        "metal": build("processing", [[0, 1], [0, 0]], [2, 0], countries=("AAA", "BBB")),
    }
    with pytest.raises(DataError, match="names? other countries"):
        build_chain(other, [LinkPlan(upstream="ore", downstream=("metal",))])


def test_policies_find_the_market_of_their_stage(chain):
    ban = Ban(origin=["AAA"], stage="extraction", **WHEN)
    licence = Licence(origin=["BBB"], stage="processing", **WHEN, approval_share=1, delay_months=2)
    assert sort_policies(chain, [ban, licence]) == {"ore": (ban,), "metal": (licence,)}
    with pytest.raises(ScenarioError, match="no market has the stage"):
        sort_policies(chain, [ban.model_copy(update={"stage": "use"})])
    with pytest.raises(ScenarioError, match="markets are named that it does not have"):
        simulate_chain(chain, {"oxide": [ban]}, months=1, draws=1)


def test_a_change_of_demand_for_ore_says_that_refiners_follow_their_own_plans(chain):
    rise = DemandChange(stage="extraction", **WHEN, country=["BBB"], change_share=0.5)
    notes = run(chain, {"ore": [rise]}, 1)["ore"].notes
    assert (
        "policy 0 (demand_change) leaves alone 720 t a year that later stages use: they follow their own plans"
        in notes
    )


def test_a_state_of_another_chain_is_refused(chain):
    state = simulate_chain(chain, {}, months=1, draws=1).state
    with pytest.raises(ScenarioError, match="already done 1"):
        simulate_chain(chain, {}, months=1, draws=1, resume=state)
    with pytest.raises(ScenarioError, match="of another chain"):
        simulate_chain(chain, {}, months=2, draws=1, resume=replace(state, states=state.states[:1]))


def test_a_link_that_loses_mass_is_our_bug(chain):
    feed, bound = ([np.full((1, 3), tonnes) for tonnes in pair] for pair in ((60.0, 0.0), (0.0, 39.0)))
    with pytest.raises(ModelError, match="a link of ore does not keep mass"):
        check_links(chain, feed, bound, 0)
