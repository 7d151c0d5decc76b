"""Gross errors: which balance the reports cannot close, and which few reports could be to blame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri

from monazite.supply_chain.balance import KINDS, MEASURED, ChainSystem
from monazite.supply_chain.newton import Floats

SIGNIFICANCE = 0.05
"""Chance that the test names a balance in a chain whose reports only have ordinary errors."""
SHORT_LIST = 5
FAR = 100.0
"""Ratio of what goes out to what comes in from which it no longer matters how large it is. [1]"""
SUSPECTS = 10
"""Reports that are ranked in the rest of the chain, outside the balances that are named."""


@dataclass(frozen=True)
class Suspicion:
    """A balance that its reports cannot close, and the reports that could, the likeliest first."""

    row: int
    gap_t: float
    z: float
    flows: tuple[int, ...]


@dataclass(frozen=True)
class GrossErrorTest:
    """
    The global test of a chain and the balances that it names; `limit` is the z from which one is named.

    `step` is |adjustment| / sd of every flow, 0 where it is no report; `ranked` are the reports with the largest that
    stand in no balance that is named.
    """

    statistic: float
    balances: int
    p_value: float
    limit: float
    z: Floats
    suspicions: tuple[Suspicion, ...]
    step: Floats
    ranked: tuple[int, ...]


def find_gross_errors(chain: ChainSystem, adjustment: Floats) -> GrossErrorTest:
    r"""
    Test the reports of a chain against its balances.

    Parameters
    ----------
    chain : ChainSystem
        Balances and flows.
    adjustment : ndarray, shape (flows,)
        Reconciled minus prior value of each flow. [t]

    Returns
    -------
    GrossErrorTest
        Suspicions are sorted by z, the largest first.

    Notes
    -----
    With :math:`I_c` the reports of what comes into balance c and :math:`O_c` of what goes out, both sums, and
    :math:`S_I, S_O` the relative standard deviations of these sums,

    .. math:: z_c = -\ln(O_c / I_c) / \sqrt{\ln(1 + S_I^2) + \ln(1 + S_O^2)}

    (nodal test in logarithms: errors of trade multiply, and the pedigree was measured so). A ratio beyond a hundred, or
    without a report on one side, counts as a hundred. On the plain scale a report that is f
    times too large brings an f times larger deviation with it, and z never exceeds :math:`(f - 1) / (f \sigma)`. Where
    use follows whatever is left, only a deficit contradicts the reports, and the test is one-sided. A balance is named
    from the z that one of so many balances exceeds by chance with probability 0.05 (Sidak). The global test is
    :math:`z' C^{-1} z` over the balances that contradict their reports, C being the correlation of their gaps through
    the lanes that they share, against chi squared with as many degrees of freedom.

    The reports of a named balance, and those of the rest of the chain, are ranked by |adjustment| / sd: those that had
    to move furthest for what is known of them. Use and residual are no reports.

    References
    ----------
    .. [1] S. Narasimhan and C. Jordache, "Data Reconciliation and Gross Error Detection," Gulf, Houston, 2000, ch. 7.

    Examples
    --------
    15 t come in and 60 t go out, both sums known to 20 %: -ln 4 / sqrt(2 ln 1.04) = -4.95.
    """
    system = chain.system
    is_report = chain.kind < len(MEASURED)
    gap, z = _nodal_test(chain, is_report)
    limit = float(ndtri((1 - SIGNIFICANCE) ** (1 / max(len(z), 1))))
    named = [int(row) for row in np.argsort(-np.abs(z), kind="stable") if abs(z[row]) > limit]
    step = np.where(is_report, np.abs(adjustment) / system.sd, 0.0)
    is_seen = np.zeros(len(step), dtype=bool)
    is_seen[system.coefficients[named].indices] = True
    others = np.where(is_seen, 0.0, step)
    ranked = [int(k) for k in np.argsort(-others, kind="stable")[:SUSPECTS] if others[k] > 0]
    statistic, p_value, balances = _global_test(chain, z)
    return GrossErrorTest(
        statistic, balances, p_value, limit, z,
        tuple(Suspicion(row, float(gap[row]), float(z[row]), _short_list(chain, row, step)) for row in named),
        step, tuple(ranked),
    )  # fmt: skip


def _nodal_test(chain: ChainSystem, is_report: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """What the reports leave open in each balance [t], and its z; both 0 where use may be what is left."""
    system = chain.system
    columns = system.coefficients.tocsc()
    moved = columns[:, is_report].multiply(system.prior[is_report]).tocsr()
    squares = columns[:, is_report].multiply(system.sd[is_report]).power(2).tocsr()
    inside, out = (np.asarray(part.sum(axis=1)).ravel() for part in (moved.maximum(0), (-moved).maximum(0)))
    sign = columns[:, is_report].multiply(np.where(system.prior[is_report] < 0, -1.0, 1.0)).tocsr()
    spread = [np.asarray(squares.multiply(part).sum(axis=1)).ravel() for part in (sign > 0, sign < 0)]
    logs = [
        np.log1p(np.divide(square, total**2, out=np.zeros_like(total), where=total > 0))
        for square, total in zip(spread, (inside, out), strict=True)
    ]
    gap = inside - out
    least = np.maximum(np.maximum(inside, out) / FAR, np.finfo(float).tiny)
    ratio = np.log(np.maximum(inside, least) / np.maximum(out, least))
    size = np.sqrt(logs[0] + logs[1])
    z = np.divide(ratio, size, out=np.zeros_like(gap), where=size > 0)
    has_use = np.zeros(len(gap), dtype=bool)
    has_use[columns[:, chain.kind == KINDS.index("use")].indices] = True
    is_free = has_use & (gap >= 0)
    return np.where(is_free, 0.0, gap), np.where(is_free, 0.0, z)


def _global_test(chain: ChainSystem, z: Floats) -> tuple[float, float, int]:
    """Quadratic form of the z that contradict the reports, its p-value and its degrees of freedom."""
    at = np.flatnonzero(z != 0)
    if not len(at):
        return 0.0, 1.0, 0
    is_report: NDArray[np.bool_] = chain.kind < len(MEASURED)
    part = chain.system.coefficients.tocsc()[:, is_report].tocsr()[at]
    scaled = part.multiply(chain.system.sd[is_report]).tocsr()
    normal = (scaled @ scaled.T).toarray()
    scale = np.sqrt(np.diagonal(normal))
    whitened = np.linalg.lstsq(normal / np.outer(scale, scale), z[at], rcond=1e-12)[0]
    statistic = float(z[at] @ whitened)
    return statistic, float(chdtrc(len(at), max(statistic, 0.0))), len(at)


def _short_list(chain: ChainSystem, row: int, step: Floats) -> tuple[int, ...]:
    """The reports of a balance that moved furthest for their standard deviation."""
    inside = chain.system.coefficients[[row]].indices
    ranked = sorted((int(k) for k in inside if step[k] > 0), key=lambda k: (-step[k], k))
    return tuple(ranked[:SHORT_LIST])
