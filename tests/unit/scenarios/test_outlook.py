"""The places that a report looks at: what the rest of the world is called, and whom its sum hides."""

import dataclasses

import pytest

from monazite.reports.run_text import describe_calm, describe_place, tell_members
from monazite.scenarios import MarketResult
from monazite.scenarios.outlook import Place, find_mostly
from monazite.scenarios.schema import Baseline, Market
from monazite.simulation import Ban, simulate

REST = "the rest of the world"
QUIET = {"leakage_share": 0, "front_loading_share": 0}


@pytest.fixture
def entry(small_market):
    """China, which uses 40 t a month, stops its gallium to Germany (50 t) and Chile (40 t)."""
    market = dataclasses.replace(small_market, material="gallium", countries=("CHN", "DEU", "CHL"))
    ban = Ban(origin=["CHN"], stage="extraction", announced="2020-01", effective="2020-01")
    run = simulate(market, [ban], months=12, draws=8, seed=3, parameters=QUIET)
    baseline = Baseline(
        years=(2019,), production_stage="extraction", trade_stage="extraction", weight="contained"
    )
    return MarketResult(Market(material="gallium", baseline=baseline), run)


def test_a_country_that_uses_half_of_the_rest_is_named_with_it(entry):
    # Use: China 100 - 60 = 40, Germany 50, Chile 30 + 20 - 10 = 40. Germany has 50 of 90, but 50 of 130 of all.
    assert find_mostly(entry.run, ("DEU", "CHL")) == "DEU"
    assert find_mostly(entry.run, ("CHN", "DEU", "CHL")) == ""
    assert find_mostly(entry.run, ("DEU",)) == ""
    assert Place(REST, ("DEU", "CHL"), False, "DEU").words == "the rest of the world (mostly Germany)"


def test_whom_the_sum_of_the_rest_hides_is_named(entry):
    rest = Place(REST, ("CHN", "DEU"), False)
    assert tell_members(entry, rest) == "Short in the median within the rest of the world: Germany."
    assert describe_place(entry, rest)[0].endswith("within the rest of the world: Germany.")
    assert describe_calm(entry, [Place("Chile", ("CHL",)), rest])[0].endswith(
        "within the rest of the world: Germany."
    )
    assert tell_members(entry, Place("EU27", ("CHN", "DEU"))) == ""
    assert tell_members(entry, Place(REST, ("DEU",), False)) == ""
