"""Run blocks of draws through the compiled kernel, month by month."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from monazite.simulation.engine import TOLERANCE, Block, raise_if_lost
from monazite.simulation.kernel_cache import forget_stale
from monazite.simulation.kernel_keeper import Keeper
from monazite.simulation.kernel_month import advance_block, close_tile, find_underway, plan_tile, sell_tile
from monazite.simulation.kernel_store import (
    RULE_ARRAYS,
    Draws,
    Room,
    Store,
    build_draws,
    build_room,
    choose_width,
    close_store,
    mark_leaks,
    open_store,
    tile,
    untile,
)
from monazite.simulation.kernel_tables import GROWTH, NONE, Problem, Switches, build_problem
from monazite.simulation.kernel_terms import Calendar, Terms, build_calendar, read_month
from monazite.simulation.market import Array, Market
from monazite.simulation.new_supply import update_suppliers
from monazite.simulation.priors import Parameters
from monazite.simulation.results import Recorder
from monazite.simulation.rules import Rules
from monazite.simulation.sales import open_quotas
from monazite.simulation.series import Clock
from monazite.simulation.state import LaneState, State

FOUND = 5
"""Rows of what the check of a month finds."""


@dataclass(frozen=True)
class Desk:
    """What one block of draws is computed in; the arrays are changed in place."""

    problem: Problem
    has: Switches
    calendar: Calendar
    draws: Draws
    store: Store
    room: Room
    exempt: Array  # dims (tile, quota, draw)
    kept: dict[str, Array]  # parts of the state in which the draws come first
    width: int


@dataclass(frozen=True)
class Month:
    """One month under way: its rules, its clock, and what is left of the quotas, dims (tile, quota, draw)."""

    number: int
    terms: Terms
    clock: Clock
    left: Array


def run_block(market: Market, block: Block, record: Recorder, on_month: Callable[[], None]) -> LaneState:
    """Take a block of draws through the months with the compiled kernel, as `engine.run_oracle` does."""
    state = block.open(market)
    more = np.zeros(market.trade.shape, bool) if block.state is None else mark_leaks(state)
    problem = build_problem(market, block.rules, more)
    desk = build_desk(problem, state, block.rules, block.parameters, choose_width(block.rules.draws))
    keeper = Keeper(record, problem, block.draws)
    for number in range(state.month, block.months):
        keeper.open_month(desk.store, number - state.month)
        month = open_month(desk, number)
        found = open_found(desk.width)
        advance_block(
            problem.lanes, problem.countries, problem.quotas, month.left, desk.exempt, desk.draws, desk.store,
            month.terms, desk.room, desk.has, keeper.kept, found,
        )  # fmt: skip
        end_month(desk, month, found)
        keeper.close_month(number - state.month)
        on_month()
    if not block.keep_state:
        return LaneState(block.months, desk.kept, {}, {})
    return close_store(desk.store, desk.kept, state, problem.lanes, block.rules, block.months)


def build_desk(
    problem: Problem,
    state: State,
    rules: Rules,
    parameters: Parameters,
    width: int,
    *,
    is_chain: bool = False,
) -> Desk:
    """Lay a block of draws out in tiles of a width."""
    forget_stale()
    has = problem.switches._replace(
        home_first=bool((parameters.home_first_share > 0.0).any()),
        panic=bool((parameters.panic_share > 0.0).any()),
        chain=is_chain,
    )
    desk = Desk(
        problem=problem,
        has=has,
        calendar=build_calendar(problem, rules, parameters, width),
        draws=build_draws(parameters, width),
        store=open_store(state, problem.lanes, rules, width),
        room=build_room(problem, len(rules.quotas), width),
        exempt=tile(stack_exempt(rules), width),
        kept={name: np.array(getattr(state, name), order="C") for name in RULE_ARRAYS},
        width=width,
    )
    find_underway(problem.lanes, desk.store)
    return desk


def stack_exempt(rules: Rules) -> Array:
    """Share of each quota's lanes that it does not count, dims (draw, quota)."""
    none = np.zeros((rules.draws, 0))
    parts = [np.broadcast_to(rule.exempt.reshape(-1, 1), (rules.draws, 1)) for rule in rules.quotas]
    return np.concatenate([none, *parts], axis=1)


def open_month(desk: Desk, number: int) -> Month:
    """Read the rules of a month; triggers fire and quotas open."""
    terms, clock = read_month(desk.calendar, desk.store, desk.kept["fired"], desk.kept["entry"], number)
    left = tile(open_quotas(desk.kept["quota_left"], clock, desk.calendar.rules), desk.width)
    return Month(number, terms, clock, left)


def open_found(width: int) -> Array:
    """Make room for what the check of a month finds, dims (row, draw)."""
    found = np.zeros((FOUND, width))
    found[-1] = NONE
    return found


def plan(desk: Desk, month: Month) -> None:
    """Equations 1-6 in a block of one tile: what every country wants."""
    problem = desk.problem
    plan_tile(problem.lanes, problem.countries, desk.draws, desk.store, month.terms, desk.room, desk.has, 0)


def sell(desk: Desk, month: Month) -> None:
    """Equations 6-9 in a block of one tile: what the sellers do about it."""
    problem = desk.problem
    sell_tile(
        problem.lanes, problem.countries, problem.quotas, month.left, desk.exempt, desk.draws, desk.store,
        month.terms, desk.room, desk.has, 0,
    )  # fmt: skip


def close(desk: Desk, month: Month, keeper: Keeper) -> None:
    """Equations 9-13 in a block of one tile: goods, memories and prices move; the month is checked and kept."""
    problem, found = desk.problem, open_found(desk.width)
    close_tile(
        problem.lanes, problem.countries, desk.draws, desk.store, month.terms, desk.room, desk.has, 0,
        keeper.kept, found,
    )  # fmt: skip
    end_month(desk, month, found)


def end_month(desk: Desk, month: Month, found: Array) -> None:
    """Check what a month lost, and hand on what has the draws first."""
    rules = desk.calendar.rules
    raise_if_wrong(desk.problem.market, found, month.number)
    desk.kept["quota_left"], desk.kept["fired"] = untile(month.left, rules.draws), month.clock.fired
    if rules.suppliers:
        update_entry(desk, month.clock)


def update_entry(desk: Desk, clock: Clock) -> None:
    """Suppliers decide and build. Equation 13b."""
    rules, market = desk.calendar.rules, desk.problem.market
    growth = desk.calendar.terms.pool[:, desk.problem.countries.rows[GROWTH]]
    desk.kept["entry"] = update_suppliers(
        desk.kept["entry"], untile(desk.store.log_price_mean, rules.draws), untile(growth, rules.draws),
        clock=clock, rules=rules, market=market, p=desk.calendar.parameters,
    )  # fmt: skip


def raise_if_wrong(market: Market, found: Array, month: int) -> None:
    """Raise ModelError if a month lost or made mass, by country and at sea, or is not finite; as `check_tile` says."""
    error, most, least, broken = found[0].max(), found[1].max(), found[2].min(), found[3].sum()
    largest = max(market.largest, float(most))
    is_sound = bool(np.isfinite(broken)) and float(least) >= 0.0
    worst = int(found[4, int(np.argmax(found[0]))])
    places = [] if worst == NONE or not error > TOLERANCE * largest else [worst]
    raise_if_lost(month, float(error), largest, market, is_sound=is_sound, places=places)
