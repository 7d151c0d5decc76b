"""simulate: from a chain and policies to labelled results, and what it refuses."""

import doctest
import importlib.util
import pkgutil
from dataclasses import replace

import numpy as np
import pytest

import monazite.simulation
from monazite.errors import DataError, ModelError, ScenarioError
from monazite.simulation import Ban, Licence, Outage, Quota, build_market, read_priors, simulate
from monazite.simulation.engine import check_mass
from monazite.simulation.priors import LIMITS, draw_unit
from monazite.simulation.step import step

RULE = {"origin": ["AAA"], "stage": "processing", "announced": "2021-01", "effective": "2021-03"}


@pytest.fixture
def market(tiny_chain):
    return build_market([tiny_chain], production_stage="processing", trade_stage="processing")


def test_a_chain_and_a_ban_are_enough(tiny_chain):
    run = simulate(tiny_chain, [Ban(**RULE, destination=["DDD"])], months=24, draws=20)
    assert run.months[0] == "2021-01" and len(run.months) == 24
    lane = run.arrays["trade_t"].sel(exporter="AAA", importer="DDD")
    assert float(lane.sel(month="2021-03").max()) == 0.0
    assert float(run.arrays["arrival_t"].sel(exporter="AAA", importer="DDD", month="2021-03").min()) > 0.0
    assert (run.quantiles("price_ratio", country="DDD").sel(month="2022-12", quantile=0.05) > 1.0).all()
    assert run.lineage.seed == 0 and run.lineage.release == "test"


def test_buyers_stock_up_after_the_announcement_and_before_the_stop(market):
    # announced in January, known from February, closed from March: only February is above 2.5 t
    run = simulate(market, [Ban(**RULE)], months=6, draws=20, parameters={"front_loading_share": 1.0})
    lane = run.quantiles("trade_t", exporter="AAA", importer="DDD").sel(quantile=0.5).values
    assert lane[0] == pytest.approx(2.5) and lane[1] > 2.6 and lane[2] == 0.0


def test_planned_stock_is_the_closure_within_the_horizon(market):
    # phi 1, horizon 2.5 months from February: closed March, April and half of May are 2.5 x 2.5 t for DDD
    run = simulate(
        market,
        [Ban(**RULE)],
        months=2,
        draws=2,
        parameters={"front_loading_share": 1, "planning_months": 2.5},
    )
    assert run.final_state.planned[:, 0, market.place("DDD")] == pytest.approx(6.25)


def test_a_quota_in_gross_weight_is_read_in_contained_tonnes(market):
    # the tiny chain has half a tonne in a gross tonne: 4 t gross a month are 2 t contained
    quota = Quota(**RULE, quota_t_per_month=4.0, unit="gross")
    run = simulate(market, [quota], months=12, draws=10)
    exports = run.arrays["export_t"].sel(country="AAA").values
    assert exports[:, 3:].max() <= 2.0 + 1e-12 and exports[:, 6].min() == pytest.approx(2.0)


def test_unused_quota_carries_over_within_the_year_only(market):
    # DDD is shut out from March to May, so quota is left over and used later; in January it has lapsed
    rules = [
        Quota(
            **(RULE | {"announced": "2020-12", "effective": "2021-01"}),
            unit="contained",
            quota_t_per_year={2021: 36.0, 2022: 36.0},
        ),
        Ban(**(RULE | {"announced": "2021-03"}), months=3),
    ]
    exports = simulate(market, rules, months=14, draws=10).arrays["export_t"].sel(country="AAA")
    assert float(exports.sel(month="2021-06").min()) > 3.0
    assert float(exports.sel(month="2022-01").max()) <= 3.0 + 1e-12


def test_an_outage_cuts_production_to_the_capacity_that_is_left(market):
    outage = Outage(country="AAA", stage="processing", effective="2021-02", months=2, capacity_share_lost=0.5)
    run = simulate(market, [outage], months=4, draws=10, parameters={"capacity_elasticity": 0.0})
    made = run.arrays["production_t"].sel(country="AAA").values
    assert made[:, 0] == pytest.approx(7.5) and made[:, 1:3] == pytest.approx(3.75)


def test_leaked_goods_are_kept_apart_and_arrive_two_months_late(market):
    run = simulate(market, [Ban(**RULE)], months=6, draws=5, parameters={"leakage_share": 0.2}, lanes=["CCC"])
    leaked = run.arrays["leaked_t"].sel(country="AAA")
    assert float(leaked.sel(month="2021-02").max()) == 0.0
    assert float(leaked.sel(month="2021-03").min()) > 0.0
    assert float(run.arrays["trade_t"].sel(exporter="AAA", month="2021-03").max()) == 0.0
    # shipped in February arrives in March; nothing in April; leaked in March arrives in May
    arrived = run.arrays["arrival_t"].sel(exporter="AAA").sum("importer").max("draw")
    assert [bool(value > 0) for value in arrived.values] == [True, True, True, False, True, True]


