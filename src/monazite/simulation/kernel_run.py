"""Run blocks of draws through the compiled kernel, month by month."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from monazite.simulation.engine import TOLERANCE, Block, raise_if_lost
from monazite.simulation.kernel import add_draws, move_goods, update_countries
from monazite.simulation.kernel_needs import find_orders, weigh_duties
from monazite.simulation.kernel_sales import allow, apply_quotas, ask_quotas, leave, match, offer, ration
from monazite.simulation.kernel_tables import (
    COUNTRY_ARRAYS,
    Countries,
    Draws,
    Flags,
    Integers,
    Lanes,
    QuotaTable,
    Store,
    build_countries,
    build_draws,
    build_lanes,
    build_quotas,
    close_store,
    open_store,
)
from monazite.simulation.kernel_terms import (
    CountryWork,
    LaneWork,
    QuotaWork,
    Terms,
    read_month,
    view_patterns,
)
from monazite.simulation.market import Array, Market
from monazite.simulation.new_supply import update_suppliers
from monazite.simulation.priors import Parameters
from monazite.simulation.results import Recorder
from monazite.simulation.rules import Rules
from monazite.simulation.sales import open_quotas
from monazite.simulation.series import Clock
from monazite.simulation.state import State

KeptLanes = tuple[int, Integers, Integers]
"""Place of an exporter among those whose lanes are kept, the numbers of its lanes, and their buyers."""


@dataclass(frozen=True)
class Problem:
    """What all blocks of a run share."""

    market: Market
    lanes: Lanes
    countries: Countries
    patterns: list[Flags]


@dataclass(frozen=True)
class Room:
    """What one block of draws is computed in; changed in place."""

    problem: Problem
    rules: Rules
    view: Rules
    parameters: Parameters
    draws: Draws
    quotas: QuotaTable
    store: Store
    lane: LaneWork
    work: CountryWork
    quota: QuotaWork


def run_block(market: Market, block: Block, record: Recorder, on_month: Callable[[], None]) -> State:
    """Take a block of draws through the months with the compiled kernel, as `engine.run_oracle` does."""
    problem = build_problem(market, block.rules)
    room = build_room(problem, block.state, block.rules, block.parameters)
    kept = list_lanes(problem, record.lanes)
    for month in range(block.state.month, block.months):
        before = room.work.underway.sum(axis=0) if month > block.state.month else sum_underway(room.store)
        terms = advance(room, month)
        check_block(room, terms, before, month)
        record_month(room, terms, record, kept, block.draws, month - block.state.month)
        on_month()
    if not block.keep_state:
        return replace(block.state, month=block.months, fired=room.store.fired.T)
    return close_store(room.store, block.state, problem.lanes, block.rules, block.months)


def sum_underway(store: Store) -> Array:
    """All goods between sellers and buyers, dims (draw,). [t]"""
    goods: Array = (store.at_sea + store.leak_near + store.leak_far + store.late).sum(axis=0)
    return goods


def check_block(room: Room, terms: Terms, before: Array, month: int) -> None:
    """Raise ModelError if a month of a block lost or made mass, by country and at sea, or is not finite."""
    work, store, market = room.work, room.store, room.problem.market
    moved = work.inflow.sum(axis=0) + work.leaked.sum(axis=0) - work.arrived.sum(axis=0)
    at_sea = np.abs(work.underway.sum(axis=0) - before - moved)
    compared = (work.inflow, store.stock, store.public_stock, work.underway.sum(axis=0))
    largest = max(market.largest, *(float(values.max()) for values in compared))
    error = max(float(work.error.max()), float(at_sea.max()))
    finite = all(np.isfinite(getattr(store, name)).all() for name in COUNTRY_ARRAYS)
    least = min(float(values.min()) for values in compared)
    places = np.unique(np.argwhere(work.error > TOLERANCE * largest)[:, 0])
    raise_if_lost(month, error, largest, market, is_sound=finite and least >= 0.0, places=places.tolist())


def record_month(
    room: Room,
    terms: Terms,
    record: Recorder,
    kept: Sequence[KeptLanes],
    draws: slice,
    month: int,
    *,
    linked: Mapping[str, Array] | None = None,
) -> None:
    """Keep a month of a block of draws, and what a chain adds by name, dims (country, draw)."""
    record.add_turned(draws, month, {**read_flows(room, terms), **(linked or {})})
    lanes = room.problem.lanes
    for place, rows, buyers in kept:
        record.trade[draws, month, place][:, buyers] = room.lane.sent[rows].T
        record.arrival[draws, month, place][:, buyers] = room.lane.arrived[rows].T
    total = record.mean[month, lanes.seller, lanes.buyer]
    add_draws(total, room.lane.sent)
    record.mean[month, lanes.seller, lanes.buyer] = total


def build_problem(market: Market, rules: Rules) -> Problem:
    """Find the lanes and patterns of a run."""
    lanes, patterns = build_lanes(market, rules)
    return Problem(market, lanes, build_countries(market), patterns)


def build_room(problem: Problem, state: State, rules: Rules, parameters: Parameters) -> Room:
    """Lay a block of draws out."""
    every, size = len(problem.lanes.seller), len(problem.market.countries)
    return Room(
        problem=problem,
        rules=rules,
        view=view_patterns(rules, problem.patterns),
        parameters=parameters,
        draws=build_draws(parameters),
        quotas=build_quotas(rules, problem.patterns[1], size),
        store=open_store(state, problem.lanes, rules),
        lane=LaneWork(*(np.zeros((every, rules.draws)) for _ in LaneWork._fields)),
        work=open_work(size, rules.draws),
        quota=QuotaWork(*(np.zeros((len(rules.quotas), rules.draws)) for _ in QuotaWork._fields)),
    )


def open_work(countries: int, draws: int) -> CountryWork:
    """Lay out what a month computes by country; no other stage means anything yet."""
    work = CountryWork(*(np.zeros((countries, draws)) for _ in CountryWork._fields))
    work.free[:] = 1.0
    work.reach[:] = 1.0
    return work


@dataclass(frozen=True)
class Month:
    """One month under way: its rules, its clock, and what is left of the quotas."""

    terms: Terms
    clock: Clock
    left: Array


def advance(room: Room, month: int) -> Terms:
    """Advance a block of draws by one month, in place; returns the terms of the month."""
    under_way = read_needs(room, month)
    make_sales(room, under_way)
    close_month(room, under_way)
    return under_way.terms


def read_needs(room: Room, month: int) -> Month:
    """Equations 1-6: the rules of a month, and what every country wants."""
    lanes, store, rules = room.problem.lanes, room.store, room.rules
    terms, clock = read_month(
        room.view, room.parameters, store, month, len(room.problem.patterns[0]), room.problem.market
    )
    store.fired[:] = clock.fired.T
    store.stock[:] += terms.released
    left = np.array(open_quotas(store.quota_left.T, clock, rules).T, order="C")
    weigh_duties(lanes, store, terms, room.work, bool(rules.duties))
    find_orders(
        lanes, room.problem.countries, room.draws, store, terms, room.lane, room.work,
        bool(rules.caps), rules.has_queue,
    )  # fmt: skip
    return Month(terms, clock, left)


def make_sales(room: Room, month: Month) -> None:
    """Equations 6-9: what the sellers do about it."""
    lanes, store, terms, left = room.problem.lanes, room.store, month.terms, month.left
    lane, work, quota = room.lane, room.work, room.quota
    if room.rules.quotas:
        ask_quotas(lanes, room.quotas, left, lane, quota)
        apply_quotas(lanes, room.quotas, left, lane, quota)
    allow(lanes, terms, lane, work)
    ration(lanes, room.quotas, left, room.draws, store, terms, lane, work, quota)
    offer(lanes, room.draws, store, terms, lane, work)
    match(lanes, room.quotas, left, terms, lane, work, quota)
    leave(store, work)


def close_month(room: Room, month: Month) -> None:
    """Equations 10-13: goods arrive and leave, memories and prices move, capacity grows."""
    lanes, base, store, terms = room.problem.lanes, room.problem.countries, room.store, month.terms
    lane, work, rules = room.lane, room.work, room.rules
    move_goods(lanes, base, room.draws, store, terms, lane, work, rules.has_detour, rules.has_new_supply)
    update_countries(base, room.draws, store, terms, work)
    store.quota_left[:] = month.left
    entry = update_suppliers(
        store.entry.T, store.log_price_mean.T, terms.growth.T, clock=month.clock, rules=rules,
        market=room.problem.market, p=room.parameters,
    )  # fmt: skip
    store.entry[:] = entry.T


def read_flows(room: Room, terms: Terms) -> dict[str, Array]:
    """Arrays of the month by name, dims (country, draw). [as in `results`]"""
    work, store = room.work, room.store
    made = work.production + work.extra
    share = room.problem.countries.production_share[:, None]
    flows = {
        "import_t": work.inflow,
        "arrived_t": work.arrived,
        "export_t": work.exported + work.sold,
        "leaked_t": work.leaked,
        "production_t": made * share,
        "residual_t": made * (1.0 - share),
        "demand_t": work.demand,
        "consumption_t": work.home,
        "shortfall_t": np.maximum(work.demand - work.home, 0.0),
        "stock_t": store.stock,
        "price_ratio": np.exp(store.log_price),
        "released_t": terms.released,
        "bought_t": work.bought,
        "public_stock_t": store.public_stock,
        "added_t": terms.added,
        "duty_share": work.duty,
    }
    if room.rules.has_queue:
        buyers = room.problem.lanes.start[:-1]
        queue = np.add.reduceat(np.vstack([store.queue, np.zeros_like(store.queue[:1])]), buyers, axis=0)
        flows["queue_t"] = np.where((np.diff(room.problem.lanes.start) > 0)[:, None], queue, 0.0)
    return flows


def list_lanes(problem: Problem, sellers: Sequence[int]) -> list[KeptLanes]:
    """List the lanes of some sellers: place among them, numbers of the lanes, their buyers."""
    rows = [np.flatnonzero(problem.lanes.seller == seller) for seller in sellers]
    return [(place, row, problem.lanes.buyer[row]) for place, row in enumerate(rows)]
