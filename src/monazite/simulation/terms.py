"""Terms: what the rules say about one month, read off the calendar, the triggers and the public stocks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.market import Array, Market
from monazite.simulation.new_supply import read_new_supply
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import CountryRule, Rules, TriggerRule, tightest
from monazite.simulation.series import Clock
from monazite.simulation.state import State

MARGIN = 1e-9
"""By how much a figure must pass a trigger's threshold, so that rounding sets nothing off. [unitless]"""


@dataclass(frozen=True)
class Terms:
    """
    The rules of one month; dims are (draw, exporter, importer) where nothing else is said.

    None stands for a kind of instrument that the run does not have, so that its arithmetic is left out.
    """

    clock: Clock
    open_share: Array  # share of the orders that the law lets pass, quotas apart
    closure: (
        Array  # months of baseline trade that buyers expect to lose, dims (draw, touched exporter, importer)
    )
    ahead: Array  # share of the closure that can be bought ahead, dims as `closure`
    capacity: Array  # share of the capacity that is left, dims (draw, country)
    released: Array  # from the public stock, dims (draw, country) [t]
    wanted: Array  # for the public stock, dims (draw, country) [t]
    third: Array  # share of the refused orders that leaks through third countries
    other: Array | None = None  # share of them that leaks under another name
    moving: Array | None = None  # share of what third countries hold that moves on
    added: Array | None = None  # capacity that is new, dims (draw, country) [t a month]
    entered: Array | None = None  # its part in the world's supply of exports, dims (draw, country)
    growth: Array | None = None  # share of the growth of capacity that is left, dims (draw, country)
    cover: Array | None = None  # cover over that of the draw, dims (draw, country)
    use: Array | None = None  # use over baseline use, dims (draw, country)
    rise: Array | None = None  # rise of the buyer's price by duties
    attraction: Array | None = None  # weight of the lane among the orders under duties
    ceiling: Array | None = None  # largest share of the lane in the orders of its buyer
    cut: Array | None = None  # share of the transport capacity that is left
    limit: Array | None = None  # largest shipment [t]; inf where none
    late: Array | None = None  # share of the shipment that arrives a month later
    waiting: Array | None = None  # share of the orders that joins the queue
    decided: Array | None = None  # share of the queue that leaves it


def fire_triggers(month: int, before: Array, log_price: Array, unmet: Array, rules: Rules) -> Clock:
    """
    Clock of the month: triggers whose condition is met for the first time fire. Section 2 of the reference.

    `before` holds when each has fired, dims (draw, trigger); `log_price` and `unmet` are those of the month before,
    dims (draw, country). A trigger that watches another market of a chain is fired before, by `fire_across`.
    """
    clock = Clock(month, before.copy(), np.full_like(before, np.inf))
    for place, rule in enumerate(rules.triggers):
        if rule.market is None and rule.armed_from <= month < rule.armed_until:
            met = np.isinf(clock.fired[:, place]) & passes(rule, clock, log_price, unmet)
            clock.fired[:, place] = np.where(met, month, clock.fired[:, place])
        clock.starts[:, place] = clock.fired[:, place] + rule.delay
    return clock


def passes(rule: TriggerRule, clock: Clock, log_price: Array, unmet: Array) -> NDArray[np.bool_]:
    """Whether the condition of a trigger holds in the market that it watches, dims (draw,)."""
    if rule.kind == "policy":
        met = rule.due <= clock.month
    elif rule.kind == "trigger":
        met = clock.starts[:, rule.after] <= clock.month
    elif rule.kind == "price_ratio":
        met = log_price[:, rule.place] > np.log(max(rule.above, 1e-300)) + MARGIN
    else:
        met = unmet[:, rule.place] > rule.above + MARGIN
    return met


def read_terms(state: State, market: Market, rules: Rules, p: Parameters) -> Terms:
    """Read the rules of the month of a state."""
    clock = fire_triggers(state.month, state.fired, state.log_price, state.unmet, rules)
    shape = (rules.draws, len(market.countries), len(market.countries))
    cut, limit, late = read_cuts(rules, clock, market.trade, shape)
    third, other, moving = read_leaks(rules, clock, p, shape)
    rise, attraction = read_duties(rules, clock, shape)
    waiting, decided = read_queue(rules, clock, shape)
    released, wanted = read_public(rules, clock, state.public_stock)
    added, entered = read_new_supply(rules, clock, state.entry[:, :, -1], market)
    closure, ahead = rules.planned_closure(clock, p.planning_months, shape[2])
    kinds = {rule.what for rule in rules.countries}
    return Terms(
        clock=clock,
        open_share=rules.open_share(clock, market),
        closure=closure,
        ahead=ahead,
        capacity=read_factor(rules, clock, "capacity", shape),
        released=released,
        wanted=wanted,
        third=third,
        other=other,
        moving=moving,
        added=added,
        entered=entered,
        growth=read_factor(rules, clock, "growth", shape) if "growth" in kinds else None,
        cover=read_factor(rules, clock, "cover", shape) if "cover" in kinds else None,
        use=read_factor(rules, clock, "use", shape) if "use" in kinds else None,
        rise=rise,
        attraction=attraction,
        ceiling=tightest([(r.lanes, r.ceiling.at(clock)) for r in rules.caps], shape) if rules.caps else None,
        cut=cut,
        limit=limit,
        late=late,
        waiting=waiting,
        decided=decided,
    )


