"""Figures for people: no more digits than the spread of the draws leaves."""

import math


def round_digits(number: float, digits: int = 2) -> float:
    """
    Round to a number of significant digits; NaN stays.

    Examples
    --------
    >>> round_digits(19074.0), round_digits(-0.01264, 1), round_digits(0.0)
    (19000.0, -0.01, 0.0)
    """
    if math.isnan(number) or number == 0:
        return number
    return round(number, digits - 1 - math.floor(math.log10(abs(number))))


def write_figure(number: float, digits: int = 2) -> str:
    """
    Write a rounded figure with thousands apart, and no minus before zero.

    Examples
    --------
    >>> write_figure(-19074.2), write_figure(0.1342), write_figure(-0.0), write_figure(2.04)
    ('-19,000', '0.13', '0', '2')
    """
    rounded = round_digits(number, digits) + 0.0
    if abs(rounded) >= 10 ** (digits - 1) or rounded == int(rounded):
        return f"{rounded:,.0f}"
    places = digits - 1 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{places}f}".rstrip("0").rstrip(".")


def write_span(median: float, low: float, high: float, digits: int = 2) -> str:
    """
    Write a median with its ends.

    Examples
    --------
    >>> write_span(-1204.4, -2000.0, 3.2)
    '-1,200 [-2,000 to 3.2]'
    """
    return f"{write_figure(median, digits)} [{write_figure(low, digits)} to {write_figure(high, digits)}]"
