"""Rules: the policies of a run as arrays that a step can read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.market import Array, Market, divide
from monazite.simulation.series import Clock, Series

DRAWN = {"drawn": True}
"""Mark of a field with dims (draw, ...)."""
Mask = NDArray[np.bool_]
RuleType = TypeVar("RuleType")


@dataclass(frozen=True)
class LaneRule:
    """What one ban, licence or entity list leaves open on `lanes`, dims (exporter, importer)."""

    kind: str
    lanes: Mask
    open_share: Series
    waiting: Series | None = None  # share of the orders that joins the queue of a licence
    decided: Series | None = None  # share of that queue that leaves it


@dataclass(frozen=True)
class QuotaRule:
    """
    What one quota leaves.

    `accrual` is in the weight of the market [t a month], infinite where not in force; `planned` is the share of the
    baseline trade that an even use of the quota would let pass.
    """

    exporter: int
    destinations: Mask
    accrual: Series
    lapses: Mask  # whether what was left lapses at the start of a month, dims (month,)
    planned: Series
    split: Array | None  # share of each destination, dims (importer,); none = by orders
    exempt: Array = field(metadata=DRAWN)  # dims (draw, 1)
    carry: Array = field(metadata=DRAWN)  # share of what would lapse that is kept, dims (draw,)


@dataclass(frozen=True)
class CountryRule:
    """A factor on capacity, growth, cover or use, or tonnes a month that a stock gives or wants or a plant adds."""

    what: Literal["capacity", "growth", "use", "release", "build", "added", "cover"]
    places: NDArray[np.int64]
    series: Series
    target: float = np.inf  # public stock at which buying ends [t]


@dataclass(frozen=True)
class SupplierRule:
    """What a country may build or restart when the price stays high."""

    place: int
    is_restart: bool
    force: Series
    most: Array = field(metadata=DRAWN)  # capacity at a high price, dims (draw,) [t a month]


@dataclass(frozen=True)
class DutyRule:
    """Rise of the buyer's price on lanes, and how orders answer it."""

    lanes: Mask
    rise: Series
    attraction: Series


@dataclass(frozen=True)
class CapRule:
    """Largest share of each of some sellers in the orders of some buyers."""

    lanes: Mask
    ceiling: Series


@dataclass(frozen=True)
class CutRule:
    """Transport capacity that is left on lanes, and the share of the goods that arrives a month later."""

    lanes: Mask
    open_share: Series
    late: Series
    headroom: Array = field(metadata=DRAWN)  # dims (draw,)


@dataclass(frozen=True)
class LeakRule:
    """How refused orders of some lanes leak; `moving` is the share of what third countries hold that moves on."""

    lanes: Mask
    force: Series
    moving: Series
    third: Array = field(metadata=DRAWN)  # dims (draw,)
    other: Array = field(metadata=DRAWN)  # dims (draw,)


@dataclass(frozen=True)
class TriggerRule:
    """
    When a trigger fires.

    `due` is the month in which the policy it waits for comes into force (inf = never), `after` the trigger whose
    policy it waits for, `figure` what it watches at `place`; the others are unused. `market` is the position in the
    chain of the market that it watches; None = its own.
    """

    kind: Literal["policy", "trigger", "price_ratio", "unmet_share"]
    after: int
    place: int
    above: float
    armed_from: float
    armed_until: float
    due: Array = field(metadata=DRAWN)  # dims (draw,)
    delay: Array = field(metadata=DRAWN)  # whole months, dims (draw,)
    market: int | None = None


def take_draws(rule: RuleType, draws: slice) -> RuleType:
    """Take some of the draws of a rule."""
    changes: dict[str, Any] = {}
    for part in fields(rule):  # type: ignore[arg-type]  # every rule is a dataclass
        value = getattr(rule, part.name)
        if isinstance(value, Series):
            changes[part.name] = value.block(draws)
        elif part.metadata:
            changes[part.name] = value[draws]
    return replace(rule, **changes)  # type: ignore[type-var]


