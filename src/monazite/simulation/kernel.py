"""
The compiled month, last part: goods arrive, memories and prices move, and the loop over the months.

The kernel computes the equations of `step`, lane by lane, with the draws as the innermost loop; `step` is the
oracle, and `tests/laws/test_kernel_laws.py` holds the two together. Arrays are changed in place. Every sum runs in a
fixed order within a draw, so that the size of a block and the number of threads do not matter. Equation numbers are
those of docs/reference/simulation.md.
"""

import math

from numba import njit

from monazite.simulation.kernel_needs import cap_orders, find_orders, weigh_duties
from monazite.simulation.kernel_record import check_month, record_lanes, record_month
from monazite.simulation.kernel_sales import (
    allow,
    apply_quotas,
    ask,
    leak,
    match,
    offer,
    open_quotas,
    ration,
)
from monazite.simulation.kernel_terms import (
    divide,
    fire_triggers,
    read_countries,
    read_leaks,
    read_patterns,
    read_trade_terms,
)

SHORT_SHARE = 0.1
FORGET_SHARE = 0.25
MEMORY_MONTHS = 6.0
USUAL_MONTHS = 12.0
"""The constants of `step`, which a test compares. [unitless, unitless, months, months]"""


@njit(cache=True, nogil=True)
def move_goods(lanes, store, terms, lane, work, has_late):
    """Goods arrive and leave, queues and pipelines move on; the sums by country of what happened."""
    work.arrived[:] = 0.0
    work.inflow[:] = 0.0
    work.underway[:] = 0.0
    work.delivered[:] = 0.0
    work.asked[:] = 0.0
    work.leaked[:] = 0.0
    for k in range(lanes.seller.shape[0]):
        p, i, j = lanes.pattern[k], lanes.seller[k], lanes.buyer[k]
        for b in range(lane.orders.shape[1]):
            through, other = lane.through[k, b] * work.spare[i, b], lane.other[k, b] * work.spare[i, b]
            arrived = store.at_sea[k, b] + store.leak_near[k, b]
            before = arrived + store.leak_far[k, b] + store.late[k, b]
            sent = lane.shipped[k, b] + lane.moved[k, b]
            moving = store.leak_far[k, b] * terms.moving[p, b]
            store.leak_near[k, b] = moving + other
            store.leak_far[k, b] = store.leak_far[k, b] - moving + through
            on_time = sent * (1.0 - terms.late[p, b]) if has_late else sent
            store.at_sea[k, b] = on_time + store.late[k, b]
            store.late[k, b] = sent - on_time
            after = store.at_sea[k, b] + store.leak_near[k, b] + store.leak_far[k, b] + store.late[k, b]
            lost = abs(after - before - sent - through - other + arrived)
            work.error[i, b] = max(work.error[i, b], lost)
            lane.through[k, b], lane.other[k, b] = sent, arrived  # for the record
            work.arrived[j, b] += arrived
            work.inflow[j, b] += sent
            work.underway[j, b] += after
            work.leaked[i, b] += through + other
            work.delivered[j, b] += (
                lane.shipped[k, b] * divide(lane.regular[k, b], lane.orders[k, b]) + lane.moved[k, b]
            )
            work.asked[i, b] += lane.regular[k, b] * lane.passed[k, b] + lane.moved[k, b]


@njit(cache=True, nogil=True)
def update_habit(lanes, base, draws, store, lane, work):
    """Equation 10b: orders drift to the sellers who delivered, and slowly back to the baseline sellers."""
    for k in range(lanes.seller.shape[0]):
        j = lanes.buyer[k]
        if base.imports[j] <= 0.0:
            continue
        for b in range(lane.orders.shape[1]):
            regular = lane.shipped[k, b] * divide(lane.regular[k, b], lane.orders[k, b]) + lane.moved[k, b]
            habit, total = store.habit[k, b], work.delivered[j, b]
            received = regular / total if total > 0.0 else habit
            towards = (received - habit) / draws.habit_months[b]
            store.habit[k, b] = habit + (towards + (lanes.habit[k] - habit) / draws.habit_return_months[b])


