"""Tables that the compiled kernel reads: lanes that can ever carry goods, rules by pattern, draws innermost."""

from collections.abc import Sequence
from dataclasses import fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.market import Array, Market
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules
from monazite.simulation.state import State

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
NONE = -1
"""Stands for a series that a rule does not have."""


class Lanes(NamedTuple):
    """Lanes that can ever carry goods, sorted by buyer and then by seller; dims (lane,)."""

    start: Integers  # first lane of each buyer, dims (country + 1,)
    seller: Integers
    buyer: Integers
    pattern: Integers  # which rules touch the lane
    trade: Array
    habit: Array


class Countries(NamedTuple):
    """The baseline, dims (country,)."""

    use: Array
    own_share: Array
    production_share: Array
    capacity: Array
    throughput: Array
    imports: Array


class QuotaTable(NamedTuple):
    """Quotas; `inside` says which patterns each touches."""

    inside: Flags  # dims (pattern, quota)
    any_inside: Flags  # dims (pattern,)
    split: Array  # share of each destination, dims (quota, country); NONE = by orders
    exempt: Array  # dims (quota, draw)


class Draws(NamedTuple):
    """The parameters of `priors.csv`, dims (draw,)."""

    stock_cover_months: Array
    adjustment_months: Array
    expectation_months: Array
    price_elasticity: Array
    thrifting_elasticity: Array
    thrifting_months: Array
    backstop_share: Array
    backstop_price_ratio: Array
    backstop_months: Array
    qualification_share_per_month: Array
    reserve_share: Array
    habit_months: Array
    habit_return_months: Array
    price_response: Array
    price_decay: Array
    price_pull: Array
    choke_price_ratio: Array
    front_loading_share: Array
    planning_months: Array
    leakage_share: Array
    capacity_elasticity: Array
    capacity_lead_months: Array
    entry_price_ratio: Array
    entry_lead_months: Array
    restart_price_ratio: Array
    restart_lead_months: Array
    home_first_share: Array
    panic_share: Array


class Store(NamedTuple):
    """The state, changed in place: dims (lane, draw) from `at_sea` to `queue`, then (country, draw)."""

    at_sea: Array
    leak_near: Array
    leak_far: Array
    late: Array
    habit: Array
    planned: Array
    queue: Array
    stock: Array
    usual_flow: Array
    expected_export: Array
    qualified: Array
    log_price: Array
    log_price_mean: Array
    thrifting: Array
    backstop: Array
    new_started: Array
    new_capacity: Array
    public_stock: Array
    unmet: Array
    quota_left: Array  # dims (quota, draw)
    fired: Array  # dims (trigger, draw)
    entry: Array  # dims (stage, supplier, draw)


LANE_ARRAYS = ("at_sea", "leak_near", "leak_far", "habit")
COUNTRY_ARRAYS = Store._fields[7:19]
RULE_ARRAYS = Store._fields[19:]


def find_patterns(rules: Rules, sellers: Integers, buyers: Integers) -> tuple[list[Flags], Integers]:
    """
    Sort lanes by the rules that touch them.

    Returns
    -------
    list of array, dims (pattern, rule)
        For lane rules, quotas, duties, caps, cuts and leaks: whether each pattern is touched. Pattern 0 is not.
    array, dims (lane,)
        Pattern of each lane.
    """
    families = (rules.lanes, rules.duties, rules.caps, rules.cuts, rules.leaks)
    touched = [[rule.lanes[sellers, buyers] for rule in family] for family in families]
    touched.insert(1, [rule.destinations[buyers] & (sellers == rule.exporter) for rule in rules.quotas])
    columns = [column for family in touched for column in family]
    table = np.array(columns, bool).T if columns else np.zeros((len(sellers), 0), bool)
    table = np.vstack([np.zeros((1, len(columns)), bool), table])
    unique, place = np.unique(table, axis=0, return_inverse=True)
    place = place.reshape(-1)
    ends = np.cumsum([len(family) for family in touched])
    parts = [unique[:, end - len(family) : end] for family, end in zip(touched, ends, strict=True)]
    return [np.array(part, order="C") for part in parts], place[1:].astype(np.int64)


