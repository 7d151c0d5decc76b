"""Elements of a basket balanced with each other, by hand and as a law."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.supply_chain.baskets import Basket
from monazite.supply_chain.elements import (
    DepositPart,
    ElementProduction,
    element_production,
    split_by_element,
)
from monazite.supply_chain.joint_elements import ElementReport, build_element_chain, reconcile_elements
from monazite.supply_chain.reconcile import reconcile


def split(share=1.0, others=(), **shares):
    """A country of 1,000 t of oxides, `share` of it from a pit of which one or several analyses are published."""
    analyses = [Basket(f"b{n}", "pit", 2021, "curated", listed) for n, listed in enumerate((shares, *others))]
    parts = [DepositPart("USA", "pit", share, "production", "usgs")]
    arrays = split_by_element({"USA": 1000.0, "AUS": 0.0}, parts, {"pit": analyses})
    return ElementProduction(2024, arrays, tuple(parts), Lineage(release="test", release_sha256="0" * 64))


def test_without_reports_the_baskets_stand_as_they_are():
    found = split(neodymium=0.2, cerium=0.5)
    joint = reconcile_elements(found).sel(country="USA")
    assert float(joint["production_t"].sel(element="neodymium")) == pytest.approx(200)
    assert float(joint["unknown_t"]) == pytest.approx(300)
    assert np.isnan(float(joint["production_t"].sel(element="dysprosium")))


def test_a_report_of_one_element_moves_the_others_by_hand():
    # all oxides analysed, so nothing is unknown: q = 1000 +- 130, Nd = 0.4 q = 400 +- 52, reported 440 +- 20.
    # weights: q moves by 0.4 x 130^2 / (52^2 + 20^2) x 40 = 87.1 t, so cerium at 0.6 by 52.3
    joint = reconcile_elements(
        split(neodymium=0.4, cerium=0.6), [ElementReport("neodymium", "USA", 440.0, 20.0)]
    ).sel(country="USA")
    assert float(joint["reo_t"]) == pytest.approx(1087.1, abs=0.1)
    assert float(joint["production_t"].sel(element="cerium")) == pytest.approx(652.3, abs=0.1)
    assert float(joint["production_t"].sel(element="neodymium")) == pytest.approx(434.8, abs=0.1)
    # 1 / sqrt(1 / 52^2 + 1 / 20^2) = 18.67
    assert float(joint["production_sd_t"].sel(element="neodymium")) == pytest.approx(18.67, abs=0.05)


def test_deposits_without_an_analysis_may_hold_what_is_reported_beyond_the_baskets():
    # 500 t have no analysis: a report of 250 t of neodymium, of which the baskets tell 100, is mostly theirs
    joint = reconcile_elements(
        split(0.5, neodymium=0.2, cerium=0.8), [ElementReport("neodymium", "USA", 250.0, 10.0)]
    ).sel(country="USA")
    assert float(joint["production_t"].sel(element="neodymium")) == pytest.approx(250, abs=2)
    assert float(joint["production_t"].sel(element="cerium")) == pytest.approx(400, rel=0.02)


def test_an_element_that_no_analysis_lists_can_be_reported():
    joint = reconcile_elements(
        split(neodymium=0.2, cerium=0.5), [ElementReport("dysprosium", "USA", 5.0, 1.0)]
    ).sel(country="USA")
    assert float(joint["production_t"].sel(element="dysprosium")) == pytest.approx(5, abs=0.1)


@pytest.mark.slow
@settings(max_examples=60)
@given(
    st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3),
    st.floats(0.1, 1.0),
    st.floats(0.1, 5.0),
    st.floats(0.01, 0.5),
)
def test_elements_and_the_unknown_are_the_oxides_whatever_is_reported(weights, share, factor, sd):
    total = sum(weights) * 1.2
    names = ("neodymium", "cerium", "lanthanum")
    shares = {name: weight / total for name, weight in zip(names, weights, strict=True)}
    found = split(share, ({"neodymium": shares["neodymium"] * 0.9},), **shares)
    amount = factor * 1000 * share * shares["neodymium"]
    joint = reconcile_elements(found, [ElementReport("neodymium", "USA", amount, sd * amount)])
    here = joint.sel(country="USA")
    assert float(here["production_t"].sum() + here["unknown_t"]) == pytest.approx(
        float(here["reo_t"]), rel=1e-9
    )
    assert bool((here["production_t"].fillna(0) >= 0).all())
    assert float(here["unknown_t"]) >= 0


def test_wrong_reports_are_refused_together():
    with pytest.raises(DataError) as caught:
        reconcile_elements(
            split(neodymium=0.2),
            [
                ElementReport("neodymiun", "USA", 1.0, 1.0),
                ElementReport("neodymium", "USB", 1.0, 1.0),
                ElementReport("neodymium", "USA", float("nan"), 1.0),
                ElementReport("neodymium", "USA", 5.0, 0.0),
            ],
        )
    text = "; ".join(caught.value.which)
    for words in (
        "neodymiun of USA",
        "neodymium of USB",
        "nan t",
        "a standard deviation of 0 t",
        "given twice",
    ):
        assert words in text


def test_a_country_without_production_has_zero_or_nothing():
    joint = reconcile_elements(split(neodymium=0.2)).sel(country="AUS")
    assert float(joint["reo_t"]) == 0
    assert float(joint["production_t"].fillna(0).sum()) == 0


def test_the_chain_of_an_element_has_its_mining_and_says_why_it_does_not_balance(snapshot):
    chain = build_element_chain(snapshot, "neodymium", 2024)
    found = reconcile(chain).chain
    assert float(found.production_t.sel(stage="extraction", country="CHN")) == pytest.approx(29111.7, abs=0.1)
    # 5,477 t of the United States are 13 % uncertain with the oxides: 712 t, and the 86 t of no known element
    assert 700 < float(chain.arrays["production_sd_t"].sel(stage="extraction", country="USA")) < 730
    assert str(found.arrays["balance_state"].sel(stage="extraction").item()) == "nobody reports trade"
    with pytest.raises(DataError, match="is no rare earth of a basket"):
        build_element_chain(snapshot, "cobalt", 2024)


def test_all_elements_of_the_release_and_the_unknown_are_its_oxides(snapshot):
    found = element_production(snapshot, 2022)
    joint = reconcile_elements(found)
    both = joint["production_t"].sum("element") + joint["unknown_t"]
    np.testing.assert_allclose(both, joint["reo_t"], rtol=1e-9)
    np.testing.assert_allclose(joint["production_t"], found.arrays["production_t"], rtol=1e-9)
