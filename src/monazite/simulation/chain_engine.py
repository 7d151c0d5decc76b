"""The two engines of a chain: the oracle in NumPy, and the compiled kernel for many draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

import numpy as np

from monazite.errors import ModelError
from monazite.simulation.chain_market import ChainMarket, Link
from monazite.simulation.chain_step import ChainRules, ChainState, step_chain
from monazite.simulation.engine import TOLERANCE, Engine, check_mass, choose_engine
from monazite.simulation.market import Array, divide
from monazite.simulation.results import Recorder


@dataclass(frozen=True)
class ChainBlock:
    """Some of the draws of a run of a chain."""

    draws: slice
    state: ChainState
    inputs: ChainRules
    months: int  # of the whole run


class ChainRunner(Protocol):
    """Takes a block of draws of a chain to the end of the run and records its months, market by market."""

    def __call__(
        self, chain: ChainMarket, block: ChainBlock, records: Sequence[Recorder], on_month: Callable[[], None]
    ) -> ChainState:
        """Return the state after the last month."""


def choose_chain_engine(engine: Engine, draws: int, chain: ChainMarket) -> tuple[str, ChainRunner]:
    """
    Choose the engine of a run, as `choose_engine` does for one market.

    Raises
    ------
    ScenarioError
        If the kernel is asked for and Numba is not installed.
    """
    name, _ = choose_engine(engine, draws, [len(chain.countries)] * len(chain.markets))
    if name == "kernel":
        return name, cast(ChainRunner, import_module("monazite.simulation.kernel_chain").run_chain_block)
    return name, run_chain_oracle


def run_chain_oracle(
    chain: ChainMarket, block: ChainBlock, records: Sequence[Recorder], on_month: Callable[[], None]
) -> ChainState:
    """Take a block of draws through the months with `step_chain`."""
    state = block.state
    for month in range(state.month, block.months):
        following, stages = step_chain(state, chain, block.inputs)
        for place, (market, stage) in enumerate(zip(chain.markets, stages, strict=True)):
            check_mass(state.states[place], following.states[place], stage.flows, market)
            linked = {"feed_t": stage.feed, "starved_t": stage.starved, "bound_t": stage.bound}
            chosen = {name: linked[name] for name in list_linked(chain, place)}
            records[place].add(
                block.draws, month - block.state.month, stage.flows, following.states[place], linked=chosen
            )
        check_links(chain, [stage.feed for stage in stages], [stage.bound for stage in stages], month)
        state = following
        on_month()
    return state


def list_linked(chain: ChainMarket, place: int) -> tuple[str, ...]:
    """List the arrays of `results.LINKED` that a market has."""
    made = ("starved_t", "bound_t") if chain.made_by(place) else ()
    return (*(("feed_t",) if chain.feeds(place) else ()), *made)


def check_links(chain: ChainMarket, feed: Sequence[Array], bound: Sequence[Array], month: int) -> None:
    r"""
    Raise ModelError if a link lost or made mass.

    What the linked producers took from the market before equals what their output needs, country by country:

    .. math:: \text{feed}_c = \sum_{\text{links}} \frac{F_c}{\sum_e \beta_{ec} Y_{ec}} \sum_e \text{bound}_{ec}

    `feed` and `bound` hold an array for each market. [t a month]
    """
    for place, market in enumerate(chain.markets):
        links = chain.feeds(place)
        if not links:
            continue
        needed = sum(find_input(link, chain, bound) for link in links)
        error = float(np.abs(feed[place] - needed).max())
        if not error <= TOLERANCE * max(market.largest, float(feed[place].max())):
            raise ModelError(
                f"simulation, month {month}", f"a link of {chain.names[place]} does not keep mass: {error:.1e} t.",
                expected=f"at most {TOLERANCE:g} of the largest flow",
                fix="report it with the scenario file: this is a bug in Monazite",
            )  # fmt: skip


def find_input(link: Link, chain: ChainMarket, bound: Sequence[Array]) -> Array:
    """Find the input that the bound production of a link needs. [t a month]"""
    base = sum(
        share * chain.markets[place].own_supply
        for place, share in zip(link.downstream, link.bound_share, strict=True)
    )
    made = sum(bound[place] for place in link.downstream)
    needed: Array = made * divide(link.feed, np.asarray(base))
    return needed
