"""Years: one, a list or a range."""

import re

from monazite.errors import DataError

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years outside this span are taken for slips of the pen; this project's choice."""


def resolve_years(text: str | int, where: str = "year") -> tuple[int, ...]:
    """
    Read years: one (`2024`), a list (`2018,2020`), a range (`2018-2024`), or both.

    Returns
    -------
    tuple of int
        Sorted, without repeats.

    Raises
    ------
    DataError
        If a part is not a year or a range; the message names every wrong part.

    Examples
    --------
    >>> resolve_years("2018-2020,2024"), resolve_years(2024)
    ((2018, 2019, 2020, 2024), (2024,))
    """
    years: set[int] = set()
    wrong: list[str] = []
    for part in str(text).split(","):
        found = re.fullmatch(r"\s*(\d{4})\s*(?:[-–]\s*(\d{4})\s*)?", part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not FIRST_YEAR <= first <= last <= LAST_YEAR:
            reason = f"{part.strip()} (a range runs from the earlier year)" if first > last else part.strip()
            wrong.append(reason or "(empty)")
        years.update(range(first, last + 1))
    if wrong:
        raise DataError(
            where,
            f"{len(wrong)} {'part is' if len(wrong) == 1 else 'parts are'} not a year or a range of years.",
            which=wrong,
            expected=f"2024, 2018-2024 or 2018,2020,2024, between {FIRST_YEAR} and {LAST_YEAR}",
        )
    return tuple(sorted(years))
