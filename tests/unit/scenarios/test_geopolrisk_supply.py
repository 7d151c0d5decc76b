"""GeoPolRisk from what customs recorded, from the reconciled chain, and traced to the country of production."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators import governance_risk
from monazite.indicators.geopolrisk.records import measure_geopolrisk
from monazite.scenarios.geopolrisk_supply import SUPPLIES, measure_geopolrisk_supply
from monazite.scenarios.supply_mixes import (
    Mix,
    bound_risk,
    find_members,
    mix_of_partners,
    mixes_of_origins,
    read_place,
)
from monazite.supply_chain import build_governance_estimate, reconcile_cached
from monazite.tracing import trace_origins

pytestmark = pytest.mark.slow


def score(snapshot, material, stage, region, year, supplies=SUPPLIES):
    records, _ = measure_geopolrisk_supply(
        snapshot, materials=[material], stages=[stage], regions=[region], years=[year], supplies=supplies
    )
    return {record["supply"]: record for record in records}


@pytest.fixture
def place(tiny_chain):
    """The processing stage of the tiny chain: AAA makes 90 and CCC 10; CCC buys 20 of AAA, DDD 30 of AAA, 10 of CCC."""
    states = xr.DataArray(np.array(["balanced", "balanced"], dtype=object), dims="stage")
    rest = xr.DataArray([False, False], dims="stage")
    arrays = tiny_chain.arrays.assign(balance_state=states, is_rest_trade=rest)
    risk = xr.DataArray([0.4], dims="country", coords={"country": ["AAA"]})
    return read_place(replace(tiny_chain, arrays=arrays), "processing", risk)


def origins(place, members):
    return mixes_of_origins(place, {"region": members})["region"]


def test_partners_are_those_of_the_last_border_and_origins_those_of_the_mine(place):
    # two thirds of what CCC sells are AAA's: (30 + 10 * 2/3) / 40 = 11/12
    partners, traced = mix_of_partners(place, [3]), origins(place, [3])
    assert partners.shares.tolist() == [0.75, 0, 0.25, 0]
    assert traced.shares.tolist() == pytest.approx([11 / 12, 0, 1 / 12, 0])
    assert (partners.own, partners.unknown, traced.own) == (0, 0, 0)


def test_trade_inside_a_group_is_neither_bought_nor_traced(place):
    # CCC and DDD together: 10 of their own, 50 from AAA
    for mix in (mix_of_partners(place, [2, 3]), origins(place, [2, 3])):
        assert mix.own == pytest.approx(1 / 6)
        assert mix.shares.tolist() == pytest.approx([5 / 6, 0, 0, 0])


@pytest.mark.parametrize("region", ["JPN", "DEU", "EU27", "G7", "OECD"])
def test_mixes_of_many_regions_are_those_of_tracing_one_by_one(snapshot, region):
    chain = reconcile_cached(snapshot, "natural_graphite", 2022).chain
    place = read_place(chain, "extraction", governance_risk(build_governance_estimate(snapshot, 2022)))
    members = find_members(place, region)
    codes = [place.countries[k] for k in members]
    traced = trace_origins(chain, {region: codes}, stage="extraction").isel(importer=0)
    found = mixes_of_origins(place, {region: members})[region]
    assert found.unknown == pytest.approx(float(traced.sel(origin="unknown")), abs=1e-12)
    assert found.own == pytest.approx(float(traced.sel(origin=codes).sum()), abs=1e-12)
    assert found.shares.sum() == pytest.approx(1 - found.own - found.unknown)
    assert found.shares[place.countries.index("CHN")] == pytest.approx(
        float(traced.sel(origin="CHN")), abs=1e-12
    )


def test_a_region_without_supply_is_refused_and_has_no_traced_mix(place):
    # BBB neither makes nor buys any at this stage
    with pytest.raises(DataError, match="neither produces nor imports"):
        mix_of_partners(place, [1])
    assert mixes_of_origins(place, {"BBB": [1]}) == {}
    with pytest.raises(DataError, match="no figure of its own"):
        find_members(place, "JPN")


def test_unknown_supply_and_partners_without_a_score_widen_the_bounds(place):
    # three quarters at 0.4 weigh 0.3; CCC, a quarter, has no score
    low, high, unscored = bound_risk(mix_of_partners(place, [3]), place.risk)
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


def test_the_figures_of_the_reference_page_hold(snapshot):
    found = score(snapshot, "natural_graphite", "extraction", "JPN", 2022)
    assert [round(found[view]["value"], 3) for view in ("customs", "reconciled")] == [0.275, 0.275]
    assert [round(found["traced"][end], 3) for end in ("low", "high")] == [0.278, 0.283]


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
        low, high, _ = bound_risk(Mix(parts[:3], *parts[3:].tolist()), np.array([*rng.random(2), np.nan]))
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
