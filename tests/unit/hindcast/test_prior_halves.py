"""Halves of priors: the choice by hand, which draws they keep, and one row of the page again."""

from dataclasses import replace

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.hindcast import Half, halve_left_out, read_episode, run_episodes
from monazite.hindcast.leave_one_out import keep_draws, score_one
from monazite.hindcast.prior_halves import CANDIDATES, choose_halves, place_halves
from monazite.simulation.priors import NAMES, draw_unit

WORTH = {
    Half("price_response", True): 0.3,
    Half("price_elasticity", False): 0.2,
    Half("stock_cover_months", True): 0.1,
}


def test_the_half_that_helps_most_comes_first_and_at_most_two_are_taken():
    # 1 - 0.3 = 0.7, then 0.5; a third would give 0.4 and is not taken
    chosen = choose_halves(lambda halves: 1 - sum(WORTH.get(half, -0.1) for half in halves))
    assert chosen == (Half("price_response", True), Half("price_elasticity", False))


@pytest.mark.parametrize(
    "loss", [lambda halves: 1 + len(halves), lambda halves: float("nan"), lambda halves: 1.0]
)
def test_no_half_is_taken_that_does_not_lower_the_loss(loss):
    assert choose_halves(loss) == ()


def test_two_halves_of_one_prior_are_all_draws_and_two_priors_leave_about_a_quarter():
    lower, upper = (place_halves([Half("price_response", side)], 100, 7) for side in (False, True))
    assert sorted([*lower, *upper]) == list(range(100))
    assert len(lower) == len(upper) == 50  # each of the 100 strata holds one draw
    both = place_halves([Half("price_response", True), Half("price_elasticity", False)], 100, 7)
    assert set(both) <= set(upper)
    assert np.all(draw_unit("price_elasticity", 100, 7)[both] < 0.5)
    assert len(place_halves([], 100, 7)) == 100


def test_candidates_are_parameters_of_the_model():
    assert set(CANDIDATES) <= set(NAMES)


@pytest.mark.slow
def test_the_episode_that_is_left_out_has_no_say_in_the_choice(snapshot):
    names = ("nickel-ore-indonesia-2014", "bauxite-malaysia-2016", "graphite-2023")
    results = run_episodes([read_episode(name) for name in names], snapshot, draws=100, seed=0)
    halved = halve_left_out(results)
    # another outcome of the first episode changes its score and the choices of the others, never its own choice
    forecasts = tuple(replace(one, observed=one.observed * 3) for one in results[0].forecasts)
    again = halve_left_out(
        [keep_draws(replace(results[0], forecasts=forecasts), np.arange(100)), *results[1:]]
    )
    assert again[0].halves == halved[0].halves
    assert again[0].gain == halved[0].gain
    assert again[0].after.skill != halved[0].after.skill
    for entry, result in zip(halved, results, strict=True):
        assert entry.name not in entry.others
        assert entry.gain >= 0
        kept = place_halves(entry.halves, 100, 0)
        assert entry.kept == len(kept)
        assert entry.after == score_one(keep_draws(result, kept))
        assert entry.before == score_one(result)


def test_episodes_of_one_scenario_alone_cannot_be_calibrated(snapshot):
    results = run_episodes([read_episode("nickel-ore-indonesia-2014")], snapshot, draws=100, seed=0)
    with pytest.raises(DataError, match="nothing to calibrate on"):
        halve_left_out(results)
