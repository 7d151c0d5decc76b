"""What the rules say about a month, by pattern of lanes, and the room that the kernel computes in."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from monazite.simulation.kernel_tables import Flags, Store
from monazite.simulation.market import Array, Market
from monazite.simulation.new_supply import read_new_supply
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules, tightest
from monazite.simulation.series import Clock
from monazite.simulation.terms import (
    fire_triggers,
    read_cuts,
    read_duties,
    read_factor,
    read_leaks,
    read_public,
    read_queue,
)


class Terms(NamedTuple):
    """What the rules say about a month, dims (pattern, draw), then (country, draw)."""

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
    capacity: Array
    growth: Array
    cover: Array
    use: Array
    released: Array
    wanted: Array
    added: Array
    entered: Array


class LaneWork(NamedTuple):
    """What a month computes by lane, dims (lane, draw)."""

    orders: Array
    regular: Array
    legal: Array
    passed: Array
    joined: Array
    decided: Array
    shipped: Array
    moved: Array
    arrived: Array
    sent: Array
    delivered: Array


class CountryWork(NamedTuple):
    """What a month computes by country, dims (country, draw)."""

    demand: Array
    target: Array
    position: Array
    production: Array
    capacity: Array
    imports: Array
    unplaced: Array
    duty: Array
    scale: Array
    ordered: Array
    regular: Array
    waited: Array
    stopped: Array
    allowed: Array
    fill: Array
    home: Array
    bought: Array
    received: Array
    exported: Array
    spare: Array
    wanted: Array
    unfilled: Array
    offered: Array
    sold: Array
    extra: Array
    left: Array
    leaked: Array
    delivered: Array
    asked: Array
    arrived: Array
    inflow: Array
    underway: Array
    theirs: Array
    links: Array
    stock: Array
    error: Array
    entered: Array
    free: Array  # share of the use that no later stage explains; with the next three for chains, section 6
    feed: Array  # what later stages want
    reach: Array  # share of the planned production that its input allowed last month
    cost: Array  # what a dearer input adds to the log price


class QuotaWork(NamedTuple):
    """What a month computes by quota, dims (quota, draw)."""

    asked: Array
    part: Array
    charged: Array
    alone: Array
    together: Array
    unshipped: Array


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


def read_month(
    view: Rules, p: Parameters, store: Store, month: int, patterns: int, market: Market
) -> tuple[Terms, Clock]:
    """Read the rules of a month as the kernel needs them; triggers fire."""
    clock = fire_triggers(month, store.fired.T, store.log_price.T, store.unmet.T, view)
    shape, by_country = (view.draws, 1, patterns), (view.draws, len(store.stock))
    cut, limit, late = read_cuts(view, clock, np.ones((1, patterns)), shape)
    third, other, moving = read_leaks(view, clock, p, shape)
    rise, attraction = read_duties(view, clock, shape)
    waiting, decided = read_queue(view, clock, shape)
    released, wanted = read_public(view, clock, store.public_stock.T)
    new = read_new_supply(view, clock, store.entry.T[:, :, -1], market)
    added, entered = (np.zeros(by_country) if values is None else values for values in new)
    ceiling = tightest([(rule.lanes, rule.ceiling.at(clock)) for rule in view.caps], shape)
    closure, ahead = view.planned_closure(clock, p.planning_months, patterns)
    lanes = {
        "open_share": (view.legal_share(clock, shape), 1.0),
        "closure": (closure, 0.0),
        "ahead": (ahead, 0.0),
        "cut": (cut, 1.0),
        "limit": (limit, np.inf),
        "late": (late, 0.0),
        "rise": (rise, 0.0),
        "attraction": (attraction, 1.0),
        "ceiling": (ceiling, 1.0),
        "third": (third, 0.0),
        "other": (other, 0.0),
        "moving": (moving, 1.0),
        "waiting": (waiting, 0.0),
        "decided": (decided, 1.0),
    }
    countries = {
        what: read_factor(view, clock, what, by_country) for what in ("capacity", "growth", "cover", "use")
    }
    countries |= {"released": released, "wanted": wanted, "added": added, "entered": entered}
    full = {
        name: np.full((patterns, view.draws), neutral)
        if values is None
        else np.array(np.broadcast_to(values, shape)[:, 0].T, order="C")
        for name, (values, neutral) in lanes.items()
    }
    turned = {name: np.array(values.T, order="C") for name, values in countries.items()}
    return Terms(**full, **turned), clock
