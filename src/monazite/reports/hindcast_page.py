"""The page of hindcasts: what falls short first, then every episode with its fans, misses and naive forecasts."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from monazite.hindcast import (
    EpisodeResult,
    HalvedOut,
    LeftOut,
    ScoreRecord,
    list_misses,
    score_all,
    widen_left_out,
)
from monazite.hindcast.run import Fan
from monazite.provenance import Lineage
from monazite.reports.charts import Bar, Caption, Column, FanPanel, PolicyMark, Table, draw_bars, draw_fan
from monazite.reports.envelope import wrap_records, write_json
from monazite.reports.hindcast_records import hindcast_records
from monazite.reports.hindcast_text import (
    STATUS,
    build_error_grid,
    build_figure_grids,
    build_halved_grid,
    build_left_out_grid,
    build_miss_grid,
    build_naive_grid,
    build_summary_grid,
    describe_first,
    list_hindcast_findings,
    list_lacks,
    sort_misses_first,
)
from monazite.reports.html import render_report
from monazite.reports.page import Finding, KeyFigure, ReportPage, Section, SourceLine
from monazite.reports.policy_text import describe_policy
from monazite.reports.run_charts import make_section
from monazite.reports.run_files import RECORDS, REPORT, write_folder
from monazite.reports.run_page import list_data_sources
from monazite.reports.run_text import NAIVE_NAMES, Grid
from monazite.scenarios import Comparison
from monazite.scenarios.words import ScenarioPolicy
from monazite.vocabulary import country_name, groups

TITLE = "Hindcasts: the simulator held against history"
SUBTITLE = (
    "Each episode is run with what was known before it and with the policies as they were announced, and laid beside "
    "what was observed after it and beside four naive forecasts. What falls short comes first."
)


def build_hindcast_page(
    results: Sequence[EpisodeResult], left: Sequence[LeftOut] = (), halved: Sequence[HalvedOut] = ()
) -> ReportPage:
    """
    Build the page of hindcasts; it prints what the results hold and computes nothing new.

    Parameters
    ----------
    results : sequence of EpisodeResult
        From `run_episodes`, at least one.
    left : sequence of LeftOut, optional
        From `leave_one_out`.
    halved : sequence of HalvedOut, optional
        From `halve_left_out`.
    """
    findings = tuple(Finding(text, doubt) for text, doubt in list_hindcast_findings(results))
    figures = results[0].records if len(results) == 1 else ()
    sections = [build_summary_section(results), *([build_left_out_section(left, halved)] if left else [])]
    return ReportPage(
        title=results[0].loaded.episode.title if len(results) == 1 else TITLE,
        subtitle=SUBTITLE,
        findings=findings,
        key_figures=tuple(map(build_key_figure, sort_scored_misses_first(figures))),
        sections=(*sections, *(s for result in results for s in build_episode_sections(result))),
        sources=tuple(list_hindcast_sources(results)),
        lineage=merge_lineages(results),
        draws=results[0].scenario.draws if len({result.scenario.draws for result in results}) == 1 else None,
    )


def sort_scored_misses_first(records: Sequence[ScoreRecord]) -> list[ScoreRecord]:
    """Put scored misses first, the farthest off at the top, then hits, then what is not scored or observed."""
    scored = [record for record in records if record.is_scored]
    misses = sorted((r for r in scored if r.verdict == "miss"), key=lambda r: -abs(r.log_error))
    rest = sort_misses_first([r for r in scored if r.verdict != "miss"])
    return [*misses, *rest, *(record for record in records if not record.is_scored)]


def build_key_figure(record: ScoreRecord) -> KeyFigure:
    """Turn a figure into a row of the table; a naive forecast that does not apply is left out."""
    naive = {words: float(getattr(record, name)) for name, words in NAIVE_NAMES.items()}
    mark = "" if record.is_scored else " (set by the policy, not scored)"
    return KeyFigure(
        name=f"{record.title}, {record.period}{mark}",
        unit="" if record.unit == "ratio" else record.unit,
        observed=record.observed,
        median=record.median,
        low=record.low,
        high=record.high,
        naive={name: value for name, value in naive.items() if not math.isnan(value)},
    )


def build_summary_section(results: Sequence[EpisodeResult]) -> Section:
    """Compare the errors of flows of every episode with those of the first runs; the tables say the rest."""
    bars = []
    for score in score_all(results)[0]:
        bars.append(Bar(f"{score.name}: now", score.flow_log_error))
        if not math.isnan(score.first_flow_log_error):
            bars.append(Bar(f"{score.name}: first run", score.first_flow_log_error))
    caption = Caption("hindcast-errors", "Mean |ln error| of flows", "", "no flow was scored")
    section = make_section(
        "Every episode, and its first run",
        (
            "0.1 is about 10 % off, 0.7 a factor of two. First scores stay as they were when the episode was new.",
        ),
        caption,
        lambda own, width: draw_bars(bars, own, width=width),
    )
    widened = widen_left_out(results)
    grids = [
        build_summary_grid(results),
        *([build_error_grid(widened)] if widened else []),
        build_miss_grid(results, most=len(list_misses(results))),
    ]
    return replace(section, tables=tuple(build_table(grid) for grid in grids if grid.rows))


def build_left_out_section(left: Sequence[LeftOut], halved: Sequence[HalvedOut]) -> Section:
    """Show whether a choice of draws on the other episodes helps."""
    text = (
        "The parameters are ranges, and none was fitted. Here the draws that did best on all other episodes are kept, "
        "and the episode that was left out is scored with them: what a calibration would have been worth. Or the "
        "priors of at most two parameters are halved, where that does better on the others."
    )
    grids = [build_left_out_grid(left), *([build_halved_grid(halved)] if halved else [])]
    return Section("Leave one episode out", (text,), tables=tuple(map(build_table, grids)))


def build_episode_sections(result: EpisodeResult) -> list[Section]:
    """Draw an episode's quantities as fans, by month and by year; then misses, naive forecasts, what is lacking."""
    episode = result.loaded.episode
    text: tuple[str, ...] = (
        f"{STATUS[episode.status].capitalize()} episode, known until {episode.known_until}. "
        f"{' '.join(episode.known.split())}",
        describe_first(result),
    )
    sections = []
    for length, words in ((7, "by month"), (4, "by year")):
        chosen = [n for n, fan in enumerate(result.fans) if len(fan.periods[0]) == length]
        if chosen:
            heading = episode.title if words in episode.title else f"{episode.title}, {words}"
            sections.append(draw_episode(result, chosen, heading, words.replace(" ", "-"), text))
            text = ()
    grids = [build_naive_grid(result), *build_figure_grids(result, has_naive=True)]
    lacks = [f"What the model lacks here: {text}" for text in list_lacks(result)]
    imposed = [describe_policy(policy) for policy in result.policies]
    last = Section(
        f"{episode.name}: misses beside hits", (*lacks, *imposed),
        tables=tuple(build_table(grid) for grid in grids if grid.rows),
    )  # fmt: skip
    return [*sections, last]


