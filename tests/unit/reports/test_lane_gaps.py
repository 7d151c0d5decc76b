"""What a report says of buyers that the lanes do not tell apart."""

from types import SimpleNamespace

import numpy as np

from monazite.provenance import Lineage
from monazite.reports.lane_gaps import list_unlinked, name_some, tell_gaps
from monazite.scenarios.outlook import Place
from monazite.simulation import Ban, Market


def build(last):
    """China sells 94 t a month to `last`, Japan and Russia use the 3 and 5 t that they make."""
    trade = np.zeros((4, 4))
    trade[0, 3] = 94.0
    production = np.array([600.0, 3.0, 5.0, 0.0])
    return Market(
        material="gallium",
        production_stage="processing",
        trade_stage="processing",
        years=(2022,),
        weight="contained",
        countries=("CHN", "JPN", "RUS", last),
        trade=trade,
        production=production,
        capacity=production,
        content_share=np.ones(4),
        lineage=Lineage(release="test", release_sha256="0" * 64),
    )


def ban():
    return Ban(origin=["CHN"], stage="processing", announced="2023-07", effective="2023-08")


def test_buyers_that_are_one_on_record_are_not_told_apart_and_who_has_no_lane_is_named():
    place = Place("the world outside", ("JPN", "RUS", "ROW"), False)
    run = SimpleNamespace(market=build("ROW"), policies=(ban(),))
    # Russia uses 5 t and Japan 3 t: the larger first. ROW makes nothing and buys: it has a lane.
    assert list_unlinked(run.market, place.members) == ["RUS", "JPN"]
    assert tell_gaps(run, place) == (
        "The lanes on record lead to the buyers as one, so which of them runs short cannot be told; Russia and Japan "
        "have none and stand with their own output alone, out of reach of the measure and of its answers."
    )


def test_nothing_is_said_where_buyers_have_lanes_or_nobody_restricts():
    named = SimpleNamespace(market=build("USA"), policies=(ban(),))
    free = SimpleNamespace(market=build("ROW"), policies=())
    assert tell_gaps(named, Place("the rest of the world", ("JPN", "RUS", "USA"))) == ""
    assert tell_gaps(free, Place("the rest of the world", ("JPN", "RUS", "ROW"))) == ""


def test_a_long_list_of_countries_is_cut():
    assert (
        name_some(["JPN", "RUS", "KOR", "CAN", "BEL", "FIN"])
        == "Japan, Russia, South Korea, Canada, Belgium and 1 more"
    )
