"""Laws of tracing, on random networks with loops, transit countries, isolated countries and no producers."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from monazite.tracing import StageFlows, mix_origins, mix_stages

TONNES = st.one_of(st.just(0.0), st.just(0.0), st.floats(1e-3, 1e6))
WHOLE = st.integers(0, 3).map(float)  # small whole numbers close loops exactly


@st.composite
def networks(draw, tonnes=TONNES, max_size=8):
    count = draw(st.integers(1, max_size))
    made = draw(hnp.arrays(float, count, elements=tonnes))
    trade = draw(hnp.arrays(float, (count, count), elements=tonnes))
    np.fill_diagonal(trade, 0.0)
    return made, trade


@given(st.one_of(networks(), networks(WHOLE)))
def test_rows_sum_to_one_and_no_share_is_negative(network):
    mix = mix_origins(*network)
    rows = mix.shares[mix.supply_t > 0]
    assert (rows >= 0).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    assert np.isnan(mix.shares[mix.supply_t == 0]).all()


@given(st.one_of(networks(), networks(WHOLE)))
def test_consumption_by_origin_adds_up_to_production_and_residual(network):
    made, trade = network
    mix = mix_origins(made, trade)
    assume((mix.supply_t > 0).any())
    residual = np.maximum(trade.sum(axis=1) - made - trade.sum(axis=0), 0).sum()
    used = mix.consumption_t @ np.nan_to_num(mix.shares)
    np.testing.assert_allclose(used, [*made, residual], rtol=0, atol=1e-11 * mix.supply_t.sum())


@given(st.one_of(networks(), networks(WHOLE)))
def test_every_country_has_the_mix_of_what_it_made_and_bought(network):
    made, trade = network
    mix = mix_origins(made, trade)
    shares = np.nan_to_num(mix.shares)
    inflow = trade.T @ shares
    inflow[np.arange(len(made)), np.arange(len(made))] += made
    inflow[:, -1] += np.maximum(trade.sum(axis=1) - made - trade.sum(axis=0), 0)
    np.testing.assert_allclose(
        inflow, mix.supply_t[:, None] * shares, rtol=0, atol=1e-11 * mix.supply_t.max()
    )


@given(networks(st.one_of(st.just(0.0), st.floats(1.0, 1e3)), max_size=7))
def test_the_elimination_equals_an_exact_dense_solve(network):
    made, trade = network
    made = made + 1.0  # every country produces, so that the matrix is far from singular
    mix = mix_origins(made, trade)
    residual = np.maximum(trade.sum(axis=1) - made - trade.sum(axis=0), 0)
    sources = np.column_stack([np.diag(made), residual]) / mix.supply_t[:, None]
    dense = np.linalg.solve(np.eye(len(made)) - trade.T / mix.supply_t[:, None], sources)
    np.testing.assert_allclose(mix.shares, dense, rtol=0, atol=1e-11)


@pytest.mark.parametrize("count", [60, 233])
def test_a_world_of_countries_equals_the_dense_solve(count):
    random = np.random.default_rng(count)
    trade = random.lognormal(3, 3, (count, count)) * (random.random((count, count)) < 0.1)
    np.fill_diagonal(trade, 0.0)
    made = random.lognormal(6, 2, count) * (random.random(count) < 0.3)
    made[0] += 1.0
    mix = mix_origins(made, trade)
    residual = np.maximum(trade.sum(axis=1) - made - trade.sum(axis=0), 0)
    has = mix.supply_t > 0
    system = np.eye(has.sum()) - (trade.T / np.where(has, mix.supply_t, 1)[:, None])[np.ix_(has, has)]
    sources = (np.column_stack([np.diag(made), residual]) / np.where(has, mix.supply_t, 1)[:, None])[has]
    np.testing.assert_allclose(mix.shares[has], np.linalg.solve(system, sources), rtol=0, atol=1e-10)


@given(networks(), st.floats(1.0, 1e6))
def test_a_closed_loop_without_a_producer_is_unknown_and_disturbs_nobody(network, tonnes):
    made, trade = network
    count = len(made)
    wide = np.zeros((count + 2, count + 2))
    wide[:count, :count] = trade
    wide[count, count + 1] = wide[count + 1, count] = tonnes
    mix = mix_origins(np.append(made, [0.0, 0.0]), wide)
    assert (mix.shares[count:, -1] == 1).all()
    assert (mix.consumption_t[count:] == 0).all()
    alone = mix_origins(made, trade).shares
    np.testing.assert_allclose(
        np.delete(mix.shares[:count], [count, count + 1], axis=1), alone, rtol=0, atol=1e-12
    )


@given(networks(), st.floats(1e-3, 1e3))
def test_tracing_ignores_the_unit(network, factor):
    made, trade = network
    np.testing.assert_allclose(
        mix_origins(made * factor, trade * factor).shares, mix_origins(made, trade).shares, rtol=0, atol=1e-9
    )


@given(networks(max_size=6), st.randoms(use_true_random=False))
def test_tracing_ignores_the_order_of_the_countries(network, random):
    made, trade = network
    order = random.sample(range(len(made)), len(made))
    shares = mix_origins(made, trade).shares
    moved = mix_origins(made[order], trade[np.ix_(order, order)]).shares
    np.testing.assert_allclose(moved, shares[np.ix_(order, [*order, len(made)])], rtol=0, atol=1e-9)


@given(networks())
def test_a_producer_that_imports_nothing_sells_only_its_own(network):
    made, trade = network
    trade[:, 0] = 0.0
    made[0] = trade[0].sum() + 1.0
    expected = np.zeros(len(made) + 1)
    expected[0] = 1.0
    np.testing.assert_allclose(mix_origins(made, trade).shares[0], expected, rtol=0, atol=1e-12)


@st.composite
def two_stages(draw):
    """Two stages over the same countries, with a yield."""
    mined, ore = draw(networks(max_size=6))
    count = len(mined)
    refined = draw(hnp.arrays(float, count, elements=TONNES))
    metal = draw(hnp.arrays(float, (count, count), elements=TONNES))
    np.fill_diagonal(metal, 0.0)
    share = draw(st.floats(0.1, 1.0))
    return StageFlows("extraction", mined, ore), StageFlows("processing", refined, metal, share)


@given(two_stages())
def test_through_two_stages_tonnes_are_those_refined_and_the_rest_is_unknown(stages):
    # what is used of metal, by origin, is what plants made of each origin's ore; the rest of it is unknown
    mine, plant = stages
    mix, before = mix_stages(stages), mix_stages(stages[:1])
    assume((mix.supply_t > 0).any())
    fed = np.minimum(before.consumption_t * plant.yield_share, plant.production_t)
    unexplained = np.maximum(plant.trade_t.sum(axis=1) - plant.production_t - plant.trade_t.sum(axis=0), 0)
    more = np.minimum(before.consumption_t * plant.yield_share - fed, unexplained)
    entered = (fed + more) @ np.nan_to_num(before.shares)
    entered[-1] += (plant.production_t - fed).sum() + (unexplained - more).sum()
    used = mix.consumption_t @ np.nan_to_num(mix.shares)
    np.testing.assert_allclose(used, entered, rtol=0, atol=1e-11 * mix.supply_t.sum())
    assert (used[:-1] <= mine.production_t + 1e-11 * mix.supply_t.sum()).all()


@given(two_stages())
def test_a_stage_that_nobody_reports_passes_on_all_that_is_left(stages):
    mine, plant = stages
    mix = mix_stages([mine, StageFlows("processing", None, np.zeros_like(plant.trade_t), plant.yield_share)])
    before = mix_stages([mine])
    np.testing.assert_allclose(mix.consumption_t, before.consumption_t * plant.yield_share, rtol=1e-12)
    has = mix.supply_t > 0
    np.testing.assert_allclose(mix.shares[has], before.shares[has], rtol=0, atol=1e-12)
