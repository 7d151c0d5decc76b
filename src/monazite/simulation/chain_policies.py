"""Which market of a chain a policy acts in, and what to know of it there."""

from collections.abc import Mapping, Sequence

from monazite.errors import ScenarioError, nearest_names
from monazite.simulation.chain_market import ChainMarket
from monazite.simulation.policies import DemandChange, Instrument
from monazite.simulation.priors import Range

Policies = Mapping[str, Sequence[Instrument]]
"""Policies by the name of their market."""
Overrides = Mapping[str, Mapping[str, float | Range]]
"""Parameters that differ from the priors, by the name of the market."""


def sort_policies(
    chain: ChainMarket, policies: Policies | Sequence[Instrument]
) -> dict[str, tuple[Instrument, ...]]:
    """
    Give every policy to the markets of its stage, unless the caller did.

    Raises
    ------
    ScenarioError
        That names every policy whose stage no market has.
    """
    if isinstance(policies, Mapping):
        return {name: tuple(policies.get(name, ())) for name in (*chain.names, *policies)}
    fitting = {
        name: tuple(
            policy for policy in policies if policy.stage in {market.trade_stage, market.production_stage}
        )
        for name, market in zip(chain.names, chain.markets, strict=True)
    }
    lost = [
        f"policies.{place} ({policy.kind}): stage {policy.stage!r}"
        for place, policy in enumerate(policies)
        if not any(policy in chosen for chosen in fitting.values())
    ]
    if lost:
        stages = dict.fromkeys(market.trade_stage for market in chain.markets)
        raise ScenarioError(
            "chain", "no market has the stage of a policy.", which=lost, expected=f"one of {', '.join(stages)}",
            fix="mend the stage, or add the market and its link",
        )  # fmt: skip
    return fitting


def check_names(chain: ChainMarket, policies: Policies, parameters: Overrides | None) -> None:
    """Raise ScenarioError that names every market that the chain does not have."""
    wrong = [
        f"{what}: no market {name!r}; {nearest_names(name, chain.names)}"
        for what, names in (("policies", policies), ("parameters", parameters or {}))
        for name in names
        if name not in chain.names
    ]
    if wrong:
        raise ScenarioError(
            "chain", "markets are named that it does not have.", which=wrong, expected=", ".join(chain.names),
            fix="mend the names",
        )  # fmt: skip


def note_linked_use(chain: ChainMarket, place: int, policies: Sequence[Instrument]) -> list[str]:
    """Note which changes of demand leave the use of later stages alone."""
    share = chain.free_share[place]
    market = chain.markets[place]
    notes = []
    for number, policy in enumerate(policies):
        acting = getattr(policy, "policy", policy)
        if isinstance(acting, DemandChange):
            codes = acting.countries or market.countries
            at = [market.place(code) for code in codes]
            linked = float(((1.0 - share[at]) * market.use[at]).sum())
            if linked > 0:
                notes.append(
                    f"policy {number} (demand_change) leaves alone {12 * linked:,.0f} t a year that later stages use: "
                    "they follow their own plans"
                )
    return notes
