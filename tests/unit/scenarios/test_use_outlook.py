"""Which uses of a region a run cuts: months, first to stop, value added at risk, and what cannot be told."""

import dataclasses

import numpy as np
import pytest

from monazite.scenarios.answers import Quantiles
from monazite.scenarios.end_uses import rank_end_uses, read_end_uses
from monazite.scenarios.outlook import Place, shortage_share
from monazite.scenarios.use_outlook import RegionOutlook, find_users, list_use_outlooks, list_use_sources
from monazite.simulation import Ban, simulate

QUIET = {"leakage_share": 0, "front_loading_share": 0}


@pytest.fixture
def run(small_market):
    """China sells gallium to Germany and Chile, and stops."""
    market = dataclasses.replace(small_market, material="gallium", countries=("CHN", "DEU", "CHL"))
    ban = Ban(origin=["CHN"], stage="extraction", announced="2020-01", effective="2020-01")
    return simulate(market, [ban], months=12, draws=8, seed=3, parameters=QUIET)


def told_of(run, snapshot):
    return list_use_outlooks(run, snapshot)[0]


def test_the_tonnes_of_the_uses_add_up_to_the_shortfall_of_the_region(run, snapshot):
    outlook = told_of(run, snapshot)
    assert (outlook.region, outlook.reason, outlook.note) == ("EU27", "", "")
    assert {use.use: use.use_share for use in outlook.uses} == {
        "Integrated circuits": 0.7, "Lighting": 0.25, "CIGS solar cells": 0.05
    }  # fmt: skip
    one = dataclasses.replace(run, arrays=run.arrays.isel(draw=[2]))
    told = told_of(one, snapshot)
    summed = np.sum([use.shortfall_t.median for use in told.uses], axis=0)
    assert summed == pytest.approx(one.arrays["shortfall_t"].sel(country="DEU").values[0])
    assert summed.max() > 0


def test_circuits_give_way_before_lighting_as_their_sector_adds_less_by_tonne(run, snapshot):
    # C26: 77,000 million EUR for 0.75 of the gallium, 102,667; C27: 89,422 for 0.25, 357,688.
    uses = {use.use: use for use in told_of(run, snapshot).uses}
    circuits, lighting = uses["Integrated circuits"], uses["Lighting"]
    assert (circuits.missed.median >= lighting.missed.median).all()
    assert circuits.stop_share >= lighting.stop_share
    assert circuits.first_share >= lighting.first_share
    assert np.array_equal(circuits.missed.median, uses["CIGS solar cells"].missed.median)


def test_value_added_at_risk_is_the_share_of_the_sector_that_is_lost(run, snapshot):
    one = dataclasses.replace(run, arrays=run.arrays.isel(draw=[2]))
    use = next(use for use in told_of(one, snapshot).uses if use.use == "Lighting")
    # 0.25 of C27's 89,422 million EUR a year, for the months it misses.
    assert use.at_risk_eur.median == pytest.approx(0.25 * 89422e6 * use.missed.median.sum() / 12)


def test_a_measure_on_some_parts_of_a_material_tells_only_their_uses(run, snapshot):
    earths = dataclasses.replace(run, market=dataclasses.replace(run.market, material="rare_earths"))
    every, *_ = list_use_outlooks(earths, snapshot)
    assert {"cerium", "gadolinium", "yttrium"} <= {use.material for use in every.uses}
    europe, *others = list_use_outlooks(earths, snapshot, [], ["gadolinium", "yttrium", "lutetium"])
    assert {use.material for use in europe.uses} == {"gadolinium", "yttrium"}
    assert europe.note == (
        "only uses of what the measures cover (gadolinium, yttrium, lutetium) are listed; the shortage of all rare "
        "earths stands for theirs, as no trade code holds them apart"
    )
    assert not any(other.uses for other in others)
    none, *_ = list_use_outlooks(earths, snapshot, [], ["lutetium"])
    assert none.reason == "the release has no end uses of lutetium in EU27"


