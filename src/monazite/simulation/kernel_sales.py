"""
The compiled month, second part: what sellers do. Equations 1c and 6-9; the oracle is `sales`.

What a plain lane carries is a product of figures of its two countries and its habit, and is not kept:
shipped = habit * imports * fill, to new buyers = ratio * given.
"""

from monazite.simulation.kernel_arithmetic import LEAST_GOODS, divide, inner, larger, smaller
from monazite.simulation.kernel_quotas import apply_quotas, ask_quotas, limit_new_buyers, return_unused
from monazite.simulation.kernel_store import CountryWork, Draws, LaneWork, Room, Store
from monazite.simulation.kernel_tables import WANTED, Countries, Lanes, QuotaTable, Switches
from monazite.simulation.kernel_terms import Terms
from monazite.simulation.market import Array


@inner
def find_sales(
    lanes: Lanes,
    base: Countries,
    quotas: QuotaTable,
    left: Array,
    exempt: Array,
    draws: Draws,
    store: Store,
    terms: Terms,
    room: Room,
    has: Switches,
) -> None:
    """Rationing within rules and stocks, sales to new buyers, leakage."""
    lane, work = room.lane, room.work
    if left.shape[0]:
        ask_quotas(lanes, quotas, left, exempt, lane, room.quota)
        apply_quotas(lanes, quotas, left, exempt, lane, room.quota)
    allow_plain(lanes, store, work)
    allow(lanes, terms, lane, work, has.queue)
    call_idle(store, work)
    ration(base, store, terms, room)
    if has.home_first:
        serve_home(base, draws, store, terms, room)
    if left.shape[0]:
        return_unused(lanes, quotas, left, exempt, lane, work, room.quota)
    receive(lanes, store, lane, work)
    offer(lanes, base, draws, store, room, has.queue or has.caps)
    serve_plain(lanes, room)
    serve_touched(lanes, terms, lane, work)
    sell_new(lanes, room)
    share_spare(work)
    limit_sales(lanes, terms, lane, work)
    for q in range(left.shape[0]):
        limit_new_buyers(lanes, quotas, left, exempt, lane, room.quota, q)
    for t in range(lanes.lane.shape[0]):
        for b in range(work.sold.shape[1]):
            work.sold[lanes.source[t], b] += lane.moved[t, b]
    leave(base, store, work)


@inner
def allow_plain(lanes: Lanes, store: Store, work: CountryWork) -> None:
    """Orders on plain lanes, which all pass, by seller and by buyer. Equation 6."""
    work.allowed[:] = 0.0
    for j in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            work.regular[j, b] = 0.0
        for k in range(lanes.start[j], lanes.middle[j]):
            i = lanes.seller[k]
            for b in range(work.demand.shape[1]):
                work.allowed[i, b] += store.habit[k, b] * work.imports[j, b]
            for b in range(work.demand.shape[1]):
                work.regular[j, b] += store.habit[k, b]
        for b in range(work.demand.shape[1]):
            work.regular[j, b] *= work.imports[j, b]
        for b in range(work.demand.shape[1]):
            work.ordered[j, b] = work.regular[j, b]
    work.asked[:] = work.allowed


@inner
def allow(lanes: Lanes, terms: Terms, lane: LaneWork, work: CountryWork, has_queue: bool) -> None:
    """What may be shipped, within the transport capacity, and what would leak. Equations 1f and 9."""
    work.leaked[:] = 0.0
    block = work.demand.shape[1]
    for j in range(work.demand.shape[0]):
        for b in range(block):
            work.waited[j, b] = 0.0
    for t in range(lanes.lane.shape[0]):
        p, i, j = lanes.pattern[t], lanes.source[t], lanes.buyer[t]
        for b in range(block):
            lane.shipped[t, b] = lane.orders[t, b] * lane.legal[t, b] + lane.decided[t, b]
        for b in range(block):
            lane.passed[t, b] = lane.legal[t, b]
        if lanes.flow[t] > 0.0:
            for b in range(block):
                limit = terms.limit[p, b] * lanes.flow[t]
                if lane.shipped[t, b] > limit:
                    share = divide(limit, lane.shipped[t, b])
                    lane.passed[t, b] *= share
                    lane.shipped[t, b] *= share
        for b in range(block):
            work.allowed[i, b] += lane.shipped[t, b]
        for b in range(block):
            work.asked[i, b] += lane.regular[t, b] * lane.passed[t, b]
        for b in range(block):
            refused = larger(lane.regular[t, b] * (1.0 - lane.legal[t, b]) - lane.joined[t, b], 0.0)
            work.leaked[i, b] += (terms.third[p, b] + terms.other[p, b]) * refused
        for b in range(block):
            work.regular[j, b] += lane.regular[t, b]
        for b in range(block):
            work.ordered[j, b] += lane.orders[t, b]
        if has_queue:
            for b in range(block):
                work.waited[j, b] += lane.joined[t, b]


