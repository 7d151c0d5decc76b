"""`monazite run`: how the draws are laid out, where they are computed and kept, and which assumption matters."""

import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

from monazite.cli.options import read_whole
from monazite.cli.output import tell_progress
from monazite.errors import MonaziteError, UsageError
from monazite.reports.folder_lock import hold_folder
from monazite.scenarios import Scenario, ScenarioResult, run_scenario
from monazite.scenarios.sensitivity import (
    QUANTITIES,
    USE_SERVED,
    Question,
    check_question,
    check_scenario,
    measure_sensitivity,
)
from monazite.scenarios.sensitivity_indices import Sensitivity
from monazite.simulation import Computing, Design
from monazite.simulation.block_store import JOURNAL
from monazite.simulation.ensemble import ADDRESS
from monazite.snapshot import Snapshot

DesignOption = Annotated[
    Design,
    Parameter(help="How the draws are spread: Latin hypercube, independent, or Sobol (best with 2^k draws)."),
]
DrawsOption = Annotated[
    int | None,
    Parameter(help="Draws of the uncertain parameters, instead of the file's.", converter=read_whole),
]
SeedOption = Annotated[
    int | None, Parameter(help="Seed of the draws, instead of the file's.", converter=read_whole)
]
Workers = Annotated[
    int,
    Parameter(help="Processes that share the draws; the figures do not depend on it.", converter=read_whole),
]
Cluster = Annotated[
    str | None, Parameter(help="Dask scheduler instead, as tcp://HOST:PORT (extra `cluster`).")
]
Resume = Annotated[bool, Parameter(help="Go on with the run that was interrupted in --out.", negative="")]
SensitivityOption = Annotated[
    bool, Parameter(help="Say which assumption matters, with a picture in the report.", negative="")
]
SensitivityOf = Annotated[
    str | None,
    Parameter(
        help=f"Quantity, {USE_SERVED.quantity} by default: {', '.join(QUANTITIES)}; sums over the months, stock "
        "and price means."
    ),
]
SensitivityRegion = Annotated[
    str | None, Parameter(help="Country or group, or `world`; the watched importers by default.")
]
SensitivityRuns = Annotated[
    int | None,
    Parameter(
        help=f"Most runs a market, {USE_SERVED.runs} by default; more give narrower intervals.",
        converter=read_whole,
    ),
]
MOST_DRAWS, LAST_SEED = 100_000, 2**32 - 1
"""As in scenario files."""


def check_numbers(*, draws: int | None, seed: int | None, workers: int, cluster: str | None) -> None:
    """Raise UsageError that names every number and address that no run can have."""
    wrong = []
    if draws is not None and not 1 <= draws <= MOST_DRAWS:
        wrong.append(f"--draws {draws}: 1 to {MOST_DRAWS:,}")
    if seed is not None and not 0 <= seed <= LAST_SEED:
        wrong.append(f"--seed {seed}: 0 to {LAST_SEED:,}")
    if workers < 1:
        wrong.append(f"--workers {workers}: at least 1")
    if cluster is not None and not ADDRESS.fullmatch(cluster):
        wrong.append(f"--cluster {cluster}: as tcp://HOST:PORT")
    if wrong:
        raise UsageError("run", "cannot be done with these numbers.", which=wrong, fix="mend these options")


def read_question(wanted: bool, of: str | None, region: str | None, runs: int | None) -> Question | None:
    """Read the options of a sensitivity; None where none is asked for."""
    given = {"--sensitivity-of": of, "--sensitivity-region": region, "--sensitivity-runs": runs}
    if not wanted:
        lost = [name for name, value in given.items() if value is not None]
        if lost:
            raise UsageError(
                lost[0], "needs --sensitivity.", which=lost, fix="add --sensitivity, or leave it out"
            )
        return None
    plain = USE_SERVED
    question = Question(of or plain.quantity, region or plain.region, plain.runs if runs is None else runs)
    check_question(question)
    return question


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
            check_scenario(question, wanted, data)
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
    came: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        """Take a signal to end as Ctrl-C, so that the workers end too."""
        came.append(number)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        is_interrupted = bool(came) or isinstance(error, KeyboardInterrupt)
        is_told = is_interrupted or isinstance(error, failures)
        if is_told and how.folder is not None and is_part_done(how.folder):
            sys.stderr.write(
                f"the draws that are done are kept in {how.folder.parent}; go on with --resume\n"
            )
        if is_interrupted and not isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt from error  # a compiler in the middle of its work swallowed it
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_part_done(folder: Path) -> bool:
    """Whether a block of draws is kept in a folder."""
    return any(path.stat().st_size > 0 for path in folder.glob(f"*/{JOURNAL}"))
