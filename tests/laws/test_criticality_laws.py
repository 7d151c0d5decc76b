"""Laws of the terms of the European supply risk and of ranks."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from monazite.indicators.criticality.mixes import Mixes
from monazite.indicators.criticality.parts import assess_mixes
from monazite.indicators.draw_ranks import rank_draws

pytestmark = pytest.mark.slow

CODES = ["AAA", "BBB", "CCC"]
tonnes = st.lists(st.floats(0.1, 1e6), min_size=3, max_size=3)
share = st.floats(0.0, 1.0)


def array(values):
    return xr.DataArray(np.array(values, dtype=float), dims="country", coords={"country": CODES})


def assess(world, union, flows, recycled=0.0, substitution=1.0, scale=1.0):
    made, bought, sold = (xr.DataArray(scale * flow) for flow in flows)
    mixes = Mixes("cobalt", "extraction", scale * array(world), scale * array(union), made, bought, sold)
    return assess_mixes(
        mixes, array([9.0, 5.0, 2.0]), array([1.1, 1.0, 0.8]), recycled=recycled, substitution=substitution
    )


flows = st.tuples(st.floats(1.0, 1e6), st.floats(1.0, 1e6), st.just(0.0))


@settings(max_examples=8)
@given(tonnes, tonnes, flows, st.floats(1e-3, 1e3))
def test_supply_risk_ignores_the_unit_of_the_tonnes(world, union, moved, scale):
    one, other = assess(world, union, moved), assess(world, union, moved, scale=scale)
    assert float(other.risk) == pytest.approx(float(one.risk), rel=1e-9)


@settings(max_examples=8)
@given(tonnes, tonnes, flows)
def test_supply_risk_lies_between_those_of_both_mixes(world, union, moved):
    terms = assess(world, union, moved)
    ends = sorted([float(terms.global_low), float(terms.union_low)])
    assert ends[0] - 1e-9 <= float(terms.risk) <= ends[1] + 1e-9


@settings(max_examples=8)
@given(tonnes, tonnes, flows, share, share)
def test_recycling_and_substitutes_lower_the_risk_in_proportion(world, union, moved, recycled, substitution):
    bare, whole = assess(world, union, moved), assess(world, union, moved, recycled, substitution)
    assert float(whole.risk) == pytest.approx(float(bare.risk) * (1 - recycled) * substitution, abs=1e-9)


@settings(max_examples=8)
@given(tonnes, tonnes, flows)
def test_an_unknown_score_never_narrows_the_interval(world, union, moved):
    made, bought, sold = map(xr.DataArray, moved)
    mixes = Mixes("cobalt", "extraction", array(world), array(union), made, bought, sold)
    known = assess_mixes(mixes, array([9.0, 5.0, 2.0]), array([1.0] * 3), recycled=0.0, substitution=1.0)
    open_ = assess_mixes(mixes, array([np.nan, 5.0, 2.0]), array([1.0] * 3), recycled=0.0, substitution=1.0)
    assert float(open_.risk_low) <= float(known.risk) <= float(open_.risk_high) + 1e-9
    assert replace(mixes, weight="gross").is_known


@given(st.integers(1, 6), st.integers(1, 20), st.integers(0, 2**31))
def test_ranks_are_between_one_and_the_number_of_materials(count, draws, seed):
    random = np.random.default_rng(seed)
    drawn = random.random((count, draws))
    records = rank_draws(drawn[:, 0], drawn)
    assert all(1 <= r["rank_low"] <= r["rank_high"] <= count for r in records)
    assert all(
        1 / draws - 1e-12 <= r["rank_holds"] <= 1 for r in records
    )  # the first draw is the best figure
