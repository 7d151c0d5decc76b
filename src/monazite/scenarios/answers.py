"""What a run answers beside shortage and price: cover, both sides' losses, gains, and the uses at risk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monazite.scenarios.outlook import list_restricting, shortage_share
from monazite.simulation import Run
from monazite.simulation.calendar import month_label, month_number
from monazite.simulation.market import REST
from monazite.simulation.policies import Instrument, NewSupplier, OutsideMeasure, Trigger
from monazite.simulation.trigger_order import order_triggers
from monazite.snapshot import Snapshot
from monazite.vocabulary import materials, resolve_region

Array = NDArray[np.float64]
REGION = "EU27"
"""The region of which the release has both end uses and value added."""
FEW = 0.01
"""A change of revenue below this share of all trade is not listed. Source: this project."""
MONTHS_A_YEAR = 12
EUR_PER_MILLION = 1e6
MASKED = "?"
"""What the query gives for a text that is not there."""
USES = """
SELECT use_shares.material, use_shares.use, use_share, sector_code, value_added_million_eur,
       use_shares.source_id AS use_source, sector_value_added.source_id AS value_source
FROM use_shares LEFT JOIN sector_value_added USING (sector_code, region)
WHERE list_contains($materials, material) AND region = $region AND NOT starts_with(use_shares.use, 'clean technologies')
ORDER BY use_shares.material, use_shares.use, sector_code
"""


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
class UseAtRisk:
    """
    One end use: its share of the material, its sector's value added, and what of it a run puts at risk.

    `at_risk_eur` [EUR over the run] is the Commission's weighting (share of the use times value added of its sector),
    times the mean shortage of the months, times their number over twelve. `stop_share` is the share of the draws in
    which it stops for at least a month if the uses with least value added by tonne stop first; `stop_month` the median
    first such month, "" where it stops in fewer than half of the draws.
    """

    material: str
    use: str
    sector_code: str
    use_share: float
    value_added_eur: float
    at_risk_eur: Quantiles
    stop_share: float
    stop_month: str


@dataclass(frozen=True)
class Span:
    """A policy on the time line: when it is known, and from when to before when it holds; "" = to the end."""

    name: str
    kind: str
    by: tuple[str, ...]
    announced: str
    start: str
    end: str
    is_answer: bool


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
    stock = run.arrays["stock_t"].sel(country=list(members)).sum("country").transpose("draw", "month").values
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
    arrays = {
        name: run.arrays[name].transpose("draw", "month", "country").values
        for name in ("export_t", "import_t", "consumption_t", "price_ratio")
    }
    months = len(run.months)
    floor = FEW * float(market.trade.sum()) * months
    balances = []
    for place, code in enumerate(market.countries):
        earned = _earn(run, place, arrays, is_kept=code in restricting)
        sold = arrays["export_t"][:, :, place].sum(axis=1) - months * market.exports[place]
        lost = np.clip(market.use[place] - arrays["consumption_t"][:, :, place], 0.0, None).sum(axis=1)
        paid = (arrays["price_ratio"] * arrays["import_t"])[:, :, place].sum(
            axis=1
        ) - months * market.imports[place]
        revenue = earned - months * market.exports[place]
        balance = Balance(
            code, code in restricting, _quantiles(sold), _quantiles(revenue), _quantiles(lost), _quantiles(paid),
            _quantiles(revenue - paid), float(months * market.exports[place]), float(months * market.use[place]),
        )  # fmt: skip
        if balance.is_restricting or max(abs(balance.net_t.median), balance.use_lost_t.median) >= floor:
            balances.append(balance)
    return sorted(balances, key=lambda b: (not b.is_restricting, -b.net_t.median))


def list_uses(run: Run, data: Snapshot) -> tuple[list[UseAtRisk], str, tuple[str, ...]]:
    """
    Rank the end uses of the European Union by the value added that a run puts at risk.

    Parameters
    ----------
    run : Run
        Any run.
    data : Snapshot
        The release of the run.

    Returns
    -------
    uses, reason, source_ids
        The largest first; none with a reason where the release has no end uses or the run no user. With uses, the
        reason is a note on whose shortage stands for the Union's, or empty. A material that is looked at by its parts,
        as rare earths, has the uses of each part.

    Notes
    -----
    Every use is taken to miss the same share s of what it wants. With the share A of a use, the value added V of its
    sector a year, and months k:

    .. math:: risk_u = A_u V_{s(u)} \\frac{1}{12} \\sum_k s_k

    It is what of the sectors is exposed, an upper end: a whole sector is taken to need the material. For the first use
    to stop, uses are cut instead by the value added of their sector by tonne, the least first; a use stops in a month
    when the shortage is at least its share and those of the uses before it. Source: European Commission, Methodology
    for establishing the EU list of critical raw materials, 2017 (the weights); this project (the order).

    Examples
    --------
    A use with 0.3 of the material in a sector of 50 billion EUR, short of a tenth for six months.

    >>> round(0.3 * 50 * 0.1 * 6 / 12, 2)
    0.75
    """
    if "feed_t" in run.arrays:
        return [], "what uses it is the next stage of the chain: the end uses are that stage's", ()
    name, members, note = run.market.material.replace("_", " "), *find_union(run)
    if not members:
        return [], note, ()
    parts = [code for code, entry in materials().items() if entry.parent == run.market.material]
    rows = data.query(USES, {"materials": [run.market.material, *parts], "region": REGION})
    if not len(rows["use"]):
        return [], f"the release has no end uses of {name} in {REGION}", ()
    short = shortage_share(run, members)
    uses: list[UseAtRisk] = []
    for part in dict.fromkeys(rows["material"].tolist()):
        chosen = [k for k, material in enumerate(rows["material"].tolist()) if material == part]
        uses += _rank_uses(part, {key: column[chosen] for key, column in rows.items()}, short, run.months)
    uses.sort(key=lambda use: -use.at_risk_eur.median if use.at_risk_eur.median > 0 else 0.0)
    named = [code for key in ("use_source", "value_source") for code in rows[key].tolist()]
    sources = {code for code in named if isinstance(code, str) and code != MASKED}
    return uses, note, tuple(sorted(sources))


def find_union(run: Run) -> tuple[list[str], str]:
    """
    Find the members of the European Union that use the material in a market.

    Returns
    -------
    members, note
        Where none does, the rest of the world of which the Union is a part, with a note that says so; no member and a
        reason where that uses nothing either.
    """
    market, name = run.market, run.market.material.replace("_", " ")
    members = [code for code in resolve_region(REGION, max(market.years)) if code in market.countries]
    if members and market.use[[market.countries.index(code) for code in members]].sum() > 0:
        return members, ""
    if REST in market.countries and market.use[market.countries.index(REST)] > 0:
        return [
            REST
        ], f"the market names no user in {REGION}: the shortage of the rest of the world stands for it"
    return [], f"the market names no user of {name} in {REGION}"


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
                     policy.effective, "" if np.isinf(end) else month_label(int(end)), is_answer=False)
            )  # fmt: skip
    return sorted(spans, key=lambda span: (not span.start, span.start))


def _span_of_trigger(policy: Trigger, fired: Array, run: Run) -> Span:
    """Place a policy that waits where it starts in the median draw; nowhere where most draws never set it off."""
    inner, delay = policy.policy, policy.delay_months
    wait = float(np.mean(delay)) if isinstance(delay, tuple) else float(delay)
    median = float(np.median(fired))
    first = month_number(run.months[0])
    if np.isinf(median):
        return Span(policy.name or "trigger", inner.kind, _actors(inner), "", "", "", is_answer=True)
    start = first + round(median + wait)
    end = "" if inner.months is None else month_label(start + inner.months)
    known = month_label(first + int(median) + 1) if wait >= 1 else month_label(start)
    return Span(
        policy.name or "trigger", inner.kind, _actors(inner), known, month_label(start), end, is_answer=True
    )  # fmt: skip


def _actors(policy: Instrument) -> tuple[str, ...]:
    """Name who imposes a policy."""
    if isinstance(policy, OutsideMeasure):
        return tuple(policy.by)
    return policy.restricting or tuple(getattr(policy, "by", ())) or policy.countries


def _earn(run: Run, place: int, arrays: dict[str, Array], *, is_kept: bool) -> Array:
    """Revenue by exports over the run in tonnes at baseline prices, dims (draw,)."""
    market, code = run.market, run.market.countries[place]
    kept = {str(name) for name in run.arrays["trade_t"]["exporter"].values}
    if is_kept and code in kept:
        lanes = run.arrays["trade_t"].sel(exporter=code).transpose("draw", "month", "importer").values
        revenue: Array = np.einsum("dmj,dmj->d", lanes, arrays["price_ratio"])
        return revenue
    own = market.trade[place]
    weight = own / own.sum() if own.sum() > 0 else market.imports / market.imports.sum()
    earned: Array = (arrays["export_t"][:, :, place] * (arrays["price_ratio"] @ weight)).sum(axis=1)
    return earned


def _rank_uses(part: str, rows: dict[str, Array], short: Array, months: Sequence[str]) -> list[UseAtRisk]:
    """Work out the uses of one material, dims of `short` (draw, month)."""
    share = np.asarray(rows["use_share"], dtype=float)
    value = np.asarray(rows["value_added_million_eur"], dtype=float) * EUR_PER_MILLION
    codes = [str(code or "") for code in rows["sector_code"].tolist()]
    in_sector = np.array([share[[other == code for other in codes]].sum() for code in codes])
    worth = np.divide(value, in_sector, out=np.full_like(value, np.inf), where=in_sector > 0)
    order = np.argsort(np.where(np.isnan(worth), np.inf, worth), kind="stable")
    before = np.empty(len(share))
    before[order] = np.cumsum(share[order])
    years = short.sum(axis=1) / MONTHS_A_YEAR
    uses = []
    for k, use in enumerate(rows["use"].tolist()):
        stopped = short >= before[k] - 1e-12
        ever = stopped.any(axis=1)
        first = np.where(ever, stopped.argmax(axis=1), len(months))
        median = int(np.median(first))
        is_common = float(ever.mean()) >= 0.5 and not np.isnan(worth[k])
        stop_share = float(ever.mean()) if not np.isnan(worth[k]) else float("nan")
        stop_month = months[min(median, len(months) - 1)] if is_common else ""
        risk = _quantiles(share[k] * value[k] * years)
        uses.append(
            UseAtRisk(
                part, str(use), codes[k], float(share[k]), float(value[k]), risk, stop_share, stop_month
            )
        )
    return uses


def _quantiles(values: Array) -> Quantiles:
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
    return Quantiles(float(median), float(low), float(high))
