"""Leave one episode out, by parameter: which half of a prior do the others prefer, and what is that worth?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from monazite.hindcast.episode_score import EpisodeScore
from monazite.hindcast.leave_one_out import check_draws, keep_draws, score_one
from monazite.hindcast.run import EpisodeResult
from monazite.simulation.priors import draw_unit

Places = NDArray[np.int64]
Loss = Callable[[int, frozenset["Half"]], float]
CANDIDATES = (
    "capacity_elasticity", "front_loading_share", "price_elasticity", "price_response", "qualification_share_per_month",
    "stock_cover_months",
)  # fmt: skip
"""Parameters whose prior may be halved: one each for supply, front-loading, demand, price, new sellers and cover.
Source: this project; chosen for what they stand for, when the worth of every parameter's halves had been seen."""
MOST_HALVES = 2
"""Largest number of priors that are halved at once: a quarter of the draws is left. Source: this project."""


@dataclass(frozen=True)
class Half:
    """The lower or the upper half of the prior of a parameter, by its median."""

    parameter: str
    is_upper: bool

    @property
    def words(self) -> str:
        """
        Name in words.

        Examples
        --------
        >>> Half("price_response", True).words
        'upper price response'
        """
        return f"{'upper' if self.is_upper else 'lower'} {self.parameter.replace('_', ' ')}"


@dataclass(frozen=True)
class HalvedOut:
    """
    One episode with whole priors, and with those that the episodes of other scenarios prefer.

    Attributes
    ----------
    others : tuple of str
        Names of the episodes that the halves were chosen on.
    halves : tuple of Half
        What was chosen, the first first; none where no half did better on the others.
    kept : int
        How many draws are left.
    gain : float
        Fall of the mean loss of the others. [unitless, >= 0]
    before, after : EpisodeScore
        With whole priors, and with the halves.
    """

    others: tuple[str, ...]
    halves: tuple[Half, ...]
    kept: int
    gain: float
    before: EpisodeScore
    after: EpisodeScore

    @property
    def name(self) -> str:
        """Name of the episode that was left out."""
        return self.before.name


def halve_left_out(results: Sequence[EpisodeResult]) -> list[HalvedOut]:
    r"""
    Calibrate priors on all episodes but one, and score that one.

    Parameters
    ----------
    results : sequence of EpisodeResult
        Runs with the same seed and the same number of draws, of at least two scenarios, as for `leave_one_out`.

    Returns
    -------
    list of HalvedOut
        One an episode, in the order given. Episodes of one scenario are left out together.

    Raises
    ------
    DataError
        As `leave_one_out`.

    Notes
    -----
    A half keeps the draws whose parameter lies below, or above, the median of its prior; draw k takes the same quantile
    of each parameter in every episode. A half is taken that lowers the mean loss over the other episodes E most, and
    then another one of another parameter, as long as the loss falls, at most `MOST_HALVES`:

    .. math:: L(h) = \frac{1}{|E|} \sum_{e \in E} (1 - S_e(h))

    with the skill S of `pool_skill`, so that 1 - S is CRPS over that of the best naive forecast. Source: this project,
    docs/explanation/hindcasts.md.

    Examples
    --------
    Others lose 0.80 with all 300 draws, 0.76 in the upper half of one prior, and no less in a quarter: that half is
    chosen, 150 draws are left, and the gain is 0.04.
    """
    check_draws({result.name: result.scenario for result in results})
    loss = _make_loss(results)
    return [_halve_one(number, results, loss) for number in range(len(results))]


def choose_halves(
    loss: Callable[[tuple[Half, ...]], float], candidates: Sequence[str] = CANDIDATES
) -> tuple[Half, ...]:
    """
    Take the half that lowers a loss most, then one of another parameter, as long as it falls.

    Examples
    --------
    >>> worth = {("price_response", True): 0.3, ("price_elasticity", False): 0.2}
    >>> chosen = choose_halves(lambda halves: 1 - sum(worth.get((h.parameter, h.is_upper), -0.1) for h in halves))
    >>> [half.words for half in chosen]
    ['upper price response', 'lower price elasticity']
    """
    chosen: tuple[Half, ...] = ()
    while len(chosen) < MOST_HALVES:
        taken = {half.parameter for half in chosen}
        options = [Half(name, side) for name in candidates if name not in taken for side in (False, True)]
        best = min(options, key=lambda half: loss((*chosen, half)), default=None)
        if best is None or not loss((*chosen, best)) < loss(chosen):  # also where a skill is not known
            break
        chosen = (*chosen, best)
    return chosen


def place_halves(halves: Sequence[Half], draws: int, seed: int) -> Places:
    """
    List the draws that lie in all halves, dims (kept,).

    Examples
    --------
    Half of ten strata lie above the median.

    >>> len(place_halves([Half("price_response", True)], draws=10, seed=0))
    5
    """
    kept = np.ones(draws, bool)
    for half in halves:
        kept &= (draw_unit(half.parameter, draws, seed) >= 0.5) == half.is_upper
    return np.flatnonzero(kept)


def _make_loss(results: Sequence[EpisodeResult]) -> Loss:
    """Loss of one episode with some halves, remembered: many choices ask for the same."""

    @cache
    def find_loss(number: int, halves: frozenset[Half]) -> float:
        return 1.0 - _score_halves(results[number], halves).skill

    return find_loss


def _halve_one(number: int, results: Sequence[EpisodeResult], loss: Loss) -> HalvedOut:
    """Choose on the other episodes, and score one."""
    result = results[number]
    others = [n for n, other in enumerate(results) if other.scenario.name != result.scenario.name]

    def mean_loss(halves: tuple[Half, ...]) -> float:
        return float(np.mean([loss(n, frozenset(halves)) for n in others]))

    halves = choose_halves(mean_loss)
    return HalvedOut(
        others=tuple(results[n].name for n in others),
        halves=halves,
        kept=len(place_halves(halves, result.scenario.draws, result.scenario.seed)),
        gain=mean_loss(()) - mean_loss(halves),
        before=score_one(result),
        after=_score_halves(result, halves),
    )


def _score_halves(result: EpisodeResult, halves: Iterable[Half]) -> EpisodeScore:
    kept = place_halves(list(halves), result.scenario.draws, result.scenario.seed)
    return score_one(keep_draws(result, kept))
