"""Supply risk, economic importance and what they refuse."""

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators import (
    economic_importance,
    governance_weighted_hhi,
    supply_risk,
    trade_adjusted_hhi,
)


def labelled(dim="country", **values):
    return xr.DataArray(list(values.values()), dims=dim, coords={dim: list(values)})


def risk(**changes):
    given = {
        "hhi_wgi_t_global": 3.0,
        "hhi_wgi_t_eu": 1.0,
        "import_reliance": 0.5,
        "eol_recycling_input_rate": 0.2,
        "substitution_index": 0.9,
    }
    return supply_risk(**{**given, **changes})


def test_the_two_mixes_are_weighted_by_half_the_import_reliance():
    # 3 * 0.25 + 1 * 0.75 = 1.5; times 0.8 times 0.9 = 1.08
    assert float(risk()) == pytest.approx(1.08, rel=1e-12)


def test_a_mix_that_is_not_used_may_be_missing():
    # 3 * 0.8 * 0.9 = 2.16; 1 * 0.8 * 0.9 = 0.72
    none = float("nan")
    assert float(risk(hhi_wgi_t_eu=none, import_reliance=none, supply_mix="global")) == pytest.approx(2.16)
    assert float(risk(hhi_wgi_t_global=none, import_reliance=none, supply_mix="eu")) == pytest.approx(0.72)


@pytest.mark.parametrize(
    "name", ["hhi_wgi_t_global", "hhi_wgi_t_eu", "import_reliance", "substitution_index"]
)
def test_a_missing_input_gives_a_missing_result(name):
    assert np.isnan(risk(**{name: float("nan")}))


def test_every_material_may_have_its_own_mix():
    mix = labelled("material", a="both", b="global", c="eu").astype(object)
    assert risk(supply_mix=mix).values == pytest.approx([1.08, 2.16, 0.72])


def test_all_values_out_of_range_are_named_at_once():
    reliance = labelled("material", cobalt=85.0, indium=-0.2)
    with pytest.raises(DataError) as caught:
        risk(import_reliance=reliance, eol_recycling_input_rate=22.0)
    assert str(caught.value) == (
        "supply_risk: 3 values lie outside their ranges.\n"
        "  which:    import_reliance (cobalt) = 85\n"
        "            import_reliance (indium) = -0.2\n"
        "            eol_recycling_input_rate (the value) = 22\n"
        "  expected: import_reliance: a share, 0..1; eol_recycling_input_rate: a share, 0..1\n"
        "  fix:      give a net exporter 0, as the Commission's tables do; divide percent by 100"
    )


def test_an_unknown_mix_is_refused():
    with pytest.raises(DataError, match="names an unknown mix") as caught:
        risk(supply_mix="GS only")
    assert caught.value.which == ("GS only",)


def test_materials_are_matched_by_label():
    with pytest.raises(DataError, match="labels do not match"):
        risk(
            hhi_wgi_t_global=labelled("material", cobalt=1.0, nickel=2.0),
            import_reliance=labelled("material", nickel=0.5, cobalt=0.2),
        )


def test_the_trade_parameter_weighs_each_supplier():
    # 0.36 * 7 * 1.1 + 0.16 * 2 * 0.8 = 2.772 + 0.256 = 3.028
    hhi = trade_adjusted_hhi(
        labelled(CHN=60.0, AUS=40.0), labelled(AUS=2.0, CHN=7.0), labelled(CHN=1.1, AUS=0.8)
    )
    assert float(hhi) == pytest.approx(3.028)


def test_a_trade_parameter_of_one_changes_nothing():
    supply, score = labelled(CHN=60.0, AUS=40.0), labelled(CHN=7.0, AUS=2.0)
    assert float(trade_adjusted_hhi(supply, score, xr.ones_like(score))) == float(
        governance_weighted_hhi(supply, score)
    )


def test_a_supplier_without_a_trade_parameter_is_named():
    with pytest.raises(DataError, match="without a trade parameter: 1") as caught:
        trade_adjusted_hhi(labelled(CHN=60.0, AUS=40.0), labelled(CHN=7.0, AUS=2.0), labelled(CHN=1.1))
    assert caught.value.which == ("AUS",)


def test_a_supplier_without_supply_needs_no_trade_parameter():
    hhi = trade_adjusted_hhi(labelled(CHN=60.0, AUS=0.0), labelled(CHN=7.0), labelled(CHN=1.0))
    assert float(hhi) == 7.0


def test_a_supplier_without_a_score_is_named_here_too():
    with pytest.raises(DataError, match="without a score: 1"):
        trade_adjusted_hhi(labelled(CHN=60.0, TWN=40.0), labelled(CHN=7.0), labelled(CHN=1.0, TWN=1.0))


def test_economic_importance_weighs_sectors_by_their_value_added():
    # (0.75 * 50 + 0.25 * 200) / 200 * 10 * 0.8 = 87.5 / 200 * 8 = 3.5
    importance = economic_importance(
        labelled("use", C24=0.75, C28=0.25),
        labelled("use", C24=50.0, C28=200.0),
        0.8,
        largest_value_added=200.0,
    )
    assert float(importance) == pytest.approx(3.5)


def test_use_shares_that_do_not_sum_to_one_are_refused_with_their_sum():
    # the shares of magnesium in the Commission's tables of 2023 sum to 1.13: one row stands twice
    share = xr.DataArray(
        [[0.5, 0.5], [0.63, 0.5]],
        dims=("material", "use"),
        coords={"material": ["cobalt", "magnesium"], "use": ["C24", "C28"]},
    )
    with pytest.raises(DataError) as caught:
        economic_importance(share, labelled("use", C24=50.0, C28=200.0), 1.0, largest_value_added=200.0)
    assert str(caught.value) == (
        "use_share: shares do not sum to one along 'use'.\n"
        "  which:    magnesium = 1.130\n"
        "  expected: 1, give or take 0.02\n"
        "  fix:      add the uses that are left out, or take out what stands twice"
    )


def test_no_sector_is_larger_than_the_largest():
    with pytest.raises(DataError, match="economic_importance: 1 value lies outside its range"):
        economic_importance(
            labelled("use", C28=1.0), labelled("use", C28=300.0), 1.0, largest_value_added=200.0
        )
