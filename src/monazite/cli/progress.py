"""Progress on stderr: a bar on a terminal, a line per tenth otherwise."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

MB = 1_000_000
STEP = 10
"""Percent between two lines."""


@contextmanager
def report_bytes(name: str) -> Iterator[Callable[[int, int | None], None]]:
    """Give a callable that is told the bytes so far and in all (None: not known), and shows them."""
    if not sys.stderr.isatty():
        yield print_tenths(name)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def print_tenths(name: str) -> Callable[[int, int | None], None]:
    """Give a callable that prints a line per tenth, or per 10 MB where the length is not known."""
    last = 0

    def tell(done: int, total: int | None) -> None:
        nonlocal last
        now = 100 * done // total // STEP if total else done // (STEP * MB)
        if now > last:
            text = f"{now * STEP} % of {total / MB:,.1f} MB" if total else f"{done / MB:,.1f} MB"
            sys.stderr.write(f"{name}: {text}\n")
            sys.stderr.flush()
        last = max(now, last)

    return tell
