"""
The compiled month, last part: goods arrive, habits, memories and prices move. Equations 9-13; the oracle is `step`.

The kernel computes the equations of `step` lane by lane, with the draws as the innermost loop; `step` is the oracle,
and `tests/laws/test_kernel_laws.py` holds the two together. Arrays are changed in place. Every sum runs in a fixed
order within a draw, so that the size of a block and the number of threads do not matter. Equation numbers are those
of docs/reference/simulation.md; the layout is that of docs/decisions/0016-kernel-layout.md.
"""

from monazite.simulation.kernel_arithmetic import LEAST_GOODS, divide, exponentiate, inner, larger, smaller
from monazite.simulation.kernel_store import CountryWork, Draws, LaneWork, Room, Store
from monazite.simulation.kernel_tables import (
    ENTERED,
    GROWTH,
    RELEASED,
    WANTED,
    Countries,
    Lanes,
    Switches,
)
from monazite.simulation.kernel_terms import Terms

SHORT_SHARE = 0.1
FORGET_SHARE = 0.25
MEMORY_MONTHS = 6.0
USUAL_MONTHS = 12.0
"""The constants of `step`, which a test compares. [unitless, unitless, months, months]"""
PER_SHORT_SHARE, PER_MEMORY_MONTH, PER_USUAL_MONTH = 1 / SHORT_SHARE, 1 / MEMORY_MONTHS, 1 / USUAL_MONTHS
"""One over them: a product takes a fraction of the time of a division."""


@inner
def move_all(
    lanes: Lanes, base: Countries, draws: Draws, store: Store, terms: Terms, room: Room, has: Switches
) -> None:
    """Goods arrive and leave, habits and prices move."""
    find_pull(lanes, store, room.lane, room.work)
    move_goods(lanes, base, draws, store, terms, room, has)
    close_countries(base, draws, store, terms, room)
    update_prices(base, draws, store, room, has.chain)
    update_responses(base, draws, store, terms, room)


@inner
def find_pull(lanes: Lanes, store: Store, lane: LaneWork, work: CountryWork) -> None:
    """Partners' log prices weighted by the open trade. Equation 11."""
    block = work.demand.shape[1]
    for j in range(work.demand.shape[0]):
        for b in range(block):
            work.theirs[j, b] = 0.0
        for n in range(lanes.link_start[j], lanes.link_start[j + 1]):
            trade, i = lanes.link_trade[n], lanes.link_partner[n]
            for b in range(block):
                work.theirs[j, b] += trade * store.log_price[i, b]
    work.links[:] = 0.0
    for t in range(lanes.lane.shape[0]):
        trade, i, j = lanes.flow[t], lanes.source[t], lanes.buyer[t]
        if trade <= 0.0:
            continue
        for b in range(block):
            link = trade * larger(1.0 - (1.0 - lane.passed[t, b]) * PER_SHORT_SHARE, 0.0)
            work.theirs[j, b] += link * store.log_price[i, b]
            work.theirs[i, b] += link * store.log_price[j, b]
            work.links[i, b] += link
            work.links[j, b] += link


@inner
def move_goods(
    lanes: Lanes, base: Countries, draws: Draws, store: Store, terms: Terms, room: Room, has: Switches
) -> None:
    """Goods for every buyer arrive and are shipped, and its habits move. Equations 1f, 9 and 10b."""
    work, row = room.work, room.row
    for j in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            work.arrived[j, b] = store.near[j, b]
        ship_plain(lanes, store, room, j)
        for b in range(work.demand.shape[1]):
            work.inflow[j, b], work.delivered[j, b] = store.near[j, b], store.near[j, b]
        for b in range(work.demand.shape[1]):
            store.underway[j, b] = store.near[j, b]
        if lanes.first[j] < lanes.first[j + 1]:
            move_leaks(lanes, store, terms, room, j)
            ship_touched(lanes, store, terms, room, j, has.late)
        if base.imports[j] > 0.0:
            for b in range(work.demand.shape[1]):
                is_any = work.delivered[j, b] > LEAST_GOODS
                row[0, b] = draws.habit[b] / work.delivered[j, b] if is_any else 0.0
            for b in range(work.demand.shape[1]):
                drift = draws.habit[b] if work.delivered[j, b] > LEAST_GOODS else 0.0
                row[1, b] = 1.0 - drift - draws.habit_return[b]
            if has.new:
                find_entrants(lanes, base, terms, room, j)
            update_habit(lanes, base, draws, store, terms, room, j, has.new)


