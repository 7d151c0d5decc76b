"""
The compiled month, first part: what every country wants. Equations 2-6; the oracle is `needs`.

Every inner loop runs over the draws of a tile and writes one array, so that it becomes vector instructions. Plain
lanes need nothing here: their orders are habit times `imports`, which each later part computes anew.
"""

import math

from monazite.simulation.kernel_arithmetic import divide, exponentiate, inner, larger, smaller
from monazite.simulation.kernel_store import CountryWork, Draws, LaneWork, Room, Store
from monazite.simulation.kernel_tables import (
    ADDED,
    CAPACITY,
    COVER,
    RELEASED,
    USE,
    WANTED,
    Countries,
    Lanes,
    Switches,
)
from monazite.simulation.kernel_terms import Terms
from monazite.simulation.needs import LEAST_ORDER


@inner
def find_needs(
    lanes: Lanes, base: Countries, draws: Draws, store: Store, terms: Terms, room: Room, has: Switches
) -> None:
    """Planned stock, use wanted, need, own production, orders of touched lanes, and those that wait."""
    work, lane = room.work, room.lane
    release(base, store, terms, work)
    if has.duties:
        weigh_duties(lanes, base, store, terms, work)
    plan_ahead(lanes, draws, store, terms, lane, work)
    find_demand(base, draws, store, terms, room, has)
    set_targets(lanes, base, draws, store, terms, room, has)
    find_need(lanes, draws, store, room)
    if has.chain:
        split_linked(base, store, terms, room)
    else:
        split_supply(base, store, terms, room)
    if has.duties:
        for j in range(work.scale.shape[0]):
            for b in range(work.scale.shape[1]):
                work.imports[j, b] *= work.scale[j, b]
    place_orders(lanes, store, terms, lane, work)
    if has.caps:
        for j in range(base.is_capped.shape[0]):
            if base.is_capped[j]:
                cap_orders(lanes, terms, lane, work, j)
    if has.queue:
        move_queue(lanes, store, terms, lane, work)


@inner
def release(base: Countries, store: Store, terms: Terms, work: CountryWork) -> None:
    """Public stocks put goods on the market. Equation 1g."""
    for j in range(work.demand.shape[0]):
        row = base.rows[RELEASED, j]
        if row > 1:
            for b in range(work.demand.shape[1]):
                store.stock[j, b] += terms.pool[row, b]


@inner
def weigh_duties(lanes: Lanes, base: Countries, store: Store, terms: Terms, work: CountryWork) -> None:
    """Mean rise of what imports cost, and the factor that keeps the orders' sum. Equations 1e and 5."""
    for j in range(work.duty.shape[0]):
        for b in range(work.duty.shape[1]):
            work.duty[j, b], work.scale[j, b] = 0.0, 1.0
        if not base.is_taxed[j]:
            continue
        for b in range(work.duty.shape[1]):
            plain, total, weighed, rise = 0.0, 0.0, 0.0, 0.0
            for k in range(lanes.start[j], lanes.middle[j]):
                plain += store.habit[k, b]
            for t in range(lanes.first[j], lanes.first[j + 1]):
                p, habit = lanes.pattern[t], store.habit[lanes.lane[t], b]
                total += habit
                weighed += habit * terms.attraction[p, b]
                rise += habit * terms.attraction[p, b] * terms.rise[p, b]
            work.scale[j, b] = divide(plain + total, plain + weighed)
            work.duty[j, b] = rise * work.scale[j, b]


@inner
def plan_ahead(
    lanes: Lanes, draws: Draws, store: Store, terms: Terms, lane: LaneWork, work: CountryWork
) -> None:
    """Stock planned for closures that buyers know of, and what waits. Equations 2 and 4."""
    block = work.demand.shape[1]
    for j in range(work.demand.shape[0]):
        if lanes.first[j] == lanes.first[j + 1]:
            continue
        for b in range(block):
            work.ordered[j, b], work.waited[j, b], work.target[j, b] = 0.0, 0.0, 0.0
        for t in range(lanes.first[j], lanes.first[j + 1]):
            p = lanes.pattern[t]
            for b in range(block):  # the increase, until orders are known
                planned = draws.front_loading_share[b] * lanes.flow[t] * terms.closure[p, b]
                lane.orders[t, b] = larger(planned - store.planned[t, b], 0.0) * terms.ahead[p, b]
            for b in range(block):
                store.planned[t, b] = draws.front_loading_share[b] * lanes.flow[t] * terms.closure[p, b]
            for b in range(block):
                work.ordered[j, b] += lane.orders[t, b]
            for b in range(block):
                work.waited[j, b] += store.queue[t, b]
            for b in range(block):
                work.target[j, b] += store.planned[t, b]