def test_the_same_seed_splits_the_same_way_and_the_run_stays_as_it_was(run, snapshot):
    before = shortage_share(run, ["DEU"]).copy()
    first, again = told_of(run, snapshot), told_of(run, snapshot)
    assert [use.at_risk_eur for use in first.uses] == [use.at_risk_eur for use in again.uses]
    assert np.array_equal(shortage_share(run, ["DEU"]), before)


def test_a_country_without_use_shares_cannot_be_told_and_says_why(run, snapshot):
    found = list_use_outlooks(run, snapshot, [Place("Chile", ("CHL",)), Place("the rest", ("CHN",), False)])
    assert [entry.region for entry in found] == ["EU27", "Chile"]
    assert found[1].uses == ()
    assert found[1].reason == "the release has no end uses of gallium in Chile"


def test_use_shares_without_value_added_cannot_be_put_in_order(run, snapshot):
    graphite = dataclasses.replace(run, market=dataclasses.replace(run.market, material="natural_graphite"))
    europe, world = list_use_outlooks(graphite, snapshot)
    assert "no end uses of natural graphite in EU27" in europe.reason
    assert world.region == "world"
    assert "nothing says which use gives way first" in world.reason
    assert list_use_sources(graphite, snapshot) == ()


def test_a_market_without_the_region_has_no_users_of_it(run):
    elsewhere = dataclasses.replace(
        run, market=dataclasses.replace(run.market, countries=("CHN", "JPN", "CHL"))
    )
    assert find_users(elsewhere, "EU27") == ([], "the market names no user of gallium in EU27")


def test_magnets_live_on_their_own_stock_first(run, snapshot):
    rare = dataclasses.replace(run, market=dataclasses.replace(run.market, material="rare_earths"))
    uses = told_of(rare, snapshot).uses
    magnets = next(use for use in uses if (use.material, use.use) == ("neodymium", "Magnets"))
    # Reuters, June 2025: German buyers held 2 to 3.5 months.
    assert magnets.own_stock_months == (2.0, 3.5)
    assert magnets.own_stock_source.startswith("Reuters")
    assert magnets.at_risk_eur.high <= 0.8 * 163568e6 * magnets.missed.high.sum() / 12
    assert magnets.shortfall_t is None  # of a part, tonnes are unknown
    other = next(use for use in uses if (use.material, use.use) == ("yttrium", "Other"))
    assert not other.is_ordered
    assert np.isnan([other.stop_share, other.first_share, other.at_risk_eur.median]).all()


# Products that people name


def test_chips_are_a_use_and_phones_a_part_of_it_at_most(run, snapshot):
    ranked = rank_end_uses(told_of(run, snapshot))
    by_name = {use.end_use: use for use in ranked}
    assert len(ranked) == len({row.end_use for row in read_end_uses()}) == 8
    assert by_name["chips"].is_whole
    assert by_name["chips"].through == "gallium: Integrated circuits"
    assert not by_name["phones"].is_whole
    assert by_name["phones"].at_risk_eur == by_name["chips"].at_risk_eur
    assert by_name["wind turbines"].through == ""
    assert np.isnan(by_name["wind turbines"].at_risk_eur.median)
    order = [use.end_use for use in ranked]
    assert order.index("chips") < order.index("phones") < order.index("wind turbines")


def test_what_lacks_two_materials_is_lost_once(run, snapshot):
    uses = told_of(run, snapshot).uses
    circuits = next(use for use in uses if use.use == "Integrated circuits")
    silicon = dataclasses.replace(
        circuits, material="silicon", use="Electronic applications", at_risk_eur=Quantiles(3e12, 0.0, 4e12)
    )
    both = rank_end_uses(RegionOutlook("EU27", (*uses, silicon), ""))
    assert both[0].end_use == "chips"
    assert both[0].at_risk_eur.median == 3e12


def test_every_row_of_the_table_of_end_uses_is_a_use_of_the_release(snapshot):
    rows = snapshot.query("SELECT DISTINCT material, use FROM use_shares")
    known = set(zip(rows["material"].tolist(), rows["use"].tolist(), strict=True))
    assert [row for row in read_end_uses() if (row.material, row.use) not in known] == []
    assert all(row.source for row in read_end_uses())