def draw_episode(
    result: EpisodeResult, chosen: Sequence[int], heading: str, name: str, text: tuple[str, ...]
) -> Section:
    """Draw the fans of some quantities of an episode."""
    panels = join_panels([build_panel(result, n) for n in chosen])
    marks = list_marks(result.policies, by_year=name == "by-year")
    caption = Caption(
        f"fan-{result.name}-{name}", f"{heading}: forecast and observed", "", "no quantity has a number"
    )
    line = (
        "The line is the median of the draws, the bands hold 50 and 90 % of them; dashed lines are naive forecasts. "
        "Dots are what was observed, also where a policy sets a flow and it is not scored."
    )
    return make_section(
        heading, (*text, line), caption, lambda own, width: draw_fan(panels, marks, own, width=width)
    )


def build_panel(result: EpisodeResult, number: int) -> FanPanel:
    """Turn a quantity into a panel: bands over the whole run, observations and naive forecasts where compared."""
    fan: Fan = result.fans[number]
    forecast, entry = result.forecasts[number], result.loaded.comparisons[number]
    observed = {
        period: float(value)
        for period, value in zip(forecast.periods, forecast.observed, strict=True)
        if not math.isnan(value)
    }
    naive = {}
    for key, words in NAIVE_NAMES.items():
        if key in forecast.naive:
            known = dict(zip(forecast.periods, forecast.naive[key].tolist(), strict=True))
            naive[words] = tuple(known.get(period, math.nan) for period in fan.periods)
    low, low_quartile, median, high_quartile, high = (tuple(row.tolist()) for row in fan.bands)
    return FanPanel(
        title=name_lane(entry),
        unit="t" if forecast.unit == "t" else "ratio",
        months=fan.periods,
        median=median,
        low50=low_quartile,
        high50=high_quartile,
        low90=low,
        high90=high,
        observed=observed,
        naive=naive,
    )


def name_lane(entry: Comparison) -> str:
    """Name a quantity by what is traded and between whom: short words for a panel."""
    sellers, buyers = (
        ", ".join(name_place(code) for code in codes) for codes in (entry.exporters, entry.importers)
    )
    out = ", ".join(name_place(code) for code in entry.exporters_without)
    sellers += f" but {out}" if out else ""
    kind = "unit value, " if entry.quantity == "unit_value_ratio" else ""
    return f"{entry.material.replace('_', ' ').capitalize()}, {kind}{sellers} to {buyers}"


