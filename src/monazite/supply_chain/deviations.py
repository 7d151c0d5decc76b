"""Standard deviations of reconciled flows: projected onto the balances, and corrected near zero."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from monazite.supply_chain.balance import KINDS, ChainSystem
from monazite.supply_chain.newton import BalanceSystem, Floats, Solution, invert_normal, solve_balance

NEAR_ZERO = 3.0
"""Standard deviations from zero below which the bound bends the distribution of a flow."""


def adjusted_deviations(
    system: BalanceSystem,
    solution: Solution,
    *,
    draws: int = 0,
    seed: int = 0,
    is_shaken: NDArray[np.bool_] | None = None,
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
    is_shaken : ndarray of bool, optional
        Flows whose prior values the draws perturb; all by default. What nobody measured and only follows is left.

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
        _draw(system, solution, is_near, draws, seed, is_shaken)
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
    above, density = ndtr(z), np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    first = z * above + density
    second = (z**2 + 1) * above + z * density
    return np.asarray(sd * np.sqrt(np.clip(second - first**2, 0.0, 1.0)))


def pair_deviations(built: ChainSystem, value: Floats, sd: Floats, projected: Floats) -> Floats:
    """
    Correct the deviations of what closes a balance: use and residual are two sides of one number.

    What is left over in a balance is use where it is above zero and residual where it is below, so that both are cut
    from one normal distribution; a residual of a linked stage, which has both signs, keeps that of its free side.

    Parameters
    ----------
    built : ChainSystem
        Balances and flows.
    value, sd, projected : ndarray, shape (flows,)
        Reconciled flows, and what `adjusted_deviations` gives.

    Returns
    -------
    ndarray, shape (flows,)
        Standard deviations; a use of 100 +- 10 t leaves the residual of that country none.
    """
    columns = built.system.coefficients.tocsc()
    place = {}
    for kind in ("use", "residual_in", "residual_out"):
        at = np.flatnonzero(built.kind == KINDS.index(kind))
        found = np.full(len(built.row_stage), -1)
        found[columns.indices[columns.indptr[at]]] = at
        place[kind] = found
    paired = sd.copy()
    rows = place["use"] >= 0
    use, lack = place["use"][rows], place["residual_in"][rows]
    net = value[use] - value[lack]
    spread = np.where(net >= 0, projected[use], projected[lack])
    paired[use], paired[lack] = cut_deviation(net, spread), cut_deviation(-net, spread)
    rows = place["residual_out"] >= 0
    for one, other in (("residual_in", "residual_out"), ("residual_out", "residual_in")):
        is_other = value[place[other][rows]] > 0
        paired[place[one][rows]] = np.where(is_other, 0.0, projected[place[one][rows]])
    return paired


def _draw(
    system: BalanceSystem,
    solution: Solution,
    chosen: NDArray[np.bool_],
    draws: int,
    seed: int,
    is_shaken: NDArray[np.bool_] | None,
) -> Floats:
    """Deviation of some flows over reconciliations of perturbed prior values; the draws count from their number."""
    spread = system.sd if is_shaken is None else system.sd * is_shaken
    found = np.empty((draws, int(chosen.sum())))
    for draw in range(draws):
        noise = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, draw])).standard_normal(
            len(system.prior)
        )
        shaken = BalanceSystem(
            system.coefficients, system.target, system.prior + spread * noise, system.sd, system.is_bounded
        )
        found[draw] = solve_balance(shaken, solution.multiplier).value[chosen]
    return np.asarray(found.std(axis=0, ddof=1))
