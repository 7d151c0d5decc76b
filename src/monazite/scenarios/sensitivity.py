"""Which assumption matters: variance-based sensitivity of what a run says (extra `sensitivity`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from monazite.errors import ScenarioError, UsageError, nearest_names
from monazite.scenarios.baselines import build_baselines
from monazite.scenarios.kept_blocks import SENSITIVITY, identify
from monazite.scenarios.new_suppliers import list_suppliers
from monazite.scenarios.outlook import Place, list_places
from monazite.scenarios.run import MarketResult, Progress, ScenarioResult
from monazite.scenarios.schema import Scenario
from monazite.scenarios.sensitivity_indices import Sensitivity, find_varying_share
from monazite.simulation import (
    HERE,
    ChainMarket,
    Computing,
    Run,
    Units,
    choose_lead_times,
    list_chain_uncertain,
    list_uncertain,
    simulate_chain_ensemble,
    simulate_ensemble,
)
from monazite.snapshot import Snapshot
from monazite.vocabulary import resolve_region
from monazite.vocabulary.groups import region_name

Array = NDArray[np.float64]
LEAST = 8
"""Smallest base of a design. Source: this project."""
WORLD, WATCHED = "world", "watched"
SUMS = (
    "shortfall_t",
    "consumption_t",
    "demand_t",
    "import_t",
    "arrived_t",
    "export_t",
    "leaked_t",
    "production_t",
)
"""Quantities that are added up over months and countries. [t]"""
MEANS = {"stock_t": "t", "price_ratio": "1"}
"""Quantities that are averaged over the months: the stock of all countries; the price, weighted by baseline use."""
QUANTITIES = (*SUMS, *MEANS)


@dataclass(frozen=True)
class Question:
    """
    What a sensitivity is asked of.

    Attributes
    ----------
    quantity : str
        One of `QUANTITIES`: a flow, added up over the months, or a stock or price, averaged over them.
    region : str
        Country or group; `world` = all; `watched` = the importers that the scenario watches, or all outside the
        countries that restrict where it watches none.
    runs : int
        Most simulations for a market; the base of the design is the largest power of two that fits.
    """

    quantity: str = "consumption_t"
    region: str = WATCHED
    runs: int = 4096


USE_SERVED = Question()
"""The use that is served in the watched countries: unlike a shortage it varies in every run, so indices converge."""


def measure_sensitivity(
    result: ScenarioResult,
    question: Question = USE_SERVED,
    *,
    how: Computing = HERE,
    on_progress: Progress | None = None,
) -> tuple[Sensitivity, ...]:
    """
    Find which assumptions a scenario's outcome hangs on, market by market.

    Parameters
    ----------
    result : ScenarioResult
        From `run_scenario`: its markets, policies and ranges are used.
    question : Question
        Quantity, place and size.
    how : Computing
        Workers, cluster, and the folder in which the blocks of each market get one of their own, beside those of the
        run; the design is that of the method.
    on_progress : callable, optional
        Called with the draw-months done and their total over all markets.

    Returns
    -------
    tuple of Sensitivity
        One a market.

    Raises
    ------
    UsageError
        If the quantity is unknown.
    ScenarioError
        If the runs are too few, no country of the region is in a market, or SALib is missing.

    Examples
    --------
    24 uncertain assumptions and at most 4,096 runs: `choose_base` gives 128 base points, so 128 * 26 = 3,328 runs.
    """
    check_question(question)
    check_installed()
    if result.chain is not None:
        return _measure_chain(result, result.chain, question, how, on_progress)
    total = len(result.markets)
    return tuple(
        _measure_market(result, entry, question, how, _share(on_progress, number, total))
        for number, entry in enumerate(result.markets)
    )


def check_installed() -> None:
    """Raise ScenarioError if SALib is missing."""
    if find_spec("SALib") is None:
        raise ScenarioError(
            "sensitivity", "needs SALib, which is not installed.", fix="pip install 'monazite[sensitivity]'"
        )


def check_scenario(question: Question, scenario: Scenario, data: Snapshot) -> None:
    """
    Raise ScenarioError before a run if a question cannot be asked of its scenario: SALib is missing, or runs too few.

    The markets are built for it, as who may enter them is uncertain too.
    """
    check_installed()
    groups = [scenario.markets] if scenario.links else [(market,) for market in scenario.markets]
    for markets in groups:
        names = {f"link {number}" for number, link in enumerate(scenario.links) if link.upstream}
        built = build_baselines(scenario, markets, data, {})
        for market, simulated, deposits in zip(markets, built.markets, built.deposits, strict=True):
            suppliers = list_suppliers(simulated, deposits, start=scenario.start)
            given = scenario.parameters_of(market)
            given = choose_lead_times(simulated.material, simulated.production_stage, given)
            ranges = list_uncertain([*scenario.policies_of(market), *suppliers], given)
            names |= {name for name, (low, high) in ranges.items() if low < high}
        choose_base(question.runs, len(names))


def check_question(question: Question | None) -> None:
    """Raise UsageError if a quantity is unknown, DataError if a region is; None asks nothing."""
    if question is None:
        return
    if question.quantity not in QUANTITIES:
        raise UsageError(
            "--sensitivity-of", f"{question.quantity!r} is no quantity.", expected=", ".join(QUANTITIES),
            fix=nearest_names(question.quantity, QUANTITIES),
        )  # fmt: skip
    if question.region not in {WORLD, WATCHED}:
        region_name(question.region, "--sensitivity-region")


def read_outcome(run: Run, quantity: str, members: Sequence[str]) -> Array:
    """Reduce one array of a run to one figure a draw, dims (draw,). [as in `QUANTITIES`]"""
    values = run.arrays[quantity].sel(country=list(members)).transpose("draw", "month", "country").values
    if quantity in SUMS:
        total: Array = values.sum(axis=(1, 2))
        return total
    if quantity == "price_ratio":
        weight = run.market.use[[run.market.countries.index(code) for code in members]]
        weight = weight if weight.sum() > 0 else np.ones(len(members))
        price: Array = (values @ (weight / weight.sum())).mean(axis=1)
        return price
    stock: Array = values.sum(axis=2).mean(axis=1)
    return stock


def _measure_market(
    result: ScenarioResult,
    entry: MarketResult,
    question: Question,
    how: Computing,
    on_progress: Progress | None,
) -> Sensitivity:
    """Find the indices of one market."""
    scenario, market = result.scenario, entry.run.market
    given = scenario.parameters_of(entry.market)
    given = choose_lead_times(market.material, market.production_stage, given)
    layout = _lay_out(list_uncertain(entry.run.policies, given), question, scenario.seed)
    members, place = _find_members(result, entry, question.region)
    run = simulate_ensemble(
        market, entry.run.policies, months=scenario.months, start=scenario.start, draws=layout.size,
        seed=scenario.seed, parameters=given, how=_choose_folder(how, entry.market.label), keep=(question.quantity,),
        identity=identify(scenario, result.lineage.release_sha256), units=layout.units, on_progress=on_progress,
    )  # fmt: skip
    outcome = read_outcome(run, question.quantity, members)
    return _summarise(entry, outcome, replace(question, region=place), layout, scenario.seed)


def _measure_chain(
    result: ScenarioResult,
    chain: ChainMarket,
    question: Question,
    how: Computing,
    on_progress: Progress | None,
) -> tuple[Sensitivity, ...]:
    """Find the indices of every market of a chain in the same runs: an assumption may matter a stage away."""
    scenario = result.scenario
    policies = {entry.market.label: entry.run.policies for entry in result.markets}
    parameters = {entry.market.label: scenario.parameters_of(entry.market) for entry in result.markets}
    layout = _lay_out(list_chain_uncertain(chain, policies, parameters), question, scenario.seed)
    found = [_find_members(result, entry, question.region) for entry in result.markets]
    run = simulate_chain_ensemble(
        chain, policies, months=scenario.months, start=scenario.start, draws=layout.size, seed=scenario.seed,
        parameters=parameters, how=_choose_folder(how, scenario.name), keep=(question.quantity,),
        identity=identify(scenario, result.lineage.release_sha256), units=layout.units, on_progress=on_progress,
    )  # fmt: skip
    answers = []
    for entry, (members, place) in zip(result.markets, found, strict=True):
        outcome = read_outcome(run.runs[entry.market.label], question.quantity, members)
        answers.append(_summarise(entry, outcome, replace(question, region=place), layout, scenario.seed))
    return tuple(answers)


def _choose_folder(how: Computing, name: str) -> Computing:
    """Give the blocks of a sensitivity a folder of their own, beside those of the run."""
    return replace(how, folder=how.folder / f"{SENSITIVITY}{name}") if how.folder else how


@dataclass(frozen=True)
class _Layout:
    """Saltelli's design for some uncertain names: base points, runs in all, and the numbers of each run."""

    names: tuple[str, ...]
    base: int
    size: int
    units: Units


