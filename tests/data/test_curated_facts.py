"""Facts that a right reading of the curated tables reproduces."""

from collections import defaultdict

import numpy as np
import pytest

from monazite.sources.curated import read_curated


def pick(table, **wanted):
    rows = read_curated(table)
    keep = np.logical_and.reduce([rows[name] == value for name, value in wanted.items()])
    return {name: column[keep] for name, column in rows.items()}


def test_end_uses_of_a_material_sum_to_one_within_what_is_published():
    rows, sums = read_curated("use_shares"), defaultdict(float)
    for *key, share in zip(
        rows["material"], rows["region"], rows["source_id"], rows["use_share"], strict=True
    ):
        sums[tuple(key)] += share
    official = {key: total for key, total in sums.items() if key[2] == "eu_crm_2023"}
    assert len(official) == 36
    # the study's own rounding: aluminium sums to 0.98, cobalt to 1.02, manganese to 0.97
    assert all(0.965 < total < 1.025 for total in official.values())


def test_a_thousand_direct_drive_turbines_of_6_5_mw_need_1170_t_of_neodymium():
    # 180 kg/MW x 6.5 MW x 1,000 = 1,170 t; the published range is 150 to 210 kg/MW
    row = pick("material_intensities", variant="DD-PMSG", material="neodymium")
    assert row["intensity"].tolist() == [180.0]
    assert float(row["intensity"][0]) * 6.5 == 1170.0
    assert (row["low"][0], row["high"][0]) == (150.0, 210.0)


def test_the_literature_on_direct_drive_agrees_with_the_joint_research_centre():
    row = pick("material_intensities", variant="direct drive, permanent magnet", material="neodymium")
    assert row["intensity"][0] == pytest.approx(180, rel=0.01)


def test_a_range_is_a_range_and_holds_its_middle():
    for table, value in {
        "use_shares": "use_share", "material_intensities": "intensity", "market_parameters": "parameter_value",
        "recycling_rates": "rate", "burdens": "burden_value", "labour": "parameter_value",
    }.items():  # fmt: skip
        rows = read_curated(table)
        low, high, middle = rows["low"], rows["high"], rows[value]
        assert not (low > high).any(), table
        wrong = (middle < low) | (middle > high)
        assert [str(rows["source"][i]) for i in np.flatnonzero(wrong)] == [], table


def test_a_price_is_in_our_unit_where_the_published_unit_can_be_converted():
    rows = read_curated("prices")
    per_kg = rows["published_unit"] == "USD/kg"
    assert per_kg.sum() > 100
    assert rows["price_usd_per_t"][per_kg] == pytest.approx(rows["published"][per_kg] * 1000, rel=1e-5)


def test_neodymium_oxide_in_2011_cost_more_outside_china_than_inside():
    rows = read_curated("market_parameters")
    gap = (rows["parameter"] == "price gap FOB / domestic") & (rows["subject"] == "neodymium oxide")
    assert rows["parameter_value"][gap] == pytest.approx([1.41345])


def test_manufacturing_adds_value_in_the_sectors_that_use_the_materials():
    rows = read_curated("sector_value_added")
    assert dict(zip(rows["sector_code"], rows["value_added_million_eur"], strict=True))["C24"] == 64561.0
    assert set(read_curated("use_shares")["sector_code"]) - {""} <= set(rows["sector_code"]) | {"B06", "B09"}


def test_prices_name_chapters_that_the_summaries_have():
    # the chapters of Mineral Commodity Summaries 2026 from which a price was read
    chapters = {
        source.split("chapter ")[1]
        for source in read_curated("prices")["source"]
        if "2026 data release, chapter" in source
    }
    assert chapters & {"Titanium And", "Platinum", "Graphite", "Phosphate", "Niobium", "Zirconium"} == set()
    assert {"Titanium and titanium dioxide", "Platinum-group metals", "Zirconium and hafnium"} <= chapters


@pytest.mark.parametrize(
    ("table", "tonnes", "material", "year", "published", "unit"),
    [
        ("world_totals", "total_t", "arsenic", 2024, 62500.0, "t"),  # As2O3
        ("world_totals", "total_t", "helium", 2024, 183.0, "million m3"),
        ("world_totals", "total_t", "strontium", 2025, 450000.0, "t"),  # celestite
        ("capacity", "capacity_t", "arsenic", 2025, 30000.0, "t"),  # China, As2O3
    ],
)
def test_a_converted_figure_stands_beside_the_published_one(table, tonnes, material, year, published, unit):
    factors = {"arsenic": 0.7574, "helium": 169.28, "strontium": 0.4770}  # as the notes give them
    rows = pick(table, material=material, year=year, published=published)
    assert rows["published_unit"].tolist() == [unit]
    assert rows[tonnes][0] == pytest.approx(published * factors[material], rel=1e-4)


def test_no_figure_is_converted_without_its_factor():
    for table in ("capacity", "world_totals"):
        rows = read_curated(table)
        converted = rows["published_unit"] != ""
        assert converted.any()
        assert [note for note in rows["note"][converted] if "x " not in note] == []
        assert np.isnan(rows["published"][~converted]).all()
