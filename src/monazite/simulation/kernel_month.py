"""The compiled month of a whole block, tile by tile, with the check of its mass and the sums over draws."""

import numpy as np
from numba import njit

from monazite.simulation.kernel import move_all
from monazite.simulation.kernel_arithmetic import inner, larger, smaller
from monazite.simulation.kernel_needs import find_needs
from monazite.simulation.kernel_record import Kept, add_sent, record_sent, record_tile
from monazite.simulation.kernel_sales import find_sales
from monazite.simulation.kernel_store import Draws, Room, Store
from monazite.simulation.kernel_tables import Countries, Lanes, QuotaTable, Switches
from monazite.simulation.kernel_terms import Terms
from monazite.simulation.market import Array


@inner
def take_store(store: Store, n: int) -> Store:
    """Take one tile of a state."""
    lanes = (store.at_sea[n], store.habit[n], store.leak_near[n], store.leak_far[n])
    touched = (store.late[n], store.planned[n], store.queue[n])
    first = (store.stock[n], store.usual_flow[n], store.expected_export[n], store.qualified[n])
    prices = (store.log_price[n], store.log_price_mean[n], store.thrifting[n], store.backstop[n])
    rest = (store.new_started[n], store.new_capacity[n], store.public_stock[n], store.unmet[n])
    return Store(*lanes, *touched, *first, *prices, *rest, store.underway[n], store.near[n])


@inner
def take_draws(p: Draws, n: int) -> Draws:
    """Take the parameters of one tile."""
    first = (p.stock_cover_months[n], p.price_elasticity[n], p.thrifting_elasticity[n], p.backstop_share[n])
    more = (p.qualification_share_per_month[n], p.reserve_share[n], p.price_response[n], p.price_decay[n])
    rest = (p.price_pull[n], p.front_loading_share[n], p.capacity_elasticity[n], p.home_first_share[n])
    speeds = (p.panic_share[n], p.adjustment[n], p.expectation[n], p.thrifting[n], p.backstop[n])
    habits = (p.habit[n], p.habit_return[n], p.building[n])
    return Draws(*first, *more, *rest, *speeds, *habits, p.choke[n], p.backstop_squared[n])


@inner
def take_terms(terms: Terms, n: int) -> Terms:
    """Take the terms of one tile."""
    first = (
        terms.open_share[n],
        terms.closure[n],
        terms.ahead[n],
        terms.cut[n],
        terms.limit[n],
        terms.late[n],
    )
    more = (terms.rise[n], terms.attraction[n], terms.ceiling[n], terms.third[n], terms.other[n])
    return Terms(*first, *more, terms.moving[n], terms.waiting[n], terms.decided[n], terms.pool[n])


@njit(cache=True, nogil=True, error_model="numpy")
def find_underway(lanes: Lanes, stores: Store) -> None:
    """Add up what is underway to every buyer at the start, in the order of `move_goods`."""
    for n in range(stores.stock.shape[0]):
        store = take_store(stores, n)
        for j in range(store.near.shape[0]):
            for b in range(store.near.shape[1]):
                store.near[j, b] = 0.0
            for k in range(lanes.start[j], lanes.middle[j]):
                for b in range(store.near.shape[1]):
                    store.near[j, b] += store.at_sea[k, b]
            for b in range(store.near.shape[1]):
                store.underway[j, b] = store.near[j, b]
            for t in range(lanes.first[j], lanes.first[j + 1]):
                for b in range(store.near.shape[1]):
                    later = store.leak_near[t, b] + store.leak_far[t, b] + store.late[t, b]
                    store.underway[j, b] += store.at_sea[lanes.lane[t], b] + later


@inner
def sum_rows(values: Array, total: Array, sign: float) -> None:
    """Add the rows of an array to a total by draw, with a sign."""
    for c in range(values.shape[0]):
        for b in range(values.shape[1]):
            total[b] += sign * values[c, b]


