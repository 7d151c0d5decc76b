"""Months as whole numbers, so that they can be added and compared."""

import re

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Years of a month that is given. Source: this project; the oldest table starts in the 1970s, a run has 30 years."""


def read_month(value: object) -> str:
    """
    Check that a value is a month written YYYY-MM.

    Examples
    --------
    >>> read_month("2010-09")
    '2010-09'
    """
    if not isinstance(value, str) or not MONTH.fullmatch(value):
        raise ValueError(f"expected a month as YYYY-MM, got {str(value)!r}")
    if not FIRST_YEAR <= int(value[:4]) <= LAST_YEAR:
        raise ValueError(f"expected a month of {FIRST_YEAR} to {LAST_YEAR}, got {value!r}")
    return value


def month_number(label: str) -> int:
    """
    Count the months since year 0.

    Examples
    --------
    >>> month_number("2010-09") - month_number("2009-12")
    9
    """
    year, month = read_month(label).split("-")
    return int(year) * 12 + int(month) - 1


def month_label(number: int) -> str:
    """
    Write the month of a number.

    Examples
    --------
    >>> month_label(month_number("2010-12") + 1)
    '2011-01'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
