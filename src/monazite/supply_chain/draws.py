"""Other chains that the reports allow as well: draws from the standard deviations, each balanced again."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from monazite.errors import DataError, ModelError
from monazite.supply_chain.balance import BALANCED, KINDS, ChainSystem, build_system, link_stages
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.newton import BalanceSystem, Floats, Solution, solve_balance
from monazite.supply_chain.pedigree import content_deviations, read_deviations

WIDE = 0.3
"""Relative standard deviation above which a report is drawn from a lognormal distribution. [1]"""
DRAWN = ("production_t", "trade_t")
RECONCILED = ("production_raw_t", "production_prior_sd_t", "trade_raw_t", "trade_prior_sd_t", "balance_state")


def draw_chains(chain: SupplyChain, *, draws: int, seed: int = 0) -> Iterator[SupplyChain]:
    r"""
    Draw chains around a reconciled one: every report moved by its standard deviation, then balanced again.

    Parameters
    ----------
    chain : SupplyChain
        From `reconcile`.
    draws : int
        How many. [>= 1]
    seed : int, default 0
        A draw depends on the seed and its own number alone, so that the first ten of a hundred are the ten.

    Yields
    ------
    SupplyChain
        With `production_t` and `trade_t` of the draw. Stages that balance do so to 1e-9; at the others both are moved
        and cut off at zero.

    Raises
    ------
    DataError
        If the chain is not reconciled, or fewer than one draw is asked for.

    Notes
    -----
    .. math:: x^{(d)} = \arg\min_x \sum_k ((x_k - x_{0k} - s_k z_k) / s_k)^2, \quad A x = b, \; x \ge 0

    with :math:`z_k \sim N(0, 1)`; reports with a relative deviation above 0.3 are moved lognormally (`move_flows`).
    The error of an estimated content is the same on all lanes of an exporter at a stage, so that their z share it.

    Away from zero its deviations are those of `adjusted_deviations` (docs/explanation/reconciliation.md).

    Examples
    --------
    100 t in and 110 t out, both +-10 t: the draws scatter around 105 t with 10 / sqrt 2 = 7.1 t.
    """
    missing = [name for name in RECONCILED if name not in chain.arrays]
    if missing or draws < 1:
        raise DataError(
            f"draws of {chain.material} {chain.year}",
            "need a reconciled chain." if missing else f"are {draws}.",
            which=missing,
            expected="a chain from reconcile, and one draw or more",
        )
    raw = _restore(chain)
    states = [str(state) for state in chain.arrays["balance_state"].values]
    names = [str(name) for name in chain.arrays["stage"].values]
    shares = zip(names, chain.arrays["yield_share"].values, strict=True)
    yields = {name: float(share) for name, share in shares if np.isfinite(share)}
    systems = [
        build_system(raw, stages, states, yields, read_deviations(None))
        for stages in link_stages(raw, states, yields)
    ]
    centres = [solve_balance(built.system) for built in systems]
    free = [i for i, state in enumerate(states) if state != BALANCED]
    common = _common_variance(raw)
    for draw in range(draws):
        random = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, draw]))
        shared = _draw_contents(common, seed, draw)
        arrays = chain.arrays[list(DRAWN)].copy(deep=True)
        for stage in free:
            for name in DRAWN:
                sd, figure = (
                    raw.arrays[part].values[stage] for part in (f"{name.removesuffix('_t')}_sd_t", name)
                )
                sd = np.where(figure == 0, 0.0, np.nan_to_num(sd))
                noise = random.standard_normal(sd.shape)
                if name == "trade_t":
                    noise = np.sqrt(1 - common[stage]) * noise + shared[stage]
                moved = move_flows(figure, sd, noise)
                arrays[name].values[stage] = np.maximum(moved, 0.0)
        for built, centre in zip(systems, centres, strict=True):
            noise = random.standard_normal(len(built.system.prior))
            lane = np.flatnonzero(built.kind == KINDS.index("trade"))
            where = (built.stage[lane], built.country[lane], built.importer[lane])
            noise[lane] = np.sqrt(1 - common[where]) * noise[lane] + shared[where]
            _write(arrays, built, _solve_shaken(built, centre, noise))
        yield SupplyChain(chain.material, chain.year, chain.arrays.assign(arrays), chain.lineage)


def move_flows(prior: Floats, sd: Floats, noise: Floats) -> Floats:
    """
    Move reports by their standard deviation: normal where it is small, lognormal of the same moments where it is not.

    A report of 100 t known to 60 t is no report of nothing: it stays above zero.

    Examples
    --------
    >>> move_flows(np.array([100.0, 100.0]), np.array([10.0, 60.0]), np.array([-2.0, -2.0])).round(1).tolist()
    [80.0, 28.3]
    """
    is_wide = (prior > 0) & (sd > WIDE * prior)
    ratio = np.divide(sd, prior, out=np.zeros_like(sd), where=is_wide)
    spread = np.sqrt(np.log1p(ratio**2))
    wide = np.where(is_wide, prior, 0.0) * np.exp(spread * noise - spread**2 / 2)
    return np.asarray(np.where(is_wide, wide, prior + sd * noise))


def _restore(chain: SupplyChain) -> SupplyChain:
    """Put the figures from before the reconciliation, and their deviations, back in their places."""
    given = {}
    for name in ("production", "trade", "recycled", "stock_draw"):
        if f"{name}_raw_t" in chain.arrays:
            given[f"{name}_t"] = chain.arrays[f"{name}_raw_t"]
            given[f"{name}_sd_t"] = chain.arrays[f"{name}_prior_sd_t"]
    return SupplyChain(chain.material, chain.year, chain.arrays.assign(given), chain.lineage)


def _common_variance(raw: SupplyChain) -> Floats:
    """Give the part of each lane's variance that comes from the estimated content of what its exporter ships."""
    trade = raw.trade_t.values
    sd = np.nan_to_num(raw.arrays["trade_sd_t"].transpose(*raw.trade_t.dims).values)
    total = np.divide(sd, trade, out=np.full_like(sd, np.inf), where=np.nan_to_num(trade) * sd > 0)
    return np.asarray(np.minimum((content_deviations(raw) / total) ** 2, 1.0))


def _draw_contents(common: Floats, seed: int, draw: int) -> Floats:
    """Draw the error of contents: one number per stage and exporter, scaled to its part of each lane's variance."""
    if not common.any():
        return np.zeros_like(common)
    random = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 1, draw]))
    return np.asarray(np.sqrt(common) * random.standard_normal((*common.shape[:2], 1)))


def _solve_shaken(built: ChainSystem, centre: Solution, noise: Floats) -> Floats:
    """Shake what was reported; a production that nobody reports stays nothing, give or take what a host allows."""
    system = built.system
    is_silent = (built.kind == KINDS.index("production")) & (system.prior == 0)
    noise = np.where(is_silent, 0.0, noise)
    moved = move_flows(system.prior, system.sd, noise)
    shaken = BalanceSystem(system.coefficients, system.target, moved, system.sd, system.is_bounded)
    try:
        return solve_balance(shaken, centre.multiplier).value
    except (
        ModelError
    ):  # a draw far from the centre: the search from there can end beside a country of few kilograms
        return solve_balance(shaken).value


def _write(arrays: xr.Dataset, built: ChainSystem, value: Floats) -> None:
    made, lane = (np.flatnonzero(built.kind == KINDS.index(kind)) for kind in ("production", "trade"))
    arrays["production_t"].values[built.stage[made], built.country[made]] = value[made]
    where = (built.stage[lane], built.country[lane], built.importer[lane])
    arrays["trade_t"].values[where] = value[lane]
