"""
GeoPolRisk of every material, country and year beside geopolrisk-py 2.0.1 on a part of them, in one run.

`python benchmarks/geopolrisk.py` renews the section "GeoPolRisk" of benchmarks/RESULTS.md and nothing else; so does
`make bench`. The peer is measured where PEER_PYTHON names a Python that can import geopolrisk-py 2.0.1 (PEER_PATH: a
folder for its PYTHONPATH, where it is not installed); it runs as a process of its own, in a home folder of its own.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

from results import Row, describe_run, format_table, replace_section

from monazite.indicators import score_geopolrisk
from monazite.snapshot import Snapshot, open_snapshot
from monazite.supply_chain import list_materials
from monazite.vocabulary import countries, geopolrisk_py_commodities

PEER_PYTHON = os.environ.get("PEER_PYTHON", "")
PEER_PATH = os.environ.get("PEER_PATH", "")
STAGES = ("extraction", "processing")
YEARS = tuple(range(2018, 2025))
PARTS = (({"Japan": "JPN", "Germany": "DEU", "USA": "USA"}, YEARS), ({"EU": "EU27"}, (2022,)))
"""What the peer scores of all its materials: regions by its word and ours, and years."""
REGIONS = {theirs: ours for part, _ in PARTS for theirs, ours in part.items()}
UNEQUAL = ("natural gas", "rare earth", "gold")
"""Commodities of which docs/reference/indicators.md says why some scores differ."""
TOLERANCE = 1e-4
RUNS = 5
OPEN = "import monazite as mz; data = mz.open_snapshot()"
MEMORY = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
PEER = """
import json, resource, sys, time
start = time.perf_counter()
from geopolrisk.assessment import main, utils
imported = time.perf_counter() - start
names = utils.default_rmlist()
start = time.perf_counter()
tables_of_peer = utils.mapped_baci()
loaded = time.perf_counter() - start
main.mapped_baci = lambda: tables_of_peer
seconds, tables = [], []
for places, years in json.loads(sys.argv[1]):
    start = time.perf_counter()
    tables.append(main.gprs_calc(years, places, names))
    seconds.append(time.perf_counter() - start)
