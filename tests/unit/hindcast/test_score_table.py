"""The table of a hindcast and its summary."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from monazite.errors import DataError
from monazite.hindcast import Forecast, score_table, summarise_scores


def forecast(**changes):
    """Two years: draws 8, 10, 12 and 4, 5, 6 kt; observed 11 and 7; no change says 14 for both."""
    parts = {
        "episode": "test",
        "quantity": "china_to_japan",
        "title": "China to Japan",
        "material": "rare_earths",
        "unit": "t",
        "periods": ("2010", "2011"),
        "draws": np.array([[8.0, 4.0], [10.0, 5.0], [12.0, 6.0]]),
        "observed": np.array([11.0, 7.0]),
        "naive": {"no_change": np.array([14.0, 14.0]), "static_share": np.array([9.0, 9.0])},
    }
    return Forecast(**{**parts, **changes})


def test_a_record_shows_forecast_observation_and_naive_side_by_side():
    first, second = score_table([forecast()])
    # quantiles 5 % and 95 % of 8, 10, 12 by straight lines: 8.2 and 11.8, which hold 11
    assert (first.period, first.observed, first.median) == ("2010", 11.0, 10.0)
    assert (round(first.low, 9), round(first.high, 9), first.verdict) == (8.2, 11.8, "hit")
    assert (first.no_change, first.static_share) == (14.0, 9.0)
    assert math.isnan(first.trend) and math.isnan(first.rerouting)
    # mean distance (3 + 1 + 1) / 3 = 5/3, pairs 2 + 2 + 4 = 8, twice 16 over 18 = 8/9: 7/9
    assert first.crps == pytest.approx(7 / 9)
    assert first.log_error == pytest.approx(math.log(10 / 11))
    # 4.1 to 5.9 do not hold 7: a miss stands in the table like a hit
    assert (second.verdict, second.log_error) == ("miss", pytest.approx(math.log(5 / 7)))


def test_the_summary_takes_the_best_naive_forecast():
    summary = summarise_scores(score_table([forecast()]))
    # no change: (3 + 7) / 2 = 5; static share: (2 + 2) / 2 = 2, the best
    # second year: (3 + 2 + 1) / 3 - 4/9 = 14/9, mean (7/9 + 14/9) / 2 = 7/6, skill 1 - 7/12 = 5/12
    assert summary.naive_crps == {"no_change": 5.0, "static_share": 2.0}
    assert (summary.records, summary.hits, summary.coverage, summary.best_naive) == (
        2,
        1,
        0.5,
        "static_share",
    )
    assert summary.mean_crps == pytest.approx(7 / 6)
    assert summary.skill == pytest.approx(5 / 12)
    assert summary.naive_log_error["static_share"] == pytest.approx(
        (abs(math.log(9 / 11)) + abs(math.log(9 / 7))) / 2
    )


def test_flows_that_a_policy_sets_are_shown_and_not_scored():
    records = score_table(
        [forecast(), forecast(is_scored=False, reason="The ban sets it.", observed=np.ones(2))]
    )
    assert [record.is_scored for record in records] == [True, True, False, False]
    assert records[2].reason == "The ban sets it."
    assert summarise_scores(records) == summarise_scores(records[:2])


def test_what_was_not_observed_cannot_be_told():
    records = score_table([forecast(observed=np.array([11.0, math.nan]))])
    assert records[1].verdict == "cannot tell"
    assert math.isnan(records[1].crps) and math.isnan(records[1].log_error)
    assert summarise_scores(records).records == 1


def test_nothing_scored_is_unknown_and_not_zero():
    summary = summarise_scores([])
    assert (summary.records, summary.best_naive) == (0, "")
    assert all(math.isnan(value) for value in (summary.coverage, summary.mean_crps, summary.skill))


def test_a_naive_forecast_that_is_missing_once_is_not_compared():
    records = score_table([forecast(naive={"no_change": np.array([14.0, math.nan])})])
    assert summarise_scores(records).naive_crps == {}


def test_a_zero_observation_needs_the_floor_of_its_unit():
    zero = forecast(observed=np.array([0.0, 7.0]))
    with pytest.raises(DataError, match="give floor"):
        score_table([zero])
    # 10 t for nothing, which counts as 0.5 t: ln 20
    assert score_table([zero], floors={"t": 0.5})[0].log_error == pytest.approx(math.log(20))


def test_different_units_are_not_averaged():
    records = score_table([forecast(), forecast(unit="ratio")])
    with pytest.raises(DataError, match=r"^group all: mixes ratio, t"):
        summarise_scores(records)


def test_arrays_that_do_not_match_are_refused_at_once():
    with pytest.raises(DataError) as caught:
        forecast(observed=np.ones(3), draws=np.ones((5, 1)), naive={"guess": np.ones(2)})
    assert caught.value.which == (
        "observed: expected 2 periods, got (3,)",
        "draws: expected (draw, 2), got (5, 1)",
        "guess: not a naive forecast",
    )


def test_a_level_outside_0_to_1_is_refused():
    with pytest.raises(DataError, match=r"^level: is 90"):
        score_table([forecast()], level=90)


@given(
    hnp.arrays(float, (7, 2), elements=st.floats(0.1, 1e4)),
    hnp.arrays(float, 2, elements=st.floats(0.1, 1e4)),
    st.floats(1e-2, 1e2),
)
def test_the_unit_changes_no_verdict_no_log_error_and_no_skill(draws, observed, factor):
    naive = {"no_change": np.array([1.0, 1.0])}
    plain = score_table([forecast(draws=draws, observed=observed, naive=naive)])
    scaled = score_table(
        [
            forecast(
                draws=draws * factor,
                observed=observed * factor,
                naive={"no_change": naive["no_change"] * factor},
            )
        ]
    )
    assert [r.log_error for r in scaled] == pytest.approx([r.log_error for r in plain], abs=1e-9)
    assert [r.crps for r in scaled] == pytest.approx([r.crps * factor for r in plain], rel=1e-6, abs=1e-9)
    one, other = summarise_scores(plain).skill, summarise_scores(scaled).skill
    assert other == pytest.approx(one, rel=1e-6, abs=1e-6, nan_ok=True)


@given(hnp.arrays(float, (9, 2), elements=st.floats(0.1, 1e4)), st.floats(0.05, 0.9))
def test_a_wider_level_never_loses_a_hit(draws, level):
    one = forecast(draws=draws, observed=draws[4])
    narrow, wide = score_table([one], level=level), score_table([one], level=(1 + level) / 2)
    assert all(w.verdict == "hit" for n, w in zip(narrow, wide, strict=True) if n.verdict == "hit")
