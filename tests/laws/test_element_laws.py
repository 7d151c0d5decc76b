"""Laws of production by element: whatever the baskets, elements and unknown are the oxides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monazite.supply_chain.baskets import ELEMENTS, Basket, scale_basket
from monazite.supply_chain.elements import DepositPart, split_by_element

SEEDS = st.integers(0, 2**32 - 1)
DEPOSITS = ("pit", "clay", "nobody_analysed")


def make_analyses(rng, deposit):
    """One to three analyses of a deposit; each lists some elements and leaves a rest, or lists all fifteen."""
    found = []
    for number in range(rng.integers(1, 4)):
        size = rng.choice([1, 4, len(ELEMENTS)])
        names = rng.choice(ELEMENTS, size, replace=False)
        filled = 1.0 if size == len(ELEMENTS) else rng.uniform(0.1, 1)
        printed = dict(zip(map(str, names), map(float, rng.dirichlet(np.ones(size)) * filled), strict=True))
        found.append(Basket(f"{deposit}_{number}", deposit, 2000 + number, "curated", scale_basket(printed)))
    return tuple(sorted(found, key=lambda basket: -len(basket.shares)))


@st.composite
def worlds(draw):
    """Three countries, two analysed deposits and one that is not; some output may come from nowhere."""
    rng = np.random.default_rng(draw(SEEDS))
    reo_t = {
        country: draw(st.sampled_from([0.0, 1.0, 45_493.0])) * rng.uniform(0, 10)
        for country in ("CHN", "USA", "MMR")
    }
    baskets = {deposit: make_analyses(rng, deposit) for deposit in DEPOSITS[:2]}
    parts = [
        DepositPart(country, deposit, float(share), "production", "curated")
        for country in reo_t
        for deposit, share in zip(DEPOSITS, rng.dirichlet(np.ones(4))[:3], strict=True)
    ]
    return reo_t, parts, baskets


@given(worlds())
def test_elements_and_unknown_are_the_oxides(world):
    arrays = split_by_element(*world)
    total = arrays["production_t"].sum("element") + arrays["unknown_t"]
    assert total.values == pytest.approx(arrays["reo_t"].values, rel=1e-9, abs=1e-6)
    assert (arrays["unknown_t"].values >= 0).all()


@given(worlds())
def test_a_range_holds_its_value_and_nothing_is_negative(world):
    arrays = split_by_element(*world)
    value, low, high = (arrays[name].values for name in ("production_t", "low_t", "high_t"))
    known = np.isfinite(low)
    assert np.isfinite(value[known]).all()
    slack = 1e-9 * (1 + value[known])
    assert ((low[known] <= value[known] + slack) & (value[known] <= high[known] + slack)).all()
    assert (value[np.isfinite(value)] >= 0).all()


@pytest.mark.slow
@given(worlds(), st.floats(0.001, 1000))
def test_tonnes_scale_with_the_oxides_and_shares_do_not_change(world, factor):
    reo_t, parts, baskets = world
    once = split_by_element(reo_t, parts, baskets)
    more = split_by_element({country: tonnes * factor for country, tonnes in reo_t.items()}, parts, baskets)
    for name in ("production_t", "unknown_t"):
        assert more[name].values == pytest.approx(once[name].values * factor, rel=1e-6, abs=1e-4, nan_ok=True)
    assert more["covered_share"].equals(once["covered_share"])


@given(worlds())
def test_an_element_is_told_exactly_where_some_part_of_it_is_covered(world):
    arrays = split_by_element(*world)
    is_told = np.isfinite(arrays["production_t"].values)
    is_covered = arrays["covered_share"].values > 0
    nothing = np.broadcast_to(arrays["reo_t"].values == 0, is_told.shape)
    assert (is_told == (is_covered | nothing)).all()
    assert (arrays["covered_share"].values <= 1 + 1e-9).all()