def _lay_out(ranges: Mapping[str, tuple[float, float]], question: Question, seed: int) -> _Layout:
    """Lay the runs out; what has a single value takes part in no design."""
    names = [name for name, (low, high) in ranges.items() if low < high]
    base = choose_base(question.runs, len(names))
    units: Units = import_module("monazite.scenarios.sobol_indices").draw_saltelli(names, base, seed)
    size = base * (len(names) + 2)
    fixed = {name: np.zeros(size) for name in ranges if name not in names}
    return _Layout(tuple(names), base, size, Units({**fixed, **units.by_name}))


def _summarise(
    entry: MarketResult, outcome: Array, question: Question, layout: _Layout, seed: int
) -> Sensitivity:
    """Find the indices of one quantity of one market from the runs of a design."""
    names = list(layout.names)
    own = outcome[:: len(names) + 2]
    return Sensitivity(
        market=entry,
        quantity=question.quantity,
        unit=MEANS.get(question.quantity, "t"),
        region=question.region,
        runs=layout.size,
        base=layout.base,
        mean=float(own.mean()),
        deviation=float(own.std()),
        indices=import_module("monazite.scenarios.sobol_indices").find_indices(names, outcome, seed),
        varying_share=find_varying_share(own),
    )


def choose_base(runs: int, names: int) -> int:
    """
    Largest power of two of base points that fits into some runs.

    Examples
    --------
    24 uncertain names and 4096 runs: 4096 / 26 = 157, so 128 base points and 128 * 26 = 3,328 runs.

    >>> choose_base(4096, 24)
    128
    """
    least = LEAST * (names + 2)
    if names == 0 or runs < least:
        raise ScenarioError(
            "sensitivity",
            f"{runs} runs are too few for {names} uncertain assumptions."
            if names
            else "nothing is uncertain in this scenario.",
            expected=f"at least {least} runs" if names else "a parameter or a policy with a range",
            fix="give more with --sensitivity-runs; thousands give narrow intervals" if names else "",
        )
    return 1 << ((runs // (names + 2)).bit_length() - 1)


def _find_members(result: ScenarioResult, entry: MarketResult, region: str) -> tuple[tuple[str, ...], str]:
    """Countries of a region that are in the market, and its name."""
    countries = entry.run.market.countries
    if region == WORLD:
        return countries, WORLD
    if region == WATCHED:
        places = list_places(result, entry)
        chosen = [place for place in places if place.is_watched] or places
        members = tuple(dict.fromkeys(code for place in chosen for code in place.members))
        if not members:
            raise ScenarioError(
                "sensitivity",
                "every country restricts, and none is watched.",
                fix="name one with --sensitivity-region",
            )
        return members, join_names(chosen)
    members = tuple(code for code in resolve_region(region, max(entry.run.market.years)) if code in countries)
    if not members:
        raise ScenarioError(
            "sensitivity", f"no country of {region} is in the market of {entry.market.material}.",
            expected=", ".join(countries[:12]),
        )  # fmt: skip
    return members, region


def join_names(places: Sequence[Place]) -> str:
    """
    Name places in a row.

    Examples
    --------
    >>> join_names([Place("Japan", ("JPN",)), Place("EU27", ("DEU",))])
    'Japan, EU27'
    """
    return ", ".join(place.label for place in places)


def _share(on_progress: Progress | None, number: int, markets: int) -> Callable[[int, int], None] | None:
    """Count one market's progress as a part of the whole."""
    if on_progress is None:
        return None
    report = on_progress
    return lambda done, total: report(number * total + done, markets * total)
