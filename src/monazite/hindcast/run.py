"""Run episodes: every scenario once, and each quantity of every episode beside what was observed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monazite.errors import ScenarioError
from monazite.hindcast.baseline import build_baseline
from monazite.hindcast.compare import build_forecast, simulate_quantity
from monazite.hindcast.episode import SCENARIO, LoadedEpisode
from monazite.hindcast.score_table import FLOORS, Forecast, ScoreRecord, score_table
from monazite.provenance import Lineage
from monazite.scenarios import Comparison, Scenario, ScenarioResult, run_scenario, scenario_sha256
from monazite.scenarios.misfits import point_to_lines
from monazite.scenarios.outlook import LEVELS
from monazite.scenarios.words import ScenarioPolicy
from monazite.simulation import Run
from monazite.snapshot import Snapshot

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Fan:
    """
    A quantity over all periods of a run, for a picture.

    Attributes
    ----------
    quantity : str
        Name of the comparison.
    periods : tuple of str
        Every year, or every month, of the run.
    bands : array, dims (level, period)
        The 5, 25, 50, 75 and 95 % of the draws. [unit of the quantity]
    """

    quantity: str
    periods: tuple[str, ...]
    bands: Array


@dataclass(frozen=True)
class EpisodeResult:
    """
    What an episode's run says, without the run itself.

    Attributes
    ----------
    loaded : LoadedEpisode
        The episode as it was read.
    scenario : Scenario
        As it was run, with the draws and the seed.
    policies : tuple of policy
        What was imposed.
    forecasts : tuple of Forecast
        One a quantity, with its draws.
    records : tuple of ScoreRecord
        One a figure.
    fans : tuple of Fan
        One a quantity, in the same order.
    lineage : Lineage
        Release, code version, hash of the scenario, seed and sources.
    """

    loaded: LoadedEpisode
    scenario: Scenario
    policies: tuple[ScenarioPolicy, ...]
    forecasts: tuple[Forecast, ...]
    records: tuple[ScoreRecord, ...]
    fans: tuple[Fan, ...]
    lineage: Lineage

    @property
    def name(self) -> str:
        """Name of the episode."""
        return self.loaded.episode.name


def run_episodes(
    episodes: Sequence[LoadedEpisode],
    data: Snapshot,
    *,
    draws: int | None = None,
    seed: int | None = None,
    on_progress: Progress | None = None,
) -> list[EpisodeResult]:
    """
    Run episodes and score them; episodes of one scenario share its run.

    Parameters
    ----------
    episodes : sequence of LoadedEpisode
        From `read_episode`.
    data : Snapshot
        An open release.
    draws, seed : int, optional
        Instead of those of the scenarios.
    on_progress : callable, optional
        Called with the draw-months done and their total over all runs.

    Returns
    -------
    list of EpisodeResult
        In the order given.

    Raises
    ------
    DataError, ScenarioError
        As `run_scenario` and `build_forecast`.
    """
    _refuse_twins(episodes)
    groups: dict[tuple[str, Path | None], list[LoadedEpisode]] = {}
    for loaded in episodes:
        key = (scenario_sha256(loaded.scenario), loaded.folder if loaded.baseline else None)
        groups.setdefault(key, []).append(loaded)
    sizes = [_size(members[0].scenario, draws) for members in groups.values()]
    results: dict[str, EpisodeResult] = {}
    for number, members in enumerate(groups.values()):
        report = _shift(on_progress, sum(sizes[:number]), sum(sizes))
        result = _simulate(members[0], data, draws, seed, report)
        for loaded in members:
            results[str(loaded.folder)] = read_result(loaded, result, data)
    return [results[str(loaded.folder)] for loaded in episodes]


def _refuse_twins(episodes: Sequence[LoadedEpisode]) -> None:
    """Refuse two episodes of one name: nobody could tell their records apart."""
    names = [loaded.episode.name for loaded in episodes]
    twins = [str(loaded.folder) for loaded in episodes if names.count(loaded.episode.name) > 1]
    if twins:
        raise ScenarioError(
            "episodes", "two have one name.", which=twins, fix="give each its own name in episode.yaml"
        )


def _simulate(
    loaded: LoadedEpisode, data: Snapshot, draws: int | None, seed: int | None, report: Progress | None
) -> ScenarioResult:
    """Run the scenario of an episode, on its own baseline where it has one."""
    entries = {market.material: market for market in loaded.scenario.markets}
    baselines = {
        material: build_baseline(rows, entries[material], data.lineage)
        for material, rows in loaded.baseline.items()
    }
    named = loaded.episode.scenario
    with point_to_lines(loaded.folder / SCENARIO if named == SCENARIO else named):
        return run_scenario(
            loaded.scenario, data, draws=draws, seed=seed, on_progress=report, baselines=baselines
        )


def read_result(loaded: LoadedEpisode, result: ScenarioResult, data: Snapshot) -> EpisodeResult:
    """Read what an episode compares off the run of its scenario."""
    placed = _place_table(result, loaded)
    by_label = {entry.market.label: entry for entry in result.markets}
    compared = [(entry, by_label[placed.scenario.market_of(entry).label]) for entry in loaded.comparisons]
    forecasts = tuple(
        replace(build_forecast(entry, market, placed, data), episode=loaded.episode.name)
        for entry, market in compared
    )
    policies = [policy for entry in result.markets for policy in result.scenario.policies_of(entry.market)]
    return EpisodeResult(
        loaded=loaded,
        scenario=result.scenario,
        policies=tuple(policy for n, policy in enumerate(policies) if policy not in policies[:n]),
        forecasts=forecasts,
        records=tuple(score_table(forecasts, floors=FLOORS)),
        fans=tuple(_build_fan(entry, market.run) for entry, market in compared),
        lineage=result.lineage,
    )


def _place_table(result: ScenarioResult, loaded: LoadedEpisode) -> ScenarioResult:
    """Name the observation table of the episode in the scenario, so that comparisons find it."""
    described = result.scenario.observations
    if described is None or not loaded.table:
        return result
    placed = described.model_copy(update={"table": loaded.table})
    return replace(result, scenario=result.scenario.model_copy(update={"observations": placed}))


def _build_fan(entry: Comparison, run: Run) -> Fan:
    """Quantiles of a quantity over the whole run, by year where history is by year."""
    periods = tuple(run.months) if entry.months else tuple(_list_years(run.months))
    values = simulate_quantity(entry, run, periods)
    return Fan(entry.name, periods, np.quantile(values, LEVELS, axis=0))


def _list_years(months: Sequence[str]) -> Iterator[str]:
    """List the years of which all twelve months are simulated."""
    for year in dict.fromkeys(month[:4] for month in months):
        if sum(month.startswith(year) for month in months) == 12:
            yield year


def _size(scenario: Scenario, draws: int | None) -> int:
    """Draw-months of a run over all its markets."""
    return (draws or scenario.draws) * scenario.months * len(scenario.markets)


def _shift(on_progress: Progress | None, before: int, total: int) -> Progress | None:
    """Count one run's progress as a part of the whole."""
    if on_progress is None:
        return None
    report = on_progress
    return lambda done, _: report(before + done, total)
