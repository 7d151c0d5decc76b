"""The two engines of a run: the oracle in NumPy, and the compiled kernel for many draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Literal, Protocol, cast

import numpy as np

from monazite.errors import ModelError, ScenarioError
from monazite.simulation.market import Market, divide
from monazite.simulation.priors import Parameters
from monazite.simulation.results import Recorder
from monazite.simulation.rules import Rules
from monazite.simulation.state import ARRAYS, LaneState, State, build_state
from monazite.simulation.step import Flows, step

Engine = Literal["auto", "oracle", "kernel"]
KERNEL_WORK = 14_000_000
"""Work from which the kernel is worth its compilation, see `choose_engine`. [draw-lanes] Source: decision 0003."""
MONTH_LANES = 500
"""What a draw costs the oracle beside its lanes. [lanes] Source: measured, decision 0003."""
BLOCKS = {"oracle": 25, "kernel": 256}
"""Draws that are computed at once. Source: measured, decisions 0003 and 0016; the results do not depend on it."""
TOLERANCE = 1e-9
"""Mass that a month may lose or make, over the largest flow. [unitless] Source: house style, laws."""
MAY_BE_INFINITE = {"quota_left", "fired"}
"""Parts of the state in which infinity means that no quota is in force, or that a trigger has not fired."""


@dataclass(frozen=True)
class Block:
    """Some of the draws of a run."""

    draws: slice
    state: State | None  # to go on from; none = the baseline
    rules: Rules
    parameters: Parameters
    months: int  # of the whole run
    keep_state: bool = True  # whether somebody goes on from the last month

    def open(self, market: Market) -> State:
        """State at the start."""
        return build_state(market, self.rules, self.parameters) if self.state is None else self.state


class Runner(Protocol):
    """Takes a block of draws to the end of the run and records its months."""

    def __call__(
        self, market: Market, block: Block, record: Recorder, on_month: Callable[[], None]
    ) -> State | LaneState:
        """Return the state after the last month."""


def choose_engine(engine: Engine, draws: int, sizes: Sequence[int]) -> tuple[str, Runner]:
    """
    Choose the engine of a run by its work.

    Parameters
    ----------
    engine : {"auto", "oracle", "kernel"}
        What is asked for; `auto` chooses.
    draws : int
        Draws of the whole run.
    sizes : sequence of int
        Countries of each market that is simulated together.

    Returns
    -------
    str, Runner
        Name of the engine, and what runs a block.

    Raises
    ------
    ScenarioError
        If the kernel is asked for and Numba is not installed.

    Notes
    -----
    With N draws of markets m of C countries,

    .. math:: work = N \\sum_m (C_m^2 + 500)

    Measured in one thread, the oracle takes 49 us a month and draw of 9 countries, 130 of 38 and 266 to 331 of 60:
    about 80 ns for each lane and for 500 more. At 14 million draw-lanes 36 months take it 40 s, half of the 80 s in
    which the kernel compiles, once on a machine: whether it is compiled already or not, at most 40 s are lost. The
    engines agree to 1e-12 and not to the byte, so the choice must not hang on what a machine has compiled, nor on the
    months, as a run that is stopped and gone on with has fewer of them. Source: this project, decision 0003.

    Examples
    --------
    A thousand draws of 60 countries are 4.1 million, 10,000 are 41 million.

    >>> [choose_engine("auto", draws, [60])[0] for draws in (1000, 10_000)]
    ['oracle', 'kernel']
    """
    has_numba = find_spec("numba") is not None
    if engine == "kernel" and not has_numba:
        raise ScenarioError(
            "simulate, engine",
            "the compiled kernel needs Numba, which is not installed.",
            expected='engine="oracle", or Numba beside Monazite',
            fix="pip install numba",
        )
    if engine == "kernel" or (engine == "auto" and has_numba and is_large(draws, sizes)):
        return "kernel", cast(Runner, import_module("monazite.simulation.kernel_run").run_block)
    return "oracle", run_oracle


def is_large(draws: int, sizes: Sequence[int]) -> bool:
    """Whether a run is worth compiling for."""
    return draws * sum(size**2 + MONTH_LANES for size in sizes) >= KERNEL_WORK


def run_oracle(market: Market, block: Block, record: Recorder, on_month: Callable[[], None]) -> State:
    """Take a block of draws through the months with `step`."""
    state = block.open(market)
    begun = state.month
    for month in range(begun, block.months):
        following, flows = step(state, market, block.rules, block.parameters)
        check_mass(state, following, flows, market)
        record.add(block.draws, month - begun, flows, following)
        state = following
        on_month()
    return state


def check_mass(before: State, after: State, flows: Flows, market: Market) -> None:
    """
    Raise ModelError if a month lost or made mass, or a state is not finite or negative.

    By country: stock' - stock = production + residual + arrived + released - bought - consumption - shipped -
    leaked, and public stock' - public stock = bought - released; by lane: goods at sea' - goods at sea = shipped +
    leaked - arrived.
    """
    by_country = after.stock - (
        before.stock
        + flows.production
        + flows.residual
        + flows.arrived.sum(axis=1)
        + flows.released
        - flows.bought
        - flows.consumption
        - flows.shipped.sum(axis=2)
        - flows.leaked.sum(axis=2)
    )
    public = after.public_stock - (before.public_stock - flows.released + flows.bought)
    by_country = np.maximum(np.abs(by_country), np.abs(public))
    by_lane = after.underway - before.underway - flows.shipped - flows.leaked + flows.arrived
    compared = (flows.shipped, after.stock, after.public_stock)
    largest = max(market.largest, *(float(values.max()) for values in compared))
    error = max(float(np.abs(by_country).max()), float(np.abs(by_lane).max()))
    finite = all(np.isfinite(getattr(after, name)).all() for name in ARRAYS if name not in MAY_BE_INFINITE)
    least = min(float(values.min()) for values in (*compared, after.leak_far))
    places = np.unique(np.argwhere(np.abs(by_country) > TOLERANCE * largest)[:, 1])
    raise_if_lost(
        before.month, error, largest, market, is_sound=finite and least >= 0.0, places=places.tolist()
    )


def raise_if_lost(
    month: int, error: float, largest: float, market: Market, *, is_sound: bool, places: Sequence[int]
) -> None:
    """Raise ModelError if more mass was lost than rounding explains, or a figure is not finite or negative."""
    if not is_sound or not error <= TOLERANCE * largest:
        share = divide(np.array([error]), np.array([market.largest]))[0]
        raise ModelError(
            f"simulation, month {month}",
            f"mass is not kept: {share:.1e} of the largest flow.",
            which=[market.countries[place] for place in places],
            expected=f"at most {TOLERANCE:g}, and no negative stock",
            fix="report it with the scenario file: this is a bug in Monazite",
        )
