"""Model error: how far runs were off beyond their own spread, taken from the other episodes and added to the draws."""

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from monazite.hindcast.episode_score import EpisodeScore, score_episode, score_quantities
from monazite.hindcast.run import EpisodeResult
from monazite.hindcast.score_table import FLOORS, Forecast, score_table

Array = NDArray[np.float64]
LEAST_ERROR = 1e-9
"""An error below this share of what is missed is none. [unitless] Source: this project."""
KINDS = ("flow by month", "flow by year", "price by month", "price by year")


@dataclass(frozen=True)
class ErrorTerm:
    """
    Model error of one kind of figure.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    log_scale : float
        Mean absolute log error that is added to the draws. [unitless, >= 0]
    figures, episodes : int
        How many it comes from.
    """

    kind: str
    log_scale: float
    figures: int
    episodes: int


@dataclass(frozen=True)
class Widened:
    """
    One episode with the model error of the episodes of other scenarios added to its draws.

    Attributes
    ----------
    terms : mapping of str to ErrorTerm
        By kind; those that the episode has no figures of are not used.
    result : EpisodeResult
        With the draws that include the error, scored anew.
    before, after : EpisodeScore
        With the draws as they are, and with the error added.
    """

    terms: Mapping[str, ErrorTerm]
    result: EpisodeResult
    before: EpisodeScore
    after: EpisodeScore

    @property
    def name(self) -> str:
        """Name of the episode."""
        return self.before.name


def find_kind(forecast: Forecast) -> str:
    """
    Say of which kind the figures of a forecast are.

    Examples
    --------
    >>> find_kind(Forecast(episode="e", quantity="unit_value", title="", material="m", unit="ratio", periods=("2011",),
    ...                    draws=np.ones((1, 1)), observed=np.ones(1), is_price=True))
    'price by year'
    """
    return f"{'price' if forecast.is_price else 'flow'} by {'year' if len(forecast.periods[0]) == 4 else 'month'}"


def fit_error(log_errors: Sequence[Array], log_deviations: Sequence[Array]) -> float:
    r"""
    Mean absolute log error that has to be added to the draws, so that they lie as far from their median as what came.

    Parameters
    ----------
    log_errors : sequence of array, dims (figure,)
        ln(observed / median), one array an episode. [unitless] Finite.
    log_deviations : sequence of array, dims (draw, figure)
        ln(draw / median). [unitless] Finite.

    Returns
    -------
    float
        [unitless, >= 0] 0 where the draws spread as far as the errors, or farther.

    Notes
    -----
    A deviation d with a Laplace error z of mean absolute value 1 added lies
    :math:`E|d + b z| = |d| + b e^{-|d| / b}` from the median: less than |d| + b, since the two cancel in part.
    With the errors e of the figures i of the episodes j of E, every episode alike, b solves

    .. math:: \frac{1}{|E|} \sum_j \frac{1}{n_j} \sum_i \overline{|d_i| + b e^{-|d_i| / b}}
              = \frac{1}{|E|} \sum_j \frac{1}{n_j} \sum_i |e_i|

    The left side grows with b and is at least b. Source: this project, docs/explanation/hindcasts.md.

    Examples
    --------
    One figure off by 0.5 whose draws all lie 0.2 from their median: 0.2 + b exp(-0.2 / b) = 0.5 for b = 0.4624, where
    the difference would be 0.3.

    >>> round(fit_error([np.array([0.5])], [np.array([[0.2], [-0.2]])]), 4)
    0.4624
    """
    target = _mean_of_means([np.abs(errors) for errors in log_errors])
    away = [np.abs(deviations) for deviations in log_deviations]
    if _mean_of_means(away) >= target:
        return 0.0

    def miss(scale: float) -> float:
        return _mean_of_means([one + scale * np.exp(-one / scale) for one in away]) - target

    least = LEAST_ERROR * target
    return float(brentq(miss, least, target)) if miss(least) < 0.0 else 0.0


def _mean_of_means(arrays: Sequence[Array]) -> float:
    return math.fsum(float(values.mean()) for values in arrays) / len(arrays)


def fit_errors(results: Sequence[EpisodeResult]) -> dict[str, ErrorTerm]:
    """Fit the model error of every kind that some episodes have scored and observed figures of."""
    terms = {}
    for kind in KINDS:
        found = [pair for result in results if len((pair := collect_errors(result, kind))[0])]
        if found:
            errors, deviations = zip(*found, strict=True)
            terms[kind] = ErrorTerm(kind, fit_error(errors, deviations), sum(map(len, errors)), len(found))
    return terms


