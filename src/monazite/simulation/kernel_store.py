"""What the compiled kernel computes in: draws in tiles, innermost; and the way from a state to it and back."""

from dataclasses import fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.kernel_tables import Flags, Lanes, Problem
from monazite.simulation.market import Array
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules
from monazite.simulation.state import ARRAYS, LaneState, State

WIDTH = 64
"""Draws of a tile: what a tile computes in then fits the second cache. Source: measured, decision 0016."""
STEP = 8
"""The width of a single small tile is a multiple of this."""
SCRATCH = 8
"""Rows that a country is computed in."""


class Store(NamedTuple):
    """The state, changed in place: dims (tile, row, draw); in a tile (row, draw)."""

    at_sea: Array  # by lane
    habit: Array
    leak_near: Array  # by touched lane, as the next four
    leak_far: Array
    late: Array
    planned: Array
    queue: Array
    stock: Array  # by country from here on
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
    underway: Array  # all goods between sellers and the country
    near: Array  # those on plain lanes, which arrive next


class Draws(NamedTuple):
    """Parameters as the kernel needs them, dims (tile, draw); in a tile (draw,)."""

    stock_cover_months: Array
    price_elasticity: Array
    thrifting_elasticity: Array
    backstop_share: Array
    qualification_share_per_month: Array
    reserve_share: Array
    price_response: Array
    price_decay: Array
    price_pull: Array
    front_loading_share: Array
    capacity_elasticity: Array
    home_first_share: Array
    panic_share: Array
    adjustment: Array  # one over the months, as the next five [1/month]
    expectation: Array
    thrifting: Array
    backstop: Array
    habit: Array
    habit_return: Array
    building: Array  # two over the lead time [1/month]
    choke: Array  # one over the log of the price ratio
    backstop_squared: Array  # square of the log of the price ratio


class LaneWork(NamedTuple):
    """What a month computes by touched lane, dims (touched lane, draw)."""

    orders: Array
    regular: Array
    legal: Array
    passed: Array
    joined: Array
    decided: Array
    shipped: Array
    moved: Array
    delivered: Array


class CountryWork(NamedTuple):
    """What a month computes by country, dims (country, draw)."""

    demand: Array
    target: Array
    position: Array
    production: Array
    capacity: Array
    idle: Array  # new capacity that the plan does not use; after `call_idle` what of it is called up
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
    given: Array
    wanted: Array
    ratio: Array
    unfilled: Array
    sold: Array
    plain: Array
    extra: Array
    left: Array
    leaked: Array
    asked: Array
    arrived: Array
    inflow: Array
    delivered: Array
    theirs: Array
    links: Array
    error: Array
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


class Room(NamedTuple):
    """What a tile is computed in; every tile of a block uses the same."""

    lane: LaneWork
    work: CountryWork
    quota: QuotaWork
    row: Array  # dims (scratch, draw)
    bits: NDArray[np.int64]  # the same bytes
    is_short: Flags  # dims (country,)


PLAIN = Store._fields[:2]
TOUCHED = Store._fields[2:7]
BY_COUNTRY = Store._fields[7:19]
AS_GIVEN = Draws._fields[:13]
RULE_ARRAYS = ("quota_left", "entry", "fired")
"""Parts of the state that stay with the draws first."""


def choose_width(draws: int) -> int:
    """
    Draws of a tile.

    Examples
    --------
    >>> choose_width(1000), choose_width(5), choose_width(9)
    (64, 8, 16)
    """
    return WIDTH if draws >= WIDTH else round_up(draws)