@dataclass(frozen=True)
class Rules:
    """All policies of a run; months count from the first of the run."""

    draws: int
    exporters: NDArray[np.int64]  # every exporter that a lane rule, a quota, a duty or a cut touches
    public_stock: Array  # opening public stocks, dims (country,) [t]
    lanes: tuple[LaneRule, ...] = ()
    quotas: tuple[QuotaRule, ...] = ()
    countries: tuple[CountryRule, ...] = ()
    suppliers: tuple[SupplierRule, ...] = ()
    duties: tuple[DutyRule, ...] = ()
    caps: tuple[CapRule, ...] = ()
    cuts: tuple[CutRule, ...] = ()
    leaks: tuple[LeakRule, ...] = ()
    triggers: tuple[TriggerRule, ...] = ()

    @property
    def has_queue(self) -> bool:
        """Whether a licence lets orders wait."""
        return any(rule.waiting is not None for rule in self.lanes)

    @property
    def has_detour(self) -> bool:
        """Whether goods may be longer than a month at sea."""
        return any(bool(rule.late.values.any()) for rule in self.cuts)

    @property
    def has_public_stock(self) -> bool:
        """Whether a public stock buys or sells."""
        return any(rule.what in {"release", "build"} for rule in self.countries)

    @property
    def has_new_supply(self) -> bool:
        """Whether capacity may come beside that of the baseline and its growth."""
        return bool(self.suppliers) or any(rule.what == "added" for rule in self.countries)

    @property
    def new_places(self) -> list[int]:
        """Countries in which it may come."""
        added = [int(place) for rule in self.countries if rule.what == "added" for place in rule.places]
        return [*added, *(rule.place for rule in self.suppliers)]

    def block(self, draws: slice) -> "Rules":
        """Take some of the draws."""
        return replace(
            self,
            draws=len(range(*draws.indices(self.draws))),
            lanes=tuple(take_draws(rule, draws) for rule in self.lanes),
            quotas=tuple(take_draws(rule, draws) for rule in self.quotas),
            countries=tuple(take_draws(rule, draws) for rule in self.countries),
            suppliers=tuple(take_draws(rule, draws) for rule in self.suppliers),
            duties=tuple(take_draws(rule, draws) for rule in self.duties),
            caps=tuple(take_draws(rule, draws) for rule in self.caps),
            cuts=tuple(take_draws(rule, draws) for rule in self.cuts),
            leaks=tuple(take_draws(rule, draws) for rule in self.leaks),
            triggers=tuple(take_draws(rule, draws) for rule in self.triggers),
        )

    def kinds(self) -> Iterator[list[LaneRule]]:
        """Lane rules by kind, in the order of their first one: of one kind the tighter holds, kinds multiply."""
        for kind in dict.fromkeys(rule.kind for rule in self.lanes):
            yield [rule for rule in self.lanes if rule.kind == kind]

    def idle_clock(self, month: int) -> Clock:
        """Clock of a month in which no trigger has fired."""
        never = np.full((self.draws, len(self.triggers)), np.inf)
        return Clock(month, never, never)

    def open_share(self, clock: Clock, market: Market) -> Array:
        """Share of orders that the law lets pass, quotas apart, dims (draw, exporter, importer). Equation 1."""
        size = len(market.countries)
        share = self.legal_share(clock, (self.draws, size, size))
        share[:, ~market.lanes] = 0.0
        return share

    def legal_share(self, clock: Clock, shape: tuple[int, ...]) -> Array:
        """Share of orders that bans, licences and lists let pass, dims as the lanes of the rules, draws first."""
        share = np.ones(shape)
        for kind in self.kinds():
            share *= tightest([(rule.lanes, rule.open_share.at(clock)) for rule in kind], shape)
        return share

    def planned_closure(self, clock: Clock, horizon: Array, importers: int) -> tuple[Array, Array]:
        r"""
        Months of baseline trade that known rules will keep away, and the share of them that can be bought ahead.

        Both have dims (draw, exporter of `exporters`, importer). What is refused already cannot be bought ahead:

        .. math:: \sum_{k=1}^{H} (1 - o_{ij,t+k}), \quad
                  \frac{\sum_k \max(0, o_{ij,t} - o_{ij,t+k})}{\sum_k (1 - o_{ij,t+k})}, \text{ the last month in part}

        Equation 2.
        """
        closure = np.zeros((self.draws, len(self.exporters), importers))
        coming = np.zeros_like(closure)
        if not self.is_anything_known(clock):
            return closure, coming
        now = self.expected_share(clock, 0, closure.shape)
        for ahead in range(1, int(np.ceil(horizon.max())) + 1):
            share = self.expected_share(clock, ahead, closure.shape)
            part = np.clip(horizon - (ahead - 1), 0.0, 1.0)[:, :, None]
            closure += part * (1.0 - share)
            coming += part * np.maximum(now - share, 0.0)
        return closure, divide(coming, closure)

    def is_anything_known(self, clock: Clock) -> bool:
        """Whether buyers of any draw know of a rule on lanes."""
        series = [*(rule.open_share for rule in self.lanes), *(rule.open_share for rule in self.cuts)]
        series += [*(rule.planned for rule in self.quotas), *(rule.attraction for rule in self.duties)]
        return any(
            clock.month + 1.0 > one.known_from.min()
            if one.trigger < 0
            else (clock.fired[:, one.trigger] < clock.month).any()
            for one in series
        )

    def expected_share(self, clock: Clock, ahead: int, shape: tuple[int, ...]) -> Array:
        """Share of the baseline trade that known rules let pass in a month ahead, dims (draw, exporter, importer)."""
        share = np.ones(shape)
        for kind in self.kinds():
            open_shares = [
                (rule.lanes[self.exporters], rule.open_share.expected(clock, ahead)) for rule in kind
            ]
            share *= tightest(open_shares, shape)
        cuts = [(rule.lanes[self.exporters], rule.open_share.expected(clock, ahead)) for rule in self.cuts]
        if cuts:
            share *= tightest(cuts, shape)
        for duty in self.duties:
            part = duty.attraction.expected(clock, ahead)[:, None, None]
            share *= np.where(duty.lanes[self.exporters][None], part, 1.0)
        for exporter in dict.fromkeys(quota.exporter for quota in self.quotas):
            row = int(np.flatnonzero(self.exporters == exporter)[0])
            part = np.ones((shape[0], shape[2]))
            for quota in self.quotas:
                if quota.exporter == exporter:
                    passed = quota.planned.expected(clock, ahead)[:, None]
                    part = np.minimum(part, np.where(quota.destinations[None], passed, 1.0))
            share[:, row] *= part
        return share


def tightest(shares: Sequence[tuple[Mask, Array]], shape: tuple[int, ...]) -> Array:
    """Smallest of the shares that hold on each lane, dims (draw, exporter, importer); 1 where none does."""
    smallest = np.ones(shape)
    for lanes, share in shares:
        smallest = np.minimum(smallest, np.where(lanes[None], share[:, None, None], 1.0))
    return smallest
