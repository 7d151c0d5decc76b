"""
One month of the market, as a pure function.

Equation numbers are those of docs/reference/simulation.md. Arrays have dims (draw, country) or (draw,
exporter, importer); parameters have dims (draw, 1). Nothing is changed in place that was passed in.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from monazite.simulation.market import Array, Market, divide
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules
from monazite.simulation.state import State

MEMORY_MONTHS = 6.0
"""Length of the price memory that thrifting and new capacity follow. [months] Source: decision 0003."""
USUAL_MONTHS = 12.0
"""Time over which the wanted stock follows use and exports. [months] Source: decision 0003."""
SHORT_SHARE = 0.1
"""Share of unfilled orders at which qualification runs at its full rate. [unitless] Source: decision 0003."""
FORGET_SHARE = 0.25
"""Loss of qualification in a month without shortage, over its gain with one. [unitless] Source: as above."""


@dataclass(frozen=True)
class Flows:
    """What happened in one month. [t a month; stock: t at the end of the month; price: ratio]"""

    shipped: Array  # left the exporter in this month, dims (draw, exporter, importer)
    leaked: Array  # left by other ways than the rules allow, dims (draw, exporter, importer)
    arrived: (
        Array  # reached the importer in this month, dims (draw, exporter, importer), leaked goods included
    )
    production: Array
    residual: Array
    consumption: Array
    demand: Array
    stock: Array
    price_ratio: Array


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


@dataclass(frozen=True)
class Sales:
    """What the sellers could do about it."""

    passed: Array  # share of the orders that the rules let pass, dims (draw, exporter, importer)
    home: Array
    shipped: Array  # regular sales, dims (draw, exporter, importer)
    moved: Array  # sales to new buyers, dims (draw, exporter, importer)
    leaked: Array  # dims (draw, exporter, importer)
    extra: Array  # production on top of the plan, for new buyers
    left: Array  # stock that nobody took
    unfilled_share: Array
    quota_left: Array


def step(state: State, market: Market, rules: Rules, parameters: Parameters) -> tuple[State, Flows]:
    """
    Advance one month.

    Parameters
    ----------
    state : State
        At the start of month `state.month`.
    market, rules, parameters
        Baseline, policies and drawn parameters of the same draws.

    Returns
    -------
    State, Flows
        At the start of the next month, and what flowed.
    """
    needs = find_needs(state, market, rules, parameters)
    sales = sell(state, needs, market, rules, parameters)
    arrived = state.at_sea + state.leak_near
    stock = sales.left + arrived.sum(axis=1)
    at_sea = sales.shipped + sales.moved
    price, mean = update_price(state, needs, sales, stock, at_sea, market, parameters)
    started, added = update_capacity(state, mean, market, parameters)
    thrifting, backstop = update_use_factors(state, price, mean, parameters)
    following = State(
        month=state.month + 1,
        stock=stock,
        at_sea=at_sea,
        leak_near=state.leak_far,
        leak_far=sales.leaked,
        usual_flow=state.usual_flow
        + (needs.demand + state.expected_export - state.usual_flow) / USUAL_MONTHS,
        expected_export=update_expectation(state, needs, sales, parameters),
        habit=update_habit(state, needs, sales, market, parameters),
        qualified=update_qualification(state, sales, parameters),
        log_price=price,
        log_price_mean=mean,
        thrifting=thrifting,
        backstop=backstop,
        planned=needs.planned,
        new_started=started,
        new_capacity=added,
        quota_left=sales.quota_left,
    )
    own = needs.production + sales.extra
    flows = Flows(
        shipped=at_sea,
        leaked=sales.leaked,
        arrived=arrived,
        production=own * market.production_share,
        residual=own * (1.0 - market.production_share),
        consumption=sales.home,
        demand=needs.demand,
        stock=stock,
        price_ratio=np.exp(price),
    )
    return following, flows


def find_needs(state: State, market: Market, rules: Rules, p: Parameters) -> Needs:
    """Equations 2-5: planned stock, use demand, need, own production and orders."""
    demand = market.use * np.exp(-p.price_elasticity * state.log_price) * state.thrifting * state.backstop
    closure = rules.planned_closure(state.month, p.planning_months, market)
    planned = p.front_loading_share[:, :, None] * market.trade[rules.exporters] * closure
    increase = np.maximum(planned - state.planned, 0.0)
    flow = demand + state.expected_export
    target = p.stock_cover_months * state.usual_flow
    wanted = target + planned.sum(axis=1) + (1.0 - market.own_share) * flow
    gap = wanted - find_position(state) - increase.sum(axis=1)
    need = np.maximum(flow + gap / p.adjustment_months, 0.0)
    production, capacity, imports = split_need(state, need, demand, market, rules)
    regular = state.habit * imports[:, None, :]
    orders = regular.copy()
    orders[:, rules.exporters] += increase
    return Needs(demand, target, production, capacity, orders, regular, planned)


def find_position(state: State) -> Array:
    """Inventory position: stock and all goods at sea. [t] Equation 4."""
    at_sea: Array = (state.at_sea + state.leak_near + state.leak_far).sum(axis=1)
    return state.stock + at_sea


def split_need(
    state: State, need: Array, demand: Array, market: Market, rules: Rules
) -> tuple[Array, Array, Array]:
    """Equation 5: own production within capacity; no imports for resale by a producer at capacity."""
    share = rules.capacity_share[:, state.month]
    old_capacity = market.capacity * share
    new_capacity = state.new_capacity * share
    old = np.minimum(old_capacity, market.own_share * need)
    new = np.minimum(new_capacity, need - old)
    usual = np.maximum((1.0 - market.own_share) * need - new, 0.0)
    imports = np.minimum(need - old - new, np.maximum(usual, demand - old - new))
    return old + new, old_capacity + new_capacity, np.maximum(imports, 0.0)


def sell(state: State, needs: Needs, market: Market, rules: Rules, p: Parameters) -> Sales:
    """Equations 6-9: rationing within rules and stocks, sales to new buyers, leakage."""
    passed = rules.open_share(state.month, market)
    quota_left = open_quotas(state, rules)
    passed, quota_left = apply_quotas(needs.orders * passed, passed, quota_left, rules)
    available = state.stock + needs.production
    allowed = needs.orders * passed
    total = needs.demand + allowed.sum(axis=2)
    fill = np.where(total > available, divide(available, total), 1.0)
    home, shipped = needs.demand * fill, allowed * fill[:, :, None]
    quota_left = return_unused(allowed - shipped, quota_left, rules)
    wanted_total = needs.orders.sum(axis=1)
    unfilled = np.maximum(wanted_total - shipped.sum(axis=1), 0.0)
    spare_stock = np.maximum(available - home - shipped.sum(axis=2) - p.reserve_share * needs.target, 0.0)
    spare = spare_stock + np.where(fill < 1.0, 0.0, np.maximum(needs.capacity - needs.production, 0.0))
    wanted = np.minimum(unfilled, state.qualified * needs.regular.sum(axis=1))
    moved = match(wanted, spare, passed)
    moved, quota_left = cap_moved(moved, quota_left, rules)
    sold = moved.sum(axis=2)
    extra = np.minimum(sold, np.maximum(needs.capacity - needs.production, 0.0))
    left = np.maximum(available + extra - home - shipped.sum(axis=2) - sold, 0.0)
    leaked = p.leakage_share[:, :, None] * needs.regular * (1.0 - passed)
    leaked *= np.minimum(1.0, divide(left, leaked.sum(axis=2)))[:, :, None]
    return Sales(
        passed=passed,
        home=home,
        shipped=shipped,
        moved=moved,
        leaked=leaked,
        extra=extra,
        left=np.maximum(left - leaked.sum(axis=2), 0.0),
        unfilled_share=divide(unfilled, wanted_total),
        quota_left=quota_left,
    )


def open_quotas(state: State, rules: Rules) -> Array:
    """Tonnes of each quota at hand in this month, dims (draw, quota). Equation 1c."""
    left = np.empty_like(state.quota_left)
    for place, rule in enumerate(rules.quotas):
        carried = 0.0 if rule.lapses[state.month] else state.quota_left[:, place]
        left[:, place] = carried + rule.accrual[:, state.month]
    return left


def apply_quotas(orders: Array, passed: Array, left: Array, rules: Rules) -> tuple[Array, Array]:
    """Equation 1c: the share of the orders that quotas let pass, and what is left of them."""
    passed, left = passed.copy(), left.copy()
    for place, rule in enumerate(rules.quotas):
        row = rule.exporter
        covered = (1.0 - rule.exempt) * (orders[:, row] * rule.destinations).sum(axis=1, keepdims=True)
        part = np.where(covered > left[:, place, None], divide(left[:, place, None], covered), 1.0)
        factor = np.where(rule.destinations, rule.exempt + (1.0 - rule.exempt) * part, 1.0)
        passed[:, row] *= factor
        left[:, place] -= (covered * part)[:, 0]
    return passed, np.maximum(left, 0.0)


def return_unused(unshipped: Array, left: Array, rules: Rules) -> Array:
    """Give back to each quota what sellers could not ship after all."""
    left = left.copy()
    for place, rule in enumerate(rules.quotas):
        back = (unshipped[:, rule.exporter] * rule.destinations).sum(axis=1)
        left[:, place] += (1.0 - rule.exempt[:, 0]) * np.maximum(back, 0.0)
    return left


def match(wanted: Array, spare: Array, passed: Array) -> Array:
    """Equation 8: unfilled orders go to sellers in proportion to spare goods and open share."""
    offer = spare[:, :, None] * passed
    moved = wanted[:, None, :] * divide(offer, offer.sum(axis=1)[:, None, :])
    over: Array = moved * np.minimum(1.0, divide(spare, moved.sum(axis=2)))[:, :, None]
    return over


def cap_moved(moved: Array, left: Array, rules: Rules) -> tuple[Array, Array]:
    """Keep sales to new buyers within what is left of the quotas."""
    if not rules.quotas:
        return moved, left
    moved, left = moved.copy(), left.copy()
    for place, rule in enumerate(rules.quotas):
        row = rule.exporter
        used = (1.0 - rule.exempt[:, 0]) * (moved[:, row] * rule.destinations).sum(axis=1)
        part = np.where(used > left[:, place], divide(left[:, place], used), 1.0)
        moved[:, row] *= np.where(rule.destinations, part[:, None], 1.0)
        left[:, place] -= used * part
    return moved, np.maximum(left, 0.0)


def update_expectation(state: State, needs: Needs, sales: Sales, p: Parameters) -> Array:
    """Equation 10a: sellers come to expect the regular orders that the rules let pass, and the new buyers."""
    asked = (needs.regular * sales.passed).sum(axis=2) + sales.moved.sum(axis=2)
    expected: Array = state.expected_export + (asked - state.expected_export) / p.expectation_months
    return expected


def update_habit(state: State, needs: Needs, sales: Sales, market: Market, p: Parameters) -> Array:
    """Equation 10b: orders drift to the sellers who delivered, and slowly back to the baseline sellers."""
    regular = sales.shipped * divide(needs.regular, needs.orders) + sales.moved
    total = regular.sum(axis=1)[:, None, :]
    received = np.where(total > 0, divide(regular, total), state.habit)
    towards = (received - state.habit) / p.habit_months[:, :, None]
    back = (market.habit - state.habit) / p.habit_return_months[:, :, None]
    return state.habit + np.where(market.imports > 0, towards + back, 0.0)


def update_qualification(state: State, sales: Sales, p: Parameters) -> Array:
    """Equation 10c: an importer that is short qualifies new sellers, and lets them go when it is not."""
    short = np.minimum(sales.unfilled_share / SHORT_SHARE, 1.0)
    change = p.qualification_share_per_month * (short - FORGET_SHARE * (1.0 - short))
    qualified: Array = np.clip(state.qualified + change, 0.0, 1.0)
    return qualified


def update_price(
    state: State, needs: Needs, sales: Sales, stock: Array, at_sea: Array, market: Market, p: Parameters
) -> tuple[Array, Array]:
    """Equation 11: price from the position after the month, from unmet use, and from the partners' prices."""
    flow = needs.demand + state.expected_export
    wanted = needs.target + needs.planned.sum(axis=1) + (1.0 - market.own_share) * flow
    after = replace(state, stock=stock, at_sea=at_sea, leak_near=state.leak_far, leak_far=sales.leaked)
    missing = np.clip(divide(wanted - find_position(after), needs.target), -1.0, 1.0)
    unmet = divide(needs.demand - sales.home, needs.demand)
    pressure = np.maximum(missing, 0.0) - np.maximum(-missing, 0.0) / 2.0 + unmet
    room = np.clip(1.0 - state.log_price / np.log(p.choke_price_ratio), 0.0, 1.0)
    push = p.price_response * pressure * np.where(pressure > 0, room, 1.0)
    price = state.log_price * (1.0 - p.price_decay) + push + p.price_pull * find_pull(state, sales, market)
    mean = state.log_price_mean + (price - state.log_price_mean) / MEMORY_MONTHS
    return price, mean


