"""Laws of supply risk, economic importance and import reliance."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from monazite.indicators import (
    economic_importance,
    import_reliance,
    net_import_reliance,
    rank_correlation,
    supply_risk,
)

SHARE = st.floats(0.0, 1.0)
HHI = st.floats(0.0, 10.0)
MASS = st.floats(0.0, 1e6)


def risk(world, union, reliance, recycled, substitution, mix="both"):
    return float(
        supply_risk(
            hhi_wgi_t_global=world,
            hhi_wgi_t_eu=union,
            import_reliance=reliance,
            eol_recycling_input_rate=recycled,
            substitution_index=substitution,
            supply_mix=mix,
        )
    )


@pytest.mark.slow
@given(HHI, HHI, SHARE, SHARE, SHARE)
def test_the_two_sided_risk_lies_between_the_one_sided_ones(world, union, reliance, recycled, substitution):
    one, two = (risk(world, union, reliance, recycled, substitution, mix) for mix in ("global", "eu"))
    both = risk(world, union, reliance, recycled, substitution)
    assert min(one, two) - 1e-9 <= both <= max(one, two) + 1e-9


@given(HHI, HHI, SHARE, SHARE, SHARE)
def test_recycling_and_substitutes_never_raise_the_risk(world, union, reliance, recycled, substitution):
    plain = risk(world, union, reliance, 0.0, 1.0)
    assert 0.0 <= risk(world, union, reliance, recycled, substitution) <= plain + 1e-12


@given(HHI, SHARE, SHARE, SHARE)
def test_with_equal_mixes_import_reliance_does_not_matter(hhi, reliance, recycled, substitution):
    assert risk(hhi, hhi, reliance, recycled, substitution) == pytest.approx(
        risk(hhi, hhi, 0.0, recycled, substitution), abs=1e-12
    )


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6), SHARE, st.floats(1e-3, 1e3))
def test_economic_importance_is_free_of_the_currency_and_at_most_ten(weights, substitution, currency):
    share = xr.DataArray(np.array(weights) / sum(weights), dims="use")
    added = xr.DataArray(np.arange(1.0, len(weights) + 1.0), dims="use")
    importance = economic_importance(share, added, substitution, largest_value_added=10.0)
    other = economic_importance(share, added * currency, substitution, largest_value_added=10.0 * currency)
    assert 0.0 <= float(importance) <= 10.0
    assert float(other) == pytest.approx(float(importance), rel=1e-9, abs=1e-12)


@given(MASS, MASS, MASS, st.floats(-1e6, 1e6))
def test_net_import_reliance_is_what_production_does_not_cover(production, imports, exports, draw):
    consumption = production + imports - exports + draw
    found = float(
        net_import_reliance(production_t=production, import_t=imports, export_t=exports, stock_draw_t=draw)
    )
    if consumption < -1.0:
        assert np.isnan(found)
    elif consumption > 1.0:
        assert found == pytest.approx(1 - production / consumption, rel=1e-6, abs=1e-6)
        assert found <= 1.0


@given(MASS, MASS, MASS)
def test_without_stocks_both_reliances_agree(production, imports, exports):
    flows = {"production_t": production, "import_t": imports, "export_t": exports}
    european, american = import_reliance(**flows), net_import_reliance(**flows, stock_draw_t=0.0)
    np.testing.assert_equal(float(european), float(american))


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20, unique=True))
def test_a_rank_correlation_sees_only_the_order(values):
    first = np.array(values)
    assert rank_correlation(first, np.argsort(np.argsort(first)).astype(float)) == pytest.approx(1.0)