@inner
def check_tile(store: Store, room: Room, sums: Array, found: Array) -> None:
    """
    Put into `found` by draw: error, largest and smallest figure, 0 or not a number, and the country of the error.

    `sums` has the goods at sea before the month, less those after it and what arrived, plus what was sent; and the
    difference of what sellers sent and buyers were sent.
    """
    work, block = room.work, room.row.shape[1]
    for c in range(store.stock.shape[0]):
        for b in range(block):
            found[4, b] = c if work.error[c, b] > found[0, b] else found[4, b]
        for b in range(block):
            found[0, b] = larger(found[0, b], work.error[c, b])
        for b in range(block):
            most = larger(larger(store.stock[c, b], store.public_stock[c, b]), work.inflow[c, b])
            found[1, b] = larger(larger(found[1, b], most), store.underway[c, b])
        for b in range(block):
            least = smaller(smaller(store.stock[c, b], store.public_stock[c, b]), work.inflow[c, b])
            found[2, b] = smaller(smaller(found[2, b], least), store.underway[c, b])
        for b in range(block):
            total = store.stock[c, b] + store.usual_flow[c, b] + store.expected_export[c, b]
            total += store.qualified[c, b] + store.log_price[c, b] + store.log_price_mean[c, b]
            found[3, b] += total - total
        for b in range(block):
            total = store.thrifting[c, b] + store.backstop[c, b] + store.new_started[c, b]
            total += store.new_capacity[c, b] + store.public_stock[c, b] + store.unmet[c, b]
            found[3, b] += total - total
    for b in range(block):
        found[0, b] = larger(found[0, b], larger(abs(sums[0, b]), abs(sums[1, b])))


@inner
def find_sums(store: Store, room: Room, sums: Array) -> None:
    """Finish the sums of `check_tile`: goods at sea, and what both sides say was sent."""
    work = room.work
    sum_rows(store.underway, sums[0], -1.0)
    sum_rows(work.inflow, sums[0], 1.0)
    sum_rows(work.leaked, sums[0], 1.0)
    sum_rows(work.arrived, sums[0], -1.0)
    sum_rows(work.exported, sums[1], 1.0)
    sum_rows(work.sold, sums[1], 1.0)
    sum_rows(work.inflow, sums[1], -1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def plan_tile(
    lanes: Lanes,
    base: Countries,
    draws: Draws,
    stores: Store,
    terms: Terms,
    room: Room,
    has: Switches,
    n: int,
) -> None:
    """First phase of the month of one tile: what every country wants."""
    find_needs(lanes, base, take_draws(draws, n), take_store(stores, n), take_terms(terms, n), room, has)


@njit(cache=True, nogil=True, error_model="numpy")
def sell_tile(
    lanes: Lanes,
    base: Countries,
    quotas: QuotaTable,
    left: Array,
    exempt: Array,
    draws: Draws,
    stores: Store,
    terms: Terms,
    room: Room,
    has: Switches,
    n: int,
) -> None:
    """Second phase: what the sellers do about it."""
    store, said = take_store(stores, n), take_terms(terms, n)
    find_sales(lanes, base, quotas, left[n], exempt[n], take_draws(draws, n), store, said, room, has)


@njit(cache=True, nogil=True, error_model="numpy")
def close_tile(
    lanes: Lanes,
    base: Countries,
    draws: Draws,
    stores: Store,
    terms: Terms,
    room: Room,
    has: Switches,
    n: int,
    kept: Kept,
    found: Array,
) -> None:
    """Last phase: goods, memories and prices move; the month is checked, and what is asked for is kept."""
    store, said, sums = take_store(stores, n), take_terms(terms, n), np.zeros((2, room.row.shape[1]))
    sum_rows(store.underway, sums[0], 1.0)
    move_all(lanes, base, take_draws(draws, n), store, said, room, has)
    find_sums(store, room, sums)
    check_tile(store, room, sums, found)
    low = n * room.row.shape[1]
    high = min(low + room.row.shape[1], kept.flows.shape[1])
    if kept.total.shape[0]:
        add_sent(lanes, store, room, kept.total, high - low, has.late)
    record_sent(lanes, store, room, kept.rows, kept.sent[low:high])
    record_tile(lanes, base, store, said, room, kept.which, kept.flows[:, low:high])


@njit(cache=True, nogil=True, error_model="numpy")
def advance_block(
    lanes: Lanes,
    base: Countries,
    quotas: QuotaTable,
    left: Array,
    exempt: Array,
    draws: Draws,
    stores: Store,
    terms: Terms,
    room: Room,
    has: Switches,
    kept: Kept,
    found: Array,
) -> None:
    """Advance all tiles by one month, one after the other, so that what a tile computes in stays in the cache."""
    for n in range(stores.stock.shape[0]):
        plan_tile(lanes, base, draws, stores, terms, room, has, n)
        sell_tile(lanes, base, quotas, left, exempt, draws, stores, terms, room, has, n)
        close_tile(lanes, base, draws, stores, terms, room, has, n, kept, found)
