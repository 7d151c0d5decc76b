"""What was observed: from the trade table of the release, or from an observation table."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.scenarios import Comparison, read_observations, total_over
from monazite.snapshot import Snapshot
from monazite.vocabulary import resolve_region

Array = NDArray[np.float64]
MOST_DOUBTFUL = 0.5
"""Share of the value of a year whose tonnes the release marks doubtful, above which the year counts as not observed.
[unitless] Source: this project, docs/explanation/hindcasts.md."""
MONTHS = tuple(f"{month:02d}" for month in range(1, 13))
TRADE = """
SELECT year, quantity_gross_t AS gross_t, value_usd, quality = 'doubtful' AS is_doubtful
FROM trade
WHERE edition = 'hs92' AND list_contains($codes, product_code) AND list_contains($years, year)
  AND (len($exporters) = 0 OR list_contains($exporters, exporter)) AND NOT list_contains($without, exporter)
  AND (len($importers) = 0 OR list_contains($importers, importer))
"""


def list_base_periods(entry: Comparison) -> tuple[str, ...]:
    """List the periods whose mean is the base."""
    return tuple(map(str, entry.base_years or entry.base_months))


def observe(
    entry: Comparison, data: Snapshot, table: str | None, periods: Sequence[str], *, as_base: bool = False
) -> Array:
    """
    Look up a comparison's quantity by period. [t, or USD per t for a unit value] NaN where nobody says.

    Parameters
    ----------
    as_base : bool, default False
        Whether the periods are the base: a year is then a twelfth of it when the comparison is by month, and
        the base has to exist.

    Raises
    ------
    DataError
        If a base is asked for that nobody observed.
    """
    values = (
        _observe_release(entry, data, periods)
        if entry.source == "release"
        else _observe_table(entry, table, periods)
    )
    if not as_base:
        return values
    if entry.source == "episode" and np.isnan(values).any() and len(periods) > 1:
        together = _total(entry, table, [month for period in periods for month in _months(period)])
        values = np.array([together / len(periods)])
    if np.isnan(values).any():
        raise DataError(
            f"comparison {entry.name}", "its base was not observed.", which=list(periods),
            fix="choose other base periods, or add the figure to the observation table",
        )  # fmt: skip
    if entry.months and not entry.base_months:
        values = values / 12
    return values


def _observe_release(entry: Comparison, data: Snapshot, periods: Sequence[str]) -> Array:
    years = [int(period) for period in periods]
    found = data.query(
        TRADE,
        {
            "codes": [int(code.partition(":")[2]) for code in entry.product_codes],
            "years": years,
            "exporters": _codes(entry.exporters, max(years)),
            "without": list(entry.exporters_without),
            "importers": _codes(entry.importers, max(years)),
        },
    )
    sound = find_sound_years(found["year"], found["value_usd"], found["is_doubtful"].astype(bool))
    years = [year if year in sound else 0 for year in years]
    weighed = found["gross_t"] > 0
    tonnes = _total_by_year(found["year"], found["gross_t"])
    value = _total_by_year(found["year"][weighed], found["value_usd"][weighed])
    if entry.quantity == "unit_value_ratio":
        return np.array([value.get(y, np.nan) / (tonnes.get(y) or np.nan) for y in years])
    return np.array([tonnes.get(year, np.nan) for year in years])


def find_sound_years(
    year: NDArray[np.int64], value_usd: Array, is_doubtful: NDArray[np.bool_], most: float = MOST_DOUBTFUL
) -> set[int]:
    """
    List the years whose tonnes can be added up.

    Parameters
    ----------
    year : array, dims (row,)
        Of each lane of trade.
    value_usd : array, dims (row,)
        [USD, >= 0] NaN counts as nothing.
    is_doubtful : array, dims (row,)
        Whether the release marks the tonnes of the lane as doubtful.
    most : float, default 0.5
        Largest share of the value that such lanes may have. [unitless, 0..1]

    Examples
    --------
    China's imports of bauxite of 2016: 69 % of the value came with doubtful tonnes.

    >>> find_sound_years(np.array([2015, 2015, 2016, 2016]), np.array([99.0, 1.0, 31.0, 69.0]),
    ...                  np.array([False, True, False, True]))
    {2015}
    """
    value = np.nan_to_num(value_usd, nan=0.0)
    shares = {
        int(one): (math.fsum(value[(year == one) & is_doubtful]), math.fsum(value[year == one]))
        for one in set(year)
    }
    return {one for one, (part, total) in shares.items() if part <= most * total}


def _total_by_year(years: NDArray[np.int64], values: Array) -> dict[int, float]:
    """
    Add up what is known by year, exactly: the same rows in any order give the same digits.

    A year of which nothing is known is not named.
    """
    known = np.isfinite(values)
    return {
        int(year): math.fsum(values[known & (years == year)].tolist()) for year in set(years[known].tolist())
    }


def _observe_table(entry: Comparison, table: str | None, periods: Sequence[str]) -> Array:
    return np.array([_total(entry, table, _months(period)) for period in periods])


def _total(entry: Comparison, table: str | None, months: Sequence[str]) -> float:
    if table is None:
        raise DataError(
            f"comparison {entry.name}", "names a series, but the scenario has no observation table."
        )
    return total_over(read_observations(table), entry.series, months)


def _months(period: str) -> list[str]:
    return [f"{period}-{month}" for month in MONTHS] if len(period) == 4 else [period]


def _codes(regions: Sequence[str], year: int) -> list[str]:
    """List the countries of regions; an empty list is the whole world."""
    if "world" in regions:
        return []
    return [code for region in regions for code in resolve_region(region, year)]