def find_pull(state: State, sales: Sales, market: Market) -> Array:
    """Partners' log price less the own, weighted by open trade over throughput. Equation 11."""
    lanes = market.trade * np.maximum(1.0 - (1.0 - sales.passed) / SHORT_SHARE, 0.0)
    links = lanes + lanes.transpose(0, 2, 1)
    theirs = (links * state.log_price[:, :, None]).sum(axis=1)
    return divide(theirs - links.sum(axis=1) * state.log_price, market.throughput[None, :])


def update_use_factors(state: State, price: Array, mean: Array, p: Parameters) -> tuple[Array, Array]:
    """Equations 12a-b: thrifting follows the lasting price, the backstop the price itself."""
    high = np.maximum(price, 0.0)
    thrifty = np.exp(-p.thrifting_elasticity * np.maximum(mean, 0.0))
    moved = p.backstop_share * high**2 / (high**2 + np.log(p.backstop_price_ratio) ** 2)
    thrifting = state.thrifting + (thrifty - state.thrifting) / p.thrifting_months
    backstop = state.backstop + (1.0 - moved - state.backstop) / p.backstop_months
    return thrifting, backstop


def update_capacity(state: State, mean: Array, market: Market, p: Parameters) -> tuple[Array, Array]:
    """Equation 13: capacity grows with the lasting price through two stages, and is not torn down again."""
    wanted = market.capacity * p.capacity_elasticity * np.maximum(mean, 0.0)
    half = p.capacity_lead_months / 2.0
    started = state.new_started + np.maximum(wanted - state.new_started, 0.0) / half
    added = state.new_capacity + np.maximum(state.new_started - state.new_capacity, 0.0) / half
    return started, added


FLOW_NAMES = tuple(field.name for field in fields(Flows))
