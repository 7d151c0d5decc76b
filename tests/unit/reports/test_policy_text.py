"""Every instrument in one sentence."""

from monazite.reports.policy_text import describe_policy
from monazite.simulation import (
    Ban,
    Cap,
    DemandChange,
    EquipmentControl,
    OutsideMeasure,
    Tariff,
    TransportCut,
    Trigger,
)

WHEN = {"stage": "extraction", "announced": "2025-01", "effective": "2025-02"}


def test_who_imposes_a_duty_stands_first():
    tariff = Tariff(**WHEN, destination=["USA"], origin=["CHN"], rate_share=0.25)
    assert describe_policy(tariff) == (
        "tariff: tariff by United States against China, announced 2025-01, in force from 2025-02; rate share 0.25."
    )
    assert describe_policy(Cap(**WHEN, destination=["DEU"], cap_share=0.65)).startswith(
        "cap: cap by Germany, "
    )


def test_a_lane_has_two_ends_and_no_author():
    cut = TransportCut(**WHEN, origin=["MDG"], destination=["CHN"], capacity_share_lost=0.5)
    assert describe_policy(cut).startswith("transport cut: transport cut from Madagascar to China, ")


def test_measures_inside_a_country_name_it_and_who_withholds():
    control = EquipmentControl(**WHEN, country="CHN", by=["USA", "NLD"], growth_share_lost=0.5)
    assert " in China by United States, Netherlands, " in describe_policy(control)
    assert " in Japan, " in describe_policy(DemandChange(**WHEN, country=["JPN"], change_share=-0.1))
    assert " by United States, " in describe_policy(OutsideMeasure(**WHEN, name="machines", by=["USA"]))


def test_a_trigger_says_what_it_waits_for_and_what_follows():
    ban = {"kind": "ban", "origin": ["CHN"], "months": 6}
    rule = {"stage": "extraction", "effective": "2025-01", "policy": ban, "delay_months": 2}
    assert describe_policy(Trigger(**rule, name="answer", after="machines")) == (
        "answer: once machines is in force, 2 months later ban by China for 6 months; in full."
    )
    elsewhere = describe_policy(Trigger(**rule, market="refined-cobalt", after="machines"))
    assert elsewhere.startswith(
        "trigger: once machines is in force in the market refined-cobalt, 2 months later ban"
    )
    watched = describe_policy(Trigger(**rule, when="price_ratio", country="JPN", above=2))
    assert watched.startswith(
        "trigger: once the price passes 2 times its baseline in Japan, 2 months later ban"
    )


def test_a_policy_with_months_says_until_when_it_holds():
    # seven months from March: March to September
    stop = Ban(origin=["CHN"], stage="extraction", announced="2025-02", effective="2025-03", months=7)
    assert "in force from 2025-03 to before 2025-10; in full" in describe_policy(stop)
