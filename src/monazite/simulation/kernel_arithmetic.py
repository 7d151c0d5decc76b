"""Arithmetic that the compiled parts of the kernel share."""

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def divide(upper: float, lower: float) -> float:
    """Divide, with 0 where the denominator is not positive."""
    return upper / lower if lower > 0.0 else 0.0
