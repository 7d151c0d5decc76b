"""Tables that the compiled kernel reads: lanes that can ever carry goods, rules by pattern, draws innermost."""

from collections.abc import Sequence
from dataclasses import fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.market import Array, Market
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules
from monazite.simulation.series import Series
from monazite.simulation.state import State

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
NONE = -1
"""Stands for a series that a rule does not have."""
WHATS = ("capacity", "growth", "use", "release", "build")
TRIGGERS = ("policy", "trigger", "price_ratio", "unmet_share")


class Lanes(NamedTuple):
    """Lanes that can ever carry goods, sorted by buyer and then by seller; dims (lane,)."""

    start: Integers  # first lane of each buyer, dims (country + 1,)
    seller: Integers
    buyer: Integers
    pattern: Integers  # which rules touch the lane
    trade: Array
    habit: Array
    kept: Integers  # place among the exporters whose lanes are kept, or NONE


class Countries(NamedTuple):
    """The baseline, dims (country,)."""

    use: Array
    own_share: Array
    production_share: Array
    capacity: Array
    throughput: Array
    imports: Array


class Calendar(NamedTuple):
    """Every series of every rule; `values` has dims (series, month, draw), the others (series,)."""

    values: Array
    neutral: Array
    known_from: Integers
    trigger: Integers


class RuleTables(NamedTuple):
    """Rules as numbers of series; `*_in` says which patterns a rule touches, dims (pattern, rule)."""

    lane_in: Flags
    lane_kind: Integers
    lane_open: Integers
    lane_waiting: Integers
    lane_decided: Integers
    quota_in: Flags
    quota_exporter: Integers
    quota_accrual: Integers
    quota_planned: Integers
    quota_lapses: Flags  # dims (quota, month)
    quota_split: Array  # dims (quota, country); all NONE = by orders
    quota_exempt: Array  # dims (quota, draw)
    quota_carry: Array  # dims (quota, draw)
    country_in: Flags  # dims (country, rule)
    country_what: Integers
    country_series: Integers
    country_target: Array
    duty_in: Flags
    duty_rise: Integers
    duty_attraction: Integers
    cap_in: Flags
    cap_ceiling: Integers
    cut_in: Flags
    cut_open: Integers
    cut_late: Integers
    cut_headroom: Array  # dims (cut, draw)
    leak_in: Flags
    leak_force: Integers
    leak_moving: Integers
    leak_third: Array  # dims (leak, draw)
    leak_other: Array  # dims (leak, draw)
    trigger_kind: Integers
    trigger_after: Integers
    trigger_place: Integers
    trigger_above: Array
    trigger_from: Array
    trigger_until: Array
    trigger_due: Array  # dims (trigger, draw)
    trigger_delay: Array  # dims (trigger, draw)


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


LANE_ARRAYS = ("at_sea", "leak_near", "leak_far", "habit")
COUNTRY_ARRAYS = Store._fields[7:19]


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
    return [np.ascontiguousarray(part) for part in parts], place[1:].astype(np.int64)


def build_lanes(market: Market, rules: Rules, kept: Sequence[int]) -> tuple[Lanes, list[Flags]]:
    """Find the lanes that can ever carry goods: sellers who can have some, buyers who import in the baseline."""
    can_sell = (market.throughput > 0) | (market.capacity > 0) | (rules.public_stock > 0)
    possible = (can_sell[:, None] & (market.imports > 0)[None, :]) | (market.trade > 0)
    np.fill_diagonal(possible, False)
    buyers, sellers = (part.astype(np.int64) for part in np.nonzero(possible.T))
    flags, pattern = find_patterns(rules, sellers, buyers)
    places = np.full(len(market.countries), NONE, np.int64)
    places[list(kept)] = np.arange(len(kept))
    lanes = Lanes(
        start=np.searchsorted(buyers, np.arange(len(market.countries) + 1)).astype(np.int64),
        seller=sellers,
        buyer=buyers,
        pattern=pattern,
        trade=market.trade[sellers, buyers],
        habit=market.habit[sellers, buyers],
        kept=places[sellers],
    )
    return lanes, flags


def build_countries(market: Market) -> Countries:
    """Collect the baseline by country."""
    return Countries(
        **{name: np.ascontiguousarray(getattr(market, name), float) for name in Countries._fields}
    )


def build_draws(parameters: Parameters) -> Draws:
    """Lay the parameters of a block of draws out flat."""
    return Draws(
        **{
            part.name: np.ascontiguousarray(getattr(parameters, part.name)[:, 0])
            for part in fields(Parameters)
        }
    )


