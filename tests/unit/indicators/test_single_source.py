"""The 65 % test by customs partner."""

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators import CRMA_SINGLE_SOURCE_CAP, single_source_test


def bought(**by_partner):
    return xr.DataArray(list(by_partner.values()), dims="exporter", coords={"exporter": list(by_partner)})


def values(test):
    return {name: array.item() for name, array in test.data_vars.items()}


def test_above_the_cap_says_how_many_tonnes_must_come_from_others():
    # 80 of 100; 80 - 65 = 15 t to move
    assert values(single_source_test(bought(CHN=80.0, MYS=20.0))) == {
        "verdict": "not met",
        "supplier": "CHN",
        "share": 0.8,
        "share_high": 0.8,
        "numerator_t": 80.0,
        "denominator_t": 100.0,
        "move_t": 15.0,
    }


def test_after_moving_that_many_tonnes_the_test_is_met():
    assert values(single_source_test(bought(CHN=80.0 - 15.0, MYS=20.0 + 15.0)))["verdict"] == "met"


def test_exactly_the_cap_meets_it():
    test = values(single_source_test(bought(CHN=65.0, MYS=35.0)))
    assert (test["verdict"], test["move_t"]) == ("met", 0.0)


def test_imports_of_unknown_partner_can_leave_the_verdict_open():
    # 60 of 60 + 30 + 10: between 60 % and (60 + 10) / 100 = 70 %
    test = values(single_source_test(bought(CHN=60.0, MYS=30.0), unknown_t=10.0))
    assert (test["verdict"], test["share"], test["share_high"]) == ("cannot tell", 0.6, 0.7)


def test_unknown_imports_that_cannot_change_the_verdict_do_not():
    # 50 of 100, at most 60 %: met; 90 of 100 at least: not met, 90 - 65 = 25 t to move
    assert values(single_source_test(bought(CHN=50.0, MYS=40.0), unknown_t=10.0))["verdict"] == "met"
    test = values(single_source_test(bought(CHN=90.0, MYS=0.0), unknown_t=10.0))
    assert (test["verdict"], test["move_t"]) == ("not met", 25.0)


def test_no_imports_cannot_tell():
    test = single_source_test(bought(CHN=0.0))
    assert test["verdict"].item() == "cannot tell"
    assert test["supplier"].item() == ""
    assert np.isnan(test["share"])


def test_each_draw_has_its_verdict():
    draws = xr.concat([bought(CHN=80.0, MYS=20.0), bought(CHN=50.0, MYS=50.0)], dim="draw")
    test = single_source_test(draws)
    assert test["verdict"].values.tolist() == ["not met", "met"]
    assert test["move_t"].values.tolist() == [15.0, 0.0]
    by_draw = single_source_test(bought(CHN=60.0, MYS=40.0), unknown_t=xr.DataArray([0.0, 50.0], dims="draw"))
    assert by_draw["verdict"].values.tolist() == ["met", "cannot tell"]


def test_the_reading_and_the_cap_travel_with_the_result():
    assert single_source_test(bought(CHN=1.0)).attrs == {"by": "imports", "cap": CRMA_SINGLE_SOURCE_CAP}


def test_another_cap_is_possible():
    # 80 of 100 against 50 %: 30 t to move
    assert values(single_source_test(bought(CHN=80.0, MYS=20.0), 0.5))["move_t"] == 30.0


@pytest.mark.parametrize("cap", [0.0, -0.1, 65.0, float("nan")])
def test_a_cap_that_is_no_share_is_refused(cap):
    with pytest.raises(DataError, match="is not a share"):
        single_source_test(bought(CHN=1.0), cap)


@pytest.mark.parametrize("unknown", [-1.0, float("nan")])
def test_unknown_tonnes_must_be_a_quantity(unknown):
    with pytest.raises(DataError, match="unknown_t: 1 of 1 values cannot be used"):
        single_source_test(bought(CHN=1.0), unknown_t=unknown)


def test_draws_that_do_not_match_are_refused():
    draws = xr.concat([bought(CHN=1.0)] * 2, dim="draw").assign_coords(draw=[0, 1])
    unknown = xr.DataArray([0.0, 0.0], dims="draw", coords={"draw": [1, 2]})
    with pytest.raises(DataError, match="labels do not match"):
        single_source_test(draws, unknown_t=unknown)
