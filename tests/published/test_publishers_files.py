"""The publishers' own files, read whole: figures that their publishers print, and no row lost."""

from pathlib import Path

import numpy as np
import pytest

from monazite.sources.bgs import read_bgs_production
from monazite.sources.eu_study import read_eu_study_shares
from monazite.sources.usgs_production import read_usgs_production

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference"
USGS_2026 = REFERENCE / "usgs" / "MCS2026_Commodities_Data.csv"
USGS_2025 = REFERENCE / "usgs" / "MCS2025_World_Data.csv"
BGS = REFERENCE / "bgs"
EU = REFERENCE / "eu_2023"

pytestmark = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the publishers' files are not beside this folder"
)


def pick(table, **labels):
    chosen = np.logical_and.reduce([table[name] == value for name, value in labels.items()])
    return dict(zip(table["country"][chosen].tolist(), table["production_t"][chosen].tolist(), strict=True))


@pytest.fixture(scope="module")
def usgs():
    return read_usgs_production(USGS_2026)


def test_no_row_of_the_mineral_commodity_summaries_is_lost(usgs):
    assert len(usgs.table["year"]) + sum(entry.rows for entry in usgs.excluded) == 8886


@pytest.mark.parametrize(
    ("material", "form", "country", "tonnes", "share"),
    [
        ("gallium", "primary gallium", "CHN", 839.0, 0.989),  # 839,000 of 848,000 kg
        ("magnesium", "primary magnesium", "CHN", 953_000.0, 0.879),  # 953 of 1,084 kt
        ("silicon", "silicon metal", "CHN", 4_800_000.0, 0.875),  # 4,800 of 5,487 kt
        ("cobalt", "mine output", "COD", 226_000.0, 0.749),  # 226,000 of 301,590 t
    ],
)
def test_the_largest_producers_of_2024_in_the_data_release_of_2026(
    usgs, material, form, country, tonnes, share
):
    production = pick(usgs.table, material=material, form=form, year=2024)
    assert production[country] == tonnes
    assert round(tonnes / sum(production.values()), 3) == share


def test_cobalt_of_congo_in_the_world_data_of_2025():
    # Mineral Commodity Summaries 2025, cobalt: Congo (Kinshasa) 220,000 t in 2024, estimated
    reading = read_usgs_production(USGS_2025)
    assert pick(reading.table, material="cobalt", year=2024)["COD"] == 220_000.0
    assert len(reading.table["year"]) + sum(entry.rows for entry in reading.excluded) == 2 * 1250


@pytest.mark.parametrize("path", sorted(BGS.glob("*.csv")), ids=lambda path: path.stem)
def test_no_row_of_world_mineral_statistics_is_lost(path):
    reading = read_bgs_production(path)
    rows = path.read_text(encoding="utf-8").count("\n") - 1
    assert len(reading.table["year"]) + sum(entry.rows for entry in reading.excluded) == rows


def test_refined_cobalt_of_china_in_world_mineral_statistics():
    # British Geological Survey, World Mineral Production 2018-2022: China 125,000 t in 2022
    table = read_bgs_production(BGS / "BGS_cobalt_production.csv").table
    assert pick(table, form="refined cobalt", year=2022)["CHN"] == 125_000.0


def test_the_two_congos_of_copper_stay_apart():
    table = read_bgs_production(BGS / "BGS_copper_production.csv").table
    mined = pick(table, form="mine output", year=2020)
    assert (mined["COD"], mined["COG"]) == (1_713_000.0, 10_000.0)


@pytest.mark.parametrize(("name", "rows"), [("global", 2561), ("eu", 907)])
def test_no_row_of_the_eu_study_is_lost(name, rows):
    reading = read_eu_study_shares(EU / f"{name}_supply_shares_t.csv")
    assert len(reading.table["share"]) + sum(entry.rows for entry in reading.excluded) == rows


def test_the_share_of_china_in_heavy_rare_earths_of_the_eu_study():
    # Study on the critical raw materials for the EU 2023: 100 % of processed heavy, 84.9 % of light rare earths
    table = read_eu_study_shares(EU / "global_supply_shares_t.csv").table
    shares = dict(
        zip(
            zip(table["material"], table["stage"], table["country"], strict=True), table["share"], strict=True
        )
    )
    assert shares["dysprosium", "processing", "CHN"] == 1.0
    assert shares["neodymium", "processing", "CHN"] == 0.849