@inner
def find_demand(base: Countries, draws: Draws, store: Store, terms: Terms, room: Room, has: Switches) -> None:
    """Equation 3: use wanted at the price that users pay, duties included."""
    work, row = room.work, room.row
    for j in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            row[0, b] = -draws.price_elasticity[b] * store.log_price[j, b]
        if has.duties and base.is_taxed[j]:
            for b in range(work.demand.shape[1]):
                paid = (1.0 - base.own_share[j]) * math.log1p(work.duty[j, b])
                row[0, b] -= draws.price_elasticity[b] * paid
        exponentiate(row, room.bits, 0)
        use, place = base.use[j], base.rows[USE, j]
        for b in range(work.demand.shape[1]):
            wanted = use * terms.pool[place, b] * row[0, b]
            work.demand[j, b] = wanted * store.thrifting[j, b] * store.backstop[j, b]
        if has.chain:
            for b in range(work.demand.shape[1]):
                work.demand[j, b] = work.demand[j, b] * work.free[j, b] + work.feed[j, b]


@inner
def set_targets(
    lanes: Lanes, base: Countries, draws: Draws, store: Store, terms: Terms, room: Room, has: Switches
) -> None:
    """Equation 4: the stock and the position that a country wants to hold; `given` holds its flow until sales."""
    work, row = room.work, room.row
    for j in range(work.demand.shape[0]):
        own, public, cover = base.own_share[j], base.rows[WANTED, j], base.rows[COVER, j]
        for b in range(work.demand.shape[1]):
            flow = work.demand[j, b] + store.expected_export[j, b]
            work.given[j, b] = flow + terms.pool[public, b]
        has_plan = lanes.first[j] < lanes.first[j + 1]
        if has_plan:
            for b in range(work.demand.shape[1]):
                row[1, b] = work.target[j, b]
        if has.cover:
            for b in range(work.demand.shape[1]):
                months = larger(draws.stock_cover_months[b] * terms.pool[cover, b], 1.0)
                work.target[j, b] = months * store.usual_flow[j, b]
        else:
            for b in range(work.demand.shape[1]):
                work.target[j, b] = draws.stock_cover_months[b] * store.usual_flow[j, b]
        share, added = base.rows[CAPACITY, j], base.rows[ADDED, j]
        for b in range(work.demand.shape[1]):
            row[2, b] = (store.new_capacity[j, b] + terms.pool[added, b]) * terms.pool[share, b]
        for b in range(work.demand.shape[1]):
            abroad = larger((1.0 - own) * work.given[j, b] - row[2, b], 0.0)
            work.position[j, b] = work.target[j, b] + abroad
        if has_plan:
            for b in range(work.demand.shape[1]):
                work.position[j, b] += row[1, b]
        if has.panic:
            for b in range(work.demand.shape[1]):
                work.position[j, b] += draws.panic_share[b] * store.unmet[j, b] * work.target[j, b]


@inner
def find_need(lanes: Lanes, draws: Draws, store: Store, room: Room) -> None:
    """Equation 4: what a country needs this month, put into `given`, where its flow stands."""
    work, row = room.work, room.row
    for j in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            row[1, b] = work.position[j, b] - (store.stock[j, b] + store.underway[j, b])
        if lanes.first[j] < lanes.first[j + 1]:
            for b in range(work.demand.shape[1]):
                row[1, b] = row[1, b] - work.waited[j, b] - work.ordered[j, b]
        for b in range(work.demand.shape[1]):
            work.given[j, b] = larger(work.given[j, b] + row[1, b] * draws.adjustment[b], 0.0)


@inner
def plan_supply(base: Countries, store: Store, terms: Terms, room: Room, j: int) -> None:
    """Equation 5: own production within capacity; row 5 is the part of new capacity, row 2 the need."""
    work, row, own, most = room.work, room.row, base.own_share[j], base.capacity[j]
    share, added = base.rows[CAPACITY, j], base.rows[ADDED, j]
    for b in range(work.demand.shape[1]):
        row[3, b] = (store.new_capacity[j, b] + terms.pool[added, b]) * terms.pool[share, b]
    for b in range(work.demand.shape[1]):
        work.capacity[j, b] = most * terms.pool[share, b] + row[3, b]
    for b in range(work.demand.shape[1]):
        row[4, b] = smaller(most * terms.pool[share, b], own * work.given[j, b])
    for b in range(work.demand.shape[1]):
        row[5, b] = smaller(row[3, b], work.given[j, b] - row[4, b])
    for b in range(work.demand.shape[1]):
        work.production[j, b] = row[4, b] + row[5, b]
    for b in range(work.demand.shape[1]):
        work.idle[j, b] = row[3, b] - row[5, b]


