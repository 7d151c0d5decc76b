"""
One month of the market, as a pure function.

Equation numbers are those of docs/reference/simulation.md. Arrays have dims (draw, country) or (draw,
exporter, importer); parameters have dims (draw, 1). Nothing is changed in place that was passed in.
"""

from dataclasses import dataclass, replace

import numpy as np

from monazite.simulation.market import Array, Market, divide
from monazite.simulation.needs import Needs, find_needs, find_position
from monazite.simulation.new_supply import find_anchor, update_suppliers
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules
from monazite.simulation.sales import Sales, sell
from monazite.simulation.state import State
from monazite.simulation.terms import Terms, read_terms

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
    released: Array  # from public stocks
    bought: Array  # for public stocks
    added: Array  # capacity that is new at the start of the month
    duty: Array  # rise of the price of imports by duties [unitless]


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
    terms = read_terms(state, market, rules, parameters)
    opened = open_month(state, terms)
    needs = find_needs(opened, terms, market, rules, parameters)
    sales = sell(opened, terms, needs, rules, parameters)
    return close_month(state, terms, needs, sales, market=market, rules=rules, parameters=parameters)


def open_month(state: State, terms: Terms) -> State:
    """Put what public stocks release on the market."""
    return replace(state, stock=state.stock + terms.released)


def close_month(
    state: State,
    terms: Terms,
    needs: Needs,
    sales: Sales,
    *,
    market: Market,
    rules: Rules,
    parameters: Parameters,
    cost: Array | None = None,
) -> tuple[State, Flows]:
    """Equations 10-13: goods move, memories and prices follow; `cost` is what dearer inputs add to the log price."""
    arrived = state.at_sea + state.leak_near
    moved = move_goods(state, terms, sales, sales.left + arrived.sum(axis=1))
    price, mean = update_price(moved, needs, sales, market, parameters, cost=cost)
    started, added = update_capacity(state, terms, mean, market, parameters)
    entry = update_suppliers(
        state.entry, mean, terms.growth, clock=terms.clock, rules=rules, market=market, p=parameters
    )
    thrifting, backstop = update_use_factors(state, price, mean, parameters)
    following = replace(
        moved,
        month=state.month + 1,
        usual_flow=state.usual_flow
        + (needs.demand + state.expected_export - state.usual_flow) / USUAL_MONTHS,
        expected_export=update_expectation(state, needs, sales, parameters),
        habit=update_habit(state, terms, needs, sales, market=market, p=parameters),
        qualified=update_qualification(state, sales, parameters),
        log_price=price,
        log_price_mean=mean,
        thrifting=thrifting,
        backstop=backstop,
        planned=needs.planned,
        new_started=started,
        new_capacity=added,
        quota_left=sales.quota_left,
        queue=sales.queue,
        public_stock=state.public_stock - terms.released + sales.bought,
        unmet=divide(needs.demand - sales.home, needs.demand),
        entry=entry,
        fired=terms.clock.fired,
    )
    return following, collect_flows(needs, sales, following, arrived, terms=terms, market=market)


def move_goods(state: State, terms: Terms, sales: Sales, stock: Array) -> State:
    """Put what was shipped and leaked on its way; the rest of the state is still that of the month's start."""
    shipped = sales.shipped + sales.moved
    moving = state.leak_far if terms.moving is None else state.leak_far * terms.moving
    goods = replace(
        state,
        stock=stock,
        at_sea=shipped,
        leak_near=moving + sales.other,
        leak_far=state.leak_far - moving + sales.through,
    )
    if terms.late is None:
        return goods
    on_time = shipped * (1.0 - terms.late)
    return replace(goods, at_sea=on_time + state.late, late=shipped - on_time)


def collect_flows(
    needs: Needs, sales: Sales, after: State, arrived: Array, *, terms: Terms, market: Market
) -> Flows:
    """Collect what flowed in a month."""
    own = needs.production + sales.extra
    return Flows(
        shipped=sales.shipped + sales.moved,
        leaked=sales.through + sales.other,
        arrived=arrived,
        production=own * market.production_share,
        residual=own * (1.0 - market.production_share),
        consumption=sales.home,
        demand=needs.demand,
        stock=after.stock,
        price_ratio=np.exp(after.log_price),
        released=terms.released,
        bought=sales.bought,
        added=np.zeros_like(own) if terms.added is None else terms.added,
        duty=needs.duty,
    )


def update_expectation(state: State, needs: Needs, sales: Sales, p: Parameters) -> Array:
    """Equation 10a: sellers come to expect the regular orders that the rules let pass, and the new buyers."""
    asked = (needs.regular * sales.passed).sum(axis=2) + sales.moved.sum(axis=2)
    expected: Array = state.expected_export + (asked - state.expected_export) / p.expectation_months
    return expected


def update_habit(
    state: State, terms: Terms, needs: Needs, sales: Sales, *, market: Market, p: Parameters
) -> Array:
    """Equation 10b: orders drift to the sellers who delivered, and slowly back to those there are."""
    regular = sales.shipped * divide(needs.regular, needs.orders) + sales.moved
    total = regular.sum(axis=1)[:, None, :]
    received = np.where(total > 0, divide(regular, total), state.habit)
    towards = (received - state.habit) / p.habit_months[:, :, None]
    back = (find_anchor(market, terms.entered) - state.habit) / p.habit_return_months[:, :, None]
    return state.habit + np.where(market.imports > 0, towards + back, 0.0)


def update_qualification(state: State, sales: Sales, p: Parameters) -> Array:
    """Equation 10c: an importer that is short qualifies new sellers, and lets them go when it is not."""
    short = np.minimum(sales.unfilled_share / SHORT_SHARE, 1.0)
    change = p.qualification_share_per_month * (short - FORGET_SHARE * (1.0 - short))
    qualified: Array = np.clip(state.qualified + change, 0.0, 1.0)
    return qualified


def update_price(
    after: State, needs: Needs, sales: Sales, market: Market, p: Parameters, *, cost: Array | None
) -> tuple[Array, Array]:
    """
    Equation 11: price from the position after the month, from unmet use, the partners' prices and dearer inputs.

    `after` has the goods of the month's end and the prices of its start.
    """
    missing = np.clip(divide(needs.wanted - find_position(after), needs.target), -1.0, 1.0)
    unmet = divide(needs.demand - sales.home, needs.demand)
    pressure = np.maximum(missing, 0.0) - np.maximum(-missing, 0.0) / 2.0 + unmet
    room = np.clip(1.0 - after.log_price / np.log(p.choke_price_ratio), 0.0, 1.0)
    push = p.price_response * pressure * np.where(pressure > 0, room, 1.0)
    price = after.log_price * (1.0 - p.price_decay) + push + p.price_pull * find_pull(after, sales, market)
    if cost is not None:
        price = price + cost
    mean = after.log_price_mean + (price - after.log_price_mean) / MEMORY_MONTHS
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


def update_capacity(
    state: State, terms: Terms, mean: Array, market: Market, p: Parameters
) -> tuple[Array, Array]:
    """Equation 13a: capacity grows with the lasting price through two stages, and is not torn down again."""
    wanted = market.capacity * p.capacity_elasticity * np.maximum(mean, 0.0)
    half = p.capacity_lead_months / 2.0
    start = np.maximum(wanted - state.new_started, 0.0) / half
    finish = np.maximum(state.new_started - state.new_capacity, 0.0) / half
    if terms.growth is not None:
        start, finish = start * terms.growth, finish * terms.growth
    return state.new_started + start, state.new_capacity + finish
