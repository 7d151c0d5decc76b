"""Facts that a right reading of the sources reproduces, computed from the release through public functions."""

import pytest

from monazite import build_supply_chain, herfindahl_hirschman_index, import_share, top_share
from monazite.scenarios.outlook import read_dependence

# Published figures; each test says by whom. Tolerance: the last digit that is printed.


def produced(snapshot, material, year, stage="extraction"):
    return build_supply_chain(snapshot, material=material, year=year).production_t.sel(stage=stage)


@pytest.mark.parametrize(
    ("material", "stage", "year", "world", "china", "share"),
    [
        ("rare_earths", "extraction", 2024, 398_008, 270_000, 0.678),
        ("rare_earths", "extraction", 2018, 182_193, 120_000, 0.659),
        ("gallium", "processing", 2024, 987, 974, 0.987),
    ],
)
def test_world_mining_data_without_its_total_row(snapshot, material, stage, year, world, china, share):
    # World Mining Data 2026, Austrian Federal Ministry of Finance
    production_t = produced(snapshot, material, year, stage)
    assert float(production_t.sum()) == world
    assert float(production_t.sel(country="CHN")) == china
    assert round(float(top_share(production_t, n=1)), 3) == share


def test_the_hhi_of_rare_earth_mining_in_2024(snapshot):
    # with the `Total` row as a country it would be (1/4) of that plus 1/4
    assert 0.47 <= float(herfindahl_hirschman_index(produced(snapshot, "rare_earths", 2024))) <= 0.49


@pytest.mark.parametrize(
    ("year", "from_china", "total", "share"), [(2008, 10_882, 11_468, 0.949), (2012, 2_209, 3_303, 0.669)]
)
def test_japans_imports_of_rare_earth_compounds(snapshot, year, from_china, total, share):
    # CEPII BACI, HS92 284690
    (row,) = read_dependence(snapshot, "hs92:284690", ["JPN"], "CHN", [year])
    assert (round(row.from_exporter_t), round(row.total_t), round(row.share, 3)) == (from_china, total, share)
    chain = build_supply_chain(snapshot, material="rare_earths", year=year, product_codes=["hs92:284690"])
    shares = import_share(chain.trade_gross_t.sel(stage="processing"), importers=["JPN"])
    assert float(shares.sel(exporter="CHN")) == pytest.approx(row.share, rel=1e-12)


def test_the_unit_value_of_chinas_exports_to_japan_rises_twelvefold_and_falls(snapshot):
    # CEPII BACI, HS92 284690, thousand USD a tonne
    rows = read_dependence(snapshot, "hs92:284690", ["JPN"], "CHN", [2009, 2011, 2013])
    assert [round(row.unit_value_usd_per_t / 1000, 1) for row in rows] == [15.1, 177.8, 35.4]


def test_indonesias_exports_of_nickel_ore_stop_twice(snapshot):
    # CEPII BACI, HS92 260400, million tonnes: the bans of 2014 and 2020
    megatonnes = {
        year: round(
            float(
                build_supply_chain(snapshot, material="nickel", year=year)
                .trade_gross_t.sel(stage="extraction", exporter="IDN")
                .sum()
            )
            / 1e6,
            1,
        )
        for year in (2013, 2014, 2015, 2019, 2020)
    }
    assert megatonnes == {2013: 58.2, 2014: 7.7, 2015: 0.2, 2019: 28.9, 2020: 3.8}


def test_germanium_refined_in_2022(snapshot):
    # USGS: 180 + 20 + 6 + 4 = 210 t
    assert sorted(produced(snapshot, "germanium", 2022, "processing").values.tolist())[-4:] == [4, 6, 20, 180]


def test_the_outlier_of_2024_does_not_count(snapshot):
    # Turkey to Benin, HS 284690: 40,700 t at 53 USD/t would be a fifth of the world's trade in the code
    chain = build_supply_chain(snapshot, material="rare_earths", year=2024, product_codes=["hs92:284690"])
    lane = chain.arrays.sel(stage="processing", exporter="TUR", importer="BEN")
    assert float(lane["trade_gross_t"]) == 0
    assert float(lane["imputed_t"]) < 1000
    assert float(chain.trade_gross_t.sel(stage="processing").sum()) < 200_000
