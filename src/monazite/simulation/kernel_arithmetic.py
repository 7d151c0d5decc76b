"""
Arithmetic that the compiled parts of the kernel share.

All of it is free of branches, so that loops over draws become vector instructions, and the same for every draw
wherever it stands in a tile. Nothing is compiled with fastmath, which would reorder sums.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from monazite.simulation.market import Array

F = TypeVar("F", bound=Callable[..., object])
LOG2_E = 1.4426950408889634
LN2_HIGH = 0.6931471803691238
LN2_LOW = 1.9082149292705877e-10
"""Logarithms, that of 2 in two parts so that a multiple of the first is exact."""
SHIFT = 6755399441055744.0
"""1.5 * 2^52: what is added to it is rounded to a whole number, which then stands in its lowest bits."""
BIAS = 1023
MANTISSA_BITS = 52
"""Of a float of 64 bits."""
LEAST_GOODS = 1e-290
"""Goods below this count as none where something is divided by them, so that one over them is a number. [t]"""
LEAST, MOST = -708.0, 709.0
"""Range of arguments; exp(-708) is 3e-308."""


def inner(function: F) -> F:
    """Compile what only compiled code calls; without a door for Python, so that it compiles in half the time."""
    options: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(F, njit(cache=True, nogil=True, error_model="numpy", **options)(function))


@inner
def divide(upper: float, lower: float) -> float:
    """Divide, with 0 where the denominator is not positive."""
    return upper / lower if lower > 0.0 else 0.0


@inner
def larger(one: float, other: float) -> float:
    """Larger of two numbers; not a number stays so if it is the first."""
    return other if one < other else one


@inner
def smaller(one: float, other: float) -> float:
    """Smaller of two numbers; not a number stays so if it is the first."""
    return other if one > other else one


@inner
def exponentiate(x: Array, bits: NDArray[np.int64], place: int) -> None:
    r"""
    Replace row `place` of `x` by its exponential; the next two rows are overwritten.

    .. math:: e^x = 2^n e^r, \quad n = [x / \ln 2], \quad |r| \le 0.35, \quad e^r \approx \sum_{k=0}^{13} r^k / k!

    `bits` are the bytes of `x` as whole numbers. The first term left out is below 5e-18.
    """
    width = x.shape[1]
    for b in range(width):
        x[place, b] = smaller(larger(x[place, b], LEAST), MOST)
    for b in range(width):
        x[place + 1, b] = x[place, b] * LOG2_E + SHIFT
    for b in range(width):
        whole = x[place + 1, b] - SHIFT
        x[place, b] = x[place, b] - whole * LN2_HIGH - whole * LN2_LOW
    for b in range(width):
        bits[place + 2, b] = (bits[place + 1, b] + BIAS) << MANTISSA_BITS
    for b in range(width):
        r = x[place, b]
        total = 1.0 / 39916800.0 + r * (1.0 / 479001600.0 + r * (1.0 / 6227020800.0))
        total = 1.0 / 40320.0 + r * (1.0 / 362880.0 + r * (1.0 / 3628800.0 + r * total))
        total = 1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0 + r * total))
        x[place, b] = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * total))))
    for b in range(width):
        x[place, b] *= x[place + 2, b]
