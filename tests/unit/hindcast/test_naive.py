"""Naive forecasts: hand-worked figures and laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from monazite.errors import DataError
from monazite.hindcast import (
    no_change,
    proportional_rerouting,
    quota_open_share,
    static_share_times_severity,
    trend,
)

pytestmark = pytest.mark.slow

LANES = hnp.arrays(float, (4, 3), elements=st.floats(0, 1e6))
SHARES = hnp.arrays(float, (4, 3), elements=st.sampled_from([0.0, 0.3, 1.0]))


def test_the_rare_earth_columns_of_the_model_notes():
    # China and the others to Japan, mean of 2007-09, kt; a quota lets 65 % pass: S 9.9 and 1.2, P 9.9 and 6.5
    trade, opened = [[15.2], [1.2]], [[0.65], [1.0]]
    assert static_share_times_severity(trade, opened).ravel().round(1).tolist() == [9.9, 1.2]
    assert proportional_rerouting(trade, opened).ravel().round(1).tolist() == [9.9, 6.5]


def test_rerouting_follows_the_shares_of_the_open_suppliers():
    # importer 1 buys 60, 30, 10; the first is closed: 30 + 60 x 30/40 = 75 and 10 + 60 x 10/40 = 25
    # importer 2 buys from the closed one alone and gets nothing
    trade, opened = [[60, 5], [30, 0], [10, 0]], [[0, 0], [1, 1], [1, 1]]
    assert proportional_rerouting(trade, opened).tolist() == [[0, 0], [75, 0], [25, 0]]


def test_a_lane_that_is_closed_in_part_takes_no_more():
    # the second supplier is at 50 %: it keeps 15; the third takes all of 60 + 15
    assert proportional_rerouting([[60], [30], [10]], [[0], [0.5], [1]]).ravel().tolist() == [0, 15, 85]


def test_capacity_cuts_the_additional_shipments_only():
    # the second could ship 50 in all: 30 and 20 of the wanted 45 more; nobody makes up for the rest
    moved = proportional_rerouting([[60], [30], [10]], [[0], [1], [1]], [10**9, 50, 10**9])
    assert moved.ravel().tolist() == [0, 50, 25]


def test_a_capacity_below_the_baseline_leaves_the_baseline():
    moved = proportional_rerouting([[60], [30]], [[0], [1]], [0, 20])
    assert moved.ravel().tolist() == [0, 30]


@given(LANES, SHARES)
def test_rerouting_keeps_every_importer_supplied_who_has_an_open_lane(trade, opened):
    moved = proportional_rerouting(trade, opened)
    has_taker = (np.where(opened == 1, trade, 0)).sum(axis=0) > 0
    expected = np.where(has_taker, trade.sum(axis=0), (trade * opened).sum(axis=0))
    assert moved.sum(axis=0) == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(LANES, SHARES)
def test_rerouting_is_never_below_the_static_forecast(trade, opened):
    static = static_share_times_severity(trade, opened)
    assert (proportional_rerouting(trade, opened) >= static).all()


@given(LANES)
def test_without_a_policy_both_are_the_baseline(trade):
    opened = np.ones_like(trade)
    assert (static_share_times_severity(trade, opened) == trade).all()
    assert (proportional_rerouting(trade, opened) == trade).all()


@given(LANES, SHARES, hnp.arrays(float, 4, elements=st.floats(0, 1e6)))
def test_a_capacity_never_gives_more_and_is_kept(trade, opened, capacity):
    free, bound = proportional_rerouting(trade, opened), proportional_rerouting(trade, opened, capacity)
    kept = (trade * opened).sum(axis=1)
    assert (bound <= free * (1 + 1e-12)).all()
    assert (bound.sum(axis=1) <= np.maximum(capacity, kept) * (1 + 1e-9) + 1e-9).all()


@given(LANES, SHARES, st.floats(1e-3, 1e3))
def test_rerouting_scales_with_the_unit(trade, opened, factor):
    moved = proportional_rerouting(trade, opened)
    assert proportional_rerouting(trade * factor, opened) == pytest.approx(moved * factor, rel=1e-9, abs=1e-9)


def test_periods_may_come_first():
    trade = np.array([[60.0], [30.0]])
    opened = np.array([[[0.0], [1.0]], [[0.5], [1.0]]])
    assert proportional_rerouting(trade, opened)[..., 0].tolist() == [[0, 90], [30, 60]]


def test_missing_trade_and_wrong_shares_are_refused():
    with pytest.raises(DataError) as caught:
        static_share_times_severity([[1, math.nan]], [[1, 1]])
    assert str(caught.value) == (
        "trade_t: 1 of 2 figures are missing or negative.\n  which:    (0, 1)\n  expected: finite, >= 0"
    )
    with pytest.raises(DataError, match=r"^open_share: lies outside"):
        proportional_rerouting([[1.0]], [[65.0]])


def test_no_change_is_the_mean_of_the_base():
    assert no_change([[1, 3], [10, 30]], 3).tolist() == [[2, 2, 2], [20, 20, 20]]


@given(st.floats(0.1, 100), st.floats(0.2, 5), st.integers(2, 8), st.integers(1, 8))
def test_constant_growth_goes_on(start, factor, count, periods):
    line = start * factor ** np.arange(count + periods)
    assert trend(line[:count], periods) == pytest.approx(line[count:], rel=1e-9)


@given(hnp.arrays(float, 6, elements=st.floats(1e-3, 1e6)), st.integers(1, 12), st.floats(1e-3, 1e3))
def test_a_trend_is_positive_unit_free_and_of_equal_values_no_change(history, periods, factor):
    assert (trend(history, periods) > 0).all()
    assert trend(history * factor, periods) == pytest.approx(trend(history, periods) * factor, rel=1e-6)
    flat = np.full(6, history[0])
    assert trend(flat, periods) == pytest.approx(no_change(flat, periods), rel=1e-9)


def test_a_zero_in_the_base_leaves_no_trend():
    assert np.isnan(trend([[1.0, 0.0], [1.0, 2.0]], 1)).tolist() == [[True], [False]]


def test_one_period_makes_no_trend():
    with pytest.raises(DataError, match="1 base period makes no trend"):
        trend([5.0], 2)


def test_a_quota_above_the_exports_leaves_them_open():
    # 30,258 t of 39,690 t are 76 %; nothing exported is not closed
    assert quota_open_share([50145, 30258, 0, 5], [39690, 39690, 100, 0]).round(2).tolist() == [1, 0.76, 0, 1]
