"""Leave one episode out: do the draws that did best on the other episodes do better on this one?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.hindcast.episode_score import EpisodeScore, score_episode, score_quantities
from monazite.hindcast.run import EpisodeResult
from monazite.hindcast.score_table import FLOORS, score_table
from monazite.scenarios import Scenario

Array = NDArray[np.float64]
KEPT_SHARE = 0.1
"""Share of the draws that is kept. [unitless] Source: this project."""
LEAST_KEPT = 10
"""Draws that must be left for a band. Source: this project."""


class BeforeAfter(Protocol):
    """One episode before and after a choice that was made on others."""

    @property
    def before(self) -> EpisodeScore:
        """Score without the choice."""

    @property
    def after(self) -> EpisodeScore:
        """Score with it."""


@dataclass(frozen=True)
class LeftOut:
    """
    One episode with all draws, and with those that did best on the episodes of other scenarios.

    Attributes
    ----------
    others : tuple of str
        Names of the episodes that the draws were chosen on.
    kept : int
        How many draws were kept.
    before, after : EpisodeScore
        With all draws, and with those that were kept.
    """

    others: tuple[str, ...]
    kept: int
    before: EpisodeScore
    after: EpisodeScore

    @property
    def name(self) -> str:
        """Name of the episode that was left out."""
        return self.before.name


def leave_one_out(results: Sequence[EpisodeResult], *, kept_share: float = KEPT_SHARE) -> list[LeftOut]:
    r"""
    Calibrate on all episodes but one, and score that one.

    Parameters
    ----------
    results : sequence of EpisodeResult
        Runs with the same seed and the same number of draws: draw k then takes the same quantile of every
        parameter in each of them. At least two scenarios.
    kept_share : float, default 0.1
        Share of the draws that is kept. [0 < kept_share <= 1]

    Returns
    -------
    list of LeftOut
        One an episode, in the order given. Episodes of one scenario share a run and are left out together.

    Raises
    ------
    DataError
        If seeds or draws differ, too few draws would be left, or all episodes have one scenario.

    Notes
    -----
    Calibration is a choice among the draws, without a weight to tune. The loss of draw k on episode e is the mean
    absolute log error over its scored figures, and every other episode counts alike:

    .. math:: L_k = \frac{1}{|E|} \sum_{e \in E} \frac{1}{n_e} \sum_{i \in e} |\ln (x_{ki} / y_i)|

    The draws with the smallest L are kept. Source: this project, docs/explanation/hindcasts.md.

    Examples
    --------
    300 draws and a share of 0.1 keep 30.
    """
    check_draws({result.name: result.scenario for result in results}, kept_share)
    kept = round(kept_share * results[0].scenario.draws)
    losses = [draw_losses(result) for result in results]
    left = []
    for result in results:
        others = [n for n, other in enumerate(results) if other.scenario.name != result.scenario.name]
        loss = np.mean([losses[n] for n in others], axis=0)
        chosen = np.sort(np.argsort(loss, kind="stable")[:kept])
        left.append(
            LeftOut(
                tuple(results[n].name for n in others), kept,
                score_one(result), score_one(keep_draws(result, chosen)),
            )
        )  # fmt: skip
    return left


def check_draws(scenarios: Mapping[str, Scenario], kept_share: float = KEPT_SHARE) -> None:
    """
    Refuse runs whose draws do not belong together, or too few of them.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        By name of the episode; with the seed and the draws that will be run.
    kept_share : float, default 0.1
        As in `leave_one_out`.

    Raises
    ------
    DataError
        As `leave_one_out`.
    """
    runs = {(scenario.seed, scenario.draws) for scenario in scenarios.values()}
    if len(runs) > 1:
        raise DataError(
            "leave one out", "the runs differ in seed or draws.",
            which=[f"{name}: seed {s.seed}, {s.draws} draws" for name, s in scenarios.items()],
            fix="run all episodes with one --seed and one --draws",
        )  # fmt: skip
    if len({scenario.name for scenario in scenarios.values()}) < 2:
        raise DataError(
            "leave one out", "there is nothing to calibrate on.", expected="episodes of two scenarios or more",
            fix="name more episodes",
        )  # fmt: skip
    least, draws = math.ceil(LEAST_KEPT / kept_share), next(iter(runs))[1]
    if draws < least:
        raise DataError(
            "leave one out", f"{draws} draws are too few to choose among.",
            expected=f"at least {least}, so that {LEAST_KEPT} are kept", fix=f"give --draws {least} or more",
        )  # fmt: skip


def draw_losses(result: EpisodeResult) -> Array:
    """Mean absolute log error of every draw over the scored figures of an episode, dims (draw,). [unitless]"""
    errors = []
    for forecast in result.forecasts:
        if not forecast.is_scored:
            continue
        seen = ~np.isnan(forecast.observed)
        floor = FLOORS.get(forecast.unit, 0.0)
        drawn = np.log(np.maximum(forecast.draws[:, seen], floor))
        errors.append(np.abs(drawn - np.log(np.maximum(forecast.observed[seen], floor))))
    mean: Array = np.concatenate(errors, axis=1).mean(axis=1)
    return mean


def keep_draws(result: EpisodeResult, chosen: NDArray[np.int64]) -> EpisodeResult:
    """Keep some of the draws of an episode, and score it anew."""
    forecasts = tuple(replace(forecast, draws=forecast.draws[chosen]) for forecast in result.forecasts)
    return replace(result, forecasts=forecasts, records=tuple(score_table(forecasts, floors=FLOORS)))


def score_one(result: EpisodeResult) -> EpisodeScore:
    """Score one episode with the draws that it has."""
    episode = result.loaded.episode
    return score_episode(episode.name, episode.title, episode.status, score_quantities(result))


def score_left_out(left: Sequence[BeforeAfter]) -> Mapping[str, tuple[float, float]]:
    """
    Mean over the episodes before and after, by what is scored: `flow_log_error`, `price_log_error`, `skill`.

    Returns
    -------
    mapping of str to (before, after)
        NaN where no episode has it. [unitless]
    """
    names = ("flow_log_error", "price_log_error", "skill", "coverage")
    return {
        name: (
            _mean([float(getattr(entry.before, name)) for entry in left]),
            _mean([float(getattr(entry.after, name)) for entry in left]),
        )
        for name in names
    }


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan
