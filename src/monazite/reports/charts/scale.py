"""Scales: from a value to a place, with round ticks; and round limits between the classes of a map."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monazite.errors import DataError

LADDER = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic map from values (`low` .. `high`) to pixels (`start` .. `end`)."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    is_log: bool = False

    def place(self, value: float) -> float:
        """Where a value lies, in pixels; values beyond the ends lie on the ends."""
        inside = min(max(value, self.low), self.high)
        if self.is_log:
            share = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def finite(values: Iterable[float]) -> list[float]:
    """Leave out what is missing."""
    return [value for value in values if math.isfinite(value)]


def round_step(span: float, count: int) -> float:
    """Choose a step of 1, 2 or 5 times a power of ten that divides a span into about `count` parts."""
    power = 10.0 ** math.floor(math.log10(span / count))
    return next(power * part for part in (*LADDER, 10.0) if power * part * count >= span * 0.999)


def build_linear_scale(values: Iterable[float], start: float, end: float, *, count: int = 4) -> Scale:
    """
    Build a scale from zero (or below) to a round number at or above the largest value.

    Examples
    --------
    >>> build_linear_scale([3.0, 17.0], 0, 100).ticks
    (0.0, 5.0, 10.0, 15.0, 20.0)
    """
    known = finite(values)
    low, high = min([0.0, *known]), max([0.0, *known])
    if low == high:
        high = low + 1.0
    step = round_step(high - low, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(float(f"{i * step:.12g}") for i in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], start, end, ticks)


def build_log_scale(values: Iterable[float], start: float, end: float, *, count: int = 5) -> Scale:
    """
    Build a logarithmic scale between two numbers of the ladder 1, 2, 5; values must be above zero.

    Examples
    --------
    >>> build_log_scale([3.0, 170.0], 0, 100).ticks
    (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
    """
    known = finite(values)
    if not known or min(known) <= 0:
        wrong = [value for value in known if value <= 0]
        raise DataError(
            "chart, logarithmic axis",
            "a value is not above zero.",
            which=wrong,
            expected="> 0",
            fix="use a linear axis for quantities that may be zero",
        )
    rungs = list_rungs(min(known), max(known))
    if len(rungs) == 1:
        rungs = list_rungs(rungs[0], rungs[0] * 2)
    ticks = rungs if len(rungs) <= count + 2 else [rung for rung in rungs if is_power_of_ten(rung)]
    return Scale(rungs[0], rungs[-1], start, end, tuple(ticks), is_log=True)


def list_rungs(low: float, high: float) -> list[float]:
    """List the numbers 1, 2, 5 times powers of ten that just enclose `low` and `high`."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    rungs = [float(f"{part}e{power}") for power in range(first - 1, last + 2) for part in ("1", "2", "5")]
    below = max(rung for rung in rungs if rung <= low)
    above = min(rung for rung in rungs if rung >= high)
    return [rung for rung in rungs if below <= rung <= above]


def is_power_of_ten(value: float) -> bool:
    """Tell whether a number is 1 times a power of ten."""
    return math.isclose(math.log10(value), round(math.log10(value)), abs_tol=1e-9)


def choose_breaks(values: Sequence[float], classes: int) -> tuple[float, ...]:
    """
    Choose round limits between the classes of a map: rungs of the ladder downwards from the largest value.

    The stride is the smallest for which the lowest class holds at most a fifth of the values above zero.

    Examples
    --------
    >>> choose_breaks([1.0, 3.0, 8.0, 40.0, 90.0], 4)
    (2.0, 10.0, 50.0)
    """
    known = sorted(value for value in finite(values) if value > 0)
    if not known:
        return ()
    fifth, largest = known[len(known) // 5], known[-1]
    rungs = [rung for rung in list_rungs(fifth / 10**classes, largest) if rung < largest]
    for stride in (1, 2, 3):
        breaks = rungs[::-1][::stride][: classes - 1]
        if breaks[-1] <= fifth:
            break
    return tuple(rung for rung in reversed(breaks) if rung >= known[0] / 2)
