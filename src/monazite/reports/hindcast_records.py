"""Hindcasts as flat records: figures, quantities, episodes, aims, and episodes left out."""

import math
from collections.abc import Sequence
from dataclasses import asdict

from monazite.hindcast import (
    EpisodeResult,
    EpisodeScore,
    ErrorTerm,
    HalvedOut,
    LeftOut,
    QuantityScore,
    Widened,
    check_aims,
    fit_errors,
    score_all,
    score_quantities,
    widen_left_out,
)

Record = dict[str, object]


def hindcast_records(
    results: Sequence[EpisodeResult], left: Sequence[LeftOut] = (), halved: Sequence[HalvedOut] = ()
) -> list[Record]:
    """
    List everything that hindcasts say.

    Parameters
    ----------
    results : sequence of EpisodeResult
        From `run_episodes`.
    left : sequence of LeftOut, optional
        From `leave_one_out`.
    halved : sequence of HalvedOut, optional
        From `halve_left_out`.

    Returns
    -------
    list of records
        `indicator` tells them apart: `hindcast_aim` (value reached, verdict), `hindcast_episode` and
        `hindcast_quantity` (value is the skill), `hindcast_figure` (value is the median of the draws, low and high
        their 5 and 95 %; `low_with_error` and so on are those with the model error of the other episodes added),
        `hindcast_model_error` (value is the mean |ln| of the error added, by kind), `hindcast_left_out` (value is
        the skill after the choice of draws), `hindcast_halved` (the skill with the halves of priors that the other
        episodes prefer).
    """
    single, together = score_all(results)
    records: list[Record] = [
        {"indicator": "hindcast_aim", "quantity": aim.name, "value": aim.value,
         "unit": "share" if aim.name.startswith("share") else "1", "aim": aim.wish,
         "verdict": aim.verdict, "quality": "hindcast"}
        for aim in check_aims(single, together)
    ]  # fmt: skip
    widened = widen_left_out(results)
    wide = {entry.name: entry for entry in widened}
    records += [error_record(term) for term in fit_errors(results).values() if widened]
    records += [
        episode_record(score, result) | describe_wide(wide.get(score.name))
        for score, result in zip(single, results, strict=True)
    ]
    records += [quantity_record(score, result) for result in results for score in score_quantities(result)]
    records += [record for result in results for record in figure_records(result, wide.get(result.name))]
    return [*records, *map(left_out_record, left), *map(halved_record, halved)]


def episode_record(score: EpisodeScore, result: EpisodeResult) -> Record:
    """Describe one episode: what was known, what was run, and its scores beside the first ones."""
    episode = result.loaded.episode
    first = episode.first_score
    fields = asdict(score)
    return {
        "indicator": "hindcast_episode",
        "episode": fields.pop("name"),
        **{"title": fields.pop("title"), "status": fields.pop("status")},
        "scenario": result.scenario.name,
        "known_until": episode.known_until,
        "value": fields.pop("skill"),
        "unit": "1",
        **fields,
        "coverage": score.coverage,
        "first_date": first.date if first else None,
        "is_first_blind": episode.first_sight == "blind" if first else None,
        "first_sight": episode.first_sight or None,
        "seen_before_first": " ".join(episode.seen.split()) or None,
        "first_commit": first.commit or None if first else None,
        "draws": result.scenario.draws,
        "seed": result.scenario.seed,
        "scenario_sha256": result.lineage.scenario_sha256,
        "lacks": [" ".join(text.split()) for text in episode.lacks],
        "quality": "hindcast",
        "source_ids": result.lineage.source_ids,
        **_reason(score.skill, "no naive forecast to compare with"),
    }


