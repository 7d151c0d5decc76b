"""How often a lane without a known restriction looks as broken: other lanes, or the lane's own past drawn again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from monazite.detection.contrasts import Floats, Windows
from monazite.detection.scan import (
    SIGNATURES,
    Bools,
    Departures,
    Scores,
    measure_departures,
    score,
    strongest,
)
from monazite.snapshot import Snapshot

MIN_WEIGHT = 0.001
"""Lanes below this share of world trade in their product are no placebos. Source: this project."""
MIN_YEARS = 12
NEAREST = 400
"""How many placebo lanes, the nearest in weight, a lane is compared with."""
ALIKE = 0.8
"""A placebo can be judged at this share of the dates at which the lane can be, at least: fewer dates are fewer
chances to look broken. Source: this project."""
CHOSEN = 1200
"""How many lanes, the nearest in weight, are looked through for placebos."""
DRAWS = 999
SEED = 2010
BURN_IN = 24
TAILS = (0.05, 0.4)  # of innovations; source: this project, docs/explanation/detection.md
MIN_KNOWN = 24  # periods from which an autoregression can be fitted

POOL = """
WITH flow AS (
    SELECT year, product_code, exporter, importer, value_usd,
           CASE WHEN quality = 'doubtful' THEN NULL ELSE quantity_gross_t END AS trusted_t
    FROM trade WHERE edition = 'hs92'
), usual AS (
    SELECT year, product_code, sum(value_usd) / sum(trusted_t) AS usd_per_t
    FROM flow WHERE trusted_t > 0 AND value_usd > 0 GROUP BY ALL
), gap AS (
    SELECT year, product_code, exporter, importer FROM flow WHERE trusted_t IS NULL
), own AS (
    SELECT gap.year, gap.product_code, gap.exporter, gap.importer, sum(value_usd) / sum(trusted_t) AS own_usd_per_t
    FROM gap JOIN flow USING (product_code, exporter, importer)
    WHERE abs(flow.year - gap.year) = 1 AND trusted_t > 0 AND value_usd > 0 GROUP BY ALL
), filled AS (
    SELECT flow.*, coalesce(trusted_t, value_usd / coalesce(own_usd_per_t, usd_per_t)) AS filled_t
    FROM flow JOIN usual USING (year, product_code) LEFT JOIN own USING (year, product_code, exporter, importer)
), world AS (SELECT year, product_code, sum(filled_t) AS world_t FROM filled GROUP BY ALL),
sold AS (
    SELECT year, product_code, exporter, sum(filled_t) AS export_t, sum(value_usd) AS export_usd
    FROM filled GROUP BY ALL
),
bought AS (SELECT year, product_code, importer, sum(filled_t) AS import_t FROM filled GROUP BY ALL),
lane AS (
    SELECT product_code, exporter, importer, median(filled_t / world_t) AS weight
    FROM filled JOIN world USING (year, product_code) GROUP BY ALL
    HAVING count(*) >= $min_years AND median(filled_t / world_t) >= $min_weight
)
SELECT lane.product_code::INTEGER AS product_code, lane.exporter, lane.importer, weight, usual.year::INTEGER AS year,
       CASE WHEN f.value_usd IS NULL THEN 0 ELSE f.trusted_t END::DOUBLE AS trusted_t,
       coalesce(f.value_usd, 0)::DOUBLE AS value_usd,
       greatest(coalesce(import_t, 0) - coalesce(f.filled_t, 0), 0)::DOUBLE AS other_exporters,
       greatest(coalesce(export_t, 0) - coalesce(f.filled_t, 0), 0)::DOUBLE AS other_importers,
       coalesce(export_t, 0)::DOUBLE AS export_t, coalesce(export_usd, 0)::DOUBLE AS export_usd,
       greatest(world_t - coalesce(export_t, 0), 0)::DOUBLE AS other_export_t
