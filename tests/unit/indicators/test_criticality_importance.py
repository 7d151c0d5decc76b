"""Economic importance from the release."""

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.indicators.criticality.importance import (
    assess_importance,
    compose_importance,
    judge_importance,
    measure_economic_importance,
)


def record_of(snapshot, material, **more):
    records, _ = measure_economic_importance(snapshot, materials=[material], **more)
    return records[0]


def test_feldspar_is_worked_out_by_hand(snapshot):
    # ceramics, glass and the like, C23 (64,990 million EUR) and what the study prints beside it; the largest sector
    # has 204,200: sum of share times value added over 204,200 times 10, times the index of 2017, 0.9
    rows = snapshot.query(
        "SELECT use_share, value_added_million_eur AS added FROM use_shares JOIN sector_value_added USING "
        "(sector_code) WHERE material = 'feldspar' AND use_shares.source_id = 'eu_crm_2023'"
    )
    by_hand = 10 * float((rows["use_share"] * rows["added"]).sum()) / 204200 * 0.9
    found = record_of(snapshot, "feldspar")
    assert found["value"] == pytest.approx(by_hand)
    assert found["value"] == pytest.approx(2.95, abs=0.005)


def test_shares_of_manganese_that_sum_to_097_are_named_and_leave_an_interval(snapshot):
    found = record_of(snapshot, "manganese")
    assert found["value"] is None
    assert found["reason"] == "use shares of manganese sum to 0.97"
    # the 3 % that are not listed are in no sector at least, in the largest (10) at most
    one = assess_importance(snapshot, "manganese")
    assert one.high - one.low == pytest.approx(0.3)


def test_a_use_without_a_sector_leaves_an_interval(snapshot):
    found = record_of(snapshot, "beryllium")
    assert found["value"] is None
    assert found["reason"] == "use shares of beryllium sum to 1.00, 0.14 of it without a sector"


def test_a_sum_off_by_rounding_is_noted(snapshot):
    found = record_of(snapshot, "copper")
    assert found["value"] is not None
    assert "use shares of copper sum to 1.01" in found["note"]


def test_without_an_index_the_value_is_an_upper_bound(snapshot):
    found = record_of(snapshot, "gallium")
    assert found["left_out"] == "substitution"
    assert found["low"] == pytest.approx(0.8 * found["high"])
    assert found["value"] == pytest.approx(found["high"])


def test_draws_give_an_interval_and_ranks(snapshot):
    records, _ = measure_economic_importance(snapshot, materials=["tungsten", "boron"], draws=200, seed=1)
    assert [record["rank"] for record in records] == [1, 2]
    assert all(record["low"] < record["value"] for record in records)
    assert records[0]["rank_holds"] == 1.0


def test_a_material_without_end_uses_is_told_and_alone_refused(snapshot):
    records, _ = measure_economic_importance(snapshot, materials=["boron", "osmium"])
    assert records[1]["reason"] == "osmium: the release has no end uses of it"
    with pytest.raises(DataError, match="no material has end uses"):
        measure_economic_importance(snapshot, materials=["osmium"])


def test_draws_scatter_about_the_value(snapshot):
    one = assess_importance(snapshot, "boron", draws=400)
    assert float(np.median(one.drawn)) == pytest.approx(one.value, abs=0.15)
    assert compose_importance(one)["threshold"] == "reached"


def test_an_interval_over_the_threshold_cannot_be_told():
    assert judge_importance(2.9, 2.7, 3.1) == "cannot tell"
    assert judge_importance(2.0, 1.9, 2.1) == "not reached"