def name_place(code: str) -> str:
    """
    Name a country in words, and a group as it is.

    Examples
    --------
    >>> name_place("CHN"), name_place("EU27"), name_place("world")
    ('China', 'EU27', 'all countries')
    """
    return "all countries" if code == "world" else code if code in groups() else country_name(code)


def join_panels(panels: Sequence[FanPanel]) -> list[FanPanel]:
    """
    Draw quantities that are one flow at different times in one panel: their bands are the same.

    A naive forecast that only some of them have keeps its gaps.
    """
    joined: dict[tuple[object, ...], FanPanel] = {}
    for panel in panels:
        key = (panel.title, panel.unit, panel.months, panel.median, panel.low90, panel.high90)
        if key not in joined:
            joined[key] = panel
            continue
        first = joined[key]
        names = dict.fromkeys([*first.naive, *panel.naive])
        blank = tuple(math.nan for _ in panel.months)
        naive = {
            name: tuple(
                b if math.isnan(a) else a
                for a, b in zip(first.naive.get(name, blank), panel.naive.get(name, blank), strict=True)
            )
            for name in names
        }
        joined[key] = replace(first, observed={**first.observed, **panel.observed}, naive=naive)
    return list(joined.values())


def list_marks(policies: Sequence[ScenarioPolicy], *, by_year: bool) -> list[PolicyMark]:
    """List when each policy takes effect, in order."""
    marks = {
        (
            policy.effective[: 4 if by_year else 7],
            getattr(policy, "name", "") or type(policy).__name__.lower(),
        )
        for policy in policies
    }
    return [PolicyMark(month, label) for month, label in sorted(marks)]


def build_table(grid: Grid) -> Table:
    """Turn a grid into a table of the page."""
    note = f" ({grid.note})" if grid.note else ""
    columns = tuple(Column(head, is_number=k > 0) for k, head in enumerate(grid.heads))
    return Table(f"{grid.title}{note}", columns, grid.rows)


def list_hindcast_sources(results: Sequence[EpisodeResult]) -> list[SourceLine]:
    """List the data sets of the release, and who published observations and baselines of an episode's own."""
    lines = list_data_sources(merge_lineages(results))
    for result in results:
        used = {entry.series for entry in result.loaded.comparisons if entry.source == "episode"}
        rows = [row for row in result.loaded.observations if row.series in used]
        cited = [(row.source, row.product, row.where, row.period_start, row.period_end) for row in rows]
        cited += [
            (row.source, f"{row.product}, baseline", row.where, row.period_start, row.period_end)
            for own in result.loaded.baseline.values()
            for row in own
        ]
        for source, product in dict.fromkeys((one[0], one[1]) for one in cited):
            own_rows = [one for one in cited if one[:2] == (source, product)]
            span = f"{min(one[3] for one in own_rows)} to {max(one[4] for one in own_rows)}"
            title = f"{product}, as printed by {own_rows[0][2]}"
            lines.append(SourceLine(source, title, "single figures, cited", "", "", span))
    return list(dict.fromkeys(lines))


def merge_lineages(results: Sequence[EpisodeResult]) -> Lineage:
    """Name release, code and all sources; one scenario and seed only where all runs share them."""
    first = results[0].lineage
    hashes = {result.lineage.scenario_sha256 for result in results}
    seeds = {result.lineage.seed for result in results}
    merged = first.with_sources(*(code for result in results for code in result.lineage.source_ids))
    return replace(
        merged,
        scenario_sha256=first.scenario_sha256 if len(hashes) == 1 else "",
        seed=first.seed if len(seeds) == 1 else None,
    )


def write_hindcasts(
    results: Sequence[EpisodeResult],
    left: Sequence[LeftOut],
    folder: Path,
    *,
    halved: Sequence[HalvedOut] = (),
    overwrite: bool = False,
) -> Path:
    """
    Write report.html and results.json; the folder appears only when both are there.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    DataError
        If the folder may not be replaced, or cannot be written.
    """

    def fill(part: Path) -> None:
        page = render_report(build_hindcast_page(results, left, halved))
        (part / REPORT).write_text(page, encoding="utf-8")
        envelope = wrap_records(hindcast_records(results, left, halved), merge_lineages(results))
        (part / RECORDS).write_text(write_json(envelope), encoding="utf-8")

    write_folder(folder, fill, overwrite=overwrite)
    return folder / REPORT
