"""Benchmark of the reconciliation: one material-year at full resolution, growth over material-years, planted errors."""

import statistics
import time
from collections.abc import Callable

from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from monazite.snapshot import Snapshot, open_snapshot
from monazite.supply_chain import build_supply_chain, reconcile
from monazite.supply_chain.balance import build_system, describe_stages
from monazite.supply_chain.pedigree import read_deviations, set_deviations
from monazite.supply_chain.planted import TIMES, read_planted
from monazite.supply_chain.reconcile_all import reconcile_material

CASE = ("aluminium", 2020)
"""The largest chain of the release: two stages with trade and production."""


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


def list_planted() -> list[tuple[str, str, str, str]]:
    """What the gross-error test finds, as tools/measure_gross_errors.py measured it."""
    known = {(row.factor, row.share_low): row for row in read_planted("use known to 20 %")}
    return [
        (
            f"lane times {row.factor:.0f}, {100 * row.share_low:.0f}-{100 * min(row.share_high, 1):.0f} % of what its "
            f"exporter has, {row.trials} trials",
            f"balance named {row.named_share:.0%}, it or a list has the lane {row.ten_share:.0%}".replace(
                "%", " %"
            ),
            f"were use known to 20 %: {100 * known[row.factor, row.share_low].named_share:.0f} %",
            "-",
        )
        for row in read_planted()
        if row.factor == TIMES
    ]


def measure_reconciliation() -> list[tuple[str, str, str, str]]:
    data = open_snapshot()
    return [measure_one(data), measure_growth(data), *list_planted()]


if __name__ == "__main__":
    for row in measure_reconciliation():
        print(" | ".join(row))
