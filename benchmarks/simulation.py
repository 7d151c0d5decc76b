"""
The simulator beside BoARIO 0.7.2 at equal node counts and beside the limits of the machine, in one run.

`python benchmarks/simulation.py` renews the section "Simulator" of benchmarks/RESULTS.md and nothing else; so does
`make bench`. The peer is measured where BOARIO_PYTHON names a Python that can import boario 0.7.2 and pymrio; it is
licensed under the GPL and runs as a process of its own. Runs of the two alternate, each on one thread, so that other
work on the machine slows both.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numba import njit
from results import Row, describe_run, format_table, replace_section

from monazite.provenance import Lineage
from monazite.scenarios import read_scenario
from monazite.simulation import Leakage, Licence, Market, Quota, simulate
from monazite.simulation.market import Array

BOARIO_PYTHON = os.environ.get("BOARIO_PYTHON", "")
SIZES = {48: (6, 8, 14), 300: (20, 15, 11)}
"""Nodes: regions and sectors of the peer's table, and baseline sellers of each of our buyers."""
ROUNDS = 3
MONTHS = 60
DRAWS = {48: 1024, 300: 256}
KEPT = ("shortfall_t", "price_ratio", "import_t")
PLAIN_PASSES, TOUCHED_PASSES, COUNTRY_PASSES = 40, 110, 230
"""
Rows of 8 B that a month reads or writes by lane and by country, counted in the source of the kernel to the nearest ten.

By plain lane, of a buyer who is short: orders 7, sales to regular and new buyers 11, prices 6, goods that move 9,
habits 6. Touched lanes, here those of the largest maker, keep their terms as well. Most rows come from the cache
beyond L1.
"""
THREADS = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
PEER = """
import json, logging, sys, time, warnings
warnings.filterwarnings("ignore"); logging.disable(logging.CRITICAL)
import numpy as np, pandas as pd, pymrio
from boario.event import from_scalar_industries
from boario.extended_models import ARIOPsiModel
from boario.simulation import Simulation
regions, sectors, steps = map(int, sys.argv[1:])
random, size = np.random.default_rng(0), regions * sectors
names = [[f"r{k:02d}" for k in range(regions)], [f"s{k:02d}" for k in range(sectors)]]
rows = pd.MultiIndex.from_product(names, names=["region", "sector"])
columns = pd.MultiIndex.from_product([names[0], ["Final demand"]], names=["region", "category"])
inputs = random.random((size, size)) ** 4
inputs *= 0.5 / inputs.sum(axis=0)
final = random.random((size, regions)) * 100 + 1
output = np.linalg.solve(np.eye(size) - inputs, final.sum(axis=1))
table = pymrio.IOSystem(Z=pd.DataFrame(inputs * output, rows, rows), Y=pd.DataFrame(final, rows, columns))
table.calc_all()
model = ARIOPsiModel(table)
run = Simulation(model, n_temporal_units_to_sim=steps, show_progress=False)
run.add_event(from_scalar_industries(
    float(output[0]) * 1e5, event_type="recovery", affected_industries=[("r00", "s00")], impact_distrib="equal",
    occurrence=5, duration=30, recovery_tau=60, name="one"))
start = time.perf_counter()
run.loop()
print("RESULT" + json.dumps(steps / (time.perf_counter() - start)))
"""


def build_market(nodes: int, sellers: int) -> Market:
    """Build a random market: one large maker, `sellers` draws of sellers a buyer, three candidates for new lanes."""
    random = np.random.default_rng(0)
    size = np.exp(random.normal(0, 2, nodes))
    made = np.where(random.random(nodes) < 0.3, size * random.random(nodes) * 50, 0.0)
    made[0] = made.sum() * 1.5
    trade, new = np.zeros((nodes, nodes)), np.zeros((nodes, nodes), bool)
    pull = made / made.sum() * 0.7 + 0.3 * size / size.sum()
    makers = np.flatnonzero(made > 0)
    for buyer in range(nodes):
        new[random.choice(makers, size=3, replace=False), buyer] = True
        if buyer == 0:
            continue
        chosen = random.choice(nodes, size=sellers, replace=False, p=pull)
        chosen = chosen[chosen != buyer]
        weight = made[chosen] + 0.02 * size[chosen]
        trade[chosen, buyer] = size[buyer] * weight / weight.sum()
    trade[0, 1:] = np.maximum(trade[0, 1:], 0.01 * size[1:])
    residual = np.maximum(trade.sum(axis=1) - trade.sum(axis=0) - made, 0.0)
    return Market(
        material="testium", production_stage="extraction", trade_stage="extraction", years=(2019,),
        weight="contained", countries=tuple(f"N{place:03d}" for place in range(nodes)), trade=trade,
        production=made, capacity=made * 1.1 + residual, content_share=np.full(nodes, 0.5),
        lineage=Lineage(release="benchmark", release_sha256="0" * 64), new_lanes=new,
    )  # fmt: skip


