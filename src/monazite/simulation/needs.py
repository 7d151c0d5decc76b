"""Needs: what every country wants in a month. Equations 2-5 of docs/reference/simulation.md."""

from dataclasses import dataclass

import numpy as np

from monazite.simulation.market import Array, Market, divide
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules
from monazite.simulation.state import State
from monazite.simulation.terms import Terms

LEAST_ORDER = 1e-12
"""Imports below this share of the need are rounding, and none. [unitless] Source: the engines agree to 1e-12."""


@dataclass(frozen=True)
class Needs:
    """What every country wants in this month."""

    demand: Array
    target: Array
    production: Array
    capacity: Array
    orders: Array  # dims (draw, exporter, importer), regular and planned
    regular: Array  # the regular part
    planned: Array  # dims (draw, touched exporter, importer)
    wanted: Array  # position that the country wants to hold, goods at sea included [t]
    public: Array  # what a government wants for its stock [t]
    unplaced: Array  # imports for which no seller is left under a cap [t]
    duty: Array  # rise of the price of imports by duties, mean over the orders [unitless]
    idle: Array  # new capacity that the plan does not use [t a month]


@dataclass(frozen=True)
class Coupling:
    """What the other stages of a chain mean for the needs of one. Section 6 of the reference."""

    free_share: Array  # share of the use that no later stage explains, dims (country,)
    feed: Array  # what later stages want of this one [t a month]
    reach: Array  # share of the planned production that its input allowed in the month before


def find_needs(
    state: State,
    terms: Terms,
    market: Market,
    rules: Rules,
    p: Parameters,
    *,
    coupling: Coupling | None = None,
) -> Needs:
    """Equations 2-5: planned stock, use demand, need, own production and orders."""
    habit = weigh_habit(state, terms)
    duty = np.zeros_like(state.stock) if terms.rise is None else (habit * terms.rise).sum(axis=1)
    demand = find_demand(state, terms, duty, market, p)
    if coupling is not None:
        demand = demand * coupling.free_share + coupling.feed
    planned = p.front_loading_share[:, :, None] * market.trade[rules.exporters] * terms.closure
    increase = np.maximum(planned - state.planned, 0.0) * terms.ahead
    flow = demand + state.expected_export + terms.wanted
    cover = p.stock_cover_months
    if terms.cover is not None:
        cover = np.maximum(cover * terms.cover, 1.0)
    target = cover * state.usual_flow
    feared = p.panic_share * state.unmet * target
    abroad = np.maximum((1.0 - market.own_share) * flow - find_new_capacity(state, terms), 0.0)
    wanted = target + feared + planned.sum(axis=1) + abroad
    gap = wanted - find_position(state) - state.queue.sum(axis=1) - increase.sum(axis=1)
    need = np.maximum(flow + gap / p.adjustment_months, 0.0)
    reach = None if coupling is None else coupling.reach
    production, capacity, imports, idle = split_need(
        state, terms, need, demand + terms.wanted, market, reach=reach
    )
    regular = habit * imports[:, None, :]
    orders = regular.copy()
    orders[:, rules.exporters] += increase
    unplaced = np.zeros_like(demand)
    if terms.ceiling is not None:
        orders, regular, unplaced = cap_orders(orders, regular, terms.ceiling)
    return Needs(
        demand, target, production, capacity, orders, regular, planned, wanted, terms.wanted, unplaced, duty,
        idle,
    )  # fmt: skip


def find_position(state: State) -> Array:
    """Inventory position: stock and all goods at sea. [t] Equation 4."""
    at_sea: Array = state.underway.sum(axis=1)
    return state.stock + at_sea


def find_demand(state: State, terms: Terms, duty: Array, market: Market, p: Parameters) -> Array:
    """Equation 3: use wanted at the price that users pay, duties included."""
    use = market.use if terms.use is None else market.use * terms.use
    paid = state.log_price
    if terms.rise is not None:
        paid = paid + (1.0 - market.own_share) * np.log1p(duty)
    demand: Array = use * np.exp(-p.price_elasticity * paid) * state.thrifting * state.backstop
    return demand


def weigh_habit(state: State, terms: Terms) -> Array:
    """Share of each seller in a buyer's orders: habit, moved by duties. Equation 5."""
    if terms.attraction is None:
        return state.habit
    weighed = state.habit * terms.attraction
    total: Array = state.habit.sum(axis=1)
    return weighed * divide(total, weighed.sum(axis=1))[:, None, :]


def find_new_capacity(state: State, terms: Terms) -> Array:
    """Capacity beyond that of the baseline, as far as it is in force. [t a month] Equations 1m, 1o, 13."""
    grown = state.new_capacity if terms.added is None else state.new_capacity + terms.added
    return grown * terms.capacity


def split_need(
    state: State, terms: Terms, need: Array, at_home: Array, market: Market, *, reach: Array | None
) -> tuple[Array, Array, Array, Array]:
    """Equation 5: production, capacity, imports and idle new capacity; no imports for resale at capacity."""
    old_capacity = market.capacity * terms.capacity
    new_capacity = find_new_capacity(state, terms)
    old = np.minimum(old_capacity, market.own_share * need)
    new = np.minimum(new_capacity, need - old)
    usual = np.maximum((1.0 - market.own_share) * need - new, 0.0)
    missing: Array | float = 0.0 if reach is None else (1.0 - reach) * (old + new)
    imports = np.minimum(need - old - new + missing, np.maximum(usual, at_home - old - new + missing))
    return (
        old + new,
        old_capacity + new_capacity,
        np.where(imports > LEAST_ORDER * need, imports, 0.0),
        new_capacity - new,
    )


def cap_orders(orders: Array, regular: Array, ceiling: Array) -> tuple[Array, Array, Array]:
    """Equation 1l: orders, their regular part and what no seller may have, dims (draw, importer), under a cap."""
    limit = ceiling * orders.sum(axis=1)[:, None, :]
    kept = np.minimum(orders, limit)
    over = orders - kept
    below = np.where(over > 0, 0.0, kept)
    excess = over.sum(axis=1)
    share = divide(below, below.sum(axis=1)[:, None, :])
    added = np.minimum(excess[:, None, :] * share, limit - kept)
    unplaced = np.maximum(excess - added.sum(axis=1), 0.0)
    return kept + added, regular * divide(kept, orders) + added, unplaced
