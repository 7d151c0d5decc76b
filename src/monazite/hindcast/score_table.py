"""The table of a hindcast: forecast beside observation beside naive forecasts, hits and misses alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.hindcast.scoring import coverage, crps_ensemble, log_error, mean_absolute_log_error, skill

Array = NDArray[np.float64]
Verdict = Literal["hit", "miss", "cannot tell"]
NAIVE = ("no_change", "trend", "static_share", "rerouting")
"""Names of the naive forecasts: N, trend, S and P."""


FLOORS: Mapping[str, float] = {"t": 1.0, "ratio": 0.02}
"""Smallest values that a log error looks at. Source: this project; a tonne, and 2 % of the baseline."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """
    One quantity of one episode, by period: what the model says, what was observed, and the naive forecasts.

    Attributes
    ----------
    episode, quantity, title, material, unit : str
        Labels of the records.
    periods : tuple of str
        Years or months.
    draws : array, dims (draw, period)
        The model's forecasts. [unit]
    observed : array, dims (period,)
        What happened. [unit] NaN where nobody says.
    naive : mapping
        Naive forecasts by name (`no_change`, `trend`, `static_share`, `rerouting`), dims (period,). [unit]
    is_scored : bool
        False for flows that a policy itself sets: shown, not scored.
    reason, source : str
        Why it is not scored or what to mind; who published the observation.
    is_price : bool
        Whether it is a price or a unit value, and no flow.
    """

    episode: str
    quantity: str
    title: str
    material: str
    unit: str
    periods: tuple[str, ...]
    draws: Array
    observed: Array
    naive: Mapping[str, Array] = field(default_factory=dict)
    is_scored: bool = True
    reason: str = ""
    source: str = ""
    is_price: bool = False

    def __post_init__(self) -> None:
        """Refuse arrays that do not match the periods, and naive forecasts without a known name."""
        count = len(self.periods)
        problems = [
            f"{name}: expected {count} periods, got {np.shape(values)}"
            for name, values in {"observed": self.observed, **self.naive}.items()
            if np.shape(values) != (count,)
        ]
        if self.draws.ndim != 2 or self.draws.shape[1] != count:
            problems.append(f"draws: expected (draw, {count}), got {self.draws.shape}")
        problems += [f"{name}: not a naive forecast" for name in self.naive if name not in NAIVE]
        if problems:
            raise DataError(f"forecast {self.quantity}", "its arrays do not match.", which=problems)


@dataclass(frozen=True, kw_only=True)
class ScoreRecord:
    """
    One period of one quantity. NaN = not known, or not forecast.

    `median`, `low` and `high` are of the draws; `crps` and the naive forecasts are in `unit`; `log_error` is
    ln(median / observed); `verdict` says whether the band holds the observation.
    """

    episode: str
    quantity: str
    title: str
    material: str
    period: str
    unit: str
    observed: float
    median: float
    low: float
    high: float
    no_change: float
    trend: float
    static_share: float
    rerouting: float
    crps: float
    log_error: float
    verdict: Verdict
    is_scored: bool
    reason: str
    source: str


@dataclass(frozen=True, kw_only=True)
class ScoreSummary:
    """
    Scores over the scored records of one group.

    `mean_crps` and `mean_absolute_log_error` are of the model; `naive_crps` and `naive_log_error` of the
    naive forecasts that exist for every record. `skill` compares mean CRPS with the best naive forecast in
    hindsight. NaN = cannot be told.
    """

    group: str
    records: int
    hits: int
    coverage: float
    mean_crps: float
    mean_absolute_log_error: float
    naive_crps: Mapping[str, float]
    naive_log_error: Mapping[str, float]
    best_naive: str
    skill: float


def score_table(
    forecasts: Sequence[Forecast], *, level: float = 0.9, floors: Mapping[str, float] | None = None
) -> list[ScoreRecord]:
    """
    Lay forecasts, observations and naive forecasts side by side, one record a period.

    Parameters
    ----------
    forecasts : sequence of Forecast
        Any number of quantities.
    level : float, default 0.9
        Share of the draws between `low` and `high`. [0 < level < 1]
    floors : mapping of str to float, optional
        Smallest value that matters, by unit, for the log error. [unit] Needed where a value is zero.

    Returns
    -------
    list of ScoreRecord
        In the order given.

    Examples
    --------
    >>> one = Forecast(episode="e", quantity="q", title="Q", material="m", unit="t", periods=("2010",),
    ...                draws=np.array([[1.0], [3.0]]), observed=np.array([2.0]))
    >>> record = score_table([one])[0]
    >>> record.median, round(record.low, 2), round(record.high, 2), record.crps, record.verdict
    (2.0, 1.1, 2.9, 0.5, 'hit')
    """
    if not 0 < level < 1:
        raise DataError("level", f"is {level}.", expected="a share between 0 and 1")
    return [record for forecast in forecasts for record in _records(forecast, level, floors or {})]


def _records(forecast: Forecast, level: float, floors: Mapping[str, float]) -> list[ScoreRecord]:
    """Score one forecast, period by period."""
    low, median, high = np.quantile(forecast.draws, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    crps = crps_ensemble(forecast.draws, forecast.observed)
    errors = log_error(median, forecast.observed, floor=floors.get(forecast.unit, 0.0))
    missing = np.full(len(forecast.periods), np.nan)
    naive = {name: forecast.naive.get(name, missing) for name in NAIVE}
    return [
        ScoreRecord(
            episode=forecast.episode,
            quantity=forecast.quantity,
            title=forecast.title,
            material=forecast.material,
            period=period,
            unit=forecast.unit,
            observed=float(forecast.observed[k]),
            median=float(median[k]),
            low=float(low[k]),
            high=float(high[k]),
            **{name: float(values[k]) for name, values in naive.items()},
            crps=float(crps[k]),
            log_error=float(errors[k]),
            verdict=_verdict(float(low[k]), float(high[k]), float(forecast.observed[k])),
            is_scored=forecast.is_scored,
            reason=forecast.reason,
            source=forecast.source,
        )
        for k, period in enumerate(forecast.periods)
    ]


def _verdict(low: float, high: float, observed: float) -> Verdict:
    """Say whether the band holds the observation."""
    if np.isnan(observed):
        return "cannot tell"
    return "hit" if low <= observed <= high else "miss"


def summarise_scores(
    records: Sequence[ScoreRecord], group: str = "all", *, floors: Mapping[str, float] | None = None
) -> ScoreSummary:
    """
    Summarise the scored records of a group, for example one episode's flows.

    Parameters
    ----------
    records : sequence of ScoreRecord
        Records of one unit; those that are not scored or not observed do not count.
    group : str, default "all"
        Label of the summary.
    floors : mapping of str to float, optional
        As in `score_table`.

    Returns
    -------
    ScoreSummary
        With the best naive forecast by mean CRPS, which for a single figure is its absolute error.

    Raises
    ------
    DataError
        If the scored records have different units: their CRPS cannot be averaged.
    """
    counted = [record for record in records if record.is_scored and not np.isnan(record.observed)]
    units = sorted({record.unit for record in counted})
    if len(units) > 1:
        raise DataError(f"group {group}", f"mixes {', '.join(units)}.", fix="summarise each unit by itself")
    observed = np.array([record.observed for record in counted])
    floor = (floors or {}).get(units[0], 0.0) if units else 0.0
    naive = {name: np.array([getattr(record, name) for record in counted]) for name in NAIVE}
    known = {name: values for name, values in naive.items() if values.size and not np.isnan(values).any()}
    crps = {name: float(np.abs(values - observed).mean()) for name, values in known.items()}
    best = min(crps, key=crps.__getitem__) if crps else ""
    mean_crps = float(np.mean([record.crps for record in counted])) if counted else float("nan")
    medians = np.array([record.median for record in counted])
    return ScoreSummary(
        group=group,
        records=len(counted),
        hits=sum(record.verdict == "hit" for record in counted),
        coverage=coverage([r.low for r in counted], [r.high for r in counted], observed),
        mean_crps=mean_crps,
        mean_absolute_log_error=mean_absolute_log_error(medians, observed, floor=floor),
        naive_crps=crps,
        naive_log_error={
            name: mean_absolute_log_error(values, observed, floor=floor) for name, values in known.items()
        },
        best_naive=best,
        skill=skill(mean_crps, crps[best]) if best else float("nan"),
    )
