"""Laws of the split of a shortage among uses: it conserves, is monotone, keeps the order, and ignores names."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monazite.errors import DataError
from monazite.scenarios.use_split import UNNAMED, complete_shares, draw_down, miss_of_use, order_uses

share = st.floats(0.0, 1.0)


@st.composite
def cases(draw):
    """Shares that add up to 1, worths with ties and unknown ones, a shortage by draw and month, and a weight."""
    count = draw(st.integers(1, 6))
    raw = np.array(draw(st.lists(st.floats(0.01, 1.0), min_size=count, max_size=count)))
    worth = np.array(draw(st.lists(st.sampled_from([1.0, 2.0, 5.0, np.nan]), min_size=count, max_size=count)))
    short = np.array(draw(st.lists(st.lists(share, min_size=4, max_size=4), min_size=2, max_size=2)))
    weight = np.array(draw(st.lists(share, min_size=2, max_size=2)))
    return raw / raw.sum(), worth, short, weight


def missed_by_all(shares, worth, short, weight):
    cuts = order_uses(shares, worth)
    return np.stack([miss_of_use(short, cuts, k, weight) for k in range(len(shares))])


@settings(max_examples=100, deadline=None)
@given(cases())
def test_the_uses_together_miss_what_the_country_misses(case):
    shares, _, short, _ = case
    missed = missed_by_all(*case)
    assert np.allclose(np.einsum("u,udm->dm", shares, missed), short, rtol=0, atol=1e-12)
    assert missed.min() >= 0
    assert missed.max() <= 1 + 1e-12


@settings(max_examples=100, deadline=None)
@given(cases(), st.floats(0.0, 1.0))
def test_a_larger_shortage_spares_no_use(case, more):
    shares, worth, short, weight = case
    worse = short + more * (1 - short)
    assert (missed_by_all(shares, worth, worse, weight) >= missed_by_all(*case) - 1e-12).all()


@settings(max_examples=100, deadline=None)
@given(cases())
def test_a_use_of_less_worth_never_misses_less(case):
    worth = case[1]
    missed = missed_by_all(*case)
    known = np.flatnonzero(~np.isnan(worth))
    for i in known:
        for j in known:
            if worth[i] < worth[j]:
                assert (missed[i] >= missed[j] - 1e-12).all()
            elif worth[i] == worth[j]:
                assert np.array_equal(missed[i], missed[j])


@settings(max_examples=100, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_uses_are_listed_changes_nothing(case, chance):
    shares, worth, short, weight = case
    turned = list(range(len(shares)))
    chance.shuffle(turned)
    there = missed_by_all(shares[turned], worth[turned], short, weight)
    assert np.allclose(there, missed_by_all(*case)[turned], rtol=0, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_without_worth_first_every_use_misses_the_same_share(case):
    shares, worth, short, weight = case
    assert np.array_equal(
        missed_by_all(shares, worth, short, 0 * weight), np.broadcast_to(short, (len(shares), *short.shape))
    )


@settings(max_examples=100, deadline=None)
@given(cases(), st.floats(0.0, 20.0))
def test_an_own_stock_only_ever_helps_and_gives_no_more_than_it_holds(case, cover):
    _, _, short, _ = case
    lost = draw_down(short, np.full(2, cover))
    assert (lost <= short + 1e-12).all()
    assert ((short - lost).sum(axis=1) <= cover + 1e-9).all()
    assert np.array_equal(draw_down(short, np.zeros(2)), short)


def test_all_by_worth_the_least_worth_is_cut_before_the_next():
    # 0.6 is short; the first use, 0.5 of all, is gone, the second, 0.5 of all, misses 0.1 of it: a fifth.
    missed = missed_by_all(np.array([0.5, 0.5]), np.array([60.0, 20.0]), np.array([[0.6]]), np.array([1.0]))
    assert missed[:, 0, 0] == pytest.approx([0.2, 1.0])


def test_shares_that_are_rounded_are_scaled_and_what_lacks_is_named():
    uses, shares = complete_shares(["a", "b"], np.array([0.51, 0.51]))
    assert (uses, shares.tolist()) == (["a", "b"], [0.5, 0.5])
    uses, shares = complete_shares(["a"], np.array([0.75]))
    assert (uses, shares.tolist()) == (["a", UNNAMED], [0.75, 0.25])
    with pytest.raises(DataError, match=r"sum 1\.200"):
        complete_shares(["a", "b"], np.array([0.6, 0.6]))
