"""
One month of a chain: every market takes its month as in `step`, and feels the others between the phases.

Equation numbers are those of docs/reference/simulation.md, section 6. Arrays have dims (draw, country) where nothing
else is said; nothing is changed in place that was passed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from monazite.simulation.chain_ledger import Ledger, pass_on
from monazite.simulation.chain_market import ChainMarket
from monazite.simulation.chain_triggers import fire_across
from monazite.simulation.market import Array
from monazite.simulation.needs import Coupling, Needs, find_needs
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules
from monazite.simulation.sales import Sales, sell
from monazite.simulation.state import State, build_state, join_states
from monazite.simulation.step import Flows, close_month, open_month
from monazite.simulation.terms import Terms, read_terms


@dataclass(frozen=True)
class ChainState:
    """The state of every market of a chain at the start of a month; complete, so that a run can stop and go on."""

    states: tuple[State, ...]
    reach: tuple[Array, ...]  # share of the planned production that its input allowed last month [unitless]

    @property
    def month(self) -> int:
        """Months since the start of the run."""
        return self.states[0].month

    def block(self, draws: slice) -> "ChainState":
        """Take some of the draws."""
        return ChainState(
            tuple(state.block(draws) for state in self.states), tuple(reach[draws] for reach in self.reach)
        )


@dataclass(frozen=True)
class ChainRules:
    """Policies and drawn parameters of every market, and the drawn cost share of every link, dims (draw, 1)."""

    rules: tuple[Rules, ...]
    parameters: tuple[Parameters, ...]
    cost_share: tuple[Array, ...]

    def block(self, draws: slice) -> "ChainRules":
        """Take some of the draws."""
        return ChainRules(
            tuple(rules.block(draws) for rules in self.rules),
            tuple(parameters.block(draws) for parameters in self.parameters),
            tuple(share[draws] for share in self.cost_share),
        )


@dataclass(frozen=True)
class StageFlows:
    """What happened at one stage in one month. [t a month]"""

    flows: Flows
    feed: Array  # consumption that went into later stages
    starved: Array  # production that was planned and lacked its input
    bound: Array  # production that came of the link


def build_chain_state(chain: ChainMarket, inputs: ChainRules) -> ChainState:
    """Build the state in which every flow of every market equals the baseline."""
    states = tuple(
        build_state(market, rules, parameters)
        for market, rules, parameters in zip(chain.markets, inputs.rules, inputs.parameters, strict=True)
    )
    return ChainState(states, tuple(np.ones_like(state.stock) for state in states))


def join_chain_states(blocks: Sequence[ChainState]) -> ChainState:
    """Put blocks of draws together again."""
    places = range(len(blocks[0].states))
    return ChainState(
        tuple(join_states([block.states[place] for block in blocks]) for place in places),
        tuple(np.concatenate([block.reach[place] for block in blocks]) for place in places),
    )


def step_chain(
    state: ChainState, chain: ChainMarket, inputs: ChainRules
) -> tuple[ChainState, tuple[StageFlows, ...]]:
    """
    Advance one month: needs from product to ore, sales from ore to product, then prices from ore to product.

    Parameters
    ----------
    state : ChainState
        At the start of month `state.month`.
    chain, inputs
        Baseline, policies and drawn parameters of the same draws.

    Returns
    -------
    ChainState, tuple of StageFlows
        At the start of the next month, and what flowed at each stage.

    Notes
    -----
    Equations 14-18.
    """
    ledger = Ledger(chain, state.states[0].stock.shape)
    states = watch_markets(state, inputs)
    terms = [
        read_terms(*each) for each in zip(states, chain.markets, inputs.rules, inputs.parameters, strict=True)
    ]
    opened = [open_month(one, term) for one, term in zip(states, terms, strict=True)]
    needs = find_chain_needs(state, opened, terms, ledger, inputs)
    needs, sales = sell_chain(opened, terms, needs, ledger, inputs)
    after, flows = close_chain(state, terms, needs, sales, chain=chain, inputs=inputs)
    stages = tuple(
        StageFlows(flow, *each)
        for flow, *each in zip(flows, ledger.feed, ledger.starved, ledger.bound, strict=True)
    )
    return ChainState(after, tuple(map(ledger.find_reach, range(len(chain.markets))))), stages


def watch_markets(state: ChainState, inputs: ChainRules) -> list[State]:
    """Fire the triggers of each market that watch another one."""
    seen = [(one.log_price, one.unmet) for one in state.states]
    fired = fire_across(state.month, [one.fired for one in state.states], seen, inputs.rules)
    return [replace(one, fired=each) for one, each in zip(state.states, fired, strict=True)]


def find_chain_needs(
    state: ChainState, opened: Sequence[State], terms: Sequence[Terms], ledger: Ledger, inputs: ChainRules
) -> list[Needs]:
    """Find the needs of every market, from product to ore."""
    chain, found = ledger.chain, dict[int, Needs]()
    for place in reversed(range(len(chain.markets))):
        coupling = Coupling(chain.free_share[place], ledger.find_feed(place), state.reach[place])
        found[place] = find_needs(
            opened[place], terms[place], chain.markets[place], inputs.rules[place], inputs.parameters[place],
            coupling=coupling,
        )  # fmt: skip
        ledger.planned[place] = found[place].production
    return [found[place] for place in range(len(chain.markets))]


def sell_chain(
    opened: Sequence[State],
    terms: Sequence[Terms],
    needs: Sequence[Needs],
    ledger: Ledger,
    inputs: ChainRules,
) -> tuple[list[Needs], list[Sales]]:
    """Sell from ore to product, each stage within what the one before delivered."""
    limited, sales = list(needs), list[Sales]()
    for place, need in enumerate(needs):
        made, capacity = ledger.limit(place, need.capacity, [sold.left for sold in sales])
        limited[place] = replace(need, production=made, capacity=capacity)
        sold = sell(
            opened[place], terms[place], limited[place], inputs.rules[place], inputs.parameters[place]
        )
        sales.append(sold)
        ledger.serve(place, need.demand, sold.home)
        found = ledger.take(place, sold.extra)
        if found is not None:
            above, taken = found
            limited[above] = replace(limited[above], demand=limited[above].demand + taken)
            left = np.maximum(sales[above].left - taken, 0.0)
            sales[above] = replace(sales[above], home=sales[above].home + taken, left=left)
    return limited, sales


def close_chain(
    state: ChainState,
    terms: Sequence[Terms],
    needs: Sequence[Needs],
    sales: Sequence[Sales],
    *,
    chain: ChainMarket,
    inputs: ChainRules,
) -> tuple[tuple[State, ...], list[Flows]]:
    """Equations 10-13 at every stage, from ore to product: a dearer input makes the product dearer."""
    after: list[State] = []
    flows: list[Flows] = []
    for place, market in enumerate(chain.markets):
        maker, cost, parameters = chain.made_by(place), None, inputs.parameters[place]
        if maker is not None and maker.link.upstream is not None:
            above = maker.link.upstream
            share = inputs.cost_share[maker.number] * maker.link.bound_share[maker.product]
            prices = state.states[above].log_price, after[above].log_price
            cost = pass_on(share, *prices, parameters.price_decay)
        following, flow = close_month(
            state.states[place], terms[place], needs[place], sales[place],
            market=market, rules=inputs.rules[place], parameters=parameters, cost=cost,
        )  # fmt: skip
        after.append(following)
        flows.append(flow)
    return tuple(after), flows