def test_progress_counts_draw_months(market):
    calls = []
    simulate(
        market, [], months=3, draws=5, block=2, on_progress=lambda done, total: calls.append((done, total))
    )
    assert calls[0] == (2, 15) and calls[-1] == (15, 15) and len(calls) == 9


def test_every_prior_lies_within_its_limits_and_has_a_source():
    for name, prior in read_priors().items():
        assert LIMITS[name][0] <= prior.low <= prior.high <= LIMITS[name][1]
        assert prior.source and prior.meaning and prior.quality in {"judgement", "derived"}


def test_each_stratum_of_a_draw_holds_one_value():
    unit = draw_unit("price_elasticity", 50, seed=4)
    assert sorted((unit * 50).astype(int).tolist()) == list(range(50))


def test_a_parameter_can_be_fixed_or_narrowed(market):
    run = simulate(
        market, [], months=1, draws=9, parameters={"price_elasticity": 0.1, "price_decay": (0.05, 0.06)}
    )
    assert (run.parameters["price_elasticity"] == 0.1).all()
    assert ((run.parameters["price_decay"] >= 0.05) & (run.parameters["price_decay"] <= 0.06)).all()


def test_another_parameter_or_policy_leaves_the_draws_of_the_others_alone(market):
    one = simulate(market, [], months=1, draws=9, seed=2)
    two = simulate(
        market, [Ban(**RULE, severity=(0.5, 1))], months=1, draws=9, seed=2, parameters={"price_decay": 0.1}
    )
    assert one.parameters["price_pull"].equals(two.parameters["price_pull"])


def test_all_parameters_that_cannot_be_used_are_named_at_once(market):
    wrong = {"price_elastcity": 0.1, "stock_cover_months": 0.5, "price_decay": (0.2, 0.1)}
    with pytest.raises(ScenarioError) as caught:
        simulate(market, [], months=1, draws=1, parameters=wrong)
    assert str(caught.value) == (
        "parameters: 3 cannot be used.\n"
        "  which:    price_elastcity: unknown; did you mean price_elasticity or price_decay or "
        "thrifting_elasticity?\n"
        "            stock_cover_months: 0.5; within 1..24\n"
        "            price_decay: (0.2, 0.1); within 0.001..0.4\n"
        "  expected: a number or [low, high] for a parameter of simulation/priors.csv"
    )


def test_numbers_out_of_range_are_named_at_once(market):
    with pytest.raises(ScenarioError) as caught:
        simulate(market, [], months=0, draws=0, seed=-1)
    assert caught.value.which == ("months: 0, at least 1", "draws: 0, at least 1", "seed: -1, at least 0")


def test_names_that_do_not_fit_the_market_are_named_at_once(market):
    wrong = [
        Ban(**(RULE | {"origin": ["AAB"], "stage": "extraction"})),
        Outage(country="ZZZ", stage="processing", effective="2021-01", capacity_share_lost=1),
    ]
    with pytest.raises(ScenarioError) as caught:
        simulate(market, wrong, months=3, lanes=["QQQ"])
    assert [text.split(";")[0] for text in caught.value.which] == [
        "lanes: no country QQQ",
        "policies.0 (ban): stage 'extraction', but the market has 'processing'",
        "policies.0 (ban): no country 'AAB'",
        "policies.1 (outage): no country 'ZZZ'",
    ]


def test_a_chain_needs_policies_that_name_one_stage(tiny_chain):
    with pytest.raises(ScenarioError, match="cannot tell which stage"):
        simulate(tiny_chain, [], months=3)


def test_a_chain_with_missing_figures_is_refused(tiny_chain):
    arrays = tiny_chain.arrays.copy(deep=True)
    arrays["production_t"].loc[{"stage": "processing", "country": "BBB"}] = np.nan
    with pytest.raises(DataError, match="2020 BBB: missing"):
        simulate(replace(tiny_chain, arrays=arrays), [Ban(**RULE)], months=3)


def test_a_market_that_trades_in_circles_is_refused(market):
    # CCC makes nothing and buys back from AAA what it sold: 7.5 of the 8.3 t of AAA are its own goods
    trade = np.zeros_like(market.trade)
    trade[0, 1] = trade[1, 0] = 7.5
    round_trip = replace(market, trade=trade, production=np.array([0.8, 0.0, 0.0, 0.0]))
    # an order for resale at AAA goes on to CCC with 7.5 / 8.3, and comes back whole: sqrt(0.9036)
    assert round_trip.loop_share == pytest.approx(0.9506, abs=1e-4)
    with pytest.raises(DataError, match="95% of the orders for resale come back to the seller"):
        simulate(round_trip, [], months=1)


