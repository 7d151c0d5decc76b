"""
The compiled month, first part: what the rules say.

`step` is the oracle; `tests/laws/test_kernel_laws.py` holds the two together. Arrays have dims (lane, draw),
(country, draw) or (pattern, draw) and are changed in place. Every sum runs in a fixed order within a draw, so that
the size of a block and the number of threads do not matter. Equation numbers are those of
docs/reference/simulation.md.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from monazite.simulation.market import Array

MARGIN = 1e-9
"""As in `terms`. [unitless]"""
ON_CALENDAR = -1
"""As in `series`."""


class Terms(NamedTuple):
    """What the rules say about a month, dims (pattern, draw), then (country, draw)."""

    open_share: Array
    closure: Array
    cut: Array
    limit: Array  # largest shipment over baseline trade, inf = none
    late: Array
    rise: Array
    attraction: Array
    ceiling: Array
    third: Array
    other: Array
    moving: Array
    waiting: Array
    decided: Array
    capacity: Array
    growth: Array
    use: Array
    released: Array
    wanted: Array


class LaneWork(NamedTuple):
    """What a month computes by lane, dims (lane, draw)."""

    orders: Array
    regular: Array
    legal: Array
    passed: Array
    joined: Array
    decided: Array
    shipped: Array
    moved: Array
    through: Array
    other: Array


class CountryWork(NamedTuple):
    """What a month computes by country, dims (country, draw)."""

    demand: Array
    target: Array
    position: Array
    production: Array
    capacity: Array
    imports: Array
    unplaced: Array
    duty: Array
    scale: Array
    ordered: Array
    regular: Array
    waited: Array
    stopped: Array
    allowed: Array
    fill: Array
    home: Array
    bought: Array
    received: Array
    exported: Array
    spare: Array
    wanted: Array
    unfilled: Array
    offered: Array
    sold: Array
    extra: Array
    left: Array
    leaked: Array
    delivered: Array
    asked: Array
    arrived: Array
    inflow: Array
    underway: Array
    theirs: Array
    links: Array
    stock: Array
    error: Array


class QuotaWork(NamedTuple):
    """What a month computes by quota, dims (quota, draw)."""

    asked: Array
    part: Array
    charged: Array
    alone: Array
    together: Array
    unshipped: Array


@njit(cache=True, nogil=True)
def divide(upper, lower):
    """Divide, with 0 where the denominator is not positive."""
    return upper / lower if lower > 0.0 else 0.0


@njit(cache=True, nogil=True)
def read(calendar, series, month, starts, b):
    """Value of a series in a month."""
    trigger = calendar.trigger[series]
    if trigger == ON_CALENDAR:
        return calendar.values[series, month, b]
    since = month - starts[trigger, b]
    if since < 0.0:
        return calendar.neutral[series]
    return calendar.values[series, min(int(since), calendar.values.shape[1] - 1), b]


@njit(cache=True, nogil=True)
def expect(calendar, series, month, ahead, fired, starts, b):
    """Value of a series in a month ahead as buyers know it now."""
    trigger = calendar.trigger[series]
    if trigger == ON_CALENDAR:
        known = month >= calendar.known_from[series]
    else:
        known = fired[trigger, b] < month
    return read(calendar, series, month + ahead, starts, b) if known else calendar.neutral[series]


@njit(cache=True, nogil=True)
def fire_triggers(tables, store, starts, month):
    """Let triggers fire whose condition is met for the first time."""
    for k in range(tables.trigger_kind.shape[0]):
        kind, place, above = tables.trigger_kind[k], tables.trigger_place[k], tables.trigger_above[k]
        armed = tables.trigger_from[k] <= month < tables.trigger_until[k]
        for b in range(starts.shape[1]):
            if kind == 0:
                met = tables.trigger_due[k, b] <= month
            elif kind == 1:
                met = starts[tables.trigger_after[k], b] <= month
            elif kind == 2:
                met = store.log_price[place, b] > math.log(max(above, 1e-300)) + MARGIN
            else:
                met = store.unmet[place, b] > above + MARGIN
            if met and armed and math.isinf(store.fired[k, b]):
                store.fired[k, b] = month
            starts[k, b] = store.fired[k, b] + tables.trigger_delay[k, b]


@njit(cache=True, nogil=True)
def lane_share(tables, calendar, p, month, ahead, fired, starts, b):
    """Open share of a pattern: of one kind of rule the tighter holds, kinds multiply. Equation 1."""
    share = 1.0
    done = -1
    for r in range(tables.lane_kind.shape[0]):
        kind = tables.lane_kind[r]
        if kind <= done:
            continue
        done = kind
        smallest = 1.0
        for s in range(r, tables.lane_kind.shape[0]):
            if tables.lane_kind[s] == kind and tables.lane_in[p, s]:
                if ahead > 0:
                    value = expect(calendar, tables.lane_open[s], month, ahead, fired, starts, b)
                else:
                    value = read(calendar, tables.lane_open[s], month, starts, b)
                smallest = min(smallest, value)
        share *= smallest
    return share


@njit(cache=True, nogil=True)
def expected_share(tables, calendar, p, month, ahead, fired, starts, b):
    """Share of the baseline trade that known rules let pass in a month ahead. Equation 2."""
    share = lane_share(tables, calendar, p, month, ahead, fired, starts, b)
    smallest = 1.0
    for r in range(tables.cut_open.shape[0]):
        if tables.cut_in[p, r]:
            smallest = min(smallest, expect(calendar, tables.cut_open[r], month, ahead, fired, starts, b))
    share *= smallest
    for r in range(tables.duty_rise.shape[0]):
        if tables.duty_in[p, r]:
            share *= expect(calendar, tables.duty_attraction[r], month, ahead, fired, starts, b)
    smallest = 1.0
    for q in range(tables.quota_planned.shape[0]):
        if tables.quota_in[p, q]:
            smallest = min(
                smallest, expect(calendar, tables.quota_planned[q], month, ahead, fired, starts, b)
            )
    return share * smallest


@njit(cache=True, nogil=True)
def read_patterns(tables, calendar, draws, store, starts, terms, month):
    """Read what the rules say about every pattern of lanes."""
    for p in range(terms.open_share.shape[0]):
        for b in range(terms.open_share.shape[1]):
            terms.open_share[p, b] = lane_share(tables, calendar, p, month, 0, store.fired, starts, b)
            closure, ahead = 0.0, 1
            while draws.planning_months[b] > ahead - 1:
                weight = min(draws.planning_months[b] - (ahead - 1), 1.0)
                share = expected_share(tables, calendar, p, month, ahead, store.fired, starts, b)
                closure += weight * (1.0 - share)
                ahead += 1
            terms.closure[p, b] = closure
            terms.waiting[p, b], terms.decided[p, b] = 0.0, 1.0
            for r in range(tables.lane_kind.shape[0]):
                if tables.lane_in[p, r] and tables.lane_waiting[r] >= 0:
                    waiting = read(calendar, tables.lane_waiting[r], month, starts, b)
                    decided = read(calendar, tables.lane_decided[r], month, starts, b)
                    terms.waiting[p, b] = max(terms.waiting[p, b], waiting)
                    terms.decided[p, b] = min(terms.decided[p, b], decided)


@njit(cache=True, nogil=True)
def read_trade_terms(tables, calendar, starts, terms, month):
    """Read duties, caps and transport cuts. Equations 1e, 1f, 1l."""
    for p in range(terms.open_share.shape[0]):
        for b in range(terms.open_share.shape[1]):
            rise, weight, ceiling, cut, late, limit = 0.0, 1.0, 1.0, 1.0, 0.0, np.inf
            for r in range(tables.duty_rise.shape[0]):
                if tables.duty_in[p, r]:
                    rise += read(calendar, tables.duty_rise[r], month, starts, b)
                    weight *= read(calendar, tables.duty_attraction[r], month, starts, b)
            for r in range(tables.cap_ceiling.shape[0]):
                if tables.cap_in[p, r]:
                    ceiling = min(ceiling, read(calendar, tables.cap_ceiling[r], month, starts, b))
            for r in range(tables.cut_open.shape[0]):
                if tables.cut_in[p, r]:
                    share = read(calendar, tables.cut_open[r], month, starts, b)
                    cut = min(cut, share)
                    late = max(late, read(calendar, tables.cut_late[r], month, starts, b))
                    if share < 1.0:
                        limit = min(limit, share * tables.cut_headroom[r, b])
            terms.rise[p, b], terms.attraction[p, b], terms.ceiling[p, b] = rise, weight, ceiling
            terms.cut[p, b], terms.late[p, b], terms.limit[p, b] = cut, late, limit


@njit(cache=True, nogil=True)
def read_leaks(tables, calendar, draws, starts, terms, month):
    """Read how refused orders leak. Equation 9."""
    for p in range(terms.open_share.shape[0]):
        for b in range(terms.open_share.shape[1]):
            prior = draws.leakage_share[b]
            third, other, moving = np.inf, np.inf, 1.0
            for r in range(tables.leak_force.shape[0]):
                if tables.leak_in[p, r]:
                    force = read(calendar, tables.leak_force[r], month, starts, b)
                    third = min(third, force * tables.leak_third[r, b] + (1.0 - force) * prior)
                    other = min(other, force * tables.leak_other[r, b])
                    moving = min(moving, read(calendar, tables.leak_moving[r], month, starts, b))
            terms.third[p, b] = prior if math.isinf(third) else third
            terms.other[p, b] = 0.0 if math.isinf(other) else other
            terms.moving[p, b] = moving


@njit(cache=True, nogil=True)
def read_countries(tables, calendar, store, starts, terms, month):
    """Read factors on capacity, growth and use, and public stocks. Equations 1d and 1g-1k."""
    for c in range(terms.use.shape[0]):
        for b in range(terms.use.shape[1]):
            capacity, growth, use, released, wanted = 1.0, 1.0, 1.0, 0.0, 0.0
            for r in range(tables.country_what.shape[0]):
                if not tables.country_in[c, r]:
                    continue
                value = read(calendar, tables.country_series[r], month, starts, b)
                what = tables.country_what[r]
                if what == 0:
                    capacity *= value
                elif what == 1:
                    growth *= value
                elif what == 2:
                    use *= value
                elif what == 3:
                    released += value
                else:
                    room = max(tables.country_target[r] - store.public_stock[c, b], 0.0)
                    wanted += min(value, room)
            terms.capacity[c, b], terms.growth[c, b], terms.use[c, b] = capacity, growth, use
            terms.released[c, b], terms.wanted[c, b] = min(released, store.public_stock[c, b]), wanted
