"""The compiled month, second part: what every country wants. Equations 2-5; the oracle is `needs`."""

import math

from numba import njit

from monazite.simulation.kernel_arithmetic import divide
from monazite.simulation.kernel_tables import Countries, Draws, Lanes, Store
from monazite.simulation.kernel_terms import CountryWork, LaneWork, Terms


@njit(cache=True, nogil=True, error_model="numpy")
def weigh_duties(lanes: Lanes, store: Store, terms: Terms, work: CountryWork, has_duty: bool) -> None:
    """Mean rise of what imports cost, and the factor that keeps the orders' sum. Equations 1e and 5."""
    for j in range(work.duty.shape[0]):
        for b in range(work.duty.shape[1]):
            work.duty[j, b], work.scale[j, b] = 0.0, 1.0
        if not has_duty:
            continue
        for b in range(work.duty.shape[1]):
            total, weighed, rise = 0.0, 0.0, 0.0
            for k in range(lanes.start[j], lanes.start[j + 1]):
                p, habit = lanes.pattern[k], store.habit[k, b]
                total += habit
                weighed += habit * terms.attraction[p, b]
                rise += habit * terms.attraction[p, b] * terms.rise[p, b]
            work.scale[j, b] = divide(total, weighed)
            work.duty[j, b] = rise * work.scale[j, b]


@njit(cache=True, nogil=True, error_model="numpy")
def find_orders(
    lanes: Lanes,
    base: Countries,
    draws: Draws,
    store: Store,
    terms: Terms,
    lane: LaneWork,
    work: CountryWork,
    has_cap: bool,
    has_queue: bool,
) -> None:
    """Equations 2-6: planned stock, use wanted, need, own production, orders, and those that wait; buyer by buyer."""
    for j in range(work.demand.shape[0]):
        find_position(lanes, draws, store, terms, lane, work, j)
        split_need(base, draws, store, terms, work, j)
        place_orders(lanes, store, terms, lane, work, j)
        if has_cap:
            cap_orders(lanes, terms, lane, work, j)
        if has_queue:
            move_queue(lanes, store, terms, lane, work, j)


@njit(cache=True, nogil=True, error_model="numpy")
def place_orders(lanes: Lanes, store: Store, terms: Terms, lane: LaneWork, work: CountryWork, j: int) -> None:
    """Spread the imports of one buyer over its sellers by habit and duties. Equation 5."""
    block = work.demand.shape[1]
    for k in range(lanes.start[j], lanes.start[j + 1]):
        p = lanes.pattern[k]
        if p == 0:
            for b in range(block):
                lane.regular[k, b] = store.habit[k, b] * work.scale[j, b] * work.imports[j, b]
            for b in range(block):
                lane.orders[k, b] = lane.regular[k, b]
        else:
            for b in range(block):
                weight = store.habit[k, b] * terms.attraction[p, b] * work.scale[j, b]
                lane.regular[k, b] = weight * work.imports[j, b]
            for b in range(block):
                lane.orders[k, b] = lane.regular[k, b] + lane.orders[k, b]
        for b in range(block):
            lane.legal[k, b] = terms.open_share[p, b]


@njit(cache=True, nogil=True, error_model="numpy")
def find_position(
    lanes: Lanes, draws: Draws, store: Store, terms: Terms, lane: LaneWork, work: CountryWork, j: int
) -> None:
    """Goods at hand and at sea of one buyer, what waits, and stock planned ahead. Equations 2 and 4."""
    block = work.demand.shape[1]
    for b in range(block):
        work.position[j, b] = store.stock[j, b]
        work.ordered[j, b], work.waited[j, b], work.underway[j, b] = 0.0, 0.0, 0.0
    for k in range(lanes.start[j], lanes.start[j + 1]):
        p = lanes.pattern[k]
        for b in range(block):
            goods = store.at_sea[k, b] + store.leak_near[k, b] + store.leak_far[k, b] + store.late[k, b]
            work.position[j, b] += goods
        if p == 0:
            continue
        for b in range(block):
            planned = draws.front_loading_share[b] * lanes.trade[k] * terms.closure[p, b]
            increase = max(planned - store.planned[k, b], 0.0)
            lane.orders[k, b] = increase * terms.ahead[p, b]  # until orders are known
            store.planned[k, b] = planned
            work.ordered[j, b] += lane.orders[k, b]
            work.waited[j, b] += store.queue[k, b]
            work.underway[j, b] += planned


