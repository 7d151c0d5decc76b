"""Workers of a Dask cluster (extra `cluster`)."""

import logging
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

from distributed import Client, Future, KilledWorker, wait

from monazite.errors import DataError, ScenarioError
from monazite.simulation.blocks import Job, Part, Results, Task, compute_block
from monazite.simulation.pools import WINDOW, check_deaths

ANSWER_SECONDS = 5
"""Time that a scheduler has to answer. [s] Source: this project."""
WORKER_SECONDS = 5
"""Time that a scheduler without workers is given to get one. [s] Source: this project."""
LOST_SECONDS = 60
"""Time without any worker after which a run gives up. [s] Source: this project."""
SAME = ("monazite", "numpy", "numba")
"""Packages whose version must be the same everywhere, or figures could differ in the last digit."""


class DaskPool:
    """
    Computes the blocks on a Dask cluster.

    The scheduler gives the blocks of a worker that died to another one. A block whose result was lost on the way is
    asked for again; the one who asks keeps each block once.

    Parameters
    ----------
    address : str
        Scheduler, as tcp://HOST:PORT.
    """

    def __init__(self, address: str, task: Task = compute_block) -> None:
        self.address, self.task = address, task

    def compute(self, problem: Job, parts: Sequence[Part]) -> Iterator[tuple[Part, Results]]:
        """Give the blocks as they finish."""
        with quiet_logs(), connect(self.address) as client:
            check_workers(client, self.address)
            try:
                yield from self._drain(client, problem, deque(parts))
            except (OSError, CancelledError) as error:
                raise explain_loss(self.address, str(error)) from error

    def _drain(self, client: Client, problem: Job, waiting: deque[Part]) -> Iterator[tuple[Part, Results]]:
        """Hand out the blocks that wait, a few for each thread of the cluster."""
        under_way: dict[Future, Part] = {}
        deaths: Counter[int] = Counter()
        idle = 0
        while waiting or under_way:
            threads = sum(client.nthreads().values())
            idle = 0 if threads else idle + ANSWER_SECONDS
            if idle > LOST_SECONDS:
                raise explain_loss(self.address, f"no worker for {LOST_SECONDS} s")
            while waiting and len(under_way) < WINDOW * max(threads, 1):
                part = waiting.popleft()
                under_way[client.submit(self.task, problem, part, pure=False)] = part
            for future in find_done(under_way):
                part = under_way.pop(future)
                try:
                    yield part, future.result()
                except KilledWorker:
                    deaths[part.number] += 1
                    check_deaths(deaths, "workers of the cluster")
                    waiting.appendleft(part)


def find_done(under_way: dict[Future, Part]) -> list[Future]:
    """Wait a little for blocks that are done."""
    try:
        return list(wait(list(under_way), timeout=ANSWER_SECONDS, return_when="FIRST_COMPLETED").done)
    except TimeoutError:
        return []


@contextmanager
def connect(address: str) -> Iterator[Client]:
    """Open a connection to a scheduler, or raise DataError within a few seconds."""
    try:
        client = Client(address, timeout=ANSWER_SECONDS)
    except Exception as error:  # whatever listens there, and says whatever it likes
        is_silent = isinstance(error, (OSError, TimeoutError))
        raise DataError(
            f"--cluster {address}", "nobody answers." if is_silent else "what answers is no Dask scheduler.",
            which=[(str(error).splitlines() or [type(error).__name__])[0][:120]],
            expected=f"a Dask scheduler that answers within {ANSWER_SECONDS} s",
            fix="start one with `dask scheduler` and workers with `dask worker`, or leave --cluster out",
        ) from error  # fmt: skip
    try:
        yield client
    finally:
        client.close(timeout=ANSWER_SECONDS)


def check_workers(client: Client, address: str) -> None:
    """
    Raise unless the cluster has workers, all with our versions of `SAME`.

    Raises
    ------
    DataError
        If no worker comes within a few seconds.
    ScenarioError
        That names every worker with another version, with both versions.
    """
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError as error:
        raise DataError(
            f"--cluster {address}", "the scheduler has no worker.", expected="at least one",
            fix=f"start workers: dask worker {address}",
        ) from error  # fmt: skip
    wrong = []
    for name in SAME:
        here = find_version(name)
        for worker, answer in sorted(client.run(version, name, on_error="return").items()):
            there = "none" if isinstance(answer, PackageNotFoundError) else str(answer)
            if there != here:
                wrong.append(f"{worker}: {name} {there}, here {here}")
    if wrong:
        raise ScenarioError(
            f"--cluster {address}", "workers have other versions than this machine.", which=wrong,
            expected="the same versions everywhere, so that the figures are the same",
            fix=f"install monazite {find_version('monazite')} from the same lock file on the workers",
        )  # fmt: skip


def find_version(name: str) -> str:
    """Version of a package here; `none` if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def explain_loss(address: str, why: str) -> DataError:
    """Say that the cluster went away."""
    return DataError(
        f"--cluster {address}", "was lost during the run.", which=[why[:120]],
        fix="the blocks that are done are kept: start the cluster again and go on with --resume",
    )  # fmt: skip


@contextmanager
def quiet_logs() -> Iterator[None]:
    """Keep the log of Dask off the terminal: what matters of it is raised."""
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
