"""Reconcile a chain: raw figures in, figures that balance exactly out, and how far each had to move."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from monazite.errors import DataError
from monazite.supply_chain.balance import (
    BALANCED,
    KINDS,
    MEASURED,
    ChainSystem,
    build_system,
    describe_stages,
    link_stages,
    note_stages,
)
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.deviations import adjusted_deviations, pair_deviations
from monazite.supply_chain.gross_errors import SUSPECTS, GrossErrorTest, Suspicion, find_gross_errors
from monazite.supply_chain.mirror import use_mirror_reports
from monazite.supply_chain.newton import Floats, solve_balance
from monazite.supply_chain.pedigree import Key, read_deviations, set_deviations

CELLS, LANES = ("stage", "country"), ("stage", "exporter", "importer")
KNOWN = ("production_t", "trade_t")
OPTIONAL = ("recycled_t", "stock_draw_t")
LEAST_T, MOST_T = 1e-60, 1e60
"""Flows outside these are no figures, and their squares leave double precision. [t]"""


@dataclass(frozen=True)
class Doubt:
    """
    A balance that its reports contradict.

    `gap_t` is what the reports leave open there [t, negative = more goes out than comes in], `z` the gap over its
    standard deviation; `reports` are the few that could be wrong, the likeliest first: what
    it is, value before, value after. `is_unreported`: no source gives production there.
    """

    stage: str
    country: str
    gap_t: float
    z: float
    reports: tuple[tuple[str, float, float], ...]
    is_unreported: bool


@dataclass(frozen=True)
class Suspect:
    """
    A report that had to move far for what is known of it: `step` is |adjustment| / sd.

    `report` says what it is, `before` and `after` are its values [t]; `country` is the exporter of a lane, `importer`
    is empty for all others.
    """

    report: str
    stage: str
    before: float
    after: float
    step: float
    country: str
    importer: str


@dataclass(frozen=True)
class Reconciliation:
    """
    A balanced chain and what is doubtful in it.

    Attributes
    ----------
    chain : SupplyChain
        Arrays that balance at every stage whose `balance_state` is `balanced`; the raw ones elsewhere.
    doubts : tuple of Doubt
        Balances that contradict their reports, those that lack most tonnes first.
    statistic, balances, p_value
        Global test of each group of linked stages, summed: statistic, balances tested, chance of as much by accident.
    suspects : tuple of Suspect
        Reports outside the balances of `doubts` that moved furthest for their standard deviation, the furthest first.
    limit : float
        z from which a balance is named; of several groups the smallest.
    """

    chain: SupplyChain
    doubts: tuple[Doubt, ...]
    statistic: float
    balances: int
    p_value: float
    suspects: tuple[Suspect, ...] = ()
    limit: float = 0.0


def reconcile(
    chain: SupplyChain,
    *,
    yields: Mapping[str, float] | None = None,
    deviations: Mapping[Key, float] | None = None,
    draws: int = 0,
    seed: int = 0,
) -> Reconciliation:
    r"""
    Make the figures of a chain balance, each moved in proportion to its variance.

    Parameters
    ----------
    chain : SupplyChain
        Raw figures, built with `unreported="zero"`. It may bring `recycled_t` and `stock_draw_t` (stage, country),
        and standard deviations of its own as `production_sd_t`, `trade_sd_t` and so on.
    yields : mapping of stage to number, optional
        Tonnes that a stage makes of a tonne that enters it. [0 < yield <= 1] A stage without one is balanced alone.
    deviations : mapping of (figure, quality) to number, optional
        Relative standard deviations that replace those of the pedigree table.
    draws, seed : int
        As `adjusted_deviations`.

    Returns
    -------
    Reconciliation
        Its chain has, beside the balanced `production_t`, `trade_t`, `residual_t` and `apparent_consumption_t`: `use_t`
        and `input_t` (stage, country); `<name>_sd_t` after and `<name>_prior_sd_t` before; `<name>_raw_t`; `<name>_z`,
        the adjustment over the standard deviation of an adjustment; `balance_z` (stage, country); `balance_state`,
        `balance_note` (what makes a balance say little) and `yield_share` (stage).

    Raises
    ------
    DataError
        If a flow is negative, infinite or absurd, a yield not in (0, 1], or a standard deviation absurd; all are named.
    ModelError
        If the balance does not hold afterwards.

    Notes
    -----
    .. math:: P_{sc} + M_{sc} + Q_{sc} + D_{sc} + R_{sc} = X_{sc} + I_{s+1,c} + U_{sc}, \qquad I_{sc} \, y_s = P_{sc}

    holds to 1e-9 of the flow through every country. What reports cannot explain is the residual R [t]: above zero it
    comes from nowhere, below zero (only where a next stage is linked) it goes nowhere. The equations, the pedigree
    and what the tests can find: docs/explanation/reconciliation.md.

    Examples
    --------
    A country that mines 5 t, imports 10 and exports 20 lacks 5 t. The sd are 0.65 (13 %), 1.9 and 3.8 (19 %) for
    the reports, so 18.5 in squares, and 10 (half of 20) for the residual: it takes 100 / 118.5 of the gap, 4.2 t
    (a little more where the seller of the 10 t holds that lane back).
    """
    _check_flows(chain)
    factors = _check_yields(chain, yields or {})
    relative = read_deviations(deviations)
    prepared = set_deviations(use_mirror_reports(chain, relative), relative)
    states = describe_stages(prepared)
    groups = link_stages(prepared, states, factors)
    arrays = _prepare_arrays(prepared, states, factors)
    doubts: list[Doubt] = []
    suspects: list[Suspect] = []
    tests: list[GrossErrorTest] = []
    for stages in groups:
        built = build_system(prepared, stages, states, factors, relative)
        solution = solve_balance(built.system)
        is_shaken = (built.kind < len(MEASURED)) | (built.kind != KINDS.index("use")) & (solution.value > 0)
        sd, projected = adjusted_deviations(
            built.system, solution, draws=draws, seed=seed, is_shaken=is_shaken
        )
        if draws <= 1:
            sd = pair_deviations(built, solution.value, sd, projected)
        test = find_gross_errors(built, solution.value - built.system.prior)
        _write_flows(arrays, built, solution.value, sd, projected)
        arrays["balance_z"].values[built.row_stage, built.row_country] = test.z
        tests.append(test)
        doubts += [_describe_doubt(prepared, built, solution.value, found) for found in test.suspicions]
        suspects += [_describe_suspect(prepared, built, solution.value, test, k) for k in test.ranked]
    _write_derived(arrays, groups, states, factors)
    _mark_imputed(arrays)
    return Reconciliation(
        SupplyChain(chain.material, chain.year, arrays, chain.lineage),
        tuple(sorted(doubts, key=lambda doubt: -abs(doubt.gap_t))),
        sum(test.statistic for test in tests),
        sum(test.balances for test in tests),
        min((test.p_value for test in tests), default=1.0),
        tuple(sorted(suspects, key=lambda suspect: -suspect.step)[:SUSPECTS]),
        min((test.limit for test in tests), default=0.0),
    )


def _check_flows(chain: SupplyChain) -> None:
    problems = []
    for name in (*KNOWN, *(name for name in OPTIONAL if name in chain.arrays)):
        array = chain.arrays[name]
        size = np.abs(array.values)
        wrong = (size > MOST_T) | ((size > 0) & (size < LEAST_T))
        if name != "stock_draw_t":
            wrong |= array.values < 0
        for index in np.argwhere(wrong):
            labels = ", ".join(str(array[dim].values[i]) for dim, i in zip(array.dims, index, strict=True))
            problems.append(f"{name} ({labels}) = {float(array.values[tuple(index)]):g}")
    if problems:
        raise DataError(
            f"chain {chain.material} {chain.year}", f"{len(problems)} flows cannot be balanced.", which=problems,
            expected=f"0, or {LEAST_T:g} to {MOST_T:g} t; NaN where nobody knows", fix="mend the cells named",
        )  # fmt: skip


def _check_yields(chain: SupplyChain, yields: Mapping[str, float]) -> dict[str, float]:
    names = [str(name) for name in chain.arrays["stage"].values]
    problems = [f"{name}: no stage that has one before it" for name in yields if name not in names[1:]]
    problems += [f"{name}: {value:g}" for name, value in yields.items() if not 0 < value <= 1]
    if problems:
        raise DataError(
            f"yields of {chain.material}", "are not usable.", which=problems,
            expected=f"above 0 and at most 1, for {', '.join(names[1:])}",
        )  # fmt: skip
    return dict(yields)


def _prepare_arrays(chain: SupplyChain, states: Sequence[str], yields: Mapping[str, float]) -> xr.Dataset:
    """Copy a chain's arrays and add those that the reconciliation fills."""
    given = chain.arrays
    added: dict[str, tuple[tuple[Hashable, ...], NDArray[Any]]] = {}
    for name in (*KNOWN, *(name for name in OPTIONAL if name in given)):
        root, dims, values = name.removesuffix("_t"), given[name].dims, given[name].values
        sd = given[f"{root}_sd_t"].transpose(*dims).values
        added |= {
            name: (dims, values.copy()), f"{root}_raw_t": (dims, values), f"{root}_sd_t": (dims, sd.copy()),
            f"{root}_prior_sd_t": (dims, sd), f"{root}_z": (dims, np.full(values.shape, np.nan)),
        }  # fmt: skip
    for name in ("residual_t", "apparent_consumption_t"):
        added[name] = (CELLS, given[name].transpose(*CELLS).values.copy())
    shape = (given.sizes["stage"], given.sizes["country"])
    for name in ("use_t", "use_sd_t", "input_t", "input_sd_t", "residual_sd_t", "residual_z", "balance_z"):
        added[name] = (CELLS, np.full(shape, np.nan))
    names = [str(name) for name in given["stage"].values]
    added["balance_state"] = (("stage",), np.array(states, dtype=object))
    added["balance_note"] = (("stage",), np.array(note_stages(chain, states), dtype=object))
    added["yield_share"] = (("stage",), np.array([yields.get(name, np.nan) for name in names]))
    return given.assign(added)


