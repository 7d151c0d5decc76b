"""Blocks: the parts that an ensemble is computed in, each a run of a few draws that any worker can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Protocol

import numpy as np

from monazite.errors import ScenarioError
from monazite.simulation.engine import Engine
from monazite.simulation.market import Array, Market
from monazite.simulation.policies import Instrument
from monazite.simulation.priors import Range, Units
from monazite.simulation.run import simulate

MEAN = "trade_mean_t"
"""The one array of a run without draws: its sum over the draws of a block goes into the mean of all."""


@dataclass(frozen=True)
class Part:
    """One block: its number, its draws, and what is drawn in them."""

    number: int
    draws: slice
    units: Units


Results = Mapping[str, np.ndarray]


class Job(Protocol):
    """What all blocks of an ensemble share; sent to the workers with every block."""

    @property
    def months(self) -> int:
        """Months of the run."""

    @property
    def version(self) -> str:
        """Version of Monazite that asks."""

    def simulate(self, part: Part, on_months: Callable[[int], None] | None) -> Results:
        """Simulate one block and return the arrays to keep."""


Task = Callable[[Job, Part], Results]


@dataclass(frozen=True)
class Problem:
    """The job of one market."""

    market: Market
    policies: tuple[Instrument, ...]
    months: int
    start: str | None
    parameters: Mapping[str, float | Range]
    lanes: tuple[str, ...]
    engine: Engine
    keep: tuple[str, ...]
    version: str
    """Version of Monazite that asks."""

    def simulate(self, part: Part, on_months: Callable[[int], None] | None) -> Results:
        """Simulate one block; of `trade_mean_t` the sum over its draws."""
        size = part.draws.stop - part.draws.start
        run = simulate(
            self.market,
            self.policies,
            months=self.months,
            start=self.start,
            draws=size,
            parameters=self.parameters,
            lanes=self.lanes,
            engine=self.engine,
            units=part.units,
            keep=self.keep,
            keep_state=False,
            on_progress=None if on_months is None else (lambda done, _: on_months(done)),
        )
        kept = {name: run.arrays[name].values for name in self.keep}
        return {name: values * size if name == MEAN else values for name, values in kept.items()}


def compute_block(problem: Job, part: Part, on_months: Callable[[int], None] | None = None) -> Results:
    """
    Simulate one block and return the arrays to keep, dims (draw, ...); of `trade_mean_t` the sum over the draws.

    The figures of a draw depend on its own units alone, so it does not matter who computes a block, or when.

    Raises
    ------
    ScenarioError
        If the one who asks has another version of Monazite.
    """
    check_version(problem.version)
    return problem.simulate(part, on_months)


def check_version(asked: str) -> None:
    """Raise ScenarioError if this process has another version of Monazite than the one who asks."""
    own = version("monazite")
    if own != asked:
        raise ScenarioError(
            "worker", "has another version of Monazite.", which=[f"here {asked}, worker {own}"],
            expected="the same version everywhere", fix=f"install monazite {asked} on the workers",
        )  # fmt: skip


def cut_parts(units: Units, draws: int, size: int) -> Sequence[Part]:
    """
    Cut the draws into blocks of one size, the last one smaller.

    Examples
    --------
    >>> [part.draws for part in cut_parts(Units({}), draws=7, size=3)]
    [slice(0, 3, None), slice(3, 6, None), slice(6, 7, None)]
    """
    slices = [slice(low, min(low + size, draws)) for low in range(0, draws, size)]
    return [Part(number, chosen, units.block(chosen)) for number, chosen in enumerate(slices)]


def add_means(sums: Sequence[Array], draws: int) -> Array:
    """Mean over all draws from the sums of the blocks, added in their order."""
    total = np.zeros_like(sums[0])
    for values in sums:
        total += values
    mean: Array = total / draws
    return mean
