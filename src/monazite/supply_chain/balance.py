"""The balances of a chain as a linear system: which flows there are, and in which balances each stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import csr_array

from monazite.supply_chain.biproportional import FITTED
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.newton import BalanceSystem
from monazite.supply_chain.pedigree import Key

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Table = dict[str, NDArray[Any]]

BALANCED = "balanced"
KINDS = ("production", "trade", "recycled", "stock_draw", "use", "residual_in", "residual_out")
MEASURED = KINDS[:4]
"""Kinds of flow of which there are reports."""


@dataclass(frozen=True)
class ChainSystem:
    """
    The balances of some stages of a chain, linked to each other.

    Attributes
    ----------
    system : BalanceSystem
        One row per stage and country that anything flows through, one column per flow. [t a year]
    row_stage, row_country : ndarray of int
        Positions of each balance in the chain.
    kind : ndarray of int
        Position of each flow in `KINDS`.
    stage, country, importer : ndarray of int
        Positions of each flow; `country` is the exporter of a lane, `importer` is -1 for all but lanes.
    """

    system: BalanceSystem
    row_stage: Whole
    row_country: Whole
    kind: Whole
    stage: Whole
    country: Whole
    importer: Whole


def describe_stages(chain: SupplyChain) -> list[str]:
    """
    Say of each stage whether it can be balanced, and if not, why.

    Returns
    -------
    list of str
        `balanced`, or a reason, in the order of the stages.
    """
    return [_describe_stage(chain.arrays.isel(stage=i)) for i in range(chain.arrays.sizes["stage"])]


def note_stages(chain: SupplyChain, states: Sequence[str]) -> list[str]:
    """
    Say of stages that can be balanced what makes their balance say little; empty where nothing does.

    Returns
    -------
    list of str
        In the order of the stages.
    """
    arrays = chain.arrays
    return [_note_stage(arrays.isel(stage=i)) if state == BALANCED else "" for i, state in enumerate(states)]


def link_stages(chain: SupplyChain, states: Sequence[str], yields: Mapping[str, float]) -> list[list[int]]:
    """
    Group the stages that can be balanced by the yields that link them.

    A stage is linked to the one before it if its yield is known, its production is known in full and the one before
    it can be balanced. Its own trade need not be known: its input is then all that the one before sees of it.

    Returns
    -------
    list of lists of positions
        Each in the order of the chain.
    """
    names = [str(name) for name in chain.arrays["stage"].values]
    groups: list[list[int]] = []
    for i, name in enumerate(names):
        is_linked = name in yields and i > 0 and states[i - 1] == BALANCED and _is_complete(chain, i)
        if is_linked:
            groups[-1].append(i)
        elif states[i] == BALANCED:
            groups.append([i])
    return groups


def build_system(
    chain: SupplyChain,
    stages: Sequence[int],
    states: Sequence[str],
    yields: Mapping[str, float],
    deviations: Mapping[Key, float],
) -> ChainSystem:
    r"""
    Set up the balances of linked stages.

    Notes
    -----
    For stage s and country c, with use only at the last stage of the group,

    .. math:: P_{sc} + \sum_i T_{sic} + Q_{sc} + D_{sc} + R_{sc} = \sum_j T_{scj} + P_{s+1,c} / y_{s+1} + U_{sc}

    (production, imports, recycled, stock draw and residual; exports, input of the next stage and use). A flow of zero
    is no flow: it stays zero, unless
    it is a production that nobody reports but a host allows.
    """
    flows = _measured_flows(chain, [i for i in stages if states[i] == BALANCED])
    flows += _input_only(chain, stages, states)
    table = {name: np.concatenate([part[name] for part in flows]) for name in flows[0]}
    count = chain.arrays.sizes["country"]
    rows, columns, entries = _entries(chain, table, stages, states, yields)
    moved = entries * table["prior"][columns]
    inside, out = (
        np.bincount(rows, np.maximum(part, 0.0), minlength=count * (max(stages) + 1)).astype(float)
        for part in (moved, -moved)
    )
    place = np.flatnonzero(np.maximum(inside, out) > 0)
    number = np.full(len(inside), -1)
    number[place] = np.arange(len(place))
    last = max(i for i in stages if states[i] == BALANCED)
    ends = place // count == last
    closing, signs = _closing_flows(place, ends, inside[place], out[place], count, deviations)
    table = {name: np.concatenate([table[name], closing[name]]) for name in table}
    width = len(table["prior"])
    matrix = csr_array(
        (
            np.concatenate([entries, signs]),
            (
                np.concatenate([number[rows], number[closing["stage"] * count + closing["country"]]]),
                np.concatenate([columns, np.arange(width - len(signs), width)]),
            ),
        ),
        shape=(len(place), width),
    )
    is_bounded = table["kind"] != KINDS.index("stock_draw")
    system = BalanceSystem(matrix, np.zeros(len(place)), table["prior"], table["sd"], is_bounded)
    return ChainSystem(
        system,
        place // count,
        place % count,
        table["kind"],
        table["stage"],
        table["country"],
        table["importer"],
    )


def _describe_stage(stage: xr.Dataset) -> str:
    production, trade = stage["production_t"].values, stage["trade_t"].values
    if np.isnan(production).all() and np.isnan(trade).all():
        gross = float(stage["trade_gross_t"].sum())
        return (
            "no source gives production, and the content of what is traded is unknown"
            if gross
            else "no figures"
        )
    if np.isnan(production).all():
        return "no source gives production"
    if np.isnan(trade).all():
        return "nobody reports trade"
    if np.isnan(production).any():
        return f"production is missing in {int(np.isnan(production).sum())} countries"
    if np.isnan(trade).any():
        return f"contained tonnes are unknown on {int(np.isnan(trade).sum())} lanes"
    if "is_part" in stage and bool(stage["is_part"]):
        return "production covers a part of the material, trade all of it"
    return BALANCED if production.any() or trade.any() else "all flows are zero"


def _note_stage(stage: xr.Dataset) -> str:
    if not stage["trade_t"].values.any():
        return "all trade is zero: no country is joined to another, and each uses what it makes"
    if not stage["production_t"].values.any():
        return "all production is zero: what is traded comes from nowhere and is residual"
    return FITTED if "is_fitted" in stage and bool(stage["is_fitted"]) else ""


def _is_complete(chain: SupplyChain, stage: int) -> bool:
    """Whether production at a stage is known in full and covers the whole material."""
    here = chain.arrays.isel(stage=stage)
    is_part = "is_part" in here and bool(here["is_part"])
    return not is_part and not bool(np.isnan(here["production_t"].values).any())


def _flow_table(kind: str, stage: Whole, country: Whole, importer: Whole, prior: Floats, sd: Floats) -> Table:
    return {
        "kind": np.full(len(prior), KINDS.index(kind)), "stage": stage, "country": country, "importer": importer,
        "prior": prior, "sd": sd,
    }  # fmt: skip


def _measured_flows(chain: SupplyChain, stages: Sequence[int]) -> list[Table]:
    """List the flows that somebody reported, or that stand in for a report, at stages that are balanced."""
    tables = []
    for kind in MEASURED:
        if f"{kind}_t" not in chain.arrays:
            continue
        values, deviations = chain.arrays[f"{kind}_t"].values, chain.arrays[f"{kind}_sd_t"].values
        is_here = np.zeros(values.shape, dtype=bool)
        is_here[list(stages)] = np.nan_to_num(values[list(stages)]) != 0
        if (
            kind == "production"
        ):  # of no figure, but with a deviation: it may be anything up to what its host allows
            is_here[list(stages)] |= deviations[list(stages)] > 0
        where = np.nonzero(is_here)
        importer = where[2] if kind == "trade" else np.full(len(where[0]), -1)
        tables.append(_flow_table(kind, where[0], where[1], importer, values[where], deviations[where]))
    return tables


def _input_only(chain: SupplyChain, stages: Sequence[int], states: Sequence[str]) -> list[Table]:
    """List the production of linked stages without trade, which only the stage before sees."""
    tables = []
    for i in stages:
        if states[i] != BALANCED:
            values = chain.production_t.values[i]
            country = np.flatnonzero(values > 0)
            stage, none = np.full(len(country), i), np.full(len(country), -1)
            deviations = chain.arrays["production_sd_t"].values[i, country]
            tables.append(_flow_table("production", stage, country, none, values[country], deviations))
    return tables


def _entries(
    chain: SupplyChain,
    table: Mapping[str, NDArray[Any]],
    stages: Sequence[int],
    states: Sequence[str],
    yields: Mapping[str, float],
) -> tuple[Whole, Whole, Floats]:
    """Place every flow in its balances: row (stage times countries plus country), column, coefficient."""
    count = chain.arrays.sizes["country"]
    names = [str(name) for name in chain.arrays["stage"].values]
    kind, stage = table["kind"], table["stage"]
    every = np.arange(len(kind))
    is_lane, is_made = kind == KINDS.index("trade"), kind == KINDS.index("production")
    own = stage * count + table["country"]
    is_own = ~is_lane & np.isin(stage, [i for i in stages if states[i] == BALANCED])
    feeds = is_made & np.isin(stage, list(stages)[1:])
    share = np.array([yields.get(name, np.nan) for name in names])
    lanes = every[is_lane]
    return (
        np.concatenate(
            [own[is_own], own[lanes], stage[lanes] * count + table["importer"][lanes], own[feeds] - count]
        ),
        np.concatenate([every[is_own], lanes, lanes, every[feeds]]),
        np.concatenate(
            [np.ones(int(is_own.sum())), -np.ones(len(lanes)), np.ones(len(lanes)), -1 / share[stage[feeds]]]
        ),
    )


def _closing_flows(
    place: Whole,
    ends: NDArray[np.bool_],
    inside: Floats,
    out: Floats,
    count: int,
    deviations: Mapping[Key, float],
) -> tuple[Table, Floats]:
    """
    Add what nobody measures: use where the chain ends, residual everywhere.

    A residual stays zero as long as use can give way: its prior is shifted below zero by what use costs there, so
    that a country never has both.
    """
    through = np.maximum(inside, out)
    surplus = np.maximum(inside - out, 0.0)
    use_sd, residual_sd = deviations["use", "unknown"] * through, deviations["residual", "unknown"] * through
    shift = np.where(ends, -surplus * (residual_sd / use_sd) ** 2, 0.0)
    parts = (
        ("use", ends, surplus, use_sd, -1.0),
        ("residual_in", np.ones_like(ends), shift, residual_sd, 1.0),
        ("residual_out", ~ends, np.zeros_like(shift), residual_sd, -1.0),
    )
    tables = [
        _flow_table(
            kind, place[at] // count, place[at] % count, np.full(int(at.sum()), -1), prior[at], sd[at]
        )
        for kind, at, prior, sd, _ in parts
    ]
    signs = np.concatenate([np.full(int(at.sum()), sign) for _, at, _, _, sign in parts])
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}, signs
