"""Run blocks of draws of a chain through the compiled kernel: its phases, market by market, with the ledger between."""

from collections.abc import Callable, Sequence

import numpy as np

from monazite.simulation.chain_engine import ChainBlock, check_links, list_linked
from monazite.simulation.chain_ledger import Ledger, pass_on
from monazite.simulation.chain_market import ChainMarket
from monazite.simulation.chain_step import ChainRules, ChainState
from monazite.simulation.chain_triggers import fire_across
from monazite.simulation.kernel_keeper import Keeper
from monazite.simulation.kernel_run import Desk, Month, build_desk, close, open_month, plan, sell
from monazite.simulation.kernel_store import close_store, mark_leaks, round_up, untile
from monazite.simulation.kernel_tables import build_problem
from monazite.simulation.market import Array
from monazite.simulation.results import Recorder


def run_chain_block(
    chain: ChainMarket, block: ChainBlock, records: Sequence[Recorder], on_month: Callable[[], None]
) -> ChainState:
    """Take a block of draws through the months, as `chain_engine.run_chain_oracle` does."""
    desks = build_desks(chain, block)
    keepers = [Keeper(record, desk.problem, block.draws) for desk, record in zip(desks, records, strict=True)]
    reach = block.state.reach
    for number in range(block.state.month, block.months):
        at = number - block.state.month
        for desk, keeper in zip(desks, keepers, strict=True):
            keeper.open_month(desk.store, at)
        ledger = Ledger(chain, reach[0].shape)
        months = plan_chain(desks, ledger, reach, number)
        sell_chain(desks, ledger, months)
        close_chain(desks, keepers, chain, block.inputs, months)
        reach = tuple(map(ledger.find_reach, range(len(desks))))
        linked = {"feed_t": ledger.feed, "starved_t": ledger.starved, "bound_t": ledger.bound}
        for place, keeper in enumerate(keepers):
            keeper.close_month(at)
            for name in list_linked(chain, place):
                records[place].by_country[name][block.draws, at] = linked[name][place]
        check_links(chain, ledger.feed, ledger.bound, number)
        on_month()
    states = (
        close_store(
            desk.store, desk.kept, state, desk.problem.lanes, desk.calendar.rules, block.months
        ).expand()
        for desk, state in zip(desks, block.state.states, strict=True)
    )
    return ChainState(tuple(states), reach)


def build_desks(chain: ChainMarket, block: ChainBlock) -> list[Desk]:
    """Lay a block of draws out for every market, in one tile, so that the stages can act on one another."""
    desks = []
    for place, (market, state) in enumerate(zip(chain.markets, block.state.states, strict=True)):
        rules, parameters = block.inputs.rules[place], block.inputs.parameters[place]
        problem = build_problem(market, rules, mark_leaks(state))
        desk = build_desk(problem, state, rules, parameters, round_up(rules.draws), is_chain=True)
        desk.room.work.free[:] = chain.free_share[place][:, None]
        desk.room.work.reach[:] = 1.0
        desks.append(desk)
    return desks


def put(target: Array, values: Array) -> None:
    """Put values with dims (draw, country) where the kernel has them, dims (country, draw); the rest fills the tile."""
    target[:, : len(values)] = values.T


def take(values: Array, draws: int) -> Array:
    """Take what the kernel has, dims (draw, country); a copy."""
    return np.array(values[:, :draws].T, order="C")


def watch_markets(desks: Sequence[Desk], number: int) -> None:
    """Fire the triggers of each market that watch another one, as `chain_step.watch_markets`."""
    draws, rules = desks[0].calendar.rules.draws, [desk.calendar.rules for desk in desks]
    seen = ((untile(desk.store.log_price, draws), untile(desk.store.unmet, draws)) for desk in desks)
    fired = fire_across(number, [desk.kept["fired"] for desk in desks], seen, rules)
    for desk, each in zip(desks, fired, strict=True):
        desk.kept["fired"] = each


def plan_chain(
    desks: Sequence[Desk], ledger: Ledger, reach: Sequence[np.ndarray], number: int
) -> list[Month]:
    """Find the needs of every market, from product to ore. Equations 14 and 15."""
    watch_markets(desks, number)
    found: dict[int, Month] = {}
    for place in reversed(range(len(desks))):
        desk = desks[place]
        put(desk.room.work.feed, ledger.find_feed(place))
        put(desk.room.work.reach, reach[place])
        found[place] = open_month(desk, number)
        plan(desk, found[place])
        ledger.planned[place] = take(desk.room.work.production, desk.calendar.rules.draws)
    return [found[place] for place in range(len(desks))]


def sell_chain(desks: Sequence[Desk], ledger: Ledger, months: Sequence[Month]) -> None:
    """Sell from ore to product, each stage within what the one before delivered. Equations 16 and 17."""
    left: list[np.ndarray] = []
    for place, desk in enumerate(desks):
        work, draws = desk.room.work, desk.calendar.rules.draws
        made, capacity = ledger.limit(place, take(work.capacity, draws), left)
        put(work.production, made)
        put(work.capacity, capacity)
        sell(desk, months[place])
        ledger.serve(place, take(work.demand, draws), take(work.home, draws))
        left.append(np.maximum(take(work.left - work.leaked, draws), 0.0))
        found = ledger.take(place, take(work.extra, draws))
        if found is not None:
            above, taken = found
            earlier = desks[above].room.work
            put(earlier.demand, take(earlier.demand, draws) + taken)
            put(earlier.home, take(earlier.home, draws) + taken)
            put(earlier.left, np.maximum(take(earlier.left, draws) - taken, 0.0))
            left[above] = np.maximum(left[above] - taken, 0.0)


def close_chain(
    desks: Sequence[Desk],
    keepers: Sequence[Keeper],
    chain: ChainMarket,
    inputs: ChainRules,
    months: Sequence[Month],
) -> None:
    """Close the month from ore to product: a dearer input makes the product dearer. Equation 18."""
    draws = desks[0].calendar.rules.draws
    before = [take(desk.store.log_price[0], draws) for desk in desks]
    for place, desk in enumerate(desks):
        maker = chain.made_by(place)
        if maker is not None and maker.link.upstream is not None:
            above = maker.link.upstream
            share = inputs.cost_share[maker.number] * maker.link.bound_share[maker.product]
            after = take(desks[above].store.log_price[0], draws)
            cost = pass_on(share, before[above], after, inputs.parameters[place].price_decay)
            put(desk.room.work.cost, cost)
        close(desk, months[place], keepers[place])
