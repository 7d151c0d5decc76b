"""
One month of a chain: every market takes its month as in `step`, and feels the others between the phases.

Equation numbers are those of docs/reference/simulation.md, section 6. Arrays have dims (draw, country) where nothing
else is said; nothing is changed in place that was passed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from monazite.simulation.chain_market import ChainMarket, Link, Maker
from monazite.simulation.market import Array, Market, divide
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


@dataclass(frozen=True)
class Limited:
    """What the link leaves of the production of one market. [t a month]"""

    needs: Needs
    starved: Array
    bound: Array


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
    terms = [
        read_terms(*each)
        for each in zip(state.states, chain.markets, inputs.rules, inputs.parameters, strict=True)
    ]
    opened = [open_month(one, term) for one, term in zip(state.states, terms, strict=True)]
    needs, wishes = find_chain_needs(state, opened, terms, chain, inputs)
    limited, sales, feeds = sell_chain(opened, terms, needs, wishes, chain=chain, inputs=inputs)
    after, flows = close_chain(state, terms, limited, sales, chain=chain, inputs=inputs)
    reach = tuple(find_reach(need, limit.needs) for need, limit in zip(needs, limited, strict=True))
    stages = tuple(
        StageFlows(flow, feed, limit.starved, limit.bound)
        for flow, feed, limit in zip(flows, feeds, limited, strict=True)
    )
    return ChainState(after, reach), stages


def find_chain_needs(
    state: ChainState,
    opened: Sequence[State],
    terms: Sequence[Terms],
    chain: ChainMarket,
    inputs: ChainRules,
) -> tuple[list[Needs], list[Array]]:
    """Equations 14 and 15: needs of every market, and the throughput that every link wants over its baseline."""
    found: dict[int, Needs] = {}
    wishes: dict[int, Array] = {}
    for place in reversed(range(len(chain.markets))):
        feed = np.zeros_like(opened[place].stock)
        for number, link in enumerate(chain.links):
            if link.upstream == place:
                wishes[number] = find_throughput(link, chain, found)
                feed = feed + link.feed * wishes[number]
        found[place] = find_needs(
            opened[place], terms[place], chain.markets[place], inputs.rules[place], inputs.parameters[place],
            coupling=Coupling(chain.free_share[place], feed, state.reach[place]),
        )  # fmt: skip
    for number, link in enumerate(chain.links):
        if link.upstream is None:
            wishes[number] = find_throughput(link, chain, found)
    return [found[place] for place in range(len(chain.markets))], [
        wishes[number] for number in range(len(chain.links))
    ]


def find_throughput(link: Link, chain: ChainMarket, needs: dict[int, Needs]) -> Array:
    """Equation 14: throughput over its baseline: what the plans of the products ask, weighed by their value."""
    asked = [
        share * divide_plan(needs[place].production, chain.markets[place].own_supply)
        for place, share in zip(link.downstream, link.value_share, strict=True)
    ]
    total: Array = np.sum(asked, axis=0)
    return total


def divide_plan(planned: Array, baseline: Array) -> Array:
    """Planned production over that of the baseline, 0 where there was none. [unitless]"""
    return divide(planned, np.broadcast_to(baseline, planned.shape))


def sell_chain(
    opened: Sequence[State],
    terms: Sequence[Terms],
    needs: Sequence[Needs],
    wishes: Sequence[Array],
    *,
    chain: ChainMarket,
    inputs: ChainRules,
) -> tuple[list[Limited], list[Sales], list[Array]]:
    """Equations 16 and 17: sales from ore to product, each within what the stage before delivered."""
    limited: list[Limited] = []
    sales: list[Sales] = []
    fills: list[Array] = []
    feeds = [np.zeros_like(state.stock) for state in opened]
    for place, market in enumerate(chain.markets):
        limit = Limited(needs[place], feeds[place], feeds[place])
        maker, above = chain.made_by(place), None
        if maker is not None:
            above, wish = maker.link.upstream, wishes[maker.number]
            fill = np.ones_like(wish) if above is None else fills[above]
            left = None if above is None else sales[above].left
            limit = limit_production(needs[place], maker, market, allowed=wish * fill, fill=fill, left=left)
            if above is not None and maker.product == 0:
                feeds[above] = feeds[above] + maker.link.feed * wish * fill
        sold = sell(opened[place], terms[place], limit.needs, inputs.rules[place], inputs.parameters[place])
        if maker is not None and above is not None and not maker.link.is_basket:
            taken = sold.extra * divide_plan(maker.link.feed, market.own_supply)
            limit = replace(limit, bound=limit.bound + sold.extra * maker.link.bound_share[maker.product])
            feeds[above] = feeds[above] + taken
            limited[above], sales[above] = take_input(limited[above], sales[above], taken)
        limited.append(limit)
        sales.append(sold)
        fills.append(find_fill(limit.needs, sold))
    return limited, sales, feeds


def find_fill(needs: Needs, sales: Sales) -> Array:
    """Share of the use that was served, 1 where nothing was wanted. [unitless]"""
    return np.where(needs.demand > 0, divide(sales.home, needs.demand), 1.0)


def limit_production(
    needs: Needs, maker: Maker, market: Market, *, allowed: Array, fill: Array, left: Array | None
) -> Limited:
    """
    Equation 16: what the link leaves of the planned production, and equation 17: of the production for new buyers.

    `allowed` is the throughput over its baseline that the delivered input allows, `fill` the share of the input that
    was delivered, `left` the stock of the upstream that nobody took.
    """
    link, planned, share = maker.link, needs.production, maker.link.bound_share[maker.product]
    if link.is_basket:
        bound = share * market.own_supply * allowed
        made = np.maximum(planned + (bound - share * planned), 0.0)
        room = (1.0 - share) * np.maximum(needs.capacity - planned, 0.0)
    else:
        bound = share * planned * fill
        made = planned - share * planned * (1.0 - fill)
        room = np.maximum(needs.capacity - made, 0.0)
        if left is not None:
            input_share = divide(link.feed, market.own_supply)
            room = np.where(input_share > 0, np.minimum(room, divide_plan(left, input_share)), room)
    capacity = np.where(share > 0, made + room, needs.capacity)
    starved = np.maximum(planned - made, 0.0)
    return Limited(replace(needs, production=made, capacity=capacity), starved, bound)


def take_input(limit: Limited, sales: Sales, taken: Array) -> tuple[Limited, Sales]:
    """Equation 17: production for new buyers uses up stock of the upstream, which counts as wanted and served."""
    needs = replace(limit.needs, demand=limit.needs.demand + taken)
    home, left = sales.home + taken, np.maximum(sales.left - taken, 0.0)
    return replace(limit, needs=needs), replace(sales, home=home, left=left)


def close_chain(
    state: ChainState,
    terms: Sequence[Terms],
    limited: Sequence[Limited],
    sales: Sequence[Sales],
    *,
    chain: ChainMarket,
    inputs: ChainRules,
) -> tuple[tuple[State, ...], list[Flows]]:
    """Equations 10-13 at every stage, and equation 18: a dearer input makes the product dearer."""
    after: list[State] = []
    flows: list[Flows] = []
    for place, market in enumerate(chain.markets):
        maker, cost = chain.made_by(place), None
        if maker is not None and maker.link.upstream is not None:
            above = maker.link.upstream
            share = inputs.cost_share[maker.number] * maker.link.bound_share[maker.product]
            kept = (1.0 - inputs.parameters[place].price_decay) * state.states[above].log_price
            cost = share * (after[above].log_price - kept)
        following, flow = close_month(
            state.states[place], terms[place], limited[place].needs, sales[place],
            market=market, rules=inputs.rules[place], parameters=inputs.parameters[place], cost=cost,
        )  # fmt: skip
        after.append(following)
        flows.append(flow)
    return tuple(after), flows


def find_reach(planned: Needs, made: Needs) -> Array:
    """Share of the planned production that could be made, at most 1; 1 where nothing was planned. [unitless]"""
    share = divide(made.production, planned.production)
    return np.where(planned.production > 0, np.minimum(share, 1.0), 1.0)
