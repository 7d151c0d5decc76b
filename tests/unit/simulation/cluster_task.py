"""Work for the workers of the tests: the block, and whatever goes wrong on the way."""

import os
import signal
from pathlib import Path

from monazite.simulation.blocks import compute_block

DOOMED = 2
"""Number of the block whose worker dies."""


def die_once(folder, problem, part):
    """Kill this worker the first time that the block is asked for, else compute it."""
    mark = Path(folder) / "died"
    if part.number == DOOMED and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return compute_block(problem, part)


def die_always(problem, part):
    """Kill this worker."""
    os.kill(os.getpid(), signal.SIGKILL)