def build_lanes(market: Market, rules: Rules) -> tuple[Lanes, list[Flags]]:
    """Find the lanes that can ever carry goods: sellers who can have some, buyers who import in the baseline."""
    can_sell = (market.throughput > 0) | (market.capacity > 0) | (rules.public_stock > 0)
    can_sell[rules.new_places] = True
    possible = (can_sell[:, None] & (market.imports > 0)[None, :]) | (market.trade > 0)
    possible &= market.lanes
    buyers, sellers = (part.astype(np.int64) for part in np.nonzero(possible.T))
    flags, pattern = find_patterns(rules, sellers, buyers)
    lanes = Lanes(
        start=np.searchsorted(buyers, np.arange(len(market.countries) + 1)).astype(np.int64),
        seller=sellers,
        buyer=buyers,
        pattern=pattern,
        trade=market.trade[sellers, buyers],
        habit=market.habit[sellers, buyers],
    )
    return lanes, flags


def build_countries(market: Market) -> Countries:
    """Collect the baseline by country."""
    return Countries(**{name: np.array(getattr(market, name), float) for name in Countries._fields})


def build_draws(parameters: Parameters) -> Draws:
    """Lay the parameters of a block of draws out flat."""
    return Draws(
        **{part.name: np.array(getattr(parameters, part.name)[:, 0], float) for part in fields(Parameters)}
    )


def stack(every: Sequence[Array], draws: int) -> Array:
    """Stack arrays with dims (draw, ...) flat to dims (rule, draw)."""
    return np.array([np.broadcast_to(one.reshape(-1), draws) for one in every], float).reshape(
        len(every), draws
    )


def build_quotas(rules: Rules, inside: Flags, countries: int) -> QuotaTable:
    """Lay the quotas of a block of draws out."""
    none = np.full(countries, float(NONE))
    split = [none if rule.split is None else rule.split for rule in rules.quotas]
    return QuotaTable(
        inside=inside,
        any_inside=np.asarray(inside.any(axis=1)),
        split=np.array(split, float).reshape(len(rules.quotas), countries),
        exempt=stack([rule.exempt for rule in rules.quotas], rules.draws),
    )


def open_store(state: State, lanes: Lanes, rules: Rules) -> Store:
    """Lay a state out by lane with the draws innermost."""
    dense = {name: getattr(state, name)[:, lanes.seller, lanes.buyer] for name in LANE_ARRAYS}
    rows = np.full(state.stock.shape[1], NONE, np.int64)
    rows[rules.exporters] = np.arange(len(rules.exporters))
    place = rows[lanes.seller]
    draws = len(state.stock)
    for name, rowed in (("planned", True), ("queue", True), ("late", False)):
        full = getattr(state, name)
        taken = np.zeros((draws, len(lanes.seller)))
        if full.shape[1]:
            chosen = place >= 0 if rowed else np.ones(len(place), bool)
            sellers = place[chosen] if rowed else lanes.seller
            taken[:, chosen] = full[:, sellers, lanes.buyer[chosen]]
        dense[name] = taken
    dense |= {name: getattr(state, name) for name in (*COUNTRY_ARRAYS, *RULE_ARRAYS)}
    return Store(**{name: np.array(dense[name].T, order="C") for name in Store._fields})


def close_store(store: Store, state: State, lanes: Lanes, rules: Rules, month: int) -> State:
    """Write what was laid out by lane back into a state of the same shape."""
    changes = {}
    for name in (*LANE_ARRAYS, "late"):
        full = np.zeros_like(getattr(state, name))
        if full.shape[1]:
            full[:, lanes.seller, lanes.buyer] = getattr(store, name).T
        changes[name] = full
    for name in ("planned", "queue"):
        every = np.zeros_like(state.at_sea)
        every[:, lanes.seller, lanes.buyer] = getattr(store, name).T
        changes[name] = every[:, rules.exporters] if getattr(state, name).shape[1] else getattr(state, name)
    for name in (*COUNTRY_ARRAYS, *RULE_ARRAYS):
        changes[name] = np.ascontiguousarray(getattr(store, name).T)
    return State(month=month, **changes)
