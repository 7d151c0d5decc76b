"""Official supply risks beside recomputed ones."""

import numpy as np
import pytest

from monazite.indicators.supply_risk_table import compare_supply_risk

ROW = {
    "material": "cobalt", "stage": "extraction", "supply_mix": "both", "official_supply_risk": 1.1,
    "official_economic_importance": 5.0, "import_reliance": 0.5, "eol_recycling_input_rate": 0.2,
    "substitution_index_sr": 0.9, "hhi_wgi_t_global": 3.0, "hhi_wgi_t_eu": 1.0,
}  # fmt: skip


def compare(*changes):
    rows = [{**ROW, **change} for change in changes]
    return compare_supply_risk({name: np.array([row[name] for row in rows]) for name in ROW})


def test_value_and_difference():
    # 3 * 0.25 + 1 * 0.75 = 1.5; times 0.8 times 0.9 = 1.08; less 1.1 is -0.02
    record = compare({})[0]
    assert record["value"] == pytest.approx(1.08)
    assert record["difference"] == pytest.approx(-0.02)
    assert record["thresholds"] == "reached"


def test_the_band_holds_what_rounded_inputs_allow():
    # low: reliance 0.495: 2.95 * 0.2475 + 0.95 * 0.7525 = 1.445; times 0.795 times 0.85 = 0.976459
    # high: reliance 0.505: 3.05 * 0.2525 + 1.05 * 0.7475 = 1.555; times 0.805 times 0.95 = 1.189186
    record = compare({})[0]
    assert record["low"] == pytest.approx(0.97645875)
    assert record["high"] == pytest.approx(1.18918625)


def test_the_band_stays_within_what_an_input_may_be():
    # nothing recycled, no substitute, imports only: 1 - 0.005 at most for recycling, index never above 1
    change = {"eol_recycling_input_rate": 0.0, "substitution_index_sr": 1.0, "supply_mix": "global"}
    assert compare(change)[0]["high"] == pytest.approx(3.05)


def test_a_missing_input_is_named_and_the_other_materials_are_still_compared():
    records = compare({"import_reliance": np.nan}, {"material": "nickel"}, {"material": "tin"})
    assert records[0]["value"] is None
    assert records[0]["reason"] == "cobalt: no figure for import_reliance"
    assert records[0]["thresholds"] == "cannot tell"
    assert records[1]["value"] == pytest.approx(1.08)
    assert records[-1]["compared"] == 2


def test_a_mix_that_does_not_read_an_input_does_not_miss_it():
    assert "reason" not in compare({"import_reliance": np.nan, "supply_mix": "global"})[0]


def test_one_threshold_that_is_not_reached_decides_alone():
    records = compare({"import_reliance": np.nan, "official_economic_importance": 2.7})
    assert records[0]["thresholds"] == "not reached"


def test_the_summary_says_when_there_is_nothing_to_rank():
    correlation, difference = compare({})[1:]
    assert correlation["value"] is None
    assert correlation["reason"] == "rank_correlation: too few materials have both figures"
    assert difference["value"] == pytest.approx(0.02)
