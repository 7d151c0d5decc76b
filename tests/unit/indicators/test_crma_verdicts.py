"""The benchmarks of Art. 5(1) of the Act, judged from intervals."""

import math

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators import (
    Interval,
    capacity_verdict,
    consumption_verdict,
    gross_share,
    share_with_new_output,
    tonnes_to_move,
)

NAN = math.nan


def ends(low, high, names=("CHN", "MYS")):
    coords = {"country": list(names[: len(low)])}
    return tuple(xr.DataArray(np.array(v, dtype=float), dims="country", coords=coords) for v in (low, high))


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        ([0.66, 0.1], [0.70, 0.2], "not met"),  # one country is above in any case
        ([0.60, 0.1], [0.66, 0.2], "cannot tell"),
        ([0.60, 0.1], [0.65, 0.2], "met"),  # exactly 65 % is not more than 65 %
        ([0.40, 0.1], [0.50, 0.7], "cannot tell"),  # the second may be above, though the first is larger
        ([0.65, 0.1], [0.65, 0.2], "met"),
        ([0.0, 0.0], [1.0, 1.0], "cannot tell"),
    ],
)
def test_the_verdict_needs_both_ends_of_the_interval(low, high, verdict):
    assert consumption_verdict(*ends(low, high)).item() == verdict


def test_a_country_that_nobody_names_can_be_above_the_limit():
    assert consumption_verdict(*ends([0.2, 0.1], [0.3, 0.2]), unnamed_high=0.7).item() == "cannot tell"
    assert consumption_verdict(*ends([0.2, 0.1], [0.3, 0.2]), unnamed_high=0.65).item() == "met"


def test_without_any_third_country_the_test_is_met():
    nobody = xr.DataArray(np.zeros(0), dims="country", coords={"country": np.array([], dtype=object)})
    assert consumption_verdict(nobody, nobody).item() == "met"


def test_every_further_dimension_is_kept():
    low, high = (array.expand_dims(year=[2023, 2024]) for array in ends([0.7, 0.1], [0.8, 0.2]))
    assert consumption_verdict(low, high).values.tolist() == ["not met", "not met"]


def test_intervals_that_end_before_they_begin_are_refused():
    with pytest.raises(DataError, match="1 of 2 intervals end before they begin"):
        consumption_verdict(*ends([0.7, 0.1], [0.6, 0.2]))


def test_missing_and_negative_shares_are_refused():
    with pytest.raises(DataError, match="2 of 2 values cannot be used: 1 missing, 1 negative"):
        consumption_verdict(*ends([NAN, -0.1], [0.6, 0.2]))


@pytest.mark.parametrize("cap", [0.0, 1.5, NAN])
def test_a_cap_that_is_no_share_is_refused(cap):
    with pytest.raises(DataError, match="is not a share"):
        consumption_verdict(*ends([0.7], [0.8]), cap=cap)


def test_tonnes_to_move_bring_the_share_to_the_limit():
    # 66.4 % of 4,599 t: 0.014 * 4,599 = 64.4 t; without them 3,053.7 - 64.4 = 2,989.4 t, which is 65 % of 4,599 t
    move = tonnes_to_move(0.664, 4599.0)
    assert move == pytest.approx(64.386)
    assert (0.664 * 4599.0 - move) / 4599.0 == pytest.approx(0.65)


def test_tonnes_to_move_are_unknown_where_the_consumption_is():
    assert math.isnan(tonnes_to_move(0.8, NAN))
    assert math.isnan(tonnes_to_move(NAN, 100.0))
    assert tonnes_to_move(0.5, NAN) == 0.0  # nothing has to move, whatever is consumed


def test_a_share_above_one_is_refused():
    with pytest.raises(DataError, match=r"are 1.2 and 100 t"):
        tonnes_to_move(1.2, 100.0)


def test_capacity_is_judged_from_its_least_and_its_most():
    # 40 % of 1,000 t are 400 t
    assert capacity_verdict(Interval(NAN, 400.0, NAN), 1000.0, 0.40) == "met"
    assert capacity_verdict(Interval(NAN, 399.0, NAN), 1000.0, 0.40) == "cannot tell"
    assert capacity_verdict(Interval(NAN, 100.0, 399.0), 1000.0, 0.40) == "not met"
    assert capacity_verdict(Interval(NAN, NAN, NAN), NAN, 0.40) == "cannot tell"


def test_a_capacity_below_zero_is_refused():
    with pytest.raises(DataError, match="capacity_t, consumption_t: are -1"):
        capacity_verdict(Interval(NAN, -1.0, NAN), 10.0, 0.1)


def test_gross_weight_bounds_a_share_by_what_the_code_says():
    # bismuth 2024: 1,411 t of 1,612 t gross from CHN, each lane half to all bismuth, 48 t own:
    # 705.5 / (48 + 705.5 + 201) = 0.739; 1,411 / (48 + 1,411 + 100.5) = 0.905; middle 0.75: 1,058.25 / 1,257 = 0.842
    found = gross_share(1411.0, 201.0, 48.0, (0.5, 1.0))
    assert found == pytest.approx((0.8419, 0.7391, 0.9048), abs=1e-4)


def test_gross_weight_of_unknown_content_says_nothing_but_that_others_are_there():
    # the partner's goods may hold nothing, or the others' may
    assert gross_share(80.0, 20.0, 0.0, (0.0, 1.0)) == pytest.approx((0.8, 0.0, 1.0))
    found = gross_share(80.0, 20.0, 10.0, (0.0, 1.0))
    assert math.isnan(found.mid)
    assert found[1:] == pytest.approx((0.0, 80 / 90))


def test_unknown_own_output_makes_the_share_in_imports_the_most():
    found = gross_share(80.0, 20.0, NAN, (1.0, 1.0))
    assert math.isnan(found.mid)
    assert found[1:] == pytest.approx((0.0, 0.8))


def test_contents_that_cannot_be_are_refused():
    with pytest.raises(DataError, match="contents 0.9 to 0.5"):
        gross_share(80.0, 20.0, 0.0, (0.9, 0.5))


def test_new_output_at_home_lowers_a_share_between_two_ends():
    # 66 % of 4,599 t and 3,970 t more: in proportion 0.66 * (1 - 0.8632); at best all of it takes CHL's place
    found = share_with_new_output(0.66, 4599.0, Interval(3970.0, 3970.0, 3970.0))
    assert found == pytest.approx((0.66 * 629 / 4599, 0.0, 629 / 4599))


def test_new_output_beyond_the_consumption_leaves_nothing_to_import():
    assert share_with_new_output(0.66, 100.0, Interval(200.0, 200.0, 200.0)) == (0.0, 0.0, 0.0)