@njit(cache=True, nogil=True, error_model="numpy")
def move_queue(lanes: Lanes, store: Store, terms: Terms, lane: LaneWork, work: CountryWork, j: int) -> None:
    """Orders of one buyer that join the queue of a licence, and those that leave it. Equation 6."""
    for b in range(work.demand.shape[1]):
        work.stopped[j, b] = 0.0
    for k in range(lanes.start[j], lanes.start[j + 1]):
        p = lanes.pattern[k]
        if p == 0:
            continue
        for b in range(work.demand.shape[1]):
            waiting = min(terms.waiting[p, b], 1.0 - terms.open_share[p, b])
            lane.joined[k, b] = lane.orders[k, b] * waiting
            lane.decided[k, b] = store.queue[k, b] * terms.decided[p, b]
            store.queue[k, b] = store.queue[k, b] + lane.joined[k, b] - lane.decided[k, b]
            work.stopped[j, b] += lane.decided[k, b]


@njit(cache=True, nogil=True, error_model="numpy")
def split_need(base: Countries, draws: Draws, store: Store, terms: Terms, work: CountryWork, j: int) -> None:
    """Equations 3-5 for one country: use wanted, need, production within capacity, imports."""
    own = base.own_share[j]
    for b in range(work.demand.shape[1]):
        paid = store.log_price[j, b] + (1.0 - own) * math.log1p(work.duty[j, b])
        use = base.use[j] * terms.use[j, b] * math.exp(-draws.price_elasticity[b] * paid)
        demand = use * store.thrifting[j, b] * store.backstop[j, b] * work.free[j, b] + work.feed[j, b]
        flow = demand + store.expected_export[j, b] + terms.wanted[j, b]
        cover = max(draws.stock_cover_months[b] * terms.cover[j, b], 1.0)
        target = cover * store.usual_flow[j, b]
        wanted = (
            target
            + draws.panic_share[b] * store.unmet[j, b] * target
            + work.underway[j, b]
            + (1.0 - own) * flow
        )
        gap = wanted - work.position[j, b] - work.waited[j, b] - work.ordered[j, b]
        need = max(flow + gap / draws.adjustment_months[b], 0.0)
        old_capacity = base.capacity[j] * terms.capacity[j, b]
        new_capacity = (store.new_capacity[j, b] + terms.added[j, b]) * terms.capacity[j, b]
        old = min(old_capacity, own * need)
        new = min(new_capacity, need - old)
        usual = max((1.0 - own) * need - new, 0.0)
        missing = (1.0 - work.reach[j, b]) * (old + new)
        lacking = demand + terms.wanted[j, b] - old - new + missing
        imports = min(need - old - new + missing, max(usual, lacking))
        work.demand[j, b], work.target[j, b], work.position[j, b] = demand, target, wanted
        work.production[j, b], work.capacity[j, b] = old + new, old_capacity + new_capacity
        work.imports[j, b], work.unplaced[j, b] = max(imports, 0.0), 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def cap_orders(lanes: Lanes, terms: Terms, lane: LaneWork, work: CountryWork, j: int) -> None:
    """Equation 1l: no seller above its share of the orders of one buyer."""
    for b in range(work.demand.shape[1]):
        total, excess, below, added_sum = 0.0, 0.0, 0.0, 0.0
        for k in range(lanes.start[j], lanes.start[j + 1]):
            total += lane.orders[k, b]
        for k in range(lanes.start[j], lanes.start[j + 1]):
            kept = min(lane.orders[k, b], terms.ceiling[lanes.pattern[k], b] * total)
            over = lane.orders[k, b] - kept
            excess += over
            below += 0.0 if over > 0.0 else kept
        for k in range(lanes.start[j], lanes.start[j + 1]):
            limit = terms.ceiling[lanes.pattern[k], b] * total
            kept = min(lane.orders[k, b], limit)
            share = 0.0 if lane.orders[k, b] - kept > 0.0 else divide(kept, below)
            added = min(excess * share, limit - kept)
            added_sum += added
            lane.regular[k, b] = lane.regular[k, b] * divide(kept, lane.orders[k, b]) + added
            lane.orders[k, b] = kept + added
        work.unplaced[j, b] = max(excess - added_sum, 0.0)
