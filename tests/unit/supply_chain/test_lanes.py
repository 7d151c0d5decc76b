"""Lanes and production of many materials at once, beside the chains of one."""

import numpy as np
import pytest

from monazite.supply_chain import (
    build_supply_chain,
    list_countries,
    list_materials,
    read_lanes,
    read_production,
)


def test_lanes_are_imputed_as_in_a_chain(snapshot):
    # Australia's bauxite to China in 2016 is doubtful; 0.25 t of aluminium to the tonne
    countries = list_countries(snapshot, [2016])
    lanes = read_lanes(snapshot, [260600], [2016], countries)
    chain = build_supply_chain(snapshot, material="aluminium", year=2016)
    (row,) = np.flatnonzero(
        (lanes["exporter"] == countries.index("AUS")) & (lanes["importer"] == countries.index("CHN"))
    )
    expected = float(chain.trade_t.sel(stage="extraction", exporter="AUS", importer="CHN"))
    assert lanes["tonnes"][row] * 0.25 == pytest.approx(expected)
    assert np.isnan(lanes["priced_t"][row])
    assert lanes["tonnes"].sum() * 0.25 == pytest.approx(float(chain.trade_t.sel(stage="extraction").sum()))


def test_recorded_lanes_are_what_customs_wrote(snapshot):
    countries = list_countries(snapshot, [2016])
    lanes = read_lanes(snapshot, [260600], [2016], countries, is_imputed=False)
    (row,) = np.flatnonzero(
        (lanes["exporter"] == countries.index("AUS")) & (lanes["importer"] == countries.index("CHN"))
    )
    found = snapshot.query(
        "SELECT quantity_gross_t FROM trade WHERE product_code = 260600 AND year = 2016 AND exporter = 'AUS' "
        "AND importer = 'CHN'"
    )
    assert lanes["tonnes"][row] == found["quantity_gross_t"][0]


def test_a_code_that_holds_two_materials_is_read_for_both(snapshot):
    countries = list_countries(snapshot, [2022])
    lanes = read_lanes(snapshot, [280450, 280450], [2022], countries)
    first, second = (np.sort(lanes["tonnes"][lanes["part"] == part]) for part in (0, 1))
    assert len(first) > 100
    assert np.array_equal(first, second)


def test_production_of_all_materials_is_that_of_the_chains(snapshot):
    rows = read_production(snapshot, [2022])
    chain = build_supply_chain(snapshot, material="lithium", year=2022)
    own = (rows["material"] == "lithium") & (rows["stage"] == "extraction")
    assert rows["production_t"][own].sum() == pytest.approx(
        float(chain.production_t.sel(stage="extraction").sum())
    )


def test_the_materials_of_the_release_are_those_produced_or_traded(snapshot):
    found = list_materials(snapshot)
    assert {"lithium", "potash", "natural_gas", "rare_earths"} <= set(found)
    assert {"osmium", "diamond_gem", "neodymium"} & set(found) == set()
