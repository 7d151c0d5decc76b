"""What a run answers beside shortage and price: cover, both sides' losses, gains, and the measures in time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monazite.scenarios.outlook import list_restricting, sum_countries
from monazite.simulation import Run
from monazite.simulation.calendar import month_label, month_number
from monazite.simulation.policies import CapacityAddition, Instrument, NewSupplier, OutsideMeasure, Trigger
from monazite.simulation.policies.policy import CountryInstrument
from monazite.simulation.trigger_order import order_triggers

Array = NDArray[np.float64]
FEW = 0.01
"""A change of revenue below this share of all trade is not listed. Source: this project."""
BLOCK = 250
"""Draws that are read at a time."""
TINY = float(np.finfo(float).tiny)
RESTRICTING, OTHERS = "who restricts", "all others"


@dataclass(frozen=True)
class Quantiles:
    """Median, 5 and 95 % over the draws."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Balance:
    """
    What one country loses or gains over the run.

    `sales_t`: exports less those of the baseline [t]. `revenue_t`: change of what it earns by exports at the prices of
    the run, in tonnes at baseline prices [t]. `use_lost_t`: use below that of the baseline [t]. `bill_t`: change of
    what its imports cost, likewise [t]. `net_t`: change of revenue less change of the bill [t]. `exports_t`, `use_t`:
    those of the baseline in the months of the run [t].
    """

    country: str
    is_restricting: bool
    sales_t: Quantiles
    revenue_t: Quantiles
    use_lost_t: Quantiles
    bill_t: Quantiles
    net_t: Quantiles
    exports_t: float
    use_t: float


@dataclass(frozen=True)
class _Account:
    """One country over the run, dims (draw,), with its exports and use in the baseline. [t]"""

    sales: Array
    revenue: Array
    lost: Array
    bill: Array
    exports: float
    use: float


@dataclass(frozen=True)
class Span:
    """
    A policy on the time line: when it is known, and from when to before when it holds; "" = to the end.

    `fired_share`: share of the draws that set off a policy that waits for something; NaN for one with dates. `after`:
    the policy that it answers, "" where it waits for a price or a shortage, or for nothing. `outputs`: for a plant
    that is decided on at `start`, the months of its first output: earliest, middle and latest; none for all else.
    """

    name: str
    kind: str
    by: tuple[str, ...]
    announced: str
    start: str
    end: str
    is_answer: bool
    fired_share: float = float("nan")
    after: str = ""
    outputs: tuple[str, ...] = ()


def months_of_cover(run: Run, members: Sequence[str]) -> Array:
    r"""
    Months that the stock would last at the use of the baseline, dims (draw, month). [months]

    Notes
    -----
    .. math:: v = \sum_c S_c / \sum_c U_c, \quad \text{NaN where nothing is used}

    Goods on their way are not in it.
    """
    places = [run.market.countries.index(code) for code in members]
    use = float(run.market.use[places].sum())
    stock = sum_countries(run, "stock_t", members)
    return np.asarray(stock / use if use > 0 else np.full_like(stock, np.nan), dtype=float)


def list_balances(run: Run) -> list[Balance]:
    """
    Count what each country loses or gains over the run, who restricts first, then by what it gains.

    Parameters
    ----------
    run : Run
        Any run.

    Returns
    -------
    list of Balance
        Who restricts, and each country whose net revenue or use changes by at least 1 % of the trade of the market.

    Notes
    -----
    With exports X and x, imports M and m, price over baseline p, and an exporter's price the mean over its baseline
    customers (over all importers where it has none), in tonnes at baseline prices:

    .. math:: \\Delta R_i = \\sum_k p_{ik} x_{ik} - X_i, \\quad \\Delta B_j = \\sum_k p_{jk} m_{jk} - M_j

    For who restricts, the price is that of each lane. Source: this project, docs/reference/simulation.md.
    """
    market, restricting = run.market, list_restricting(run)
    floor = FEW * float(market.trade.sum()) * len(run.months)
    balances = [_weigh(code, code in restricting, [account]) for code, account in _count_all(run).items()]
    told = [b for b in balances if b.is_restricting or max(abs(b.net_t.median), b.use_lost_t.median) >= floor]
    return sorted(told, key=lambda b: (not b.is_restricting, -b.net_t.median))


def list_sides(run: Run) -> list[Balance]:
    """
    Count what each side loses: all who restrict together, and all others together.

    Returns
    -------
    list of Balance
        `country` is `RESTRICTING` or `OTHERS`; sums of the countries draw by draw, so their intervals are not those of
        the countries added up. One side only where nobody restricts.
    """
    restricting = list_restricting(run)
    others = [code for code in run.market.countries if code not in restricting]
    accounts = _count_all(run)
    return [
        _weigh(name, name == RESTRICTING, [accounts[code] for code in codes])
        for name, codes in ((RESTRICTING, restricting), (OTHERS, others))
        if codes
    ]


def list_spans(run: Run) -> list[Span]:
    """List every policy of a run with its months; one that waited starts in the median month of the draws."""
    triggers = order_triggers(run.policies)
    spans = []
    for policy in run.policies:
        if isinstance(policy, NewSupplier):
            continue  # nobody imposes it
        if isinstance(policy, Trigger):
            fired = run.arrays["fired_month"].transpose("draw", ...).values[:, triggers.index(policy)]
            spans.append(_span_of_trigger(policy, np.asarray(fired, dtype=float), run))
        else:
            end = policy.end_number
            spans.append(
                Span(policy.name or policy.kind.replace("_", " "), policy.kind, _actors(policy), policy.announced,
                     policy.effective, "" if np.isinf(end) else month_label(int(end)), is_answer=False,
                     outputs=list_outputs(policy, policy.start_number))
            )  # fmt: skip
    return sorted(spans, key=lambda span: (not span.start, span.start))


