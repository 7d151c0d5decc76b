"""Run a scenario: its chains, its markets, its policies, one run a market."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from monazite.errors import ScenarioError
from monazite.provenance import Lineage
from monazite.scenarios.new_suppliers import Deposits, describe_suppliers, list_suppliers, read_deposits
from monazite.scenarios.reader import scenario_sha256
from monazite.scenarios.schema import Baseline, Market, Scenario
from monazite.scenarios.words import ScenarioPolicy
from monazite.simulation import (
    HERE,
    CapacityAddition,
    Computing,
    NewSupplier,
    Run,
    build_market,
    extend_market,
    simulate_ensemble,
)
from monazite.simulation import Market as SimulatedMarket
from monazite.simulation.policies import Trigger
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, align_chains, build_supply_chain
from monazite.vocabulary import resolve_region

Progress = Callable[[int, int], None]
LEAST_DRAWS = 20
"""Fewest draws of which 5 and 95 % are quantiles and not the ends. Source: arithmetic, 1 / 0.05."""


@dataclass(frozen=True)
class MarketResult:
    """One market of a scenario: what the file says, and the run."""

    market: Market
    run: Run


@dataclass(frozen=True)
class ScenarioResult:
    """
    What a scenario gave.

    Attributes
    ----------
    scenario : Scenario
        As it was run: with the draws and the seed that were used.
    markets : tuple of MarketResult
        In the order of the file.
    lineage : Lineage
        Release, code version, hash of the scenario, seed and all sources.
    """

    scenario: Scenario
    markets: tuple[MarketResult, ...]
    lineage: Lineage


def run_scenario(
    scenario: Scenario,
    data: Snapshot,
    *,
    draws: int | None = None,
    seed: int | None = None,
    on_progress: Progress | None = None,
    baselines: Mapping[str, SimulatedMarket] | None = None,
    how: Computing = HERE,
) -> ScenarioResult:
    """
    Simulate every market of a scenario.

    Parameters
    ----------
    scenario : Scenario
        From `read_scenario`.
    data : Snapshot
        An open release.
    draws, seed : int, optional
        Instead of those of the file.
    on_progress : callable, optional
        Called with the draw-months done and their total over all markets.
    baselines : mapping of str to Market, optional
        Markets by material that are taken as they are, for what the release has no figures of; the others are built
        from the release.
    how : Computing
        Design of the draws, workers, cluster, and the folder in which the blocks of each market get one of their own;
        only the design changes a figure.

    Returns
    -------
    ScenarioResult
        One run a market.

    Raises
    ------
    DataError
        If the release lacks a baseline year, or a product's content is unknown and the file does not say
        that gross weight may stand for it.
    ScenarioError
        If a policy does not fit the market, or the draws or the seed are out of range.
    """
    used = _change_draws(scenario, draws, seed)
    size = used.draws * used.months
    results = []
    for number, market in enumerate(used.markets):
        progress = _shift(on_progress, number * size, len(used.markets) * size)
        deposits = _read_deposits(used, market, data)
        baseline = (baselines or {}).get(market.material) or _build_baseline(used, market, data, deposits)
        baseline = extend_market(baseline, [*deposits.countries, *_list_sites(used, market)])
        own = replace(how, folder=how.folder / market.material) if how.folder else how
        results.append(
            MarketResult(
                market,
                _run_market(used, market, baseline, deposits, how=own, data=data, on_progress=progress),
            )
        )
    lineage = data.lineage.with_sources(*(s for r in results for s in r.run.lineage.source_ids))
    return ScenarioResult(
        used, tuple(results), replace(lineage, scenario_sha256=scenario_sha256(used), seed=used.seed)
    )


def _change_draws(scenario: Scenario, draws: int | None, seed: int | None) -> Scenario:
    """Put other draws and another seed into a scenario, within the limits of a file."""
    changes = {name: value for name, value in {"draws": draws, "seed": seed}.items() if value is not None}
    if not changes:
        return scenario
    try:
        return Scenario.model_validate(scenario.model_dump() | changes)
    except ValidationError as error:
        raise ScenarioError(
            f"scenario {scenario.name}",
            "cannot be run with these numbers.",
            which=[
                f"{item['loc'][0]}: {item['msg'].lower()}, got {item['input']}" for item in error.errors()
            ],
            fix="give --draws and --seed numbers in that range",
        ) from error


def build_chains(
    data: Snapshot, material: str, baseline: Baseline, years: Sequence[int]
) -> list[SupplyChain]:
    """Build the chain of every year with the products and the rule on content that a baseline names."""
    return [
        build_supply_chain(
            data,
            material=material,
            year=year,
            product_codes=baseline.product_codes or None,
            unknown_content="gross" if baseline.unknown_content == "gross" else "missing",
        )
        for year in years
    ]


def narrow_policy(policy: ScenarioPolicy, countries: Sequence[str]) -> ScenarioPolicy:
    """
    Leave out of a policy the countries that neither trade nor produce in the market: it cannot touch them.

    A group such as EU27 names members that do not. A policy none of whose countries is in the market is returned as
    it is, and refused by the simulator.
    """
    changes: dict[str, object] = {}
    if isinstance(policy, Trigger):
        changes["policy"] = narrow_policy(policy.policy, countries)
    for name in ("origin", "destination", "country"):
        codes = getattr(policy, name, None)
        if isinstance(codes, list | tuple):
            known = [code for code in codes if code in countries]
            if known and len(known) < len(codes):
                changes[name] = type(codes)(known)
    return policy.model_copy(update=changes) if changes else policy


def list_kept_countries(scenario: Scenario, market: Market) -> list[str]:
    """List the countries that the scenario names: they keep a place of their own in the market."""
    year = max(market.baseline.years)
    regions = [*scenario.watch.importers, *scenario.watch.exporters]
    named = [code for lane in scenario.watch.lanes for code in lane]
    for entry in scenario.observations.comparisons if scenario.observations else ():
        if entry.material == market.material:
            regions += [*entry.exporters, *entry.importers]
            named += entry.exporters_without
    for policy in scenario.policies_of(market):
        named += policy.countries
    named += [code for region in regions if region != "world" for code in resolve_region(region, year)]
    return list(dict.fromkeys(named))


def _read_deposits(scenario: Scenario, market: Market, data: Snapshot) -> Deposits:
    """Read who may become a new supplier, unless the scenario wants none."""
    if market.baseline.new_supply == "none":
        return Deposits()
    return read_deposits(
        data,
        material=market.material,
        stage=market.baseline.production_stage,
        baseline_years=market.baseline.years,
        start=scenario.start,
    )


def _list_sites(scenario: Scenario, market: Market) -> list[str]:
    """List the countries in which the scenario lets capacity come."""
    acting = [p.policy if isinstance(p, Trigger) else p for p in scenario.policies_of(market)]
    return [p.country for p in acting if isinstance(p, CapacityAddition | NewSupplier)]


def _build_baseline(
    scenario: Scenario, market: Market, data: Snapshot, deposits: Deposits
) -> SimulatedMarket:
    """Build the undisturbed market from the release."""
    baseline = market.baseline
    more = [year for year in baseline.capacity_years if year not in baseline.years]
    chains = align_chains(build_chains(data, market.material, baseline, [*baseline.years, *more]))
    named = [*list_kept_countries(scenario, market), *deposits.countries]
    kept = [code for code in dict.fromkeys(named) if code in chains[0].countries]
    return build_market(
        chains[: len(baseline.years)],
        production_stage=baseline.production_stage,
        trade_stage=baseline.trade_stage,
        weight=baseline.weight,
        capacity_chains=chains[len(baseline.years) :],
        keep=kept,
    )


def _run_market(
    scenario: Scenario,
    market: Market,
    simulated: SimulatedMarket,
    deposits: Deposits,
    *,
    how: Computing,
    data: Snapshot,
    on_progress: Progress | None,
) -> Run:
    """Simulate one market."""
    exporters = [code for code in _list_exporters(scenario, market) if code in simulated.countries]
    policies = scenario.policies_of(market)
    suppliers = list_suppliers(simulated, deposits, start=scenario.start)
    run = simulate_ensemble(
        simulated,
        [*(narrow_policy(policy, simulated.countries) for policy in policies), *suppliers],
        months=scenario.months,
        start=scenario.start,
        draws=scenario.draws,
        seed=scenario.seed,
        parameters=scenario.parameters_of(market),
        lanes=exporters,
        how=how,
        identity={"scenario": scenario_sha256(scenario), "release": data.lineage.release_sha256},
        on_progress=on_progress,
    )
    more = [note for note in (deposits.note, describe_suppliers(suppliers)) if note]
    cautions = list_cautions(policies, simulated.countries, scenario.draws)
    return replace(run, notes=(*run.notes, *more, *cautions))


def list_cautions(policies: Sequence[ScenarioPolicy], countries: Sequence[str], draws: int) -> list[str]:
    """
    Say which countries are left out of a policy, and that few draws carry no interval.

    Examples
    --------
    >>> list_cautions([], ["CHN"], 5)
    ['5 draws are too few for quantiles of 5 and 95 %']
    """
    cautions = []
    for place, policy in enumerate(policies):
        left = [code for code in dict.fromkeys(policy.countries) if code not in countries]
        if left:
            title = f"policy {place} ({policy.kind})"
            cautions.append(f"{title}: leaves out {', '.join(left)}, which neither make nor trade any of it")
    if draws < LEAST_DRAWS:
        cautions.append(f"{draws} draws are too few for quantiles of 5 and 95 %")
    return cautions


def _list_exporters(scenario: Scenario, market: Market) -> list[str]:
    """List the exporters whose lanes a comparison or the report needs draw by draw."""
    year = max(market.baseline.years)
    regions = list(scenario.watch.exporters)
    named = [exporter for exporter, _ in scenario.watch.lanes]
    for entry in scenario.observations.comparisons if scenario.observations else ():
        if entry.material == market.material:
            regions += entry.exporters
            named += entry.exporters_without
    named += [code for region in regions if region != "world" for code in resolve_region(region, year)]
    return list(dict.fromkeys(named))


def _shift(on_progress: Progress | None, before: int, total: int) -> Progress | None:
    """Count one market's progress as a part of the whole."""
    if on_progress is None:
        return None
    report = on_progress
    return lambda done, _: report(before + done, total)