def round_up(draws: int) -> int:
    """
    Width of a single tile for all draws.

    Examples
    --------
    >>> round_up(100)
    104
    """
    return -(-draws // STEP) * STEP


def tile(values: Array, width: int) -> Array:
    """Lay values with dims (draw, ...) out in tiles, dims (tile, ..., draw); the last draw fills the last tile up."""
    draws = len(values)
    tiles = -(-draws // width)
    if tiles * width > draws:
        values = np.concatenate([values, np.repeat(values[-1:], tiles * width - draws, axis=0)])
    parts = values.reshape(tiles, width, *values.shape[1:])
    return np.array(np.moveaxis(parts, 1, -1), dtype=values.dtype, order="C")


def untile(values: Array, draws: int) -> Array:
    """Undo `tile`: dims (draw, ...)."""
    parts = np.moveaxis(values, -1, 1)
    shape = (parts.shape[0] * parts.shape[1], *parts.shape[2:])
    return np.ascontiguousarray(parts.reshape(shape)[:draws])


def build_room(problem: Problem, quotas: int, width: int) -> Room:
    """Make the room of a tile."""
    touched, size = len(problem.lanes.lane), len(problem.market.countries)
    row = np.zeros((SCRATCH, width))
    return Room(
        LaneWork(*(np.zeros((touched, width)) for _ in LaneWork._fields)),
        CountryWork(*(np.zeros((size, width)) for _ in CountryWork._fields)),
        QuotaWork(*(np.zeros((quotas, width)) for _ in QuotaWork._fields)),
        row,
        row.view(np.int64),
        np.zeros(size, bool),
    )


def build_draws(parameters: Parameters, width: int) -> Draws:
    """Lay the parameters of a block of draws out."""
    p = {part.name: np.array(getattr(parameters, part.name)[:, 0], float) for part in fields(Parameters)}
    made = {
        "adjustment": 1.0 / p["adjustment_months"],
        "expectation": 1.0 / p["expectation_months"],
        "thrifting": 1.0 / p["thrifting_months"],
        "backstop": 1.0 / p["backstop_months"],
        "habit": 1.0 / p["habit_months"],
        "habit_return": 1.0 / p["habit_return_months"],
        "building": 2.0 / p["capacity_lead_months"],
        "choke": 1.0 / np.log(p["choke_price_ratio"]),
        "backstop_squared": np.log(p["backstop_price_ratio"]) ** 2,
    }
    chosen = {name: p[name] for name in AS_GIVEN} | made
    return Draws(**{name: tile(values, width) for name, values in chosen.items()})


def mark_leaks(state: State) -> Flags:
    """Mark lanes on which goods leak in any draw, dims (exporter, importer)."""
    found: Flags = (state.leak_near != 0.0).any(axis=0) | (state.leak_far != 0.0).any(axis=0)
    return found | (state.late != 0.0).any(axis=0) if state.late.shape[1] else found


def open_store(state: State, lanes: Lanes, rules: Rules, width: int) -> Store:
    """Lay a state out by lane; what is underway is filled in later."""
    buyers = np.repeat(np.arange(len(lanes.first) - 1), np.diff(lanes.start))
    taken = {name: getattr(state, name)[:, lanes.seller, buyers] for name in PLAIN}
    for name in TOUCHED:
        taken[name] = take_touched(getattr(state, name), lanes, rules, is_rowed=name in {"planned", "queue"})
    taken |= {name: getattr(state, name) for name in BY_COUNTRY}
    tiled = {name: tile(np.asarray(values), width) for name, values in taken.items()}
    empty = {name: np.zeros_like(tiled["stock"]) for name in ("underway", "near")}
    return Store(**tiled, **empty)


def take_touched(full: Array, lanes: Lanes, rules: Rules, *, is_rowed: bool) -> Array:
    """Take what a state holds of the touched lanes, dims (draw, touched lane); zero where it holds nothing."""
    taken = np.zeros((len(full), len(lanes.lane)))
    if full.shape[1]:
        rows = np.arange(full.shape[1])
        if is_rowed:
            rows = np.full(full.shape[2], -1)
            rows[rules.exporters] = np.arange(len(rules.exporters))
        place = rows[lanes.source]
        chosen = place >= 0
        taken[:, chosen] = full[:, place[chosen], lanes.buyer[chosen]]
    return taken


def close_store(
    store: Store, kept: dict[str, Array], state: State, lanes: Lanes, rules: Rules, month: int
) -> LaneState:
    """Turn what was laid out into a state by lane; `kept` are the parts in which the draws come first."""
    draws = len(state.stock)
    buyers = np.repeat(np.arange(len(lanes.first) - 1), np.diff(lanes.start))
    by_lane = {name: (lanes.seller, buyers, untile(getattr(store, name), draws)) for name in PLAIN}
    for name in TOUCHED:
        values = untile(getattr(store, name), draws)
        by_lane[name] = (lanes.source, lanes.buyer, values)
    rows = {name: np.arange(getattr(state, name).shape[1]) for name in ARRAYS if name in by_lane}
    rows |= {name: rules.exporters for name in ("planned", "queue") if getattr(state, name).shape[1]}
    flat = {name: untile(getattr(store, name), draws) for name in BY_COUNTRY} | kept
    return LaneState(month, flat, by_lane, rows)