columns = ["Country [Economic Entity]", "Raw Material", "Year", "GeoPolRisk Score"]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print("RESULT" + json.dumps([imported, loaded, seconds, peak, [table[columns].values.tolist() for table in tables]]))
"""


def time_fresh(code: str, runs: int = RUNS) -> tuple[float, float]:
    """Median wall time [s] and peak memory [MB] of fresh processes."""
    seconds, peaks = [], []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
        out = subprocess.run(
            [sys.executable, "-c", f"{code}\n{MEMORY}"], check=True, capture_output=True, text=True
        )
        peaks.append(float(out.stdout.split()[-1]) / 1024)
    return statistics.median(seconds), statistics.median(peaks)


def time_scores(
    data: Snapshot, materials: list[str], regions: list[str], years: tuple[int, ...], runs: int = RUNS
) -> tuple[int, float, object]:
    """Count the scores with a value, and take the median time [s] of scoring them all after a first call."""
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        found = score_geopolrisk(
            data, materials=materials, stages=STAGES, regions=regions, years=years, method="geopolrisk-py"
        )
        seconds.append(time.perf_counter() - start)
    return int(found["value"].notnull().sum()), statistics.median(seconds[1:]), found


def run_peer() -> tuple[float, float, list[float], float, list[list[list[object]]]]:
    """Run the peer: seconds of its import, of loading and of each part; its memory [MB]; the scores of each part."""
    parts = [[list(places), list(years)] for places, years in PARTS]
    with tempfile.TemporaryDirectory() as home:
        out = subprocess.run(
            [PEER_PYTHON, "-c", PEER, json.dumps(parts)], check=True, capture_output=True, text=True, cwd=home,
            env={**os.environ, "HOME": home, "PYTHONPATH": PEER_PATH},
        ).stdout  # fmt: skip
    return tuple(json.loads(out.rsplit("RESULT", 1)[1]))


def compare(found: object, theirs: list[list[object]]) -> tuple[float, list[str]]:
    """Compare scores: the largest difference outside `UNEQUAL`, and what differs within it."""
    place = {
        pair: k for k, pair in enumerate(zip(found["material"].values, found["stage"].values, strict=True))
    }
    stages = {
        entry.commodity: (material, entry.stage)
        for (material, _), entry in geopolrisk_py_commodities().items()
    }
    differs, largest = [], 0.0
    for region, commodity, year, score in theirs:
        cell = found["value"].isel(place=place[stages[commodity]]).sel(region=REGIONS[region], year=int(year))
        ours, other = float(cell), float(score)
        gap = 0.0 if math.isnan(ours) and math.isnan(other) else abs(ours - other)
        if commodity.lower() in UNEQUAL:
            differs += [] if gap <= TOLERANCE else [f"{commodity} {region} {year}"]
        else:
            largest = max(largest, math.inf if math.isnan(gap) else gap)
    return largest, differs


def measure_peer(data: Snapshot, per_score: float) -> list[Row]:
    """Run the peer and ourselves on the same parts."""
    if not PEER_PYTHON:
        return [("the same part by geopolrisk-py 2.0.1", "", "not measured: PEER_PYTHON is not set", "-")]
    imported, loaded, wholes, peak, tables = run_peer()
    rows: list[Row] = [
        ("geopolrisk-py 2.0.1: import; then its table of trade", "",
         f"{imported:.1f} s; {loaded:.1f} s; {peak:,.0f} MB", "-"),
    ]  # fmt: skip
    materials = sorted({material for material, _ in geopolrisk_py_commodities()})
    for (places, years), whole, theirs in zip(PARTS, wholes, tables, strict=True):
        count, seconds, found = time_scores(data, materials, list(places.values()), years)
        largest, differs = compare(found, theirs)
        each, number = whole / len(theirs), len(theirs)
        names = ", ".join(sorted({text.rsplit(" ", 2)[0] for text in differs}))
        span = f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])
        rows += [
            (f"{number:,} scores: {', '.join(places.values())}, {span}",
             f"{seconds:.3f} s, {seconds / count * 1e6:.0f} us a score",
             f"{whole:.0f} s, {each * 1e3:.0f} ms a score", "-"),
            ("times as fast a score: in that request; in the one of all scores",
             f"{each / (seconds / count):,.0f} x; {each / per_score:,.0f} x", "", "> 10,000 x"),
            ("largest difference of those scores", f"{largest:.1e}, but for {len(differs)} of {names}"
             if differs else f"{largest:.1e}", "", "1e-4"),
        ]  # fmt: skip
    return rows


def measure_geopolrisk() -> list[Row]:
    opened, memory = time_fresh(OPEN)
    data = open_snapshot()
    regions = [country.iso3 for country in countries().values() if country.status == "current"]
    materials = list(list_materials(data))
    count, seconds, _ = time_scores(data, materials, [*regions, "EU27", "OECD", "G7"], YEARS, runs=3)
    size = f"{len(materials)} materials x 2 stages x {len(regions) + 3} regions x {len(YEARS)} years"
    return [
        ("import and open the release", f"{opened:.2f} s, {memory:.0f} MB", "", "< 1 s, < 300 MB"),
        (f"all scores: {size}, {count:,} with a value",
         f"{seconds:.2f} s, {seconds / count * 1e6:.1f} us a score", "", "-"),
        *measure_peer(data, seconds / count),
    ]  # fmt: skip


def main() -> None:
    rows = measure_geopolrisk()
    lines = [
        f"Medians, {describe_run()}. By the rules of geopolrisk-py (`--method geopolrisk-py`).",
        "The peer scores its parts in the same run; its time a score is without its import and its table of trade.",
        "",
        *format_table(rows),
    ]
    replace_section("GeoPolRisk", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
