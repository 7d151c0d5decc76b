"""Random markets and policies for the laws of the simulator."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from monazite.provenance import Lineage
from monazite.simulation import (
    Ban,
    Cap,
    CapacityAddition,
    DemandChange,
    EntityList,
    EquipmentControl,
    ExportTax,
    Leakage,
    Licence,
    Market,
    NewSupplier,
    Outage,
    OutsideMeasure,
    Quota,
    StockBuild,
    StockCover,
    StockRelease,
    Tariff,
    TransportCut,
    Trigger,
)
from monazite.simulation.compile import compile_rules
from monazite.simulation.priors import draw_parameters
from monazite.simulation.run import LOOP_LIMIT
from monazite.simulation.state import build_state
from monazite.simulation.step import step

NAMES = ("AAA", "BBB", "CCC", "DDD", "EEE")
START = "2020-01"
WHEN = {"announced": "2020-01", "stage": "extraction"}
SHARE = st.floats(0.0, 1.0)


@st.composite
def markets(draw):
    """Up to five countries; empty lanes, countries without production and unexplained exports; AAA makes and sells."""
    size = draw(st.integers(2, 5))
    flow = st.one_of(st.just(0.0), st.floats(1e-3, 1e5))
    trade = np.array(draw(st.lists(flow, min_size=size**2, max_size=size**2))).reshape(size, size)
    np.fill_diagonal(trade, 0.0)
    production = np.array(draw(st.lists(flow, min_size=size, max_size=size)))
    trade[0, 1], production[0] = max(trade[0, 1], 1.0), max(production[0], 1.0)
    residual = np.maximum(trade.sum(axis=1) - trade.sum(axis=0) - production, 0.0)
    market = Market(
        material="testium",
        production_stage="extraction",
        trade_stage="extraction",
        years=(2019,),
        weight="contained",
        countries=NAMES[:size],
        trade=trade,
        production=production,
        capacity=production * draw(st.floats(1.0, 1.5)) + residual,
        content_share=np.full(size, 0.5),
        lineage=Lineage(release="test", release_sha256="0" * 64),
        new_lanes=draw(st.sampled_from([None, trade > 1e3])),
    )
    assume(market.loop_share <= LOOP_LIMIT)
    return market


def every_kind(draw, months):
    """One policy of every kind in a market of `markets`, with random strength."""
    lane = WHEN | {"origin": ["AAA"]}
    tonnes = st.floats(0, 1e4)
    policies = [
        Ban(
            **lane,
            name="ban",
            destination=["BBB"],
            effective="2020-03",
            months=months,
            severity=draw(SHARE),
            announced_day=draw(st.one_of(st.none(), st.integers(1, 30))),
            held_share=draw(SHARE),
        ),
        Licence(
            **lane,
            effective="2020-05",
            months=months,
            approval_share=draw(SHARE),
            delay_months=draw(st.floats(0, 6)),
            validity_months=draw(st.one_of(st.none(), st.floats(1, 6))),
            renewal_months=1.5,
            queue_share=draw(SHARE),
            exempt_share=draw(SHARE),
        ),
        EntityList(
            **lane,
            destination=["BBB"],
            effective="2020-02",
            months=months,
            user_share=draw(SHARE),
            ramp_months=3,
        ),
        Quota(
            **lane,
            effective="2020-02",
            months=months,
            quota_t_per_month=draw(tonnes),
            unit="gross",
            shared_by=draw(st.sampled_from(["orders", "baseline"])),
            carry_over_share=draw(SHARE),
        ),
        Quota(**lane, effective="2020-04", months=months, baseline_share=draw(SHARE), exempt_share=0.2),
        Outage(**WHEN, country="AAA", effective="2020-04", months=months, capacity_share_lost=draw(SHARE)),
        Tariff(
            **WHEN, destination=["BBB"], effective="2020-03", months=months, rate_share=draw(st.floats(0, 2))
        ),
        ExportTax(**lane, effective="2020-06", months=months, rate_share=draw(SHARE), trade_elasticity=2),
        TransportCut(
            **lane,
            effective="2020-05",
            months=months,
            capacity_share_lost=draw(SHARE),
            headroom_ratio=1.2,
            detour_months=draw(SHARE),
        ),
        StockRelease(
            **WHEN,
            country="BBB",
            effective="2020-03",
            months=months,
            release_t_per_month=draw(tonnes),
            opening_stock_t=draw(tonnes),
            unit="contained",
        ),
        StockBuild(
            **WHEN,
            country="BBB",
            effective="2020-06",
            months=months,
            build_t_per_month=draw(tonnes),
            target_t=draw(tonnes),
            unit="gross",
        ),
        DemandChange(
            **WHEN, effective="2020-02", months=months, change_share=draw(st.floats(-1, 1)), ramp_months=4
        ),
        EquipmentControl(
            **WHEN,
            country="AAA",
            by=["BBB"],
            effective="2020-02",
            months=months,
            growth_share_lost=draw(SHARE),
            worn_share_per_year=draw(SHARE),
        ),
        Cap(**WHEN, destination=["BBB"], effective="2020-04", months=months, cap_share=draw(SHARE)),
        Leakage(
            **lane,
            effective="2020-03",
            months=months,
            third_country_share=draw(st.floats(0, 0.6)),
            mislabelled_share=0.2,
            delay_months=draw(st.floats(2, 8)),
        ),
        CapacityAddition(
            **WHEN,
            country="AAA",
            effective="2020-02",
            months=months,
            capacity_t_per_year=draw(st.floats(1, 1e6)),
            reached_share=[0.5, 1],
            lead_months=draw(st.floats(0, 4)),
            ramp_months=3,
            unit="gross",
        ),
        StockCover(
            **WHEN, country=["BBB"], effective="2020-01", months=months, cover_ratio=draw(st.floats(0, 3))
        ),
        NewSupplier(
            **WHEN,
            country="BBB",
            effective="2020-01",
            months=months,
            capacity_t_per_year=draw(st.floats(1, 1e6)),
            way=draw(st.sampled_from(["entry", "restart"])),
            unit="contained",
        ),
        OutsideMeasure(name="outside", stage="extraction", by=["BBB"], effective="2020-03", months=months),
    ]
    return [*policies, *triggers(draw, months)]


def triggers(draw, months):
    """Five triggers: two on a ban, on the first of them, on a price, on a shortfall."""
    ban = {"kind": "ban", "origin": ["AAA"], "severity": draw(SHARE), "months": months}
    licence = {
        "kind": "licence",
        "origin": ["AAA"],
        "approval_share": 0.5,
        "delay_months": 1,
        "months": months,
        "announced_day": draw(st.integers(1, 30)),
        "order_lead_months": [0, 0.6],
    }
    quota = {"kind": "quota", "origin": ["AAA"], "baseline_share": 0.5, "months": months}
    release = {
        "kind": "stock_release",
        "country": "AAA",
        "release_t_per_month": draw(st.floats(0, 1e4)),
        "opening_stock_t": 50.0,
        "unit": "contained",
        "months": months,
    }
    rule = {"stage": "extraction", "effective": "2020-01", "months": months}
    plant = {
        "kind": "capacity_addition",
        "country": "BBB",
        "capacity_t_per_year": draw(st.floats(1, 1e5)),
        "unit": "contained",
        "months": months,
    }
    return [
        Trigger(**rule, after="ban", delay_months=1, policy=plant),
        Trigger(**rule, name="second", after="first", delay_months=2, policy=licence),
        Trigger(**rule, name="first", after="ban", delay_months=[0, 5], policy=ban),
        Trigger(**rule, when="price_ratio", country="BBB", above=1.05, delay_months=1, policy=quota),
        Trigger(**rule, when="unmet_share", country="AAA", above=0.01, policy=release),
    ]


@st.composite
def policies(draw):
    """Some of every kind of instrument, overlapping at random."""
    found = every_kind(draw, draw(st.integers(0, 18)))
    chosen = [policy for policy in found if draw(st.booleans())]
    for _ in range(2):  # a trigger without the policy that it waits for is refused; two wait in a row
        names = {policy.name for policy in chosen if policy.name}
        chosen = [policy for policy in chosen if not getattr(policy, "after", "") or policy.after in names]
    return chosen


def counts_tonnes(policy):
    """Whether a policy gives tonnes, so that the unit of the market matters to it."""
    acting = getattr(policy, "policy", policy)
    fields = ("quota_t_per_month", "release_t_per_month", "build_t_per_month", "capacity_t_per_year")
    return any(getattr(acting, field, None) is not None for field in fields)


@st.composite
def all_policies(draw, months=None):
    """Every kind of instrument at once."""
    return every_kind(draw, draw(st.integers(1, 18)) if months is None else months)


def advance(market, rules, months, draws=4, seed=0):
    """Step a market month by month."""
    parameters = draw_parameters(None, draws, seed)
    compiled = compile_rules(rules, market, start=START, months=months, draws=draws, seed=seed)
    state = build_state(market, compiled, parameters)
    for _ in range(months):
        before, (state, flows) = state, step(state, market, compiled, parameters)
        yield before, state, flows


def check_goes_on(whole, rest, stop):
    """Every array of the months from `stop` on is the same; when triggers fired counts from each run's first month."""
    for name in whole.arrays.drop_vars("fired_month", errors="ignore"):
        assert whole.arrays[name].isel(month=slice(stop, None)).equals(rest.arrays[name])
    if "fired_month" in whole.arrays:
        assert (whole.arrays["fired_month"] - stop).equals(rest.arrays["fired_month"])
