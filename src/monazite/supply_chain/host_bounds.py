"""What the hosts of a by-product allow, put into its chain: a verdict per country, and a bound on doubtful figures."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import log_ndtr

from monazite.snapshot import Snapshot
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.host_records import judge
from monazite.supply_chain.hosts import (
    BASES,
    RECOVERABLE,
    HostFigures,
    HostRate,
    read_host_figures,
    read_rates,
)
from monazite.supply_chain.newton import Floats
from monazite.supply_chain.pedigree import Key, set_deviations
from monazite.vocabulary import STAGES

TABLE = "byproduct_hosts"
CEILING = BASES[RECOVERABLE]
REPORTED = "reported"
UNIFORM = float(np.sqrt(12.0))
"""Width of a uniform distribution over its standard deviation. [1]"""
TWO_SIGMA = 2.0
"""An output that nobody reports is nothing, give or take: its host's ceiling lies two standard deviations off. [1]"""
CELLS = ("stage", "country")


def add_hosts(data: Snapshot, chain: SupplyChain, deviations: Mapping[Key, float]) -> SupplyChain:
    r"""
    Put what the hosts of a by-product allow into its chain.

    Parameters
    ----------
    data : Snapshot
        An open release.
    chain : SupplyChain
        Raw figures.
    deviations : mapping of (figure, quality) to relative standard deviation
        As `read_deviations` gives them.

    Returns
    -------
    SupplyChain
        The same where the material is no by-product with a published rate per tonne of one host. Else with, at the
        stage where it is recovered, `host` and `host_basis` (stage), `host_allowed_t`, `host_allowed_low_t`,
        `host_allowed_high_t` (stage, country) [t a year; NaN where no output of the host is on record] and
        `host_verdict` (stage, country), see `judge`. If the rate is a ceiling (basis `recoverable`), production that is
        not `reported` is bounded by it (`production_t`, `production_sd_t`; the figure itself stays in
        `production_reported_t`), and a country without a figure that sells more than it buys may have made up to it:
        0 +- half of the ceiling. A world mean is a yardstick and bounds nothing.

    Notes
    -----
    A figure p with deviation s, bounded by a ceiling C with deviation c, the published range over the square root of
    12, becomes

    .. math:: p' = p - \frac{s^2}{t} \lambda, \quad s'^2 = s^2 - \frac{s^4}{t^2} \lambda (\lambda - a), \quad
              t^2 = s^2 + c^2, \; a = (p - C) / t, \; \lambda = \varphi(a) / \Phi(-a)

    Examples
    --------
    An estimate of 60 +- 12 t under a ceiling of 42.6 to 73.8 t, so 58.2 +- 9.0: t = 15, a = 0.12, lambda = 0.88, and
    60 - 9.6 x 0.88 = 51.6 t are left.
    """
    if TABLE not in data.manifest.tables or not _is_by_product(data, chain.material):
        return chain
    rates, _ = read_rates(data, chain.material)
    if len(rates) != 1:
        return chain
    figures = read_host_figures(data, chain.material, chain.year, rates[0])
    stage = _find_stage(chain, figures)
    if not figures.host_t or stage is None:
        return chain
    return apply_hosts(chain, figures, stage, deviations)


def apply_hosts(
    chain: SupplyChain, figures: HostFigures, stage: str, deviations: Mapping[Key, float]
) -> SupplyChain:
    """
    Put the figures of one host into a chain; see `add_hosts`.

    Parameters
    ----------
    chain : SupplyChain
        Raw figures.
    figures : HostFigures
        Output of the host by country, and the rate.
    stage : str
        Where the by-product is recovered.
    deviations : mapping of (figure, quality) to relative standard deviation
        As `read_deviations` gives them.

    Returns
    -------
    SupplyChain
        As `add_hosts`.

    Examples
    --------
    Alumina of 1 Mt at 15 to 26 g/t allows 15 to 26 t of gallium; 20 reported tonnes are near the ceiling.
    """
    at = [str(name) for name in chain.arrays["stage"].values].index(stage)
    rate = figures.rate
    host = np.array([figures.host_t.get(code, np.nan) for code in chain.countries])
    allowed = {
        f"host_allowed{end}_t": host * factor / 1000.0
        for end, factor in (("", rate.kg_per_t), ("_low", rate.low_kg_per_t), ("_high", rate.high_kg_per_t))
    }
    arrays = chain.arrays.copy(deep=True)
    shape = arrays.sizes["stage"], arrays.sizes["country"]
    for name, values in allowed.items():
        arrays[name] = (CELLS, np.full(shape, np.nan))
        arrays[name].values[at] = values
    arrays["host_verdict"] = (CELLS, np.full(shape, "", dtype=object))
    arrays["host_verdict"].values[at] = _judge_all(chain, at, host, allowed, rate)
    for name, word in (("host", rate.host), ("host_basis", rate.basis)):
        words = np.full(shape[0], "", dtype=object)
        words[at] = word
        arrays[name] = ("stage", words)
    found = SupplyChain(chain.material, chain.year, arrays, chain.lineage.with_sources(*figures.source_ids))
    return _bound(found, at, deviations) if rate.basis == CEILING else found


