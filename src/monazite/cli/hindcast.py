"""`monazite hindcast`: run the episodes of history and score them against naive forecasts."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from monazite.cli.grids import print_grid
from monazite.cli.options import Json, Release
from monazite.cli.output import make_console, print_records, print_sources, tell_progress
from monazite.hindcast import (
    EpisodeResult,
    HalvedOut,
    LeftOut,
    halve_left_out,
    list_episodes,
    read_episode,
    run_episodes,
    widen_left_out,
)
from monazite.hindcast.leave_one_out import check_draws
from monazite.hindcast.leave_one_out import leave_one_out as leave_out
from monazite.reports.hindcast_page import list_hindcast_sources, merge_lineages, write_hindcasts
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
)
from monazite.reports.run_files import check_folder
from monazite.scenarios import Scenario
from monazite.snapshot import open_snapshot

COMMON_SEED = 0
"""Seed of the runs that --leave-one-out compares, without --seed. Source: this project."""


def hindcast(
    *episode: Annotated[
        str, Parameter(help="A shipped episode, or a folder with episode.yaml; all shipped ones by default.")
    ],
    leave_one_out: Annotated[
        bool, Parameter(help="Also score each with the draws that did best on the others.", negative="")
    ] = False,
    out: Annotated[Path | None, Parameter(help="Folder for report.html and results.json.")] = None,
    overwrite: Annotated[
        bool, Parameter(help="Replace earlier results in that folder.", negative="")
    ] = False,
    draws: Annotated[
        int | None, Parameter(help="Draws of the uncertain parameters, instead of the files'.")
    ] = None,
    seed: Annotated[int | None, Parameter(help="Seed of the draws, instead of the files'.")] = None,
    list_: Annotated[bool, Parameter(name="--list", help="List the shipped episodes.", negative="")] = False,
    release: Release = None,
    json: Json = False,
) -> None:
    """Hold the simulator against history: errors, bands and skill per episode, misses first."""
    if list_:
        print_episodes(json)
        return
    if out is not None:
        check_folder(out, overwrite=overwrite)
    loaded = [read_episode(name) for name in dict.fromkeys(episode or list_episodes())]
    common = COMMON_SEED if seed is None else seed
    if leave_one_out:
        check_draws({entry.episode.name: plan_run(entry.scenario, draws, common) for entry in loaded})
    data = open_snapshot(release)
    with tell_progress("hindcast") as report:
        results = run_episodes(loaded, data, draws=draws, seed=seed, on_progress=report)
    left: list[LeftOut] = []
    halved: list[HalvedOut] = []
    if leave_one_out:
        with tell_progress("leave one out") as report:
            again = run_episodes(loaded, data, draws=draws, seed=common, on_progress=report)
        left, halved = leave_out(again), halve_left_out(again)
    report_file = write_hindcasts(results, left, out, halved=halved, overwrite=overwrite) if out else None
    if json:
        records = hindcast_records(results, left, halved)
        print_records(records, merge_lineages(results), title="hindcast", as_json=True)
        return
    print_hindcasts(results, left, halved, has_details=bool(episode))
    if report_file:
        make_console().print(Text(f"\nReport: {report_file}"), soft_wrap=True)


def plan_run(scenario: Scenario, draws: int | None, seed: int) -> Scenario:
    """Say with which draws and seed a scenario will run."""
    return scenario.model_copy(update={"seed": seed, "draws": scenario.draws if draws is None else draws})


def print_episodes(as_json: bool) -> None:
    """List the shipped episodes."""
    records = [
        {
            "episode": loaded.episode.name,
            "status": STATUS[loaded.episode.status],
            "known_until": loaded.episode.known_until,
            "scored": len(loaded.episode.scored),
            "title": loaded.episode.title,
        }
        for loaded in map(read_episode, list_episodes())
    ]
    print_records(records, open_snapshot().lineage, title="episodes", as_json=as_json)


def print_hindcasts(
    results: list[EpisodeResult], left: list[LeftOut], halved: list[HalvedOut], *, has_details: bool
) -> None:
    """Print what falls short, the table of episodes, misses, and with details every quantity."""
    console = make_console()
    for text, doubt in list_hindcast_findings(results):
        console.print(Text.assemble(f"- {text} ", (doubt, "dim")))
    widened = widen_left_out(results)
    grids = [
        build_summary_grid(results),
        *([build_error_grid(widened)] if widened else []),
        *([build_left_out_grid(left)] if left else []),
        *([build_halved_grid(halved)] if halved else []),
    ]
    if not has_details:
        grids.append(build_miss_grid(results))
    for grid in grids:
        print_grid(console, grid)
    if has_details:
        for result in results:
            print_episode(console, result)
    else:
        names = ", ".join(result.name for result in results)
        console.print(Text(f"Every figure of an episode: monazite hindcast NAME, one of {names}; or --json."))
    console.print()
    print_sources(console, merge_lineages(results))
    for line in list_hindcast_sources(results):
        if not line.url:
            console.print(Text(f"{line.producer}: {line.title}, {line.date}", "dim"))


def print_episode(console: Console, result: EpisodeResult) -> None:
    """Print one episode: what was known, naive forecasts, every figure in order of time, what is lacking."""
    episode = result.loaded.episode
    console.print(Text(f"\n{episode.title}", "bold"))
    words = " ".join(episode.known.split())
    console.print(Text(f"{STATUS[episode.status].capitalize()}, known until {episode.known_until}. {words}"))
    console.print(Text(describe_first(result)))
    for grid in [build_naive_grid(result), *build_figure_grids(result)]:
        print_grid(console, grid)
    for text in list_lacks(result):
        console.print(Text(f"- The model lacks: {text}"))
