"""Laws of coupled stages: whatever the chain and the policies, these hold."""

from dataclasses import replace

import numpy as np
import pytest
from chain_cases import chains, rename, watch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulation_cases import START, check_goes_on, policies

from monazite.provenance import Lineage
from monazite.simulation import Ban, CapacityAddition, Licence, Market, Outage, Trigger, simulate
from monazite.simulation.chain_market import ChainMarket, Link
from monazite.simulation.chain_run import simulate_chain
from monazite.simulation.state import ARRAYS

pytestmark = pytest.mark.slow

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def draw_policies(data, chain, is_watching=True):
    """Some of every kind of instrument in every market of a chain; triggers may watch another one."""
    found = {
        name: [rename(policy, market.trade_stage) for policy in data.draw(policies())]
        for name, market in zip(chain.names, chain.markets, strict=True)
    }
    if not is_watching:
        return found
    return {name: [watch(data.draw, policy, found) for policy in own] for name, own in found.items()}


@FEW
@given(chains())
def test_without_a_policy_every_stage_stays_at_its_baseline_for_sixty_months(chain):
    # a small producer feels the rounding of a large one over a link: flows differ by 1,000 at most, so 1e-12 of them
    for run in simulate_chain(chain, {}, months=60, start=START, draws=2).runs.values():
        market = run.market
        base = {"production_t": market.production, "consumption_t": market.use, "import_t": market.imports}
        for name, values in base.items():
            assert np.abs(run.arrays[name].values - values).max() <= 1e-12 * market.largest
        price = np.abs(run.arrays["price_ratio"].values - 1.0) * market.throughput
        assert price.max() <= 1e-12 * market.largest
        assert run.arrays.get("starved_t", run.arrays["shortfall_t"] * 0).max() <= 1e-12 * market.largest


@FEW
@given(st.data(), chains())
def test_every_link_keeps_mass_and_no_stage_makes_more_than_its_input_allows(data, chain):
    run = simulate_chain(chain, draw_policies(data, chain), months=24, start=START, draws=3)
    for link in chain.links:
        bound = sum(run.runs[chain.names[place]].arrays["bound_t"].values for place in link.downstream)
        assert bound.min() >= 0.0
        if link.upstream is None:
            continue
        # what the upstream gave = input for each tonne x tonnes made of it; every market here feeds one link
        feed = run.runs[chain.names[link.upstream]].arrays["feed_t"].values
        made = sum(
            share * chain.markets[place].own_supply
            for place, share in zip(link.downstream, link.bound_share, strict=True)
        )
        ratio = np.where(made > 0, link.feed / np.where(made > 0, made, 1.0), 0.0)
        largest = max(chain.markets[link.upstream].largest, feed.max())
        assert np.abs(feed - ratio * bound).max() <= 1e-9 * largest
        # and it never gave more than it served of its use
        served = run.runs[chain.names[link.upstream]].arrays["consumption_t"].values
        assert (feed <= served + 1e-9 * largest).all()


@FEW
@given(st.data(), chains(), st.integers(1, 13))
def test_a_chain_that_stops_and_goes_on_equals_one_that_does_not(data, chain, stop):
    rules = draw_policies(data, chain)
    common = {"start": START, "draws": 3, "seed": 1}
    whole = simulate_chain(chain, rules, months=14, **common)
    first = simulate_chain(chain, rules, months=stop, **common)
    rest = simulate_chain(chain, rules, months=14, resume=first.state, **common)
    for name in chain.names:
        check_goes_on(whole.runs[name], rest.runs[name], stop)
    for place in range(len(chain.markets)):
        assert np.array_equal(whole.state.reach[place], rest.state.reach[place])
        for name in ARRAYS:
            one, other = (getattr(run.state.states[place], name) for run in (whole, rest))
            assert np.array_equal(one, other)


@FEW
@given(st.data(), chains(), st.integers(1, 7))
def test_a_chain_gives_the_same_bytes_whatever_the_size_of_the_blocks(data, chain, block):
    rules = draw_policies(data, chain)
    one, other = (
        simulate_chain(chain, rules, months=14, start=START, draws=7, seed=3, block=size, lanes=["AAA"])
        for size in (7, block)
    )
    for name in chain.names:
        for array in one.runs[name].arrays:
            values = [run.runs[name].arrays[array].values.tobytes() for run in (one, other)]
            assert values[0] == values[1]


@FEW
@given(st.data(), chains())
def test_a_chain_whose_links_explain_nothing_is_its_markets_run_one_by_one(data, chain):
    rules = draw_policies(data, chain, is_watching=False)
    loose = [replace(link, feed=link.feed * 0.0, bound_share=link.bound_share * 0.0) for link in chain.links]
    unlinked = replace(chain, links=tuple(loose))
    coupled = simulate_chain(unlinked, rules, months=18, start=START, draws=3)
    for name, market in zip(chain.names, chain.markets, strict=True):
        alone = simulate(market, rules[name], months=18, start=START, draws=3)
        for array in alone.arrays:
            assert alone.arrays[array].values.tobytes() == coupled.runs[name].arrays[array].values.tobytes()


