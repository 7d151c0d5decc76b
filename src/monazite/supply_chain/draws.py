"""Other chains that the reports allow as well: draws from the standard deviations, each balanced again."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.supply_chain.balance import BALANCED, KINDS, ChainSystem, build_system, link_stages
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.newton import BalanceSystem, Floats, Solution, solve_balance
from monazite.supply_chain.pedigree import read_deviations

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
    for draw in range(draws):
        random = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, draw]))
        arrays = chain.arrays[list(DRAWN)].copy(deep=True)
        for stage in free:
            for name in DRAWN:
                sd = np.nan_to_num(raw.arrays[f"{name.removesuffix('_t')}_sd_t"].values[stage])
                moved = move_flows(raw.arrays[name].values[stage], sd, random.standard_normal(sd.shape))
                arrays[name].values[stage] = np.maximum(moved, 0.0)
        for built, centre in zip(systems, centres, strict=True):
            _write(arrays, built, _solve_shaken(built, centre, random))
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


def _solve_shaken(built: ChainSystem, centre: Solution, random: np.random.Generator) -> Floats:
    """Shake what was reported; a production that nobody reports stays nothing, give or take what a host allows."""
    system = built.system
    is_silent = (built.kind == KINDS.index("production")) & (system.prior == 0)
    noise = np.where(is_silent, 0.0, random.standard_normal(len(system.prior)))
    moved = move_flows(system.prior, system.sd, noise)
    shaken = BalanceSystem(system.coefficients, system.target, moved, system.sd, system.is_bounded)
    return solve_balance(shaken, centre.multiplier).value


def _write(arrays: xr.Dataset, built: ChainSystem, value: Floats) -> None:
    made, lane = (np.flatnonzero(built.kind == KINDS.index(kind)) for kind in ("production", "trade"))
    arrays["production_t"].values[built.stage[made], built.country[made]] = value[made]
    where = (built.stage[lane], built.country[lane], built.importer[lane])
    arrays["trade_t"].values[where] = value[lane]
