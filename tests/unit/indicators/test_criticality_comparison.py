"""Our supply risk beside the official one, and the terms that make the difference."""

import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.criticality.assess import Assessed
from monazite.indicators.criticality.comparison import (
    Study,
    compare_economic_importance,
    compare_own_supply_risk,
    explain_difference,
)
from monazite.indicators.criticality.comparison import _is_repeated as is_repeated
from monazite.indicators.criticality.study import complete_shares
from monazite.indicators.criticality.tables import Factor, Official
from monazite.indicators.supply_risk import trade_adjusted_hhi

OFFICIAL = Official("Cobalt", "", 2023, 2.7, 6.8, "")


def assessed(index=0.9):
    """Cobalt of our own, with or without a substitution index."""
    rate = Factor(0.2, 2023, "european_commission")
    return Assessed("cobalt", (2020,), "extraction", recycled=rate, substitution=Factor(index, 2017))


def study(**more):
    given = {"world": 3.0, "both": 3.0, "best": 3.0, "stage": "extraction", "supplier": "COD", "share": 0.63,
             "score": 8.9, "scope": "world", "is_repeated": False, "has_union": True}  # fmt: skip
    return Study(**(given | more))


def shares(**more):
    return xr.DataArray(list(more.values()), dims="country", coords={"country": list(more)})


def explain(one, terms, **more):
    return explain_difference(sum(terms.values()), terms, one, study(**more), OFFICIAL)


def test_terms_are_told_the_largest_first_and_small_ones_left_out():
    terms = {"from_world_mix": 0.3, "from_union_mix": 0.04, "from_stage": 0.0, "from_rest": -0.9}
    words = explain(assessed(), terms)
    assert words == (
        "-0.6 = -0.9 governance, reliance or factors (COD, 63% of the world's mix, scores 8.9 on political stability), "
        "+0.3 mix of the world"
    )


def test_an_index_that_is_left_out_is_named_where_it_can_account_for_the_rest():
    # 2.7 over 3.0 is 0.9
    terms = {"from_world_mix": 0.0, "from_union_mix": 0.0, "from_stage": 0.0, "from_rest": 0.3}
    words = explain(assessed(float("nan")), terms)
    assert words == "+0.3 = +0.3 substitution left out (an index of 0.90 would account for it)"


def test_a_mix_that_is_printed_twice_is_told():
    terms = {"from_world_mix": 0.0, "from_union_mix": 0.0, "from_stage": 0.0, "from_rest": 0.3}
    assert "prints the world's mix as the Union's" in explain(assessed(), terms, is_repeated=True)
    assert is_repeated(shares(CHN=0.831, BEL=0.045), shares(CHN=0.83, BEL=0.04)) is True
    assert is_repeated(shares(CHN=0.831, BEL=0.045), shares(CHN=0.69, BEL=0.04)) is False
    assert is_repeated(None, shares(CHN=0.69)) is False


def test_small_suppliers_that_are_not_printed_add_nothing_to_the_squares():
    whole = complete_shares(shares(CHN=0.8))
    score = xr.zeros_like(whole) + 6.0
    # 0.64 * 6 = 3.84, and a hundred times 0.002 squared times 6 = 0.0024
    assert float(whole.sum()) == pytest.approx(1.0)
    assert float(trade_adjusted_hhi(whole, score, xr.ones_like(whole))) == pytest.approx(3.8424)


@pytest.mark.slow
def test_the_four_terms_add_up_to_the_difference(snapshot):
    records, _ = compare_own_supply_risk(snapshot, materials=["tungsten", "osmium"])
    (tungsten,) = (record for record in records if record["material"] == "tungsten")
    names = ("from_world_mix", "from_union_mix", "from_stage", "from_rest")
    assert sum(tungsten[name] for name in names) == pytest.approx(tungsten["difference"])
    assert tungsten["difference"] == pytest.approx(tungsten["value"] - 1.2)  # official in 2023: 1.2
    (osmium,) = (record for record in records if record["material"] == "osmium")
    assert osmium["value"] is None
    assert osmium["reason"].startswith("osmium 2016-2020: release")


def test_nothing_to_compare_is_refused(snapshot):
    with pytest.raises(DataError, match="nothing can be compared"):
        compare_own_supply_risk(snapshot, materials=["osmium"])


def test_importance_is_explained_by_the_index_that_would_account_for_it(snapshot):
    records, _ = compare_economic_importance(snapshot, materials=["copper", "neodymium", "boron"])
    copper = records[0]
    assert copper["material"] == "copper"
    assert copper["explanation"] == "substitution index left out, 0.68 would account for it"
    (neodymium,) = (record for record in records if record["material"] == "neodymium")
    assert "difference" not in neodymium
    assert neodymium["reason"] == "neodymium: official is one figure for the group"
    summary = {record["quantity"]: record["value"] for record in records if record.get("quantity")}
    assert summary["rank_correlation"] == pytest.approx(1.0)
