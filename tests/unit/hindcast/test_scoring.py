"""Scores: hand-worked figures and laws."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from monazite.errors import DataError
from monazite.hindcast import coverage, crps_ensemble, log_error, mean_absolute_log_error, skill

VALUES = st.floats(-1e6, 1e6)
ENSEMBLES = hnp.arrays(float, st.integers(1, 30), elements=VALUES)
POSITIVE = st.floats(1e-3, 1e6)


def plain_crps(draws, observed):
    """The double sum of Gneiting and Raftery (2007), eq. 21, as it is written."""
    n = len(draws)
    return np.abs(draws - observed).mean() - np.abs(draws[:, None] - draws[None, :]).sum() / (2 * n**2)


def test_crps_of_a_hand_worked_ensemble():
    # draws 0, 2, 6, observed 3: mean distance (3 + 1 + 3) / 3 = 7/3; pairs |0-2| + |0-6| + |2-6| = 12,
    # twice 24, over 2 x 9 = 4/3; 7/3 - 4/3 = 1
    assert crps_ensemble([6.0, 0.0, 2.0], 3.0) == pytest.approx(1.0)


def test_crps_keeps_the_dims_of_the_observation():
    draws = np.array([[1.0, 5.0], [3.0, 5.0]])
    # as in the docstring 0.5; both draws 5 for an observed 7: 2
    assert crps_ensemble(draws, [2.0, 7.0]).tolist() == [0.5, 2.0]


@given(ENSEMBLES, VALUES)
def test_crps_equals_the_double_sum(draws, observed):
    scale = max(np.abs(draws).max(), abs(observed), 1)
    assert crps_ensemble(draws, observed) == pytest.approx(plain_crps(draws, observed), abs=1e-12 * scale)


@given(ENSEMBLES, VALUES)
def test_crps_is_never_negative_nor_above_the_mean_error(draws, observed):
    score = float(crps_ensemble(draws, observed))
    assert 0 <= score <= np.abs(draws - observed).mean() + 1e-9


@given(VALUES, VALUES, st.integers(1, 20))
def test_crps_of_a_point_is_its_absolute_error(value, observed, count):
    expected = abs(value - observed)
    assert crps_ensemble(np.full(count, value), observed) == pytest.approx(expected, abs=1e-9)


@given(ENSEMBLES, VALUES, st.floats(-100, 100), st.floats(1e-3, 1e3), st.randoms())
def test_crps_moves_and_scales_with_the_unit_and_ignores_the_order(draws, observed, shift, factor, random):
    base = float(crps_ensemble(draws, observed))
    shuffled = draws.tolist()
    random.shuffle(shuffled)
    scale = max(np.abs(draws).max(), abs(observed), abs(shift), 1)
    assert crps_ensemble(shuffled, observed) == pytest.approx(base, abs=1e-12 * scale)
    assert crps_ensemble(draws + shift, observed + shift) == pytest.approx(base, abs=1e-9 * scale)
    assert crps_ensemble(draws * factor, observed * factor) == pytest.approx(
        base * factor, abs=1e-9 * scale * factor
    )


@given(ENSEMBLES, VALUES)
def test_crps_of_doubled_draws_is_the_same(draws, observed):
    doubled = crps_ensemble(np.concatenate([draws, draws]), observed)
    assert doubled == pytest.approx(float(crps_ensemble(draws, observed)), abs=1e-6)


def test_a_true_distribution_scores_better_than_a_narrow_or_a_wide_one():
    # the score is proper: over many observations of a standard normal, the standard normal wins
    grid = (np.arange(200) + 0.5) / 200
    normal = np.sqrt(2) * np.array([_inverse_erf(2 * p - 1) for p in grid])
    scores = [
        crps_ensemble(np.repeat(normal[:, None] * w, 200, axis=1), normal).mean() for w in (0.5, 1.0, 2.0)
    ]
    assert scores[1] == min(scores)
    # the mean CRPS of a standard normal forecast of itself is 1 / sqrt(pi) = 0.5642
    assert scores[1] == pytest.approx(1 / math.sqrt(math.pi), abs=5e-3)


def _inverse_erf(value):
    low, high = -6.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erf(middle) < value else (low, middle)
    return low


def test_an_unknown_observation_has_an_unknown_score():
    assert np.isnan(crps_ensemble([[1.0], [2.0]], [math.nan])).all()


def test_draws_that_cannot_be_scored_are_refused():
    with pytest.raises(DataError, match=r"^draws: there is none"):
        crps_ensemble([], 1.0)
    with pytest.raises(DataError) as caught:
        crps_ensemble([[1.0, 2.0]], [1.0])
    assert str(caught.value) == (
        "draws: one draw has the shape (2,), the observation (1,).\n"
        "  expected: draws of dims (draw, ...), observed of dims (...)"
    )
    with pytest.raises(DataError, match="1 of 2 are not finite"):
        crps_ensemble([1.0, math.nan], 1.0)


def test_log_errors_of_the_prototype():
    # graphite, kt: 36.5 for 40.5, 3.1 for 2.7, 4.5 for 4.2, 9.2 for 5.1, 11.8 for 10.3; |ln| = 0.104, 0.138,
    # 0.069, 0.590, 0.136, mean 0.207; the constant 12.8: 1.152, 1.556, 1.114, 0.920, 0.217, mean 0.992
    observed = [40.5, 2.7, 4.2, 5.1, 10.3]
    assert mean_absolute_log_error([36.5, 3.1, 4.5, 9.2, 11.8], observed) == pytest.approx(0.207, abs=1e-3)
    assert mean_absolute_log_error([12.8] * 5, observed) == pytest.approx(0.992, abs=1e-3)


def test_the_naive_errors_of_the_model_notes_for_rare_earths():
    # kt, China to Japan, others to Japan and China's exports, mean of 2007-09 and each year 2010-13 (BACI,
    # HS 284690 and 280530), and what a quota of 65 % leaves: mean |ln| 0.68 (N), 0.50 (S), 0.49 (P)
    observed = [13.55, 10.02, 5.18, 5.58, 2.21, 3.20, 2.95, 2.87, 35.07, 26.55, 15.35, 23.64]
    unchanged = [15.176] * 4 + [1.158] * 4 + [39.694] * 4
    static = [9.865] * 4 + [1.158] * 4 + [25.801] * 4
    rerouted = [9.865] * 4 + [6.470] * 4 + [25.801] * 4
    assert mean_absolute_log_error(unchanged, observed) == pytest.approx(0.68, abs=0.005)
    assert mean_absolute_log_error(static, observed) == pytest.approx(0.50, abs=0.005)
    assert mean_absolute_log_error(rerouted, observed) == pytest.approx(0.49, abs=0.005)


@given(hnp.arrays(float, 5, elements=POSITIVE), hnp.arrays(float, 5, elements=POSITIVE), POSITIVE)
def test_log_errors_are_unit_free_and_change_sign_when_swapped(forecast, observed, factor):
    errors = log_error(forecast, observed)
    assert log_error(forecast * factor, observed * factor) == pytest.approx(errors, abs=1e-9)
    assert log_error(observed, forecast) == pytest.approx(-errors, abs=1e-12)


def test_a_zero_needs_a_floor():
    with pytest.raises(DataError) as caught:
        log_error([1.0, 2.0], [0.0, 2.0])
    assert str(caught.value) == (
        "observed: 1 of 2 values have no logarithm.\n"
        "  which:    0.0\n"
        "  expected: values > 0\n"
        "  fix:      give floor, the smallest tonnage that matters"
    )
    # both count as 0.1 t: right; 1 t for nothing: ln 10
    assert log_error([0.0, 1.0], [0.05, 0.0], floor=0.1) == pytest.approx([0.0, math.log(10)])


def test_a_negative_value_is_refused_even_with_a_floor():
    with pytest.raises(DataError, match="have no logarithm"):
        log_error([-1.0], [1.0], floor=0.1)


def test_what_was_not_observed_does_not_count():
    assert mean_absolute_log_error([2.0, 5.0], [1.0, math.nan]) == pytest.approx(math.log(2))
    assert coverage([0, 0], [1, 1], [0.5, math.nan]) == 1.0
    assert math.isnan(coverage([0], [1], [math.nan]))
    assert math.isnan(mean_absolute_log_error([1.0], [math.nan]))


@given(hnp.arrays(float, (3, 6), elements=VALUES), VALUES)
def test_coverage_is_a_share_and_ignores_the_unit(table, shift):
    low, high = np.sort(table[:2], axis=0)
    observed = table[2]
    share = coverage(low, high, observed)
    assert 0 <= share <= 1
    assert coverage(-high, -low, -observed) == share
    assert coverage(low * 2, high * 2, observed * 2) == share


def test_a_band_upside_down_is_refused():
    with pytest.raises(DataError, match="low end is missing or above"):
        coverage([2.0], [1.0], [1.5])
    with pytest.raises(DataError, match="low end is missing or above"):
        coverage([math.nan], [1.0], [1.5])


@given(st.floats(0, 1e6), POSITIVE)
def test_skill_is_at_most_one_and_positive_only_for_the_better(score, naive):
    assume(abs(score - naive) > 1e-9 * naive)
    value = skill(score, naive)
    assert value <= 1
    assert (value > 0) == (score < naive)


def test_skill_of_nothing_to_beat_is_unknown():
    assert skill(0.0, 2.0) == 1.0
    assert math.isnan(skill(1.0, 0.0))
    with pytest.raises(DataError, match=r"^score: is -1"):
        skill(-1.0, 1.0)