def _write_flows(
    arrays: xr.Dataset, built: ChainSystem, value: Floats, sd: Floats, projected: Floats
) -> None:
    """Put reconciled flows, their deviations and their z-scores into the arrays."""
    system = built.system
    prior = np.where(built.kind == KINDS.index("residual_in"), 0.0, system.prior)
    moved = value - prior
    spread = np.sqrt(np.maximum(system.sd**2 - projected**2, (1e-7 * system.sd) ** 2))
    score = np.where(np.abs(moved) <= 1e-12 * np.abs(prior), 0.0, moved / spread)
    for stage in np.unique(built.row_stage):
        for name in ("use_t", "use_sd_t", "residual_t", "residual_sd_t", "residual_z"):
            arrays[name].values[stage] = 0.0
    for number, kind in enumerate(KINDS):
        at = np.flatnonzero(built.kind == number)
        if not len(at):
            continue
        name, sign = (
            (kind, 1.0)
            if not kind.startswith("residual")
            else ("residual", 1.0 if kind.endswith("in") else -1.0)
        )
        where = (built.stage[at], built.country[at]) + ((built.importer[at],) if kind == "trade" else ())
        if name == "residual":
            is_used = value[at] > 0
            np.add.at(arrays["residual_t"].values, where, sign * value[at])
            np.add.at(arrays["residual_z"].values, where, np.where(is_used, sign * score[at], 0.0))
            np.maximum.at(arrays["residual_sd_t"].values, where, sd[at])
        else:
            arrays[f"{name}_t"].values[where] = value[at]
            arrays[f"{name}_sd_t"].values[where] = sd[at]
            if f"{name}_z" in arrays:
                arrays[f"{name}_z"].values[where] = score[at]


