"""What the rules say about a month, by pattern of lanes and by country that a rule touches."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from monazite.simulation.kernel_store import Store, tile, untile
from monazite.simulation.kernel_tables import NEUTRAL, Flags, Problem, list_places
from monazite.simulation.market import Array, divide
from monazite.simulation.new_supply import read_new_supply
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules, tightest
from monazite.simulation.series import ON_CALENDAR, Clock
from monazite.simulation.terms import (
    fire_triggers,
    read_cuts,
    read_duties,
    read_factor,
    read_leaks,
    read_public,
    read_queue,
)

FACTORS = ("capacity", "growth", "cover", "use")


class Terms(NamedTuple):
    """What the rules say about a month: dims (tile, pattern, draw), of `pool` (tile, row, draw); in a tile two."""

    open_share: Array
    closure: Array
    ahead: Array
    cut: Array
    limit: Array  # largest shipment over baseline trade, inf = none
    late: Array
    rise: Array
    attraction: Array
    ceiling: Array
    third: Array
    other: Array
    moving: Array
    waiting: Array
    decided: Array
    pool: Array  # terms of countries; `Countries.rows` says where each stands


LANE_NEUTRAL = {
    "open_share": 1.0,
    "closure": 0.0,
    "ahead": 0.0,
    "cut": 1.0,
    "limit": np.inf,
    "late": 0.0,
    "rise": 0.0,
    "attraction": 1.0,
    "ceiling": 1.0,
    "third": 0.0,
    "other": 0.0,
    "moving": 1.0,
    "waiting": 0.0,
    "decided": 1.0,
}
"""What each term of a lane is where no rule says anything."""


@dataclass(frozen=True)
class Calendar:
    """
    The rules of a block as a month reads them.

    `view` sees each pattern of lanes as one lane; `places` are the countries of each term, in the order of the pool;
    `known` keeps the shares that buyers expect of a month, which do not change while the same rules are known.
    """

    problem: Problem
    rules: Rules
    view: Rules
    parameters: Parameters
    terms: Terms
    width: int
    places: list[np.ndarray]
    known: dict[tuple[int, bytes], Array] = field(default_factory=dict)


def view_patterns(rules: Rules, flags: list[Flags]) -> Rules:
    """See the rules as if each pattern of lanes were one lane, dims (1, pattern)."""
    lanes, quotas, duties, caps, cuts, leaks = (family.T for family in flags)
    return replace(
        rules,
        exporters=np.zeros(1, np.int64),
        lanes=tuple(replace(rule, lanes=flag[None]) for rule, flag in zip(rules.lanes, lanes, strict=True)),
        quotas=tuple(
            replace(rule, exporter=0, destinations=flag)
            for rule, flag in zip(rules.quotas, quotas, strict=True)
        ),
        duties=tuple(
            replace(rule, lanes=flag[None]) for rule, flag in zip(rules.duties, duties, strict=True)
        ),
        caps=tuple(replace(rule, lanes=flag[None]) for rule, flag in zip(rules.caps, caps, strict=True)),
        cuts=tuple(replace(rule, lanes=flag[None]) for rule, flag in zip(rules.cuts, cuts, strict=True)),
        leaks=tuple(replace(rule, lanes=flag[None]) for rule, flag in zip(rules.leaks, leaks, strict=True)),
    )


def build_calendar(problem: Problem, rules: Rules, parameters: Parameters, width: int) -> Calendar:
    """Make the terms of a block, neutral at first."""
    tiles, patterns = -(-rules.draws // width), len(problem.patterns[0])
    places = list_places(rules, len(problem.market.countries))
    terms = {name: np.full((tiles, patterns, width), value) for name, value in LANE_NEUTRAL.items()}
    pool = np.ones((tiles, 2 + sum(len(place) for place in places), width))
    pool[:, 1] = 0.0
    low = 2
    for value, place in zip(NEUTRAL, places, strict=True):
        pool[:, low : low + len(place)] = value
        low += len(place)
    terms["third"][:] = tile(parameters.leakage_share, width)
    view = view_patterns(rules, problem.patterns)
    return Calendar(problem, rules, view, parameters, Terms(**terms, pool=pool), width, places)


def read_month(
    calendar: Calendar, store: Store, fired: Array, entry: Array, month: int
) -> tuple[Terms, Clock]:
    """Read the rules of a month; triggers fire. `fired` and `entry` have the draws first."""
    rules, draws = calendar.rules, calendar.rules.draws
    none = np.zeros((draws, 0))
    price, unmet = (untile(a, draws) if rules.triggers else none for a in (store.log_price, store.unmet))
    clock = fire_triggers(month, fired, price, unmet, calendar.view)
    for name, values in read_lanes(calendar, clock).items():
        flat = np.broadcast_to(values, (draws, 1, len(calendar.problem.patterns[0])))[:, 0]
        getattr(calendar.terms, name)[:] = tile(flat, calendar.width)
    low = 2
    for place, values in zip(calendar.places, read_countries(calendar, store, entry, clock), strict=True):
        if len(place):
            calendar.terms.pool[:, low : low + len(place)] = tile(values[:, place], calendar.width)
        low += len(place)
    return calendar.terms, clock


def read_lanes(calendar: Calendar, clock: Clock) -> dict[str, Array]:
    """Terms of the patterns that some rule of the run can move, dims (draw, 1, pattern)."""
    view, p, shape = (
        calendar.view,
        calendar.parameters,
        (calendar.rules.draws, 1, len(calendar.problem.patterns[0])),
    )
    found: dict[str, Array | None] = {}
    if view.lanes:
        found["open_share"] = view.legal_share(clock, shape)
    if view.lanes or view.cuts or view.duties or view.quotas:
        found["closure"], found["ahead"] = find_closure(calendar, clock, shape)
    if view.cuts:
        found["cut"], found["limit"], found["late"] = read_cuts(view, clock, np.ones((1, shape[2])), shape)
    if view.duties:
        found["rise"], found["attraction"] = read_duties(view, clock, shape)
    if view.caps:
        found["ceiling"] = tightest([(rule.lanes, rule.ceiling.at(clock)) for rule in view.caps], shape)
    if view.leaks:
        found["third"], found["other"], found["moving"] = read_leaks(view, clock, p, shape)
    if view.has_queue:
        found["waiting"], found["decided"] = read_queue(view, clock, shape)
    return {name: values for name, values in found.items() if values is not None}


def find_closure(calendar: Calendar, clock: Clock, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Months of trade that known rules will keep away, and what can be bought ahead, as `Rules.planned_closure`."""
    view, horizon = calendar.view, calendar.parameters.planning_months
    series = [*(rule.open_share for rule in view.lanes), *(rule.open_share for rule in view.cuts)]
    series += [*(rule.planned for rule in view.quotas), *(rule.attraction for rule in view.duties)]
    if any(one.trigger != ON_CALENDAR for one in series):
        return view.planned_closure(clock, horizon, shape[2])
    closure, coming = np.zeros(shape), np.zeros(shape)
    if not view.is_anything_known(clock):
        return closure, coming
    known = b"".join(one.known_share(clock.month).tobytes() for one in series)

    def expect(ahead: int) -> Array:
        key = (clock.month + ahead, known)
        if key not in calendar.known:
            calendar.known[key] = view.expected_share(clock, ahead, shape)
        return calendar.known[key]

    now = expect(0)
    for ahead in range(1, int(np.ceil(horizon.max())) + 1):
        part, share = np.clip(horizon - (ahead - 1), 0.0, 1.0)[:, :, None], expect(ahead)
        closure += part * (1.0 - share)
        coming += part * np.maximum(now - share, 0.0)
    return closure, divide(coming, closure)


def read_countries(calendar: Calendar, store: Store, entry: Array, clock: Clock) -> list[Array]:
    """Terms of countries that some rule of the run can move, dims (draw, country), in the order of the pool."""
    rules, market = calendar.rules, calendar.problem.market
    by_country, none = (rules.draws, len(market.countries)), np.zeros((rules.draws, 0))
    found = [
        read_factor(rules, clock, what, by_country) if len(place) else none
        for what, place in zip(FACTORS, calendar.places, strict=False)
    ]
    public = (none, none)
    if rules.has_public_stock:
        public = read_public(rules, clock, untile(store.public_stock, rules.draws))
    new = read_new_supply(rules, clock, entry[:, :, -1], market) if rules.has_new_supply else (none, none)
    return [*found, *public, *(none if values is None else values for values in new)]
