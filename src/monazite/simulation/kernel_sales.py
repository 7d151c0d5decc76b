"""The compiled month, third part: what sellers do. Equations 1c and 6-9; the oracle is `sales`."""

import math

import numpy as np
from numba import njit

from monazite.simulation.kernel_arithmetic import divide
from monazite.simulation.kernel_tables import Draws, Lanes, QuotaTable, Store
from monazite.simulation.kernel_terms import CountryWork, LaneWork, QuotaWork, Terms
from monazite.simulation.market import Array


@njit(cache=True, nogil=True, error_model="numpy")
def quota_limit(table: QuotaTable, left: Array, q: int, buyer: int, b: int) -> float:
    """Tonnes of a quota by baseline trade that one buyer may have."""
    if math.isinf(left[q, b]):
        return np.inf
    return left[q, b] * table.split[q, buyer] if table.split[q, buyer] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def ask_quotas(lanes: Lanes, table: QuotaTable, left: Array, lane: LaneWork, quota: QuotaWork) -> None:
    """What is asked of each quota, and the share of it that it lets pass. Equation 1c."""
    for q in range(quota.asked.shape[0]):
        for b in range(quota.asked.shape[1]):
            quota.asked[q, b], quota.charged[q, b], quota.unshipped[q, b] = 0.0, 0.0, 0.0
            quota.alone[q, b], quota.together[q, b] = 0.0, 0.0
        for k in range(lanes.seller.shape[0]):
            if table.inside[lanes.pattern[k], q]:
                for b in range(quota.asked.shape[1]):
                    quota.asked[q, b] += lane.orders[k, b] * lane.legal[k, b] + lane.decided[k, b]
        for b in range(quota.asked.shape[1]):
            total = (1.0 - table.exempt[q, b]) * quota.asked[q, b]
            quota.part[q, b] = left[q, b] / total if total > left[q, b] else 1.0
            if table.split[q, 0] < 0.0:
                quota.charged[q, b] = total * quota.part[q, b]