@inner
def call_idle(store: Store, work: CountryWork) -> None:
    """Orders from abroad beyond what was expected call idle new capacity up: production until `leave`. Equation 5."""
    for c in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            room = larger(work.capacity[c, b] - work.production[c, b], 0.0)
            more = larger(work.allowed[c, b] - store.expected_export[c, b], 0.0)
            work.idle[c, b] = smaller(more, smaller(work.idle[c, b], room))
        for b in range(work.demand.shape[1]):
            work.production[c, b] += work.idle[c, b]


@inner
def ration(base: Countries, store: Store, terms: Terms, room: Room) -> None:
    """Equation 7: home and foreign buyers are served in proportion."""
    work, row = room.work, room.row
    block = work.demand.shape[1]
    for c in range(work.demand.shape[0]):
        public = base.rows[WANTED, c]
        for b in range(block):
            row[0, b] = store.stock[c, b] + work.production[c, b]
        for b in range(block):
            total = work.demand[c, b] + terms.pool[public, b] + work.allowed[c, b]
            work.fill[c, b] = row[0, b] / total if total > row[0, b] and total > 0.0 else 1.0
        for b in range(block):
            work.home[c, b] = work.demand[c, b] * work.fill[c, b]
        for b in range(block):
            work.exported[c, b] = work.allowed[c, b] * work.fill[c, b]
        if public > 1:
            for b in range(block):
                work.bought[c, b] = terms.pool[public, b] * work.fill[c, b]


@inner
def serve_home(base: Countries, draws: Draws, store: Store, terms: Terms, room: Room) -> None:
    """Equation 7: a seller who is short serves those at home first, in part or not at all."""
    work, row = room.work, room.row
    for c in range(work.demand.shape[0]):
        public = base.rows[WANTED, c]
        for b in range(work.demand.shape[1]):
            available = store.stock[c, b] + work.production[c, b]
            at_home = work.demand[c, b] + terms.pool[public, b]
            alone = available / at_home if at_home > available and at_home > 0.0 else 1.0
            row[0, b] = draws.home_first_share[b] * (alone - work.fill[c, b])
        for b in range(work.demand.shape[1]):
            work.home[c, b] = work.demand[c, b] * (work.fill[c, b] + row[0, b])
        if public > 1:
            for b in range(work.demand.shape[1]):
                work.bought[c, b] = terms.pool[public, b] * (work.fill[c, b] + row[0, b])
        for b in range(work.demand.shape[1]):
            lost = row[0, b] * (work.demand[c, b] + terms.pool[public, b])
            less = lost / work.allowed[c, b] if work.allowed[c, b] > 0.0 else 0.0
            work.fill[c, b] = larger(work.fill[c, b] - less, 0.0)
        for b in range(work.demand.shape[1]):
            work.exported[c, b] = work.allowed[c, b] * work.fill[c, b]


@inner
def receive(lanes: Lanes, store: Store, lane: LaneWork, work: CountryWork) -> None:
    """Regular sales by buyer."""
    block = work.demand.shape[1]
    for j in range(work.demand.shape[0]):
        for b in range(block):
            work.received[j, b] = 0.0
        for k in range(lanes.start[j], lanes.middle[j]):
            i = lanes.seller[k]
            for b in range(block):
                work.received[j, b] += store.habit[k, b] * work.fill[i, b]
        for b in range(block):
            work.received[j, b] *= work.imports[j, b]
        for t in range(lanes.first[j], lanes.first[j + 1]):
            i = lanes.source[t]
            for b in range(block):
                lane.shipped[t, b] *= work.fill[i, b]
            for b in range(block):
                work.received[j, b] += lane.shipped[t, b]


@inner
def offer(lanes: Lanes, base: Countries, draws: Draws, store: Store, room: Room, has_more: bool) -> None:
    """Equation 8, first half: what buyers still want and sellers can spare."""
    work, row = room.work, room.row
    block = work.demand.shape[1]
    for c in range(work.demand.shape[0]):
        for b in range(block):
            row[0, b] = store.stock[c, b] + work.production[c, b] - work.home[c, b] - work.exported[c, b]
        if base.rows[WANTED, c] > 1:
            for b in range(block):
                row[0, b] -= work.bought[c, b]
        for b in range(block):
            row[1, b] = larger(work.capacity[c, b] - work.production[c, b], 0.0)
        for b in range(block):
            total = work.demand[c, b] + store.expected_export[c, b]
            row[2, b] = store.expected_export[c, b] / total if total > 0.0 else 0.0
        for b in range(block):
            spare = row[2, b] * larger(row[0, b] - draws.reserve_share[b] * work.target[c, b], 0.0)
            work.spare[c, b] = spare + (0.0 if work.fill[c, b] < 1.0 else row[1, b])
        for b in range(block):
            row[2, b], row[4, b] = work.ordered[c, b], work.regular[c, b]
        if has_more:
            for b in range(block):
                row[2, b] += work.unplaced[c, b] + work.stopped[c, b]
            for b in range(block):
                row[4, b] += work.unplaced[c, b]
        for b in range(block):
            row[3, b] = larger(row[2, b] - work.received[c, b] - work.waited[c, b], 0.0)
        for b in range(block):
            work.unfilled[c, b] = row[3, b] / row[2, b] if row[2, b] > 0.0 else 0.0
        for b in range(block):
            work.wanted[c, b] = smaller(row[3, b], store.qualified[c, b] * row[4, b])
        room.is_short[c] = False
        for b in range(block):
            if work.wanted[c, b] > 0.0:
                room.is_short[c] = True
                break