@inner
def ship_plain(lanes: Lanes, store: Store, room: Room, j: int) -> None:
    """What plain sellers send to one buyer; it arrives in the next month."""
    work, block = room.work, room.work.demand.shape[1]
    for b in range(block):
        store.near[j, b] = 0.0
    if room.is_short[j]:
        for k in range(lanes.start[j], lanes.middle[j]):
            i = lanes.seller[k]
            for b in range(block):
                regular = store.habit[k, b] * work.imports[j, b] * work.fill[i, b]
                store.at_sea[k, b] = regular + work.ratio[j, b] * work.given[i, b]
            for b in range(block):
                store.near[j, b] += store.at_sea[k, b]
    else:
        for k in range(lanes.start[j], lanes.middle[j]):
            i = lanes.seller[k]
            for b in range(block):
                store.at_sea[k, b] = store.habit[k, b] * work.imports[j, b] * work.fill[i, b]
            for b in range(block):
                store.near[j, b] += store.at_sea[k, b]


@inner
def move_leaks(lanes: Lanes, store: Store, terms: Terms, room: Room, j: int) -> None:
    """Goods on touched lanes arrive, and leaked goods on the way to a buyer move on. Equation 9."""
    work, lane, block = room.work, room.lane, room.work.demand.shape[1]
    for t in range(lanes.first[j], lanes.first[j + 1]):
        k, p, i = lanes.lane[t], lanes.pattern[t], lanes.source[t]
        for b in range(block):
            work.arrived[j, b] += store.at_sea[k, b] + store.leak_near[t, b]
        for b in range(block):  # `delivered` holds the refused goods until the goods are sent
            refused = lane.regular[t, b] * (1.0 - lane.legal[t, b]) - lane.joined[t, b]
            lane.delivered[t, b] = larger(refused, 0.0) * work.spare[i, b]
        for b in range(block):
            moving = store.leak_far[t, b] * terms.moving[p, b]
            store.leak_near[t, b] = moving + terms.other[p, b] * lane.delivered[t, b]
        for b in range(block):
            moving = store.leak_far[t, b] * terms.moving[p, b]
            store.leak_far[t, b] = store.leak_far[t, b] - moving + terms.third[p, b] * lane.delivered[t, b]


@inner
def ship_touched(lanes: Lanes, store: Store, terms: Terms, room: Room, j: int, has_late: bool) -> None:
    """What touched sellers send to one buyer, on time or a month later. Equation 1f."""
    work, lane, block = room.work, room.lane, room.work.demand.shape[1]
    for t in range(lanes.first[j], lanes.first[j + 1]):
        k, p = lanes.lane[t], lanes.pattern[t]
        for b in range(block):
            store.at_sea[k, b] = lane.shipped[t, b] + lane.moved[t, b]
        for b in range(block):
            work.inflow[j, b] += store.at_sea[k, b]
        if has_late:
            for b in range(block):
                sent = store.at_sea[k, b]
                on_time = sent * (1.0 - terms.late[p, b])
                store.at_sea[k, b] = on_time + store.late[t, b]
                store.late[t, b] = sent - on_time
        for b in range(block):
            later = store.leak_near[t, b] + store.leak_far[t, b] + store.late[t, b]
            store.underway[j, b] += store.at_sea[k, b] + later
        for b in range(block):
            regular = lane.shipped[t, b] * divide(lane.regular[t, b], lane.orders[t, b])
            lane.delivered[t, b] = regular + lane.moved[t, b]
        for b in range(block):
            work.delivered[j, b] += lane.delivered[t, b]


