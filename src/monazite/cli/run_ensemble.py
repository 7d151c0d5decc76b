"""`monazite run`: how the draws are laid out, where they are computed and kept, and which assumption matters."""

import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

from monazite.cli.output import tell_progress
from monazite.errors import MonaziteError, UsageError
from monazite.reports.folder_lock import hold_folder
from monazite.scenarios import Scenario, ScenarioResult, run_scenario
from monazite.scenarios.sensitivity import (
    QUANTITIES,
    Question,
    Sensitivity,
    check_scenario,
    measure_sensitivity,
)
from monazite.simulation import Computing, Design
from monazite.simulation.block_store import JOURNAL
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


def choose_folder(out: Path | None, *, overwrite: bool, resume: bool) -> AbstractContextManager[Path | None]:
    """Choose where the blocks of draws are kept: in the folder of the run, if it has one, which no other may use."""
    if out is None:
        if resume:
            raise UsageError("--resume", "needs the folder of the run.", fix="name it with --out")
        return nullcontext()
    if resume and overwrite:
        raise UsageError(
            "--resume", "goes on with a run that --overwrite would remove.", fix="give one of them"
        )
    return hold_folder(out, overwrite=overwrite, resume=resume)


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
        if question:
            check_scenario(question, wanted)
        with tell_progress(wanted.name) as on_progress:
            result = run_scenario(wanted, data, draws=draws, seed=seed, on_progress=on_progress, how=how)
    if question:
        with (
            say_what_is_kept(how, MonaziteError),
            tell_progress(f"{wanted.name}, sensitivity") as on_progress,
        ):
            matters = measure_sensitivity(result, question, how=how, on_progress=on_progress)
    return result, matters


@contextmanager
def say_what_is_kept(how: Computing, *failures: type[Exception]) -> Iterator[None]:
    """Say how to go on when a run is interrupted by Ctrl-C or a signal to end, or ends by one of some failures."""
    ends: tuple[type[BaseException], ...] = (KeyboardInterrupt, *failures)
    before = signal.signal(signal.SIGTERM, end_as_interrupted)
    try:
        yield
    except ends:
        if how.folder is not None and is_part_done(how.folder):
            sys.stderr.write(
                f"the draws that are done are kept in {how.folder.parent}; go on with --resume\n"
            )
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def is_part_done(folder: Path) -> bool:
    """Whether a block of draws is kept in a folder."""
    return any(path.stat().st_size > 0 for path in folder.glob(f"*/{JOURNAL}"))


def end_as_interrupted(number: int, frame: FrameType | None) -> None:
    """Take a signal to end as Ctrl-C, so that the workers end too."""
    raise KeyboardInterrupt
