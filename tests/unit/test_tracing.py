"""Tracing through re-exports and stages."""

import doctest
from dataclasses import replace

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.tracing import mix_origins, mixing, trace_origins, trace_suppliers


def with_arrays(chain, **changes):
    """Copy a chain with some cells of the processing stage replaced: name={labels: value}."""
    arrays = chain.arrays.copy(deep=True)
    for name, cells in changes.items():
        for labels, value in cells.items():
            arrays[name].loc[("processing", *labels)] = value
    return replace(chain, arrays=arrays)


def as_dict(shares):
    return {str(origin): round(float(value), 6) for origin, value in shares.to_series().items() if value}


# Processing in the tiny chain: AAA makes 90, CCC makes 10; AAA->CCC 20, AAA->DDD 30, CCC->DDD 10.
# CCC has 10 of its own and 20 from AAA, so all it sells is 2/3 AAA, 1/3 CCC.
# DDD has 30 from AAA and 10 from CCC: AAA (30 + 10 * 2/3) / 40 = 0.916667, CCC (10 * 1/3) / 40 = 0.083333.


def test_what_ddd_uses_is_traced_through_ccc(tiny_chain):
    shares = trace_origins(tiny_chain, "DDD", stage="processing")
    assert as_dict(shares) == {"AAA": 0.916667, "CCC": 0.083333}
    assert shares.dims == ("origin",)
    assert shares["origin"].values.tolist() == ["AAA", "BBB", "CCC", "DDD", "unknown"]


def test_the_last_exporter_is_not_the_origin(tiny_chain):
    # by customs partner CCC has 10 of DDD's 40 = 0.25, by origin a third of that
    customs = tiny_chain.trade_t.sel(stage="processing", importer="DDD", exporter="CCC") / 40
    traced = trace_origins(tiny_chain, "DDD", stage="processing").sel(origin="CCC")
    assert (float(customs), round(float(traced), 6)) == (0.25, 0.083333)


def test_several_importers_are_rows(tiny_chain):
    shares = trace_origins(tiny_chain, ["CCC", "AAA"], stage="processing")
    assert shares.dims == ("importer", "origin")
    assert as_dict(shares.sel(importer="AAA")) == {"AAA": 1.0}
    assert as_dict(shares.sel(importer="CCC")) == {"AAA": 0.666667, "CCC": 0.333333}


def test_a_group_is_weighted_by_what_its_members_consume(tiny_chain):
    # CCC consumes 20 and DDD 40; together 60 = 10 made in CCC + 50 bought from AAA; CCC->DDD is transit
    shares = trace_origins(tiny_chain, {"G2": ["CCC", "DDD"]}, stage="processing")
    assert shares["importer"].values.tolist() == ["G2"]
    assert as_dict(shares.sel(importer="G2")) == {"AAA": 0.833333, "CCC": 0.166667}


def test_a_group_of_one_is_that_country(tiny_chain):
    group = trace_origins(tiny_chain, {"D": ["DDD"]}, stage="processing").sel(importer="D")
    np.testing.assert_array_equal(group, trace_origins(tiny_chain, "DDD", stage="processing"))


def test_origins_are_followed_through_both_stages(tiny_chain):
    # ore in AAA: 70 of its own, 30 from BBB, enough for the 90 it refines; nobody records the ore of CCC's 10.
    # DDD has 36.67 of 40 from AAA's refinery: 0.9167 x 0.7 = 0.6417 AAA, 0.9167 x 0.3 = 0.275 BBB, 0.0833 unknown
    shares = trace_origins(tiny_chain, "DDD", stage="processing", production_stage="extraction")
    assert as_dict(shares) == {"AAA": 0.641667, "BBB": 0.275, "unknown": 0.083333}
    assert shares.attrs["production_stage"] == "extraction"
    assert shares.attrs["assumptions"] == ("losses at processing are not counted",)
    assert float(shares["consumption_t"]) == 40.0


def test_what_a_country_has_of_ore_counts_as_refined_there_where_nobody_reports_refining(tiny_chain):
    # ore in AAA 100, of which 70 its own; CCC has none: it sells on what it bought; DDD has AAA's alone
    arrays = tiny_chain.arrays.copy(deep=True)
    arrays["production_t"].loc[{"stage": "processing"}] = np.nan
    chain = replace(tiny_chain, arrays=arrays)
    shares = trace_origins(chain, "DDD", stage="processing", production_stage="extraction")
    assert as_dict(shares) == {"AAA": 0.7, "BBB": 0.3}
    assert shares.attrs["assumptions"][0].startswith("no source gives processing of the whole material")


