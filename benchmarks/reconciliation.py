"""Benchmark of the reconciliation: one material-year at full resolution, growth over material-years, planted errors."""

import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from monazite.snapshot import Snapshot, open_snapshot
from monazite.supply_chain import SupplyChain, build_supply_chain, reconcile
from monazite.supply_chain.balance import build_system, describe_stages
from monazite.supply_chain.pedigree import read_deviations, set_deviations
from monazite.supply_chain.reconcile_all import reconcile_material

CASE = ("aluminium", 2020)
"""The largest chain of the release: two stages with trade and production."""
PLANTED = (
    ("natural_graphite", 2022, "extraction"),
    ("aluminium", 2020, "processing"),
    ("sulphur", 2020, "processing"),
)
CLASSES = ((0.02, 0.1), (0.1, 0.3), (0.3, 9.0))
FACTOR = 5
TRIALS = 25


def time_median(call: Callable[[], object], runs: int = 9) -> float:
    call()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure_one(data: Snapshot) -> tuple[str, str, str, str]:
    """Reconcile with standard deviations, against two factorisations of the same normal matrix and nothing else."""
    chain = build_supply_chain(data, material=CASE[0], year=CASE[1])
    deviations = read_deviations()
    prepared = set_deviations(chain, deviations)
    states = describe_stages(prepared)
    systems = [
        build_system(prepared, [i], states, {}, deviations).system
        for i, s in enumerate(states)
        if s == "balanced"
    ]

    def solve_alone() -> None:
        for system in systems:
            scaled = system.coefficients.multiply(system.sd)
            splu(csc_array(scaled @ scaled.T), permc_spec="MMD_AT_PLUS_A").solve(system.target)

    flows = sum(len(system.prior) for system in systems)
    balances = sum(len(system.target) for system in systems)
    whole, alone = time_median(lambda: reconcile(chain)), time_median(solve_alone)
    size = f"{len(chain.countries)} countries, {flows:,} flows, {balances} balances"
    words = f"reconcile {CASE[0]} {CASE[1]} with standard deviations: {size}"
    return words, f"{whole * 1e3:.0f} ms", f"one sparse solve alone: {alone * 1e3:.0f} ms", "< 300 ms"


def measure_growth(data: Snapshot) -> tuple[str, str, str, str]:
    """Time of 1, 2 and 4 times the same material-years, in one process."""
    years = (2018, 2019, 2020, 2021)
    seconds = []
    for size in (1, 2, 4):
        chosen = years[:size]
        seconds.append(
            time_median(lambda: [reconcile_material(data, "natural_graphite", y) for y in chosen], runs=5)  # noqa: B023
        )
    figures = ", ".join(f"{s * 1e3:.0f}" for s in seconds)
    return (
        "build and reconcile 1, 2, 4 material-years (natural graphite)",
        f"{figures} ms",
        "",
        "linear growth",
    )


def plant_errors(data: Snapshot) -> list[tuple[str, str, str, str]]:
    """Multiply one lane by five: is a balance of its exporter or importer named, and the lane on its short list?"""
    found: dict[tuple[float, float], list[tuple[bool, bool]]] = {size: [] for size in CLASSES}
    for material, year, stage in PLANTED:
        chain = build_supply_chain(data, material=material, year=year)
        at = [str(name) for name in chain.arrays["stage"].values].index(stage)
        trade, made = chain.trade_t.values[at], chain.production_t.values[at]
        through = np.maximum(made + trade.sum(axis=0), trade.sum(axis=1))
        rng = np.random.default_rng(0)
        for low, high in CLASSES:
            share = trade / np.where(through > 0, through, 1.0)[:, None]
            lanes = np.argwhere((trade > 0) & (share >= low) & (share < high))
            for i, j in rng.permutation(lanes)[:TRIALS]:
                arrays = chain.arrays.copy(deep=True)
                arrays["trade_t"].values[at, i, j] *= FACTOR
                doubts = reconcile(SupplyChain(material, year, arrays, chain.lineage)).doubts
                pair = {chain.countries[i], chain.countries[j]}
                lane = f"trade {chain.countries[i]} to {chain.countries[j]}, {stage}"
                named = [doubt for doubt in doubts if doubt.stage == stage and doubt.country in pair]
                listed = any(lane == report[0] for doubt in named for report in doubt.reports)
                found[low, high].append((bool(named), listed))
    rows = []
    for (low, high), trials in found.items():
        named, listed = (float(np.mean([trial[k] for trial in trials])) for k in (0, 1))
        span = f"{low:.0%} to {high:.0%}" if high < 1 else f"over {low:.0%}"
        words = f"lane times {FACTOR}, {span} of what its exporter has, {len(trials)} trials"
        rows.append((words, f"balance named {named:.0%}, lane on its short list {listed:.0%}", "", "-"))
    return rows


def measure_reconciliation() -> list[tuple[str, str, str, str]]:
    data = open_snapshot()
    return [measure_one(data), measure_growth(data), *plant_errors(data)]


if __name__ == "__main__":
    for row in measure_reconciliation():
        print(" | ".join(row))
