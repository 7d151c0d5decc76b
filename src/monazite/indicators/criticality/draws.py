"""Draws of the European supply risk: reports, governance and the rounding of published factors, all at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import xarray as xr

from monazite.indicators.criticality.mixes import DRAW, Mixes, average_mixes, build_mixes
from monazite.indicators.criticality.parts import WORST_SCORE, assess_mixes
from monazite.indicators.criticality.tables import Factor, union_members
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.draws import draw_chains

WORDS = 2**32
RATE_ROUNDING, INDEX_ROUNDING = 0.005, 0.05
"""Half of the last digit that the Commission prints: of a rate, whole percent; of an index, one decimal. [unitless]"""
GOVERNANCE_WORD = "governance"


@dataclass(frozen=True)
class Shaken:
    """Draws of one material: the mixes of every stage, and the scores of every country, dims (draw, country)."""

    mixes: dict[str, Mixes]
    score: xr.DataArray
    random: np.random.Generator


def mix_seed(seed: int, *words: object) -> int:
    """
    Mix a seed with words, so that draws of different materials are independent and each is repeatable.

    Examples
    --------
    >>> mix_seed(7, "cobalt", 2020) == mix_seed(7, "cobalt", 2020) != mix_seed(7, "cobalt", 2021)
    True
    """
    return abs(seed) % WORDS * WORDS + crc32(":".join(map(str, words)).encode())


def shake(
    chains: Sequence[SupplyChain], scores: tuple[xr.DataArray, xr.DataArray], *, draws: int, seed: int
) -> Shaken:
    """
    Draw the chains of one material, of one year or several, and the governance scores of all countries.

    Parameters
    ----------
    chains : sequence of SupplyChain
        Reconciled, of one material.
    scores : pair of DataArray, dims (country)
        Scores and their standard deviations, as `read_scores` gives them. [unitless]
    draws, seed : int
        How many; any whole number. Scores are the same for every material, so that ranks compare alike.

    Returns
    -------
    Shaken
        A country without a score is drawn evenly between 0 and 10.
    """
    material = chains[0].material
    stages = [str(stage) for stage in chains[0].arrays["stage"].values][:2]
    years = [draw_stages(chain, stages, draws, mix_seed(seed, material, chain.year)) for chain in chains]
    mixes = {stage: average_mixes([year[stage] for year in years]) for stage in stages}
    codes = sorted({code for chain in chains for code in chain.countries})
    random = np.random.default_rng(mix_seed(seed, material, "factors"))
    return Shaken(mixes, draw_scores(scores, codes, draws, seed, random), random)


def draw_stages(chain: SupplyChain, stages: Sequence[str], draws: int, seed: int) -> dict[str, Mixes]:
    """
    Draw a chain and keep of each draw only the mixes of its stages, with the dimension `draw`.

    A mix that the chain itself does not know stays unknown.
    """
    codes, members = np.array(chain.countries), np.isin(chain.countries, union_members())
    at = [[str(name) for name in chain.arrays["stage"].values].index(stage) for stage in stages]
    made = np.empty((len(stages), draws, len(codes)))
    bought = np.empty((len(stages), draws, int((~members).sum())))
    sold = np.empty((len(stages), draws))
    for d, drawn in enumerate(draw_chains(chain, draws=draws, seed=seed)):
        production = drawn.production_t.transpose("stage", "country").values
        trade = drawn.trade_t.transpose("stage", "exporter", "importer").values
        for k, stage in enumerate(at):
            made[k, d] = production[stage]
            bought[k, d] = trade[stage][np.ix_(~members, members)].sum(axis=1)
            sold[k, d] = trade[stage][np.ix_(members, ~members)].sum()
    return {
        stage: _label_draws(build_mixes(chain, stage), codes, members, (made[k], bought[k], sold[k]))
        for k, stage in enumerate(stages)
    }


def _label_draws(
    known: Mixes, codes: np.ndarray, members: np.ndarray, drawn: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> Mixes:
    """Put labels on the draws of one stage: production, imports of the Union by partner, its exports."""
    made, bought, sold = drawn
    union = np.concatenate([made[:, members], bought], axis=1)
    names = np.concatenate([codes[members], codes[~members]])
    if known.union_t is not None and known.union_t.sizes["country"] == bought.shape[1]:
        union, names = bought, codes[~members]
    return replace(
        known,
        world_t=_label(made, codes) if known.world_t is not None else None,
        union_t=_label(union, names) if known.union_t is not None else None,
        production_t=xr.DataArray(made[:, members].sum(axis=1), dims=DRAW),
        import_t=xr.DataArray(bought.sum(axis=1), dims=DRAW),
        export_t=xr.DataArray(sold, dims=DRAW),
    )


def _label(drawn: np.ndarray, codes: np.ndarray) -> xr.DataArray:
    return xr.DataArray(drawn, dims=(DRAW, "country"), coords={"country": codes})


def draw_mixes(
    shaken: Shaken, stage: str, parameter: xr.DataArray, recycled: Factor, substitution: Factor
) -> np.ndarray:
    """
    Compute the supply risk of one stage in every draw.

    Parameters
    ----------
    shaken : Shaken
        Draws of the chains.
    stage : str
        Stage of the product.
    parameter : DataArray, dims (country)
        Trade parameter. [unitless] Not drawn: it is a rule.
    recycled, substitution : Factor
        Drawn evenly within what their rounding hides; left out where they are not carried, as in the value.

    Returns
    -------
    ndarray, shape (draws,)
        Supply risk. [unitless]
    """
    draws = shaken.score.sizes[DRAW]
    terms = assess_mixes(
        shaken.mixes[stage], shaken.score, parameter,
        recycled=_draw_factor(recycled, RATE_ROUNDING, 0.0, draws, shaken.random),
        substitution=_draw_factor(substitution, INDEX_ROUNDING, 1.0, draws, shaken.random),
    )  # fmt: skip
    return np.asarray(terms.risk.values, dtype=float)


def draw_scores(
    scores: tuple[xr.DataArray, xr.DataArray], codes: Sequence[str], draws: int, seed: int,
    random: np.random.Generator,
) -> xr.DataArray:  # fmt: skip
    """Draw scores: normal about the estimate, the same for every material; even where there is no estimate."""
    score, sd = (array.reindex(country=list(codes)).values for array in scores)
    drawn = np.empty((draws, len(codes)))
    for k, code in enumerate(codes):
        noise = np.random.default_rng(mix_seed(seed, GOVERNANCE_WORD, code)).standard_normal(draws)
        drawn[:, k] = np.clip(score[k] + np.nan_to_num(sd[k]) * noise, 0.0, WORST_SCORE)
    lacking = np.isnan(score)
    drawn[:, lacking] = random.uniform(0.0, WORST_SCORE, (draws, int(lacking.sum())))
    return xr.DataArray(drawn, dims=(DRAW, "country"), coords={"country": list(codes)})


def _draw_factor(
    factor: Factor, half: float, neutral: float, draws: int, random: np.random.Generator
) -> xr.DataArray:
    """Draw a published factor within its rounding and within 0 to 1."""
    if not factor.is_known:
        return xr.DataArray(np.full(draws, neutral), dims=DRAW)
    return xr.DataArray(np.clip(factor.value + random.uniform(-half, half, draws), 0.0, 1.0), dims=DRAW)
