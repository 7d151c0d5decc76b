"""Shares, largest suppliers and the Herfindahl-Hirschman index."""

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators import herfindahl_hirschman_index, supplier_share, top_share, top_suppliers

# 60 + 30 + 10 = 100 t: shares 0.6, 0.3, 0.1; HHI = 0.36 + 0.09 + 0.01 = 0.46
SUPPLY = xr.DataArray([30.0, 60.0, 10.0], dims="country", coords={"country": ["AUS", "CHN", "USA"]})


def test_hhi_is_the_sum_of_squared_shares():
    assert float(herfindahl_hirschman_index(SUPPLY)) == pytest.approx(0.46, abs=1e-15)


def test_shares_divide_by_the_total():
    assert supplier_share(SUPPLY).values == pytest.approx([0.3, 0.6, 0.1])


def test_top_share_adds_the_largest():
    assert float(top_share(SUPPLY)) == 0.6
    assert float(top_share(SUPPLY, n=2)) == pytest.approx(0.9)
    assert float(top_share(SUPPLY, n=9)) == pytest.approx(1.0)


def test_top_suppliers_names_them_in_order_with_their_share():
    best = top_suppliers(SUPPLY, n=2)
    assert best["supplier"].values.tolist() == ["CHN", "AUS"]
    assert best["share"].values.tolist() == [0.6, 0.3]
    assert best["rank"].values.tolist() == [1, 2]


def test_a_rank_without_supply_has_no_name():
    best = top_suppliers(SUPPLY * [0, 1, 0], n=2)
    assert best["supplier"].values.tolist() == ["CHN", ""]
    assert best["share"].values.tolist() == [1.0, 0.0]


def test_suppliers_of_equal_size_stand_in_the_order_of_the_array():
    assert top_suppliers(SUPPLY * 0 + 5, n=3)["supplier"].values.tolist() == ["AUS", "CHN", "USA"]


def test_further_dimensions_are_kept():
    # two stages: (30, 60, 10) as above, and (50, 50, 0): HHI 0.5
    both = xr.concat([SUPPLY, SUPPLY.copy(data=[50, 50, 0])], dim="stage").assign_coords(
        stage=["extraction", "processing"]
    )
    hhi = herfindahl_hirschman_index(both)
    assert hhi.dims == ("stage",)
    assert hhi.sel(stage="processing").item() == 0.5
    best = top_suppliers(both.transpose("country", "stage"), n=1)
    assert best["supplier"].sel(rank=1, stage="extraction").item() == "CHN"
    assert best["supplier"].sel(rank=1, stage="processing").item() == "AUS"


def test_nothing_supplied_has_no_concentration():
    nothing = SUPPLY * 0
    assert np.isnan(herfindahl_hirschman_index(nothing))
    assert np.isnan(top_share(nothing))
    assert top_suppliers(nothing)["supplier"].values.tolist() == [""]


def test_world_rare_earth_mining_of_2024_is_concentrated_as_published():
    # World Mining Data, rare earths 2024 [t REO], total 398 008; shares squared and summed: 0.4862
    mined = {"CHN": 270000, "USA": 45493, "MMR": 39400, "AUS": 20100, "MYS": 5120, "LAO": 4130, "MDG": 4000}
    mined |= {"NGA": 4000, "IND": 2500, "RUS": 1761, "VNM": 1100, "BRA": 390, "BDI": 14}
    supply = xr.DataArray(list(mined.values()), dims="country", coords={"country": list(mined)})
    assert int(supply.sum()) == 398008
    assert 0.47 <= float(herfindahl_hirschman_index(supply)) <= 0.49
    assert float(top_share(supply)) == pytest.approx(0.678, abs=5e-4)


def test_missing_and_negative_quantities_are_all_named():
    wrong = SUPPLY.copy(data=[np.nan, -1.0, np.inf])
    with pytest.raises(DataError) as error:
        herfindahl_hirschman_index(wrong)
    assert str(error.value) == (
        "quantity_t: 3 of 3 values cannot be used: 1 missing, 1 infinite, 1 negative.\n"
        "  which:    (AUS) = nan, (CHN) = -1, (USA) = inf\n"
        "  expected: known amounts, >= 0; a supplier with no output is 0, not NaN\n"
        "  fix:      say what a missing one stands for (`unreported` and `unknown_content` of "
        "build_supply_chain), or leave those labels out"
    )


def test_a_wrong_dimension_is_named_beside_the_right_one():
    with pytest.raises(DataError, match="has no dimension 'contry'") as error:
        herfindahl_hirschman_index(SUPPLY, over="contry")
    assert error.value.fix == "did you mean country?"


def test_fewer_than_one_supplier_is_refused():
    with pytest.raises(DataError, match="0 suppliers were asked for"):
        top_share(SUPPLY, n=0)


def test_the_argument_is_not_changed():
    before = SUPPLY.copy(deep=True)
    top_suppliers(SUPPLY, n=2)
    xr.testing.assert_identical(SUPPLY, before)
