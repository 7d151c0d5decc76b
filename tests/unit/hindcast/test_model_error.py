"""Model error: by hand, and that an episode never learns from itself."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monazite.hindcast.model_error import add_error, collect_errors, find_kind, fit_error, fit_errors
from monazite.hindcast.score_table import Forecast


def forecast(draws, observed, *, periods=("2011",), is_price=False, is_scored=True, unit="t"):
    return Forecast(
        episode="e",
        quantity="q",
        title="Q",
        material="m",
        unit=unit,
        periods=periods,
        draws=np.array(draws, float),
        observed=np.array(observed, float),
        is_price=is_price,
        is_scored=is_scored,
    )


def result(*forecasts):
    draws = len(forecasts[0].draws)
    return SimpleNamespace(forecasts=forecasts, scenario=SimpleNamespace(draws=draws))


def test_kinds_tell_flows_from_prices_and_months_from_years():
    assert find_kind(forecast([[1]], [1])) == "flow by year"
    assert find_kind(forecast([[1]], [1], periods=("2011-05",))) == "flow by month"
    assert find_kind(forecast([[1]], [1], periods=("2011-05",), is_price=True)) == "price by month"


def test_errors_and_spreads_are_those_of_what_was_observed_and_scored():
    # draws 50, 100, 200: median 100, deviations -ln 2, 0 and ln 2; observed 200: ln 2
    seen = forecast([[50, 100], [100, 100], [200, 100]], [200, np.nan], periods=("2011", "2012"))
    set_by_policy = forecast([[1]] * 3, [5], is_scored=False)
    errors, deviations = collect_errors(result(seen, set_by_policy), "flow by year")
    assert errors == pytest.approx([np.log(2)])
    assert deviations == pytest.approx(np.log([[0.5], [1.0], [2.0]]))


def test_every_episode_counts_alike_however_many_figures_it_has():
    # (0.6 + (0.2 + 0.2 + 0.2) / 3) / 2 = 0.4; draws that are one point have no deviation
    errors = [np.array([0.6]), np.array([0.2, -0.2, 0.2])]
    assert fit_error(errors, [np.zeros((2, 1)), np.zeros((2, 3))]) == pytest.approx(0.4)


def test_draws_that_spread_farther_than_the_errors_need_no_error():
    assert fit_error([np.array([0.1])], [np.array([[0.3], [-0.3]])]) == 0.0


@given(
    st.lists(st.floats(-2, 2), min_size=1, max_size=5),
    st.lists(st.floats(0.01, 1), min_size=1, max_size=5),
)
def test_draws_with_the_error_lie_as_far_from_their_median_as_what_came(errors, away):
    # E|d + b z| of a Laplace z, here the mean over 20,000 of its quantiles
    middles = (np.arange(20_000) + 0.5) / 20_000
    z = np.where(middles <= 0.5, np.log(2 * middles), -np.log(2 * (1 - middles)))
    deviations = np.array([away, [-one for one in away]])
    scale = fit_error([np.array(errors)], [deviations])
    reached = np.mean([np.abs(one + scale * z).mean() for one in deviations.ravel()])
    assert reached == pytest.approx(max(np.abs(errors).mean(), np.mean(away)), rel=2e-3, abs=1e-6)


def test_a_kind_that_nobody_observed_has_no_term():
    terms = fit_errors([result(forecast([[100]], [200])), result(forecast([[100]], [100]))])
    assert list(terms) == ["flow by year"]
    assert terms["flow by year"].log_scale == pytest.approx(np.log(2) / 2)
    assert (terms["flow by year"].figures, terms["flow by year"].episodes) == (2, 2)


def test_a_draw_of_nothing_counts_as_the_smallest_value_that_matters():
    assert add_error(np.zeros((4, 1)), 0.0, "a", floor=1.0).tolist() == [[1.0]] * 4


@given(st.integers(2, 400), st.floats(0, 2), st.text(max_size=5))
def test_errors_keep_the_mean_of_the_logarithm_and_repeat_by_name(count, log_scale, name):
    draws = np.full((count, 2), 3.0)
    widened = add_error(draws, log_scale, name)
    assert np.log(widened).mean(axis=0) == pytest.approx([np.log(3)] * 2, abs=1e-9)
    assert np.array_equal(widened, add_error(draws, log_scale, name))