def bound_figures(
    figure_t: Floats, sd_t: Floats, ceiling_t: Floats, ceiling_sd_t: Floats
) -> tuple[Floats, Floats]:
    """
    Condition normal figures on lying below normal ceilings; the equations are those of `add_hosts`.

    Parameters
    ----------
    figure_t, sd_t : ndarray
        Figures and their standard deviations. [t; sd > 0]
    ceiling_t, ceiling_sd_t : ndarray
        Ceilings and theirs. [t; sd >= 0]

    Returns
    -------
    figure, sd
        Mean and standard deviation afterwards. [t, figure cut off at 0]

    Examples
    --------
    >>> found, sd = bound_figures(*(np.array([x]) for x in (60.0, 12.0, 58.2, 9.0)))
    >>> [round(float(x[0]), 1) for x in (found, sd)]
    [51.6, 9.1]
    """
    total = np.hypot(sd_t, ceiling_sd_t)
    a = (figure_t - ceiling_t) / total
    hazard = np.exp(-(a**2) / 2 - np.log(np.sqrt(2 * np.pi)) - log_ndtr(-a))
    share = sd_t**2 / total
    mean = figure_t - share * hazard
    variance = sd_t**2 - share**2 * hazard * (hazard - a)
    return np.maximum(mean, 0.0), np.sqrt(np.maximum(variance, (1e-3 * sd_t) ** 2))


def _is_by_product(data: Snapshot, material: str) -> bool:
    found = data.query(
        f"SELECT count(*) AS n FROM {TABLE} WHERE byproduct = $material", {"material": material}
    )
    return int(found["n"][0]) > 0


def _find_stage(chain: SupplyChain, figures: HostFigures) -> str | None:
    """The first stage of which the by-product has production, as `read_recovered` chooses it."""
    known = np.isfinite(chain.production_t.values).any(axis=1)
    names = [
        str(name) for name, is_known in zip(chain.arrays["stage"].values, known, strict=True) if is_known
    ]
    return next((name for name in STAGES if name in names), None) if figures.recovered_t else None


def _judge_all(
    chain: SupplyChain, at: int, host: Floats, allowed: Mapping[str, Floats], rate: HostRate
) -> Sequence[str]:
    """Say of every country how its production lies to what its host allows; empty where neither is on record."""
    made, quality = chain.production_t.values[at], chain.quality.values[at]
    words = []
    for k in range(len(host)):
        is_made = str(quality[k]) != "missing" and np.isfinite(made[k])
        number = {
            "recovered_t": float(made[k]) if is_made else None,
            **{
                f"allowed{end}_t": float(allowed[f"host_allowed{end}_t"][k]) if np.isfinite(host[k]) else None
                for end in ("_low", "_high")
            },
        }
        words.append(judge(number, rate) if is_made or np.isfinite(host[k]) else "")
    return words


def _bound(chain: SupplyChain, at: int, deviations: Mapping[Key, float]) -> SupplyChain:
    """Bound production of one stage that is not reported, and open it where there is no figure and some lacks."""
    prepared = set_deviations(chain, deviations).arrays
    arrays = chain.arrays.copy(deep=True)
    dims = arrays["production_t"].dims
    made, sd = (
        arrays["production_t"].values.copy(),
        prepared["production_sd_t"].transpose(*dims).values.copy(),
    )
    low, high = (arrays[f"host_allowed{end}_t"].values[at] for end in ("_low", "_high"))
    quality = arrays["quality"].values[at].astype(str)
    is_known = np.isfinite(high) & (high > 0)
    doubtful = is_known & (made[at] > 0) & (quality != REPORTED) & (quality != "missing")
    made[at, doubtful], sd[at, doubtful] = bound_figures(
        made[at, doubtful], sd[at, doubtful], (low + high)[doubtful] / 2, (high - low)[doubtful] / UNIFORM
    )
    trade = arrays["trade_t"].transpose(..., "exporter", "importer").values[at]
    lacks = trade.sum(axis=1) > trade.sum(axis=0) + made[at]
    silent = is_known & (made[at] == 0) & (quality == "missing") & lacks
    sd[at, silent] = high[silent] / TWO_SIGMA
    return SupplyChain(
        chain.material, chain.year,
        arrays.assign(
            production_reported_t=arrays["production_t"], production_t=(dims, made), production_sd_t=(dims, sd)
        ),
        chain.lineage,
    )  # fmt: skip