def test_without_trade_in_ore_only_a_country_s_own_mines_are_known(tiny_chain):
    # AAA mines 70 of the 90 it refines: 20 are unknown, and so are CCC's 10
    arrays = tiny_chain.arrays.copy(deep=True)
    arrays["trade_t"].loc[{"stage": "extraction"}] = np.nan
    chain = replace(tiny_chain, arrays=arrays)
    shares = trace_origins(chain, "AAA", stage="processing", production_stage="extraction")
    assert as_dict(shares) == {"AAA": 0.777778, "unknown": 0.222222}
    assert shares.attrs["assumptions"][0].startswith("trade at extraction is not known")


def test_a_yield_below_one_needs_more_ore(tiny_chain):
    # at a yield of 0.8 AAA's 100 t of ore make 80 of the 90 t it refines: 10 are unknown
    chain = replace(tiny_chain, arrays=tiny_chain.arrays.assign(yield_share=("stage", [np.nan, 0.8])))
    shares = trace_origins(chain, "AAA", stage="processing", production_stage="extraction")
    assert as_dict(shares) == {"AAA": 0.622222, "BBB": 0.266667, "unknown": 0.111111}


def test_a_stage_without_production_says_which_stage_has_it(tiny_chain):
    nowhere = {(country,): np.nan for country in tiny_chain.countries}
    chain = with_arrays(tiny_chain, production_t=nowhere)
    with pytest.raises(DataError, match=r"no production_t here") as error:
        trace_origins(chain, "DDD", stage="processing")
    assert error.value.expected == "a stage with production_t: extraction"
    trace_origins(chain, "DDD", stage="processing", production_stage="extraction")


def test_exports_that_nothing_explains_are_unknown(tiny_chain):
    # AAA makes 30 and exports 50: 20 of its 50 are unknown. CCC has 12 AAA + 8 unknown + 10 CCC of 30.
    # DDD: AAA 30 * 0.6 + 10 * 12/30 = 22 of 40; unknown 30 * 0.4 + 10 * 8/30 = 14.6667; CCC 3.3333
    chain = with_arrays(tiny_chain, production_t={("AAA",): 30.0})
    shares = trace_origins(chain, "DDD", stage="processing")
    assert as_dict(shares) == {"AAA": 0.55, "CCC": 0.083333, "unknown": 0.366667}


def test_a_reexport_loop_is_summed_to_the_end():
    # A makes 60 and sells 60 to B; B sends 20 to C, C sends 10 back to B; C makes 10.
    # b, c = share from A: b * 70 = 60 + 10 c and c * 30 = 20 b  =>  c = 2b/3, b = 60 / (70 - 20/3) = 18/19
    trade = np.zeros((3, 3))
    trade[0, 1], trade[1, 2], trade[2, 1] = 60.0, 20.0, 10.0
    shares = mix_origins(np.array([60.0, 0.0, 10.0]), trade).shares
    assert shares[1] == pytest.approx([18 / 19, 0, 1 / 19, 0], abs=1e-15)
    assert shares[2] == pytest.approx([12 / 19, 0, 7 / 19, 0], abs=1e-15)


@pytest.mark.parametrize("tonnes", [150.0, 95.15, 0.002])
def test_the_closed_loops_of_the_raw_data_are_unknown(tonnes):
    # CEPII BACI [t], the only closed loops without a producer in 2,132 code-years 1995-2024, if net exporters
    # count as producers: MLI-NER 260200 2017 150, GUY-TTO 260900 2023 95.15, NCL-NZL 810310 2009 0.002
    trade = np.zeros((3, 3))
    trade[0, 1] = trade[1, 0] = tonnes
    mix = mix_origins(np.array([0.0, 0.0, 7.0]), trade)
    assert mix.shares[:2].tolist() == [[0, 0, 0, 1], [0, 0, 0, 1]]
    assert mix.shares[2].tolist() == [0, 0, 1, 0]
    assert mix.consumption_t.tolist() == [0, 0, 7]


