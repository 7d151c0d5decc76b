"""What each instrument does to the flows of a market that can be worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from monazite.simulation import (
    Ban,
    Cap,
    DemandChange,
    EntityList,
    EquipmentControl,
    ExportTax,
    Leakage,
    Licence,
    Outage,
    OutsideMeasure,
    Quota,
    StockBuild,
    StockCover,
    StockRelease,
    Tariff,
    TransportCut,
    Trigger,
    simulate,
)
from monazite.simulation.priors import LIMITS

START = "2020-01"
WHEN = {"stage": "extraction", "announced": START, "effective": START}
LANE = WHEN | {"origin": ["AAA"]}
QUIET = {
    "stock_cover_months": 2,
    "adjustment_months": 4,
    "expectation_months": 4,
    "price_elasticity": 0,
    "thrifting_elasticity": 0,
    "backstop_share": 0,
    "qualification_share_per_month": 0,
    "front_loading_share": 0,
    "leakage_share": 0,
    "capacity_elasticity": 0,
}
"""Nobody saves, learns, plans or builds: what is left is the instrument."""


@pytest.fixture
def market(small_market):
    return small_market


def run(market, policies, months=1, **changes):
    return simulate(
        market,
        policies,
        months=months,
        start=START,
        draws=1,
        parameters=QUIET | changes,
        lanes=["AAA", "CCC"],
    )


def lane(result, exporter, importer, month=0):
    return float(result.arrays["trade_t"].sel(exporter=exporter, importer=importer)[0, month])


def country(result, name, code):
    return result.arrays[name].sel(country=code).values[0]


def test_a_tariff_moves_orders_to_the_sellers_that_are_not_taxed(market):
    # BBB orders 0.8 from AAA: 0.8 x 1.25 ** -0.76 = 0.67523; 0.67523 / (0.67523 + 0.2) = 0.77149 of 50
    result = run(market, [Tariff(**WHEN, destination=["BBB"], origin=["AAA"], rate_share=0.25)])
    assert [lane(result, "AAA", "BBB"), lane(result, "CCC", "BBB")] == pytest.approx(
        [38.574, 11.426], abs=1e-3
    )
    assert country(result, "duty_share", "BBB") == pytest.approx([0.77149 * 0.25], abs=1e-5)


def test_a_tariff_on_everybody_moves_no_orders_and_makes_use_dearer(market):
    result = run(market, [Tariff(**WHEN, destination=["BBB"], rate_share=0.25)], price_elasticity=0.2)
    # 50 x 1.25 ** -0.2
    assert country(result, "demand_t", "BBB") == pytest.approx([47.818], abs=1e-3)
    assert lane(result, "AAA", "BBB") / lane(result, "CCC", "BBB") == pytest.approx(4.0)


def test_an_export_tax_leaves_the_users_at_home_alone(market):
    result = run(market, [ExportTax(**LANE, rate_share=0.25)], price_elasticity=0.2)
    assert country(result, "demand_t", "AAA") == pytest.approx([40.0])
    # CCC buys all of its imports, 2/5 of its supply, from AAA: 40 x 1.25 ** (-0.2 x 0.4)
    assert country(result, "demand_t", "CCC") == pytest.approx([40 * 1.25**-0.08], abs=1e-6)


def test_two_tariffs_on_a_lane_add_up(market):
    rule = WHEN | {"destination": ["BBB"], "origin": ["AAA"], "trade_elasticity": 0}
    result = run(market, [Tariff(**rule, rate_share=0.25), Tariff(**rule, rate_share=0.2)])
    assert country(result, "duty_share", "BBB") == pytest.approx([0.8 * 0.45])
    assert result.notes == ("policies 0 and 1 (tariff) meet on AAA -> BBB, from 2020-01: their rates add up",)


def test_a_known_tariff_is_met_by_orders_ahead_of_it(market):
    rule = {"stage": "extraction", "announced": "2020-01", "effective": "2020-04"}
    tariff = Tariff(**rule, destination=["BBB"], origin=["AAA"], rate_share=1, trade_elasticity=1)
    result = run(market, [tariff], 3, front_loading_share=1.0, planning_months=3)
    # known from February; in March the tariff lies 1 to 3 months ahead and deters half: 40 x (0.5 + 0.5) = 40 in
    # February (two of the three months), 40 x 1.5 = 60 in March, of which 20 are new
    assert result.final_state.planned[0, 0].tolist() == [0.0, 60.0, 0.0]
    assert lane(result, "AAA", "BBB", 1) > 75.0


def test_a_cap_cuts_the_largest_share_and_gives_it_to_the_others(market):
    # 65 % of 50 = 32.5; the 7.5 that AAA loses go to CCC
    result = run(market, [Cap(**WHEN, destination=["BBB"], cap_share=0.65)])
    assert [lane(result, "AAA", "BBB"), lane(result, "CCC", "BBB")] == pytest.approx([32.5, 17.5])


def test_a_cap_that_no_seller_can_make_up_for_leaves_orders_without_a_seller(market):
    # 30 % each: AAA 15 and CCC 15 of 50
    result = run(market, [Cap(**WHEN, destination=["BBB"], cap_share=0.3)])
    assert [lane(result, "AAA", "BBB"), lane(result, "CCC", "BBB")] == pytest.approx([15.0, 15.0])


def test_a_cut_lane_carries_what_is_left_of_its_capacity_and_nothing_leaks(market):
    cut = TransportCut(**LANE, destination=["BBB"], capacity_share_lost=0.6, headroom_ratio=1.25)
    result = run(market, [cut], leakage_share=0.3)
    # 0.4 x 1.25 x 40
    assert lane(result, "AAA", "BBB") == pytest.approx(20.0)
    assert lane(result, "AAA", "CCC") == pytest.approx(20.0)
    assert country(result, "leaked_t", "AAA").tolist() == [0.0]


def test_a_detour_brings_part_of_the_goods_a_month_later(market):
    cut = TransportCut(**LANE, destination=["BBB"], capacity_share_lost=0, detour_months=0.25)
    arrived = run(market, [cut], 3).arrays["arrival_t"].sel(exporter="AAA", importer="BBB").values[0]
    # 40 at sea; then 0.75 of 40; then the other 10 and 0.75 of the next shipment
    assert arrived[:2].tolist() == pytest.approx([40.0, 30.0])
    assert arrived[2] == pytest.approx(10.0 + 0.75 * lane(run(market, [cut], 2), "AAA", "BBB", 1), rel=1e-6)


def test_a_public_stock_gives_until_it_is_empty(market):
    release = StockRelease(**WHEN, country="BBB", release_t_per_month=10, opening_stock_t=50, unit="gross")
    result = run(market, [release], 6)
    # half of a gross tonne is contained: 5 a month from 25
    assert country(result, "released_t", "BBB").tolist() == [5.0, 5.0, 5.0, 5.0, 5.0, 0.0]
    # 100 + 5 - 50 used + 50 from the sea
    assert country(result, "stock_t", "BBB")[0] == pytest.approx(105.0)


def test_a_government_buys_until_its_stock_is_full(market):
    build = StockBuild(**WHEN, country="BBB", build_t_per_month=4, target_t=10, unit="contained")
    result = run(market, [build], 4)
    assert country(result, "bought_t", "BBB").tolist() == pytest.approx([4.0, 4.0, 2.0, 0.0])
    assert country(result, "public_stock_t", "BBB").tolist() == pytest.approx([4.0, 8.0, 10.0, 10.0])
    assert country(result, "import_t", "BBB")[0] > 50.0


def test_demand_grows_along_its_ramp(market):
    result = run(market, [DemandChange(**WHEN, country=["CCC"], change_share=0.3, ramp_months=3)], 3)
    assert country(result, "demand_t", "CCC").tolist() == pytest.approx([44.0, 48.0, 52.0])
    assert country(result, "demand_t", "BBB").tolist() == pytest.approx([50.0] * 3)


def test_listed_firms_get_only_what_goes_around_the_list(market):
    # 1 - 0.5 x 0.8 = 0.6 of 40
    listed = EntityList(**LANE, destination=["BBB"], user_share=0.5, circumvented_share=0.2)
    assert lane(run(market, [listed]), "AAA", "BBB") == pytest.approx(24.0)


def test_a_plant_without_spare_parts_wears_out(market):
    # 110 x 0.5 ** (12 / 12) = 55 in the twelfth month
    control = EquipmentControl(
        **WHEN, country="AAA", by=["BBB"], growth_share_lost=0, worn_share_per_year=0.5
    )
    assert country(run(market, [control], 12), "production_t", "AAA")[11] == pytest.approx(55.0)


def test_without_machines_capacity_does_not_grow(market):
    shortage = Outage(**WHEN, country="CCC", capacity_share_lost=1.0)
    control = EquipmentControl(**WHEN, country="AAA", by=["BBB"], growth_share_lost=1.0)
    changes = {"capacity_elasticity": 1.0, "capacity_lead_months": 3}
    free, held = (run(market, rules, 12, **changes) for rules in ([shortage], [shortage, control]))
    assert free.final_state.new_capacity[0, 0] > 0.0 and held.final_state.new_capacity[0, 0] == 0.0


def test_leaked_goods_go_two_ways_at_the_stated_rates(market):
    ban = Ban(**LANE, destination=["BBB"], months=1)
    way = Leakage(**LANE, third_country_share=0.3, mislabelled_share=0.1, delay_months=4)
    first, second = run(market, [ban, way], 1), run(market, [ban, way], 2)
    # of 40 refused 12 and 4; a month later a third of the 12 has moved on
    assert country(first, "leaked_t", "AAA").tolist() == pytest.approx([16.0])
    assert [first.final_state.leak_near[0, 0, 1], first.final_state.leak_far[0, 0, 1]] == pytest.approx(
        [4.0, 12.0]
    )
    assert [second.final_state.leak_near[0, 0, 1], second.final_state.leak_far[0, 0, 1]] == pytest.approx(
        [4.0, 8.0]
    )


def test_orders_that_wait_for_a_licence_are_shipped_when_it_comes(market):
    rule = LANE | {"approval_share": 1, "delay_months": 2}
    waits, asks_anew = (
        run(market, [Licence(**rule, queue_share=share)], 3, habit_months=600) for share in (1.0, 0.0)
    )
    # January: 40 wait; February: BBB counts them as ordered, and lacks nothing else: 40 more, but for the little that
    # its habit has moved to CCC; in March all is decided
    assert country(waits, "queue_t", "BBB").tolist() == pytest.approx([40.0, 80.0, 0.0], abs=0.2)
    assert lane(waits, "AAA", "BBB", 2) > lane(asks_anew, "AAA", "BBB", 2)
    assert "queue_t" not in asks_anew.arrays


def test_cargo_that_waits_at_the_border_is_shipped_when_the_stop_ends(market):
    # two months without shipments to BBB, which orders 40 a month: half of them wait; BBB counts those as ordered and
    # asks in February for what lacks; in March the 20 of January and half of February's orders leave with the new ones
    stop = LANE | {"destination": ["BBB"], "months": 2}
    held, refused = (
        run(market, [Ban(**stop, held_share=share)], 3, habit_months=600) for share in (0.5, 0.0)
    )
    assert country(held, "queue_t", "BBB")[0] == pytest.approx(20.0)
    assert country(held, "queue_t", "BBB")[2] == 0.0
    assert [lane(held, "AAA", "BBB", month) for month in (0, 1)] == [0.0, 0.0]
    assert lane(held, "AAA", "BBB", 2) > lane(refused, "AAA", "BBB", 2)


def test_buyers_order_in_the_month_of_an_announcement_from_its_day_on(market):
    # announced on the 13th, 12 of 30 days into January, 0.1 months from order to shipment: half of January is left; AAA
    # closes in February for good: 0.5 x 40 x 3 months ahead = 60 are planned in January, and 120 in February
    rule = LANE | {"destination": ["BBB"], "effective": "2020-02", "announced_day": 13}
    ahead = {"front_loading_share": 1.0, "planning_months": 3}
    ban = Ban(**rule, order_lead_months=0.1)
    planned = [run(market, [ban], months, **ahead).final_state.planned[0, 0, 1] for months in (1, 2)]
    assert planned == pytest.approx([60.0, 120.0])
    later = Ban(**LANE | {"destination": ["BBB"], "effective": "2020-02"})
    assert run(market, [later], 1, **ahead).final_state.planned[0, 0, 1] == 0.0


def test_an_answer_is_known_from_its_day_of_the_month_after_it_was_set_off(market):
    # set off in January, in force two months later, announced on the 13th of February: as above, a month later
    outside = OutsideMeasure(name="limits", by=["CCC"], stage="extraction", effective="2020-01")
    answer = Trigger(
        name="answer", stage="extraction", effective="2020-01", after="limits", delay_months=2,
        policy={"kind": "ban", "origin": ["AAA"], "destination": ["BBB"], "announced_day": 13,
                "order_lead_months": 0.1},
    )  # fmt: skip
    ahead = {"front_loading_share": 1.0, "planning_months": 3}
    planned = [
        run(market, [outside, answer], months, **ahead).final_state.planned[0, 0, 1] for months in (1, 2, 3)
    ]
    assert planned == pytest.approx([0.0, 60.0, 120.0])


def test_a_time_from_order_to_shipment_needs_the_day_that_it_counts_from():
    with pytest.raises(ValueError, match="order_lead_months is given, announced_day is not; give the day"):
        Licence(**LANE, approval_share=1, delay_months=1, order_lead_months=0.5)


def test_who_exports_nothing_sells_none_of_its_stock_to_new_buyers(market):
    # AAA closes to BBB; CCC makes 30 and uses them, at capacity: its stock is for its own use. When it exports 10 of
    # 50, a part of its stock is for sale
    alone = replace(
        market, trade=np.array([[0.0, 40, 20], [0, 0, 0], [0, 0, 0]]), capacity=np.array([110.0, 0, 30])
    )
    stop = Ban(**LANE, destination=["BBB"])
    sold = [
        lane(run(one, [stop], 3, qualification_share_per_month=0.5, reserve_share=0), "CCC", "BBB", 2)
        for one in (alone, replace(market, capacity=np.array([110.0, 0, 30])))
    ]
    assert sold[0] == 0.0
    assert sold[1] > 10.0


def test_a_licence_that_lapses_costs_the_months_without_one():
    # delay 1, valid for 2, one month to renew: from the fourth month on 2 / 3
    rule = Licence(**LANE, approval_share=1, delay_months=1, validity_months=2, renewal_months=1)
    numbers = np.arange(5) + 2020 * 12
    drawn = {name: np.array([low]) for name, (low, _) in rule.ranges.items()}
    assert rule.open_share(numbers, drawn)[0].tolist() == pytest.approx([0, 1, 1, 2 / 3, 2 / 3])


def test_a_quota_as_a_share_of_the_baseline(market):
    result = run(market, [Quota(**LANE, baseline_share=0.5)])
    assert country(result, "export_t", "AAA").tolist() == pytest.approx([30.0])


def test_a_quota_by_baseline_gives_nobody_the_share_of_another(market):
    # BBB is shut out; its two thirds of the 30 are lost to CCC, which gets 10, unless the quota goes by orders
    shut = Ban(**LANE, destination=["BBB"])
    shared = {
        key: run(market, [shut, Quota(**LANE, baseline_share=0.5, shared_by=key)])
        for key in ("orders", "baseline")
    }
    assert lane(shared["orders"], "AAA", "CCC") == pytest.approx(20.0)
    assert lane(shared["baseline"], "AAA", "CCC") == pytest.approx(10.0)


def test_half_of_what_is_left_of_a_quota_carries_over(market):
    quota = Quota(**LANE, quota_t_per_month=100, unit="contained", carry_over_share=0.5)
    # 100 - 60 = 40; 40 / 2 + 100 - 60 = 60
    assert run(market, [quota], 1).final_state.quota_left.tolist() == [[40.0]]
    assert run(market, [quota], 2).final_state.quota_left.tolist() == pytest.approx(np.array([[60.0]]))


def test_the_tighter_of_two_quotas_holds_and_is_said(market):
    quotas = [Quota(**LANE, quota_t_per_month=tonnes, unit="contained") for tonnes in (40, 30)]
    result = run(market, quotas)
    assert country(result, "export_t", "AAA").tolist() == pytest.approx([30.0])
    # the looser one is charged with what passed, not with what it would have let pass
    assert result.final_state.quota_left.tolist() == pytest.approx(np.array([[10.0, 0.0]]))
    assert result.notes == (
        "policies 0 and 1 (quota) meet on AAA -> BBB and 1 more, from 2020-01: the tighter holds",
    )


def test_a_ban_and_a_licence_on_one_lane_are_said(market):
    ban, licence = Ban(**LANE, severity=0.5), Licence(**LANE, approval_share=1, delay_months=0)
    assert run(market, [ban, licence]).notes == (
        "policies 0 and 1 (ban, licence) meet on AAA -> BBB and 1 more, from 2020-01: "
        "each limits what the other leaves",
    )


def test_the_tighter_of_two_bans_holds(market):
    bans = [Ban(**LANE, severity=0.5), Ban(**LANE, severity=0.25, destination=["BBB"])]
    assert lane(run(market, bans), "AAA", "BBB") == pytest.approx(20.0)


def test_a_ban_and_a_list_act_on_what_the_other_leaves(market):
    rules = [Ban(**LANE, severity=0.5), EntityList(**LANE, user_share=0.5)]
    assert lane(run(market, rules), "AAA", "BBB") == pytest.approx(10.0)


def test_a_site_that_fails_takes_its_share_of_the_capacity(market):
    # 660 t a year are 55 of 110 t a month
    outage = Outage(**WHEN, country="AAA", site="the pit", site_t_per_year=660, unit="contained")
    assert country(run(market, [outage]), "production_t", "AAA").tolist() == pytest.approx([55.0])


def test_an_answer_comes_its_months_after_the_measure(market):
    rule = {"stage": "extraction", "effective": START}
    limits = OutsideMeasure(name="machines", by=["BBB"], stage="extraction", effective="2020-02")
    answer = Trigger(
        **rule, after="machines", delay_months=2, policy={"kind": "ban", "origin": ["AAA"], "months": 1}
    )
    exports = country(run(market, [limits, answer], 6), "export_t", "AAA")
    assert [bool(value == 0) for value in exports] == [False, False, False, True, False, False]


def test_answers_to_answers_follow_one_another(market):
    rule = {"stage": "extraction", "effective": START}
    ban = Ban(**WHEN, origin=["CCC"], name="first", months=1)
    second = Trigger(
        **rule,
        name="second",
        after="first",
        delay_months=1,
        policy={"kind": "ban", "origin": ["AAA"], "months": 1},
    )
    third = Trigger(
        **rule, after="second", delay_months=1, policy={"kind": "demand_change", "change_share": 1}
    )
    result = run(market, [third, second, ban], 4)
    assert country(result, "export_t", "AAA")[1] == 0.0
    assert country(result, "demand_t", "CCC").tolist() == pytest.approx([40, 40, 80, 80])


def test_a_price_sets_off_a_release_once_it_has_passed_the_mark(market):
    ban = Ban(**LANE)
    release = {
        "kind": "stock_release",
        "country": "BBB",
        "release_t_per_month": 5,
        "opening_stock_t": 100,
        "unit": "gross",
    }
    trigger = Trigger(
        stage="extraction", effective=START, when="price_ratio", country="BBB", above=1.1, policy=release
    )
    result = run(market, [ban, trigger], 8, price_response=0.3)
    price, given = country(result, "price_ratio", "BBB"), country(result, "released_t", "BBB")
    first = int(np.argmax(price > 1.1)) + 1  # the month after that in which the price passed the mark
    assert given[:first].max() == 0.0 and given[first:].min() > 0.0


def test_nothing_fires_on_the_baseline_itself(market):
    ban = {"kind": "ban", "origin": ["AAA"]}
    rule = {"stage": "extraction", "effective": START, "policy": ban, "country": "BBB"}
    rules = [Trigger(**rule, when="price_ratio", above=1), Trigger(**rule, when="unmet_share", above=0)]
    result = run(market, rules, 24, price_elasticity=0.2)
    assert np.isinf(result.final_state.fired).all()
    assert country(result, "export_t", "AAA").tolist() == pytest.approx([60.0] * 24)


def test_the_response_to_a_tariff_triples_over_the_years(market):
    # at rest habits hold w = (2 r + w0) / 3 for 12 and 24 months, so that an elasticity of 0.76 becomes 3 x 0.76
    plenty = replace(
        market, production=np.array([1000.0, 0.0, 1000.0]), capacity=np.array([2000.0, 0.0, 2000.0])
    )
    tariff = Tariff(**WHEN, destination=["BBB"], origin=["AAA"], rate_share=0.01)
    result = run(plenty, [tariff], 180, habit_months=12, habit_return_months=24)
    first, last = (lane(result, "AAA", "BBB", k) / lane(result, "CCC", "BBB", k) for k in (0, 179))
    assert -np.log([first / 4, last / 4]) / np.log(1.01) == pytest.approx([0.76, 2.28], abs=0.02)


def test_what_is_refused_already_is_not_bought_ahead(market):
    # A sudden ban on half of the trade: before it nobody knew, afterwards the rest cannot be hurried. With a wish of
    # 40 x 4 x 0.5 = 80 t more in stock BBB orders about 50 + 80 / 4 a month, of which 0.8 from AAA and half may pass.
    ban = Ban(**LANE, destination=["BBB"], exempt_share=0.5)
    result = run(market, [ban], 4, front_loading_share=1, planning_months=4)
    assert lane(result, "AAA", "BBB", 0) == pytest.approx(20)
    assert 20 < lane(result, "AAA", "BBB", 1) < 40


def test_a_seller_who_is_short_serves_its_own_users_first_if_the_option_is_on(market):
    # AAA loses all capacity and has 1.2 x (40 + 60) = 120 t: 100 leave in the first month, 20 are left for the second,
    # of which its users, who want 40, get a part, or all of it
    outage = Outage(**WHEN, country="AAA", capacity_share_lost=1)
    served = []
    for share in (0, 1):
        result = run(market, [outage], 2, stock_cover_months=1.2, home_first_share=share)
        served.append([country(result, name, "AAA")[1] for name in ("consumption_t", "export_t")])
    assert sum(served[0]) == pytest.approx(20) and 0 < served[0][0] < 20
    assert served[1] == pytest.approx([20, 0])


def test_panic_raises_what_buyers_want_while_use_is_not_served(market):
    ban = Ban(**LANE, destination=["BBB"])
    calm, afraid = (
        run(market, [ban], 12, panic_share=share, qualification_share_per_month=0.05) for share in (0, 3)
    )
    assert float(calm.arrays["shortfall_t"].sum()) > 0
    bought = [float(each.arrays["import_t"].sel(country="BBB").sum()) for each in (calm, afraid)]
    assert bought[1] > bought[0]


def test_a_country_that_holds_more_opens_with_more_and_wants_more(market):
    # 2 months of BBB's use of 50 are 100 t; one and a half times as much are 150 t, and nothing moves
    duty = StockCover(**WHEN, country=["BBB"], cover_ratio=1.5)
    result = run(market, [duty], 12)
    assert country(result, "stock_t", "BBB") == pytest.approx([150] * 12)
    assert country(result, "import_t", "BBB") == pytest.approx([50] * 12)


def test_a_cover_of_one_month_that_a_policy_leaves_alone_is_that_without_the_policy(market):
    # the least cover that is accepted: max(1, 1 x 1) = 1, for the opening stock and for the wanted one
    assert LIMITS["stock_cover_months"][0] == 1.0
    policies = [Outage(**WHEN, country="AAA", capacity_share_lost=0.5)]
    same = [StockCover(**WHEN, country=["BBB"], cover_ratio=1)]
    plain, kept = (run(market, [*policies, *more], 6, stock_cover_months=1) for more in ([], same))
    for name in ("stock_t", "import_t", "price_ratio"):
        assert kept.arrays[name].values.tobytes() == plain.arrays[name].values.tobytes()


def test_cover_never_falls_below_a_month(market):
    # a tenth of 2 months would be 0.2: 1 month of 50 t is held
    result = run(market, [StockCover(**WHEN, country=["BBB"], cover_ratio=0.1)], 2)
    assert country(result, "stock_t", "BBB") == pytest.approx([50, 50])


def test_a_duty_to_hold_more_that_comes_later_is_bought_in(market):
    # 75 t more are wanted from March on and come over about 4 months each quarter of the gap
    later = WHEN | {"announced": "2020-03", "effective": "2020-03"}
    result = run(market, [StockCover(**later, country=["BBB"], cover_ratio=1.75)], 60)
    stock = country(result, "stock_t", "BBB")
    assert stock[:2] == pytest.approx([100, 100])
    assert stock[-1] == pytest.approx(175, rel=0.05)
