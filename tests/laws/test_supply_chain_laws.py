"""Laws of the balance of a chain."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from monazite.supply_chain.build import balance_residual, build_supply_chain

TONNES = st.one_of(st.just(0.0), st.floats(1e-3, 1e8))
COUNTRIES = ["AAA", "BBB", "CCC", "DDD"]


@st.composite
def flows(draw, missing=False):
    """Production and trade of two stages and four countries; nobody trades with itself."""
    values = st.one_of(TONNES, st.just(float("nan"))) if missing else TONNES
    trade = draw(hnp.arrays(float, (2, 4, 4), elements=values))
    trade[:, range(4), range(4)] = 0.0
    return xr.Dataset(
        {
            "production_t": (("stage", "country"), draw(hnp.arrays(float, (2, 4), elements=values))),
            "trade_t": (("stage", "exporter", "importer"), trade),
        },
        coords={
            "stage": ["extraction", "processing"],
            **dict.fromkeys(("country", "exporter", "importer"), COUNTRIES),
        },
    )


def sides(arrays):
    imports = arrays["trade_t"].sum("exporter", skipna=False).rename(importer="country")
    exports = arrays["trade_t"].sum("importer", skipna=False).rename(exporter="country")
    return (
        (arrays["production_t"] + imports + arrays["residual_t"]).values,
        (exports + arrays["apparent_consumption_t"]).values,
    )


@settings(max_examples=50)
@given(flows())
def test_production_imports_and_residual_equal_exports_and_consumption(arrays):
    left, right = sides(balance_residual(arrays))
    assert left == pytest.approx(right, rel=1e-12, abs=1e-12 * max(1.0, float(np.abs(left).max())))


@settings(max_examples=50)
@given(flows())
def test_a_country_has_a_residual_or_a_use_and_never_both(arrays):
    balanced = balance_residual(arrays)
    assert (balanced["residual_t"] >= 0).all()
    assert (balanced["apparent_consumption_t"] >= 0).all()
    assert (balanced["residual_t"] * balanced["apparent_consumption_t"] == 0).all()


@settings(max_examples=50)
@given(flows(missing=True))
def test_a_balance_is_known_exactly_where_all_its_flows_are(arrays):
    balanced = balance_residual(arrays)
    lanes = arrays["trade_t"].isnull().values
    unknown = arrays["production_t"].isnull().values | lanes.any(axis=1) | lanes.any(axis=2)
    assert (balanced["residual_t"].isnull().values == unknown).all()
    assert (balanced["apparent_consumption_t"].isnull().values == unknown).all()


@pytest.mark.parametrize(("material", "year"), [("nickel", 2013), ("cobalt", 2024), ("aluminium", 2018)])
def test_the_balance_closes_on_the_real_release(snapshot, material, year):
    chain = build_supply_chain(snapshot, material=material, year=year, unknown_content="gross")
    left, right = sides(chain.arrays)
    known = ~np.isnan(left)
    assert (known == ~np.isnan(right)).all()
    assert known.any()
    assert left[known] == pytest.approx(right[known], rel=1e-12, abs=1e-6)
