"""Ranks over draws."""

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.indicators.draw_ranks import rank_draws


def test_a_rank_that_never_changes_holds_always():
    drawn = np.array([[3.0, 3.1], [2.0, 2.9], [1.0, 0.5]])
    records = rank_draws(np.array([3.0, 2.0, 1.0]), drawn)
    assert [record["rank"] for record in records] == [1, 2, 3]
    assert [record["rank_holds"] for record in records] == [1.0, 1.0, 1.0]


def test_equal_figures_share_the_better_rank():
    records = rank_draws(np.array([2.0, 2.0, 1.0]), np.array([[2.0], [2.0], [1.0]]))
    assert [record["rank"] for record in records] == [1, 1, 3]


def test_the_range_is_rounded_outwards():
    # ranks of the first in ten draws: nine times 1, once 2; the 95 % quantile lies at 1.55, so the range ends at 2
    drawn = np.array([[2.0] * 9 + [0.0], [1.0] * 10])
    (first, _) = rank_draws(np.array([2.0, 1.0]), drawn)
    assert (first["rank_low"], first["rank_high"], first["rank_holds"]) == (1, 2, 0.9)


@pytest.mark.parametrize(
    ("value", "drawn"),
    [
        (np.array([1.0]), np.zeros((2, 3))),
        (np.array([1.0, np.nan]), np.zeros((2, 3))),
        (np.ones(2), np.ones(2)),
    ],
)
def test_figures_that_do_not_match_or_are_missing_are_refused(value, drawn):
    with pytest.raises(DataError):
        rank_draws(value, drawn)
