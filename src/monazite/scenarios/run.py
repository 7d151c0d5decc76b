"""Run a scenario: its chains, its markets, its policies, one run a market."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from monazite.errors import ScenarioError
from monazite.provenance import Lineage
from monazite.scenarios.baselines import Baselines, build_baselines, plan_link
from monazite.scenarios.cautions import check_covered_parts, describe_market, list_cautions
from monazite.scenarios.goods import name_goods
from monazite.scenarios.kept_blocks import check_same_run, identify
from monazite.scenarios.misfits import check_fit
from monazite.scenarios.new_suppliers import Deposits, describe_lead, describe_suppliers, list_suppliers
from monazite.scenarios.reader import scenario_sha256
from monazite.scenarios.schema import Market, Scenario
from monazite.scenarios.words import ScenarioPolicy
from monazite.simulation import (
    HERE,
    ChainMarket,
    Computing,
    NewSupplier,
    Run,
    build_chain,
    simulate_chain_ensemble,
    simulate_ensemble,
)
from monazite.simulation import Market as SimulatedMarket
from monazite.simulation.policies import Trigger
from monazite.snapshot import Snapshot
from monazite.vocabulary import resolve_region

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class MarketResult:
    """One market of a scenario: what the file says, and the run."""

    market: Market
    run: Run

    @property
    def title(self) -> str:
        """
        Name of the market in words.

        Examples
        --------
        The market `natural_graphite`: "natural graphite"; that of nickel at extraction: "nickel ore"; one named
        `refined-cobalt`: "refined cobalt".
        """
        if self.market.name:
            return self.market.name.replace("_", " ").replace("-", " ")
        return name_goods(self.market.material, self.market.baseline.trade_stage)

    @property
    def counted_as(self) -> str:
        """
        What the tonnes of an ore are of; empty where the goods are the material.

        Examples
        --------
        Nickel ore by gross weight: "gross weight"; bauxite by the metal in it: "aluminium in it".
        """
        if self.run.market.weight == "gross":
            return "gross weight"
        material = self.market.material.replace("_", " ")
        return f"{material} in it" if self.title != material and not self.market.name else ""


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
    chain : ChainMarket, optional
        The coupled markets, if links couple them.
    """

    scenario: Scenario
    markets: tuple[MarketResult, ...]
    lineage: Lineage
    chain: ChainMarket | None = None


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
    check_covered_parts(used.markets)
    size = used.draws * used.months
    if how.folder and how.resume:
        names = [used.name] if used.links else used.labels
        check_same_run(how.folder, names, identify(used, data.lineage.release_sha256))
    chain = None
    if used.links:
        chain, results = _run_linked(used, data, baselines=baselines or {}, how=how, on_progress=on_progress)
    else:
        results = []
        every = [build_baselines(used, [market], data, baselines or {}) for market in used.markets]
        check_fit(
            used,
            [
                (market, built.markets[0], _narrow_all(used, market, built.markets[0].countries))
                for market, built in zip(used.markets, every, strict=True)
            ],
        )
        for number, (market, built) in enumerate(zip(used.markets, every, strict=True)):
            progress = _shift(on_progress, number * size, len(used.markets) * size)
            own = replace(how, folder=how.folder / market.label) if how.folder else how
            run = _run_market(used, market, built, how=own, data=data, on_progress=progress)
            results.append(MarketResult(market, run))
    lineage = data.lineage.with_sources(*(s for r in results for s in r.run.lineage.source_ids))
    return ScenarioResult(
        used, tuple(results), replace(lineage, scenario_sha256=scenario_sha256(used), seed=used.seed), chain
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


def _narrow_all(scenario: Scenario, market: Market, countries: Sequence[str]) -> list[ScenarioPolicy]:
    """Narrow all policies of a market."""
    return [narrow_policy(policy, countries) for policy in scenario.policies_of(market)]


def _run_linked(
    scenario: Scenario,
    data: Snapshot,
    *,
    baselines: Mapping[str, SimulatedMarket],
    how: Computing,
    on_progress: Progress | None,
) -> tuple[ChainMarket, list[MarketResult]]:
    """Simulate the coupled markets of a scenario together."""
    built = build_baselines(scenario, scenario.markets, data, baselines)
    chain = build_chain(
        dict(zip(scenario.labels, built.markets, strict=True)), [plan_link(link) for link in scenario.links]
    )
    notes = [(*one, *other) for one, other in zip(chain.notes, built.notes, strict=True)]
    chain = replace(chain, notes=tuple(notes))
    countries = chain.countries
    policies = {market.label: _narrow_all(scenario, market, countries) for market in scenario.markets}
    check_fit(
        scenario,
        [
            (market, one, policies[market.label])
            for market, one in zip(scenario.markets, chain.markets, strict=True)
        ],
    )
    suppliers = {
        label: list_suppliers(market, deposits, start=scenario.start)
        for label, market, deposits in zip(scenario.labels, built.markets, built.deposits, strict=True)
    }
    run = simulate_chain_ensemble(
        chain,
        {label: [*own, *suppliers[label]] for label, own in policies.items()},
        months=scenario.months,
        start=scenario.start,
        draws=scenario.draws,
        seed=scenario.seed,
        parameters={market.label: scenario.parameters_of(market) for market in scenario.markets},
        lanes=[
            code
            for code in dict.fromkeys(c for m in scenario.markets for c in _list_exporters(scenario, m))
            if code in countries
        ],
        how=replace(how, folder=how.folder / scenario.name) if how.folder else how,
        identity=identify(scenario, data.lineage.release_sha256),
        on_progress=on_progress,
    )
    return chain, [
        MarketResult(
            market,
            _add_notes(
                run.runs[market.label],
                describe_market(market, scenario.start),
                _describe_supply(
                    run.runs[market.label], deposits, suppliers[market.label], policies[market.label]
                ),
                list_cautions(policies[market.label], countries, scenario.draws),
            ),
        )
        for market, deposits in zip(scenario.markets, built.deposits, strict=True)
    ]


def _add_notes(run: Run, *more: Sequence[str]) -> Run:
    """Put more notes to those of a run."""
    return replace(run, notes=(*run.notes, *(note for notes in more for note in notes)))


def _describe_supply(
    run: Run, deposits: Deposits, suppliers: Sequence[NewSupplier], policies: Sequence[ScenarioPolicy]
) -> list[str]:
    """Say who may come, after how long, and whom a policy holds back, or why that cannot be told."""
    restricting = [code for policy in policies for code in policy.restricting]
    drawn = {way: run.parameters[f"{way}_lead_months"].values for way in ("restart", "entry")}
    lead = {way: (float(values.min()), float(values.max())) for way, values in drawn.items()}
    told = (
        deposits.note,
        describe_suppliers(suppliers, restricting),
        describe_lead(suppliers, lead, len(run.months)),
    )
    return [note for note in told if note]


def _run_market(
    scenario: Scenario,
    market: Market,
    built: Baselines,
    *,
    how: Computing,
    data: Snapshot,
    on_progress: Progress | None,
) -> Run:
    """Simulate one market."""
    simulated, deposits = built.markets[0], built.deposits[0]
    exporters = [code for code in _list_exporters(scenario, market) if code in simulated.countries]
    policies = scenario.policies_of(market)
    suppliers = list_suppliers(simulated, deposits, start=scenario.start)
    run = simulate_ensemble(
        simulated,
        [*_narrow_all(scenario, market, simulated.countries), *suppliers],
        months=scenario.months,
        start=scenario.start,
        draws=scenario.draws,
        seed=scenario.seed,
        parameters=scenario.parameters_of(market),
        lanes=exporters,
        how=how,
        identity=identify(scenario, data.lineage.release_sha256),
        on_progress=on_progress,
    )
    cautions = list_cautions(policies, simulated.countries, scenario.draws)
    told = describe_market(market, scenario.start)
    return _add_notes(
        run, told, built.notes[0], _describe_supply(run, deposits, suppliers, policies), cautions
    )


def _list_exporters(scenario: Scenario, market: Market) -> list[str]:
    """List the exporters whose lanes a comparison or the report needs draw by draw."""
    year = max(market.baseline.years)
    regions = list(scenario.watch.exporters)
    named = [exporter for exporter, _ in scenario.watch.lanes]
    for entry in scenario.observations.comparisons if scenario.observations else ():
        if scenario.market_of(entry).label == market.label:
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
