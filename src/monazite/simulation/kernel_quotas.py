"""The compiled month: what quotas let pass. Equation 1c; the oracle is `sales`."""

import math

import numpy as np

from monazite.simulation.kernel_arithmetic import divide, inner
from monazite.simulation.kernel_store import CountryWork, LaneWork, QuotaWork
from monazite.simulation.kernel_tables import Lanes, QuotaTable
from monazite.simulation.market import Array


@inner
def quota_limit(table: QuotaTable, left: Array, q: int, buyer: int, b: int) -> float:
    """Tonnes of a quota by baseline trade that one buyer may have."""
    if math.isinf(left[q, b]):
        return np.inf
    return left[q, b] * table.split[q, buyer] if table.split[q, buyer] > 0.0 else 0.0


@inner
def ask_quotas(
    lanes: Lanes, table: QuotaTable, left: Array, exempt: Array, lane: LaneWork, quota: QuotaWork
) -> None:
    """What is asked of each quota, and the share of it that it lets pass."""
    for q in range(quota.asked.shape[0]):
        for b in range(quota.asked.shape[1]):
            quota.asked[q, b], quota.charged[q, b], quota.unshipped[q, b] = 0.0, 0.0, 0.0
            quota.alone[q, b], quota.together[q, b] = 0.0, 0.0
        for t in range(lanes.lane.shape[0]):
            if table.inside[lanes.pattern[t], q]:
                for b in range(quota.asked.shape[1]):
                    quota.asked[q, b] += lane.orders[t, b] * lane.legal[t, b] + lane.decided[t, b]
        for b in range(quota.asked.shape[1]):
            total = (1.0 - exempt[q, b]) * quota.asked[q, b]
            quota.part[q, b] = left[q, b] / total if total > left[q, b] else 1.0
            if table.split[q, 0] < 0.0:
                quota.charged[q, b] = total * quota.part[q, b]


@inner
def apply_quotas(
    lanes: Lanes, table: QuotaTable, left: Array, exempt: Array, lane: LaneWork, quota: QuotaWork
) -> None:
    """The tighter of the quotas on a lane holds; each is charged with what passed."""
    quotas, block = quota.asked.shape
    for t in range(lanes.lane.shape[0]):
        p = lanes.pattern[t]
        if not table.any_inside[p]:
            continue
        for b in range(block):
            asked, gate = lane.orders[t, b] * lane.legal[t, b] + lane.decided[t, b], 1.0
            for q in range(quotas):
                if table.inside[p, q]:
                    free, part = exempt[q, b], quota.part[q, b]
                    if table.split[q, 0] >= 0.0:
                        covered, limit = (1.0 - free) * asked, quota_limit(table, left, q, lanes.buyer[t], b)
                        part = limit / covered if covered > limit else 1.0
                        quota.charged[q, b] += covered * part
                    factor = free + (1.0 - free) * part
                    quota.alone[q, b] += asked * factor
                    gate = min(gate, factor)
            for q in range(quotas):
                if table.inside[p, q]:
                    quota.together[q, b] += asked * gate
            lane.legal[t, b] *= gate
            lane.decided[t, b] *= gate
    for q in range(quotas):
        for b in range(block):
            alone, together = quota.alone[q, b], quota.together[q, b]
            share = divide(together, alone) if together < alone else 1.0
            left[q, b] = max(left[q, b] - quota.charged[q, b] * share, 0.0)


@inner
def return_unused(
    lanes: Lanes,
    table: QuotaTable,
    left: Array,
    exempt: Array,
    lane: LaneWork,
    work: CountryWork,
    quota: QuotaWork,
) -> None:
    """Give back to each quota what sellers could not ship after all; `shipped` is still what was allowed."""
    for q in range(quota.asked.shape[0]):
        for t in range(lanes.lane.shape[0]):
            if table.inside[lanes.pattern[t], q]:
                for b in range(quota.asked.shape[1]):
                    allowed = lane.shipped[t, b]
                    quota.unshipped[q, b] += allowed - allowed * work.fill[lanes.source[t], b]
        for b in range(quota.asked.shape[1]):
            left[q, b] += (1.0 - exempt[q, b]) * max(quota.unshipped[q, b], 0.0)


@inner
def limit_new_buyers(
    lanes: Lanes, table: QuotaTable, left: Array, exempt: Array, lane: LaneWork, quota: QuotaWork, q: int
) -> None:
    """Keep sales to new buyers within what is left of a quota; none beyond a share by baseline trade."""
    block = quota.asked.shape[1]
    for b in range(block):
        quota.asked[q, b] = 0.0
    for t in range(lanes.lane.shape[0]):
        if table.inside[lanes.pattern[t], q]:
            for b in range(block):
                quota.asked[q, b] += lane.moved[t, b]
    for b in range(block):
        used = (1.0 - exempt[q, b]) * quota.asked[q, b]
        part = divide(left[q, b], used) if used > left[q, b] else 1.0
        if table.split[q, 0] >= 0.0 and not math.isinf(left[q, b]):
            part = 0.0
        quota.part[q, b] = part
        left[q, b] = max(left[q, b] - used * part, 0.0)
    for t in range(lanes.lane.shape[0]):
        if table.inside[lanes.pattern[t], q]:
            for b in range(block):
                lane.moved[t, b] *= quota.part[q, b]
