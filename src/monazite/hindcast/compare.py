"""Lay a scenario's run beside what was observed, and beside the naive forecasts."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.hindcast.naive import no_change, proportional_rerouting, static_share_times_severity, trend
from monazite.hindcast.observed import list_base_periods, observe
from monazite.hindcast.open_shares import mean_open_share
from monazite.hindcast.score_table import Forecast
from monazite.scenarios.observations import read_observations
from monazite.scenarios.run import MarketResult, ScenarioResult
from monazite.scenarios.schema import Comparison
from monazite.simulation import Run
from monazite.snapshot import Snapshot
from monazite.vocabulary import resolve_region

Array = NDArray[np.float64]
MONTH_DAYS = 30.0
"""Length of a month at sea. [days]"""
UNITS = {"trade_gross_t": "t", "trade_t": "t", "unit_value_ratio": "ratio", "trade_ratio": "ratio"}


def build_forecasts(result: ScenarioResult, data: Snapshot) -> list[Forecast]:
    """
    Build one forecast per comparison of a scenario; none where it compares nothing.

    Raises
    ------
    DataError
        If the release or the observation table lacks a figure that a base needs, or a comparison asks for
        lanes that the run did not keep.
    """
    if result.scenario.observations is None:
        return []
    markets = {entry.market.label: entry for entry in result.markets}
    return [
        build_forecast(entry, markets[result.scenario.market_of(entry).label], result, data)
        for entry in result.scenario.observations.comparisons
    ]


def build_forecast(
    entry: Comparison, market: MarketResult, result: ScenarioResult, data: Snapshot
) -> Forecast:
    """Compare one quantity: the draws of the run by period, the observation, the naive forecasts."""
    observations = result.scenario.observations
    table = observations.table if observations else None
    periods = tuple(map(str, entry.years or entry.months))
    base_periods = list_base_periods(entry)
    observed = observe(entry, data, table, periods)
    base = observe(entry, data, table, base_periods, as_base=True)
    level = _reference(entry, observed, base)
    return Forecast(
        episode=result.scenario.name,
        quantity=entry.name,
        title=entry.title,
        material=entry.material,
        unit=UNITS[entry.quantity],
        periods=periods,
        draws=simulate_quantity(entry, market.run, periods),
        observed=observed / level,
        naive=_naive_forecasts(entry, market.run, periods, base_periods, base / level),
        is_scored=entry.is_scored,
        reason=entry.reason,
        source=_name_source(entry, table),
        is_price=entry.quantity == "unit_value_ratio",
    )


def simulate_quantity(entry: Comparison, run: Run, periods: Sequence[str]) -> Array:
    """
    Read a comparison's quantity from a run, dims (draw, period). [t, or ratio]

    A flow is counted at shipment or at arrival, as the customs that reported it did. A unit value follows the
    importer's price weighted by the flow of each month, and its plain mean in a draw that ships nothing; a trade
    ratio is over `ratio_base`.
    """
    flow = select_flow(entry, run)
    if entry.quantity == "unit_value_ratio":
        price = _importer_price(entry, run)
        value = _sum_periods(flow * price, run, periods)
        tonnes = _sum_periods(flow, run, periods)
        plain = np.stack([price[:, _months_of(run, period)].mean(axis=1) for period in periods], axis=1)
        ratio: Array = np.divide(value, tonnes, out=plain, where=tonnes > 0)
        return ratio
    total = _sum_periods(flow, run, periods)
    if entry.quantity == "trade_ratio":
        months = np.array([12 if len(period) == 4 else 1 for period in periods])
        total = total / (ratio_base(entry, run)[:, None] * months)
    return np.asarray(total)


def ratio_base(entry: Comparison, run: Run) -> Array:
    """
    Flow of an ordinary month that a trade ratio is over, dims (draw,). [t a month]

    The simulated mean of the base months where the run covers them all, as history is over the same months;
    else the baseline of the market.
    """
    places = [run.months.index(month) for month in entry.base_months if month in run.months]
    flow = select_flow(entry, run)
    if places and len(places) == len(entry.base_months):
        mean: Array = flow[:, places].mean(axis=1)
        return mean
    return np.full(len(flow), baseline_flow(entry, run))


def select_flow(entry: Comparison, run: Run) -> Array:
    r"""
    Add up the lanes of a comparison month by month, dims (draw, month). [t a month]

    A cargo of the simulation arrives in the month after it left. Where a voyage of d days is given, the customs of
    the importer see the share d / 30 then and the rest in the month of shipment:

    .. math:: y_t = (1 - d / 30) \, shipped_t + (d / 30) \, arrived_t
    """
    if entry.recorded_at == "shipment":
        return add_lanes(entry, run, at_arrival=False)
    share = 1.0 if entry.days_at_sea is None else entry.days_at_sea / MONTH_DAYS
    arrived = add_lanes(entry, run, at_arrival=True)
    return (
        arrived if share == 1.0 else (1.0 - share) * add_lanes(entry, run, at_arrival=False) + share * arrived
    )


def add_lanes(entry: Comparison, run: Run, *, at_arrival: bool) -> Array:
    """Add up the lanes of a comparison at shipment or at arrival, dims (draw, month). [t a month]"""
    arrays = run.arrays
    lanes = arrays["arrival_t" if at_arrival else "trade_t"]
    kept = [str(code) for code in lanes["exporter"].values]
    importers = _members(entry.importers, run)
    if "world" in entry.exporters:
        name, out = "arrived_t" if at_arrival else "import_t", list(entry.exporters_without)
        total = arrays[name].sel(country=importers).sum("country")
    else:
        total, out = xr.zeros_like(arrays["import_t"].isel(country=0)), []
    exporters = [] if "world" in entry.exporters else _members(entry.exporters, run)
    missing = [code for code in (*exporters, *out) if code not in kept]
    if missing:
        raise DataError(
            f"comparison {entry.name}", "needs lanes that the run did not keep.", which=missing,
            expected=f"exporters among {', '.join(kept)}", fix="name the exporter in watch.lanes",
        )  # fmt: skip
    flow = total + _lane_sum(lanes, exporters, importers) - _lane_sum(lanes, out, importers)
    result: Array = np.maximum(flow.transpose("draw", "month").values.astype(float), 0.0)
    return result


def baseline_flow(entry: Comparison, run: Run) -> float:
    """Add up the lanes of a comparison in the baseline. [t a month]"""
    return float(_pick_lanes(entry, run, run.market.trade))


def _naive_forecasts(
    entry: Comparison, run: Run, periods: Sequence[str], base_periods: Sequence[str], base: Array
) -> dict[str, Array]:
    """
    Build those of the four naive forecasts that the data allow.

    No change and trend follow the observed base; static share and rerouting are shares of the market's own baseline,
    so that they keep its total.
    """
    naive = {"no_change": no_change(base, len(periods))}
    if len(base) > 1 and _follow_each_other(base_periods, periods):
        gap = _distance(base_periods[-1], periods[0]) - 1
        far = _distance(base_periods[-1], periods[-1])
        line = trend(base, far)
        naive["trend"] = (
            line[[_distance(base_periods[-1], period) - 1 for period in periods]] if gap >= 0 else line
        )
    if entry.quantity == "unit_value_ratio":
        return naive
    months = np.array([12 if len(period) == 4 else 1 for period in periods])
    level = baseline_flow(entry, run) * months if UNITS[entry.quantity] == "t" else np.ones(len(periods))
    open_share = mean_open_share(run)
    for name, rule in (("static_share", static_share_times_severity), ("rerouting", proportional_rerouting)):
        naive[name] = level * _shares_of_baseline(entry, run, periods, rule, open_share=open_share)
    return naive


def _shares_of_baseline(
    entry: Comparison,
    run: Run,
    periods: Sequence[str],
    rule: Callable[[Array, Array], Array],
    *,
    open_share: Array,
) -> Array:
    """Flow over baseline flow that a naive rule gives, dims (period,)."""
    baseline = baseline_flow(entry, run)
    if baseline <= 0:
        return np.full(len(periods), np.nan)
    monthly = np.array([_pick_lanes(entry, run, rule(run.market.trade, share)) for share in open_share])
    means = [monthly[_months_of(run, period)].mean() for period in periods]
    result: Array = np.array(means) / baseline
    return result


def _pick_lanes(entry: Comparison, run: Run, trade: Array) -> float:
    """Add up the lanes of a comparison in a matrix of trade, dims (exporter, importer)."""
    countries = run.market.countries
    importers = [countries.index(code) for code in _members(entry.importers, run)]
    names = _members(entry.exporters, run)
    exporters = [countries.index(code) for code in names if code not in entry.exporters_without]
    return float(trade[np.ix_(exporters, importers)].sum())


def _members(regions: Sequence[str], run: Run) -> list[str]:
    """List the countries of regions that have a place in the market; `world` is all of it."""
    if "world" in regions:
        return list(run.market.countries)
    year = max(run.market.years)
    codes = [code for region in regions for code in resolve_region(region, year)]
    return [code for code in dict.fromkeys(codes) if code in run.market.countries]


def _lane_sum(lanes: xr.DataArray, exporters: Sequence[str], importers: Sequence[str]) -> xr.DataArray:
    chosen = lanes.sel(exporter=list(exporters), importer=list(importers)).astype(float)
    return chosen.sum(("exporter", "importer"))


def _importer_price(entry: Comparison, run: Run) -> Array:
    """Price of the importers over the baseline, weighted by what reaches them, dims (draw, month)."""
    importers = _members(entry.importers, run)
    price = run.arrays["price_ratio"].sel(country=importers).transpose("draw", "month", "country").values
    weight = run.arrays["arrived_t"].sel(country=importers).transpose("draw", "month", "country").values
    total = weight.sum(axis=-1)
    mean: Array = np.where(
        total > 0, (price * weight).sum(axis=-1) / np.where(total > 0, total, 1), price.mean(axis=-1)
    )
    return mean


def _sum_periods(flow: Array, run: Run, periods: Sequence[str]) -> Array:
    return np.stack([flow[:, _months_of(run, period)].sum(axis=1) for period in periods], axis=1)


def _months_of(run: Run, period: str) -> NDArray[np.int64]:
    """Positions of the months of a year (`2010`) or of one month (`2010-09`)."""
    found = np.flatnonzero([month.startswith(period) for month in run.months])
    if len(found) != (12 if len(period) == 4 else 1):
        raise DataError("run", f"does not cover {period}.", expected=f"{run.months[0]} to {run.months[-1]}")
    return found


def _reference(entry: Comparison, observed: Array, base: Array) -> float:
    """What an observation is divided by: the mean of the base for ratios, else 1."""
    if UNITS[entry.quantity] != "ratio":
        return 1.0
    return float(base.mean())


def _name_source(entry: Comparison, table: str | None) -> str:
    if entry.source == "episode" and table is not None:
        publishers = dict.fromkeys(
            row.source for row in read_observations(table) if row.series == entry.series
        )
        return "; ".join(publishers)
    return f"CEPII BACI, {', '.join(entry.product_codes)}"


def _follow_each_other(base_periods: Sequence[str], periods: Sequence[str]) -> bool:
    """Whether a straight line makes sense: base periods one after the other, of the kind of the forecast."""
    same = {len(period) for period in (*base_periods, *periods)}
    steps = {_distance(a, b) for a, b in pairwise(base_periods)}
    return len(same) == 1 and steps == {1} and _distance(base_periods[-1], periods[0]) >= 1


def _distance(first: str, second: str) -> int:
    """Count the years or months from one period to another."""
    if len(first) == 4:
        return int(second) - int(first)
    return 12 * (int(second[:4]) - int(first[:4])) + int(second[5:]) - int(first[5:])
