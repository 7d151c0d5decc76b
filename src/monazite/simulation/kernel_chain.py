"""Run blocks of draws of a chain through the compiled kernel: its phases, market by market, with the ledger between."""

from collections.abc import Callable, Sequence

import numpy as np

from monazite.simulation.chain_engine import ChainBlock, check_links, list_linked
from monazite.simulation.chain_ledger import Ledger, pass_on
from monazite.simulation.chain_market import ChainMarket
from monazite.simulation.chain_step import ChainRules, ChainState
from monazite.simulation.kernel_run import (
    Month,
    Room,
    build_problem,
    build_room,
    check_block,
    close_month,
    list_lanes,
    make_sales,
    read_needs,
    record_month,
    sum_underway,
)
from monazite.simulation.kernel_tables import close_store
from monazite.simulation.results import Recorder


def run_chain_block(
    chain: ChainMarket, block: ChainBlock, records: Sequence[Recorder], on_month: Callable[[], None]
) -> ChainState:
    """Take a block of draws through the months, as `chain_engine.run_chain_oracle` does."""
    rooms = build_rooms(chain, block)
    kept = [list_lanes(room.problem, record.lanes) for room, record in zip(rooms, records, strict=True)]
    reach = block.state.reach
    for month in range(block.state.month, block.months):
        before = [sum_underway(room.store) for room in rooms]
        ledger = Ledger(chain, reach[0].shape)
        under_way = plan_chain(rooms, ledger, reach, month)
        sell_chain(rooms, ledger, under_way)
        close_chain(rooms, chain, block.inputs, under_way)
        reach = tuple(map(ledger.find_reach, range(len(rooms))))
        for place, room in enumerate(rooms):
            terms = under_way[place].terms
            check_block(room, terms, before[place], month)
            linked = {
                "feed_t": ledger.feed[place].T,
                "starved_t": ledger.starved[place].T,
                "bound_t": ledger.bound[place].T,
            }
            chosen = {name: linked[name] for name in list_linked(chain, place)}
            at = month - block.state.month
            record_month(room, terms, records[place], kept[place], block.draws, at, linked=chosen)
        check_links(chain, ledger.feed, ledger.bound, month)
        on_month()
    states = (
        close_store(room.store, state, room.problem.lanes, room.rules, block.months)
        for room, state in zip(rooms, block.state.states, strict=True)
    )
    return ChainState(tuple(states), reach)


def build_rooms(chain: ChainMarket, block: ChainBlock) -> list[Room]:
    """Lay a block of draws out for every market."""
    rooms = []
    for place, market in enumerate(chain.markets):
        rules, parameters = block.inputs.rules[place], block.inputs.parameters[place]
        room = build_room(build_problem(market, rules), block.state.states[place], rules, parameters)
        room.work.free[:] = chain.free_share[place][:, None]
        rooms.append(room)
    return rooms


def plan_chain(rooms: Sequence[Room], ledger: Ledger, reach: Sequence[np.ndarray], month: int) -> list[Month]:
    """Find the needs of every market, from product to ore. Equations 14 and 15."""
    found: dict[int, Month] = {}
    for place in reversed(range(len(rooms))):
        work = rooms[place].work
        work.feed[:] = ledger.find_feed(place).T
        work.reach[:] = reach[place].T
        found[place] = read_needs(rooms[place], month)
        ledger.planned[place] = work.production.T.copy()
    return [found[place] for place in range(len(rooms))]


def sell_chain(rooms: Sequence[Room], ledger: Ledger, under_way: Sequence[Month]) -> None:
    """Sell from ore to product, each stage within what the one before delivered. Equations 16 and 17."""
    left: list[np.ndarray] = []
    for place, room in enumerate(rooms):
        work = room.work
        made, capacity = ledger.limit(place, work.capacity.T, left)
        work.production[:], work.capacity[:] = made.T, capacity.T
        make_sales(room, under_way[place])
        ledger.serve(place, work.demand.T, work.home.T)
        left.append(np.maximum(work.left - work.leaked, 0.0).T)
        found = ledger.take(place, work.extra.T)
        if found is not None:
            above, taken = found
            earlier = rooms[above].work
            earlier.demand[:] += taken.T
            earlier.home[:] += taken.T
            earlier.left[:] = np.maximum(earlier.left - taken.T, 0.0)
            left[above] = np.maximum(left[above] - taken, 0.0)


def close_chain(
    rooms: Sequence[Room], chain: ChainMarket, inputs: ChainRules, under_way: Sequence[Month]
) -> None:
    """Close the month from ore to product: a dearer input makes the product dearer. Equation 18."""
    before = [room.store.log_price.T.copy() for room in rooms]
    for place, room in enumerate(rooms):
        maker = chain.made_by(place)
        if maker is not None and maker.link.upstream is not None:
            above = maker.link.upstream
            share = inputs.cost_share[maker.number] * maker.link.bound_share[maker.product]
            after = rooms[above].store.log_price.T
            room.work.cost[:] = pass_on(share, before[above], after, inputs.parameters[place].price_decay).T
        close_month(room, under_way[place])
