"""`monazite run`: run a scenario and write its report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from monazite.cli.grids import print_grid
from monazite.cli.options import Json, Release
from monazite.cli.output import make_console, print_records, print_sources
from monazite.cli.run_ensemble import (
    Cluster,
    DesignOption,
    DrawsOption,
    Resume,
    SeedOption,
    SensitivityOf,
    SensitivityOption,
    SensitivityRegion,
    SensitivityRuns,
    Workers,
    check_numbers,
    choose_folder,
    compute,
    read_question,
    say_what_is_kept,
)
from monazite.cli.run_event import (
    EventMaterials,
    EventMonths,
    EventOption,
    EventSettings,
    ListEvents,
    check_event_options,
    print_event_choices,
    read_event,
)
from monazite.errors import UsageError
from monazite.hindcast import FLOORS, ScoreRecord, build_forecasts, score_table
from monazite.reports.answer_sections import answer_records, list_answers, list_stop_grids, name_sources
from monazite.reports.records import run_records, score_records
from monazite.reports.run_files import write_run
from monazite.reports.run_page import list_observation_sources
from monazite.reports.run_text import (
    build_dependence_grids,
    build_observed_grids,
    build_path_grid,
    build_score_grids,
    list_findings,
    list_run_notes,
)
from monazite.reports.sensitivity import build_sensitivity_grid, sensitivity_records
from monazite.scenarios import ScenarioResult, list_scenarios, read_scenario
from monazite.scenarios.misfits import point_to_lines
from monazite.scenarios.sensitivity_indices import Sensitivity
from monazite.simulation import Computing
from monazite.snapshot import Snapshot, open_snapshot


def run(
    scenario: Annotated[str | None, Parameter(help="A shipped scenario, or a YAML file; see --list.")] = None,
    *,
    out: Annotated[
        Path | None, Parameter(help="Folder for report.html, results.json and the arrays.")
    ] = None,
    overwrite: Annotated[bool, Parameter(help="Replace an earlier run in that folder.", negative="")] = False,
    draws: DrawsOption = None,
    seed: SeedOption = None,
    design: DesignOption = "lhs",
    workers: Workers = 1,
    cluster: Cluster = None,
    resume: Resume = False,
    sensitivity: SensitivityOption = False,
    sensitivity_of: SensitivityOf = None,
    sensitivity_region: SensitivityRegion = None,
    sensitivity_runs: SensitivityRuns = None,
    list_: Annotated[bool, Parameter(name="--list", help="List the shipped scenarios.", negative="")] = False,
    event: EventOption = None,
    material: EventMaterials = None,
    set_: EventSettings = None,
    months: EventMonths = None,
    list_events: ListEvents = False,
    details: Annotated[
        bool, Parameter(help="Print the story, history by period and what is assumed too.", negative="")
    ] = False,
    release: Release = None,
    json: Json = False,
) -> None:
    """Run a scenario on the release: who runs short, when, at what price, and how far that is from history."""
    if list_:
        print_scenarios(json)
        return
    if list_events:
        print_event_choices(release, json)
        return
    check_event_options(scenario, event, {"--material": material, "--set": set_, "--months": months})
    if scenario is None and event is None:
        raise UsageError(
            "run", "needs a scenario.", expected=", ".join(list_scenarios()),
            fix="or a file.yaml, or --event with an id of `monazite data events`",
        )  # fmt: skip
    check_numbers(draws=draws, seed=seed, workers=workers, cluster=cluster)
    question = read_question(sensitivity, sensitivity_of, sensitivity_region, sensitivity_runs)
    with choose_folder(out, overwrite=overwrite, resume=resume) as folder:
        how = Computing(design, workers, cluster=cluster, folder=folder, resume=resume)
        wanted = read_scenario(scenario) if scenario is not None else None
        data = open_snapshot(release)
        if wanted is None:
            wanted = read_event(str(event), data, material, set_, months)
        with point_to_lines(scenario):
            result, matters = compute(wanted, data, how, question, draws=draws, seed=seed)
        with say_what_is_kept(how):
            scores = score_table(build_forecasts(result, data), floors=FLOORS)
            report = (
                write_run(result, scores, data, out, overwrite=overwrite, sensitivities=matters)
                if out
                else None
            )
    if json:
        records = [
            *run_records(result), *answer_records(result, data), *score_records(scores),
            *sensitivity_records(result, matters),
        ]  # fmt: skip
        print_records(records, name_sources(result, data), title=wanted.name, as_json=True)
        return
    print_result(result, scores, data, report, matters, is_long=details)


def print_scenarios(as_json: bool) -> None:
    """List the shipped scenarios with their titles."""
    records: list[dict[str, object]] = []
    for entry in map(read_scenario, list_scenarios()):
        materials = ", ".join(dict.fromkeys(entry.materials))
        if as_json:
            records.append({"scenario": entry.name, "materials": materials, "title": entry.title})
        else:  # one column less leaves the titles room
            named = materials.replace("_", " ")
            records.append({"scenario": entry.name, "title": f"{entry.title} ({named})"})
    print_records(records, open_snapshot().lineage, title="scenarios", as_json=as_json)


def print_result(
    result: ScenarioResult,
    scores: list[ScoreRecord],
    data: Snapshot,
    report: Path | None,
    matters: Sequence[Sensitivity] = (),
    *,
    is_long: bool = False,
) -> None:
    """Print what the run says, the main answer first; with `is_long` the tables of history and what is assumed."""
    console = make_console()
    story = " ".join(result.scenario.story.split())
    console.print(Text(f"\n{result.scenario.title}", "bold"))
    if is_long:
        console.print(Text(story))
    for text, doubt in list_findings(result, scores, data):
        console.print(Text.assemble(f"- {text} ", (doubt, "dim")))
    for text in list_answers(result, data):
        console.print(Text(f"- {text}"))
    for entry in result.markets:
        print_grid(console, build_path_grid(result, entry))
    for grid in list_stop_grids(result, data):
        print_grid(console, grid)
    for found in matters:
        print_grid(console, build_sensitivity_grid(found))
    print_notes(console, list_run_notes(result))
    if is_long:
        print_history(console, result, scores, data)
    else:
        console.print(Text(tell_rest(result, scores), "dim"))
    console.print()
    print_sources(console, name_sources(result, data))
    for row, span in list_observation_sources(result):
        console.print(Text(f"observed: {row.source}, {row.product}, {span}", "dim"))
    if report:
        console.print(Text(f"\nReport: {report}"), soft_wrap=True)


def print_notes(console: Console, notes: Sequence[str]) -> None:
    """Print what is to know of data, policies and supply, after the answers."""
    if notes:
        console.print(Text("What to know of data, policies and supply", "bold"))
    for text in notes:
        console.print(Text(f"- {text}", "dim"))


def print_history(
    console: Console, result: ScenarioResult, scores: list[ScoreRecord], data: Snapshot
) -> None:
    """Print what customs recorded, how far the run is from it, and what is assumed."""
    shown: set[str] = set()  # two products of one code have the same table of what customs recorded
    for entry in result.markets:
        for grid in build_dependence_grids(result, entry, data):
            if grid.title not in shown:
                print_grid(console, grid)
            shown.add(grid.title)
    for grid in [*build_observed_grids(result), *build_score_grids(scores)]:
        print_grid(console, grid)
    for text in result.scenario.assumed:
        console.print(Text(f"assumed: {text}", "dim"))


def tell_rest(result: ScenarioResult, scores: list[ScoreRecord]) -> str:
    """Say what --details and the report have more."""
    parts = []
    if scores:
        parts.append(f"{len(scores)} comparisons with history")
    if result.scenario.assumed:
        parts.append(f"{len(result.scenario.assumed)} assumptions that no publication states")
    return f"More with --details: {', '.join([*parts, 'the story, and what customs recorded'])}."
