"""Write a release of a few rows for a test, as the real one is written."""

import duckdb

from monazite.provenance import Manifest, TableEntry, hash_file
from monazite.snapshot import open_snapshot
from monazite.sources.table import columns_from_rows

COLUMNS = {
    "trade": ("year", "exporter", "importer", "edition", "product_code", "value_usd", "quantity_gross_t", "quality",
              "source_id"),
    "trade_by_form": ("material", "stage", "exporter", "importer", "year", "trade_t", "source_id"),
    "production": ("material", "stage", "form", "country", "year", "production_t", "quality", "source_id", "note"),
    "governance": ("country", "year", "political_stability", "source_id"),
    "world_totals": ("material", "stage", "form", "year", "total_t", "rounding_t", "source_id"),
    "conflicts": ("material", "stage", "region", "year", "source_id", "chosen_t", "other_source_id", "other_t", "rule"),
    "use_shares": ("material", "region", "use", "use_share", "first_year", "source_id"),
    "sourcing_shares": ("material", "stage", "form", "importer", "country", "year_start", "year", "supply_share", "low",
                        "high", "source_id", "source"),
    "supply_shares": ("material", "stage", "country", "year", "supply_share", "source_id"),
}  # fmt: skip
KEYS = {
    "trade": ("edition", "product_code", "year", "importer", "exporter"),
    "trade_by_form": ("material", "stage", "year", "importer", "exporter"),
    "production": ("material", "stage", "year", "country"),
    "governance": ("country", "year"),
    "world_totals": ("material", "stage", "form", "year", "source_id"),
    "conflicts": ("material", "stage", "region", "year", "other_source_id"),
    "use_shares": ("material", "region", "use", "source_id", "first_year"),
    "sourcing_shares": (
        "material",
        "stage",
        "form",
        "importer",
        "country",
        "year_start",
        "year",
        "source_id",
    ),
    "supply_shares": ("material", "stage", "country", "year", "source_id"),
}
LEAST = {
    "trade": [(2020, "CHN", "JPN", "hs92", 250410, 1e6, 1000.0, "reported", "baci")],
    "trade_by_form": [("gallium", "processing", "CHN", "ROW", 2022, 94.0, "gacc")],
    "production": [
        ("natural_graphite", "extraction", "ore", "CHN", 2020, 9000.0, "reported", "world_mining_data", "")
    ],
    "governance": [("CHN", 2020, -0.5, "wgi")],
}
"""Rows without a doubt, for the tables that a release must have."""


def write_release(folder, rows=None, *, excluded=None, **manifest):
    """Write tables (those of `LEAST` unless given) and open them as a release."""
    entries = {}
    for name, listed in {**LEAST, **(rows or {})}.items():
        file = folder / f"{name}.parquet"
        table = columns_from_rows(COLUMNS[name], listed)
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.register("rows", table)
            connection.execute(f"COPY (SELECT * FROM rows) TO '{file}' (FORMAT parquet)")
        entries[name] = TableEntry(
            file=file.name, sha256=hash_file(file), bytes=file.stat().st_size, rows=len(listed),
            primary_key=KEYS[name], source_ids=tuple(sorted(set(table["source_id"]))),
        )  # fmt: skip
    whole = Manifest(
        release="small", built_from={}, tables=entries, excluded=excluded or {}, corrections=0, **manifest
    )
    (folder / "manifest.json").write_text(whole.model_dump_json(), encoding="utf-8")
    return open_snapshot(folder)
