"""
The compiled month, last part: goods arrive, memories and prices move.

The kernel computes the equations of `step` lane by lane, with the draws as the innermost loop; `step` is the oracle,
and `tests/laws/test_kernel_laws.py` holds the two together. Arrays are changed in place. Every sum runs in a fixed
order within a draw, so that the size of a block and the number of threads do not matter. Equation numbers are those
of docs/reference/simulation.md. Inner loops write one array each: then they compile to vector instructions.
"""

import math

from numba import njit

from monazite.simulation.kernel_arithmetic import divide
from monazite.simulation.kernel_tables import Countries, Draws, Lanes, Store
from monazite.simulation.kernel_terms import CountryWork, LaneWork, Terms
from monazite.simulation.market import Array

SHORT_SHARE = 0.1
FORGET_SHARE = 0.25
MEMORY_MONTHS = 6.0
USUAL_MONTHS = 12.0
"""The constants of `step`, which a test compares. [unitless, unitless, months, months]"""


@njit(cache=True, nogil=True, error_model="numpy")
def move_goods(
    lanes: Lanes,
    base: Countries,
    draws: Draws,
    store: Store,
    terms: Terms,
    lane: LaneWork,
    work: CountryWork,
    has_late: bool,
    has_new: bool,
) -> None:
    """Goods arrive and leave, habits move, and the sums by country of what happened; buyer by buyer."""
    work.asked[:] = 0.0
    work.theirs[:] = 0.0
    work.links[:] = 0.0
    for j in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            work.arrived[j, b], work.inflow[j, b], work.underway[j, b] = 0.0, 0.0, 0.0
            work.delivered[j, b] = 0.0
        move_leaks(lanes, store, terms, lane, work, j)
        ship(lanes, store, terms, lane, work, j, has_late)
        find_pull(lanes, store, lane, work, j)
        if base.imports[j] > 0.0:
            update_habit(lanes, draws, store, terms, lane, work, j, has_new)


@njit(cache=True, nogil=True, error_model="numpy")
def move_leaks(lanes: Lanes, store: Store, terms: Terms, lane: LaneWork, work: CountryWork, j: int) -> None:
    """Leaked goods on the way to a buyer move on, within what the seller had left. Equation 9."""
    block = lane.orders.shape[1]
    for k in range(lanes.start[j], lanes.start[j + 1]):
        p, i = lanes.pattern[k], lanes.seller[k]
        for b in range(block):
            lane.arrived[k, b] = store.at_sea[k, b] + store.leak_near[k, b]
        for b in range(block):
            work.arrived[j, b] += lane.arrived[k, b]
        for b in range(block):  # `sent` holds the refused goods until the goods are sent
            refused = lane.regular[k, b] * (1.0 - lane.legal[k, b]) - lane.joined[k, b]
            lane.sent[k, b] = max(refused, 0.0) * work.spare[i, b]
        for b in range(block):
            moving = store.leak_far[k, b] * terms.moving[p, b]
            store.leak_near[k, b] = moving + terms.other[p, b] * lane.sent[k, b]
        for b in range(block):
            moving = store.leak_far[k, b] * terms.moving[p, b]
            store.leak_far[k, b] = store.leak_far[k, b] - moving + terms.third[p, b] * lane.sent[k, b]


