"""State: everything that one month hands on to the next."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

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
    """Build the state in which every flow equals the baseline."""
    draws, size = len(parameters.stock_cover_months), len(market.countries)
    zero, one = np.zeros((draws, size)), np.ones((draws, size))
    lanes, trade, habit = (
        np.broadcast_to(values, (draws, size, size))  # one copy for all draws: nobody writes into a state
        for values in (np.zeros((size, size)), market.trade, market.habit)
    )
    return State(
        month=0,
        stock=find_cover(rules, parameters, size) * (market.use + market.exports),
        at_sea=trade,
        leak_near=lanes,
        leak_far=lanes,
        usual_flow=zero + market.use + market.exports,
        expected_export=zero + market.exports,
        habit=habit,
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
    """Cover of the first month, dims (draw, country). [months] Equation 1n."""
    cover = np.repeat(parameters.stock_cover_months, size, axis=1)
    for rule in rules.countries:
        if rule.what == "cover":
            cover[:, rule.places] *= rule.series.at(rules.idle_clock(0))[:, None]
    return np.maximum(cover, 1.0)


def join_states(blocks: Sequence[State]) -> State:
    """Put blocks of draws together again."""
    arrays = {name: np.concatenate([getattr(block, name) for block in blocks]) for name in ARRAYS}
    return State(month=blocks[0].month, **arrays)