@inner
def find_entrants(lanes: Lanes, base: Countries, terms: Terms, room: Room, j: int) -> None:
    """Share of the purchases of one buyer that new suppliers come to have, as row 3 of the scratch."""
    row = room.row
    for b in range(row.shape[1]):
        row[3, b] = 0.0
    for k in range(lanes.start[j], lanes.start[j + 1]):
        place = base.rows[ENTERED, lanes.seller[k]]
        for b in range(row.shape[1]):
            row[3, b] += terms.pool[place, b]


@inner
def update_habit(
    lanes: Lanes,
    base: Countries,
    draws: Draws,
    store: Store,
    terms: Terms,
    room: Room,
    j: int,
    has_new: bool,
) -> None:
    """Equation 10b: orders of a buyer drift to the sellers who delivered, and slowly back to those there are."""
    row, is_plain = room.row, not has_new
    if is_plain:
        for k in range(lanes.start[j], lanes.middle[j]):
            usual = lanes.habit[k]
            for b in range(row.shape[1]):
                moved = store.at_sea[k, b] * row[0, b] + usual * draws.habit_return[b]
                store.habit[k, b] = store.habit[k, b] * row[1, b] + moved
    for k in range(lanes.middle[j] if is_plain else lanes.start[j], lanes.start[j + 1]):
        if k >= lanes.middle[j]:
            t = lanes.first[j] + k - lanes.middle[j]
            for b in range(row.shape[1]):
                row[2, b] = room.lane.delivered[t, b] * row[0, b]
        else:
            for b in range(row.shape[1]):
                row[2, b] = store.at_sea[k, b] * row[0, b]
        usual, place = lanes.habit[k], base.rows[ENTERED, lanes.seller[k]]
        if has_new:
            for b in range(row.shape[1]):
                anchor = usual * (1.0 - row[3, b]) + terms.pool[place, b]
                row[2, b] += anchor * draws.habit_return[b]
        else:
            for b in range(row.shape[1]):
                row[2, b] += usual * draws.habit_return[b]
        for b in range(row.shape[1]):
            store.habit[k, b] = store.habit[k, b] * row[1, b] + row[2, b]


@inner
def close_countries(base: Countries, draws: Draws, store: Store, terms: Terms, room: Room) -> None:
    """Stocks at the end of the month, the mass that was lost, and equations 10a and 10c; row 0 is the old stock."""
    work, row, block = room.work, room.row, room.work.demand.shape[1]
    for c in range(work.demand.shape[0]):
        for b in range(block):
            row[0, b] = store.stock[c, b] + work.production[c, b] + work.extra[c, b] + work.arrived[c, b]
        for b in range(block):
            out = work.home[c, b] + work.exported[c, b] + work.sold[c, b] + work.leaked[c, b]
            row[0, b] -= out + work.bought[c, b]
        for b in range(block):
            store.stock[c, b] = larger(work.left[c, b] - work.leaked[c, b], 0.0) + work.arrived[c, b]
        for b in range(block):
            work.error[c, b] = abs(store.stock[c, b] - row[0, b])
        for b in range(block):
            flow = work.demand[c, b] + store.expected_export[c, b]
            store.usual_flow[c, b] += (flow - store.usual_flow[c, b]) * PER_USUAL_MONTH
        for b in range(block):
            asked = work.asked[c, b] + work.sold[c, b] - store.expected_export[c, b]
            store.expected_export[c, b] += asked * draws.expectation[b]
        for b in range(block):
            short = smaller(work.unfilled[c, b] * PER_SHORT_SHARE, 1.0)
            change = draws.qualification_share_per_month[b] * (short - FORGET_SHARE * (1.0 - short))
            store.qualified[c, b] = smaller(larger(store.qualified[c, b] + change, 0.0), 1.0)
        for b in range(block):
            short = work.demand[c, b] - work.home[c, b]
            store.unmet[c, b] = short / work.demand[c, b] if work.demand[c, b] > 0.0 else 0.0
        released, public = base.rows[RELEASED, c], base.rows[WANTED, c]
        if released > 1 or public > 1:
            for b in range(block):
                store.public_stock[c, b] += work.bought[c, b] - terms.pool[released, b]


