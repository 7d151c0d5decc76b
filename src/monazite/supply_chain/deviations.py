"""Standard deviations of reconciled flows: projected onto the balances, and corrected near zero."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from monazite.supply_chain.newton import BalanceSystem, Floats, Solution, invert_normal, solve_balance

NEAR_ZERO = 3.0
"""Standard deviations from zero below which the bound bends the distribution of a flow."""


def adjusted_deviations(
    system: BalanceSystem, solution: Solution, *, draws: int = 0, seed: int = 0
) -> tuple[Floats, Floats]:
    r"""
    Give the standard deviations of reconciled flows.

    Parameters
    ----------
    system, solution
        As given to and by `solve_balance`.
    draws : int, default 0
        Reconciliations of perturbed prior values from which flows within 3 sd of zero take their deviation; 0 takes
        the moments of a normal distribution cut off at zero, which needs none.
    seed : int, default 0
        Of the draws.

    Returns
    -------
    sd, projected
        Standard deviation of each reconciled flow, and what the projection alone gives; both <= the prior ones.

    Notes
    -----
    With :math:`\Sigma` the prior variances of the flows off the bound,

    .. math:: \hat\Sigma = \Sigma - \Sigma A' (A \Sigma A')^{-1} A \Sigma

    A flow on the bound takes the deviation that it would have if it were let off. Near zero the estimate is
    :math:`\max(0, z)` of a normal z, whose deviation is smaller (0.58 of it at a mean of zero).

    Examples
    --------
    100 t in and 110 t out, both +-10 t: either is 105 +- 10 / sqrt 2 t.

    >>> from scipy.sparse import csr_array
    >>> system = BalanceSystem(csr_array([[1.0, -1.0]]), np.zeros(1), np.array([100.0, 110.0]), np.full(2, 10.0),
    ...                        np.ones(2, dtype=bool))
    >>> adjusted_deviations(system, solve_balance(system))[0].round(3)
    array([7.071, 7.071])
    """
    flow, row, other, product = system.pairs
    inverse = invert_normal(system, solution.value)
    leverage = np.bincount(flow, product * inverse[row, other], minlength=len(system.prior))
    variance = system.sd**2
    is_free = ~system.is_bounded | (solution.value > 0)
    share = np.where(is_free, 1 - variance * leverage, 1 / (1 + variance * leverage))
    projected = system.sd * np.sqrt(np.clip(share, 0.0, 1.0))
    pull = system.prior + variance * (system.coefficients.T @ solution.multiplier)
    mean = np.where(is_free, pull, pull / (1 + variance * leverage))
    is_near = system.is_bounded & (mean < NEAR_ZERO * projected)
    sd = projected.copy()
    sd[is_near] = (
        _draw(system, solution, is_near, draws, seed)
        if draws > 1
        else cut_deviation(mean[is_near], projected[is_near])
    )
    return sd, projected


def cut_deviation(mean: Floats, sd: Floats) -> Floats:
    """
    Standard deviation of max(0, z) for a normal z.

    Examples
    --------
    sqrt(1/2 - 1 / (2 pi)) = 0.5838 for the standard normal.

    >>> cut_deviation(np.zeros(1), np.ones(1)).round(4)
    array([0.5838])
    """
    z = np.divide(mean, sd, out=np.zeros_like(mean), where=sd > 0)
    above, density = norm.cdf(z), norm.pdf(z)
    first = z * above + density
    second = (z**2 + 1) * above + z * density
    return np.asarray(sd * np.sqrt(np.clip(second - first**2, 0.0, 1.0)))


def _draw(
    system: BalanceSystem, solution: Solution, chosen: NDArray[np.bool_], draws: int, seed: int
) -> Floats:
    """Deviation of some flows over reconciliations of perturbed prior values; the draws count from their number."""
    found = np.empty((draws, int(chosen.sum())))
    for draw in range(draws):
        noise = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, draw])).standard_normal(
            len(system.prior)
        )
        shaken = BalanceSystem(
            system.coefficients, system.target, system.prior + system.sd * noise, system.sd, system.is_bounded
        )
        found[draw] = solve_balance(shaken, solution.multiplier).value[chosen]
    return np.asarray(found.std(axis=0, ddof=1))
