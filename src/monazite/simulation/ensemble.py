"""Ensembles: many draws in blocks, on this machine or a cluster, stopped and resumed, with the same bytes out."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import numpy as np
import xarray as xr

from monazite.errors import ScenarioError
from monazite.simulation.block_store import FolderStore, MemoryStore, Shapes, Store
from monazite.simulation.blocks import MEAN, Job, Part, Problem, add_means, cut_parts
from monazite.simulation.calendar import month_label, month_number
from monazite.simulation.designs import Design, draw_design, list_uncertain
from monazite.simulation.engine import BLOCKS, Engine, choose_engine
from monazite.simulation.lead_times import choose_lead_times
from monazite.simulation.market import Market
from monazite.simulation.policies import Instrument
from monazite.simulation.pools import LocalPool, Pool, PoolKind, SerialPool
from monazite.simulation.priors import Parameters, Range, Units, draw_parameters
from monazite.simulation.results import Run, label_parameters
from monazite.simulation.run import check_memory, check_numbers, simulate

ADDRESS = re.compile(r"(tcp|tls)://[^\s:/]+:\d{1,5}")


@dataclass(frozen=True)
class Computing:
    """
    How an ensemble is drawn, and where it is computed and kept; nothing here but `design` changes a figure.

    Attributes
    ----------
    design : {"lhs", "random", "sobol"}
        How the draws are spread, see `draw_design`.
    workers : int
        Processes or threads of this machine; 1 computes in this process.
    pool : {"processes", "threads"}
        What the workers are.
    cluster : str, optional
        Scheduler of a Dask cluster, as tcp://HOST:PORT, instead of workers here.
    folder : Path, optional
        Where the blocks are written as they finish; none = they are kept in memory.
    resume : bool
        Go on with the blocks in the folder.
    """

    design: Design = "lhs"
    workers: int = 1
    pool: PoolKind = "processes"
    cluster: str | None = None
    folder: Path | None = None
    resume: bool = False


HERE = Computing()
"""In this process, in memory, as a Latin hypercube."""


def simulate_ensemble(
    market: Market,
    policies: Sequence[Instrument],
    *,
    months: int,
    start: str | None = None,
    draws: int = 200,
    seed: int = 0,
    parameters: Mapping[str, float | Range] | None = None,
    lanes: Sequence[str] = (),
    engine: Engine = "auto",
    how: Computing = HERE,
    identity: Mapping[str, str] | None = None,
    keep: Sequence[str] | None = None,
    units: Units | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Run:
    """
    Simulate a market as `simulate` does, in blocks of draws that several workers share.

    Parameters
    ----------
    market, policies, months, start, draws, seed, parameters, lanes, engine, on_progress
        As in `simulate`.
    how : Computing
        Design of the draws, workers, cluster, folder of the blocks.
    identity : mapping of str to str, optional
        What names this run beside the arguments (release, scenario); blocks of another run are not gone on with.
    keep : sequence of str, optional
        Arrays of `Run.arrays` to keep; by default all.
    units : Units, optional
        Draws that were laid out beforehand, instead of `how.design`.

    Returns
    -------
    Run
        Equal, byte by byte, for any workers, pool and cluster of machines of one kind, whether stopped and resumed
        or not. It has no final state. With a folder its arrays are mapped from the files there.

    Raises
    ------
    ScenarioError
        That names every argument and policy that cannot be used, or workers of another version.
    DataError
        If the cluster does not answer, workers keep dying, or the disk is full; blocks that are done stay.

    Notes
    -----
    The mean of a lane is the sum of the blocks' sums over the number of draws:

    .. math:: \\bar x = \\frac{1}{N} \\sum_b \\sum_{k \\in b} x_k

    in the order of the blocks, whose size is fixed by the engine.

    Examples
    --------
    300 draws with the oracle, 25 a block: 12 blocks; 10,000 draws with the kernel, 256 a block: 40 blocks.
    """
    check_numbers(months=months, draws=draws, seed=seed, block=None, resume=None)
    check_how(how)
    name, _ = choose_engine(engine, draws, [len(market.countries)])
    parameters = choose_lead_times(market.material, market.production_stage, parameters)
    drawn = units or draw_units(how.design, list_uncertain(policies, parameters), draws, seed)
    one = simulate(
        market, policies, months=1, start=start, draws=1, parameters=parameters, lanes=lanes,
        engine="oracle", units=drawn.block(slice(0, 1)),
    )  # fmt: skip
    kept = tuple(map(str, one.arrays)) if keep is None else tuple(keep)
    problem = Problem(
        market, tuple(policies), months, start, dict(parameters or {}), tuple(lanes), cast(Engine, name), kept,
        version("monazite"),
    )  # fmt: skip
    parts = cut_parts(drawn, draws, BLOCKS[name])
    shapes = find_shapes(one.arrays, kept, draws=draws, months=months, blocks=len(parts))
    if how.folder is None and keep is None:
        check_memory(len(market.countries), one.arrays.sizes["exporter"], draws=draws, months=months)
    own = {
        "design": how.design,
        "engine": name,
        "draws": str(draws),
        "months": str(months),
        "seed": str(seed),
    }
    marked = {**(identity or {}), **own, "version": problem.version, "inputs": _sign(problem)}
    store = open_store(how, shapes, marked)
    run_parts(problem, parts, store, how, on_progress)
    return _build_run(one, store.read(), draw_parameters(parameters, draws, drawn), problem, how, seed)


def check_how(how: Computing) -> None:
    """Raise ScenarioError that names every way of computing that cannot be used."""
    wrong = []
    if how.workers < 1:
        wrong.append(f"workers: {how.workers}, at least 1")
    if how.cluster is not None and not ADDRESS.fullmatch(how.cluster):
        wrong.append(f"cluster: {how.cluster!r}, as tcp://HOST:PORT")
    if how.cluster is not None and how.workers > 1:
        wrong.append("workers and cluster: give one of them")
    if how.cluster is not None and find_spec("distributed") is None:
        wrong.append("cluster: needs Dask, which is not installed: pip install 'monazite[cluster]'")
    if how.resume and how.folder is None:
        wrong.append("resume: needs the folder of the run")
    if wrong:
        raise ScenarioError("ensemble", "cannot be computed like this.", which=wrong)


def run_parts(
    problem: Job,
    parts: Sequence[Part],
    store: Store,
    how: Computing,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Compute the blocks that are not kept yet, and keep each one as it finishes."""
    done = store.list_done(parts)
    months = {part.number: (part.draws.stop - part.draws.start) * problem.months for part in parts}
    total = sum(months.values())
    past = sum(months[number] for number in done)

    def report(count: int) -> None:
        if on_progress:
            on_progress(count, total)

    report(past)
    missing = [part for part in parts if part.number not in done]
    pool = _open_pool(how, len(missing), lambda count: report(past + count))
    for part, results in pool.compute(problem, missing):
        if part.number not in done:
            store.keep(part, results)
            done.add(part.number)
            past += months[part.number]
            report(past)


