"""Leverage: what an exporter can do to an importer in so many months, net of what it does to itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.scenarios.event_baseline import FoundMarket, MarketFinder
from monazite.simulation import Ban, Run, build_market, simulate
from monazite.simulation import Market as SimulatedMarket
from monazite.simulation.market import Weight
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, reconcile
from monazite.supply_chain.balance import BALANCED
from monazite.vocabulary import resolve_region

Array = NDArray[np.float64]
Record = dict[str, object]
MONTHS = (3, 6, 12, 24)
"""Horizons of design R14. [months]"""
SMALL = 0.02
"""Exporters and importers below this share of all trade are left out unless they are named. Source: this project."""
LEVELS = (0.05, 0.5, 0.95)
UNITS = {"use_lost": "share", "sales_lost": "share", "leverage_t": "t"}
"""Unit of the quantities that are not plain ratios."""


@dataclass(frozen=True)
class LeverageOptions:
    """
    How leverage is computed.

    Attributes
    ----------
    months : tuple of int
        Horizons. [months, >= 1]
    draws : int
        Draws of the uncertain parameters. [>= 1]
    seed : int
        Seed of the draws; the same for every pair, so that pairs differ by their trade alone.
    parameters : mapping, optional
        A number or (low, high) for parameters of `priors.csv`.
    """

    months: tuple[int, ...] = MONTHS
    draws: int = 60
    seed: int = 14
    parameters: Mapping[str, float | tuple[float, float]] | None = None


def measure_leverage(
    data: Snapshot,
    *,
    material: str,
    year: int,
    stage: str = "",
    exporters: Sequence[str] = (),
    importers: Sequence[str] = (),
    options: LeverageOptions | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Record], Lineage]:
    """
    Ban the exports of each exporter to each importer in turn, and count what both lose.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material : str
        Resolved name.
    year : int
        Year of the baseline; the ban starts with the next one, unannounced.
    stage : str, optional
        Stage of the product that is traded; by default the one with most trade.
    exporters, importers : sequence of str, optional
        Countries or groups; by default all with at least 2 % of the exports or of the imports.
    options : LeverageOptions, optional
        Horizons, draws and seed.
    on_progress : callable, optional
        Called with the pairs done and their number.

    Returns
    -------
    records, lineage
        For each pair and horizon the quantities of `net_losses`, `leverage` among them: the worth of what the importer
        loses and pays more, less the revenue that the exporter loses, over the worth of the importer's use in these
        months at baseline prices [1]; median over the draws, with 5 and 95 %. A pair without trade has `reason` and
        no value.

    Raises
    ------
    DataError
        If the release has no market of the material in that year, a name is not in it, or no pair is left.
    """
    chosen = options or LeverageOptions()
    found = MarketFinder(data).find(material, before=year + 1, years_back=1, stage=stage)
    sellers = [*exporters] or _list_large(found, "exporter")
    buyers = [*importers] or _list_large(found, "importer")
    groups = {name: _members(name, found, year) for name in dict.fromkeys([*sellers, *buyers])}
    market, basis = build_baseline(found, sorted({code for codes in groups.values() for code in codes}))
    pairs = [
        (seller, buyer)
        for seller in sellers
        for buyer in buyers
        if not set(groups[seller]) & set(groups[buyer])
    ]
    if not pairs:
        raise _say_no_pair(found, sellers, buyers)
    records: list[Record] = []
    for number, (seller, buyer) in enumerate(pairs):
        labels = {
            "indicator": "leverage", "material": market.material, "stage": market.trade_stage, "year": year,
            "exporter": seller, "importer": buyer, "weight": market.weight, "basis": basis,
        }  # fmt: skip
        own = _measure_pair(market, groups[seller], groups[buyer], chosen)
        records += [{**labels, **record, "source_ids": market.lineage.source_ids} for record in own]
        if on_progress:
            on_progress(number + 1, len(pairs))
    return records, data.lineage.with_sources(*market.lineage.source_ids)


def build_baseline(found: FoundMarket, keep: Sequence[str]) -> tuple[SimulatedMarket, str]:
    """
    Build the market from the balanced chain where its stage balances, else from the figures as recorded.

    Returns
    -------
    market, basis
        The basis in words.
    """
    baseline = found.content["baseline"]
    weight: Weight = "gross" if baseline["weight"] == "gross" else "contained"  # type: ignore[index]
    chain, basis = found.chain, "figures as recorded; what they leave unexplained is its own supply"
    if weight == "contained" and found.production_stage == found.stage:
        balanced = reconcile(chain).chain
        if str(balanced.arrays["balance_state"].sel(stage=found.stage).item()) == BALANCED:
            chain, basis = balanced, "reconciled chain"
    return build_market(
        [chain], production_stage=found.production_stage, trade_stage=found.stage, weight=weight, keep=keep
    ), basis


def net_losses(run: Run, sellers: Sequence[str], buyers: Sequence[str], months: int) -> dict[str, Array]:
    r"""
    Count what a ban costs both sides in its first months, dims (draw,).

    Parameters
    ----------
    run : Run
        A run with the ban from its first month on, and the lanes of the sellers kept.
    sellers, buyers : sequence of str
        Countries of the market.
    months : int
        Horizon m. [months, 1 to the length of the run]

    Returns
    -------
    dict of str to array, dims (draw,)
        `use_lost` and `sales_lost` are tonnes over the importer's baseline use in these months; `cost`, `revenue_lost`
        and `leverage` are worths over the worth of that use at baseline prices [1]; `leverage_t` is in tonnes [t];
        `price_ratio` [1].

    Notes
    -----
    With baseline use U, consumption C, imports M and price over baseline p of importer j in month k, and with
    baseline trade T and trade x of exporter i to any buyer b:

    .. math:: L = \sum_{k \le m} \sum_j p_{jk} \max(0, U_j - C_{jk}) + (p_{jk} - 1) M_{jk}, \quad
              B = \sum_{k \le m} \sum_{ib} T_{ib} - p_{bk} x_{ibk}, \quad
              leverage = (L - B) / (m \sum_j U_j)

    A tonne of use that is lost is worth the price at which it is lost: what the material would have fetched, not what
    would have been made of it. Use that high prices or thrifting end counts as lost. B is negative where the exporter
    earns more by higher prices elsewhere than it loses. In tonnes, leverage_t = use lost - sales lost. Leaked goods
    count as sold, at the price of the baseline. Source: this project, design R14.

    Examples
    --------
    An importer that uses 10 t a month gets 6 t at twice the price, all imported; the seller sold it 5 t, now none, and
    1 t more to others at 1.5 times the price. In one month: L = 2 x 4 + 1 x 6 = 14, B = 5 - 1.5 = 3.5, and leverage
    is (14 - 3.5) / 10.

    >>> (2 * (10 - 6) + (2 - 1) * 6 - (5 - 1.5 * 1)) / 10
    1.05
    """
    market, first = run.market, run.arrays.isel(month=slice(0, months))
    places, rows = ([market.place(code) for code in codes] for codes in (buyers, sellers))
    own = {
        name: plain(first[name].sel(country=list(buyers)))
        for name in ("consumption_t", "import_t", "price_ratio")
    }
    missing = np.clip(market.use[places] - own["consumption_t"], 0.0, None)
    lost = missing.sum(axis=(1, 2))
    cost = (own["price_ratio"] * missing + (own["price_ratio"] - 1.0) * own["import_t"]).sum(axis=(1, 2))
    price = plain(first["price_ratio"])
    sold = (
        first["trade_t"].sel(exporter=list(sellers)).transpose("draw", "month", "exporter", "importer").values
    )
    leaked = plain(first["leaked_t"].sel(country=list(sellers))).sum(axis=(1, 2))
    usual = float(market.trade[rows].sum()) * months
    earned = np.einsum("dmsb,dmb->d", sold, price) + leaked
    missed = usual - sold.sum(axis=(1, 2, 3), dtype=float) - leaked
    wanted = float(market.use[places].sum()) * months
    weight = market.use[places] / market.use[places].sum()
    return {
        "use_lost": lost / wanted,
        "sales_lost": missed / wanted,
        "cost": cost / wanted,
        "revenue_lost": (usual - earned) / wanted,
        "leverage": (cost - usual + earned) / wanted,
        "leverage_t": lost - missed,
        "price_ratio": (own["price_ratio"] @ weight).mean(axis=1),
    }


def plain(array: xr.DataArray) -> Array:
    """Turn an array by country into plain numbers, dims (draw, month, country)."""
    values: Array = array.transpose("draw", "month", "country").values
    return values


def _measure_pair(
    market: SimulatedMarket, sellers: Sequence[str], buyers: Sequence[str], options: LeverageOptions
) -> list[Record]:
    """Run one ban, and write its records."""
    rows, columns = ([market.place(code) for code in codes] for codes in (sellers, buyers))
    trade = float(market.trade[np.ix_(rows, columns)].sum())
    share = trade / max(float(market.imports[columns].sum()), np.finfo(float).tiny)
    if not trade > 0 or not market.use[columns].sum() > 0:
        why = (
            "nothing is traded between them in the baseline"
            if not trade > 0
            else "it uses nothing in the baseline"
        )
        return [{"months": m, "quantity": "leverage", "value": None, "unit": "1", "low": None, "high": None,
                 "import_share": share, "quality": "simulated", "reason": why} for m in options.months]  # fmt: skip
    start = f"{max(market.years) + 1}-01"
    live = [code for code in sellers if market.trade[market.place(code), columns].sum() > 0]
    ban = Ban(
        origin=live,
        destination=list(buyers),
        stage=market.trade_stage,
        announced=start,
        effective=start,
        name="ban",
    )
    run = simulate(
        market, [ban], months=max(options.months), start=start, draws=options.draws, seed=options.seed,
        parameters=options.parameters,
    )  # fmt: skip
    records = []
    for months in options.months:
        own = net_losses(run, sellers, buyers, months)
        for name, values in own.items():
            low, median, high = (float(q) for q in np.quantile(values, LEVELS))
            unit = UNITS.get(name, "1")
            records.append({"months": months, "quantity": name, "value": median, "unit": unit, "low": low,
                            "high": high, "import_share": share, "quality": "simulated"})  # fmt: skip
    return records


def _list_large(found: FoundMarket, role: str) -> list[str]:
    """List the countries with at least 2 % of the trade in one role, the largest first."""
    lanes = found.chain.arrays["trade_gross_t"].sel(stage=found.stage)
    total = lanes.sum("importer" if role == "exporter" else "exporter")
    order = total.sortby(total, ascending=False)
    limit = SMALL * float(total.sum())
    named = zip(order[role].values, order.values, strict=True)
    return [str(code) for code, tonnes in named if tonnes >= limit and code != "ROW"]


def _say_no_pair(found: FoundMarket, sellers: Sequence[str], buyers: Sequence[str]) -> DataError:
    """Say why no exporter and importer make a pair: nobody is known by name, or all share a country."""
    lanes = found.chain.arrays["trade_gross_t"].sel(stage=found.stage)
    sold = lanes.sum("importer")
    known = [str(code) for code in sold["exporter"].values if float(sold.sel(exporter=code)) > 0]
    if not sellers or not buyers:
        role = "importer" if sellers else "exporter"
        which = [f"exporters of it: {', '.join(known)}", f"{role}s of it, by name: none"]
        fix = f"name some with --{role}, or another --year: of one lane to all others no country's part is known"
    else:
        which = [f"{seller} and {buyer} share a country" for seller in sellers for buyer in buyers]
        fix = "name another country with --exporter or --importer"
    return DataError(
        f"leverage, {found.chain.material} {found.chain.year}, {found.stage}", "no exporter and importer make a pair.",
        which=which, expected="an exporter, and an importer that shares no country with it", fix=fix,
    )  # fmt: skip


def _members(name: str, found: FoundMarket, year: int) -> tuple[str, ...]:
    """List the countries of a group that the chain holds."""
    chain: SupplyChain = found.chain
    members = tuple(code for code in resolve_region(name, year) if code in chain.countries)
    if not members:
        raise DataError(
            f"leverage, {chain.material} {year}", f"{name} neither makes nor trades it.",
            expected="a country or group with a figure in that chain", fix="name another with --exporter or --importer",
        )  # fmt: skip
    return members
