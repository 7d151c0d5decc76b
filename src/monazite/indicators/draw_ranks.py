"""Ranks of uncertain figures, and how often they hold."""

import numpy as np

from monazite.errors import DataError

LOW, HIGH = 0.05, 0.95
Record = dict[str, object]


def rank_draws(value: np.ndarray, drawn: np.ndarray) -> list[Record]:
    r"""
    Rank figures, the largest first, with the range of each rank over draws and the share of draws in which it holds.

    Parameters
    ----------
    value : ndarray, shape (n,)
        Best figures. [any unit] Finite.
    drawn : ndarray, shape (n, draws)
        The same figures in each draw, draw d of one beside draw d of the others. [same unit] Finite.

    Returns
    -------
    list of records
        `rank` from 1; `rank_low` and `rank_high`, the 5 and 95 % quantiles of the ranks over the draws, rounded
        outwards;
        `rank_holds` [share, 0..1] of the draws in which the rank is `rank`.

    Raises
    ------
    DataError
        If the shapes differ or a figure is missing.

    Notes
    -----
    Equal figures share the better rank, in the draws as in the best figures.

    .. math:: r_k = 1 + \#\{ j : x_j > x_k \}

    References
    ----------
    .. [1] Source: this project, docs/explanation/supply_risk.md.

    Examples
    --------
    The first is ahead in three draws of four:

    >>> drawn = np.array([[3.0, 3.0, 3.0, 1.0], [2.0, 2.0, 2.0, 2.0]])
    >>> [record["rank_holds"] for record in rank_draws(np.array([3.0, 2.0]), drawn)]
    [0.75, 0.75]
    """
    if drawn.ndim != 2 or len(drawn) != len(value):
        raise DataError("rank_draws", "figures and draws do not match.", which=[value.shape, drawn.shape])
    if not (np.isfinite(value).all() and np.isfinite(drawn).all()):
        raise DataError("rank_draws", "needs known figures.", fix="leave out what is not known, and say so")
    best = _ranks(value[:, None])[:, 0]
    ranks = _ranks(drawn)
    low = np.floor(np.quantile(ranks, LOW, axis=1) + 1e-9).astype(int)
    high = np.ceil(np.quantile(ranks, HIGH, axis=1) - 1e-9).astype(int)
    holds = (ranks == best[:, None]).mean(axis=1)
    return [
        {"rank": int(rank), "rank_low": int(first), "rank_high": int(last), "rank_holds": float(share)}
        for rank, first, last, share in zip(best, low, high, holds, strict=True)
    ]


def _ranks(values: np.ndarray) -> np.ndarray:
    """Rank the rows of each column from 1, the largest first."""
    ordered = np.sort(-values, axis=0)
    return np.stack(
        [np.searchsorted(ordered[:, d], -values[:, d], side="left") + 1 for d in range(values.shape[1])],
        axis=1,
    )
