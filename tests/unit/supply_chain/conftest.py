"""A release of a few rows, written as the real one is."""

import importlib.util
from pathlib import Path

import pytest

from monazite.provenance import Manifest
from monazite.snapshot import open_snapshot
from monazite.sources.table import columns_from_rows

TRADE = ("year", "exporter", "importer", "edition", "product_code", "value_usd", "quantity_gross_t", "quality",
         "source_id")  # fmt: skip
BY_FORM = (
    "material",
    "stage",
    "exporter",
    "importer",
    "year",
    "trade_t",
    "quality",
    "source_id",
    "source",
    "note",
)
PRODUCTION = (
    "material",
    "stage",
    "form",
    "country",
    "year",
    "production_t",
    "quality",
    "source_id",
    "source",
    "note",
)
GOVERNANCE = ("country", "year", "political_stability", "political_stability_sd", "source_id")
FLAKE, OXIDES, METAL, GERMANIUM = 250410, 282200, 810510, 811230


def lane(year, exporter, importer, code, usd, tonnes, quality="reported"):
    return (year, exporter, importer, "hs92", code, usd, tonnes, quality, "baci")


def output(material, stage, country, year, tonnes, quality="reported"):
    return (material, stage, "ore", country, year, tonnes, quality, "world_mining_data", "a table", "")


TRADE_ROWS = (
    # Flake graphite, 1 t contained a gross tonne. CHN to JPN costs 1,000 USD/t in 2019 and in 2021.
    lane(2019, "CHN", "JPN", FLAKE, 100_000.0, 100.0),
    lane(2020, "CHN", "JPN", FLAKE, 120_000.0, 20.0, "doubtful"),
    lane(2021, "CHN", "JPN", FLAKE, 300_000.0, 300.0),
    # 2020: the trusted lanes sell 90 t for 180,000 USD, so 2,000 USD/t
    lane(2020, "CHN", "KOR", FLAKE, 160_000.0, 80.0),
    lane(2020, "MOZ", "CHN", FLAKE, 20_000.0, 10.0),
    lane(2020, "DEU", "FRA", FLAKE, 8_000.0, None),  # no tonnes and no neighbours: 8,000 / 2,000 = 4
    lane(2020, "DEU", "AUT", FLAKE, None, 7.0, "corrected"),  # the value was withdrawn, the tonnes stand
    lane(2018, "CHN", "JPN", FLAKE, 5_000.0, None),  # beside 2019: 5,000 / 1,000 = 5
    lane(2018, "MOZ", "CHN", FLAKE, 5_000.0, None),  # no unit value anywhere near
    # Cobalt: oxides hold 0.7342, those of COD 0.35, and nobody says what is in 810510
    lane(2020, "COD", "CHN", OXIDES, 1e6, 100.0),
    lane(2020, "FIN", "JPN", OXIDES, 1e6, 50.0),
    lane(2020, "FIN", "JPN", METAL, 1e6, 30.0),
    lane(2020, "COD", "FIN", METAL, 1e6, 40.0),
    lane(2006, "CHN", "USA", GERMANIUM, 1e6, 9.0),
    lane(2008, "CHN", "USA", GERMANIUM, 1e6, 8.0),
)
PRODUCTION_ROWS = (
    output("natural_graphite", "extraction", "CHN", 2020, 150.0),
    output("natural_graphite", "extraction", "MOZ", 2020, 4.0, "estimated"),
    output("cobalt", "extraction", "COD", 2020, 95.0),
    output("germanium", "processing", "CHN", 2008, 100.0),
    output("gallium", "processing", "CHN", 2022, 600.0),
)
BY_FORM_ROWS = (
    ("gallium", "processing", "CHN", "ROW", 2022, 94.0, "estimated", "gacc", "China's customs", "a mean"),
)
GOVERNANCE_ROWS = (
    ("CHN", 2020, -0.5, 0.2, "wgi"),
    ("MOZ", 2020, -1.25, 0.2, "wgi"),
    ("CHN", 2021, -0.4, 0.2, "wgi"),
)


@pytest.fixture(scope="session")
def write_table():
    spec = importlib.util.spec_from_file_location(
        "build_release", Path(__file__).parents[3] / "tools" / "build_release.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.write_table


@pytest.fixture(scope="session")
def small_release(write_table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    tables = {
        "trade": columns_from_rows(TRADE, TRADE_ROWS),
        "trade_by_form": columns_from_rows(BY_FORM, BY_FORM_ROWS),
        "production": columns_from_rows(PRODUCTION, PRODUCTION_ROWS),
        "governance": columns_from_rows(GOVERNANCE, GOVERNANCE_ROWS),
    }
    manifest = Manifest(
        release="small", built_from={}, excluded={}, corrections=1,
        tables={name: write_table(folder, name, table) for name, table in tables.items()},
    )  # fmt: skip
    (folder / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    return open_snapshot(folder)