def build_policies() -> list[Licence | Quota | Leakage]:
    """Build a licence, a quota and leakage on all lanes of the large maker, known three months before."""
    lanes = {"origin": ["N000"], "stage": "extraction", "announced": "2020-03", "effective": "2020-06"}
    return [
        Licence(**lanes, approval_share=[0.3, 0.9], delay_months=[1, 4], exempt_share=0.1),
        Quota(**lanes, baseline_share=[0.5, 0.9]),
        Leakage(**lanes, third_country_share=[0.1, 0.4], mislabelled_share=0.1, delay_months=3),
    ]


def time_run(market: Market, draws: int, keep: tuple[str, ...] | None = None) -> float:
    """Steps (draw-months) a second of one whole run on one thread."""
    start = time.perf_counter()
    simulate(
        market, build_policies(), months=MONTHS, start="2020-01", draws=draws, engine="kernel",
        keep=keep, keep_state=False,
    )  # fmt: skip
    return draws * MONTHS / (time.perf_counter() - start)


def time_peer(nodes: int) -> float:
    """Steps a second of one loop of the peer on one thread."""
    regions, sectors, _ = SIZES[nodes]
    command = [BOARIO_PYTHON, "-c", PEER, str(regions), str(sectors), "100"]
    with tempfile.TemporaryDirectory() as folder:
        out = subprocess.run(
            command, check=True, capture_output=True, text=True, env=THREADS, cwd=folder
        ).stdout
    return float(json.loads(out.rsplit("RESULT", 1)[1]))


@njit
def add_scaled(out: Array, one: Array, other: Array, times: int) -> None:
    """Triad, over and over."""
    for _ in range(times):
        for k in range(out.shape[0]):
            out[k] = one[k] + 0.5 * other[k]


@njit
def multiply(sums: Array, times: int) -> None:
    """Multiply-adds on 64 numbers that stay near, over and over."""
    for _ in range(times):
        for k in range(sums.shape[0]):
            value = sums[k]
            for _ in range(16):
                value = value * 0.999 + 0.001
            sums[k] = value


def measure_triad(numbers: int) -> float:
    """Bandwidth of a triad over three arrays of so many numbers. [B / s]"""
    out, one, other = np.zeros(numbers), np.ones(numbers), np.ones(numbers)
    times = max(1, 8_000_000 // numbers)
    add_scaled(out, one, other, 1)
    start = time.perf_counter()
    add_scaled(out, one, other, times)
    return 24 * numbers * times / (time.perf_counter() - start)


def measure_arithmetic() -> float:
    """Operations a second of one thread: a multiplication and an addition count as two. [1 / s]"""
    sums, times = np.ones(64), 100_000
    multiply(sums, 1)
    start = time.perf_counter()
    multiply(sums, times)
    return 2 * 16 * 64 * times / (time.perf_counter() - start)


def count_bytes(market: Market) -> float:
    """Bytes that a month of one draw reads or writes, by the counts above. [B]"""
    touched = float(market.lanes[0].sum())
    plain = float(market.lanes.sum()) - touched
    passes = PLAIN_PASSES * plain + TOUCHED_PASSES * touched + COUNTRY_PASSES * len(market.countries)
    return 8.0 * passes


def median(values: list[float]) -> float:
    return statistics.median(values)


def tell_target(target: str, *, is_met: bool) -> str:
    return f"{target}: {'reached' if is_met else 'not reached'}"


def measure_sizes() -> list[Row]:
    """Alternate runs of ours, of the peer and of the limits, size by size."""
    rows: list[Row] = []
    for nodes, (_, _, sellers) in SIZES.items():
        market = build_market(nodes, sellers)
        time_run(market, 64)
        every, few, theirs, near, far, sums = [], [], [], [], [], []
        for _ in range(ROUNDS):
            few.append(time_run(market, DRAWS[nodes], KEPT))
            every.append(time_run(market, DRAWS[nodes]))
            if BOARIO_PYTHON:
                theirs.append(time_peer(nodes))
            near.append(measure_triad(24_000))
            far.append(measure_triad(4_000_000))
            sums.append(measure_arithmetic())
        peer = f"{median(theirs):,.0f} steps/s" if theirs else "not measured: BOARIO_PYTHON is not set"
        ratio = median([a / b for a, b in zip(few, theirs, strict=True)]) if theirs else float("nan")
        moved, limit = count_bytes(market), median(near)
        shape = f"{nodes} nodes, {int(market.lanes.sum()):,} lanes"
        rows += [
            (f"{shape}: months of a draw, {len(KEPT)} arrays kept", f"{median(few):,.0f} steps/s", peer, "-"),
            (f"{shape}: the same, all arrays kept", f"{median(every):,.0f} steps/s", "", "-"),
            (
                f"{shape}: times as fast as the peer",
                f"{ratio:,.0f} x" if theirs else "-",
                "",
                tell_target("> 100 x", is_met=ratio > 100) if theirs else "> 100 x",
            ),
            (
                f"{shape}: {moved / 1e3:.0f} kB a step; from the limit of L2 ({limit / 1e9:.0f} GB/s)",
                f"{limit / moved / median(few):.1f} x",
                f"DRAM {median(far) / 1e9:.0f} GB/s, {median(sums) / 1e9:.0f} GFlop/s",
                tell_target("< 3 x", is_met=limit / moved / median(few) < 3),
            ),
        ]
    return rows


ENSEMBLE = """
import json, resource, sys, tempfile, time
from pathlib import Path
import numpy as np
sys.path.insert(0, sys.argv[1])
from simulation import build_market, build_policies
from monazite.simulation import Computing, simulate_ensemble
draws, workers = int(sys.argv[2]), int(sys.argv[3])
with tempfile.TemporaryDirectory() as folder:
    start = time.perf_counter()
    simulate_ensemble(
        build_market(48, 14), build_policies(), months=60, start="2020-01", draws=draws, engine="kernel",
        how=Computing(folder=Path(folder) / "blocks", workers=workers), keep=("shortfall_t", "price_ratio"))
    seconds = time.perf_counter() - start
own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])  # ru_maxrss counts the parent's
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("RESULT" + json.dumps([seconds, max(own, children) / 1024]))
"""
CHAIN = """
import json, resource, sys, tempfile, time
from pathlib import Path
from monazite.scenarios import read_scenario, run_scenario
from monazite.simulation import Computing
from monazite.snapshot import open_snapshot
draws, workers = int(sys.argv[2]), int(sys.argv[3])
data, scenario = open_snapshot(), read_scenario("rare-earths-japan-2010")
with tempfile.TemporaryDirectory() as folder:
    start = time.perf_counter()
    run_scenario(scenario, data, draws=draws, how=Computing(folder=Path(folder) / "blocks", workers=workers))
    seconds = time.perf_counter() - start
own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])  # ru_maxrss counts the parent's
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("RESULT" + json.dumps([seconds, max(own, children) / 1024]))
"""
COUNTS = (1000, 2000, 4000, 8000, 16000)


def time_ensemble(code: str, *arguments: str) -> tuple[float, float]:
    """Seconds and peak memory [MB] of an ensemble in a process of its own."""
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", code, here, *arguments]
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=THREADS).stdout
    seconds, peak = json.loads(out.rsplit("RESULT", 1)[1])
    return float(seconds), float(peak)


