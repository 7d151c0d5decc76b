"""State: everything that one month hands on to the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.market import Array, Market
from monazite.simulation.priors import Parameters
from monazite.simulation.rules import Rules

ENTRY_STAGES = 6
"""Stages between the decision for a new supplier and its output, each a sixth of the lead time. Decision 0017."""


@dataclass(frozen=True)
class State:
    """
    The state of every draw at the start of a month; complete, so that a run can stop and go on.

    Tonnes are in the weight of the market. dims are (draw, country) where nothing else is said.
    """

    month: int  # months since the start of the run
    stock: Array  # [t]
    at_sea: Array  # shipped last month, arrives in this one; dims (draw, exporter, importer) [t]
    leak_near: Array  # leaked, arrives in this month; dims (draw, exporter, importer) [t]
    leak_far: Array  # leaked, arrives in the next month; dims (draw, exporter, importer) [t]
    usual_flow: Array  # slow mean of use and expected exports, which the wanted stock follows [t a month]
    expected_export: Array  # what a seller expects to be asked for abroad [t a month]
    habit: Array  # share of each seller in a buyer's orders, dims (draw, exporter, importer)
    qualified: Array  # share of its imports that a buyer can move to new sellers
    log_price: Array  # natural log of price over baseline price
    log_price_mean: Array  # its exponential mean over six months
    thrifting: Array  # factor on use
    backstop: Array  # factor on use
    planned: Array  # stock wanted for known closures, dims (draw, exporter touched by a rule, importer) [t]
    new_started: Array  # capacity under construction [t a month]
    new_capacity: Array  # capacity added since the start [t a month]
    quota_left: Array  # dims (draw, quota) [t]
    late: Array  # shipped on a longer way, arrives in the next month; dims (draw, exporter or none, importer) [t]
    queue: (
        Array  # orders that wait for a licence, dims (draw, exporter touched by a rule or none, importer) [t]
    )
    public_stock: Array  # held by governments [t]
    unmet: Array  # share of the use of the last month that was not served
    entry: Array  # capacity of new suppliers from decided to built, dims (draw, supplier, stage) [t a month]
    fired: Array  # month in which each trigger fired, inf = not yet; dims (draw, trigger)

    def block(self, draws: slice) -> "State":
        """Take some of the draws."""
        arrays = {name: getattr(self, name)[draws] for name in ARRAYS}
        return State(month=self.month, **arrays)

    @property
    def underway(self) -> Array:
        """All goods between seller and buyer, dims (draw, exporter, importer). [t]"""
        goods = self.at_sea + self.leak_near + self.leak_far
        return goods + self.late if self.late.shape[1] else goods


ARRAYS = tuple(field.name for field in fields(State) if field.name != "month")


def build_state(market: Market, rules: Rules, parameters: Parameters) -> State:
    """Build the state in which every flow equals the baseline; what is the same in every draw stands there once."""
    draws, size = len(parameters.stock_cover_months), len(market.countries)
    zero, one = np.zeros((draws, size)), np.ones((draws, size))
    shape = (draws, size, size)
    lanes = np.broadcast_to(0.0, shape)
    return State(
        month=0,
        stock=find_cover(rules, parameters, size) * (market.use + market.exports),
        at_sea=np.broadcast_to(market.trade, shape),
        leak_near=lanes,
        leak_far=lanes,
        usual_flow=zero + market.use + market.exports,
        expected_export=zero + market.exports,
        habit=np.broadcast_to(market.habit, shape),
        qualified=zero,
        log_price=zero,
        log_price_mean=zero,
        thrifting=one,
        backstop=one,
        planned=np.zeros((draws, len(rules.exporters), size)),
        new_started=zero,
        new_capacity=zero,
        quota_left=np.zeros((draws, len(rules.quotas))),
        late=np.zeros((draws, size if rules.has_detour else 0, size)),
        queue=np.zeros((draws, len(rules.exporters) if rules.has_queue else 0, size)),
        public_stock=zero + rules.public_stock,
        unmet=zero,
        entry=np.zeros((draws, len(rules.suppliers), ENTRY_STAGES + 1)),
        fired=np.full((draws, len(rules.triggers)), np.inf),
    )


def find_cover(rules: Rules, parameters: Parameters, size: int) -> Array:
    """
    Cover of the first month, dims (draw, country). [months] Equation 1n.

    As in `find_needs`, which leaves the floor of a month out where no policy changes the cover: the cover of a draw
    is never below it (`priors.LIMITS`), so that both give the same.
    """
    cover = np.repeat(parameters.stock_cover_months, size, axis=1)
    for rule in rules.countries:
        if rule.what == "cover":
            cover[:, rule.places] *= rule.series.at(rules.idle_clock(0))[:, None]
    return np.maximum(cover, 1.0)


@dataclass(frozen=True)
class LaneState:
    """
    A state by lane, as the compiled kernel hands it back; a `State` only when someone asks.

    `flat` holds the arrays without lanes; `by_lane` the others as (sellers, buyers, values with dims (draw, lane));
    `rows` the exporters that the first lane dimension of each of those stands for.
    """

    month: int
    flat: Mapping[str, Array]
    by_lane: Mapping[str, tuple[NDArray[np.int64], NDArray[np.int64], Array]]
    rows: Mapping[str, NDArray[np.int64]]

    @property
    def fired(self) -> Array:
        """Month in which each trigger fired, dims (draw, trigger)."""
        return self.flat["fired"]

    def expand(self) -> State:
        """Write every lane in its place."""
        draws, size = self.flat["stock"].shape
        arrays = dict(self.flat)
        for name, (sellers, buyers, values) in self.by_lane.items():
            full, place = np.zeros((draws, len(self.rows[name]), size)), np.full(size, -1)
            place[self.rows[name]] = np.arange(len(self.rows[name]))
            kept = place[sellers] >= 0
            full[:, place[sellers[kept]], buyers[kept]] = values[:, kept]
            arrays[name] = full
        return State(month=self.month, **arrays)


def join_states(blocks: Sequence[State]) -> State:
    """Put blocks of draws together again."""
    arrays = {name: np.concatenate([getattr(block, name) for block in blocks]) for name in ARRAYS}
    return State(month=blocks[0].month, **arrays)


def join_lane_states(blocks: Sequence[LaneState]) -> LaneState:
    """Put blocks of draws together again."""
    one = blocks[0]
    flat = {name: np.concatenate([block.flat[name] for block in blocks]) for name in one.flat}
    by_lane = {
        name: (sellers, buyers, np.concatenate([block.by_lane[name][2] for block in blocks]))
        for name, (sellers, buyers, _) in one.by_lane.items()
    }
    return LaneState(one.month, flat, by_lane, one.rows)
