"""
Forecasts as they were first made: dated, kept in a file beside the scenario, never overwritten.

What is to know of a forecast, as a fault that was found later, stands in a file of its own and may be added to.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.scenarios.outlook import Band, band_of, list_places, price_ratio, shortage_share
from monazite.scenarios.reader import SCENARIOS
from monazite.scenarios.run import MarketResult, ScenarioResult

Array = NDArray[np.float64]
SUFFIX = ".forecast.json"
NOTES = ".forecast-notes.json"
DIGITS = 4
"""Decimals kept. Source: this project."""
QUANTITIES = ("shortage_share", "price_ratio", "arrival_t")
UNITS = {"shortage_share": "share", "price_ratio": "1", "arrival_t": "t"}


@dataclass(frozen=True)
class ForecastSeries:
    """
    One quantity of a forecast by month: quantiles of the draws.

    `region` is who runs short or pays; for `arrival_t` [t a month] it is the lane, as CHN-JPN.
    """

    material: str
    region: str
    quantity: str
    months: tuple[str, ...]
    low: tuple[float, ...]
    low_quartile: tuple[float, ...]
    median: tuple[float, ...]
    high_quartile: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def unit(self) -> str:
        """Unit of the quantity."""
        return UNITS[self.quantity]


@dataclass(frozen=True)
class Forecast:
    """A forecast with the day on which it was made, and what it was made with."""

    scenario: str
    made_on: str
    release: str
    release_sha256: str
    scenario_sha256: str
    code_version: str
    seed: int
    draws: int
    series: tuple[ForecastSeries, ...]


@dataclass(frozen=True)
class ForecastNotes:
    """
    What is to know of a forecast beside its figures.

    `known_until`: last month of what it was made from [YYYY-MM]; `known_words` the same in words. `caveats`: faults
    found after it had been made.
    """

    known_until: str
    known_words: str
    caveats: tuple[str, ...] = ()


def build_forecast(result: ScenarioResult, made_on: str) -> Forecast:
    """
    Write down what a run says of the first place that is watched and of the watched lanes.

    Parameters
    ----------
    result : ScenarioResult
        From `run_scenario`.
    made_on : str
        The day. [YYYY-MM-DD]

    Returns
    -------
    Forecast
        Shares and ratios to four decimals.
    """
    lineage = result.lineage
    return Forecast(
        scenario=result.scenario.name,
        made_on=made_on,
        release=lineage.release,
        release_sha256=lineage.release_sha256,
        scenario_sha256=str(lineage.scenario_sha256),
        code_version=lineage.code_version,
        seed=result.scenario.seed,
        draws=result.scenario.draws,
        series=tuple(series for entry in result.markets for series in _list_series(result, entry)),
    )


def read_forecast(name: str) -> Forecast | None:
    """
    Read the forecast of a shipped scenario as it was first made.

    Parameters
    ----------
    name : str
        Name of the scenario.

    Returns
    -------
    Forecast or None
        None where none was ever made.

    Examples
    --------
    >>> read_forecast("graphite-2023") is None
    True
    """
    path = SCENARIOS / f"{name}{SUFFIX}"
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    bands = tuple(Band.__dataclass_fields__)
    series = tuple(
        ForecastSeries(
            row["material"],
            row["region"],
            row["quantity"],
            tuple(row["months"]),
            *(tuple(row[b]) for b in bands),
        )
        for row in content.pop("series")
    )
    return Forecast(**content, series=series)


def read_forecast_notes(name: str) -> ForecastNotes | None:
    """
    Read what is to know of the forecast of a shipped scenario.

    Parameters
    ----------
    name : str
        Name of the scenario.

    Returns
    -------
    ForecastNotes or None
        None where nothing is noted.

    Examples
    --------
    >>> read_forecast_notes("japan-2026").known_until
    '2025-12'
    """
    path = SCENARIOS / f"{name}{NOTES}"
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    return ForecastNotes(content["known_until"], content["known_words"], tuple(content["caveats"]))


def write_forecast(forecast: Forecast, folder: Path = SCENARIOS) -> Path:
    """
    Write a forecast beside its scenario; one that is there already is never replaced.

    Raises
    ------
    DataError
        If there is one.
    """
    path = folder / f"{forecast.scenario}{SUFFIX}"
    if path.exists():
        raise DataError(
            str(path), "holds the forecast as it was first made.", expected="a scenario without one",
            fix="leave it; a later run is shown beside it",
        )  # fmt: skip
    path.write_text(json.dumps(asdict(forecast), indent=1) + "\n", encoding="utf-8")
    return path


def list_changes(first: Forecast, now: Forecast) -> dict[str, float]:
    """
    Largest change of a median between two forecasts, for each quantity that both have.

    Parameters
    ----------
    first, now : Forecast
        The two.

    Returns
    -------
    dict
        By quantity: shares and price ratios in their own unit, tonnes over the largest median of their series.
        [unitless]
    """
    later = {(s.material, s.region, s.quantity): s for s in now.series}
    changes: dict[str, float] = {}
    for series in first.series:
        other = later.get((series.material, series.region, series.quantity))
        if other is None or other.months != series.months:
            continue
        scale = max(max(series.median), np.finfo(float).tiny) if series.quantity == "arrival_t" else 1.0
        change = float(np.abs(np.subtract(series.median, other.median)).max()) / scale
        changes[series.quantity] = max(change, changes.get(series.quantity, 0.0))
    return changes


def _list_series(result: ScenarioResult, entry: MarketResult) -> list[ForecastSeries]:
    """List the series of one market."""
    run, series = entry.run, []
    place = list_places(result, entry)[0]
    measured: Sequence[tuple[str, Callable[..., Array]]] = (
        ("shortage_share", shortage_share), ("price_ratio", price_ratio),
    )  # fmt: skip
    for name, compute in measured:
        series.append(_write_series(entry, place.label, name, band_of(compute(run, place.members))))
    arrivals = run.arrays["arrival_t"]
    kept = {str(code) for code in arrivals["exporter"].values}
    for exporter, importer in result.scenario.watch.lanes:
        if exporter in kept and importer in run.market.countries:
            lane = arrivals.sel(exporter=exporter, importer=importer).transpose("draw", "month").values
            series.append(_write_series(entry, f"{exporter}-{importer}", "arrival_t", band_of(lane)))
    return series


def _write_series(entry: MarketResult, region: str, quantity: str, band: Band) -> ForecastSeries:
    """Round a band for the file."""
    values = {
        name: tuple(np.round(getattr(band, name), DIGITS).tolist()) for name in Band.__dataclass_fields__
    }
    return ForecastSeries(entry.market.material, region, quantity, entry.run.months, **values)