@inner
def split_supply(base: Countries, store: Store, terms: Terms, room: Room) -> None:
    """Equation 5: production and imports; no imports for resale by a producer at capacity."""
    work, row = room.work, room.row
    for j in range(work.demand.shape[0]):
        own, public = base.own_share[j], base.rows[WANTED, j]
        plan_supply(base, store, terms, room, j)
        for b in range(work.demand.shape[1]):
            row[0, b] = work.demand[j, b] + terms.pool[public, b] - work.production[j, b]
        for b in range(work.demand.shape[1]):
            usual = larger((1.0 - own) * work.given[j, b] - row[5, b], 0.0)
            most = smaller(work.given[j, b] - work.production[j, b], larger(usual, row[0, b]))
            work.imports[j, b] = 0.0 if most <= LEAST_ORDER * work.given[j, b] else most


@inner
def split_linked(base: Countries, store: Store, terms: Terms, room: Room) -> None:
    """The same in a chain: what its input did not allow last month is bought instead. Section 6."""
    work, row = room.work, room.row
    for j in range(work.demand.shape[0]):
        own, public = base.own_share[j], base.rows[WANTED, j]
        plan_supply(base, store, terms, room, j)
        for b in range(work.demand.shape[1]):
            row[1, b] = (1.0 - work.reach[j, b]) * work.production[j, b]
        for b in range(work.demand.shape[1]):
            row[0, b] = work.demand[j, b] + terms.pool[public, b] - work.production[j, b] + row[1, b]
        for b in range(work.demand.shape[1]):
            usual = larger((1.0 - own) * work.given[j, b] - row[5, b], 0.0)
            least = work.given[j, b] - work.production[j, b] + row[1, b]
            most = smaller(least, larger(usual, row[0, b]))
            work.imports[j, b] = 0.0 if most <= LEAST_ORDER * work.given[j, b] else most


@inner
def place_orders(lanes: Lanes, store: Store, terms: Terms, lane: LaneWork, work: CountryWork) -> None:
    """Spread the imports of buyers over their touched sellers by habit and duties. Equation 5."""
    for t in range(lanes.lane.shape[0]):
        k, j, p = lanes.lane[t], lanes.buyer[t], lanes.pattern[t]
        for b in range(work.demand.shape[1]):
            lane.regular[t, b] = store.habit[k, b] * terms.attraction[p, b] * work.imports[j, b]
        for b in range(work.demand.shape[1]):
            lane.orders[t, b] += lane.regular[t, b]
        for b in range(work.demand.shape[1]):
            lane.legal[t, b] = terms.open_share[p, b]


@inner
def move_queue(lanes: Lanes, store: Store, terms: Terms, lane: LaneWork, work: CountryWork) -> None:
    """Orders that join the queue of a licence, and those that leave it. Equation 6."""
    for j in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            work.stopped[j, b] = 0.0
        for t in range(lanes.first[j], lanes.first[j + 1]):
            p = lanes.pattern[t]
            for b in range(work.demand.shape[1]):
                waiting = smaller(terms.waiting[p, b], 1.0 - terms.open_share[p, b])
                lane.joined[t, b] = lane.orders[t, b] * waiting
            for b in range(work.demand.shape[1]):
                lane.decided[t, b] = store.queue[t, b] * terms.decided[p, b]
            for b in range(work.demand.shape[1]):
                store.queue[t, b] = store.queue[t, b] + lane.joined[t, b] - lane.decided[t, b]
            for b in range(work.demand.shape[1]):
                work.stopped[j, b] += lane.decided[t, b]


@inner
def cap_orders(lanes: Lanes, terms: Terms, lane: LaneWork, work: CountryWork, j: int) -> None:
    """Equation 1l: no seller above its share of the orders of one buyer, all of whose lanes are touched."""
    for b in range(work.demand.shape[1]):
        total, excess, below, added_sum = 0.0, 0.0, 0.0, 0.0
        for t in range(lanes.first[j], lanes.first[j + 1]):
            total += lane.orders[t, b]
        for t in range(lanes.first[j], lanes.first[j + 1]):
            kept = min(lane.orders[t, b], terms.ceiling[lanes.pattern[t], b] * total)
            over = lane.orders[t, b] - kept
            excess += over
            below += 0.0 if over > 0.0 else kept
        for t in range(lanes.first[j], lanes.first[j + 1]):
            limit = terms.ceiling[lanes.pattern[t], b] * total
            kept = min(lane.orders[t, b], limit)
            share = 0.0 if lane.orders[t, b] - kept > 0.0 else divide(kept, below)
            added = min(excess * share, limit - kept)
            added_sum += added
            lane.regular[t, b] = lane.regular[t, b] * divide(kept, lane.orders[t, b]) + added
            lane.orders[t, b] = kept + added
        work.unplaced[j, b] = max(excess - added_sum, 0.0)