@inner
def update_prices(base: Countries, draws: Draws, store: Store, room: Room, has_chain: bool) -> None:
    """Equation 11: log price from the position after the month, unmet use and the partners' prices."""
    work, row, block = room.work, room.row, room.work.demand.shape[1]
    for c in range(work.demand.shape[0]):
        for b in range(block):
            gap = work.position[c, b] - (store.stock[c, b] + store.underway[c, b])
            share = gap / work.target[c, b] if work.target[c, b] > 0.0 else 0.0
            row[0, b] = smaller(larger(share, -1.0), 1.0)
        for b in range(block):
            over = larger(-row[0, b], 0.0) * 0.5
            row[1, b] = larger(row[0, b], 0.0) - over + store.unmet[c, b]
        for b in range(block):
            room_left = smaller(larger(1.0 - store.log_price[c, b] * draws.choke[b], 0.0), 1.0)
            row[2, b] = draws.price_response[b] * row[1, b] * (room_left if row[1, b] > 0.0 else 1.0)
        if base.throughput[c] > 0.0:
            share, linked = 1.0 / base.throughput[c], base.linked[c]
            for b in range(block):
                theirs = work.theirs[c, b] - (linked + work.links[c, b]) * store.log_price[c, b]
                row[2, b] += draws.price_pull[b] * theirs * share
        if has_chain:
            for b in range(block):
                row[2, b] += work.cost[c, b]
        for b in range(block):
            store.log_price[c, b] = store.log_price[c, b] * (1.0 - draws.price_decay[b]) + row[2, b]
        for b in range(block):
            change = (store.log_price[c, b] - store.log_price_mean[c, b]) * PER_MEMORY_MONTH
            store.log_price_mean[c, b] += change


@inner
def update_responses(base: Countries, draws: Draws, store: Store, terms: Terms, room: Room) -> None:
    """Equations 12 and 13a: thrifting, backstop and new capacity."""
    row, block = room.row, room.row.shape[1]
    for c in range(store.stock.shape[0]):
        for b in range(block):
            row[3, b] = larger(store.log_price_mean[c, b], 0.0)
        for b in range(block):
            row[0, b] = -draws.thrifting_elasticity[b] * row[3, b]
        exponentiate(row, room.bits, 0)
        for b in range(block):
            store.thrifting[c, b] += (row[0, b] - store.thrifting[c, b]) * draws.thrifting[b]
        for b in range(block):
            high = larger(store.log_price[c, b], 0.0)
            moved = draws.backstop_share[b] * high * high / (high * high + draws.backstop_squared[b])
            store.backstop[c, b] += (1.0 - moved - store.backstop[c, b]) * draws.backstop[b]
        if base.capacity[c] <= 0.0:
            continue
        most, place = base.capacity[c], base.rows[GROWTH, c]
        for b in range(block):
            row[4, b] = draws.building[b] * terms.pool[place, b]
        for b in range(block):
            begun = larger(store.new_started[c, b] - store.new_capacity[c, b], 0.0)
            row[5, b] = store.new_capacity[c, b] + begun * row[4, b]
        for b in range(block):
            wanted = most * draws.capacity_elasticity[b] * row[3, b]
            store.new_started[c, b] += larger(wanted - store.new_started[c, b], 0.0) * row[4, b]
        for b in range(block):
            store.new_capacity[c, b] = row[5, b]