@inner
def serve_plain(lanes: Lanes, room: Room) -> None:
    """What plain sellers offer to buyers who are short, and what buyers take of it. Equation 8."""
    work, block = room.work, room.work.demand.shape[1]
    work.sold[:] = 0.0
    for j in range(work.demand.shape[0]):
        for b in range(block):
            work.ratio[j, b] = 0.0
        if room.is_short[j]:
            for k in range(lanes.start[j], lanes.middle[j]):
                i = lanes.seller[k]
                for b in range(block):
                    work.ratio[j, b] += work.spare[i, b]


@inner
def serve_touched(lanes: Lanes, terms: Terms, lane: LaneWork, work: CountryWork) -> None:
    """What touched sellers offer, by what the rules leave open."""
    block = work.demand.shape[1]
    for t in range(lanes.lane.shape[0]):
        p, i, j = lanes.pattern[t], lanes.source[t], lanes.buyer[t]
        for b in range(block):
            weight = lane.passed[t, b] * terms.cut[p, b] * terms.attraction[p, b]
            lane.moved[t, b] = 0.0 if terms.ceiling[p, b] < 1.0 else work.spare[i, b] * weight
        for b in range(block):
            work.ratio[j, b] += lane.moved[t, b]


@inner
def sell_new(lanes: Lanes, room: Room) -> None:
    """Sales to new buyers before it is known what sellers can spare for all of them. Equation 8."""
    work, lane, block = room.work, room.lane, room.work.demand.shape[1]
    for j in range(work.demand.shape[0]):
        if not room.is_short[j]:
            for b in range(block):
                work.ratio[j, b] = 0.0
            continue
        for b in range(block):
            offered = work.ratio[j, b]
            work.ratio[j, b] = work.wanted[j, b] / offered if offered > LEAST_GOODS else 0.0
        for k in range(lanes.start[j], lanes.middle[j]):
            i = lanes.seller[k]
            for b in range(block):
                work.sold[i, b] += work.ratio[j, b] * work.spare[i, b]
    work.plain[:] = work.sold
    for t in range(lanes.lane.shape[0]):
        i, j = lanes.source[t], lanes.buyer[t]
        for b in range(block):
            lane.moved[t, b] *= work.ratio[j, b]
        for b in range(block):
            work.sold[i, b] += lane.moved[t, b]


@inner
def share_spare(work: CountryWork) -> None:
    """Share of the new orders that the spare goods suffice for; `given` is what a buyer's ratio is taken of."""
    block = work.demand.shape[1]
    for c in range(work.demand.shape[0]):
        for b in range(block):
            share = work.spare[c, b] / work.sold[c, b] if work.sold[c, b] > 0.0 else 0.0
            work.left[c, b] = smaller(share, 1.0)
        for b in range(block):
            work.given[c, b] = work.spare[c, b] * work.left[c, b]
        for b in range(block):
            work.sold[c, b] = work.plain[c, b] * work.left[c, b]


@inner
def limit_sales(lanes: Lanes, terms: Terms, lane: LaneWork, work: CountryWork) -> None:
    """Equation 8, second half: what touched sellers cannot spare and transport limit sales to new buyers."""
    for t in range(lanes.lane.shape[0]):
        p, i = lanes.pattern[t], lanes.source[t]
        for b in range(work.demand.shape[1]):
            lane.moved[t, b] *= work.left[i, b]
        if lanes.flow[t] > 0.0:
            for b in range(work.demand.shape[1]):
                most = larger(terms.limit[p, b] * lanes.flow[t] - lane.shipped[t, b], 0.0)
                lane.moved[t, b] = smaller(lane.moved[t, b], most)


@inner
def leave(base: Countries, store: Store, work: CountryWork) -> None:
    """What sellers make on top of their plan and have left, and the share of the leakage that it suffices for."""
    block = work.demand.shape[1]
    for c in range(work.demand.shape[0]):
        for b in range(block):
            spare = larger(work.capacity[c, b] - work.production[c, b], 0.0)
            work.extra[c, b] = smaller(work.sold[c, b], spare)
        for b in range(block):
            kept = store.stock[c, b] + work.production[c, b] + work.extra[c, b] - work.home[c, b]
            work.left[c, b] = kept - work.exported[c, b] - work.sold[c, b]
        if base.rows[WANTED, c] > 1:
            for b in range(block):
                work.left[c, b] -= work.bought[c, b]
        for b in range(block):
            work.left[c, b] = larger(work.left[c, b], 0.0)
        if base.leaks[c]:
            for b in range(block):
                work.spare[c, b] = smaller(divide(work.left[c, b], work.leaked[c, b]), 1.0)
            for b in range(block):
                work.leaked[c, b] *= work.spare[c, b]
        for b in range(block):
            work.extra[c, b] += work.idle[c, b]
        for b in range(block):
            work.production[c, b] -= work.idle[c, b]