def measure_growth() -> list[Row]:
    """Time and memory of ensembles of 48 nodes, streamed to disk."""
    found = [time_ensemble(ENSEMBLE, str(draws), "1") for draws in COUNTS]
    seconds = np.array([one for one, _ in found])
    slope, start = np.polyfit(COUNTS, seconds, 1)
    worst = float(np.abs(seconds - (start + slope * np.array(COUNTS))).max() / seconds.max())
    named = ", ".join(f"{draws:,}" for draws in COUNTS)
    return [
        (f"ensembles of {named} draws x 60 months, 48 nodes, to disk",
         ", ".join(f"{one:.1f}" for one in seconds) + " s", "", "linear"),
        ("their fit, and the largest distance from it over the largest time",
         f"{start:.1f} s + {slope * 1e3:.2f} ms a draw, {worst:.0%}", "", "linear"),
        ("their peak memory", ", ".join(f"{peak:,.0f}" for _, peak in found) + " MB", "", "flat"),
    ]  # fmt: skip


def measure_chain() -> list[Row]:
    """The rare-earth chain on two cores, everything kept and written to disk."""
    scenario = read_scenario("rare-earths-japan-2010")
    draws = 10_000
    seconds, peak = time_ensemble(CHAIN, str(draws), "2")
    work = f"{scenario.name}: {draws:,} draws, two processes, all arrays to disk"
    return [(work, f"{seconds:.0f} s, at most {peak:,.0f} MB a process", "", "-")]


def main() -> None:
    rows = [*measure_sizes(), *measure_growth(), *measure_chain()]
    lines = [
        f"Medians of {ROUNDS} alternating runs, {describe_run()}.",
        "One thread each. Monazite: 60 months under a licence, a quota and leakage on all lanes of the largest maker,",
        "with front-loading; months times draws a second of whole runs, compilation left out. BoARIO 0.7.2: a random",
        "table of as many industries, one event in one of them; its steps a second, without its import and set-up.",
        "Bytes a step are counted in the source, not measured; the arithmetic of a step is not counted.",
        "",
        *format_table(rows),
    ]
    replace_section("Simulator", lines)
    print("\n".join(lines))
    print(f"peak memory of this run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
