"""The undisturbed markets of a scenario, built from the release, and the links between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from monazite.scenarios.element_baseline import build_element_chains
from monazite.scenarios.new_suppliers import Deposits, read_deposits
from monazite.scenarios.schema import Baseline, Link, Market, Scenario
from monazite.simulation import CapacityAddition, LinkPlan, NewSupplier, build_market, extend_market
from monazite.simulation import Market as SimulatedMarket
from monazite.simulation.policies import Trigger
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, align_chains, build_supply_chain
from monazite.vocabulary import resolve_region

CONTENT: Mapping[str, Literal["missing", "gross", "estimate"]] = {
    "raise": "missing",
    "gross": "gross",
    "estimate": "estimate",
}
"""What the release is asked for where a content is not known; missing figures are then refused."""


@dataclass(frozen=True)
class Baselines:
    """
    The undisturbed markets and who may enter them, in the order that was asked for.

    `notes` says in words what of each was imputed.
    """

    markets: tuple[SimulatedMarket, ...]
    deposits: tuple[Deposits, ...]
    notes: tuple[tuple[str, ...], ...]


def build_baselines(
    scenario: Scenario, markets: Sequence[Market], data: Snapshot, given: Mapping[str, SimulatedMarket]
) -> Baselines:
    """
    Build markets that name the same countries.

    Parameters
    ----------
    scenario : Scenario
        Whose policies and watched countries keep a place of their own.
    markets : sequence of Market
        One, or all that are to be coupled.
    data : Snapshot
        An open release.
    given : mapping of str to Market
        Markets by material or name that are taken as they are.

    Returns
    -------
    Baselines
        A country that is large enough for a name in one market, or that may become a new supplier, has one in all.
    """
    deposits = tuple(find_deposits(scenario, market, data) for market in markets)
    sites = [code for found in deposits for code in found.countries]
    sites += [code for market in markets for code in list_sites(scenario, market)]
    chains: dict[str, list[SupplyChain]] = {}
    notes: dict[str, list[str]] = {}
    for market in markets:
        if market.label not in given and market.material not in given:
            chains[market.label], notes[market.label] = read_chains(data, market)
    aligned = iter(align_chains([chain for group in chains.values() for chain in group]))
    chains = {label: [next(aligned) for _ in group] for label, group in chains.items()}
    named = [code for market in markets for code in list_kept_countries(scenario, market)]
    kept = list(dict.fromkeys([*named, *sites]))
    built = {m.label: build_one(m, chains[m.label], kept) for m in markets if m.label in chains}
    if len(built) > 1:
        kept = sorted({code for market in built.values() for code in market.countries} - {"ROW"})
        built = {m.label: build_one(m, chains[m.label], kept) for m in markets if m.label in chains}
    found = [built.get(m.label) or given.get(m.label) or given[m.material] for m in markets]
    told = tuple(tuple(notes.get(m.label, ())) for m in markets)
    return Baselines(tuple(extend_market(market, sites) for market in found), deposits, told)


def find_deposits(scenario: Scenario, market: Market, data: Snapshot) -> Deposits:
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


def list_sites(scenario: Scenario, market: Market) -> list[str]:
    """List the countries in which the scenario lets capacity come."""
    acting = [p.policy if isinstance(p, Trigger) else p for p in scenario.policies_of(market)]
    return [p.country for p in acting if isinstance(p, CapacityAddition | NewSupplier)]


def build_one(market: Market, chains: Sequence[SupplyChain], kept: Sequence[str]) -> SimulatedMarket:
    """Build one market from its aligned chains: the baseline years, then those for capacity."""
    baseline = market.baseline
    return build_market(
        chains[: len(baseline.years)],
        production_stage=baseline.production_stage,
        trade_stage=baseline.trade_stage,
        weight=baseline.weight,
        capacity_chains=chains[len(baseline.years) :],
        keep=[code for code in kept if code in chains[0].countries],
    )


def read_chains(data: Snapshot, market: Market) -> tuple[list[SupplyChain], list[str]]:
    """Read the chain of every year that a market names, and what of them was imputed, in words."""
    baseline = market.baseline
    years = [*baseline.years, *(year for year in baseline.capacity_years if year not in baseline.years)]
    if baseline.split_from is not None:
        return build_element_chains(data, market.material, baseline, years)
    return build_chains(data, market.material, baseline, years), []


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
            unknown_content=CONTENT[baseline.unknown_content],
        )
        for year in years
    ]


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


def plan_link(link: Link) -> LinkPlan:
    """Turn a link of a file into one of the simulator."""
    return LinkPlan(
        upstream=link.upstream,
        downstream=link.downstream,
        input_per_output=link.input_per_output,
        value_usd_per_t=tuple(link.value_usd_per_t[name] for name in link.downstream if link.value_usd_per_t),
        cost_share=link.cost_share,
    )
