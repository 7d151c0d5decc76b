"""Policies: what they let pass, and what they refuse to be."""

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

from monazite.simulation import Ban, Licence, Outage, Policy, Quota
from monazite.simulation.calendar import month_number

WHEN = {"stage": "extraction", "announced": "2020-01", "effective": "2020-03"}
LANE = WHEN | {"origin": ["AAA"]}


def months_from(label, count):
    return np.arange(count) + month_number(label)


def low(policy):
    return {name: np.array([value[0]]) for name, value in policy.ranges.items()}


def problem(kind, **fields):
    with pytest.raises(ValidationError) as caught:
        kind(**fields)
    return " | ".join(error["msg"] for error in caught.value.errors())


def test_a_ban_closes_its_months_and_leaves_the_exempt_share_open():
    ban = Ban(**LANE, end="2020-05", exempt_share=0.25)
    assert ban.open_share(months_from("2020-02", 4), low(ban)).tolist() == [[1.0, 0.25, 0.25, 1.0]]


def test_a_delayed_start_closes_a_part_of_the_month_and_leaves_the_end():
    # starts 1.25 months late: March open, April three quarters closed, May free again
    ban = Ban(**LANE, end="2020-05", start_delay_months=1.25)
    assert ban.open_share(months_from("2020-03", 3), low(ban)).tolist() == [[1.0, 0.25, 1.0]]


def test_a_licence_opens_after_its_delay_along_its_ramp():
    # k + 1 - delay = -1, 0, 1, 2, over a ramp of 2 and times 0.8: 0, 0, 0.4, 0.8
    rule = Licence(**LANE, approval_share=0.8, delay_months=2, ramp_months=2)
    assert rule.open_share(months_from("2020-03", 4), low(rule)) == pytest.approx(
        np.array([[0, 0, 0.4, 0.8]])
    )


def test_an_even_yearly_quota_is_spread_over_its_months_in_force():
    # effective in March: 100 / 10 months; then 120 / 12
    quota = Quota(**LANE, quota_t_per_year={2020: 100.0, 2021: 120.0}, unit="gross")
    tonnes = quota.accrual_t(months_from("2020-02", 24), np.ones(1))[0]
    assert tonnes[:3].tolist() == [np.inf, 10.0, 10.0]
    assert tonnes[11:23].tolist() == [10.0] * 12
    assert tonnes[23] == np.inf
    assert quota.lapses(months_from("2020-12", 3)).tolist() == [False, True, False]


def test_a_free_yearly_quota_is_all_there_on_its_first_day():
    quota = Quota(**LANE, quota_t_per_year={2020: 100.0}, unit="gross", allocation="free")
    assert quota.accrual_t(months_from("2020-03", 3), np.array([0.5])).tolist() == [[50.0, 0.0, 0.0]]


def test_a_monthly_quota_never_carries_over():
    quota = Quota(**LANE, quota_t_per_month=5.0, unit="contained")
    assert quota.lapses(months_from("2020-03", 3)).all()


def test_an_outage_is_known_when_it_happens():
    outage = Outage(country="AAA", stage="extraction", effective="2020-03", capacity_share_lost=0.3)
    assert outage.announced == "2020-03"


def test_a_scenario_tells_policies_apart_by_kind():
    class Holder(BaseModel):
        policy: Policy

    held = Holder.model_validate(
        {"policy": {**LANE, "kind": "licence", "approval_share": 1, "delay_months": 2}}
    )
    assert isinstance(held.policy, Licence)


def test_a_ban_before_its_announcement_is_refused():
    assert "effective 2019-12 lies before announced 2020-01" in problem(
        Ban, **(LANE | {"effective": "2019-12"})
    )


def test_an_end_before_the_start_is_refused():
    assert "end 2020-03 is not after effective 2020-03" in problem(Ban, **LANE, end="2020-03")


def test_an_end_and_a_length_together_are_refused():
    assert "give months or end, not both" in problem(Ban, **LANE, end="2020-06", months=2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "expected a number or a pair [low, high] within 0..1, got 1.5"),
        ("soon", "expected a number or a pair [low, high] within 0..1, got 'soon'"),
        (True, "expected a number or a pair [low, high] within 0..1, got True"),
        (float("nan"), "expected a number or a pair [low, high] within 0..1, got nan"),
        ([0.2, 0.4, 0.6], "expected a number or a pair [low, high] within 0..1, got [0.2, 0.4, 0.6]"),
        ([0.8, 0.2], "expected [low, high] with low <= high, got [0.8, 0.2]"),
    ],
)
def test_a_severity_that_is_no_share_is_refused(value, text):
    assert problem(Ban, **LANE, severity=value) == f"Value error, {text}"


@pytest.mark.parametrize("month", ["2020-13", "2020", "March 2020", 2020])
def test_a_month_that_is_none_is_refused(month):
    text = problem(Ban, **(LANE | {"effective": month}))
    assert text == f"Value error, expected a month as YYYY-MM, got {str(month)!r}"


def test_an_unknown_field_is_refused():
    assert "Extra inputs are not permitted" in problem(Ban, **LANE, sevrity=1)


def test_countries_given_twice_and_empty_lists_are_refused():
    assert "origin names a country twice: AAA, AAA" in problem(Ban, **(LANE | {"origin": ["AAA", "AAA"]}))
    assert "destination is empty" in problem(Ban, **LANE, destination=[])
    assert "at least 1 item" in problem(Ban, **(LANE | {"origin": []}))


def test_a_quota_says_all_that_is_wrong_with_it_at_once():
    text = problem(Quota, **(LANE | {"origin": ["AAA", "BBB"]}), unit="gross")
    assert (
        "give one of quota_t_per_year, quota_t_per_month and baseline_share" in text and "one origin" in text
    )


def test_a_quota_without_a_figure_for_a_year_is_refused():
    text = problem(Quota, **LANE, end="2023-01", quota_t_per_year={2020: 1.0, 2022: -1.0}, unit="gross")
    assert "no quota is given for 2021" in text and "the quota of 2022 is negative" in text
