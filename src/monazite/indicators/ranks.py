"""Do two lists agree in their order?"""

import numpy as np

from monazite.errors import DataError


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    r"""
    Spearman's correlation of ranks between two lists of numbers.

    Parameters
    ----------
    first, second : ndarray, shape (n,)
        The numbers, in the same order of objects. [any unit] Finite.

    Returns
    -------
    float
        Correlation. [unitless, -1..1] NaN for fewer than two objects, or where all of a list are equal.

    Raises
    ------
    DataError
        If the lists differ in length or a value is missing.

    Notes
    -----
    Equal numbers share the mean of their ranks.

    .. math:: \rho = \frac{\sum_i (r_i - \bar r)(q_i - \bar q)}
              {\sqrt{\sum_i (r_i - \bar r)^2 \sum_i (q_i - \bar q)^2}}

    References
    ----------
    .. [1] C. Spearman, "The proof and measurement of association between two things," Am. J. Psychol.,
       vol. 15, no. 1, pp. 72-101, 1904.

    Examples
    --------
    Ranks 1, 2, 3 against 1, 3, 2: deviations -1, 0, 1 and -1, 1, 0; the sum of products is 1, of squares 2:

    >>> rank_correlation(np.array([0.1, 0.2, 0.9]), np.array([5.0, 7.0, 6.0]))
    0.5
    """
    if first.shape != second.shape or not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise DataError("rank_correlation", "needs two lists of known numbers of the same length.")
    if len(first) < 2:
        return float("nan")
    one, two = (_ranks(values) - (len(first) + 1) / 2 for values in (first, second))
    spread = float(np.sqrt((one**2).sum() * (two**2).sum()))
    return float((one * two).sum()) / spread if spread else float("nan")


def _ranks(values: np.ndarray) -> np.ndarray:
    """Rank from 1; equal values get the mean of their ranks."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return ((last - (count - 1) / 2).astype(float))[group]
