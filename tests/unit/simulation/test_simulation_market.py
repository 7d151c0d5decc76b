"""Market: the baseline month."""

from dataclasses import replace

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.simulation import build_market


def processing(chain, **options):
    return build_market([chain], production_stage="processing", trade_stage="processing", **options)


def change(chain, name, value, year=None, **labels):
    arrays = chain.arrays.copy(deep=True)
    arrays[name].loc[labels] = value
    return replace(chain, arrays=arrays, year=year or chain.year)


def test_the_market_of_the_tiny_chain_balances(tiny_chain):
    market = processing(tiny_chain)
    assert market.countries == ("AAA", "CCC", "DDD", "ROW")
    # AAA makes 90 and sells 50; CCC makes 10, buys 20, sells 10; DDD buys 40; BBB has no flow and is the rest
    assert (market.use * 12).round(9).tolist() == [40.0, 20.0, 40.0, 0.0]
    assert (market.residual == 0).all()
    assert market.habit[:, 2].tolist() == [0.75, 0.25, 0.0, 0.0]


def test_production_of_another_stage_leaves_a_visible_residual(tiny_chain):
    # extraction: AAA 70, CCC 0; CCC buys 20 and sells 10, so nothing is unexplained
    market = build_market(
        [tiny_chain], production_stage="extraction", trade_stage="processing", flow_share=1.0
    )
    assert (market.use * 12).round(9).tolist() == [20.0, 30.0, 10.0, 40.0]
    # without its imports CCC could not have sold 10: they are unexplained
    cut = change(tiny_chain, "trade_t", 0.0, stage="processing", exporter="AAA", importer="CCC")
    market = build_market([cut], production_stage="extraction", trade_stage="processing", flow_share=1.0)
    assert (market.residual * 12).round(9).tolist() == [0.0, 0.0, 10.0, 0.0]


def test_the_baseline_is_the_mean_of_the_years_and_capacity_the_maximum(tiny_chain):
    larger = change(tiny_chain, "production_t", 110.0, year=2021, stage="processing", country="AAA")
    market = build_market([tiny_chain, larger], production_stage="processing", trade_stage="processing")
    assert market.production[0] * 12 == pytest.approx(100.0)
    assert market.capacity[0] * 12 == pytest.approx(110.0)


def test_a_year_for_capacity_only_does_not_change_the_baseline(tiny_chain):
    larger = change(tiny_chain, "production_t", 110.0, year=2021, stage="processing", country="AAA")
    market = processing(tiny_chain, capacity_chains=[larger])
    assert market.years == (2020,)
    assert [market.production[0] * 12, market.capacity[0] * 12] == pytest.approx([90.0, 110.0])


def test_gross_weight_divides_production_by_the_content_of_the_trade(tiny_chain):
    # the tiny chain trades two gross tonnes for one contained
    market = processing(tiny_chain, weight="gross")
    assert market.production[0] * 12 == pytest.approx(180.0)
    assert market.exports[0] * 12 == pytest.approx(100.0)
    assert market.content_share[0] == pytest.approx(0.5)


def test_small_countries_become_the_rest_unless_they_are_kept(tiny_chain):
    # size = production + imports + exports: AAA 140, DDD 40, CCC 40; two thirds of 220 = 147: AAA and CCC
    assert processing(tiny_chain, flow_share=0.66).countries == ("AAA", "CCC", "ROW")
    assert processing(tiny_chain, flow_share=0.5, keep=["BBB"]).countries == ("AAA", "BBB", "ROW")


def test_trade_inside_the_rest_vanishes_in_it(tiny_chain):
    # the rest is CCC and DDD: 20 + 30 come from AAA, the 10 between them are inside
    market = processing(tiny_chain, flow_share=0.5, keep=["BBB"])
    assert market.trade.sum() * 12 == pytest.approx(50.0)
    assert market.use.sum() * 12 == pytest.approx(100.0)


def test_a_missing_figure_is_named_and_never_filled(tiny_chain):
    hole = change(tiny_chain, "production_t", np.nan, stage="processing", country="CCC")
    hole = change(hole, "production_t", -1.0, stage="processing", country="DDD")
    with pytest.raises(DataError) as caught:
        processing(hole)
    assert str(caught.value) == (
        "build_market, testium, production_t: 2 figures cannot be used.\n"
        "  which:    2020 CCC: missing, 2020 DDD: negative\n"
        "  expected: every figure known and >= 0: the simulator fills nothing\n"
        '  fix:      build the chains with unreported="zero", or leave the year out'
    )


def test_chains_that_do_not_fit_together_are_refused(tiny_chain):
    with pytest.raises(DataError, match="do not fit together"):
        build_market(
            [tiny_chain, replace(tiny_chain, material="other", year=2021)],
            production_stage="processing",
            trade_stage="processing",
        )
    with pytest.raises(DataError, match="holds a year twice"):
        build_market([tiny_chain, tiny_chain], production_stage="processing", trade_stage="processing")
    with pytest.raises(DataError, match="holds no chain"):
        build_market([], production_stage="processing", trade_stage="processing")


def test_a_country_that_is_not_named_is_refused(tiny_chain):
    with pytest.raises(DataError, match=r"keep: names countries that the chain does not hold"):
        processing(tiny_chain, keep=["XXX"])
    with pytest.raises(DataError, match="does not name 'BBB'"):
        processing(tiny_chain).place("BBB")