FROM lane JOIN usual USING (product_code)
LEFT JOIN filled f USING (year, product_code, exporter, importer)
LEFT JOIN world USING (year, product_code)
LEFT JOIN sold USING (year, product_code, exporter) LEFT JOIN bought USING (year, product_code, importer)
ORDER BY lane.product_code, lane.exporter, lane.importer, year
"""
FLOWS = (
    "trusted_t", "other_exporters", "other_importers", "value_usd", "export_t", "other_export_t", "export_usd",
)  # fmt: skip


@dataclass(frozen=True)
class Placebos:
    """
    Lanes of all products of a release, to compare with.

    `flows` has dims (flow, lane, year): trusted tonnes, what other exporters sent to the same importer, what the
    exporter sent to others [t gross], value [USD]; then what the exporter and what all others sold in all [t gross],
    and the value of the first [USD]; NaN outside of the years in which a product has tonnes.
    `weight` is the median share of a lane in the world trade of its product. [0..1]
    """

    years: tuple[int, ...]
    product_codes: npt.NDArray[np.int64]
    exporters: npt.NDArray[np.object_]
    importers: npt.NDArray[np.object_]
    weight: Floats
    flows: Floats

    def choose(self, code: int, exporter: str, importer: str, weight: float) -> npt.NDArray[np.int64]:
        """
        Choose the lanes nearest in weight that a restriction of the lane does not reach.

        Left out are all lanes of its exporter, in any product, and the lanes of its product to the same importer.

        Returns
        -------
        array of int
            Positions, the nearest first; at most `CHOSEN`.
        """
        distance = np.abs(np.log(self.weight) - np.log(max(weight, MIN_WEIGHT)))
        touches = (self.exporters == exporter) | ((self.product_codes == code) & (self.importers == importer))
        order = np.argsort(distance, kind="stable")
        return np.asarray(order[~touches[order]][:CHOSEN])

    def measure(
        self, rows: npt.NDArray[np.int64], years: Sequence[int], judged: Bools, windows: Windows
    ) -> dict[str, Floats]:
        """
        Measure the placebos as the lane itself is measured: same years, same dates.

        Parameters
        ----------
        rows : array of int
            Positions, the nearest first; the first `NEAREST` that can be judged count.
        years : sequence of int
            The years of the lane.
        judged : array of bool, dims (period)
            Dates asked for at which the lane can be judged.
        windows : Windows
            Baseline and spans.

        Returns
        -------
        dict of signature to array, dims (placebo)
            The strongest departure of each that can be judged. [standard deviations]
        """
        return keep_judged(self.score(rows, years, windows), judged, NEAREST)

    def score(self, rows: npt.NDArray[np.int64], years: Sequence[int], windows: Windows) -> Scores:
        """Score the dates of some placebos; years that the release does not have are not known."""
        shape = (len(self.flows), len(rows), len(years))
        aligned = np.full(shape, np.nan)
        places = [(k, self.years.index(year)) for k, year in enumerate(years) if year in self.years]
        if places:
            to, source = map(list, zip(*places, strict=True))
            aligned[:, :, to] = self.flows[:, rows][:, :, source]
        flow, exporters, importers, value, *wide = aligned
        found = measure_departures(flow, (exporters, importers), value, windows, (wide[0], wide[1], wide[2]))
        return score(found, windows)


def read_placebos(data: Snapshot) -> Placebos:
    """
    Read the placebo lanes of a release: every HS92 code, lanes with at least 12 years and 0.1 % of world trade.

    Doubtful tonnes are left out as in the lane itself; sums over others count there, as `read_lanes` does, value
    over the unit value of the lane in the years beside, else over that of all lanes of the year.
    """
    rows = data.query(POOL, {"min_years": MIN_YEARS, "min_weight": MIN_WEIGHT})
    is_first = np.ones(len(rows["year"]), dtype=bool)
    for_change = [rows[name] for name in ("product_code", "exporter", "importer")]
    is_first[1:] = np.any([column[1:] != column[:-1] for column in for_change], axis=0)
    lane = np.cumsum(is_first) - 1
    years = tuple(range(int(rows["year"].min()), int(rows["year"].max()) + 1))
    flows = np.full((len(FLOWS), int(lane[-1]) + 1, len(years)), np.nan)
    for place, name in enumerate(FLOWS):
        flows[place, lane, rows["year"] - years[0]] = rows[name]
    return Placebos(
        years, rows["product_code"][is_first].astype(np.int64), rows["exporter"][is_first],
        rows["importer"][is_first], rows["weight"][is_first], flows,
    )  # fmt: skip


def rank_p_value(strength: float, placebos: Floats) -> float:
    """
    Share of placebos at least as strong, the lane itself counted among them. [0..1]

    Examples
    --------
    One of three placebos is as strong: (1 + 1) / (1 + 3).

    >>> rank_p_value(2.0, np.array([1.0, 2.5, 0.3]))
    0.5
    """
    return float((1 + np.count_nonzero(placebos >= strength)) / (1 + len(placebos)))


def combine_p_values(strengths: Mapping[str, float], placebos: Mapping[str, Floats]) -> dict[str, float]:
    """
    Give each signature the p-value of having looked for all of them.

    Parameters
    ----------
    strengths : mapping of signature to float
        How strong each signature is in the lane. [standard deviations]
    placebos : mapping of signature to array, dims (placebo)
        The same of every placebo.

    Returns
    -------
    dict of signature to float
        Share of placebos (the lane among them) whose best rank in any signature is as good. [0..1]

    References
    ----------
    .. [1] P. H. Westfall and S. S. Young, "Resampling-based multiple testing," Wiley, 1993, ch. 2 (minP).

    Examples
    --------
    The lane is the strongest of four in a, rank 1 / 4. One placebo is the strongest in b, and as good: (1 + 1) / 4.

    >>> placebos = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([1.0, 2.0, 9.0])}
    >>> combine_p_values({"a": 4.0, "b": 0.0}, placebos)
    {'a': 0.5, 'b': 1.0}
    """
    pooled = {name: np.append(placebos[name], strength) for name, strength in strengths.items()}
    ranks = {
        name: len(all_) - np.searchsorted(np.sort(all_), all_, side="left") for name, all_ in pooled.items()
    }
    best = np.min(list(ranks.values()), axis=0)
    return {name: float(np.mean(best <= rank[-1])) for name, rank in ranks.items()}


def draw_past_again(found: Departures, windows: Windows, judged: Bools) -> dict[str, Floats]:
    r"""
    Draw the past of a lane again, many times: a placebo in time.

    Parameters
    ----------
    found : Departures
        One lane, its breaks in place.
    windows : Windows
        Baseline and spans.
    judged : array of bool, dims (period)
        Dates asked for at which the lane can be judged.

    Returns
    -------
    dict of signature to array, dims (draw)
        The strongest departure of each draw. [standard deviations]

    Notes
    -----
    An autoregression of order one with long-tailed innovations (`quantile_h`), fitted to the gap, to the log unit
    value and to the log value by means that a few large breaks cannot move: the slope from the rank correlation r
    of neighbours, scale and tail from the quantiles of the innovations. The ranks of all series are drawn together,
    so that a slip in the tonnes moves them as it does in the records. Scarcity is not tested: one lane has no
    second one to draw beside it. Same seed, same draws.

    .. math:: g_t = \phi g_{t-1} + s \, x_h(u_t), \quad \phi = 2 \sin(\pi r / 6)
    """
    rng = np.random.default_rng(SEED)
    periods = found.gap.shape[1]
    picks = rng.integers(0, periods - 1, size=(DRAWS, periods + BURN_IN))
    jitter = rng.random(picks.shape)
    series = (found.gap, found.price, found.value)
    gap, price, value = (_draw_again(one[0], picks, jitter)[:, BURN_IN:] for one in series)
    steady: Bools = np.ones((DRAWS, periods), dtype=bool)
    wide = np.full((3, DRAWS, periods), np.nan)
    scores = score(Departures(gap[:, None, :], price, value, steady, wide), windows)
    return keep_judged(scores, judged, DRAWS)


def keep_judged(scores: Scores, judged: Bools, most: int) -> dict[str, Floats]:
    """Strongest departure by signature of the first placebos that can be judged at enough of the dates."""
    is_known = np.asarray(np.isfinite(scores.tonnes).any(axis=1))[:, judged]
    usable = np.flatnonzero(is_known.mean(axis=1) >= ALIKE)[:most]
    return {name: strongest(scores.strength(name)[usable], judged) for name in SIGNATURES}


def quantile_h(share: Floats, tail: float) -> Floats:
    r"""
    Quantile of Tukey's h distribution: a normal one with stretched tails.

    Parameters
    ----------
    share : array
        [0..1]
    tail : float
        h, >= 0: 0 is normal, 0.15 is near Student's t with four degrees of freedom, 0.34 near two.

    Notes
    -----
    .. math:: x = z \, e^{h z^2 / 2}, \quad z = \Phi^{-1}(u)

    References
    ----------
    .. [1] J. W. Tukey, "Modern techniques in data analysis," NSF-sponsored regional research conference at
       Southeastern Massachusetts University, 1977.

    Examples
    --------
    z(0.95) = 1.6449; times exp(0.2 * 1.6449^2 / 2) = 1.3107.

    >>> quantile_h(np.array([0.5, 0.95]), 0.2).round(3).tolist()
    [0.0, 2.156]
    """
    normal = np.interp(share, *_normal_table())
    return np.asarray(normal * np.exp(tail * normal**2 / 2))


@cache
def _normal_table() -> tuple[Floats, Floats]:
    """Quantiles of the normal distribution, close enough together for linear interpolation."""
    scores = np.linspace(-4.5, 4.5, 3601)
    return np.array([NormalDist().cdf(float(z)) for z in scores]), scores


def fit_tail(innovations: Floats) -> float:
    """
    Fit the tail of Tukey's h distribution to the distance of the 5 and 95 % quantiles over that of the quartiles.

    With z the normal quantiles, that ratio is 2.4388 exp(1.1253 h); h is kept within 0.05 and 0.4.
    """
    wide, narrow = (np.ptp(np.quantile(innovations, ends)) for ends in ([0.05, 0.95], [0.25, 0.75]))
    if not narrow > 0:
        return TAILS[1]
    return float(np.clip(np.log(wide / narrow / 2.4388) / 1.1253, *TAILS))


def _draw_again(series: Floats, picks: npt.NDArray[np.int64], jitter: Floats) -> Floats:
    """Draw one series again from the ranks of its innovations at `picks`; NaN throughout if it is not known."""
    known = np.isfinite(series)
    if known.sum() < MIN_KNOWN:
        return np.full(picks.shape, np.nan)
    centred = np.where(known, series - np.median(series[known]), 0.0)
    ranks = _rank_with_ties(centred)
    likeness = float(ranks[:-1] @ ranks[1:]) / max(float(ranks @ ranks), 1e-12)
    slope = float(np.clip(2 * np.sin(np.pi * likeness / 6), 0.0, 0.95))
    innovations = centred[1:] - slope * centred[:-1]
    low, high = np.quantile(innovations, [0.25, 0.75])
    tail = fit_tail(innovations)
    scale = max(float(high - low) / float(np.ptp(quantile_h(np.array([0.25, 0.75]), tail))), 1e-6)
    places = np.argsort(np.argsort(innovations, kind="stable"), kind="stable")
    chosen = scale * quantile_h((places[picks] + jitter) / len(innovations), tail)
    out = np.zeros(picks.shape)
    for period in range(1, picks.shape[1]):
        out[:, period] = slope * out[:, period - 1] + chosen[:, period]
    return out


def _rank_with_ties(values: Floats) -> Floats:
    """Ranks about their mean; equal values share one, so that a constant series has none."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count + 1) / 2)[place]
    return np.asarray(ranks - ranks.mean())
