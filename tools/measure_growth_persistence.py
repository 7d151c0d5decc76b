"""
Measure whether trade of a material that grew goes on growing, on materials that no episode has.

    python tools/measure_growth_persistence.py

Prints, by who trades and by horizon, the share k of earlier growth that comes again: the least mean |y - k x|, where
x is the slope of the logarithms of five years times the years ahead, and y the change from the mean of the last two of
them. docs/decisions/0003-simulator-priors.md rests on it: k near 0 means that growth of trade foretells nothing.
"""

import math
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from monazite.hindcast import list_episodes, read_episode  # noqa: E402
from monazite.snapshot import Snapshot, open_snapshot  # noqa: E402

Array = NDArray[np.float64]
Series = dict[tuple[int, str], dict[int, float]]
PAST, LEVEL, LEAST_SHARE, MOST_DOUBTFUL = 5, 2, 0.05, 0.5
"""Years of growth; years of the level; least share in the code's trade; most doubtful value in a year. This project."""
TRIED = np.arange(-50, 121) / 100
TRADE = """
SELECT product_code AS code, {side} AS country, year, sum(quantity_gross_t) AS tonnes,
       coalesce(sum(value_usd) FILTER (quality = 'doubtful'), 0) / nullif(sum(value_usd), 0) AS doubtful
FROM trade WHERE edition = 'hs92' GROUP BY ALL HAVING tonnes > 0 ORDER BY ALL
"""


def list_episode_codes() -> set[int]:
    """List the codes that an episode compares or is built on, which have no say here."""
    codes = set()
    for name in list_episodes():
        loaded = read_episode(name)
        named = [code for entry in loaded.comparisons for code in entry.product_codes]
        named += [code for market in loaded.scenario.markets for code in market.baseline.product_codes]
        codes |= {int(code.partition(":")[2]) for code in named}
    return codes


def read_series(data: Snapshot, side: str) -> Series:
    """Read tonnes a year by code and country, but for years that are mostly doubtful."""
    found = data.query(TRADE.format(side=side), {})
    left_out, series = list_episode_codes(), defaultdict(dict)
    rows = zip(
        *(found[name].tolist() for name in ("code", "country", "year", "tonnes", "doubtful")), strict=True
    )
    for code, country, year, tonnes, doubtful in rows:
        if code not in left_out and not (doubtful or 0.0) > MOST_DOUBTFUL:
            series[code, country][year] = tonnes
    return dict(series)


def collect_growth(series: Series, ahead: int) -> tuple[Array, Array]:
    """Growth that earlier years promise, and that came, of every code, country and year with all figures. [ln]"""
    world: dict[tuple[int, int], float] = defaultdict(float)
    for (code, _), own in series.items():
        for year, tonnes in own.items():
            world[code, year] += tonnes
    steps = np.arange(PAST) - (PAST - 1) / 2
    pairs = []
    for (code, _), own in series.items():
        for last in own:
            years = range(last - PAST + 1, last + 1)
            if last + ahead not in own or any(year not in own for year in years):
                continue
            if np.mean([own[year] / world[code, year] for year in years]) < LEAST_SHARE:
                continue
            logs = np.log([own[year] for year in years])
            slope = float(steps @ logs / (steps @ steps))
            change = math.log(own[last + ahead]) - float(logs[-LEVEL:].mean())
            pairs.append((slope * (ahead + (LEVEL - 1) / 2), change))
    promised, came = np.array(pairs).T
    return promised, came


def fit_persistence(promised: Array, came: Array) -> tuple[float, float, float]:
    """
    Share of growth that comes again, and the mean error without and with it. [unitless]

    Examples
    --------
    >>> fit_persistence(np.array([0.2, 0.4, -0.2]), np.array([0.1, 0.2, -0.1]))
    (0.5, 0.13333333333333333, 0.0)
    """
    errors = [float(np.abs(came - share * promised).mean()) for share in TRIED]
    best = int(np.argmin(errors))
    return float(TRIED[best]), float(np.abs(came).mean()), errors[best]


def main(data: Snapshot) -> list[str]:
    """Write one line for importers and exporters, two and three years ahead."""
    lines = []
    for side in ("importer", "exporter"):
        series = read_series(data, side)
        for ahead in (2, 3):
            promised, came = collect_growth(series, ahead)
            share, without, with_it = fit_persistence(promised, came)
            lines.append(
                f"{side}s, {ahead} years ahead: {len(came):,} cases, {share:+.2f} of the growth comes again; "
                f"mean error {without:.3f} without it, {with_it:.3f} with it"
            )
    return lines


if __name__ == "__main__":
    print("\n".join(main(open_snapshot())))