def find_shapes(arrays: xr.Dataset, keep: Sequence[str], *, draws: int, months: int, blocks: int) -> Shapes:
    """Find shape and type of every array of the whole run from those of one draw and month."""
    size = {"draw": draws, "month": months}
    found = {}
    for name in keep:
        shape = tuple(size.get(str(dim), arrays.sizes[dim]) for dim in arrays[name].dims)
        found[name] = ((blocks, *shape) if name == MEAN else shape, arrays[name].dtype)
    return found


def draw_units(design: Design, ranges: Mapping[str, Range], draws: int, seed: int) -> Units:
    """Lay the draws out; what has a single value takes part in no design."""
    uncertain = [name for name, (low, high) in ranges.items() if low < high]
    fixed = {name: np.zeros(draws) for name in ranges if name not in uncertain}
    laid = draw_design(design, uncertain, draws, seed) if uncertain else Units({})
    return Units({**fixed, **laid.by_name})


def open_store(how: Computing, shapes: Shapes, identity: Mapping[str, str]) -> Store:
    """Keep the blocks where the user says."""
    if how.folder is None:
        return MemoryStore(shapes)
    return FolderStore(how.folder, shapes, identity, resume=how.resume)


def _open_pool(how: Computing, blocks: int, on_months: Callable[[int], None]) -> Pool:
    """Choose who computes; one worker counts the months of the block under way as well."""
    if how.cluster is not None:
        return cast(Pool, import_module("monazite.simulation.cluster").DaskPool(how.cluster))
    if min(how.workers, blocks) > 1:
        return LocalPool(min(how.workers, blocks), how.pool)
    return SerialPool(on_months)


def _sign(problem: Problem) -> str:
    """Hash of what goes in: market, policies, ranges, lanes."""
    market = problem.market
    digest = sha256(repr((problem.policies, sorted(problem.parameters.items()), problem.lanes)).encode())
    digest.update(repr((market.countries, market.years, market.weight, problem.start, problem.keep)).encode())
    for values in (market.trade, market.production, market.capacity):
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _build_run(
    one: Run, kept: Mapping[str, np.ndarray], drawn: Parameters, problem: Problem, how: Computing, seed: int
) -> Run:
    """Label what was kept as the run of one draw and month is labelled."""
    draws = len(drawn.stock_cover_months)
    return Run(
        arrays=label_kept(one.arrays, kept, draws=draws, months=problem.months, design=how.design),
        parameters=label_parameters(drawn),
        market=problem.market,
        policies=problem.policies,
        notes=one.notes,
        lineage=replace(problem.market.lineage, seed=seed),
    )


def label_kept(
    one: xr.Dataset, kept: Mapping[str, np.ndarray], *, draws: int, months: int, design: Design
) -> xr.Dataset:
    """Label arrays of all draws and months as those of one draw and month are labelled."""
    arrays = {
        name: (
            one[name].dims,
            add_means(list(values), draws) if name == MEAN else values,
            one[name].attrs,
        )
        for name, values in kept.items()
    }
    begin = month_number(str(one["month"].values[0]))
    coords = {name: one[name].values for name in one.coords if name not in {"draw", "month"}}
    labels = [month_label(begin + month) for month in range(months)]
    return xr.Dataset(
        arrays,
        coords={"draw": np.arange(draws), "month": labels, **coords},
        attrs={**one.attrs, "design": design},
    )
