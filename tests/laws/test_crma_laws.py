"""Laws of the 65 % test."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from monazite.indicators import consumption_verdict, gross_share, tonnes_to_move

shares = st.floats(0.0, 1.0)
tonnes = st.floats(0.0, 1e6)


def judge(low, high):
    arrays = (xr.DataArray(np.array([v]), dims="country", coords={"country": ["CHN"]}) for v in (low, high))
    return str(consumption_verdict(*arrays).item())


@given(shares)
def test_a_known_share_always_has_a_verdict(share):
    assert judge(share, share) == ("not met" if share > 0.65 else "met")


@pytest.mark.slow
@given(shares, shares, shares)
def test_a_wider_interval_never_turns_one_verdict_into_the_other(a, b, c):
    low, mid, high = sorted((a, b, c))
    assert judge(low, high) in (judge(mid, mid), "cannot tell")


@given(shares, st.floats(1e-3, 1e9))
def test_without_the_tonnes_to_move_the_limit_is_kept(share, consumption):
    move = tonnes_to_move(share, consumption)
    assert (share * consumption - move) / consumption <= 0.65 * (1 + 1e-9)
    assert (move > 0) == (share > 0.65)


@given(tonnes, tonnes, tonnes, shares, shares, shares)
def test_the_bounds_hold_every_share_that_contents_allow(partner, others, own, a, b, c):
    least, most = sorted((a, b))
    if most < 1e-6 or partner + others + own <= 1e-6:
        return
    content = least + c * (most - least)
    total = own + content * (partner + others)
    found = gross_share(partner, others, own, (least, most))
    if total > 0:
        assert found.low - 1e-9 <= content * partner / total <= found.high + 1e-9
