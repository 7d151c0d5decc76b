"""Ordinary years: how far trade moves without an episode, and whether its growth goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.hindcast.episode import LoadedEpisode
from monazite.hindcast.naive import trend
from monazite.hindcast.observed import MOST_DOUBTFUL
from monazite.snapshot import Snapshot

Array = NDArray[np.float64]
SIDES = {"world": "'all'", "importer": "importer", "exporter": "exporter"}
"""Whose trade in a product is added up, and the column of the trade table that names it."""
LEAST_SHARE = 0.1
"""Share of a product's world trade that a country needs to be looked at. [unitless] Source: this project."""
LEAST_T = 1000.0
"""Tonnes of a year that are looked at, at least. [t] Source: this project; the lanes of the episodes are larger."""
TREND_YEARS = 5
"""Years whose growth is carried on. Source: this project."""
AHEAD = (1, 2)
"""Years ahead: those that the episodes by year are scored over."""
TOTALS = """
SELECT product_code AS product, {side} AS name, year, sum(quantity_gross_t) AS gross_t,
  sum(value_usd) FILTER (quality = 'doubtful') / sum(value_usd) AS doubtful_share
FROM trade
WHERE edition = 'hs92' AND NOT list_contains($without, product_code) AND quantity_gross_t > 0 AND value_usd > 0
GROUP BY ALL ORDER BY ALL"""


@dataclass(frozen=True)
class OrdinaryChange:
    """
    How far trade moved in products that no episode is about.

    Attributes
    ----------
    side : str
        `world`, `importer` or `exporter`: whose tonnes of one product.
    years_ahead : int
        From the last year that is known to the one that is forecast.
    cases : int
        Products, countries and years that were looked at.
    mean, median : float
        Of |ln(tonnes / tonnes of the last year known)|. [unitless, >= 0]
    trend_mean : float
        Mean |ln error| where the growth of five years is carried on from the last one. [unitless, >= 0]
    """

    side: str
    years_ahead: int
    cases: int
    mean: float
    median: float
    trend_mean: float


def measure_ordinary_years(data: Snapshot, episodes: Sequence[LoadedEpisode]) -> list[OrdinaryChange]:
    """
    Measure what the forecast of no change would miss in products that no episode is about.

    Parameters
    ----------
    data : Snapshot
        An open release.
    episodes : sequence of LoadedEpisode
        Whose products are left out.

    Returns
    -------
    list of OrdinaryChange
        World, importers and exporters, one and two years ahead.

    Raises
    ------
    DataError
        If the release has no product with six years of trade.

    Notes
    -----
    A year counts where at most half of its value has doubtful tonnes, with 1,000 t and a tenth of the product's trade
    in the last year that is known. Source: this project, docs/explanation/hindcasts.md.

    Examples
    --------
    100 t that become 150: ln 1.5 = 0.41.
    """
    codes = {code for loaded in episodes for entry in loaded.comparisons for code in entry.product_codes}
    without = sorted(int(code.partition(":")[2]) for code in codes)
    world = read_totals(data, "world", without)
    found = []
    for side in SIDES:
        cells = world if side == "world" else read_totals(data, side, without)
        for ahead in AHEAD:
            found.append(measure_changes(side, cells, world, ahead))
    return found


def read_totals(data: Snapshot, side: str, without: Sequence[int]) -> dict[tuple[int, str], dict[int, float]]:
    """Read tonnes by product, country and year, where they can be added up. [t]"""
    columns = data.query(TOTALS.format(side=SIDES[side]), {"without": list(without)})
    doubtful = np.nan_to_num(columns["doubtful_share"].astype(float), nan=0.0)
    cells: dict[tuple[int, str], dict[int, float]] = {}
    rows = zip(
        columns["product"], columns["name"], columns["year"], columns["gross_t"], doubtful, strict=True
    )
    for product, name, year, tonnes, share in rows:
        if share <= MOST_DOUBTFUL:
            cells.setdefault((int(product), str(name)), {})[int(year)] = float(tonnes)
    return cells


def measure_changes(
    side: str,
    cells: dict[tuple[int, str], dict[int, float]],
    world: dict[tuple[int, str], dict[int, float]],
    ahead: int,
) -> OrdinaryChange:
    """
    Compare every year with the last one known, and with the growth before it.

    Examples
    --------
    Trade that doubles every year: no change misses ln 2 = 0.69, the trend nothing.

    >>> cells = {(1, "all"): {2000 + k: 1000.0 * 2**k for k in range(6)}}
    >>> found = measure_changes("world", cells, cells, 1)
    >>> found.cases, round(found.mean, 2), round(abs(found.trend_mean), 9)
    (1, 0.69, 0.0)
    """
    still, carried = [], []
    for (product, _), series in cells.items():
        total = world.get((product, "all"), {})
        for year, tonnes in series.items():
            years = range(year - TREND_YEARS + 1, year + 1)
            if year not in total or tonnes < max(LEAST_T, LEAST_SHARE * total[year]):
                continue
            if year + ahead in series and all(one in series for one in years):
                line = trend([series[one] for one in years], 2)
                change = float(np.log(series[year + ahead] / tonnes))
                still.append(abs(change))
                carried.append(abs(change - ahead * float(np.log(line[1] / line[0]))))
    if not still:
        raise DataError(
            "ordinary years", "no product has trade of enough years.", expected="six years in a row"
        )
    return OrdinaryChange(
        side, ahead, len(still), float(np.mean(still)), float(np.median(still)), float(np.mean(carried))
    )