def test_a_state_of_another_run_is_refused(market):
    state = simulate(market, [], months=2, draws=3).final_state
    with pytest.raises(ScenarioError, match="the state is of another run"):
        simulate(market, [], months=4, draws=4, resume=state)
    with pytest.raises(ScenarioError, match="has already done 2"):
        simulate(market, [], months=2, draws=3, resume=state)


def test_a_month_that_loses_mass_is_a_bug_of_ours(market):
    run = simulate(market, [], months=1, draws=1)
    from_start = run.final_state
    rules, parameters = _rules_of(market)
    after, flows = step(replace(from_start, month=0), market, rules, parameters)
    with pytest.raises(ModelError, match="mass is not kept"):
        check_mass(from_start, replace(after, stock=after.stock + 1e-6), flows, market)


def _rules_of(market):
    rules = monazite.simulation.compile.compile_rules([], market, start="2021-01", months=1, draws=1, seed=0)
    return rules, monazite.simulation.priors.draw_parameters(None, 1, 0)


def test_a_run_has_only_its_own_arrays(market):
    run = simulate(market, [Licence(**RULE, approval_share=1, delay_months=1)], months=12, draws=3)
    assert run.quantiles("export_t", by_year=True, country="AAA").sizes == {"quantile": 3, "year": 1}
    with pytest.raises(DataError, match="did you mean export_t"):
        run.quantiles("exports_t")
    with pytest.raises(DataError, match="cannot be summed over a year"):
        run.quantiles("price_ratio", by_year=True)


def test_the_examples_in_the_docstrings_are_right():
    for module in pkgutil.walk_packages(monazite.simulation.__path__, "monazite.simulation."):
        if module.name.startswith("monazite.simulation.kernel") and importlib.util.find_spec("numba") is None:
            continue
        assert doctest.testmod(importlib.import_module(module.name)).failed == 0


def test_a_run_too_large_for_memory_is_refused_before_it_starts(market):
    # 10 million draws * 12 months * 4 countries * (11 * 8 + 1 * 2 * 4) B = 43 GiB
    with pytest.raises(ScenarioError, match="10,000,000 draws of 12 months would take 43 GiB"):
        simulate(market, [Ban(**RULE)], months=12, draws=10_000_000)


def test_a_chain_without_a_policy_is_read_at_its_one_traded_stage(tiny_chain):
    arrays = tiny_chain.arrays.copy(deep=True)
    arrays["trade_t"].loc[{"stage": "extraction"}] = np.nan
    run = simulate(replace(tiny_chain, arrays=arrays), [], months=3, draws=2)
    assert float(run.arrays["price_ratio"].max()) == pytest.approx(1.0)


def test_a_quota_of_a_year_out_of_this_world_is_refused():
    with pytest.raises(ValueError, match="99999999999 is no year between 1970 and 2100"):
        Quota(**RULE, quota_t_per_year={99999999999: 5, 2021: 4}, unit="gross")


def test_the_kernel_without_numba_is_refused_in_words(market, monkeypatch):
    monkeypatch.setattr(monazite.simulation.engine, "find_spec", lambda name: None)
    with pytest.raises(ScenarioError, match="the compiled kernel needs Numba, which is not installed"):
        simulate(market, [], months=1, draws=1, engine="kernel")


def test_little_work_runs_on_the_oracle_whatever_is_installed_and_much_on_the_kernel():
    # the kernel is worth it from 14 million draw-lanes on; 14 countries have 196 + 500 of them, 15 have 225 + 500
    for draws, sizes, engine in (
        (300, [60], "oracle"),
        (20_000, [14], "oracle"),  # 13.92 million
        (20_000, [15], "kernel"),  # 14.5 million
        (10_000, [14], "oracle"),
        (10_000, [14, 14, 14], "kernel"),  # 20.88 million in three coupled markets
    ):
        assert monazite.simulation.engine.choose_engine("auto", draws, sizes)[0] == engine
    assert monazite.simulation.engine.choose_engine("oracle", 100_000, [60])[0] == "oracle"


@pytest.mark.parametrize("engine", ["oracle", pytest.param("kernel", marks=pytest.mark.slow)])
def test_what_nobody_asks_for_is_not_kept_and_changes_nothing(small_market, engine):
    whole = simulate(small_market, [], months=3, draws=2, engine=engine)
    part = simulate(small_market, [], months=3, draws=2, engine=engine, keep=["stock_t"], keep_state=False)
    assert "demand_t" not in part.arrays
    assert part.arrays["stock_t"].identical(whole.arrays["stock_t"])
    with pytest.raises(DataError, match="state"):
        _ = part.final_state
