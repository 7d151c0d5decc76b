"""`monazite run`: how the draws are laid out, where they are computed and kept, and which assumption matters."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from monazite.cli.output import tell_progress
from monazite.errors import UsageError
from monazite.reports.run_files import BLOCKS, check_folder
from monazite.scenarios import Scenario, ScenarioResult, run_scenario
from monazite.scenarios.sensitivity import QUANTITIES, Question, Sensitivity, measure_sensitivity
from monazite.simulation import Computing, Design
from monazite.snapshot import Snapshot

DesignOption = Annotated[
    Design,
    Parameter(help="How the draws are spread: Latin hypercube, independent, or Sobol (best with 2^k draws)."),
]
Workers = Annotated[int, Parameter(help="Processes that share the draws; the figures do not depend on it.")]
Cluster = Annotated[
    str | None, Parameter(help="Dask scheduler instead, as tcp://HOST:PORT (extra `cluster`).")
]
Resume = Annotated[bool, Parameter(help="Go on with the run that was interrupted in --out.", negative="")]
SensitivityOption = Annotated[
    bool, Parameter(help="Say which assumption matters, with a picture in the report.", negative="")
]
SensitivityOf = Annotated[
    str,
    Parameter(help=f"Quantity: {', '.join(QUANTITIES)}; sums over the months, stock and price means."),
]
SensitivityRegion = Annotated[str, Parameter(help="Country or group looked at; world = all countries.")]
SensitivityRuns = Annotated[int, Parameter(help="Most runs a market; more give narrower intervals.")]


def choose_folder(out: Path | None, *, overwrite: bool, resume: bool) -> Path | None:
    """Choose where the blocks of draws are kept: in the folder of the run, if it has one."""
    if out is None:
        if resume:
            raise UsageError("--resume", "needs the folder of the run.", fix="name it with --out")
        return None
    if resume and overwrite:
        raise UsageError(
            "--resume", "goes on with a run that --overwrite would remove.", fix="give one of them"
        )
    check_folder(out, overwrite=overwrite, resume=resume)
    return out / BLOCKS


def compute(
    wanted: Scenario,
    data: Snapshot,
    how: Computing,
    question: Question | None,
    *,
    draws: int | None,
    seed: int | None,
) -> tuple[ScenarioResult, tuple[Sensitivity, ...]]:
    """Run a scenario, and find what it hangs on if that is asked; an interrupted run says how to go on."""
    matters: tuple[Sensitivity, ...] = ()
    with say_what_is_kept(how):
        with tell_progress(wanted.name) as on_progress:
            result = run_scenario(wanted, data, draws=draws, seed=seed, on_progress=on_progress, how=how)
        if question:
            with tell_progress(f"{wanted.name}, sensitivity") as on_progress:
                matters = measure_sensitivity(result, question, how=how, on_progress=on_progress)
    return result, matters


@contextmanager
def say_what_is_kept(how: Computing) -> Iterator[None]:
    """Say how to go on when a run is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        if how.folder is not None:
            sys.stderr.write(
                f"the draws that are done are kept in {how.folder.parent}; go on with --resume\n"
            )
        raise