def read_factor(rules: Rules, clock: Clock, what: str, shape: tuple[int, ...]) -> Array:
    """Product of the factors of one kind, dims (draw, country)."""
    factor = np.ones(shape[:2])
    for rule in rules.countries:
        if rule.what == what:
            factor[:, rule.places] *= rule.series.at(clock)[:, None]
    return factor


def read_public(rules: Rules, clock: Clock, stock: Array) -> tuple[Array, Array]:
    """Tonnes that public stocks release and want, dims (draw, country). Equations 1g and 1h."""
    released, wanted = np.zeros_like(stock), np.zeros_like(stock)
    for rule in rules.countries:
        rate = rule.series.at(clock)[:, None]
        if rule.what == "release":
            released[:, rule.places] += rate
        elif rule.what == "build":
            wanted[:, rule.places] += find_wish(rule, rate, stock)
    return np.minimum(released, stock), wanted


def find_wish(rule: CountryRule, rate: Array, stock: Array) -> Array:
    """Tonnes that one stock build asks for, dims (draw, place)."""
    wish: Array = np.minimum(rate, np.maximum(rule.target - stock[:, rule.places], 0.0))
    return wish


def read_duties(rules: Rules, clock: Clock, shape: tuple[int, ...]) -> tuple[Array | None, Array | None]:
    """Rise of prices and weight of lanes under duties. Equation 1e."""
    if not rules.duties:
        return None, None
    rise, weight = np.zeros(shape), np.ones(shape)
    for rule in rules.duties:
        rise += np.where(rule.lanes[None], rule.rise.at(clock)[:, None, None], 0.0)
        weight *= np.where(rule.lanes[None], rule.attraction.at(clock)[:, None, None], 1.0)
    return rise, weight


def read_cuts(
    rules: Rules, clock: Clock, trade: Array, shape: tuple[int, ...]
) -> tuple[Array | None, Array | None, Array | None]:
    """Transport capacity left, largest shipment, and share that is late. Equation 1f."""
    if not rules.cuts:
        return None, None, None
    cut, late, limit = np.ones(shape), np.zeros(shape), np.full(shape, np.inf)
    for rule in rules.cuts:
        share = rule.open_share.at(clock)
        cut = np.minimum(cut, np.where(rule.lanes[None], share[:, None, None], 1.0))
        late = np.maximum(late, np.where(rule.lanes[None], rule.late.at(clock)[:, None, None], 0.0))
        carried = (share * rule.headroom)[:, None, None] * trade
        bound = rule.lanes[None] & (trade > 0)[None] & (share < 1.0)[:, None, None]
        limit = np.minimum(limit, np.where(bound, carried, np.inf))
    return cut, limit, late if rules.has_detour else None


def read_leaks(
    rules: Rules, clock: Clock, p: Parameters, shape: tuple[int, ...]
) -> tuple[Array, Array | None, Array | None]:
    """Shares that leak, and how fast third countries pass goods on. Equation 9."""
    prior = p.leakage_share[:, :, None]
    if not rules.leaks:
        return prior, None, None
    third, other, moving = np.full(shape, np.inf), np.full(shape, np.inf), np.ones(shape)
    for rule in rules.leaks:
        force = rule.force.at(clock)
        through = force * rule.third + (1.0 - force) * p.leakage_share[:, 0]
        third = np.minimum(third, np.where(rule.lanes[None], through[:, None, None], np.inf))
        other = np.minimum(other, np.where(rule.lanes[None], (force * rule.other)[:, None, None], np.inf))
        moving = np.minimum(moving, np.where(rule.lanes[None], rule.moving.at(clock)[:, None, None], 1.0))
    return np.where(np.isinf(third), prior, third), np.where(np.isinf(other), 0.0, other), moving


def read_queue(rules: Rules, clock: Clock, shape: tuple[int, ...]) -> tuple[Array | None, Array | None]:
    """Shares of the orders that wait and of the queue that is decided, dims (draw, touched exporter, importer)."""
    if not rules.has_queue:
        return None, None
    waiting = np.zeros((shape[0], len(rules.exporters), shape[2]))
    decided = np.ones_like(waiting)
    for rule in rules.lanes:
        if rule.waiting is not None and rule.decided is not None:
            rows = rule.lanes[rules.exporters][None]
            waiting = np.maximum(waiting, np.where(rows, rule.waiting.at(clock)[:, None, None], 0.0))
            decided = np.minimum(decided, np.where(rows, rule.decided.at(clock)[:, None, None], 1.0))
    return waiting, decided
