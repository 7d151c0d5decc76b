"""From policies to rules: draw their uncertain fields, find their lanes, lay them out month by month."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from monazite.simulation.calendar import month_number
from monazite.simulation.compile_countries import COUNTRY_ADDERS
from monazite.simulation.layout import Collector, Span, convert_weight, find_lanes
from monazite.simulation.market import Array, Market
from monazite.simulation.policies import (
    Ban,
    Cap,
    ExportTax,
    ImportInstrument,
    Instrument,
    LaneInstrument,
    Leakage,
    Licence,
    OpenShareInstrument,
    Quota,
    Tariff,
    TransportCut,
    Trigger,
)
from monazite.simulation.policies.duty import attraction
from monazite.simulation.priors import Range, Seed, draw_range
from monazite.simulation.rules import (
    CapRule,
    CutRule,
    DutyRule,
    LaneRule,
    LeakRule,
    QuotaRule,
    Rules,
    TriggerRule,
)
from monazite.simulation.series import ON_CALENDAR
from monazite.simulation.trigger_order import Markets, order_triggers

LOOK_AHEAD = 12
"""Months that rules are known beyond the run: the longest planning horizon. [months]"""


def compile_rules(
    policies: Sequence[Instrument],
    market: Market,
    *,
    start: str,
    months: int,
    draws: int,
    seed: Seed,
    chain: Markets | None = None,
) -> Rules:
    """
    Turn policies into arrays over the months of a run and `LOOK_AHEAD` more.

    Policies of one kind by one country share the rank of a drawn field (the exempt share of five yearly
    quotas is one belief, not five). A policy without length is left out. `chain` has the policies of every market
    where triggers may watch another one.
    """
    first = month_number(start)
    ahead = np.arange(months + LOOK_AHEAD, dtype=np.int64)
    found = Collector(np.zeros(len(market.countries)))
    triggers = order_triggers(policies)
    for policy in policies:
        if not isinstance(policy, Trigger):
            known = find_known(policy, draws, seed) - first
            span = Span(first + ahead, known, ON_CALENDAR, draws, seed)
            add_policy(policy, market, span, found)
    for place, trigger in enumerate(triggers):
        span = Span(
            month_number(trigger.effective) + ahead, find_day(trigger.policy, draws, seed), place, draws, seed
        )
        add_policy(trigger.policy, market, span, found)
    touched = [np.flatnonzero(rule.lanes.any(axis=1)) for rule in found.lanes]
    touched += [np.flatnonzero(rule.lanes.any(axis=1)) for rule in found.duties]
    touched += [np.flatnonzero(rule.lanes.any(axis=1)) for rule in found.cuts]
    touched += [np.array([rule.exporter]) for rule in found.quotas]
    return Rules(
        draws=draws,
        exporters=np.unique(np.concatenate([np.zeros(0, np.int64), *touched])).astype(np.int64),
        public_stock=found.public_stock,
        lanes=tuple(found.lanes),
        quotas=tuple(found.quotas),
        countries=tuple(found.countries),
        suppliers=tuple(found.suppliers),
        duties=tuple(found.duties),
        caps=tuple(found.caps),
        cuts=tuple(found.cuts),
        leaks=tuple(found.leaks),
        triggers=tuple(
            compile_trigger(trigger, policies, market, first=first, draws=draws, seed=seed, chain=chain or {})
            for trigger in triggers
        ),
    )


def add_policy(policy: Instrument, market: Market, span: Span, found: Collector) -> None:
    """Add the rules of one policy, unless it has no length."""
    if policy.end_number <= policy.start_number:
        return
    drawn = draw_fields(policy, span.draws, span.seed)
    for kind, add in ADDERS.items():
        if isinstance(policy, kind):
            add(policy, market, span, drawn, found)


def find_known(policy: Instrument, draws: int, seed: Seed) -> Array:
    """
    Moment from which buyers plan for a policy, dims (draw or 1,). [month number, in parts of a month] Equation 2.

    The month after the announcement; the day of the announcement and the time from order to shipment where given.
    """
    month = month_number(policy.announced)
    if not isinstance(policy, OpenShareInstrument) or policy.announced_day is None:
        return np.array([month + 1.0])
    return month + find_day(policy, draws, seed)


def find_day(policy: Instrument, draws: int, seed: Seed) -> Array:
    """
    Count from the start of the month of an announcement until buyers plan for it, dims (draw or 1,). [months]

    That is 0 where no day is given: what a trigger sets off is known from the start of the month after it fired.
    """
    if not isinstance(policy, OpenShareInstrument) or policy.announced_day is None:
        return np.zeros(1)
    day = np.array([(policy.announced_day - 1) / 30.0])
    if policy.order_lead_months is None:
        return day
    return day + draw_fields(policy, draws, seed)["order_lead_months"]


def draw_fields(policy: Instrument, draws: int, seed: Seed) -> Mapping[str, Array]:
    """Draw the uncertain fields of a policy, dims (draw,) each."""
    stem = name_stem(policy)
    return {name: draw_range(f"{stem}.{name}", limits, draws, seed) for name, limits in policy.ranges.items()}


def name_fields(policies: Sequence[Instrument]) -> dict[str, Range]:
    """List what `compile_rules` draws of some policies: the name of each field's stream and its range."""
    found: dict[str, Range] = {}
    for policy in policies:
        if isinstance(policy, Trigger):
            found |= name_fields([policy.policy])
        stem = name_stem(policy)
        for name, (low, high) in policy.ranges.items():
            one = found.get(f"{stem}.{name}", (low, high))
            found[f"{stem}.{name}"] = (min(low, one[0]), max(high, one[1]))
    return found


