"""
Import of a BACI year at scale, against DuckDB's own CSV-to-Parquet on the same file.

    python benchmarks/baci.py [ROWS]     the rows of this page alone; 10 million rows by default

Every run is a fresh process; medians of three, with the peak memory of the process. The year is synthetic, in the
publisher's exact format: padded figures, `NA` in one row of twenty, all countries of the year, 5,000 products.
"""

import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import duckdb

from monazite.sources.baci_zip import list_countries

ROWS = 10_000_000
RUNS = 3
PRODUCTS = 5_000
FIRST_CODE, STEP = 10121, 190
"""Product codes 010121 to 959931, evenly spread."""
Row = tuple[str, str, str, str]

GENERATE = """
COPY (
    SELECT {year} AS t, $codes[1 + pair // {others} % {count}] AS i,
           $codes[1 + (pair // {others} + 1 + pair % {others}) % {count}] AS j,
           lpad(({first} + x % {products} * {step})::VARCHAR, 6, '0') AS k,
           lpad(printf('%.3f', exp(hash(x + {year}) % 1000 / 100.0)), 12, ' ') AS v,
           CASE WHEN hash(x + 1) % 20 = 0 THEN '          NA'
                ELSE lpad(printf('%.3f', exp(hash(x + {year} + 2) % 900 / 100.0)), 12, ' ') END AS q
    FROM (SELECT x, x // {products} * 7919 % ({count} * {others}) AS pair FROM range({rows}) r(x))
    ORDER BY i, j, k
) TO '{file}' (FORMAT csv, HEADER, QUOTE '')
"""
PLAIN = ("import duckdb", "duckdb.sql(\"COPY (FROM '{csv}') TO '{out}'\")")
OURS = (
    "from pathlib import Path\nfrom monazite.sources.baci_zip import convert_baci_year",
    "convert_baci_year(Path('{csv}'), Path('{out}'), edition='hs17', year={year}, scratch=Path('{scratch}'), "
    "is_sorted={is_sorted})",
)
IMPORT = (
    "from pathlib import Path\nfrom monazite.snapshot.importing import import_files\n"
    "from monazite.sources.registry import import_sources",
    "import_files(import_sources()['baci'], [Path('{zip}')], Path('{target}'), overwrite=True)",
)
OPEN = ("", "import monazite as mz; mz.open_snapshot('{target}')")
MEASURE = """
import time
from pathlib import Path as _Path
{before}
_start = time.perf_counter()
{code}
_seconds = time.perf_counter() - _start
_status = _Path("/proc/self/status").read_text().splitlines()
_peak = next(line.split()[1] for line in _status if line.startswith("VmHWM"))
print(_seconds, int(_peak) / 1024)
"""
"""VmHWM, not ru_maxrss: the latter starts from the peak of the process that started this one."""

Code = tuple[str, str]
"""What is imported before the clock starts, and what is timed."""


def write_year(file: Path, year: int, rows: int) -> None:
    """Write a synthetic year, sorted as CEPII sorts: exporter, importer, product."""
    codes = [code for code, name in enumerate(list_countries(year)) if name]
    sql = GENERATE.format(
        year=year, others=len(codes) - 1, count=len(codes), first=FIRST_CODE, step=STEP, products=PRODUCTS,
        rows=rows, file=file,
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute(sql, {"codes": codes})


def fill(code: Code, **names: object) -> Code:
    """Put names into a piece of code."""
    return code[0], code[1].format(**names)


def write_zip(path: Path, files: list[Path]) -> None:
    """Pack years as CEPII does."""
    listed = "".join(f'{FIRST_CODE + n * STEP:06d},"Product {n}"\n' for n in range(PRODUCTS))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in files:
            archive.write(file, file.name)
        archive.writestr("product_codes_HS17_V202601.csv", "code,description\n" + listed)


def time_interleaved(codes: dict[str, Code]) -> dict[str, tuple[float, float]]:
    """Median time [s] and peak memory [MB] of each piece of code; they take turns, so that noise meets all."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in codes}
    for _ in range(RUNS):
        for name, (before, code) in codes.items():
            script = MEASURE.format(before=before, code=code)
            out = subprocess.run(
                [sys.executable, "-c", script], check=True, capture_output=True, text=True
            ).stdout.split()
            found[name].append((float(out[-2]), float(out[-1])))
    return {
        name: (statistics.median(s for s, _ in runs), max(mb for _, mb in runs))
        for name, runs in found.items()
    }


def measure_baci(rows: int = ROWS) -> list[Row]:
    """Measure conversion of a year, import of one and of three years, and opening of the release."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = [home / f"BACI_HS17_Y{year}_V202601.csv" for year in (2021, 2022, 2023)]
        for year, file in zip((2021, 2022, 2023), files, strict=True):
            write_year(file, year, rows)
        zips = [home / "one" / "BACI_HS17_V202601.zip", home / "three" / "BACI_HS17_V202601.zip"]
        for path, packed in zip(zips, (files[1:2], files), strict=True):
            path.parent.mkdir()
            write_zip(path, packed)
        (home / "scratch").mkdir()
        names = {"csv": files[1], "out": home / "out.parquet", "scratch": home / "scratch", "year": 2022}
        found = time_interleaved(
            {
                "plain": fill(PLAIN, **names),
                "typed": fill(OURS, **names, is_sorted=False),
                "sorted": fill(OURS, **names, is_sorted=True),
                "one": fill(IMPORT, zip=zips[0], target=home / "releases" / "one"),
                "three": fill(IMPORT, zip=zips[1], target=home / "releases" / "three"),
            }
        )
        found |= time_interleaved({"open": fill(OPEN, target=home / "releases" / "three")})
    return [*describe_conversion(found, rows), *describe_imports(found, rows)]


def describe_conversion(found: dict[str, tuple[float, float]], rows: int) -> list[Row]:
    plain, memory = found["plain"]
    peer = f"plain duckdb: {plain:.2f} s, {memory:.0f} MB"
    size = f"BACI year of {rows / 1e6:g} M rows, CSV to Parquet"
    return [
        (f"{size}, {words}", f"{found[name][0]:.2f} s, {found[name][0] / plain:.2f} x, {found[name][1]:.0f} MB",
         peer, f"{limit} x, < 1 GB")
        for name, words, limit in (("typed", "typed and mapped", 1.25), ("sorted", "sorted as well", 1.75))
    ]  # fmt: skip


def describe_imports(found: dict[str, tuple[float, float]], rows: int) -> list[Row]:
    size = f"{rows / 1e6:g} M rows"
    return [
        (f"data import baci, one year of {size}, from the zip, with every check", _cell(found["one"]), "", "< 1 GB"),
        ("the same, three years, the middle one reviewed", _cell(found["three"]), "",
         "< 1 GB whatever the number of years"),
        ("import monazite and open that release of three years", _cell(found["open"]), "", "< 1 s"),
    ]  # fmt: skip


def _cell(measured: tuple[float, float]) -> str:
    return f"{measured[0]:.2f} s, {measured[1]:.0f} MB"


if __name__ == "__main__":
    for cells in measure_baci(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        print(" | ".join(cell or "-" for cell in cells))
