"""Prior ranges of the parameters, and seeded draws from them."""

import csv
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from monazite.errors import DataError, ModelError, ScenarioError, nearest_names

Array = NDArray[np.float64]
Range = tuple[float, float]


@dataclass(frozen=True)
class Units:
    """Numbers in 0..1 drawn beforehand, dims (draw,), by the name of what they are for."""

    by_name: Mapping[str, Array]

    def block(self, draws: slice) -> "Units":
        """Take some of the draws."""
        return Units({name: values[draws] for name, values in self.by_name.items()})


Seed = int | Units
"""Where draws come from: a seed, or a design that was laid out beforehand."""


@dataclass(frozen=True)
class Prior:
    """One row of `priors.csv`: what is believed of a parameter before any run."""

    parameter: str
    low: float
    high: float
    unit: str
    distribution: str
    meaning: str
    source: str
    quality: str


@dataclass(frozen=True)
class Parameters:
    """
    Drawn parameters, each with dims (draw, 1); `priors.csv` has the meaning and unit of every one.

    The second dimension lets them multiply arrays with dims (draw, country).
    """

    stock_cover_months: Array
    adjustment_months: Array
    expectation_months: Array
    price_elasticity: Array
    thrifting_elasticity: Array
    thrifting_months: Array
    backstop_share: Array
    backstop_price_ratio: Array
    backstop_months: Array
    qualification_share_per_month: Array
    reserve_share: Array
    habit_months: Array
    habit_return_months: Array
    price_response: Array
    price_decay: Array
    price_pull: Array
    choke_price_ratio: Array
    front_loading_share: Array
    planning_months: Array
    leakage_share: Array
    capacity_elasticity: Array
    capacity_lead_months: Array
    entry_price_ratio: Array
    entry_lead_months: Array
    restart_price_ratio: Array
    restart_lead_months: Array
    home_first_share: Array
    panic_share: Array

    def block(self, draws: slice) -> "Parameters":
        """Take some of the draws."""
        return Parameters(**{field.name: getattr(self, field.name)[draws] for field in fields(self)})


NAMES = tuple(field.name for field in fields(Parameters))
LIMITS: Mapping[str, Range] = {
    "stock_cover_months": (1.0, 24.0),
    "adjustment_months": (1.5, 60.0),
    "expectation_months": (1.0, 60.0),
    "price_elasticity": (0.0, 5.0),
    "thrifting_elasticity": (0.0, 5.0),
    "thrifting_months": (1.0, 240.0),
    "backstop_share": (0.0, 1.0),
    "backstop_price_ratio": (1.01, 1000.0),
    "backstop_months": (1.0, 240.0),
    "qualification_share_per_month": (0.0, 1.0),
    "reserve_share": (0.0, 1.0),
    "habit_months": (2.0, 600.0),
    "habit_return_months": (2.0, 600.0),
    "price_response": (0.0, 1.0),
    "price_decay": (0.001, 0.4),
    "price_pull": (0.0, 0.3),
    "choke_price_ratio": (1.5, 1000.0),
    "front_loading_share": (0.0, 5.0),
    "planning_months": (0.0, 12.0),
    "leakage_share": (0.0, 1.0),
    "capacity_elasticity": (0.0, 5.0),
    "capacity_lead_months": (3.0, 240.0),
    "entry_price_ratio": (1.01, 1000.0),
    "entry_lead_months": (6.0, 360.0),
    "restart_price_ratio": (1.01, 1000.0),
    "restart_lead_months": (6.0, 240.0),
    "home_first_share": (0.0, 1.0),
    "panic_share": (0.0, 3.0),
}
"""Outside these limits a law of the model would break (docs/reference/simulation.md, section 5)."""


def read_priors() -> dict[str, Prior]:
    """Read the table of priors that ships with the package."""
    text = (files("monazite.simulation") / "priors.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    priors = {
        row["parameter"]: Prior(
            **{
                key: row[key] for key in ("parameter", "unit", "distribution", "meaning", "source", "quality")
            },
            low=float(row["low"]),
            high=float(row["high"]),
        )
        for row in rows
    }
    if tuple(sorted(priors)) != tuple(sorted(NAMES)):
        raise DataError(
            "simulation/priors.csv",
            "does not name the parameters of the model.",
            which=sorted(set(priors) ^ set(NAMES)),
            expected="one row for each field of Parameters",
        )
    return priors


def choose_ranges(overrides: Mapping[str, float | Range] | None) -> dict[str, Range]:
    """
    Take the range of every parameter from the table, or from the caller where he gives a number or a range.

    Raises
    ------
    ScenarioError
        That names every unknown parameter and every value outside its limits.

    Examples
    --------
    >>> choose_ranges({"price_elasticity": 0.08})["price_elasticity"]
    (0.08, 0.08)
    """
    ranges = {name: (prior.low, prior.high) for name, prior in read_priors().items()}
    problems = []
    for name, value in (overrides or {}).items():
        if name not in ranges:
            problems.append(f"{name}: unknown; {nearest_names(name, ranges)}")
            continue
        pair = np.atleast_1d(np.asarray(value, float))
        low, high = LIMITS[name]
        if pair.shape not in {(1,), (2,)} or not np.all((pair >= low) & (pair <= high)) or pair[0] > pair[-1]:
            problems.append(f"{name}: {value!r}; within {low:g}..{high:g}")
            continue
        ranges[name] = (float(pair[0]), float(pair[-1]))
    if problems:
        raise ScenarioError(
            "parameters",
            f"{len(problems)} cannot be used.",
            which=problems,
            expected="a number or [low, high] for a parameter of simulation/priors.csv",
        )
    return ranges


def draw_unit(name: str, draws: int, seed: Seed) -> Array:
    """
    Draw one stratified number per draw for one name, dims (draw,). [0..1]

    Each name has its own stream, so that a new policy or parameter leaves the others as they were; all names
    together are a Latin hypercube (each of the `draws` equal strata of each name holds one draw).
    """
    if isinstance(seed, Units):
        if name not in seed.by_name:
            raise ModelError("simulation, design", "lacks a name.", which=[name], expected="every drawn name")
        return seed.by_name[name]
    stream = np.random.default_rng([seed, zlib.crc32(name.encode())])
    unit: Array = qmc.LatinHypercube(d=1, rng=stream).random(draws)[:, 0]
    return unit


def draw_range(name: str, limits: Range, draws: int, seed: Seed, distribution: str = "uniform") -> Array:
    """Draw from a range, uniform or log-uniform, dims (draw,)."""
    low, high = limits
    unit = draw_unit(name, draws, seed)
    if distribution == "log_uniform" and low > 0:
        scaled: Array = low * np.exp(unit * np.log(high / low))
        return scaled
    return low + unit * (high - low)


def draw_parameters(overrides: Mapping[str, float | Range] | None, draws: int, seed: Seed) -> Parameters:
    """Draw every parameter, dims (draw, 1)."""
    priors = read_priors()
    return Parameters(
        **{
            name: draw_range(name, limits, draws, seed, priors[name].distribution)[:, None]
            for name, limits in choose_ranges(overrides).items()
        }
    )
