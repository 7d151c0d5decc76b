"""What of a compiled month is kept: the arrays of a run by country, and lanes of chosen exporters."""

from typing import NamedTuple

import numpy as np
from numba import njit

from monazite.simulation.kernel_arithmetic import inner, larger
from monazite.simulation.kernel_store import Room, Store
from monazite.simulation.kernel_tables import ADDED, RELEASED, Countries, Integers, Lanes, Singles
from monazite.simulation.kernel_terms import Terms
from monazite.simulation.market import Array

ARRAYS = (
    "import_t",
    "arrived_t",
    "export_t",
    "leaked_t",
    "production_t",
    "residual_t",
    "demand_t",
    "consumption_t",
    "shortfall_t",
    "stock_t",
    "price_ratio",  # its logarithm
    "bought_t",
    "public_stock_t",
    "duty_share",
    "queue_t",
    "released_t",
    "added_t",
)
"""Arrays of a run by country in the order in which `record_tile` numbers them."""
AT_ONCE = 8
"""Countries that are turned at once, so that what is written lies together."""


class Kept(NamedTuple):
    """What is kept of a month of a block."""

    which: Integers  # places in `ARRAYS`
    flows: Array  # dims (array, draw, country)
    total: Array  # sums over draws by lane, empty if not asked for
    rows: Integers  # lanes that are kept draw by draw
    sent: Singles  # dims (draw, row)


@inner
def record_tile(
    lanes: Lanes,
    base: Countries,
    store: Store,
    terms: Terms,
    room: Room,
    which: Integers,
    flows: Array,
) -> None:
    """Keep the arrays numbered in `which`, dims of `flows` (array, draw, country)."""
    work = room.work
    for n in range(which.shape[0]):
        kind, target = which[n], flows[n]
        if kind == 0:
            turn(work.inflow, target)
        elif kind == 1:
            turn(work.arrived, target)
        elif kind == 3:
            turn(work.leaked, target)
        elif kind == 6:
            turn(work.demand, target)
        elif kind == 7:
            turn(work.home, target)
        elif kind == 9:
            turn(store.stock, target)
        elif kind == 10:
            turn(store.log_price, target)
        elif kind == 11:
            turn(work.bought, target)
        elif kind == 12:
            turn(store.public_stock, target)
        elif kind == 13:
            turn(work.duty, target)
        else:
            fill_derived(lanes, base, store, terms, room, kind)
            turn(work.given, target)


@inner
def fill_derived(lanes: Lanes, base: Countries, store: Store, terms: Terms, room: Room, kind: int) -> None:
    """Work out an array that the month does not hold as such; `given` is free once the goods are sent."""
    work = room.work
    if kind == 14:
        sum_queue(lanes, store.queue, work.given)
        return
    for c in range(work.given.shape[0]):
        released, added, share = base.rows[RELEASED, c], base.rows[ADDED, c], base.production_share[c]
        for b in range(work.given.shape[1]):
            made = work.production[c, b] + work.extra[c, b]
            if kind == 2:
                value = work.exported[c, b] + work.sold[c, b]
            elif kind == 4:
                value = made * share
            elif kind == 5:
                value = made * (1.0 - share)
            elif kind == 8:
                value = larger(work.demand[c, b] - work.home[c, b], 0.0)
            elif kind == 15:
                value = terms.pool[released, b]
            else:
                value = terms.pool[added, b]
            work.given[c, b] = value


@inner
def turn(values: Array, target: Array) -> None:
    """Write values with dims (country, draw) into a target with dims (draw, country), eight countries at once."""
    for low in range(0, values.shape[0], AT_ONCE):
        for b in range(target.shape[0]):
            for c in range(low, min(low + AT_ONCE, values.shape[0])):
                target[b, c] = values[c, b]


@inner
def sum_queue(lanes: Lanes, queue: Array, total: Array) -> None:
    """Orders that wait for a licence, by buyer."""
    total[:] = 0.0
    for t in range(lanes.lane.shape[0]):
        for b in range(total.shape[1]):
            total[lanes.buyer[t], b] += queue[t, b]


@inner
def add_draws(total: Array, sent: Array, used: int) -> None:
    """Add the draws of a tile to the sums by lane, one by one, so that the size of the block does not matter."""
    many = total.shape[0] - total.shape[0] % 4
    for k in range(0, many, 4):
        one, two, three, four = total[k], total[k + 1], total[k + 2], total[k + 3]
        for b in range(used):  # four at a time: a sum has to wait for its last addition, four need not
            one += sent[k, b]
            two += sent[k + 1, b]
            three += sent[k + 2, b]
            four += sent[k + 3, b]
        total[k], total[k + 1], total[k + 2], total[k + 3] = one, two, three, four
    for k in range(many, total.shape[0]):
        for b in range(used):
            total[k] += sent[k, b]


@inner
def add_sent(lanes: Lanes, store: Store, room: Room, total: Array, used: int, has_late: bool) -> None:
    """Add what was sent to the sums by lane; where goods may be late, what is at sea is not what was sent."""
    if not has_late:
        add_draws(total, store.at_sea, used)
        return
    before = total[lanes.lane]
    add_draws(total, store.at_sea, used)
    for t in range(lanes.lane.shape[0]):
        whole = before[t]
        for b in range(used):
            whole += room.lane.shipped[t, b] + room.lane.moved[t, b]
        total[lanes.lane[t]] = whole


@inner
def record_sent(lanes: Lanes, store: Store, room: Room, rows: Integers, found: Singles) -> None:
    """Write what was sent on chosen lanes into `found`, dims (draw, row)."""
    for n in range(rows.shape[0]):
        k = rows[n]
        t = np.searchsorted(lanes.lane, k)
        if t < lanes.lane.shape[0] and lanes.lane[t] == k:
            for b in range(found.shape[0]):
                found[b, n] = room.lane.shipped[t, b] + room.lane.moved[t, b]
        else:
            for b in range(found.shape[0]):
                found[b, n] = store.at_sea[k, b]


@njit(cache=True, nogil=True, error_model="numpy")
def record_arrivals(lanes: Lanes, at_sea: Array, leak_near: Array, rows: Integers, found: Singles) -> None:
    """Write what arrives on chosen lanes into `found`, dims (draw, row); the arrays have all tiles."""
    width = at_sea.shape[2]
    for n in range(rows.shape[0]):
        k = rows[n]
        t = np.searchsorted(lanes.lane, k)
        is_touched = t < lanes.lane.shape[0] and lanes.lane[t] == k
        for draw in range(found.shape[0]):
            value = at_sea[draw // width, k, draw % width]
            if is_touched:
                value += leak_near[draw // width, t, draw % width]
            found[draw, n] = value
