"""Workers on one machine: this process, threads, or processes, with retry when one dies."""

import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from threading import Thread
from typing import Literal, Protocol

from monazite.errors import DataError
from monazite.simulation.blocks import Job, Part, Results, Task, compute_block

PoolKind = Literal["processes", "threads"]
RETRIES = 3
"""Workers that may die with the same block before the run gives up."""
WINDOW = 2
"""Blocks under way for each worker, so that memory does not grow with the number of blocks."""


class Pool(Protocol):
    """Computes blocks, in any order, each exactly once as far as the caller can see."""

    def compute(self, problem: Job, parts: Sequence[Part]) -> Iterator[tuple[Part, Results]]:
        """Give the blocks as they finish."""


class SerialPool:
    """Computes the blocks one by one in this process."""

    def __init__(self, on_months: Callable[[int], None]) -> None:
        self.on_months = on_months

    def compute(self, problem: Job, parts: Sequence[Part]) -> Iterator[tuple[Part, Results]]:
        """Give the blocks in their order."""
        for part in parts:
            yield part, compute_block(problem, part, self.on_months)


class LocalPool:
    """
    Computes the blocks in several threads or processes of this machine.

    A process that dies (killed, out of memory) is replaced, and the blocks that were under way are computed again; a
    block during which `RETRIES` processes died ends the run.
    """

    def __init__(self, workers: int, kind: PoolKind, task: Task = compute_block) -> None:
        self.workers, self.kind, self.task = workers, kind, task

    def _open(self) -> Executor:
        """Start the workers; processes are new ones, so that no lock of a library is copied half held."""
        if self.kind == "threads":
            return ThreadPoolExecutor(self.workers)
        return ProcessPoolExecutor(self.workers, mp_context=get_context("spawn"), initializer=prepare_worker)

    def compute(self, problem: Job, parts: Sequence[Part]) -> Iterator[tuple[Part, Results]]:
        """Give the blocks as they finish."""
        waiting, deaths = deque(parts), Counter[int]()
        while waiting:
            executor = self._open()
            under_way: dict[Future[Results], Part] = {}
            try:
                yield from self._drain(executor, problem, waiting, under_way)
            except BrokenProcessPool:
                lost = sorted(under_way.values(), key=lambda part: part.number)
                deaths.update(part.number for part in lost)
                check_deaths(deaths, "a process of this machine")
                waiting.extendleft(reversed(lost))
            finally:
                stop(executor)

    def _drain(
        self,
        executor: Executor,
        problem: Job,
        waiting: deque[Part],
        under_way: dict[Future[Results], Part],
    ) -> Iterator[tuple[Part, Results]]:
        """Hand out the blocks that wait, a few at a time; a block stays in `under_way` until it has been given."""
        while waiting or under_way:
            while waiting and len(under_way) < WINDOW * self.workers:
                part = waiting.popleft()
                try:
                    under_way[executor.submit(self.task, problem, part)] = part
                except BrokenProcessPool:
                    waiting.appendleft(part)
                    raise
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                results = future.result()
                yield under_way.pop(future), results


def check_deaths(deaths: Counter[int], what: str) -> None:
    """Raise DataError if too many workers died with one block."""
    worst = [number for number, count in deaths.items() if count > RETRIES]
    if worst:
        raise DataError(
            "workers", f"{what} died {RETRIES + 1} times with the same block.", which=worst,
            expected="workers that stay alive",
            fix="give them more memory, or take fewer --workers; then --resume. A script that starts processes needs "
            'its calls under if __name__ == "__main__":',
        )  # fmt: skip


def prepare_worker() -> None:
    """Leave Ctrl-C to the process that handed out the work, and end with it, even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait for the end of the process that handed out the work, then end this one at once."""
    parent = parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def stop(executor: Executor) -> None:
    """End the workers at once: what they have under way is not wanted any more."""
    processes = list((getattr(executor, "_processes", None) or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        with suppress(OSError, ValueError):
            process.terminate()
    executor.shutdown(wait=True)
