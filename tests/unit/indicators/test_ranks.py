"""Spearman's correlation."""

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.indicators import rank_correlation


def test_the_same_order_is_one_and_the_reverse_minus_one():
    values = np.array([3.0, 1.0, 7.0])
    assert rank_correlation(values, values**2) == pytest.approx(1.0)
    assert rank_correlation(values, -values) == pytest.approx(-1.0)


def test_equal_values_share_the_mean_of_their_ranks():
    # ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: products 2.25 + 0 + 0 + 2.25 = 4.5; squares 4.5 and 5
    found = rank_correlation(np.array([1.0, 2.0, 2.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert found == pytest.approx(4.5 / np.sqrt(4.5 * 5.0))


def test_too_little_to_rank_gives_no_number():
    assert np.isnan(rank_correlation(np.array([1.0]), np.array([2.0])))
    assert np.isnan(rank_correlation(np.array([1.0, 1.0]), np.array([2.0, 3.0])))


def test_missing_values_are_refused():
    with pytest.raises(DataError, match="known numbers of the same length"):
        rank_correlation(np.array([1.0, np.nan]), np.array([2.0, 3.0]))