def _span_of_trigger(policy: Trigger, fired: Array, run: Run) -> Span:
    """Place a policy that waits where it starts in the median draw; nowhere where most draws never set it off."""
    inner, delay = policy.policy, policy.delay_months
    wait = float(np.mean(delay)) if isinstance(delay, tuple) else float(delay)
    median, share = float(np.median(fired)), float(np.isfinite(fired).mean())
    first = month_number(run.months[0])
    if np.isinf(median):
        return Span(
            policy.name or "trigger", inner.kind, _actors(inner), "", "", "", True, share, policy.after
        )
    start = first + round(median + wait)
    end = "" if inner.months is None else month_label(start + inner.months)
    is_decision = isinstance(inner, CountryInstrument)  # nobody plans for it before it is decided on
    known = month_label(start if is_decision or wait < 1 else first + int(median) + 1)
    return Span(
        policy.name or "trigger", inner.kind, _actors(inner), known, month_label(start), end, True, share, policy.after,
        list_outputs(inner, start),
    )  # fmt: skip


def list_outputs(policy: Instrument, start: int) -> tuple[str, ...]:
    """
    List the months of the first output of a plant that is decided on: earliest, middle, latest; none for all else.

    Examples
    --------
    Decided on in January 2025, lead time 24 to 42 months: from January 2027 to July 2028.

    >>> plant = CapacityAddition(country="GRC", stage="processing", effective="2025-01", capacity_t_per_year=50,
    ...                          lead_months=[24, 42], unit="contained")
    >>> list_outputs(plant, plant.start_number)
    ('2027-01', '2027-10', '2028-07')
    """
    if not isinstance(policy, CapacityAddition):
        return ()
    low, high = policy.ranges["lead_months"]
    return tuple(month_label(start + int(lead)) for lead in (low, (low + high) / 2, high))


def _actors(policy: Instrument) -> tuple[str, ...]:
    """Name who imposes a policy."""
    if isinstance(policy, OutsideMeasure):
        return tuple(policy.by)
    return policy.restricting or tuple(getattr(policy, "by", ())) or policy.countries


def _count_all(run: Run) -> dict[str, _Account]:
    """Count every country over the run, a block of draws at a time, so that the arrays stay on the disk."""
    market, months, draws = run.market, len(run.months), run.arrays.sizes["draw"]
    parts = [_sum_months(run, slice(first, min(first + BLOCK, draws))) for first in range(0, draws, BLOCK)]
    earned, sold, lost, paid = (np.concatenate([part[k] for part in parts]) for k in range(4))
    return {
        code: _Account(
            sales=sold[:, k] - months * market.exports[k],
            revenue=earned[:, k] - months * market.exports[k],
            lost=lost[:, k],
            bill=paid[:, k] - months * market.imports[k],
            exports=months * float(market.exports[k]),
            use=months * float(market.use[k]),
        )
        for k, code in enumerate(market.countries)
    }


def _sum_months(run: Run, draws: slice) -> tuple[Array, Array, Array, Array]:
    """Revenue, exports, use lost and import bill over all months, each dims (draw, country), at baseline prices."""
    market, restricting = run.market, list_restricting(run)
    sold, bought, price, used = (
        np.asarray(run.arrays[name].transpose("draw", "month", "country").values[draws])
        for name in ("export_t", "import_t", "price_ratio", "consumption_t")
    )
    totals = market.trade.sum(axis=1, keepdims=True)
    world = np.broadcast_to(market.imports / max(float(market.imports.sum()), TINY), market.trade.shape)
    weight = np.where(totals > 0, market.trade / np.where(totals > 0, totals, 1.0), world)
    earned: Array = (sold * (price @ weight.T)).sum(axis=1)
    lanes = run.arrays["trade_t"].transpose("draw", "month", "exporter", "importer")
    for k, code in enumerate(map(str, lanes["exporter"].values)):
        if code in restricting:
            own = lanes.values[draws, :, k, :]
            earned[:, market.countries.index(code)] = (own * price).sum(axis=(1, 2))
    lost: Array = np.clip(market.use - used, 0.0, None).sum(axis=1)
    return earned, sold.sum(axis=1), lost, (price * bought).sum(axis=1)


def _weigh(name: str, is_restricting: bool, accounts: Sequence[_Account]) -> Balance:
    """Add up the accounts of countries draw by draw."""
    sales, revenue, lost, bill = (
        np.sum([getattr(account, field) for account in accounts], axis=0)
        for field in ("sales", "revenue", "lost", "bill")
    )
    return Balance(
        name, is_restricting, quantiles_of(sales), quantiles_of(revenue), quantiles_of(lost), quantiles_of(bill),
        quantiles_of(revenue - bill), sum(a.exports for a in accounts), sum(a.use for a in accounts),
    )  # fmt: skip


def quantiles_of(values: Array) -> Quantiles:
    """Median, 5 and 95 % of one number a draw."""
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
    return Quantiles(float(median), float(low), float(high))