@njit(cache=True, nogil=True)
def find_pull(lanes, store, lane, work):
    """Partners' log prices weighted by open trade. Equation 11."""
    work.theirs[:] = 0.0
    work.links[:] = 0.0
    for k in range(lanes.seller.shape[0]):
        if lanes.trade[k] <= 0.0:
            continue
        i, j = lanes.seller[k], lanes.buyer[k]
        for b in range(lane.orders.shape[1]):
            link = lanes.trade[k] * max(1.0 - (1.0 - lane.passed[k, b]) / SHORT_SHARE, 0.0)
            work.theirs[j, b] += link * store.log_price[i, b]
            work.theirs[i, b] += link * store.log_price[j, b]
            work.links[i, b] += link
            work.links[j, b] += link


@njit(cache=True, nogil=True)
def update_countries(base, draws, store, terms, work):
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
            work.error[c, b] = max(work.error[c, b], lost)
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


@njit(cache=True, nogil=True)
def find_price(base, draws, store, work, stock, c, b):
    """Equation 11: log price from the position after the month, unmet use and the partners' prices."""
    price = store.log_price[c, b]
    gap = divide(work.position[c, b] - (stock + work.underway[c, b]), work.target[c, b])
    missing = min(max(gap, -1.0), 1.0)
    unmet = divide(work.demand[c, b] - work.home[c, b], work.demand[c, b])
    pressure = max(missing, 0.0) - max(-missing, 0.0) / 2.0 + unmet
    room = min(max(1.0 - price / math.log(draws.choke_price_ratio[b]), 0.0), 1.0)
    push = draws.price_response[b] * pressure * (room if pressure > 0.0 else 1.0)
    pull = divide(work.theirs[c, b] - work.links[c, b] * price, base.throughput[c])
    return price * (1.0 - draws.price_decay[b]) + push + draws.price_pull[b] * pull


@njit(cache=True, nogil=True)
def update_response(base, draws, store, terms, c, b):
    """Equations 12 and 13: thrifting, backstop and new capacity."""
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


@njit(cache=True, nogil=True)
def advance_month(
    lanes, base, tables, calendar, draws, store, starts, terms, lane, work, quota, flags, month
):
    """
    Advance a block of draws by one month, in place.

    `flags` says whether there are duties, caps, queues and detours.
    """
    fire_triggers(tables, store, starts, month)
    read_patterns(tables, calendar, draws, store, starts, terms, month)
    read_trade_terms(tables, calendar, starts, terms, month)
    read_leaks(tables, calendar, draws, starts, terms, month)
    read_countries(tables, calendar, store, starts, terms, month)
    work.error[:] = 0.0
    for c in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            store.stock[c, b] = store.stock[c, b] + terms.released[c, b]
    weigh_duties(lanes, store, terms, work, flags[0])
    find_orders(lanes, base, draws, store, terms, lane, work)
    if flags[1]:
        cap_orders(lanes, terms, lane, work)
    ask(lanes, store, terms, lane, work, flags[2])
    open_quotas(lanes, tables, calendar, store, starts, lane, quota, month)
    apply_quotas(lanes, tables, store, lane, quota)
    allow(lanes, terms, lane, work)
    ration(lanes, tables, store, terms, lane, work, quota)
    offer(lanes, draws, store, terms, lane, work)
    match(lanes, tables, store, terms, lane, work, quota)
    leak(lanes, store, terms, lane, work)
    move_goods(lanes, store, terms, lane, work, flags[3])
    update_habit(lanes, base, draws, store, lane, work)
    find_pull(lanes, store, lane, work)
    update_countries(base, draws, store, terms, work)


@njit(cache=True, nogil=True)
def advance(
    problem, tables, calendar, draws, store, starts, terms, lane, work, quota, record, first, months, low
):
    """
    Advance a block of draws by some months and record them.

    `low` is the place of the block among the draws of the record, `first` the month it starts with.
    """
    lanes, base, flags = problem
    for step in range(months):
        advance_month(
            lanes, base, tables, calendar, draws, store, starts, terms, lane, work, quota, flags, first + step
        )
        record_month(base, store, terms, work, record, step, low)
        record_lanes(lanes, store, lane, record, step, low)
        check_month(store, lane, work, record, step)
