"""The report of a scenario's run: findings, pictures, key figures, sources."""

import math
from collections.abc import Sequence

import numpy as np

from monazite.hindcast import ScoreRecord
from monazite.reports.page import Finding, KeyFigure, ReportPage, Section, SourceLine
from monazite.reports.run_charts import build_sections
from monazite.reports.run_text import NAIVE_NAMES, list_findings
from monazite.scenarios import ScenarioResult
from monazite.scenarios.words import ScenarioPolicy
from monazite.snapshot import Snapshot, read_origins


def build_run_page(result: ScenarioResult, scores: Sequence[ScoreRecord], data: Snapshot) -> ReportPage:
    """
    Build the report of a run; it prints what the run holds and computes nothing new.

    Parameters
    ----------
    result : ScenarioResult
        From `run_scenario`.
    scores : sequence of ScoreRecord
        The comparisons with history; empty for a scenario that has not happened.
    data : Snapshot
        The release that the run was made from.
    """
    scenario = result.scenario
    findings = tuple(Finding(text, doubt) for text, doubt in list_findings(result, scores, data))
    return ReportPage(
        title=scenario.title,
        subtitle=" ".join(scenario.story.split()),
        findings=findings,
        key_figures=tuple(map(build_key_figure, scores)),
        sections=(*build_sections(result, scores), *list_notes(result)),
        sources=tuple(list_sources(result)),
        lineage=result.lineage,
        draws=scenario.draws,
    )


def build_key_figure(score: ScoreRecord) -> KeyFigure:
    """Turn a score into a row of the table; a naive forecast that does not apply is left out."""
    naive = {words: float(getattr(score, name)) for name, words in NAIVE_NAMES.items()}
    mark = "" if score.is_scored else " (set by the policy, not scored)"
    return KeyFigure(
        name=f"{score.title}, {score.period}{mark}",
        unit="" if score.unit == "ratio" else score.unit,
        observed=score.observed,
        median=score.median,
        low=score.low,
        high=score.high,
        naive={name: value for name, value in naive.items() if not math.isnan(value)},
    )


def list_notes(result: ScenarioResult) -> list[Section]:
    """Say what was imposed, from which publications, and what the run rests on."""
    scenario = result.scenario
    policies = [
        f"{getattr(policy, 'name', '') or policy.kind}: {policy.kind} by {', '.join(getattr(policy, 'origin', []))}, "
        f"announced {policy.announced}, in force from {policy.effective}"
        + (f" to before {policy.end}" if getattr(policy, "end", None) else "")
        + "."
        for policy in list_policies(result)
    ]
    status = scenario.observations.status if scenario.observations else ""
    words = {
        "development": "The model's structure was changed after these outcomes had been seen: a development episode.",
        "held_out": "The model was not changed after these outcomes had been seen: a held-out episode.",
    }
    basis = [
        f"{result.scenario.draws} draws of the parameters in the table of priors "
        "(docs/reference/simulation.md); every band is the 5 to 95 % of the draws.",
        *([words[status]] if status else []),
        *(list_baseline(result)),
    ]
    return [
        Section("What was imposed", tuple(policies)),
        Section("What the run rests on", tuple(basis)),
        Section("Publications behind the policies", tuple(scenario.sources)),
    ]


def list_policies(result: ScenarioResult) -> list[ScenarioPolicy]:
    """List the policies of the scenario, then those of single markets."""
    own = [policy for entry in result.markets for policy in entry.market.policies]
    return [*result.scenario.policies, *own]


def list_baseline(result: ScenarioResult) -> list[str]:
    """Say for each market which years and weights the baseline has, and how much of it nobody explains."""
    lines = []
    for entry in result.markets:
        market = entry.run.market
        unexplained = float(market.residual.sum() / max(market.own_supply.sum(), np.finfo(float).tiny))
        same = "" if market.production_stage == market.trade_stage else (
            f" Production is that of {market.production_stage}: a tonne made there counts as a tonne that can be "
            f"traded at {market.trade_stage}."
        )  # fmt: skip
        lines.append(
            f"{entry.market.material}: the baseline is the mean of {', '.join(map(str, market.years))}, in tonnes "
            f"of {market.weight} weight, for {len(market.countries)} countries.{same} {100 * unexplained:.1f} % of "
            "its supply is exports that neither production nor imports explain."
        )
    return lines


def list_sources(result: ScenarioResult) -> list[SourceLine]:
    """List the data sets behind the run."""
    origins = read_origins()
    return [
        SourceLine(
            producer=origins[name].producer,
            title=origins[name].title,
            licence=origins[name].licence.name,
            licence_url=origins[name].licence.url,
            url=origins[name].url_main,
            date=origins[name].date_published,
        )
        for name in result.lineage.source_ids
    ]
