"""Ensembles of a chain: the same blocks, workers, cluster and folder as for one market."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from typing import cast

import numpy as np
import xarray as xr

from monazite.simulation.block_store import Shapes
from monazite.simulation.blocks import MEAN, Part, Results, cut_parts
from monazite.simulation.chain_engine import choose_chain_engine
from monazite.simulation.chain_market import ChainMarket
from monazite.simulation.chain_policies import Overrides, Policies, sort_policies
from monazite.simulation.chain_run import (
    ChainRun,
    draw_chain,
    find_ranges,
    label_drawn,
    name_link,
    simulate_chain,
)
from monazite.simulation.designs import list_uncertain
from monazite.simulation.engine import BLOCKS, Engine
from monazite.simulation.ensemble import (
    HERE,
    Computing,
    check_how,
    draw_units,
    find_shapes,
    label_kept,
    open_store,
    run_parts,
)
from monazite.simulation.policies import Instrument
from monazite.simulation.priors import Range, Units
from monazite.simulation.run import check_memory, check_numbers


@dataclass(frozen=True)
class ChainProblem:
    """The job of a chain; `arrays` names what is kept of every market."""

    chain: ChainMarket
    policies: Policies
    months: int
    start: str | None
    parameters: Overrides
    lanes: tuple[str, ...]
    engine: Engine
    arrays: Mapping[str, tuple[str, ...]]
    version: str

    def simulate(self, part: Part, on_months: Callable[[int], None] | None) -> Results:
        """Simulate one block; of `trade_mean_t` the sum over its draws."""
        size = part.draws.stop - part.draws.start
        run = simulate_chain(
            self.chain,
            self.policies,
            months=self.months,
            start=self.start,
            draws=size,
            parameters=self.parameters,
            lanes=self.lanes,
            engine=self.engine,
            units=part.units,
            on_progress=None if on_months is None else (lambda done, _: on_months(done)),
        )
        kept = {}
        for market, names in self.arrays.items():
            for name in names:
                values = run.runs[market].arrays[name].values
                kept[name_array(market, name)] = values * size if name == MEAN else values
        return kept


def name_array(market: str, array: str) -> str:
    """
    Name an array of a market among those of all markets.

    Examples
    --------
    >>> name_array("ore", "stock_t")
    'ore.stock_t'
    """
    return f"{market}.{array}"


def simulate_chain_ensemble(
    chain: ChainMarket,
    policies: Policies | Sequence[Instrument],
    *,
    months: int,
    start: str | None = None,
    draws: int = 200,
    seed: int = 0,
    parameters: Overrides | None = None,
    lanes: Sequence[str] = (),
    engine: Engine = "auto",
    how: Computing = HERE,
    identity: Mapping[str, str] | None = None,
    keep: Sequence[str] | None = None,
    units: Units | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ChainRun:
    """
    Simulate a chain as `simulate_chain` does, in blocks of draws that several workers share.

    Parameters
    ----------
    chain, policies, months, start, draws, seed, parameters, lanes, engine, on_progress
        As in `simulate_chain`.
    how : Computing
        Design of the draws, workers, cluster, folder of the blocks.
    identity : mapping of str to str, optional
        What names this run beside the arguments (release, scenario); blocks of another run are not gone on with.
    keep : sequence of str, optional
        Arrays of every market to keep; by default all.
    units : Units, optional
        Draws that were laid out beforehand, instead of `how.design`.

    Returns
    -------
    ChainRun
        Equal, byte by byte, for any workers, pool and cluster of machines of one kind, whether stopped and resumed
        or not. It has no final state.

    Raises
    ------
    ScenarioError
        That names every argument and policy that cannot be used, or workers of another version.
    DataError
        If the cluster does not answer, workers keep dying, or the disk is full; blocks that are done stay.

    Notes
    -----
    As for `simulate_ensemble`; the blocks hold all markets, since a draw cannot be cut between them.

    Examples
    --------
    300 draws of two markets, 25 draws a block: 12 blocks.
    """
    check_numbers(months=months, draws=draws, seed=seed, block=None, resume=None)
    check_how(how)
    name, _ = choose_chain_engine(engine, draws, chain)
    chosen = sort_policies(chain, policies)
    drawn = units or draw_units(how.design, list_chain_uncertain(chain, chosen, parameters), draws, seed)
    one = simulate_chain(
        chain, chosen, months=1, start=start, draws=1, parameters=parameters, lanes=lanes, engine="oracle",
        units=drawn.block(slice(0, 1)),
    )  # fmt: skip
    arrays = {
        market: tuple(map(str, run.arrays)) if keep is None else tuple(keep)
        for market, run in one.runs.items()
    }
    problem = ChainProblem(
        chain, chosen, months, start, dict(parameters or {}), tuple(lanes), cast(Engine, name),
        arrays, version("monazite"),
    )  # fmt: skip
    parts = cut_parts(drawn, draws, BLOCKS[name])
    shapes: Shapes = {
        name_array(market, array): shape
        for market, run in one.runs.items()
        for array, shape in find_shapes(
            run.arrays, arrays[market], draws=draws, months=months, blocks=len(parts)
        ).items()
    }
    if how.folder is None and keep is None:
        lanes_kept = max(run.arrays.sizes["exporter"] for run in one.runs.values())
        check_memory(len(chain.countries), lanes_kept, draws=draws * len(chain.markets), months=months)
    marked = {
        **(identity or {}), "design": how.design, "engine": name, "draws": str(draws), "months": str(months),
        "seed": str(seed), "version": problem.version, "inputs": sign_chain(problem),
    }  # fmt: skip
    store = open_store(how, shapes, marked)
    run_parts(problem, parts, store, how, on_progress)
    labelled = label_drawn(
        chain,
        draw_chain(chain, chosen, start=one.first, months=1, draws=draws, seed=drawn, parameters=parameters),
    )
    return build_chain_run(one, store.read(), labelled, problem, draws=draws, seed=seed, design=how)


def list_chain_uncertain(
    chain: ChainMarket, policies: Policies, parameters: Overrides | None
) -> dict[str, Range]:
    """List what is drawn in a run of a chain, with the widest range of any market, in alphabetical order."""
    found: dict[str, Range] = {
        name_link(chain, link): link.cost_share for link in chain.links if link.upstream is not None
    }
    for label, market in zip(chain.names, chain.markets, strict=True):
        for name, (low, high) in list_uncertain(
            policies[label], find_ranges(label, market, parameters)
        ).items():
            one = found.get(name, (low, high))
            found[name] = (min(low, one[0]), max(high, one[1]))
    return dict(sorted(found.items()))


def build_chain_run(
    one: ChainRun,
    kept: Mapping[str, np.ndarray],
    drawn: Mapping[str, xr.Dataset],
    problem: ChainProblem,
    *,
    draws: int,
    seed: int,
    design: Computing,
) -> ChainRun:
    """Label what was kept as the run of one draw and month is labelled."""
    runs = {}
    for market, run in one.runs.items():
        own = {name: kept[name_array(market, name)] for name in problem.arrays[market]}
        arrays = label_kept(run.arrays, own, draws=draws, months=problem.months, design=design.design)
        lineage = replace(run.lineage, seed=seed)
        runs[market] = replace(run, arrays=arrays, parameters=drawn[market], lineage=lineage, state=None)
    return ChainRun(one.chain, runs, one.first)


def sign_chain(problem: ChainProblem) -> str:
    """Hash of what goes in: markets, links, policies, ranges, lanes."""
    chain = problem.chain
    words = (
        sorted(problem.policies.items()),
        sorted(problem.parameters.items()),
        problem.lanes,
        problem.start,
    )
    digest = sha256(repr((words, chain.names, chain.notes, problem.arrays)).encode())
    for market in chain.markets:
        digest.update(repr((market.countries, market.years, market.weight)).encode())
        for values in (market.trade, market.production, market.capacity):
            digest.update(np.ascontiguousarray(values).tobytes())
    for link in chain.links:
        digest.update(repr((link.upstream, link.downstream, link.cost_share)).encode())
        for values in (link.feed, link.bound_share, link.value_share):
            digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()