@njit(cache=True, nogil=True, error_model="numpy")
def ship(
    lanes: Lanes, store: Store, terms: Terms, lane: LaneWork, work: CountryWork, j: int, has_late: bool
) -> None:
    """Goods for a buyer are shipped, on time or a month later; what both sides remember of it. Equation 1f."""
    block = lane.orders.shape[1]
    for k in range(lanes.start[j], lanes.start[j + 1]):
        p, i = lanes.pattern[k], lanes.seller[k]
        for b in range(block):
            lane.sent[k, b] = lane.shipped[k, b] + lane.moved[k, b]
        for b in range(block):
            work.inflow[j, b] += lane.sent[k, b]
        if has_late:
            for b in range(block):
                store.at_sea[k, b] = lane.sent[k, b] * (1.0 - terms.late[p, b]) + store.late[k, b]
            for b in range(block):
                store.late[k, b] = lane.sent[k, b] - lane.sent[k, b] * (1.0 - terms.late[p, b])
        else:
            for b in range(block):
                store.at_sea[k, b] = lane.sent[k, b]
        for b in range(block):
            after = store.at_sea[k, b] + store.leak_near[k, b] + store.leak_far[k, b] + store.late[k, b]
            work.underway[j, b] += after
        if p == 0:  # nothing was ordered ahead
            for b in range(block):
                lane.delivered[k, b] = lane.sent[k, b]
        else:
            for b in range(block):
                regular = lane.shipped[k, b] * divide(lane.regular[k, b], lane.orders[k, b])
                lane.delivered[k, b] = regular + lane.moved[k, b]
        for b in range(block):
            work.delivered[j, b] += lane.delivered[k, b]
        for b in range(block):
            work.asked[i, b] += lane.regular[k, b] * lane.passed[k, b] + lane.moved[k, b]


@njit(cache=True, nogil=True, error_model="numpy")
def update_habit(
    lanes: Lanes,
    draws: Draws,
    store: Store,
    terms: Terms,
    lane: LaneWork,
    work: CountryWork,
    j: int,
    has_new: bool,
) -> None:
    """Equation 10b: orders of a buyer drift to the sellers who delivered, and slowly back to those there are."""
    block = lane.orders.shape[1]
    for b in range(block):
        work.entered[j, b] = 0.0
    if has_new:
        for k in range(lanes.start[j], lanes.start[j + 1]):
            for b in range(block):
                work.entered[j, b] += terms.entered[lanes.seller[k], b]
    for k in range(lanes.start[j], lanes.start[j + 1]):
        for b in range(block):
            habit, total = store.habit[k, b], work.delivered[j, b]
            received = lane.delivered[k, b] / total if total > 0.0 else habit
            towards = (received - habit) / draws.habit_months[b]
            anchor = lanes.habit[k] * (1.0 - work.entered[j, b]) + terms.entered[lanes.seller[k], b]
            store.habit[k, b] = habit + (towards + (anchor - habit) / draws.habit_return_months[b])


@njit(cache=True, nogil=True, error_model="numpy")
def find_pull(lanes: Lanes, store: Store, lane: LaneWork, work: CountryWork, j: int) -> None:
    """Partners' log prices weighted by the open trade with a buyer. Equation 11."""
    for k in range(lanes.start[j], lanes.start[j + 1]):
        if lanes.trade[k] <= 0.0:
            continue
        i = lanes.seller[k]
        for b in range(lane.orders.shape[1]):
            link = lanes.trade[k] * max(1.0 - (1.0 - lane.passed[k, b]) / SHORT_SHARE, 0.0)
            work.theirs[j, b] += link * store.log_price[i, b]
            work.theirs[i, b] += link * store.log_price[j, b]
            work.links[i, b] += link
            work.links[j, b] += link