class SeriesList:
    """Collects the series of the rules and gives each its number."""

    def __init__(self) -> None:
        self.found: list[Series] = []

    def add(self, every: Sequence[Series | None]) -> Integers:
        """Number some series; NONE for those that are missing."""
        numbers = []
        for series in every:
            numbers.append(NONE if series is None else len(self.found))
            self.found += [] if series is None else [series]
        return np.array(numbers, np.int64)

    def build(self, draws: int) -> Calendar:
        """Stack what was collected, draws innermost."""
        months = self.found[0].values.shape[1] if self.found else 1
        values = np.empty((len(self.found), months, draws))
        for place, series in enumerate(self.found):
            values[place] = series.values.T
        return Calendar(
            values=values,
            neutral=np.array([series.neutral for series in self.found], float),
            known_from=np.array([series.known_from for series in self.found], np.int64),
            trigger=np.array([series.trigger for series in self.found], np.int64),
        )


def stack(every: Sequence[Array], draws: int) -> Array:
    """Stack arrays with dims (draw, ...) flat to dims (rule, draw)."""
    return np.array([np.broadcast_to(one.reshape(-1), draws) for one in every], float).reshape(
        len(every), draws
    )


def build_tables(rules: Rules, flags: Sequence[Flags], countries: int) -> tuple[RuleTables, Calendar]:
    """Number the series of a block of draws and lay its rules out."""
    series, draws = SeriesList(), rules.draws
    kinds = list(dict.fromkeys(rule.kind for rule in rules.lanes))
    inside = np.zeros((countries, len(rules.countries)), bool)
    for place, rule in enumerate(rules.countries):
        inside[rule.places, place] = True
    months = len(rules.quotas[0].lapses) if rules.quotas else 1
    none = np.full(countries, float(NONE))
    tables = RuleTables(
        lane_in=flags[0],
        lane_kind=np.array([kinds.index(rule.kind) for rule in rules.lanes], np.int64),
        lane_open=series.add([rule.open_share for rule in rules.lanes]),
        lane_waiting=series.add([rule.waiting for rule in rules.lanes]),
        lane_decided=series.add([rule.decided for rule in rules.lanes]),
        quota_in=flags[1],
        quota_exporter=np.array([rule.exporter for rule in rules.quotas], np.int64),
        quota_accrual=series.add([rule.accrual for rule in rules.quotas]),
        quota_planned=series.add([rule.planned for rule in rules.quotas]),
        quota_lapses=np.array([rule.lapses for rule in rules.quotas], bool).reshape(
            len(rules.quotas), months
        ),
        quota_split=np.array(
            [none if rule.split is None else rule.split for rule in rules.quotas], float
        ).reshape(len(rules.quotas), countries),
        quota_exempt=stack([rule.exempt for rule in rules.quotas], draws),
        quota_carry=stack([rule.carry for rule in rules.quotas], draws),
        country_in=inside,
        country_what=np.array([WHATS.index(rule.what) for rule in rules.countries], np.int64),
        country_series=series.add([rule.series for rule in rules.countries]),
        country_target=np.array([rule.target for rule in rules.countries], float),
        duty_in=flags[2],
        duty_rise=series.add([rule.rise for rule in rules.duties]),
        duty_attraction=series.add([rule.attraction for rule in rules.duties]),
        cap_in=flags[3],
        cap_ceiling=series.add([rule.ceiling for rule in rules.caps]),
        cut_in=flags[4],
        cut_open=series.add([rule.open_share for rule in rules.cuts]),
        cut_late=series.add([rule.late for rule in rules.cuts]),
        cut_headroom=stack([rule.headroom for rule in rules.cuts], draws),
        leak_in=flags[5],
        leak_force=series.add([rule.force for rule in rules.leaks]),
        leak_moving=series.add([rule.moving for rule in rules.leaks]),
        leak_third=stack([rule.third for rule in rules.leaks], draws),
        leak_other=stack([rule.other for rule in rules.leaks], draws),
        trigger_kind=np.array([TRIGGERS.index(rule.kind) for rule in rules.triggers], np.int64),
        trigger_after=np.array([rule.after for rule in rules.triggers], np.int64),
        trigger_place=np.array([rule.place for rule in rules.triggers], np.int64),
        trigger_above=np.array([rule.above for rule in rules.triggers], float),
        trigger_from=np.array([rule.armed_from for rule in rules.triggers], float),
        trigger_until=np.array([rule.armed_until for rule in rules.triggers], float),
        trigger_due=stack([rule.due for rule in rules.triggers], draws),
        trigger_delay=stack([rule.delay for rule in rules.triggers], draws),
    )
    return tables, series.build(draws)


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
    dense |= {name: getattr(state, name) for name in (*COUNTRY_ARRAYS, "quota_left", "fired")}
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
    for name in (*COUNTRY_ARRAYS, "quota_left", "fired"):
        changes[name] = np.ascontiguousarray(getattr(store, name).T)
    return State(month=month, **changes)