def name_stem(policy: Instrument) -> str:
    """Name what the policies share whose fields are one belief: their kind, and who imposes them."""
    if isinstance(policy, LaneInstrument):
        who = list(policy.origin)
    elif isinstance(policy, ImportInstrument):
        who = list(policy.destination)
    elif isinstance(policy, Trigger):
        who = [policy.name]
    else:
        who = list(policy.countries)
    return f"{type(policy).__name__}.{'+'.join(who)}"


def add_open_share(
    policy: OpenShareInstrument, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a ban, a licence or an entity list."""
    waiting = decided = None
    if (isinstance(policy, Licence) and policy.queue_share != 0.0) or (
        isinstance(policy, Ban) and policy.held_share != 0.0
    ):
        waiting = span.series(policy.waiting_share(span.numbers, drawn), 0.0)
        decided = span.series(policy.decided_share(span.numbers, drawn), 1.0)
    open_share = span.series(policy.open_share(span.numbers, drawn), 1.0)
    found.lanes.append(LaneRule(policy.kind, find_lanes(policy, market), open_share, waiting, decided))


def add_quota(
    policy: Quota, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a quota in tonnes of the market's weight, and the share of baseline trade that it passes."""
    exporter = market.place(policy.origin[0])
    destinations = find_lanes(policy, market)[exporter]
    factor = convert_weight(1.0, policy.unit, exporter, market)
    share = policy.usable_share(drawn)
    exempt = drawn["exempt_share"][:, None]
    trade = market.trade[exporter] * destinations
    covered = (1.0 - exempt) * market.trade[exporter, destinations].sum()
    if policy.baseline_share is not None:
        mean = accrual = policy.share_t(span.numbers, share * drawn["baseline_share"], covered[:, 0])
    else:
        mean = policy.mean_t(span.numbers, share) * factor
        accrual = policy.accrual_t(span.numbers, share) * factor
    passed = np.where(covered > 0, np.minimum(1.0, mean / np.where(covered > 0, covered, 1.0)), 1.0)
    found.quotas.append(
        QuotaRule(
            exporter=exporter,
            destinations=destinations,
            accrual=span.series(accrual, np.inf),
            lapses=policy.lapses(span.numbers)
            if span.trigger == ON_CALENDAR
            else np.ones(len(span.numbers), bool),
            planned=span.series(exempt + (1.0 - exempt) * passed, 1.0),
            split=trade / trade.sum() if policy.shared_by == "baseline" and trade.sum() > 0 else None,
            exempt=exempt,
            carry=drawn["carry_over_share"],
        )
    )


def add_duty(
    policy: Tariff | ExportTax, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a tariff or an export tax."""
    rise = policy.price_rise(span.numbers, drawn)
    weight = attraction(rise, drawn["trade_elasticity"][:, None])
    lanes = find_lanes(policy, market)
    np.fill_diagonal(lanes, False)
    found.duties.append(DutyRule(lanes, span.series(rise, 0.0), span.series(weight, 1.0)))


def add_cap(policy: Cap, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector) -> None:
    """Add a cap."""
    ceiling = span.series(policy.ceiling(span.numbers, drawn), 1.0)
    found.caps.append(CapRule(find_lanes(policy, market), ceiling))


def add_cut(
    policy: TransportCut, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a transport cut."""
    found.cuts.append(
        CutRule(
            lanes=find_lanes(policy, market),
            open_share=span.series(policy.open_share(span.numbers, drawn), 1.0),
            late=span.series(policy.late_share(span.numbers, drawn), 0.0),
            headroom=drawn["headroom_ratio"],
        )
    )


def add_leak(
    policy: Leakage, market: Market, span: Span, drawn: Mapping[str, Array], found: Collector
) -> None:
    """Add a stated leakage."""
    begun = span.numbers[None, :] >= policy.start_number
    moving = np.where(begun, 1.0 / (drawn["delay_months"][:, None] - 1.0), 1.0)
    found.leaks.append(
        LeakRule(
            lanes=find_lanes(policy, market),
            force=span.series(policy.force_share(span.numbers), 0.0),
            moving=span.series(moving, 1.0),
            third=drawn["third_country_share"],
            other=drawn["mislabelled_share"],
        )
    )


def compile_trigger(
    trigger: Trigger,
    policies: Sequence[Instrument],
    market: Market,
    *,
    first: int,
    draws: int,
    seed: Seed,
    chain: Markets,
) -> TriggerRule:
    """Turn a trigger into the month in which it is due, or the figure that it watches."""
    due, after = np.full(draws, np.inf), ON_CALENDAR
    kind: Literal["policy", "trigger", "price_ratio", "unmet_share"] = trigger.when or "policy"
    watched = policies if trigger.market is None else chain[trigger.market]
    for other in watched:
        if trigger.after and other.name == trigger.after:
            if isinstance(other, Trigger):
                kind, after = "trigger", order_triggers(watched).index(other)
            else:
                due = find_first_month(other, draws, seed) - first
    return TriggerRule(
        kind=kind,
        after=after,
        place=market.place(trigger.country) if trigger.country else -1,
        above=trigger.above or 0.0,
        armed_from=trigger.start_number - first,
        armed_until=trigger.end_number - first,
        due=due,
        delay=np.rint(draw_fields(trigger, draws, seed)["delay_months"]),
        market=None if trigger.market is None else list(chain).index(trigger.market),
    )


def find_first_month(policy: Instrument, draws: int, seed: Seed) -> Array:
    """First month in which a policy is in force at all, dims (draw,); inf where it never is. [month number]"""
    drawn = draw_fields(policy, draws, seed)
    late = drawn["start_delay_months"] if isinstance(policy, Ban) else np.zeros(draws)
    begins = policy.start_number + late
    return np.where(begins < policy.end_number, np.floor(begins), np.inf)


ADDERS: Mapping[type[Instrument], Callable[..., None]] = {
    OpenShareInstrument: add_open_share,
    Quota: add_quota,
    Tariff: add_duty,
    ExportTax: add_duty,
    Cap: add_cap,
    TransportCut: add_cut,
    Leakage: add_leak,
    **COUNTRY_ADDERS,
}
"""What turns each kind of instrument into rules; an outside measure has none."""
