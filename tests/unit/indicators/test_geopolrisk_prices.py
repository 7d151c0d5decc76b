"""Published prices in the factors of GeoPolRisk, and where each price is from."""

import pytest

from monazite.indicators.geopolrisk.prices import choose_prices, price_by_market
from monazite.indicators.geopolrisk.records import measure_geopolrisk


@pytest.fixture(scope="module")
def scored(snapshot):
    return measure_geopolrisk(
        snapshot, materials=["aluminium", "baryte", "natural_graphite"], stages=["extraction", "processing"],
        regions=["JPN", "EU27", "CUB"], years=[2018, 2022],
    )  # fmt: skip


def test_the_unit_value_of_the_imports_says_of_which_year_it_is(scored):
    records, _ = scored
    priced = [r for r in records if r["price_usd_per_t"] is not None]
    assert priced
    assert {(r["year"], r["price_basis"]) for r in priced} == {(2018, "imports 2018"), (2022, "imports 2022")}


def test_a_score_without_a_factor_says_that_there_is_no_price(scored):
    for record in scored[0]:
        is_unpriced = record["value"] is not None and record["characterisation_factor"] is None
        assert ("note" in record) == is_unpriced


def test_a_published_price_takes_its_place_with_form_basis_year_and_source(snapshot, scored):
    records, lineage = price_by_market(snapshot, *scored)
    (japan,) = [
        r for r in records
        if (r["material"], r["stage"], r["region"], r["year"]) == ("aluminium", "processing", "JPN", 2022)
    ]  # fmt: skip
    # World Bank, Commodity Price Data: aluminium, mean of 2022, 2,705 USD/t
    assert japan["price_usd_per_t"] == pytest.approx(2705, abs=1)
    assert japan["price_basis"].startswith("ingot, World Bank benchmark") and japan["price_basis"].endswith(
        "2022"
    )
    factor = japan["value"] * japan["price_usd_per_t"] / 1000 / 0.409412948
    assert japan["characterisation_factor"] == pytest.approx(factor)
    assert "world_bank" in japan["source_ids"] and "world_bank" in lineage.source_ids


def test_where_nobody_published_a_price_there_is_no_factor_and_a_note(snapshot, scored):
    records, _ = price_by_market(snapshot, *scored)
    baryte = [r for r in records if r["material"] == "baryte" and r["value"] is not None]
    assert baryte
    for record in baryte:
        assert (record["characterisation_factor"], record["price_usd_per_t"]) == (None, None)
        assert (
            record["note"] == f"no factor: the release has no published price of baryte in {record['year']}"
        )


def test_the_longest_series_is_chosen_and_never_deflated_money(snapshot):
    prices = choose_prices(snapshot, ["lithium", "aluminium", "copper"])
    assert "nominal" in prices["lithium", 2018].basis
    assert ("lithium", 2022) not in prices  # in money of another year only
    assert prices["copper", 2010].source_id == prices["copper", 2022].source_id == "world_bank"
