"""Owners of the plants behind traced shares of processing."""

import numpy as np

from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, owner_shares, read_owner_tables
from monazite.tracing.mixing import Floats
from monazite.tracing.ways import Answer


def share_owners(data: Snapshot, chain: SupplyChain, by_place: Answer, stage: str) -> Answer:
    r"""
    Turn shares by country of production at a stage into shares by controlling owner.

    Parameters
    ----------
    data : Snapshot
        For the owners of the sites of that stage.
    chain : SupplyChain
        Material and year; a country without output there has no sites.
    by_place : Answer
        Shares by country of production, with bounds.
    stage : str
        Stage of the sites.

    Returns
    -------
    Answer
        Owner countries, `unknown` the last. A country whose sites have no listed owner is wholly unknown.

    Raises
    ------
    DataError
        As `owner_shares`.

    Notes
    -----
    With :math:`M_c` the share by place and w the bounds of the owners, what no country of production explains being
    anybody's:

    .. math:: \underline S_o = \sum_c \underline M_c \underline w_{co}, \quad
              \overline S_o = \min(1, \sum_c \overline M_c \overline w_{co})

    Examples
    --------
    60 to 70 % is processed in CHN, of which CHN controls 90 to 100 %: at least 54 %, at most 70 %.

    >>> round(0.6 * 0.9, 2), round(0.7 * 1.0, 2)
    (0.54, 0.7)
    """
    made: Floats = np.nan_to_num(np.asarray(chain.production_t.sel(stage=stage).values, dtype=float))
    origins = [code for code, mass_t in zip(chain.countries, made, strict=True) if mass_t > 0]
    tables = read_owner_tables(data, material=chain.material, stage=stage)
    owners = owner_shares(tables, chain.material, chain.year, "control", stage=stage, origins=origins)
    at = [by_place.countries.index(code) for code in origins]
    mid, low, high = (ends[at] for ends in (by_place.shares, by_place.low, by_place.high))
    rest = max(0.0, 1.0 - float(mid.sum()))
    shares = mid @ owners["share"].values
    shares[-1] += rest
    most = np.minimum(high @ owners["high"].values + rest, 1.0)
    names = tuple(str(code) for code in owners["owner"].values)
    return Answer(names, shares, low @ owners["low"].values, most, by_place.used_t, by_place.assumptions)