def quantity_record(score: QuantityScore, result: EpisodeResult) -> Record:
    """Describe one quantity: its scores, those of the naive forecasts, and those of the first run."""
    entry = next(entry for entry in result.loaded.comparisons if entry.name == score.quantity)
    summary, first = score.summary, score.first
    why = entry.reason if not score.is_scored else "no naive forecast to compare with"
    return {
        "indicator": "hindcast_quantity",
        "episode": score.episode,
        "quantity": score.quantity,
        "title": score.title,
        "material": entry.material,
        "by": score.kind,
        "value": summary.skill,
        "unit": "1",
        "is_scored": score.is_scored,
        "records": summary.records,
        "hits": summary.hits,
        "coverage": summary.coverage,
        "mean_absolute_log_error": summary.mean_absolute_log_error,
        "crps": summary.mean_crps,
        "crps_unit": score.unit,
        **{f"{name}_crps": summary.naive_crps.get(name, math.nan)
           for name in ("no_change", "trend", "static_share", "rerouting")},
        "best_naive": summary.best_naive or None,
        "first_hits": first.hits if first else None,
        "first_mean_absolute_log_error": first.log_error if first else None,
        "first_crps": first.crps if first else None,
        "quality": "hindcast",
        **_reason(summary.skill, why),
    }  # fmt: skip


def error_record(term: ErrorTerm) -> Record:
    """Describe the model error of one kind of figure, of all episodes together."""
    return {
        "indicator": "hindcast_model_error",
        "quantity": "mean |ln| of the error added",
        "by": term.kind,
        "value": term.log_scale,
        "unit": "1",
        "figures": term.figures,
        "episodes": term.episodes,
        "quality": "hindcast",
    }


def describe_wide(entry: Widened | None) -> Record:
    """Scores of an episode with the model error of the others; none where no other scenario was run."""
    return {
        "hits_with_error": entry.after.hits if entry else None,
        "skill_with_error": entry.after.skill if entry else None,
        "error_added": {kind: term.log_scale for kind, term in entry.terms.items()} if entry else None,
    }


def figure_records(result: EpisodeResult, wide: Widened | None = None) -> list[Record]:
    """Describe every figure: observed, forecast, naive forecasts, errors, and the skill of its quantity."""
    others = wide.result.records if wide else (None,) * len(result.records)
    skills = {score.quantity: score.summary.skill for score in score_quantities(result)}
    records = []
    for record, other in zip(result.records, others, strict=True):
        fields = asdict(record)
        period = fields.pop("period")
        records.append(
            {
                "indicator": "hindcast_figure",
                "episode": fields.pop("episode"),
                "quantity": fields.pop("quantity"),
                "title": fields.pop("title"),
                "material": fields.pop("material"),
                "year" if len(period) == 4 else "month": period,
                "value": fields.pop("median"),
                **fields,
                "skill": skills[record.quantity],
                "low_with_error": other.low if other else None,
                "high_with_error": other.high if other else None,
                "crps_with_error": other.crps if other else None,
                "verdict_with_error": other.verdict if other else None,
                "quality": "hindcast",
            }
        )
    return records


def halved_record(entry: HalvedOut) -> Record:
    """Describe an episode that was left out of the choice of halves of priors."""
    return {
        **left_out_record(entry),
        "indicator": "hindcast_halved",
        "halves": [half.words for half in entry.halves],
        "gain_on_others": entry.gain,
    }


def left_out_record(entry: LeftOut | HalvedOut) -> Record:
    """Describe an episode that was left out of the choice of draws."""
    names = ("flow_log_error", "price_log_error", "skill", "coverage")
    return {
        "indicator": "hindcast_left_out",
        "episode": entry.name,
        "value": entry.after.skill,
        "unit": "1",
        "draws": entry.kept,
        "chosen_on": list(entry.others),
        **{f"{name}_before": getattr(entry.before, name) for name in names},
        **{f"{name}_after": getattr(entry.after, name) for name in names if name != "skill"},
        "quality": "hindcast",
    }


def _reason(value: float, words: str) -> Record:
    """Say why a value does not exist."""
    return {"reason": words} if math.isnan(value) else {}
