"""GeoPolRisk from what customs recorded, from the reconciled chain, and traced to the country of production."""

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.geopolrisk_records import measure_geopolrisk
from monazite.scenarios.geopolrisk_supply import (
    SUPPLIES,
    Mix,
    bound_risk,
    measure_geopolrisk_supply,
    mix_of_origins,
    mix_of_partners,
)


def score(snapshot, material, stage, region, year, supplies=SUPPLIES):
    records, _ = measure_geopolrisk_supply(
        snapshot, materials=[material], stages=[stage], regions=[region], years=[year], supplies=supplies
    )
    return {record["supply"]: record for record in records}


def test_partners_are_those_of_the_last_border_and_origins_those_of_the_mine(tiny_chain):
    # DDD buys 30 of AAA and 10 of CCC, which makes 10 and buys 20 of AAA: two thirds of what it sells are AAA's
    partners = mix_of_partners(tiny_chain, "processing", ["DDD"])
    origins = mix_of_origins(tiny_chain, "processing", ["DDD"])
    assert partners.shares.sel(country=["AAA", "CCC"]).values.tolist() == [0.75, 0.25]
    assert origins.shares.sel(country=["AAA", "CCC"]).values.tolist() == pytest.approx([11 / 12, 1 / 12])
    assert (partners.own, partners.unknown, origins.own) == (0, 0, 0)


def test_trade_inside_a_group_is_neither_bought_nor_traced(tiny_chain):
    # CCC and DDD together: 10 of their own, 50 from AAA
    for split in (mix_of_partners, mix_of_origins):
        mix = split(tiny_chain, "processing", ["CCC", "DDD"])
        assert mix.own == pytest.approx(1 / 6)
        assert float(mix.shares.sel(country="AAA")) == pytest.approx(5 / 6)
        assert "CCC" not in mix.shares["country"].values


def test_a_region_without_supply_is_refused(tiny_chain):
    with pytest.raises(DataError, match="neither produces nor imports"):
        mix_of_partners(tiny_chain, "extraction", ["DDD"])


def test_unknown_supply_and_partners_without_a_score_widen_the_bounds(tiny_chain):
    # three quarters at 0.4 weigh 0.3; CCC, a quarter, has no score
    mix = mix_of_partners(tiny_chain, "processing", ["DDD"])
    low, high, unscored = bound_risk(mix, xr.DataArray([0.4], dims="country", coords={"country": ["AAA"]}))
    assert (low, high, unscored) == (pytest.approx(0.3), pytest.approx(0.55), 0.25)


def test_the_customs_view_is_the_plain_score(snapshot):
    request = {"materials": ["aluminium", "baryte"], "stages": ["extraction", "processing"],
               "regions": ["JPN", "EU27"], "years": [2022]}  # fmt: skip
    plain, lineage = measure_geopolrisk(snapshot, **request)
    viewed, viewed_lineage = measure_geopolrisk_supply(snapshot, supplies=["customs"], **request)
    for record in viewed:
        assert record.pop("supply") == "customs"
    assert viewed == plain
    assert viewed_lineage.source_ids == lineage.source_ids


@pytest.mark.parametrize("region", ["JPN", "EU27", "G7"])
def test_views_of_one_supply_are_near_each_other_and_each_is_hhi_times_risk(snapshot, region):
    found = score(snapshot, "natural_graphite", "extraction", region, 2022)
    customs = found["customs"]["value"]
    for record in found.values():
        middle = record["value"] if record["high"] is None else (record["low"] + record["high"]) / 2
        assert middle == pytest.approx(customs, rel=0.1)
        if record["value"] is not None:
            assert record["value"] == pytest.approx(record["hhi"] * record["import_risk"])
    # reconciliation moves tonnes by a fraction of their error, tracing finds some of unknown origin
    assert found["reconciled"]["value"] == pytest.approx(customs, rel=0.01)
    assert found["traced"]["unknown_share"] > found["reconciled"]["unknown_share"]


def test_the_factor_is_the_score_at_the_price_of_customs(snapshot):
    found = score(snapshot, "fluorspar", "extraction", "JPN", 2022)
    for record in found.values():
        expected = record["value"] * record["price_usd_per_t"] / 1000 / 0.409412948
        assert record["characterisation_factor"] == pytest.approx(expected)


def test_an_interval_beyond_one_percent_leaves_no_value_and_says_why(snapshot):
    traced = score(snapshot, "baryte", "extraction", "USA", 2022)["traced"]
    assert traced["value"] is None and traced["characterisation_factor"] is None
    assert 0 < traced["low"] < traced["high"]
    assert traced["high"] - traced["low"] == pytest.approx(traced["hhi"] * traced["unknown_share"])
    assert traced["reason"].endswith("of the supply is of unknown origin.")


@pytest.mark.parametrize(
    ("material", "stage", "region", "reason"),
    [
        (
            "copper",
            "extraction",
            "JPN",
            "the chain is not reconciled at this stage: contained tonnes are unknown",
        ),
        ("natural_graphite", "extraction", "world", "the world imports from nobody."),
        ("gallium", "processing", "JPN", "nobody published what JPN imports."),
        (
            "natural_graphite",
            "processing",
            "JPN",
            "the release has no production of this material at this stage",
        ),
    ],
)
def test_what_cannot_be_told_says_why(snapshot, material, stage, region, reason):
    records, _ = measure_geopolrisk_supply(
        snapshot, materials=[material, "fluorspar"], stages=["extraction", "processing"], regions=[region, "DEU"],
        years=[2022], supplies=["traced"],
    )  # fmt: skip
    asked = (material, stage, region)
    (record,) = [r for r in records if (r["material"], r["stage"], r["region"]) == asked]
    assert (record["value"], record["source_ids"]) == (None, ())
    assert record["reason"].startswith(reason)


def test_a_group_without_members_in_that_year_is_refused_by_name(snapshot):
    with pytest.raises(DataError, match="OECD has no members in 1950"):
        score(snapshot, "natural_graphite", "extraction", "OECD", 1950, ["customs"])


def test_an_unknown_view_offers_the_nearest(snapshot):
    with pytest.raises(DataError, match="did you mean traced"):
        score(snapshot, "copper", "extraction", "JPN", 2022, ["trace"])


def test_bounds_of_a_mix_stay_between_zero_and_one():
    rng = np.random.default_rng(0)
    for _ in range(20):
        parts = rng.dirichlet(np.ones(5))
        labels = {"country": ["AAA", "BBB", "CCC"]}
        mix = Mix(xr.DataArray(parts[:3], dims="country", coords=labels), *parts[3:].tolist())
        low, high, _ = bound_risk(
            mix, xr.DataArray(rng.random(2), dims="country", coords={"country": ["AAA", "BBB"]})
        )
        assert 0 <= low <= high <= 1


def test_estimated_contents_let_more_chains_tell_and_are_marked(snapshot):
    records, _ = measure_geopolrisk_supply(
        snapshot, materials=["copper"], stages=["extraction"], regions=["JPN"], years=[2022],
        supplies=["customs", "reconciled", "traced"], unknown_content="estimate",
    )  # fmt: skip
    customs, reconciled, traced = records
    # Japan mines no copper: contents weigh partners otherwise than gross tonnes do, and nothing else
    assert reconciled["value"] == pytest.approx(customs["value"], rel=0.1)
    assert traced["low"] < reconciled["value"] < traced["high"]
    assert (reconciled["quality"], customs["quality"]) == ("imputed", None)
    assert "hs92:260300" in reconciled["content"]