@njit(cache=True, nogil=True, error_model="numpy")
def update_countries(base: Countries, draws: Draws, store: Store, terms: Terms, work: CountryWork) -> None:
    """Equations 10a, 10c, 11-13: expectations, qualification, prices, use factors and capacity of one month."""
    for c in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            stock = max(work.left[c, b] - work.leaked[c, b], 0.0) + work.arrived[c, b]
            made = work.production[c, b] + work.extra[c, b]
            out = (
                work.home[c, b]
                + work.bought[c, b]
                + work.exported[c, b]
                + work.sold[c, b]
                + work.leaked[c, b]
            )
            lost = abs(stock - (store.stock[c, b] + made + work.arrived[c, b] - out))
            work.error[c, b] = lost
            price = find_price(base, draws, store, work, stock, c, b)
            expected = store.expected_export[c, b]
            usual = work.demand[c, b] + expected - store.usual_flow[c, b]
            store.usual_flow[c, b] = store.usual_flow[c, b] + usual / USUAL_MONTHS
            store.expected_export[c, b] = (
                expected + (work.asked[c, b] - expected) / draws.expectation_months[b]
            )
            short = min(work.unfilled[c, b] / SHORT_SHARE, 1.0)
            change = draws.qualification_share_per_month[b] * (short - FORGET_SHARE * (1.0 - short))
            store.qualified[c, b] = min(max(store.qualified[c, b] + change, 0.0), 1.0)
            work.stock[c, b] = stock
            work.theirs[c, b] = price
            store.unmet[c, b] = divide(work.demand[c, b] - work.home[c, b], work.demand[c, b])
            public = store.public_stock[c, b] - terms.released[c, b] + work.bought[c, b]
            store.public_stock[c, b] = public
    for c in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            store.stock[c, b], store.log_price[c, b] = work.stock[c, b], work.theirs[c, b]
            update_response(base, draws, store, terms, c, b)


@njit(cache=True, nogil=True, error_model="numpy")
def find_price(
    base: Countries, draws: Draws, store: Store, work: CountryWork, stock: float, c: int, b: int
) -> float:
    """Equation 11: log price from the position after the month, unmet use and the partners' prices."""
    price = store.log_price[c, b]
    gap = divide(work.position[c, b] - (stock + work.underway[c, b]), work.target[c, b])
    missing = min(max(gap, -1.0), 1.0)
    unmet = divide(work.demand[c, b] - work.home[c, b], work.demand[c, b])
    pressure = max(missing, 0.0) - max(-missing, 0.0) / 2.0 + unmet
    room = min(max(1.0 - price / math.log(draws.choke_price_ratio[b]), 0.0), 1.0)
    push = draws.price_response[b] * pressure * (room if pressure > 0.0 else 1.0)
    pull = divide(work.theirs[c, b] - work.links[c, b] * price, base.throughput[c])
    kept = price * (1.0 - draws.price_decay[b])
    following: float = kept + push + draws.price_pull[b] * pull + work.cost[c, b]
    return following


@njit(cache=True, nogil=True, error_model="numpy")
def update_response(base: Countries, draws: Draws, store: Store, terms: Terms, c: int, b: int) -> None:
    """Equations 12 and 13a: thrifting, backstop and new capacity."""
    price = store.log_price[c, b]
    mean = store.log_price_mean[c, b] + (price - store.log_price_mean[c, b]) / MEMORY_MONTHS
    store.log_price_mean[c, b] = mean
    lasting, high = max(mean, 0.0), max(price, 0.0)
    scale = math.log(draws.backstop_price_ratio[b])
    thrifty = math.exp(-draws.thrifting_elasticity[b] * lasting)
    moved = draws.backstop_share[b] * high * high / (high * high + scale * scale)
    store.thrifting[c, b] += (thrifty - store.thrifting[c, b]) / draws.thrifting_months[b]
    store.backstop[c, b] += (1.0 - moved - store.backstop[c, b]) / draws.backstop_months[b]
    half = draws.capacity_lead_months[b] / 2.0
    wanted = base.capacity[c] * draws.capacity_elasticity[b] * lasting
    begun, built = store.new_started[c, b], store.new_capacity[c, b]
    store.new_started[c, b] = begun + max(wanted - begun, 0.0) / half * terms.growth[c, b]
    store.new_capacity[c, b] = built + max(begun - built, 0.0) / half * terms.growth[c, b]


@njit(cache=True, nogil=True, error_model="numpy")
def add_draws(total: Array, sent: Array) -> None:
    """Add the draws of a block to the sums by lane, one by one, so that the size of the block does not matter."""
    for k in range(sent.shape[0]):
        for b in range(sent.shape[1]):
            total[k] += sent[k, b]
