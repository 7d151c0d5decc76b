"""
Benchmarks: `make bench` runs them all and writes benchmarks/RESULTS.md.

Every figure is the median of several fresh processes or runs, with the machine it came from. GeoPolRisk and the
simulator have sections of their own, beside their peers: benchmarks/geopolrisk.py and benchmarks/simulation.py can also
be run by themselves.
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import geopolrisk
import simulation
from baci import measure_baci
from reconciliation import measure_reconciliation
from results import describe_run, format_table, replace_section

from monazite.scenarios import read_scenario, run_scenario
from monazite.simulation import build_market, simulate
from monazite.snapshot import open_snapshot
from monazite.supply_chain import align_chains, build_supply_chain
from monazite.tracing import mix_origins

RUNS = 5
OPEN = "import monazite as mz; data = mz.open_snapshot()"
CHAIN = OPEN + "; mz.build_supply_chain(data, material='rare_earths', year=2024)"


def time_process(code: str, python: str = sys.executable, runs: int = RUNS) -> tuple[float, float]:
    """Median wall time [s] and peak memory [MB] of fresh processes."""
    seconds, peaks = [], []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([python, "-c", code], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
        measured = f"{code}\nimport resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        out = subprocess.run([python, "-c", measured], check=True, capture_output=True, text=True).stdout
        peaks.append(float(out.split()[-1]) / 1024)
    return statistics.median(seconds), statistics.median(peaks)


def time_call(call: Callable[[], object], runs: int = RUNS) -> float:
    """Median wall time of a call after one that is not counted. [s]"""
    call()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure_opening() -> list[tuple[str, str, str, str]]:
    rows = []
    for name, code, target in (
        ("import and open the release", OPEN, "< 1 s, < 300 MB"),
        ("the same, and build one chain", CHAIN, "-"),
    ):
        seconds, megabytes = time_process(code)
        rows.append((name, f"{seconds:.2f} s, {megabytes:.0f} MB", "", target))
    return rows


def measure_chains() -> list[tuple[str, str, str, str]]:
    data = open_snapshot()
    chain = build_supply_chain(data, material="rare_earths", year=2024)
    production = chain.production_t.sel(stage="extraction").values
    trade = chain.trade_t.sel(stage="processing").values
    build = time_call(lambda: build_supply_chain(data, material="rare_earths", year=2024))
    trace = time_call(lambda: mix_origins(production, trade), runs=20)
    size = len(chain.countries)
    return [
        (f"build a chain, {size} countries", f"{build * 1e3:.0f} ms", "", "-"),
        (f"trace all {size} countries at one stage", f"{trace * 1e3:.1f} ms", "", "-"),
    ]


def measure_simulation() -> list[tuple[str, str, str, str]]:
    data = open_snapshot()
    chains = align_chains(
        [build_supply_chain(data, material="rare_earths", year=year) for year in (2007, 2008)]
    )
    market = build_market(chains, production_stage="extraction", trade_stage="processing")
    draws, months = 200, 60
    seconds = time_call(lambda: simulate(market, [], months=months, draws=draws), runs=3)
    rate = draws * months / seconds
    nodes = len(market.countries)
    scenario = read_scenario("rare-earths-japan-2010")
    whole = time_call(lambda: run_scenario(scenario, data), runs=3)
    return [
        (
            f"simulate, plain NumPy, {nodes} countries, {draws} draws, {months} months",
            f"{rate:,.0f} steps/s, {rate * nodes / 1e6:.2f} M node-months/s",
            "",
            "see Simulator below",
        ),
        (f"run_scenario {scenario.name}, {scenario.draws} draws", f"{whole:.1f} s", "", "< 2 min"),
    ]


def main() -> None:
    rows = [*measure_opening(), *measure_chains(), *measure_simulation(), *measure_baci()]
    rows += measure_reconciliation()
    lines = [
        "# Benchmarks",
        "",
        f"Medians, {describe_run()}.",
        "Written by `make bench`; a test never asserts a time.",
        "",
        *format_table(rows),
    ]
    replace_section("", lines)
    print("\n".join(lines))
    geopolrisk.main()
    simulation.main()
    print(f"peak memory of this run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