def collect_errors(result: EpisodeResult, kind: str) -> tuple[Array, Array]:
    """Log errors of the medians, dims (figure,), and log deviations of the draws, dims (draw, figure), for one kind."""
    errors, deviations = [np.zeros(0)], [np.zeros((result.scenario.draws, 0))]
    for forecast in result.forecasts:
        if forecast.is_scored and find_kind(forecast) == kind:
            seen = ~np.isnan(forecast.observed)
            floor = FLOORS.get(forecast.unit, 0.0)
            drawn = np.log(np.maximum(forecast.draws[:, seen], floor))
            median = np.log(np.maximum(np.median(forecast.draws[:, seen], axis=0), floor))
            errors.append(np.log(np.maximum(forecast.observed[seen], floor)) - median)
            deviations.append(drawn - median)
    return np.concatenate(errors), np.concatenate(deviations, axis=1)


def add_error(draws: Array, log_scale: float, name: str, *, floor: float = 0.0) -> Array:
    r"""
    Multiply draws by an error whose logarithm has a Laplace distribution.

    Parameters
    ----------
    draws : array, dims (draw, period)
        [any unit, >= 0] Finite.
    log_scale : float
        Mean absolute logarithm of the error. [unitless, >= 0]
    name : str
        Names the order of the errors: the same name gives the same order on every machine.
    floor : float, default 0
        Smaller draws count as this one. [unit of the draws]

    Returns
    -------
    array, dims (draw, period)
        [unit of the draws]

    Notes
    -----
    .. math:: x'_k = \max(x_k, floor) \, e^{b z_k}, \quad z(p) = \ln 2 p \;(p \le 1/2), \; -\ln 2 (1 - p) \;(p > 1/2)

    z are the n quantiles p = (k + 1/2) / n, shuffled for each period: their mean is zero, and the median of the draws
    hardly moves. Nine tenths of the errors lie within a factor of exp(2.3 b).

    Examples
    --------
    Two draws of 1 and b = 1: p = 1/4 and 3/4, z = -ln 2 and ln 2, errors 1/2 and 2 in some order.

    >>> sorted(add_error(np.ones((2, 1)), 1.0, "a")[:, 0].round(12).tolist())
    [0.5, 2.0]
    """
    count, periods = draws.shape
    middles = (np.arange(count) + 0.5) / count
    z = np.where(middles <= 0.5, np.log(2.0 * middles), -np.log(2.0 * (1.0 - middles)))
    stream = np.random.default_rng(zlib.crc32(name.encode()))
    errors = np.stack([stream.permutation(z) for _ in range(periods)], axis=1)
    widened: Array = np.maximum(draws, floor) * np.exp(log_scale * errors)
    return widened


def widen(result: EpisodeResult, terms: Mapping[str, ErrorTerm]) -> EpisodeResult:
    """Add model error to the draws of an episode, and score it anew; a kind without a term stays as it is."""
    forecasts = []
    for forecast in result.forecasts:
        term = terms.get(find_kind(forecast))
        if term and forecast.is_scored:
            name, floor = f"{forecast.episode}.{forecast.quantity}", FLOORS.get(forecast.unit, 0.0)
            forecast = replace(forecast, draws=add_error(forecast.draws, term.log_scale, name, floor=floor))
        forecasts.append(forecast)
    return replace(result, forecasts=tuple(forecasts), records=tuple(score_table(forecasts, floors=FLOORS)))


def widen_left_out(results: Sequence[EpisodeResult]) -> list[Widened]:
    """
    Add to each episode the model error of the episodes of all other scenarios.

    Parameters
    ----------
    results : sequence of EpisodeResult
        From `run_episodes`.

    Returns
    -------
    list of Widened
        One an episode, in the order given; empty where a kind of figure is in the episodes of one scenario only, since
        nothing is left to learn from. Episodes of one scenario share a run and are left out together.
    """
    found = []
    for result in results:
        others = [other for other in results if other.scenario.name != result.scenario.name]
        terms = fit_errors(others)
        if any(len(collect_errors(result, kind)[0]) and kind not in terms for kind in KINDS):
            return []
        after = widen(result, terms)
        found.append(Widened(terms, after, score(result), score(after)))
    return found


def score(result: EpisodeResult) -> EpisodeScore:
    """Score an episode as a whole."""
    episode = result.loaded.episode
    return score_episode(episode.name, episode.title, episode.status, score_quantities(result))


def count_hits(widened: Sequence[Widened]) -> tuple[int, int, int]:
    """Figures in their bands as they are, with the error added, and all of them."""
    return (
        sum(entry.before.hits for entry in widened),
        sum(entry.after.hits for entry in widened),
        sum(entry.before.records for entry in widened),
    )
