"""Policies that cannot be used: one message that names them all."""

import numpy as np
import pytest
from pydantic import ValidationError

from monazite.errors import ScenarioError
from monazite.provenance import Lineage
from monazite.simulation import (
    Ban,
    Cap,
    DemandChange,
    EquipmentControl,
    Leakage,
    Market,
    Outage,
    Quota,
    StockBuild,
    StockRelease,
    Tariff,
    TransportCut,
    Trigger,
    simulate,
)

WHEN = {"stage": "extraction", "announced": "2020-01", "effective": "2020-01"}
BAN = {"kind": "ban", "origin": ["AAA"]}
RULE = {"stage": "extraction", "effective": "2020-01", "policy": BAN}


@pytest.fixture
def market():
    """AAA makes 100 t a month and sells 60 to BBB; CCC has nothing to do with it."""
    return Market(
        material="testium",
        production_stage="extraction",
        trade_stage="extraction",
        years=(2019,),
        weight="contained",
        countries=("AAA", "BBB", "CCC"),
        trade=np.array([[0.0, 60.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
        production=np.array([100.0, 0.0, 0.0]),
        capacity=np.array([110.0, 0.0, 0.0]),
        content_share=np.ones(3),
        lineage=Lineage(release="test", release_sha256="0" * 64),
    )


def faults(market, policies):
    with pytest.raises(ScenarioError) as caught:
        simulate(market, policies, months=2, draws=1)
    return list(caught.value.which)


def problem(kind, **fields):
    with pytest.raises(ValidationError) as caught:
        kind(**fields)
    return " | ".join(error["msg"] for error in caught.value.errors())


def test_a_country_that_trades_nothing_is_named_with_what_it_lacks(market):
    wrong = [
        Ban(**WHEN, origin=["CCC"]),
        Tariff(**WHEN, destination=["CCC"], rate_share=0.1),
        Outage(**WHEN, country="BBB", capacity_share_lost=1),
        DemandChange(**WHEN, country=["CCC"], change_share=1),
        StockBuild(**WHEN, country="CCC", build_t_per_month=1, target_t=1, unit="gross"),
        TransportCut(**WHEN, origin=["AAA"], destination=["CCC"], capacity_share_lost=1),
        EquipmentControl(**WHEN, country="CCC", by=["AAA"], growth_share_lost=1),
    ]
    assert faults(market, wrong) == [
        "policies.0 (ban): CCC: no exports in the baseline",
        "policies.1 (tariff): CCC: no imports in the baseline",
        "policies.2 (outage): BBB: no capacity in the baseline",
        "policies.3 (demand_change): CCC: no use in the baseline",
        "policies.4 (stock_build): CCC: no production, imports or use in the baseline",
        "policies.5 (transport_cut): nothing is traded on its lanes in the baseline",
        "policies.6 (equipment_control): CCC: no capacity in the baseline",
    ]


def test_a_country_of_a_list_that_has_none_of_it_is_a_note(market):
    run = simulate(
        market, [DemandChange(**WHEN, country=["BBB", "CCC"], change_share=0.1)], months=2, draws=1
    )
    assert run.notes == ("policy 0 (demand_change) does not touch CCC: no use in the baseline",)


def test_triggers_that_wait_for_one_another_are_refused(market):
    loop = [
        Trigger(**RULE, name="a", after="b"),
        Trigger(**RULE, name="b", after="c"),
        Trigger(**RULE, name="c", after="a"),
        Trigger(**RULE, name="d", after="d"),
    ]
    assert faults(market, loop) == [
        "policies.0 (trigger): triggers wait for one another: a -> b -> c -> a",
        "policies.3 (trigger): triggers wait for one another: d -> d",
    ]


def test_a_trigger_must_wait_for_one_policy_that_is_there(market):
    wrong = [
        Ban(**WHEN, origin=["AAA"], name="stop"),
        Ban(**WHEN, origin=["AAA"], name="twice"),
        Ban(**WHEN, origin=["AAA"], name="twice"),
        Trigger(**RULE, after="stopp"),
        Trigger(**RULE, after="twice"),
    ]
    assert faults(market, wrong) == [
        "policies.3 (trigger): no policy is named 'stopp'; did you mean stop?",
        "policies.4 (trigger): 2 policies are named 'twice'",
    ]


def test_what_a_trigger_sets_off_is_looked_at_too(market):
    wrong = Trigger(
        **(RULE | {"policy": {"kind": "ban", "origin": ["CCC"]}}), when="price_ratio", country="BBB", above=2
    )
    unknown = Trigger(**RULE, when="price_ratio", country="BBC", above=2)
    assert faults(market, [wrong, unknown]) == [
        "policies.0 (trigger): CCC: no exports in the baseline",
        "policies.1 (trigger): no country 'BBC'; did you mean BBB?",
    ]


def test_a_public_stock_with_two_sizes_is_refused(market):
    rule = WHEN | {"country": "BBB", "release_t_per_month": 1, "unit": "gross"}
    wrong = [StockRelease(**rule, opening_stock_t=size) for size in (5, 7)]
    assert faults(market, wrong) == [
        "stock_release: the public stock of BBB opens with 5 t gross and 7 t gross"
    ]


def test_buying_and_selling_at_once_is_noted(market):
    rule = WHEN | {"country": "BBB", "unit": "gross"}
    rules = [
        StockRelease(**rule, release_t_per_month=1, opening_stock_t=5),
        StockBuild(**rule, build_t_per_month=1, target_t=9),
    ]
    run = simulate(market, rules, months=2, draws=1)
    assert run.notes == ("policies 0 and 1 buy for and sell from the public stock of BBB at once",)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "give after, or when with country and above, and not both"),
        ({"after": "x", "above": 1}, "give after, or when with country and above, and not both"),
        ({"when": "price_ratio", "above": 1}, "when, country and above go together"),
        (
            {"after": "x", "policy": BAN | {"end": "2021-01"}},
            "has no announced, effective or end; give it months",
        ),
        (
            {
                "after": "x",
                "policy": {
                    "kind": "quota",
                    "origin": ["AAA"],
                    "quota_t_per_year": {2020: 1},
                    "unit": "gross",
                },
            },
            "a quota by calendar year cannot wait; give quota_t_per_month",
        ),
    ],
)
def test_half_a_trigger_is_refused(fields, text):
    assert text in problem(Trigger, **(RULE | fields))


def test_an_outage_has_one_size():
    assert "give capacity_share_lost or site_t_per_year, and not both" in problem(
        Outage, **WHEN, country="AAA"
    )
    text = problem(Outage, **WHEN, country="AAA", site_t_per_year=5)
    assert "needs site, the name of what fails" in text and "unit (gross or contained) go together" in text


def test_more_than_all_of_the_refused_goods_cannot_leak():
    text = problem(Leakage, **WHEN, origin=["AAA"], third_country_share=[0.5, 0.8], mislabelled_share=0.3)
    assert "third_country_share and mislabelled_share reach 1.1 together, at most 1" in text


def test_shares_above_one_hundred_percent_are_refused_for_every_instrument():
    assert "within 0..1, got 1.2" in problem(Cap, **WHEN, destination=["BBB"], cap_share=1.2)
    assert "within 0..1, got 40" in problem(TransportCut, **WHEN, origin=["AAA"], capacity_share_lost=40)
    assert "unit is missing: gross or contained" in problem(
        Quota, **WHEN, origin=["AAA"], quota_t_per_month=5
    )
