"""Rules: the policies of a run as arrays that a step can read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.calendar import month_number
from monazite.simulation.market import Array, Market
from monazite.simulation.policies import LaneInstrument, OpenShareInstrument, Outage, Quota
from monazite.simulation.policies.policy import Instrument
from monazite.simulation.priors import draw_range

LOOK_AHEAD = 12
"""Months that rules are known beyond the run: the longest planning horizon. [months]"""


@dataclass(frozen=True)
class LaneRule:
    """
    What one ban or licence leaves open.

    `open_share` has dims (draw, month), `lanes` (exporter, importer).
    """

    lanes: NDArray[np.bool_]
    open_share: Array
    known_from: int


@dataclass(frozen=True)
class QuotaRule:
    """
    What one quota leaves: `accrual` and `planned_open` with dims (draw, month), `exempt` (draw, 1).

    `accrual` is in the weight of the market [t a month], infinite where not in force; `planned_open` is the
    share of the baseline trade that an even use of the quota would let pass.
    """

    exporter: int
    destinations: NDArray[np.bool_]
    accrual: Array
    lapses: NDArray[np.bool_]
    planned_open: Array
    exempt: Array
    known_from: int


@dataclass(frozen=True)
class Rules:
    """All policies of a run; months count from the first of the run."""

    lanes: tuple[LaneRule, ...]
    quotas: tuple[QuotaRule, ...]
    capacity_share: Array  # dims (draw, month, country)
    exporters: NDArray[np.int64]  # every exporter that a lane rule or a quota touches

    def block(self, draws: slice) -> "Rules":
        """Take some of the draws."""
        lanes = tuple(replace(rule, open_share=rule.open_share[draws]) for rule in self.lanes)
        arrays = ("accrual", "planned_open", "exempt")
        quotas = tuple(
            replace(rule, **{name: getattr(rule, name)[draws] for name in arrays}) for rule in self.quotas
        )
        return Rules(lanes, quotas, self.capacity_share[draws], self.exporters)

    def open_share(self, month: int, market: Market) -> Array:
        """Share of orders that bans and licences let pass, dims (draw, exporter, importer). Equation 1."""
        size = len(market.countries)
        share = np.ones((len(self.capacity_share), size, size))
        share[:, np.arange(size), np.arange(size)] = 0.0
        for rule in self.lanes:
            share *= np.where(rule.lanes[None], rule.open_share[:, month, None, None], 1.0)
        return share

    def planned_closure(self, month: int, horizon: Array, market: Market) -> Array:
        r"""
        Months of baseline trade that known rules will refuse, dims (draw, exporter of `exporters`, importer).

        .. math:: \sum_{k=1}^{H} (1 - o_{ij,t+k}), \text{ the last month in part (equation 2)}
        """
        draws, size = len(self.capacity_share), len(market.countries)
        closure = np.zeros((draws, len(self.exporters), size))
        lanes = [rule for rule in self.lanes if month >= rule.known_from]
        quotas = [rule for rule in self.quotas if month >= rule.known_from]
        if not lanes and not quotas:
            return closure
        for ahead in range(1, int(np.ceil(horizon.max())) + 1):
            share = np.ones_like(closure)
            for rule in lanes:
                rows = rule.lanes[self.exporters]
                share *= np.where(rows[None], rule.open_share[:, month + ahead, None, None], 1.0)
            for quota in quotas:
                row = int(np.flatnonzero(self.exporters == quota.exporter)[0])
                part = quota.planned_open[:, month + ahead, None]
                share[:, row] *= np.where(quota.destinations[None], part, 1.0)
            closure += np.clip(horizon - (ahead - 1), 0.0, 1.0)[:, :, None] * (1.0 - share)
        return closure


def compile_rules(
    policies: Sequence[Instrument], market: Market, *, start: str, months: int, draws: int, seed: int
) -> Rules:
    """
    Turn policies into arrays over the months of a run and `LOOK_AHEAD` more.

    Policies of one kind by one country share the rank of a drawn field (the exempt share of five yearly
    quotas is one belief, not five).
    """
    numbers = np.arange(months + LOOK_AHEAD, dtype=np.int64) + month_number(start)
    size = len(market.countries)
    lanes: list[LaneRule] = []
    quotas: list[QuotaRule] = []
    capacity = np.ones((draws, len(numbers), size))
    for policy in policies:
        drawn = draw_fields(policy, draws, seed)
        known = month_number(policy.announced) + 1 - int(numbers[0])
        if isinstance(policy, OpenShareInstrument):
            lanes.append(LaneRule(find_lanes(policy, market), policy.open_share(numbers, drawn), known))
        elif isinstance(policy, Quota):
            quotas.append(compile_quota(policy, market, numbers, drawn))
        elif isinstance(policy, Outage):
            share = policy.capacity_share(numbers, drawn["capacity_share_lost"])
            capacity[:, :, market.place(policy.country)] *= share
    touched = [np.flatnonzero(rule.lanes.any(axis=1)) for rule in lanes] + [
        np.array([rule.exporter]) for rule in quotas
    ]
    exporters = np.unique(np.concatenate([np.zeros(0, np.int64), *touched])).astype(np.int64)
    return Rules(tuple(lanes), tuple(quotas), capacity, exporters)


def draw_fields(policy: Instrument, draws: int, seed: int) -> Mapping[str, Array]:
    """Draw the uncertain fields of a policy, dims (draw,) each."""
    who = policy.origin if isinstance(policy, LaneInstrument) else [getattr(policy, "country", "")]
    stem = f"{type(policy).__name__}.{'+'.join(who)}"
    return {name: draw_range(f"{stem}.{name}", limits, draws, seed) for name, limits in policy.ranges.items()}


def find_lanes(policy: LaneInstrument, market: Market) -> NDArray[np.bool_]:
    """Lanes that a measure touches, dims (exporter, importer)."""
    lanes = np.zeros((len(market.countries), len(market.countries)), bool)
    rows = [market.place(country) for country in policy.origin]
    if isinstance(policy.destination, str):
        lanes[rows] = True
    else:
        lanes[np.ix_(rows, [market.place(country) for country in policy.destination])] = True
    return lanes


def compile_quota(
    policy: Quota, market: Market, numbers: NDArray[np.int64], drawn: Mapping[str, Array]
) -> QuotaRule:
    """Turn a quota into tonnes of the market's weight and into the share of baseline trade that passes."""
    exporter = market.place(policy.origin[0])
    destinations = find_lanes(policy, market)[exporter]
    content = market.content_share[exporter]
    weights = {("gross", "contained"): content, ("contained", "gross"): 1.0 / content if content else np.nan}
    factor = weights.get((policy.unit, market.weight), 1.0)
    share = policy.usable_share(drawn)
    exempt = drawn["exempt_share"][:, None]
    covered = (1.0 - exempt) * market.trade[exporter, destinations].sum()
    mean = policy.mean_t(numbers, share) * factor
    passed = np.where(covered > 0, np.minimum(1.0, mean / np.where(covered > 0, covered, 1.0)), 1.0)
    return QuotaRule(
        exporter=exporter,
        destinations=destinations,
        accrual=policy.accrual_t(numbers, share) * factor,
        lapses=policy.lapses(numbers),
        planned_open=exempt + (1.0 - exempt) * passed,
        exempt=exempt,
        known_from=month_number(policy.announced) + 1 - int(numbers[0]),
    )
