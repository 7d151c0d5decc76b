"""Shares that are published without tonnes."""

import pytest

from monazite.indicators.measure import measure
from monazite.indicators.published_shares import list_published_shares


def test_the_share_of_one_year_is_told_as_published(snapshot):
    # IEA: 94 % of sintered permanent magnets in 2024; nobody else is named
    (record,) = list_published_shares(snapshot, "rare_earths", "manufacturing", 2024)
    assert (record["country"], record["value"], record["source_ids"]) == ("CHN", 0.94, ("iea",))
    assert record["note"] == "share as published, of 2024; no tonnes by country are published"


def test_a_mean_of_years_counts_for_each_of_them_and_says_so(snapshot):
    for year in (2016, 2020):
        first, *_ = list_published_shares(snapshot, "hafnium", "processing", year)
        assert (first["country"], first["value"]) == ("FRA", 0.493)
        assert "the mean of 2016-2020" in first["note"]
    assert list_published_shares(snapshot, "hafnium", "processing", 2021) == []


def test_the_shortest_period_goes_first(snapshot):
    # manganese sulphate 2022 is of that year alone
    first, *_ = list_published_shares(snapshot, "manganese", "processing", 2022)
    assert (first["country"], first["value"], first["form"]) == (
        "CHN",
        0.84,
        "battery-grade manganese sulphate",
    )


def test_at_most_n_countries_are_listed(snapshot):
    assert [
        record["rank"] for record in list_published_shares(snapshot, "hafnium", "processing", 2020, n=2)
    ] == [1, 2]


def test_other_indicators_do_not_use_shares_that_may_not_be_whole(snapshot):
    records, _ = measure(
        snapshot,
        "hhi",
        materials=["rare_earths"],
        stages=["extraction", "manufacturing"],
        regions=(),
        years=[2024],
    )
    assert [record["value"] is None for record in records] == [False, True]


def test_tonnes_go_before_shares(snapshot):
    # tungsten has both for 2020
    records, lineage = measure(
        snapshot, "top-share", materials=["tungsten"], stages=["processing"], regions=(), years=[2020]
    )
    assert (records[0]["form"], records[0]["value"]) == (
        "refined, from mined material",
        pytest.approx(0.856, abs=1e-3),
    )
    assert records[0]["total_t"] > 50_000
    assert "eu_crm_2023" in lineage.source_ids