@njit(cache=True, nogil=True, error_model="numpy")
def apply_quotas(lanes: Lanes, table: QuotaTable, left: Array, lane: LaneWork, quota: QuotaWork) -> None:
    """Equation 1c: the tighter of the quotas on a lane holds; each is charged with what passed."""
    quotas, block = quota.asked.shape
    for k in range(lanes.seller.shape[0]):
        p = lanes.pattern[k]
        if not table.any_inside[p]:
            continue
        for b in range(block):
            asked, gate = lane.orders[k, b] * lane.legal[k, b] + lane.decided[k, b], 1.0
            for q in range(quotas):
                if table.inside[p, q]:
                    exempt, part = table.exempt[q, b], quota.part[q, b]
                    if table.split[q, 0] >= 0.0:
                        covered, limit = (
                            (1.0 - exempt) * asked,
                            quota_limit(table, left, q, lanes.buyer[k], b),
                        )
                        part = limit / covered if covered > limit else 1.0
                        quota.charged[q, b] += covered * part
                    factor = exempt + (1.0 - exempt) * part
                    quota.alone[q, b] += asked * factor
                    gate = min(gate, factor)
            for q in range(quotas):
                if table.inside[p, q]:
                    quota.together[q, b] += asked * gate
            lane.legal[k, b] *= gate
            lane.decided[k, b] *= gate
    for q in range(quotas):
        for b in range(block):
            alone, together = quota.alone[q, b], quota.together[q, b]
            share = divide(together, alone) if together < alone else 1.0
            left[q, b] = max(left[q, b] - quota.charged[q, b] * share, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def allow(lanes: Lanes, terms: Terms, lane: LaneWork, work: CountryWork) -> None:
    """What may be shipped, within the transport capacity, and what would leak. Equations 1f and 9."""
    work.allowed[:] = 0.0
    work.leaked[:] = 0.0
    block = lane.orders.shape[1]
    for k in range(lanes.seller.shape[0]):
        p, i = lanes.pattern[k], lanes.seller[k]
        for b in range(block):
            lane.shipped[k, b] = lane.orders[k, b] * lane.legal[k, b] + lane.decided[k, b]
        for b in range(block):
            lane.passed[k, b] = lane.legal[k, b]
        if p > 0 and lanes.trade[k] > 0.0:
            for b in range(block):
                limit = terms.limit[p, b] * lanes.trade[k]
                if lane.shipped[k, b] > limit:
                    share = divide(limit, lane.shipped[k, b])
                    lane.passed[k, b] *= share
                    lane.shipped[k, b] *= share
        for b in range(block):
            work.allowed[i, b] += lane.shipped[k, b]
        for b in range(block):
            refused = max(lane.regular[k, b] * (1.0 - lane.legal[k, b]) - lane.joined[k, b], 0.0)
            work.leaked[i, b] += (terms.third[p, b] + terms.other[p, b]) * refused


@njit(cache=True, nogil=True, error_model="numpy")
def ration(
    lanes: Lanes,
    table: QuotaTable,
    left: Array,
    draws: Draws,
    store: Store,
    terms: Terms,
    lane: LaneWork,
    work: CountryWork,
    quota: QuotaWork,
) -> None:
    """Equation 7: home and foreign buyers are served in proportion, or those at home first."""
    size, block = work.demand.shape
    for c in range(size):
        for b in range(block):
            available = store.stock[c, b] + work.production[c, b]
            total = work.demand[c, b] + terms.wanted[c, b] + work.allowed[c, b]
            work.fill[c, b] = divide(available, total) if total > available else 1.0
            at_home = work.demand[c, b] + terms.wanted[c, b]
            alone = divide(available, at_home) if at_home > available else 1.0
            more = draws.home_first_share[b] * (alone - work.fill[c, b])
            work.home[c, b] = work.demand[c, b] * (work.fill[c, b] + more)
            work.bought[c, b] = terms.wanted[c, b] * (work.fill[c, b] + more)
            work.fill[c, b] = max(work.fill[c, b] - divide(more * at_home, work.allowed[c, b]), 0.0)
            work.received[c, b], work.exported[c, b], work.regular[c, b] = 0.0, 0.0, 0.0
            work.ordered[c, b], work.waited[c, b] = 0.0, 0.0
    return_unused(lanes, table, left, lane, work, quota)
    for k in range(lanes.seller.shape[0]):
        i, j = lanes.seller[k], lanes.buyer[k]
        for b in range(block):
            lane.shipped[k, b] *= work.fill[i, b]
        for b in range(block):
            work.received[j, b] += lane.shipped[k, b]
        for b in range(block):
            work.exported[i, b] += lane.shipped[k, b]
        for b in range(block):
            work.regular[j, b] += lane.regular[k, b]
        for b in range(block):
            work.ordered[j, b] += lane.orders[k, b]
        if lanes.pattern[k] > 0:
            for b in range(block):
                work.waited[j, b] += lane.joined[k, b]


@njit(cache=True, nogil=True, error_model="numpy")
def return_unused(
    lanes: Lanes, table: QuotaTable, left: Array, lane: LaneWork, work: CountryWork, quota: QuotaWork
) -> None:
    """Give back to each quota what sellers could not ship after all."""
    for q in range(quota.asked.shape[0]):
        for k in range(lanes.seller.shape[0]):
            if table.inside[lanes.pattern[k], q]:
                for b in range(quota.asked.shape[1]):
                    allowed = lane.shipped[k, b]
                    quota.unshipped[q, b] += allowed - allowed * work.fill[lanes.seller[k], b]
        for b in range(quota.asked.shape[1]):
            back = (1.0 - table.exempt[q, b]) * max(quota.unshipped[q, b], 0.0)
            left[q, b] += back


@njit(cache=True, nogil=True, error_model="numpy")
def offer(lanes: Lanes, draws: Draws, store: Store, terms: Terms, lane: LaneWork, work: CountryWork) -> None:
    """Equation 8, first half: what buyers still want and sellers can spare."""
    size, block = work.demand.shape
    for c in range(size):
        for b in range(block):
            kept = store.stock[c, b] + work.production[c, b] - work.home[c, b] - work.bought[c, b]
            kept -= work.exported[c, b]
            for_sale = divide(store.expected_export[c, b], work.demand[c, b] + store.expected_export[c, b])
            spare = for_sale * max(kept - draws.reserve_share[b] * work.target[c, b], 0.0)
            room = max(work.capacity[c, b] - work.production[c, b], 0.0)
            work.spare[c, b] = spare + (0.0 if work.fill[c, b] < 1.0 else room)
            total = work.ordered[c, b] + work.unplaced[c, b] + work.stopped[c, b]
            unfilled = max(total - work.received[c, b] - work.waited[c, b], 0.0)
            work.unfilled[c, b] = divide(unfilled, total)
            work.wanted[c, b] = min(
                unfilled, store.qualified[c, b] * (work.regular[c, b] + work.unplaced[c, b])
            )
            work.offered[c, b], work.sold[c, b] = 0.0, 0.0
    for j in range(size):
        serve_new(lanes, terms, lane, work, j)


@njit(cache=True, nogil=True, error_model="numpy")
def serve_new(lanes: Lanes, terms: Terms, lane: LaneWork, work: CountryWork, j: int) -> None:
    """Spread what one buyer still wants over the sellers in proportion to spare goods and open share. Equation 8."""
    block, is_short = work.demand.shape[1], False
    for b in range(block):
        is_short = is_short or work.wanted[j, b] > 0.0
    for k in range(lanes.start[j], lanes.start[j + 1]):
        p, i = lanes.pattern[k], lanes.seller[k]
        for b in range(block):
            lane.moved[k, b] = 0.0
        if not is_short:
            continue
        for b in range(block):
            weight = lane.passed[k, b] * terms.cut[p, b] * terms.attraction[p, b]
            weight = 0.0 if terms.ceiling[p, b] < 1.0 else weight
            lane.moved[k, b] = work.spare[i, b] * weight
            work.offered[j, b] += lane.moved[k, b]
    if not is_short:
        return
    for k in range(lanes.start[j], lanes.start[j + 1]):
        for b in range(block):
            lane.moved[k, b] = work.wanted[j, b] * divide(lane.moved[k, b], work.offered[j, b])
            work.sold[lanes.seller[k], b] += lane.moved[k, b]


@njit(cache=True, nogil=True, error_model="numpy")
def match(
    lanes: Lanes,
    table: QuotaTable,
    left: Array,
    terms: Terms,
    lane: LaneWork,
    work: CountryWork,
    quota: QuotaWork,
) -> None:
    """Equation 8, second half: what sellers cannot spare, transport and quotas limit sales to new buyers."""
    quotas, block = quota.asked.shape
    for c in range(work.demand.shape[0]):
        for b in range(block):  # from here on the share of the new orders that the spare goods suffice for
            work.spare[c, b] = min(1.0, divide(work.spare[c, b], work.sold[c, b]))
    for k in range(lanes.seller.shape[0]):
        p, i = lanes.pattern[k], lanes.seller[k]
        for b in range(block):
            lane.moved[k, b] *= work.spare[i, b]
        if p > 0 and lanes.trade[k] > 0.0:
            for b in range(block):
                room = max(terms.limit[p, b] * lanes.trade[k] - lane.shipped[k, b], 0.0)
                lane.moved[k, b] = min(lane.moved[k, b], room)
    for q in range(quotas):
        limit_new_buyers(lanes, table, left, lane, quota, q)
    work.sold[:] = 0.0
    for k in range(lanes.seller.shape[0]):
        for b in range(block):
            work.sold[lanes.seller[k], b] += lane.moved[k, b]


@njit(cache=True, nogil=True, error_model="numpy")
def limit_new_buyers(
    lanes: Lanes, table: QuotaTable, left: Array, lane: LaneWork, quota: QuotaWork, q: int
) -> None:
    """Keep sales to new buyers within what is left of a quota; none beyond a share by baseline trade."""
    block = quota.asked.shape[1]
    for b in range(block):
        quota.asked[q, b] = 0.0
    for k in range(lanes.seller.shape[0]):
        if table.inside[lanes.pattern[k], q]:
            for b in range(block):
                quota.asked[q, b] += lane.moved[k, b]
    for b in range(block):
        used = (1.0 - table.exempt[q, b]) * quota.asked[q, b]
        part = divide(left[q, b], used) if used > left[q, b] else 1.0
        if table.split[q, 0] >= 0.0 and not math.isinf(left[q, b]):
            part = 0.0
        quota.part[q, b] = part
        left[q, b] = max(left[q, b] - used * part, 0.0)
    for k in range(lanes.seller.shape[0]):
        if table.inside[lanes.pattern[k], q]:
            for b in range(block):
                lane.moved[k, b] *= quota.part[q, b]


@njit(cache=True, nogil=True, error_model="numpy")
def leave(store: Store, work: CountryWork) -> None:
    """What sellers make on top of their plan and have left, and the share of the leakage that it suffices for."""
    for c in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            room = max(work.capacity[c, b] - work.production[c, b], 0.0)
            work.extra[c, b] = min(work.sold[c, b], room)
            left = store.stock[c, b] + work.production[c, b] + work.extra[c, b] - work.home[c, b]
            left = left - work.bought[c, b] - work.exported[c, b] - work.sold[c, b]
            work.left[c, b] = max(left, 0.0)
            work.spare[c, b] = min(1.0, divide(work.left[c, b], work.leaked[c, b]))
            work.leaked[c, b] *= work.spare[c, b]