@FEW
@given(chains(serial=True), st.floats(0.1, 1.0), st.floats(0.0, 1.0))
def test_a_harder_outage_of_the_mines_starves_the_next_stage_at_least_as_much(chain, hard, part):
    def made(lost):
        stop = Outage(
            stage="extraction", country="AAA", announced=START, effective=START, capacity_share_lost=lost
        )
        run = simulate_chain(chain, {"extraction": [stop]}, months=4, start=START, draws=3)
        return run.runs["processing"].arrays["starved_t"].values.sum()

    assert made(hard) >= made(hard * part) - 1e-9 * chain.markets[1].largest


@FEW
@given(st.data(), chains())
def test_the_kernel_equals_the_oracle_for_chains(data, chain):
    pytest.importorskip("numba")
    rules = draw_policies(data, chain)
    oracle, compiled = (
        simulate_chain(chain, rules, months=24, start=START, draws=5, seed=2, engine=engine)
        for engine in ("oracle", "kernel")
    )
    # a small producer feels the rounding of a large one over a link, so the yardstick is the largest of all markets
    stocks = [float(run.arrays["stock_t"].max()) for run in oracle.runs.values()]
    scale = max(*stocks, *(market.largest for market in chain.markets))
    for name, run in oracle.runs.items():
        other = compiled.runs[name]
        assert list(run.arrays) == list(other.arrays)
        for array in run.arrays:
            if run.arrays[array].attrs.get("unit") in {"t", "t a month"} and array not in {
                "trade_t",
                "arrival_t",
            }:
                gap = np.abs(run.arrays[array].values - other.arrays[array].values)
                assert gap.max(initial=0.0) <= 1e-12 * scale, (name, array)
    for one, other in zip(oracle.state.reach, compiled.state.reach, strict=True):
        assert one.shape == other.shape


@FEW
@given(st.data(), chains(), st.integers(1, 11))
def test_the_kernel_gives_the_same_bytes_of_a_chain_in_blocks_and_after_a_stop(data, chain, stop):
    pytest.importorskip("numba")
    rules = draw_policies(data, chain)
    common = {"start": START, "draws": 5, "seed": 1, "engine": "kernel"}
    whole = simulate_chain(chain, rules, months=12, **common)
    first = simulate_chain(chain, rules, months=stop, block=2, **common)
    rest = simulate_chain(chain, rules, months=12, resume=first.state, **common)
    for name in chain.names:
        check_goes_on(whole.runs[name], rest.runs[name], stop)


def test_imports_that_are_only_rounding_are_none_in_both_engines():
    """BBB makes 823 t and gets 12 t a year of capacity: what it still imports is rounding, and must not look unmet."""
    pytest.importorskip("numba")
    lane = np.zeros((4, 4))
    lane[0, 1] = 1.0

    def make(production):
        return Market(
            material="testium", production_stage="processing", trade_stage="processing", years=(2019,),
            weight="contained", countries=("AAA", "BBB", "CCC", "DDD"), trade=lane, production=np.array(production),
            capacity=np.array(production), content_share=np.full(4, 0.5),
            lineage=Lineage(release="test", release_sha256="0" * 64),
        )  # fmt: skip

    link = Link(
        upstream=None, downstream=(0, 1), input_per_output=np.nan, feed=np.zeros(4), cost_share=(0.2, 0.8),
        value_share=np.array([[0.5, 0, 0, 0], [0.5, 1, 0, 0]]),
        bound_share=np.array([[1.0, 0, 0, 0], [1, 1, 0, 0]]),
    )  # fmt: skip
    markets = (make([1.0, 0, 0, 0]), make([1.0, 823, 0, 0]))
    chain = ChainMarket(names=("dear", "cheap"), markets=markets, links=(link,), notes=((), ()))
    when = {"stage": "processing", "announced": START, "effective": START, "months": 4}
    plant = CapacityAddition(**when, country="BBB", capacity_t_per_year=12, unit="contained")
    lanes = {**when, "origin": ["AAA"], "effective": "2020-03"}
    rules = {
        "cheap": [
            Ban(**lanes, name="ban", destination=["BBB"]),
            Licence(**lanes | {"effective": "2020-05"}, approval_share=0.5, delay_months=0, ramp_months=1),
            Trigger(**when, after="ban", delay_months=1, policy=plant),
        ]
    }
    oracle, compiled = (
        simulate_chain(chain, rules, months=24, start=START, draws=5, seed=2, engine=engine).runs["cheap"]
        for engine in ("oracle", "kernel")
    )
    gap = np.abs(oracle.arrays["import_t"].values - compiled.arrays["import_t"].values)
    assert gap.max() <= 1e-12 * 824
