"""What is wrong with the policies of a market, all at once, and what to know of policies that overlap."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from monazite.errors import ScenarioError, nearest_names
from monazite.simulation.calendar import month_label
from monazite.simulation.layout import find_lanes
from monazite.simulation.market import Array, Market
from monazite.simulation.policies import (
    CapacityAddition,
    DemandChange,
    EquipmentControl,
    ImportInstrument,
    Instrument,
    LaneInstrument,
    NewSupplier,
    OpenShareInstrument,
    Outage,
    OutsideMeasure,
    Quota,
    StockBuild,
    StockCover,
    StockRelease,
    Trigger,
)
from monazite.simulation.trigger_order import Markets, find_trigger_faults
from monazite.vocabulary import countries

MEETS = {
    "tariff": "their rates add up",
    "export_tax": "their rates add up",
    "outage": "what they leave is multiplied",
    "equipment_control": "what they leave is multiplied",
    "demand_change": "the changes are multiplied",
    "stock_cover": "the ratios are multiplied",
    "capacity_addition": "both are built",
    "stock_build": "both are bought",
    "stock_release": "both are offered, from one stock",
    "leakage": "the smaller share and the longer way hold",
}
"""What happens where two policies of a kind meet; for all other kinds the tighter holds."""
ON_EXPORTS = (OpenShareInstrument, Quota)
"""Kinds that limit what may leave a country; two of them on one lane are told even where the kinds differ."""
ACTS_ON_REST = "each limits what the other leaves"


def check_policies(
    market: Market,
    policies: Sequence[Instrument],
    lanes: Sequence[str],
    *,
    own: str = "",
    chain: Markets | None = None,
) -> None:
    """
    Raise ScenarioError that names every policy that cannot be used in a market.

    Parameters
    ----------
    market : Market
        Where they are to hold.
    policies : sequence of Instrument
        All policies of the run.
    lanes : sequence of str
        Exporters whose lanes are to be kept.
    own, chain : optional
        Name of the market, and the policies of all, where it is one of a chain.

    Raises
    ------
    ScenarioError
        With every stage and country that the market does not know, every policy that touches nothing, triggers that
        wait for nothing or for one another, and public stocks with two sizes.

    Examples
    --------
    A ban on exports of a country that exports nothing: "policies.0 (ban): MNG: no exports in the baseline".
    """
    wrong = [f"lanes: no country {code}" for code in lanes if code not in market.countries]
    for place, policy in enumerate(policies):
        title = f"policies.{place} ({policy.kind})"
        wrong += [f"{title}: {text}" for text in find_misfits(market, policy)]
    wrong += [
        f"policies.{place} (trigger): {text}" for place, _, text in find_trigger_faults(policies, own, chain)
    ]
    wrong += find_stock_faults(policies)
    if wrong:
        raise ScenarioError(
            f"market {market.material}, {market.trade_stage}",
            f"{len(wrong)} parts of the policies do not fit it."
            if len(wrong) > 1
            else "a policy does not fit it.",
            which=wrong,
            expected="stages of the market, ISO3 codes that it names, and policies that touch something",
            fix="mend the policy, or build the market with keep=[...] so that the country is not part of ROW",
        )


def find_misfits(market: Market, policy: Instrument) -> Iterator[str]:
    """Say what of a policy does not fit a market."""
    if isinstance(policy, OutsideMeasure):
        return
    acting = policy.policy if isinstance(policy, Trigger) else policy
    made = isinstance(acting, Outage | EquipmentControl | CapacityAddition | NewSupplier)
    stage = market.production_stage if made else market.trade_stage
    if acting.stage != stage:
        yield f"stage {acting.stage!r}, but the market has {stage!r}"
    unknown = [code for code in dict.fromkeys(policy.countries) if code not in market.countries]
    for code in unknown:
        if code in countries():
            yield f"{code}: makes, trades and uses nothing of it by itself in the baseline"
        else:
            yield f"no country {code!r}; {nearest_names(code, market.countries)}"
    if not unknown:
        yield from find_nothing(market, acting)


def list_parts(market: Market, policy: Instrument) -> list[tuple[Sequence[str], Array, str]]:
    """List the countries that a policy acts on, the baseline quantity that it needs there, and a word for it."""
    if isinstance(policy, LaneInstrument):
        return [(policy.origin, market.exports, "exports")]
    if isinstance(policy, ImportInstrument):
        return [(policy.destination, market.imports, "imports")]
    if isinstance(policy, Outage | EquipmentControl):
        return [([policy.country], market.capacity, "capacity")]
    if isinstance(policy, DemandChange):
        return [(policy.countries, market.use, "use")]
    if isinstance(policy, StockCover):
        return [(policy.countries, market.throughput, "production, imports or use")]
    if isinstance(policy, StockBuild | StockRelease):
        return [([policy.country], market.throughput, "production, imports or use")]
    return []


def find_nothing(market: Market, policy: Instrument) -> Iterator[str]:
    """Say that a policy touches nothing in the baseline."""
    for codes, quantity, noun in list_parts(market, policy):
        idle = [code for code in codes if quantity[market.place(code)] <= 0]
        if idle and len(idle) == len(codes):
            yield f"{', '.join(idle[:5])}: no {noun} in the baseline"
            return
    lanes = isinstance(policy, LaneInstrument | ImportInstrument)
    if lanes and float(market.trade[find_lanes(policy, market)].sum()) <= 0:
        yield "nothing is traded on its lanes in the baseline"


def find_idle(market: Market, policies: Sequence[Instrument]) -> list[str]:
    """Note which countries of a list a policy cannot touch, since they have none of it in the baseline."""
    notes = []
    for place, policy in enumerate(policies):
        acting = policy.policy if isinstance(policy, Trigger) else policy
        for codes, quantity, noun in list_parts(market, acting):
            idle = [code for code in codes if quantity[market.place(code)] <= 0]
            if idle:
                names = ", ".join(idle[:5]) + (f" and {len(idle) - 5} more" if len(idle) > 5 else "")
                notes.append(
                    f"policy {place} ({policy.kind}) does not touch {names}: no {noun} in the baseline"
                )
    return notes


def find_stock_faults(policies: Sequence[Instrument]) -> list[str]:
    """Say which public stocks have two sizes."""
    sizes: dict[str, set[tuple[float, str]]] = {}
    for policy in policies:
        acting = policy.policy if isinstance(policy, Trigger) else policy
        if isinstance(acting, StockRelease):
            sizes.setdefault(acting.country, set()).add((acting.opening_stock_t, acting.unit))
    return [
        f"stock_release: the public stock of {country} opens with "
        + " and ".join(f"{tonnes:g} t {unit}" for tonnes, unit in sorted(found))
        for country, found in sizes.items()
        if len(found) > 1
    ]


def find_overlaps(market: Market, policies: Sequence[Instrument]) -> tuple[str, ...]:
    """
    Say which policies of a kind meet in the same months on the same lanes or in the same country, and what holds.

    Parameters
    ----------
    market : Market
        Where they hold.
    policies : sequence of Instrument
        All policies of the run; those that wait for a trigger have no dates and are left out.

    Returns
    -------
    tuple of str
        A note for each policy that does not touch all of its countries, and one for each pair that meets, as
        "policies 0 and 2 (quota) meet on CHN -> JPN and 11 more, from 2010-07 to before 2011-01: the tighter holds".
    """
    notes = find_idle(market, policies)
    for (place, one), (other, two) in combinations(enumerate(policies), 2):
        first = max(one.start_number, two.start_number)
        last = min(one.end_number, two.end_number)
        if first >= last:
            continue
        pair = f"policies {place} and {other}"
        where = find_common(market, one, two) if meets(one, two) else ""
        if where:
            until = f" to before {month_label(int(last))}" if np.isfinite(last) else ""
            is_same = one.kind == two.kind
            kinds = one.kind if is_same else f"{one.kind}, {two.kind}"
            holds = MEETS.get(one.kind, "the tighter holds") if is_same else ACTS_ON_REST
            notes.append(f"{pair} ({kinds}) meet {where}, from {month_label(first)}{until}: {holds}")
        if {one.kind, two.kind} == {"stock_build", "stock_release"} and one.countries == two.countries:
            notes.append(f"{pair} buy for and sell from the public stock of {one.countries[0]} at once")
    return tuple(notes)


def meets(one: Instrument, two: Instrument) -> bool:
    """Whether two policies limit the same thing, so that one should know of the other."""
    return one.kind == two.kind or (isinstance(one, ON_EXPORTS) and isinstance(two, ON_EXPORTS))


def find_common(market: Market, one: Instrument, two: Instrument) -> str:
    """Say where two policies of a kind meet; empty where they do not."""
    if isinstance(one, Trigger | OutsideMeasure | NewSupplier):
        return ""
    if isinstance(one, LaneInstrument | ImportInstrument):
        return name_lanes(market, find_lanes(one, market) & find_lanes(two, market))
    every = [set(policy.countries) or set(market.countries) for policy in (one, two)]
    return f"in {', '.join(sorted(every[0] & every[1])[:5])}" if every[0] & every[1] else ""


def name_lanes(market: Market, lanes: NDArray[np.bool_]) -> str:
    """Name the largest of some lanes by baseline trade, and count the others; empty where none has trade."""
    traded = [(float(market.trade[i, j]), i, j) for i, j in np.argwhere(lanes & (market.trade > 0)).tolist()]
    if not traded:
        return ""
    _, i, j = max(traded)
    more = f" and {len(traded) - 1} more" if len(traded) > 1 else ""
    return f"on {market.countries[i]} -> {market.countries[j]}{more}"
