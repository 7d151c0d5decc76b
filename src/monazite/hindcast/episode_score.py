"""Scores of quantities, episodes and all episodes together, beside the first ones."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from monazite.hindcast.episode import FirstFigures
from monazite.hindcast.run import EpisodeResult
from monazite.hindcast.score_table import FLOORS, NAIVE, ScoreRecord, ScoreSummary, summarise_scores

Kind = Literal["flow", "price"]
FLOW_AIM, PRICE_AIM = 0.15, 0.35
"""Aims for the mean |ln error|. Source: this project."""
COVERAGE_AIM = (0.8, 0.95)
"""Share of the observations that 90 % bands should hold. Source: this project."""


@dataclass(frozen=True)
class QuantityScore:
    """
    One quantity of one episode.

    Attributes
    ----------
    episode, quantity, title, unit : str
        Labels.
    kind : {"flow", "price"}
        A unit value is a price, all else a flow.
    is_scored : bool
        False for what a policy itself sets.
    summary : ScoreSummary
        Over the figures that were observed; NaN and empty where it is not scored.
    scale : float
        Level before the episode (the forecast of no change; 1 for ratios), by which a CRPS is divided so that
        quantities of different units can be pooled. [unit]
    first : FirstFigures or None
        Score of the first run.
    """

    episode: str
    quantity: str
    title: str
    unit: str
    kind: Kind
    is_scored: bool
    summary: ScoreSummary
    scale: float
    first: FirstFigures | None


@dataclass(frozen=True)
class EpisodeScore:
    """
    One episode, or several together; NaN = nothing of that kind.

    Attributes
    ----------
    name, title, status : str
        Labels.
    records, hits : int
        Figures scored, and those within the 5-95 % of the draws.
    flow_log_error, price_log_error : float
        Mean |ln(median / observed)|. [unitless]
    skill, strict_skill : float
        See `pool_skill`. [unitless, <= 1]
    first_records, first_hits, first_flow_log_error, first_price_log_error, first_skill
        The same of the first run.
    """

    name: str
    title: str
    status: str
    records: int
    hits: int
    flow_log_error: float
    price_log_error: float
    skill: float
    strict_skill: float
    first_records: int
    first_hits: int
    first_flow_log_error: float
    first_price_log_error: float
    first_skill: float

    @property
    def coverage(self) -> float:
        """Share of the figures within the 5-95 % of the draws. [unitless, 0..1] NaN without a figure."""
        return self.hits / self.records if self.records else math.nan


def kind_of(quantity: str) -> Kind:
    """
    Tell flows and prices apart by the `quantity` of a comparison.

    Examples
    --------
    >>> kind_of("trade_ratio"), kind_of("unit_value_ratio")
    ('flow', 'price')
    """
    return "price" if quantity == "unit_value_ratio" else "flow"


def score_quantities(result: EpisodeResult) -> list[QuantityScore]:
    """
    Score every quantity of an episode by itself: CRPS has its unit.

    Parameters
    ----------
    result : EpisodeResult
        From `run_episodes`.

    Returns
    -------
    list of QuantityScore
        In the order of the episode.
    """
    first = result.loaded.episode.first_score
    scores = []
    for entry, forecast in zip(result.loaded.comparisons, result.forecasts, strict=True):
        records = [record for record in result.records if record.quantity == entry.name]
        scores.append(
            QuantityScore(
                episode=result.name,
                quantity=entry.name,
                title=entry.title,
                unit=forecast.unit,
                kind=kind_of(entry.quantity),
                is_scored=entry.is_scored,
                summary=summarise_scores(records, entry.name, floors=FLOORS),
                scale=_mean([record.no_change for record in records]),
                first=first.quantities.get(entry.name) if first else None,
            )
        )
    return scores


def score_episode(name: str, title: str, status: str, scores: Sequence[QuantityScore]) -> EpisodeScore:
    """
    Put the scored quantities of an episode, or of many, together.

    Parameters
    ----------
    name, title, status : str
        Labels of the result.
    scores : sequence of QuantityScore
        Those that are not scored do not count.

    Returns
    -------
    EpisodeScore
        Mean log errors weigh every figure alike. The first scores count where all quantities have one.
    """
    own = [score for score in scores if score.is_scored and score.summary.records]
    parts = [SkillPart(s.summary.records, s.summary.mean_crps, s.summary.naive_crps, s.scale) for s in own]
    has_first = bool(own) and all(score.first for score in own)
    early = [(score, score.first) for score in own if score.first] if has_first else []
    return EpisodeScore(
        name=name,
        title=title,
        status=status,
        records=sum(score.summary.records for score in own),
        hits=sum(score.summary.hits for score in own),
        flow_log_error=_log_error(own, "flow"),
        price_log_error=_log_error(own, "price"),
        skill=pool_skill(parts),
        strict_skill=pool_skill(parts, is_strict=True),
        first_records=sum(first.records for _, first in early),
        first_hits=sum(first.hits for _, first in early),
        first_flow_log_error=_first_log_error(early, "flow"),
        first_price_log_error=_first_log_error(early, "price"),
        first_skill=pool_skill(
            [
                SkillPart(f.records, f.crps, {str(k): v for k, v in f.naive_crps.items()}, f.level or s.scale)
                for s, f in early
            ]
        ),
    )


@dataclass(frozen=True)
class SkillPart:
    """One quantity as `pool_skill` needs it: figures, CRPS of the run and of the naive forecasts, scale. [unit]"""

    records: int
    crps: float
    naive_crps: Mapping[str, float]
    scale: float

    def rival(self, name: str) -> float:
        """CRPS of a naive forecast; one that says nothing of this quantity counts as no change. [unit]"""
        return self.naive_crps.get(name, self.naive_crps["no_change"])


def pool_skill(parts: Sequence[SkillPart], *, is_strict: bool = False) -> float:
    r"""
    Skill over quantities of different units, against the naive forecast that did best on them all.

    Parameters
    ----------
    parts : sequence of SkillPart
        One a quantity. [>= 0] Those without a forecast of no change, or with one of zero, do not count.
    is_strict : bool, default False
        Whether the best naive forecast is chosen for each quantity by itself: a rival that nobody could have
        been, and who wins by luck where a quantity is one figure.

    Returns
    -------
    float
        1 = perfect, 0 = no better, negative = worse. [unitless, <= 1] NaN where nothing counts.

    Notes
    -----
    With n figures, CRPS c, that of naive forecast k b_k, and scale s of each quantity q:

    .. math:: S = 1 - \sum_q n_q c_q / s_q \Big/ \min_k \sum_q n_q b_{kq} / s_q

    strict, the minimum is within the sum.

    Examples
    --------
    2 figures of CRPS 5 t against 10 (no change) and 8 t (trend) at 100 t, and 1 of 0.1 against 0.2 and 0.3 at 1:
    1 - (0.1 + 0.1) / min(0.2 + 0.2, 0.16 + 0.3) = 0.5; strict 1 - 0.2 / (0.16 + 0.2) = 0.444.

    >>> parts = [SkillPart(2, 5.0, {"no_change": 10.0, "trend": 8.0}, 100.0),
    ...          SkillPart(1, 0.1, {"no_change": 0.2, "trend": 0.3}, 1.0)]
    >>> round(pool_skill(parts), 3), round(pool_skill(parts, is_strict=True), 3)
    (0.5, 0.444)
    """
    known = [part for part in parts if part.scale > 0 and "no_change" in part.naive_crps]
    table = np.array([[p.records * p.rival(name) / p.scale for p in known] for name in NAIVE])
    if not known:
        return math.nan
    best = float(table.min(axis=0).sum() if is_strict else table.sum(axis=1).min())
    own = sum(part.records * part.crps / part.scale for part in known)
    return 1.0 - own / best if best > 0 else math.nan


def score_all(results: Sequence[EpisodeResult]) -> tuple[list[EpisodeScore], EpisodeScore]:
    """
    Score every episode, and all of them together.

    Returns
    -------
    (list of EpisodeScore, EpisodeScore)
        One an episode in the order given; the second counts every figure once.
    """
    single, every = [], []
    for result in results:
        scores = score_quantities(result)
        episode = result.loaded.episode
        single.append(score_episode(episode.name, episode.title, episode.status, scores))
        every += scores
    return single, score_episode("all", "All episodes", "", every)


@dataclass(frozen=True)
class Aim:
    """One aim of the hindcasts: what was reached [unitless], what is aimed at in words, and whether it is reached."""

    name: str
    value: float
    wish: str
    verdict: Literal["met", "not met", "cannot tell"]


def check_aims(single: Sequence[EpisodeScore], together: EpisodeScore) -> list[Aim]:
    """
    Hold scores against the aims; those that are not reached come first.

    Parameters
    ----------
    single, together : list of EpisodeScore, EpisodeScore
        From `score_all`.

    Returns
    -------
    list of Aim
        Mean |ln error| of flows and of prices, share of the figures in their bands, share of the episodes
        with positive skill. [unitless]
    """
    low, high = COVERAGE_AIM
    known = [score.skill for score in single if not math.isnan(score.skill)]
    positive = sum(skill > 0 for skill in known) / len(known) if known else math.nan
    flows, prices, held = together.flow_log_error, together.price_log_error, together.coverage
    aims = [
        Aim("mean |ln error| of flows", flows, f"under {FLOW_AIM}", _judge(flows, flows < FLOW_AIM)),
        Aim("mean |ln error| of prices", prices, f"under {PRICE_AIM}", _judge(prices, prices < PRICE_AIM)),
        Aim(
            "share of the figures in their 90 % bands",
            held,
            f"{low} to {high}",
            _judge(held, low <= held <= high),
        ),
        Aim("share of the episodes with positive skill", positive, "1", _judge(positive, positive == 1.0)),
    ]
    return sorted(aims, key=lambda aim: ("not met", "cannot tell", "met").index(aim.verdict))


def _judge(value: float, is_met: bool) -> Literal["met", "not met", "cannot tell"]:
    return "cannot tell" if math.isnan(value) else "met" if is_met else "not met"


def list_misses(results: Sequence[EpisodeResult]) -> list[ScoreRecord]:
    """List the scored figures that lie outside their band, the farthest off first."""
    found = [
        record
        for result in results
        for record in result.records
        if record.is_scored and record.verdict == "miss"
    ]
    return sorted(found, key=lambda record: -abs(record.log_error))


def _log_error(scores: Sequence[QuantityScore], kind: Kind) -> float:
    parts = [(s.summary.records, s.summary.mean_absolute_log_error) for s in scores if s.kind == kind]
    return _weigh(parts)


def _first_log_error(early: Sequence[tuple[QuantityScore, FirstFigures]], kind: Kind) -> float:
    return _weigh([(first.records, first.log_error) for score, first in early if score.kind == kind])


def _weigh(parts: Sequence[tuple[int, float]]) -> float:
    """Mean over figures of means over quantities; NaN without a figure."""
    count = sum(n for n, _ in parts)
    return sum(n * value for n, value in parts) / count if count else math.nan


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
