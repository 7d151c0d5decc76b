"""Supply mixes of the European study of 2023, which publishes shares where nobody publishes tonnes."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from monazite.indicators.criticality.draws import Shaken, draw_scores, mix_seed
from monazite.indicators.criticality.mixes import DRAW, NO_PRODUCTION, NO_TRADE, SMALL, Mixes
from monazite.indicators.criticality.tables import UNION, read_study_shares, union_members
from monazite.snapshot import Snapshot
from monazite.supply_chain.draws import move_flows
from monazite.supply_chain.pedigree import pedigree

SHARES = "published shares"
PARTS = 100
"""Suppliers into which the shares that are not printed are divided. [count]"""
SOURCE = "eu_crm_2023"


def build_study_mixes(data: Snapshot, material: str, stage: str, years: Sequence[int]) -> Mixes:
    """
    Take the mixes that the study prints for a material and stage.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material, stage : str
        Ids.
    years : sequence of int
        What they stand for: years of 2016 to 2020, of which the study prints the mean.

    Returns
    -------
    Mixes
        Shares in place of tonnes (`weight` says so). Import reliance is what the printed mix of the Union leaves for
        partners outside; exports are not printed.
    """
    world, union = (
        complete_shares(read_study_shares(data, material, stage, scope)) for scope in ("world", UNION)
    )
    unknown = xr.DataArray(np.nan)
    flows = split_union(union) if union is not None else (unknown, unknown, unknown)
    lacks = ([NO_PRODUCTION] if world is None else []) + ([NO_TRADE] if union is None else [])
    return Mixes(
        material, stage, world, union, *flows, weight=SHARES, lacks=tuple(lacks), source_ids=(SOURCE,),
        years=tuple(years),
    )  # fmt: skip


def split_union(union: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Split a mix of the Union, dims (..., country), into what its members make, what it imports, and no exports."""
    is_member = union["country"].isin(union_members())
    made = union.where(is_member, 0.0).sum("country")
    return made, union.sum("country") - made, xr.zeros_like(made)


def complete_shares(share: xr.DataArray | None) -> xr.DataArray | None:
    """
    Add what printed shares leave open as many small suppliers, which add next to nothing to a sum of squares.

    Examples
    --------
    >>> whole = complete_shares(xr.DataArray([0.8], dims="country", coords={"country": ["CHN"]}))
    >>> whole.sizes["country"], round(float(whole.sum()), 6), round(float((whole ** 2).sum()), 4)
    (101, 1.0, 0.6404)
    """
    if share is None:
        return None
    open_share = max(0.0, 1.0 - float(share.sum()))
    names = [f"{SMALL} {k}" for k in range(PARTS)]
    small = xr.DataArray(np.full(PARTS, open_share / PARTS), dims="country", coords={"country": names})
    return xr.concat([share, small], dim="country")


def shake_study(
    mixes: Sequence[Mixes], scores: tuple[xr.DataArray, xr.DataArray], *, draws: int, seed: int
) -> Shaken:
    """Draw printed shares by the deviation of an estimated production figure, and the governance scores."""
    material = mixes[0].material
    random = np.random.default_rng(mix_seed(seed, material, SHARES))
    drawn = {one.stage: _draw_mixes(one, draws, random) for one in mixes}
    parts = [mix for one in mixes for mix in (one.world_t, one.union_t) if mix is not None]
    codes = sorted({str(code) for mix in parts for code in mix["country"].values})
    return Shaken(drawn, draw_scores(scores, codes, draws, seed, random), random)


def _draw_mixes(one: Mixes, draws: int, random: np.random.Generator) -> Mixes:
    world, union = (_draw_shares(mix, draws, random) for mix in (one.world_t, one.union_t))
    if union is None:
        unknown = xr.DataArray(np.full(draws, np.nan), dims=DRAW)
        flows = (unknown, unknown, unknown)
    else:
        flows = split_union(union)
    return Mixes(
        one.material, one.stage, world, union, *flows, one.weight, lacks=one.lacks, source_ids=one.source_ids
    )


def _draw_shares(share: xr.DataArray | None, draws: int, random: np.random.Generator) -> xr.DataArray | None:
    if share is None:
        return None
    prior = np.broadcast_to(share.values, (draws, share.sizes["country"]))
    sd = pedigree()["production", "estimated"].relative_sd * prior
    moved = np.maximum(move_flows(prior, sd, random.standard_normal(prior.shape)), 0.0)
    return xr.DataArray(moved, dims=(DRAW, "country"), coords={"country": share["country"].values})
