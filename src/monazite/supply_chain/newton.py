"""Constrained weighted least squares by a dual semismooth Newton method: the solver of the reconciliation."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, diags_array
from scipy.sparse.linalg import splu

from monazite.errors import DataError, ModelError

Floats = NDArray[np.float64]

TOLERANCE = 1e-12
"""Largest imbalance that ends the search, relative to the flow through its own balance. [1]"""
PROMISE = 1e-9
"""Largest relative imbalance that is let out at all; the law of the chain (design, section 4). [1]"""
ITERATIONS = 100
NEARLY_NONE = (1e-10, 1e-16, 0.0)
"""
Share of a balance's full curvature below which its step is damped: nearly all its flows lie on the bound. Where small
flows beside large ones on the bound then move too slowly, the search goes on with less damping.
"""
NOISE = 1e-14
"""Share of its own terms below which a flow that comes near the bound is rounding, and lies on it."""
ROUNDING = 1e-15
"""Added to the unit diagonal of the normal matrix, so that balances that repeat each other can be factored."""
NEARLY_DONE, ROUNDS = 1e-2, 10
"""Imbalance below which gaps may be closed on the flows themselves, and in how many rounds."""
FAINT = 1e-15
"""Flow of a balance, over the largest of all, below which it is rounding. [1]"""
FLAT = 1e-12
"""Rise of the dual function, over itself, that is rounding; a step may then go by the gap of the balances."""
EXTREME = 1e100
"""Standard deviations beyond this, or below its inverse, are refused: their squares leave double precision."""


@dataclass(frozen=True)
class BalanceSystem:
    """
    Flows with prior values and standard deviations, and the balances that they must meet.

    Attributes
    ----------
    coefficients : csr_array, shape (balances, flows)
        The matrix A of A x = target.
    target : ndarray, shape (balances,)
        Right side of the balances.
    prior : ndarray, shape (flows,)
        Values x0 before reconciliation. A negative one is allowed: it pulls its flow onto the bound.
    sd : ndarray, shape (flows,)
        Standard deviations of the prior values, > 0.
    is_bounded : ndarray of bool, shape (flows,)
        Whether a flow must be >= 0.
    """

    coefficients: csr_array
    target: Floats
    prior: Floats
    sd: Floats
    is_bounded: NDArray[np.bool_]

    @cached_property
    def pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], Floats]:
        """Flow, row, other row and product of coefficients, for every pair of entries of a column of A."""
        columns = self.coefficients.tocsc()
        start, rows, entries = columns.indptr, columns.indices, columns.data
        counts = np.diff(start)
        flow = np.repeat(np.arange(len(counts)), counts**2)
        place = np.arange(len(flow)) - np.repeat(np.cumsum(counts**2) - counts**2, counts**2)
        first = start[flow] + place // counts[flow]
        second = start[flow] + place % counts[flow]
        return flow, rows[first], rows[second], entries[first] * entries[second]

    @cached_property
    def magnitudes(self) -> csr_array:
        """Absolute values of the coefficients."""
        return abs(self.coefficients)

    def values(self, multiplier: Floats) -> Floats:
        """Flows that belong to multipliers of the balances: x = max(0, x0 + sd^2 A' lambda)."""
        pull = self.sd**2 * (self.coefficients.T @ multiplier)
        free = self.prior + pull
        terms = np.abs(self.prior) + self.sd**2 * (self.magnitudes.T @ np.abs(multiplier))
        is_none = free <= NOISE * terms
        return np.asarray(np.where(self.is_bounded & is_none, 0.0, free))

    def imbalance(self, value: Floats) -> Floats:
        """Relative imbalance of each balance: |A x - b| over the flow through it; 0 where nothing flows."""
        size = np.maximum(self.magnitudes @ np.abs(value), np.abs(self.target))
        size = np.maximum(size, FAINT * float(np.abs(self.prior).max(initial=0.0)))
        gap = np.abs(self.coefficients @ value - self.target)
        return np.asarray(np.divide(gap, size, out=np.zeros_like(gap), where=size > 0))


@dataclass(frozen=True)
class Solution:
    """Reconciled flows, the multipliers of the balances, and how many steps it took."""

    value: Floats
    multiplier: Floats
    iterations: int


def check_system(system: BalanceSystem) -> None:
    """
    Raise where a system cannot be solved as it stands.

    Raises
    ------
    DataError
        If a prior value or target is not finite, a standard deviation is not between 1e-100 and 1e100, or shapes
        do not fit; all such flows are named by their position.
    """
    rows, columns = system.coefficients.shape
    shapes = (len(system.prior), len(system.sd), len(system.is_bounded), len(system.target))
    problems = [f"shapes {shapes} instead of {(columns, columns, columns, rows)}"]
    if shapes == (columns, columns, columns, rows):
        usable = (system.sd > 1 / EXTREME) & (system.sd < EXTREME)
        problems = [
            f"flow {k}: prior {system.prior[k]:g}" for k in np.flatnonzero(~np.isfinite(system.prior))
        ]
        problems += [f"flow {k}: standard deviation {system.sd[k]:g}" for k in np.flatnonzero(~usable)]
        problems += [
            f"balance {i}: target {system.target[i]:g}" for i in np.flatnonzero(~np.isfinite(system.target))
        ]
    if problems:
        raise DataError(
            "balance system", "cannot be solved as it stands.", which=problems,
            expected="finite values; standard deviations > 0", fix="leave out flows that nobody measured",
        )  # fmt: skip


def solve_balance(system: BalanceSystem, start: Floats | None = None) -> Solution:
    r"""
    Find the flows nearest to their prior values that meet every balance.

    Parameters
    ----------
    system : BalanceSystem
        Flows and balances.
    start : ndarray, shape (balances,), optional
        Multipliers to start from, such as those of a similar system; zeros by default.

    Returns
    -------
    Solution
        Flows that meet each balance within 1e-9 of the flow through it, mostly within 1e-15.

    Raises
    ------
    DataError
        If the system is not usable.
    ModelError
        If the search ends before the balances hold: they contradict each other, or nothing may flow in one.

    Notes
    -----
    Minimise the weighted squares of the adjustments

    .. math:: \min_x \sum_k (x_k - x_{0k})^2 / \sigma_k^2 \quad \text{s.t.} \quad A x = b, \; x \ge 0

    by solving its dual: :math:`x(\lambda) = \max(0, x_0 + \Sigma A' \lambda)` is optimal and feasible in sign by
    construction, so only :math:`A x(\lambda) = b` is left to solve. Its Jacobian is :math:`A \Sigma_F A'` over the
    flows F off the bound; a step is halved until the dual function falls (Armijo).

    References
    ----------
    .. [1] O. Cencic and H. Rechberger, "Material flow analysis with software STAN," J. Environ. Eng. Manage.
       18(1), pp. 3-7, 2008.
    .. [2] L. Qi and D. Sun, "A quadratically convergent Newton method for computing the nearest correlation
       matrix," SIAM J. Matrix Anal. Appl. 28(2), pp. 360-385, 2006, doi:10.1137/050624509 (the dual method).

    Examples
    --------
    One process: 100 t come in, 110 t go out, both known to 10 t. Each gives way by half the gap.

    >>> system = BalanceSystem(csr_array([[1.0, -1.0]]), np.zeros(1), np.array([100.0, 110.0]), np.full(2, 10.0),
    ...                        np.ones(2, dtype=bool))
    >>> solve_balance(system).value
    array([105., 105.])
    """
    check_system(system)
    multiplier = np.zeros(len(system.target)) if start is None else start.copy()
    value = system.values(multiplier)
    worst = float(system.imbalance(value).max(initial=0.0))
    steps = 0
    for nearly_none in NEARLY_NONE:
        last = steps + ITERATIONS
        while worst > TOLERANCE and steps < last:
            steps += 1
            gradient = system.coefficients @ value - system.target
            step = -_newton_step(system, value, gradient, nearly_none)
            found = _search(system, multiplier, value, step)
            if found is None:
                break
            multiplier, value = found
            worst = float(system.imbalance(value).max(initial=0.0))
        if worst <= NEARLY_DONE:
            break
    if TOLERANCE < worst < NEARLY_DONE:
        value = _close_gaps(system, value)
        worst = float(system.imbalance(value).max(initial=0.0))
    if worst > PROMISE:
        _raise_unsolved(system, value, steps)
    return Solution(value, multiplier, steps)


def invert_normal(system: BalanceSystem, value: Floats) -> Floats:
    """Inverse of A Sigma_F A', shape (balances, balances), over the flows F off the bound."""
    count = len(system.target)
    factor, scale = _factor(system, value, 0.0)
    inverse = np.empty((count, count))
    for column, unit in enumerate(
        np.eye(count)
    ):  # one at a time: several at once only start threads that wait
        inverse[:, column] = factor.solve(unit)
    return np.asarray(inverse * scale[:, None] * scale)


def _is_free(system: BalanceSystem, value: Floats) -> NDArray[np.bool_]:
    """Tell the flows that move with the multipliers."""
    return ~system.is_bounded | (value > 0)


def _curvature(system: BalanceSystem, is_free: NDArray[np.bool_]) -> Floats:
    """Diagonal of A Sigma_F A'."""
    squares = system.coefficients.power(2)
    return np.asarray(squares @ (system.sd**2 * is_free))


def _factor(
    system: BalanceSystem, value: Floats, damping: float, nearly_none: float = NEARLY_NONE[0]
) -> tuple[Any, Floats]:
    """
    Factor A Sigma_F A', scaled to a unit diagonal so that small countries keep their digits beside large ones.

    Balances that nearly all flows have left get their full curvature. The matrix is symmetric and diagonally dominant
    in all but odd cases: no pivoting, minimum degree ordering.
    """
    is_free = _is_free(system, value)
    full, here = (_curvature(system, at) for at in (np.ones_like(is_free), is_free))
    full = np.where(full > 0, full, 1.0)
    extra = np.where(here <= nearly_none * full, full, 0.0)
    scale = 1 / np.sqrt(here + extra)
    scaled = diags_array(scale) @ system.coefficients @ diags_array(system.sd * is_free)
    normal = csc_array(scaled @ scaled.T + diags_array(extra * scale**2 + damping + ROUNDING))
    factor = splu(normal, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    return factor, scale


def _newton_step(
    system: BalanceSystem, value: Floats, gradient: Floats, nearly_none: float = NEARLY_NONE[0]
) -> Floats:
    """Solve A Sigma_F A' step = gradient, with damping where the matrix is singular."""
    for damping in (0.0, 1e-12, 1e-9, 1e-6, 1e-3):
        try:
            factor, scale = _factor(system, value, damping, nearly_none)
        except RuntimeError:  # exactly singular
            continue
        step = np.asarray(factor.solve(gradient * scale) * scale)
        if np.isfinite(step).all() and step @ gradient >= 0:
            return step
    raise ModelError("balance system", "its normal matrix is not positive definite.")


def _close_gaps(system: BalanceSystem, value: Floats) -> Floats:
    """Close gaps that are left because multipliers lost digits: least squares on the flows themselves."""
    for _ in range(ROUNDS):
        gap = system.target - system.coefficients @ value
        if float(system.imbalance(value).max(initial=0.0)) <= TOLERANCE:
            break
        step = system.sd**2 * (system.coefficients.T @ _newton_step(system, value, gap))
        moved = value + np.where(_is_free(system, value), step, 0.0)
        value = np.where(system.is_bounded, np.maximum(moved, 0.0), moved)
    return value


def _dual(system: BalanceSystem, multiplier: Floats, value: Floats) -> float:
    """Dual function, which the multipliers minimise."""
    pull = system.coefficients.T @ multiplier
    moved = ((value - system.prior) / system.sd) ** 2
    return float(pull @ value - 0.5 * moved.sum() - multiplier @ system.target)


def _search(
    system: BalanceSystem, multiplier: Floats, value: Floats, step: Floats
) -> tuple[Floats, Floats] | None:
    """Halve a step until the dual function falls; near the end, where it is rounding, until the gap does."""
    gap = system.coefficients @ value - system.target
    weight = 1 / np.sqrt(np.maximum(_curvature(system, np.ones_like(system.is_bounded)), 1 / EXTREME))
    slope = float(gap @ step)
    here, miss = _dual(system, multiplier, value), float(np.linalg.norm(weight * gap))
    length = 1.0
    for _ in range(50):
        there = multiplier + length * step
        moved = system.values(there)
        after = _dual(system, there, moved)
        if after <= here + 1e-4 * length * slope:
            return there, moved
        gap = system.coefficients @ moved - system.target
        if after <= here + FLAT * abs(here) and float(np.linalg.norm(weight * gap)) < 0.9 * miss:
            return there, moved
        length /= 2
    return None


def _raise_unsolved(system: BalanceSystem, value: Floats, steps: int) -> None:
    """Name the balances that do not hold."""
    relative = system.imbalance(value)
    worst = np.argsort(-relative, kind="stable")[:5]
    raise ModelError(
        "balance system",
        f"{int((relative > PROMISE).sum())} of {len(relative)} balances do not hold after {steps} steps.",
        which=[f"balance {i}: off by {relative[i]:.1e} of its flow" for i in worst if relative[i] > PROMISE],
        expected=f"each within {PROMISE:g} of the flow through it",
        fix="give each balance a flow that may close it, such as a residual",
    )