def test_a_small_producer_in_a_large_loop_keeps_its_digits():
    # A makes 1e-9 t and sells it to B; B and C send each other 1e9 t. All that enters is A's, so all is A's;
    # I - F is singular to machine precision here.
    trade = np.zeros((3, 3))
    trade[0, 1], trade[1, 2], trade[2, 1] = 1e-9, 1e9, 1e9
    shares = mix_origins(np.array([1e-9, 0.0, 0.0]), trade).shares
    assert shares[1].tolist() == [1, 0, 0, 0]
    assert shares[2].tolist() == [1, 0, 0, 0]


def test_trade_of_a_country_with_itself_changes_no_mix():
    trade = np.array([[0.0, 5.0], [0.0, 0.0]])
    inner = trade + np.diag([1000.0, 3.0])
    made = np.array([8.0, 5.0])
    np.testing.assert_array_equal(mix_origins(made, inner).shares, mix_origins(made, trade).shares)


def test_a_country_outside_all_trade_has_no_row_and_disturbs_nobody(tiny_chain):
    # BBB neither makes nor trades anything at processing
    with pytest.raises(DataError) as error:
        trace_origins(tiny_chain, ["BBB", "DDD"], stage="processing")
    assert str(error.value) == (
        "chain testium 2020, stage processing: there is nothing to trace.\n"
        "  which:    BBB: neither produces nor imports\n"
        "  expected: an importer with production or imports; a group that consumes\n"
        "  fix:      choose another importer, stage or year; trace the members of a group one by one"
    )


def test_a_group_that_exports_all_it_has_is_refused(tiny_chain):
    # CCC ships its 30 t to DDD; BBB has nothing
    chain = with_arrays(tiny_chain, trade_t={("CCC", "DDD"): 30.0})
    with pytest.raises(DataError, match="G: consumes nothing, its members export all they have"):
        trace_origins(chain, {"G": ["BBB", "CCC"]}, stage="processing")


def test_every_wrong_importer_is_named_at_once(tiny_chain):
    with pytest.raises(DataError) as error:
        trace_origins(tiny_chain, {"G": ["CCC", "CCC", "DDX"], "E": []}, stage="processing")
    assert list(error.value.which) == [
        "CCC in G: given more than once",
        "DDX in G: not in the chain, did you mean DDD?",
        "E: has no members",
    ]
    with pytest.raises(DataError, match="none was given"):
        trace_origins(tiny_chain, [], stage="processing")


def test_a_stage_that_does_not_exist_is_refused(tiny_chain):
    with pytest.raises(DataError, match="has no stage 'refining'"):
        trace_origins(tiny_chain, "DDD", stage="refining")


def test_missing_and_negative_flows_are_all_named(tiny_chain):
    chain = with_arrays(tiny_chain, production_t={("BBB",): np.nan}, trade_t={("AAA", "CCC"): -1.0})
    with pytest.raises(DataError) as error:
        trace_origins(chain, "DDD", stage="processing")
    assert list(error.value.which) == ["production_t (BBB) = nan", "trade_t (AAA, CCC) = -1"]


def test_the_chain_is_not_changed(tiny_chain):
    before = tiny_chain.arrays.copy(deep=True)
    trace_origins(tiny_chain, "DDD", stage="processing")
    assert tiny_chain.arrays.identical(before)


def test_the_examples_of_the_docstrings_hold():
    result = doctest.testmod(mixing)
    assert (result.attempted > 0, result.failed) == (True, 0)


def test_suppliers_bring_the_mix_of_their_country_and_unknown_ones_nothing(tiny_chain):
    # CCC sells 2/3 AAA, 1/3 CCC: of 3 from AAA, 3 from CCC and 2 unknown, (3 + 2) / 8 AAA, 1/8 CCC, 2/8 unknown
    shares = trace_suppliers(tiny_chain, {"AAA": 3.0, "CCC": 3.0, "unknown": 2.0}, stage="processing")
    assert as_dict(shares) == {"AAA": 0.625, "CCC": 0.125, "unknown": 0.25}
    nothing = trace_suppliers(tiny_chain, {"unknown": 2.0}, stage="processing")
    assert as_dict(nothing) == {"unknown": 1.0}


def test_a_supplier_that_sells_nothing_or_a_quantity_that_is_none_is_refused(tiny_chain):
    with pytest.raises(DataError, match="no usable quantity") as error:
        trace_suppliers(tiny_chain, {"AAA": 0.0, "CCC": -1.0}, stage="processing")
    assert list(error.value.which) == ["AAA: 0", "CCC: -1"]
    with pytest.raises(DataError, match="not usable"):
        trace_suppliers(tiny_chain, {"XXX": 1.0}, stage="processing")
