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


@dataclass(frozen=True)
class Suspicion:
    """A balance that its reports cannot close, and the reports that could, the likeliest first."""

    row: int
    gap_t: float
    z: float
    flows: tuple[int, ...]


@dataclass(frozen=True)
class GrossErrorTest:
    """The global test of a chain and the balances that it names; `limit` is the z from which one is named."""

    statistic: float
    balances: int
    p_value: float
    limit: float
    z: Floats
    suspicions: tuple[Suspicion, ...]


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
    What the reports leave open in balance c is :math:`g_c = \sum_k a_{ck} x_{0k}` over measured flows, with variance
    :math:`\sum_k a_{ck}^2 \sigma_k^2` (nodal test). Where use follows whatever is left, only a deficit contradicts
    the reports, and the test is one-sided. A balance is named from the z that one of so many balances exceeds by
    chance with probability 0.05 (Sidak). The global test is :math:`g'(A_g \Sigma A_g')^{-1} g` over the balances that
    contradict their reports, against chi squared with as many degrees of freedom.

    In a named balance the reports are ranked by |adjustment| / sd: the report that had to move furthest for what is
    known of it. Use and residual are no reports.

    References
    ----------
    .. [1] S. Narasimhan and C. Jordache, "Data Reconciliation and Gross Error Detection," Gulf, Houston, 2000, ch. 7.
    """
    system = chain.system
    is_report = chain.kind < len(MEASURED)
    reports = system.coefficients.tocsc()[:, is_report]
    gap = reports @ system.prior[is_report]
    deviation = np.sqrt(reports.power(2) @ system.sd[is_report] ** 2)
    has_use = np.zeros(len(gap), dtype=bool)
    uses = chain.kind == KINDS.index("use")
    has_use[system.coefficients.tocsc()[:, uses].indices] = True
    counted = np.where(has_use, np.minimum(gap, 0.0), gap)
    z = np.divide(counted, deviation, out=np.zeros_like(gap), where=deviation > 0)
    limit = float(ndtri((1 - SIGNIFICANCE) ** (1 / max(len(z), 1))))
    named = [int(row) for row in np.argsort(-np.abs(z), kind="stable") if abs(z[row]) > limit]
    step = np.where(is_report, np.abs(adjustment) / system.sd, 0.0)
    statistic, p_value, balances = _global_test(chain, counted)
    return GrossErrorTest(
        statistic, balances, p_value, limit, z,
        tuple(Suspicion(row, float(counted[row]), float(z[row]), _short_list(chain, row, step)) for row in named),
    )  # fmt: skip


def _global_test(chain: ChainSystem, gap: Floats) -> tuple[float, float, int]:
    """Quadratic form of the gaps that contradict the reports, its p-value and its degrees of freedom."""
    at = np.flatnonzero(gap != 0)
    if not len(at):
        return 0.0, 1.0, 0
    is_report: NDArray[np.bool_] = chain.kind < len(MEASURED)
    part = chain.system.coefficients.tocsc()[:, is_report].tocsr()[at]
    scaled = part.multiply(chain.system.sd[is_report]).tocsr()
    normal = (scaled @ scaled.T).toarray()
    scale = np.sqrt(np.diagonal(normal))
    whitened = np.linalg.lstsq(normal / np.outer(scale, scale), gap[at] / scale, rcond=1e-12)[0]
    statistic = float(gap[at] / scale @ whitened)
    return statistic, float(chdtrc(len(at), max(statistic, 0.0))), len(at)


def _short_list(chain: ChainSystem, row: int, step: Floats) -> tuple[int, ...]:
    """The reports of a balance that moved furthest for their standard deviation."""
    inside = chain.system.coefficients[[row]].indices
    ranked = sorted((int(k) for k in inside if step[k] > 0), key=lambda k: (-step[k], k))
    return tuple(ranked[:SHORT_LIST])
