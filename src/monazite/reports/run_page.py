"""The report of a scenario's run: findings, pictures, key figures, sources."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from monazite.hindcast import ScoreRecord
from monazite.provenance import Lineage
from monazite.reports.answer_sections import draw_answers, draw_measures, name_sources
from monazite.reports.chain_charts import draw_links
from monazite.reports.charts import Column, Table
from monazite.reports.forecast_section import list_first_forecast
from monazite.reports.page import Finding, KeyFigure, ReportPage, Section, SourceLine
from monazite.reports.policy_text import describe_policy
from monazite.reports.run_charts import draw_errors, draw_shortage_and_price, draw_trade
from monazite.reports.run_text import (
    NAIVE_NAMES,
    build_dependence_grids,
    build_observed_grids,
    list_findings,
    list_run_notes,
)
from monazite.reports.sensitivity import build_sensitivity_section
from monazite.scenarios import MarketResult, Observation, ScenarioResult, read_observations
from monazite.scenarios.sensitivity_indices import Sensitivity
from monazite.snapshot import Snapshot, read_origins

DESIGN_WORDS = {
    "lhs": "as a Latin hypercube",
    "random": "independent of one another",
    "sobol": "as a scrambled Sobol sequence",
}
"""How the draws are spread, in words."""


def build_run_page(
    result: ScenarioResult,
    scores: Sequence[ScoreRecord],
    data: Snapshot,
    sensitivities: Sequence[Sensitivity] = (),
) -> ReportPage:
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
    sensitivities : sequence of Sensitivity
        Which assumption matters, if that was asked.
    """
    scenario = result.scenario
    result = replace(result, lineage=name_sources(result, data))
    findings = tuple(Finding(text, doubt) for text, doubt in list_findings(result, scores, data))
    return ReportPage(
        title=scenario.title,
        subtitle=" ".join(scenario.story.split()),
        findings=findings,
        key_figures=tuple(map(build_key_figure, scores)),
        sections=(
            *sign_sections(
                [
                    *draw_measures(result),
                    *(part for entry in result.markets for part in draw_market(result, entry, scores, data)),
                    *map(build_sensitivity_section, sensitivities),
                ],
                result,
            ),
            *list_observed(result, data),
            *draw_errors(scores),
            *list_first_forecast(result),
            *list_notes(result),
        ),
        sources=tuple(list_sources(result)),
        lineage=result.lineage,
        draws=scenario.draws,
    )


def draw_market(
    result: ScenarioResult, entry: MarketResult, scores: Sequence[ScoreRecord], data: Snapshot
) -> list[Section]:
    """Draw one market: who runs short, which uses give way, cover, losses, and how trade moves."""
    return [
        draw_shortage_and_price(result, entry),
        *draw_links(result, entry),
        *draw_answers(result, entry, data),
        *draw_trade(result, entry, scores),
    ]


def sign_sections(sections: Sequence[Section], result: ScenarioResult) -> list[Section]:
    """Put under each chart that has no source of its own what was simulated from whose data."""
    producers = dict.fromkeys(source.producer for source in list_data_sources(result.lineage))
    words = (
        f"Source: simulation of this project, {result.scenario.draws:,} draws, release {result.lineage.release}, "
        f"from data of {'; '.join(producers)}."
    )
    return [
        replace(section, source=words) if section.chart and not section.source else section
        for section in sections
    ]


def list_observed(result: ScenarioResult, data: Snapshot) -> list[Section]:
    """Show what customs recorded before and during the episode."""
    grids = [grid for entry in result.markets for grid in build_dependence_grids(result, entry, data)]
    grids += build_observed_grids(result)
    tables = tuple(
        Table(
            f"{grid.title} ({grid.note})",
            tuple(Column(head, is_number=k > 0) for k, head in enumerate(grid.heads)),
            grid.rows,
        )
        for grid in grids
    )
    return [Section("What customs recorded", (), tables=tables)] if tables else []


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
    policies = [describe_policy(p) for entry in result.markets for p in scenario.policies_of(entry.market)]
    status = scenario.observations.status if scenario.observations else ""
    words = {
        "development": "The model's structure was changed after these outcomes had been seen: a development episode.",
        "held_out": "The model was not changed after these outcomes had been seen: a held-out episode.",
    }
    basis = [
        f"{result.scenario.draws} draws of the parameters in the table of priors, "
        f"{DESIGN_WORDS[str(result.markets[0].run.arrays.attrs['design'])]} "
        "(docs/reference/simulation.md); every band is the 5 to 95 % of the draws.",
        *([words[status]] if status else []),
        *(list_baseline(result)),
    ]
    notes = list_run_notes(result)
    return [
        Section("What was imposed", tuple(dict.fromkeys(policies))),
        *([Section("What to know of data, policies and supply", tuple(notes))] if notes else []),
        *(
            [Section("What is assumed, as no publication says it", scenario.assumed)]
            if scenario.assumed
            else []
        ),
        Section("What the run rests on", tuple(basis)),
        Section("Publications behind the policies", tuple(scenario.sources)),
    ]


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
            f"{entry.title.capitalize()}: the baseline is "
            f"{describe_years(market.years)}, in tonnes of {market.weight} weight, for {len(market.countries)} "
            f"countries.{same} {100 * unexplained:.1f} % of its supply is exports that nothing on record explains."
        )
    return lines


def describe_years(years: Sequence[int]) -> str:
    """
    Name the years of a mean.

    Examples
    --------
    >>> describe_years([2022]), describe_years([2007, 2008])
    ('2022', 'the mean of 2007 and 2008')
    """
    if len(years) == 1:
        return str(years[0])
    return f"the mean of {', '.join(map(str, years[:-1]))} and {years[-1]}"


def list_sources(result: ScenarioResult) -> list[SourceLine]:
    """List the data sets behind the run, and who published the observations that it is compared with."""
    return list_data_sources(result.lineage) + [
        SourceLine(
            row.source, f"{row.product}, as printed by {row.where}", "single figures, cited", "", "", years
        )
        for row, years in list_observation_sources(result)
    ]


def list_data_sources(lineage: Lineage) -> list[SourceLine]:
    """List the data sets of a lineage, with the user's files where he imported some."""
    origins = read_origins()
    return [
        SourceLine(
            producer=origins[name].producer,
            title="; ".join(dict.fromkeys(file.title for file in files)) or origins[name].title,
            licence=origins[name].licence.name,
            licence_url=origins[name].licence.url,
            url=origins[name].url_main,
            date="; ".join(f"{file.file}, read on {file.date_accessed}" for file in files)
            or origins[name].date_published,
        )
        for name in lineage.source_ids
        for files in [lineage.files_of(name)]
    ]


def list_observation_sources(result: ScenarioResult) -> list[tuple[Observation, str]]:
    """List one row per publisher and product of the observation table, with the span of its figures."""
    observations = result.scenario.observations
    if observations is None or observations.table is None:
        return []
    used = {entry.series for entry in observations.comparisons}
    rows = [row for row in read_observations(observations.table) if row.series in used]
    groups: dict[tuple[str, str], list[Observation]] = {}
    for row in rows:
        groups.setdefault((row.source, row.product), []).append(row)
    return [
        (own[0], f"{min(row.period_start for row in own)} to {max(row.period_end for row in own)}")
        for own in groups.values()
    ]