def _write_derived(
    arrays: xr.Dataset, groups: Sequence[Sequence[int]], states: Sequence[str], yields: Mapping[str, float]
) -> None:
    """Fill the inputs of linked stages, and what a country consumes at each: its use and the next stage's input."""
    names = [str(name) for name in arrays["stage"].values]
    consumption = arrays["apparent_consumption_t"].values
    for stages in groups:
        for before, stage in pairwise(stages):
            for root in ("", "_sd"):
                made = arrays[f"production{root}_t"].values[stage]
                arrays[f"input{root}_t"].values[stage] = np.nan_to_num(made) / yields[names[stage]]
            consumption[before] = arrays["use_t"].values[before] + arrays["input_t"].values[stage]
        last = max(i for i in stages if states[i] == BALANCED)
        if last == stages[-1]:
            consumption[last] = arrays["use_t"].values[last]


def _mark_imputed(arrays: xr.Dataset) -> None:
    """Call production imputed that nobody reported and the balance took from what a host allows."""
    if "host_allowed_t" in arrays:
        quality = arrays["quality"].transpose(*CELLS).astype("<U10")
        made = arrays["production_t"].transpose(*CELLS).values
        is_taken = (quality.values == "missing") & (made > 0) & np.isfinite(arrays["host_allowed_t"].values)
        arrays["quality"] = (CELLS, np.where(is_taken, "imputed", quality.values))


def _describe_doubt(chain: SupplyChain, built: ChainSystem, value: Floats, found: Suspicion) -> Doubt:
    stages, countries = [str(name) for name in chain.arrays["stage"].values], chain.countries
    reports = tuple(
        (_name_flow(built, k, stages, countries), float(built.system.prior[k]), float(value[k]))
        for k in found.flows
    )
    stage, country = built.row_stage[found.row], built.row_country[found.row]
    is_unreported = str(chain.quality.values[stage, country]) == "missing"
    return Doubt(stages[stage], countries[country], found.gap_t, found.z, reports, is_unreported)


def _describe_suspect(
    chain: SupplyChain, built: ChainSystem, value: Floats, test: GrossErrorTest, flow: int
) -> Suspect:
    stages, countries = [str(name) for name in chain.arrays["stage"].values], chain.countries
    is_lane = built.importer[flow] >= 0
    return Suspect(
        _name_flow(built, flow, stages, countries), stages[built.stage[flow]], float(built.system.prior[flow]),
        float(value[flow]), float(test.step[flow]), countries[built.country[flow]],
        countries[built.importer[flow]] if is_lane else "",
    )  # fmt: skip


def _name_flow(built: ChainSystem, flow: int, stages: Sequence[str], countries: Sequence[str]) -> str:
    """Name a flow in words: `trade CHN to JPN, extraction`."""
    kind, stage, country = KINDS[built.kind[flow]], stages[built.stage[flow]], countries[built.country[flow]]
    partner = f" to {countries[built.importer[flow]]}" if built.importer[flow] >= 0 else ""
    return f"{kind.replace('_', ' ')} {country}{partner}, {stage}"
