"""The test of reports against their balances: by hand, its short lists, and what share of errors it finds."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from monazite.supply_chain import SupplyChain
from monazite.supply_chain.planted import find_class, read_planted
from monazite.supply_chain.reconcile import reconcile


def sell(tiny_chain, exports, bought=15.0, sd=0.2):
    """AAA buys 15 t from BBB, which mines it, and sells to CCC and DDD; all known to 20 %, nothing else is traded."""
    production, trade = np.zeros((2, 4)), np.zeros((2, 4, 4))
    production[0, 1], trade[0, 1, 0] = 100.0, bought
    trade[0, 0, 2:] = exports
    found = tiny_chain.arrays.copy(deep=True)
    found["production_t"].values[...], found["trade_t"].values[...] = production, trade
    found["trade_sd_t"] = (found["trade_t"].dims, np.where(trade > 0, sd * trade, np.nan))
    found["trade_usd"].values[...] = np.where(trade > 0, 2e6, np.nan)
    return reconcile(SupplyChain("testium", 2020, found, tiny_chain.lineage))


def z_of(found, country):
    return float(found.chain.arrays["balance_z"].sel(stage="extraction", country=country))


def test_a_deficit_is_judged_by_the_ratio_of_what_goes_out_to_what_comes_in(tiny_chain):
    # 60 t out of one lane, 15 t in, both +-20 %: -ln 4 / sqrt(2 ln 1.04) = -4.95
    assert z_of(sell(tiny_chain, [60.0, 0.0]), "AAA") == pytest.approx(-4.950, abs=1e-3)


def test_a_sum_of_reports_is_known_better_than_its_parts(tiny_chain):
    # 30 + 30 t out: 20 % / sqrt 2 of 60. -ln 4 / sqrt(ln 1.04 + ln 1.02) = -5.71
    assert z_of(sell(tiny_chain, [30.0, 30.0]), "AAA") == pytest.approx(-5.706, abs=1e-3)


def test_a_report_too_large_does_not_hide_behind_its_own_deviation(tiny_chain):
    # on the plain scale z would never exceed (f - 1) / (f sigma) = 1 / 0.34 = 2.9, whatever the factor f
    found = sell(tiny_chain, [15_000.0, 0.0], sd=0.34)
    # a thousandfold counts as a hundred: -ln 100 / sqrt(2 ln 1.1156) = -9.85
    assert z_of(found, "AAA") == pytest.approx(-9.85, abs=0.01)
    assert [doubt.country for doubt in found.doubts] == ["AAA"]


def test_a_country_of_which_nothing_comes_in_counts_as_one_that_sells_a_hundredfold(tiny_chain):
    # nobody reports that AAA has anything: -ln 100 / sqrt(ln 1.04) = -23.3; a gram coming in may be off as well
    assert z_of(sell(tiny_chain, [60.0, 0.0], bought=0.0), "AAA") == pytest.approx(-23.25, abs=0.01)
    assert z_of(sell(tiny_chain, [60.0, 0.0], bought=1e-6), "AAA") == pytest.approx(-16.44, abs=0.01)


def test_what_is_left_over_is_use_and_contradicts_nobody(tiny_chain):
    found = sell(tiny_chain, [1.0, 0.0])
    assert z_of(found, "AAA") == 0
    assert (found.doubts, found.balances, found.p_value) == ((), 0, 1.0)


def test_the_suspects_of_the_chain_are_sorted_by_how_far_they_moved(tiny_chain):
    # 20 + 4 t out, 15 in: -ln 1.6 / sqrt(ln 1.04 + ln 1.029) = -1.8, below the 2.2 of four balances
    found = sell(tiny_chain, [20.0, 4.0])
    assert found.doubts == ()
    assert found.suspects[0].report == "trade AAA to CCC, extraction"
    assert (found.suspects[0].country, found.suspects[0].importer) == ("AAA", "CCC")
    steps = [suspect.step for suspect in found.suspects]
    assert steps == sorted(steps, reverse=True)
    first = found.suspects[0]
    assert first.step == pytest.approx(abs(first.after - first.before) / (0.2 * 20))


def test_the_reports_of_a_named_balance_stand_on_its_own_list_and_not_among_the_others(tiny_chain):
    found = sell(tiny_chain, [600.0, 5.0])
    assert found.doubts[0].reports[0][0] == "trade AAA to CCC, extraction"
    assert all("AAA" not in suspect.report for suspect in found.suspects)


def test_the_classes_of_planted_errors_cover_lanes_and_larger_ones_are_found_more_often():
    times_five = [row for row in read_planted() if row.factor == 5]
    assert [row.share_low for row in times_five] == [0.02, 0.1, 0.3]
    assert [row.share_high for row in times_five[:2]] == [row.share_low for row in times_five[1:]]
    found = [row.named_share for row in times_five]
    assert found == sorted(found)
    assert all(0 <= row.listed_share <= row.named_share <= 1 for row in read_planted())
    assert all(
        row.listed_share <= row.first_share <= row.five_share <= row.ten_share for row in read_planted()
    )
    assert find_class(0.05) == times_five[0]
    assert find_class(1.0) == times_five[2]
    assert find_class(0.019) is None


def test_what_the_test_finds_would_be_more_if_somebody_reported_use():
    known = {(row.factor, row.share_low): row for row in read_planted("use known to 20 %")}
    for row in read_planted():
        assert known[row.factor, row.share_low].named_share >= row.named_share
    closed = read_planted("nothing else contradicted")
    assert all(row.ten_share == 1 for row in closed if row.factor == 5)


@pytest.mark.slow
def test_the_table_of_planted_errors_is_what_the_tool_measures(snapshot):
    path = Path(__file__).parents[3] / "tools" / "measure_gross_errors.py"
    spec = importlib.util.spec_from_file_location("measure_gross_errors", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    systems = [tool.read_system(snapshot, *case) for case in tool.CASES]
    counted = tool.count_class(systems, "use unknown", 5.0, 0.3, 9.0)["all"]
    row = read_planted()[2]
    assert counted.trials == row.trials
    assert counted.shares() == [
        row.named_share, row.listed_share, row.first_share, row.five_share, row.ten_share
    ]  # fmt: skip
