"""Reconciling the tiny chain by hand, what is refused, and what comes back from the cache."""

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.biproportional import fill_missing_trade, fit_trade
from monazite.supply_chain.mirror import combine_reports
from monazite.supply_chain.pedigree import pedigree, read_deviations
from monazite.supply_chain.reconcile import reconcile
from monazite.supply_chain.reconcile_all import ReconcileOptions, locate, measure_imbalance, reconcile_all
from monazite.supply_chain.reconciled_file import read_reconciliation, write_reconciliation
from monazite.supply_chain.reconciled_records import reconciled_records


def change(chain, **arrays):
    """The chain with some arrays replaced; those that are new take the dims of production."""
    found = chain.arrays.copy(deep=True)
    for name, values in arrays.items():
        found[name] = (found[name].dims if name in found else ("stage", "country"), values)
    return SupplyChain(chain.material, chain.year, found, chain.lineage)


def cell(found, name, stage, country):
    return float(found.chain.arrays[name].sel(stage=stage, country=country))


def short_chain(tiny_chain):
    """A country that mines 5 t, imports 10 t and exports 20 t; large lanes, all reported."""
    production, trade = np.zeros((2, 4)), np.zeros((2, 4, 4))
    production[0] = [5, 10, 0, 0]
    trade[0, 1, 0], trade[0, 0, 2] = 10, 20
    usd = np.where(trade > 0, 2e6, np.nan)
    return change(tiny_chain, production_t=production, trade_t=trade, trade_usd=usd)


def test_the_residual_takes_what_reports_cannot_explain_by_hand(tiny_chain):
    # variances 0.65^2 + 1.9^2 + 3.8^2 = 18.47 for the reports and 10^2 for the residual, so 100 / 118.47 of 5 t are
    # residual: 4.22 t. BBB mines the 10 t that it sells and holds that lane back, so a little more is left
    found = reconcile(short_chain(tiny_chain))
    assert 4.22 < cell(found, "residual_t", "extraction", "AAA") < 4.3
    assert cell(found, "use_t", "extraction", "AAA") == 0
    assert measure_imbalance(found.chain.arrays.sel(stage=["extraction"])) < 1e-9


def test_figures_that_balance_stay_as_they_are(tiny_chain):
    found = reconcile(tiny_chain)
    assert found.chain.production_t.values == pytest.approx(tiny_chain.production_t.values, abs=1e-9)
    assert found.chain.trade_t.values == pytest.approx(tiny_chain.trade_t.values, abs=1e-9)
    assert np.nan_to_num(found.chain.residual_t.values) == pytest.approx(0, abs=1e-9)
    assert found.doubts == ()
    assert cell(found, "use_t", "processing", "DDD") == pytest.approx(40)


def test_a_country_never_has_use_and_residual_at_once(tiny_chain):
    found = reconcile(short_chain(tiny_chain)).chain.arrays
    assert (found["use_t"] * found["residual_t"]).max() == 0


def test_a_yield_links_two_stages_by_hand(tiny_chain):
    # AAA makes 90 t of metal at a yield of 0.9 from 100 t of ore: 70 mined + 30 imported. CCC makes 10 t from 11.11 t
    # that nobody reports
    found = reconcile(tiny_chain, yields={"processing": 0.9})
    assert cell(found, "input_t", "processing", "AAA") == pytest.approx(100, rel=0.02)
    assert (found.chain.arrays["input_t"] * 0.9).sel(stage="processing").values == pytest.approx(
        found.chain.production_t.sel(stage="processing").values, rel=1e-12
    )
    assert cell(found, "residual_t", "extraction", "CCC") > 8
    assert measure_imbalance(found.chain.arrays) < 1e-9
    assert np.isnan(found.chain.arrays["use_t"].sel(stage="processing").values).sum() == 0


def test_what_the_next_stage_leaves_is_use_and_goes_out_of_the_balance(tiny_chain):
    # Nobody reports trade of the metal, so that its stage only takes input: AAA makes 45 t of 50 at a yield of 0.9,
    # and has 70 + 30 = 100 t; the other 50 are used otherwise
    arrays = tiny_chain.arrays.copy(deep=True)
    arrays["production_t"].values[1] = [45.0, 0.0, 0.0, 0.0]
    arrays["trade_t"].values[1] = arrays["trade_gross_t"].values[1] = arrays["trade_usd"].values[1] = np.nan
    arrays["is_rest_trade"] = ("stage", [False, False])
    found = reconcile(SupplyChain("testium", 2020, arrays, tiny_chain.lineage), yields={"processing": 0.9})
    values = {
        (r["country"], r["quantity"]): r["value"]
        for r in reconciled_records(found)
        if r.get("stage") == "extraction" and "exporter" not in r
    }
    assert values["AAA", "next_input_t"] == pytest.approx(50, rel=0.05)
    assert values["AAA", "use_t"] == pytest.approx(50, rel=0.05)
    outside = sum(values["AAA", name] for name in ("export_t", "next_input_t", "use_t"))
    assert values["AAA", "outflow_t"] == pytest.approx(outside, rel=1e-12)
    assert values["AAA", "inflow_t"] + values["AAA", "residual_t"] == pytest.approx(outside, rel=1e-9)
    assert measure_imbalance(found.chain.arrays.sel(stage=["extraction"])) < 1e-9


def test_a_stage_without_trade_is_left_alone_and_says_why(tiny_chain):
    trade = tiny_chain.trade_t.values.copy()
    trade[0] = np.nan
    empty = np.where(np.isnan(trade), np.nan, 1.0)
    found = reconcile(change(tiny_chain, trade_t=trade, trade_gross_t=empty, trade_usd=empty))
    assert list(found.chain.arrays["balance_state"].values) == ["nobody reports trade", "balanced"]
    assert found.chain.production_t.values[0] == pytest.approx([70, 30, 0, 0])
    assert np.isnan(found.chain.arrays["use_t"].values[0]).all()


def test_a_year_of_zeros_stays_zero_and_says_so(tiny_chain):
    found = reconcile(change(tiny_chain, production_t=np.zeros((2, 4)), trade_t=np.zeros((2, 4, 4))))
    assert list(found.chain.arrays["balance_state"].values) == ["all flows are zero"] * 2
    assert not found.chain.trade_t.values.any()


def test_a_country_that_only_sells_on_balances_without_residual(tiny_chain):
    # BBB buys 20 t from AAA and sells 20 t to DDD
    production, trade = np.zeros((2, 4)), np.zeros((2, 4, 4))
    production[0, 0], trade[0, 0, 1], trade[0, 1, 3] = 50, 20, 20
    found = reconcile(change(tiny_chain, production_t=production, trade_t=trade))
    assert cell(found, "residual_t", "extraction", "BBB") == pytest.approx(0, abs=1e-9)


def test_a_gross_error_names_the_balance_and_the_report(tiny_chain):
    # CCC makes 10 and buys 20; a zero too many makes its 10 t to DDD 1,000
    trade = tiny_chain.trade_t.values.copy()
    trade[1, 2, 3] = 1000.0
    found = reconcile(change(tiny_chain, trade_t=trade, trade_usd=np.where(trade > 0, 2e6, np.nan)))
    assert found.doubts[0].country == "CCC"
    assert found.doubts[0].reports[0][0] == "trade CCC to DDD, processing"
    assert found.p_value < 1e-6


def test_recycling_and_stocks_enter_the_balance(tiny_chain):
    recycled, draw = np.zeros((2, 4)), np.zeros((2, 4))
    recycled[1, 3], draw[1, 2] = 5.0, -2.0
    found = reconcile(change(tiny_chain, recycled_t=recycled, stock_draw_t=draw))
    assert cell(found, "use_t", "processing", "DDD") == pytest.approx(45)
    assert cell(found, "use_t", "processing", "CCC") == pytest.approx(18)
    assert measure_imbalance(found.chain.arrays) < 1e-9


def test_negative_and_infinite_flows_are_refused_together(tiny_chain):
    production = tiny_chain.production_t.values.copy()
    production[0, 0], production[1, 2] = -1.0, np.inf
    with pytest.raises(DataError) as caught:
        reconcile(change(tiny_chain, production_t=production))
    assert "production_t (extraction, AAA) = -1, production_t (processing, CCC) = inf" in str(
        caught.value
    ).replace("\n            ", ", ")


@pytest.mark.parametrize("sd", [0.0, -5.0, np.nan, 1e300])
def test_an_absurd_deviation_is_refused_with_its_cell(tiny_chain, sd):
    deviations = np.full((2, 4), 1.0)
    deviations[1, 2] = sd
    with pytest.raises(DataError, match=r"production_sd_t \(processing, CCC\)"):
        reconcile(change(tiny_chain, production_sd_t=deviations))


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), 1e300])
def test_an_absurd_pedigree_is_refused(tiny_chain, value):
    with pytest.raises(DataError, match="relative standard deviations: are not usable"):
        reconcile(tiny_chain, deviations={("residual", "unknown"): value})


@pytest.mark.parametrize("value", [0.0, 1.5, float("nan")])
def test_a_yield_above_one_or_not_above_zero_is_refused(tiny_chain, value):
    with pytest.raises(DataError, match="yields of testium: are not usable"):
        reconcile(tiny_chain, yields={"processing": value})


def test_the_unit_of_the_figures_does_not_matter(tiny_chain):
    short = short_chain(tiny_chain)
    small = change(short, production_t=short.production_t.values / 1000, trade_t=short.trade_t.values / 1000)
    one, other = reconcile(short).chain.arrays, reconcile(small).chain.arrays
    for name in ("production_t", "trade_t", "residual_t", "trade_sd_t"):
        assert other[name].values * 1000 == pytest.approx(one[name].values, rel=1e-9, abs=1e-9, nan_ok=True)


def test_the_order_of_the_countries_does_not_matter(tiny_chain):
    short = short_chain(tiny_chain)
    order = ["DDD", "BBB", "AAA", "CCC"]
    turned = SupplyChain(
        "testium", 2020, short.arrays.sel(country=order, exporter=order, importer=order), short.lineage
    )
    found = reconcile(turned).chain.arrays.sel(
        country=list(short.countries), exporter=list(short.countries), importer=list(short.countries)
    )
    assert found["trade_t"].values == pytest.approx(reconcile(short).chain.trade_t.values, abs=1e-9)


def test_two_reports_of_a_lane_are_averaged_and_their_difference_is_the_least_deviation():
    value, sd, z = combine_reports(
        np.array([100.0, 50, np.nan]), np.array([140.0, np.nan, np.nan]), np.full(3, 0.2)
    )
    assert value[:2] == pytest.approx([120, 50])
    assert sd[:2] == pytest.approx([20, 10])
    assert z[1] == 0
    assert np.isnan(value[2])


def test_mirror_reports_replace_the_lane_in_a_chain(tiny_chain):
    dims = tiny_chain.trade_t.dims
    sold = xr.full_like(tiny_chain.trade_t, np.nan)
    sold.values[1, 0, 3] = 30.0
    bought = sold.copy(deep=True)
    bought.values[1, 0, 3] = 50.0
    arrays = tiny_chain.arrays.assign(trade_exporter_t=sold, trade_importer_t=bought)
    found = reconcile(SupplyChain("testium", 2020, arrays, tiny_chain.lineage)).chain.arrays
    assert found["trade_raw_t"].transpose(*dims).values[1, 0, 3] == 40
    assert found["trade_t"].transpose(*dims).values[1, 0, 3] == pytest.approx(40)


def test_missing_trade_is_fitted_to_what_each_country_lacks(tiny_chain):
    # ore: AAA 70 - 90 / 0.9 = -30, BBB 30, CCC 0 - 10 / 0.9 = -11.1. Offered 30, asked for 41.1: the 30 are shared
    # 30 to 11.1, which is 21.9 and 8.1
    trade = tiny_chain.trade_t.values.copy()
    trade[0] = np.nan
    blank = np.where(np.isnan(trade), np.nan, 1.0)
    raw = change(tiny_chain, trade_t=trade, trade_gross_t=blank, trade_usd=blank)
    raw = SupplyChain("testium", 2020, raw.arrays.assign(is_part=("stage", [False, False])), raw.lineage)
    filled = fill_missing_trade(raw, yields={"processing": 0.9})
    assert list(filled.arrays["is_fitted"].values) == [True, False]
    assert filled.trade_t.values[0, 1, [0, 2]] == pytest.approx([21.892, 8.108], abs=1e-3)
    assert filled.arrays["imputed_t"].values[0].sum() == pytest.approx(30)
    found = reconcile(filled, yields={"processing": 0.9})
    assert list(found.chain.arrays["balance_state"].values) == ["balanced", "balanced"]
    assert measure_imbalance(found.chain.arrays) < 1e-9


def test_trade_that_is_there_is_never_replaced(tiny_chain):
    arrays = tiny_chain.arrays.assign(is_part=("stage", [False, False]))
    filled = fill_missing_trade(
        SupplyChain("testium", 2020, arrays, tiny_chain.lineage), yields={"processing": 0.9}
    )
    assert (filled.trade_t.values == tiny_chain.trade_t.values).all()
    assert not filled.arrays["is_fitted"].any()


def test_margins_that_differ_are_refused():
    with pytest.raises(DataError, match="3 t are sold and 4 t bought"):
        fit_trade(np.array([3.0]), np.array([4.0]), np.ones((1, 1)))


def test_every_row_of_the_pedigree_says_how_it_was_found():
    assert all(row.basis and row.source and row.relative_sd > 0 for row in pedigree().values())
    assert read_deviations() == {key: row.relative_sd for key, row in pedigree().items()}


def test_records_show_the_figure_before_and_after_and_the_doubts_last(tiny_chain):
    trade = tiny_chain.trade_t.values.copy()
    trade[1, 2, 3] = 1000.0
    arrays = change(tiny_chain, trade_t=trade, trade_usd=np.where(trade > 0, 2e6, np.nan)).arrays
    arrays["is_rest_trade"] = ("stage", [False, False])
    records = reconciled_records(reconcile(SupplyChain("testium", 2020, arrays, tiny_chain.lineage)))
    export = next(
        r for r in records if (r["country"], r["quantity"], r["stage"]) == ("CCC", "export_t", "processing")
    )
    assert export["before"] == 1000
    assert export["value"] < 1000
    gap = next(r for r in records if r["quantity"] == "gap_t")
    assert gap["reports"][0]["before"] == 1000
    assert records[-1]["quantity"] == "gross_error_test"
    assert records[-1]["named"] == 1


def test_a_reconciliation_comes_back_from_its_file_as_it_was(tiny_chain, tmp_path):
    found = reconcile(short_chain(tiny_chain))
    write_reconciliation(found, tmp_path / "one.npz")
    write_reconciliation(found, tmp_path / "two.npz")
    again = read_reconciliation(tmp_path / "one.npz")
    xr.testing.assert_identical(again.chain.arrays, found.chain.arrays)
    assert (again.doubts, again.chain.lineage, again.p_value) == (
        found.doubts,
        found.chain.lineage,
        found.p_value,
    )
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_half_a_file_is_refused(tiny_chain, tmp_path):
    write_reconciliation(reconcile(tiny_chain), tmp_path / "half.npz")
    whole = (tmp_path / "half.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="is no whole file of a reconciliation"):
        read_reconciliation(tmp_path / "half.npz")


def test_all_chains_of_a_release_are_done_once_and_a_stopped_run_goes_on(small_release, tmp_path):
    seen = []
    years = [2020, 2022]
    first = reconcile_all(
        small_release, ["natural_graphite", "cobalt", "gallium"], years, workers=1, folder=tmp_path,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert [(r["material"], r["year"]) for r in first] == [
        ("cobalt", 2020),
        ("gallium", 2022),
        ("natural_graphite", 2020),
    ]
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert first[2]["balanced"] == ["extraction"]
    path = locate(small_release, "cobalt", 2020, ReconcileOptions(), tmp_path)
    before = path.stat().st_mtime_ns
    path.with_name("unfinished").write_bytes(b"")
    damaged = locate(small_release, "gallium", 2022, ReconcileOptions(), tmp_path)
    damaged.write_bytes(b"half")
    again = reconcile_all(
        small_release, ["natural_graphite", "cobalt", "gallium"], years, workers=1, folder=tmp_path
    )
    assert again == first
    assert path.stat().st_mtime_ns == before


def test_another_option_is_another_file(small_release, tmp_path):
    plain, gross = (
        locate(small_release, "cobalt", 2020, ReconcileOptions(unknown_content=kind), tmp_path)
        for kind in ("missing", "gross")
    )
    assert plain != gross


def test_no_workers_are_refused(small_release):
    with pytest.raises(DataError, match=r"workers: is 0\."):
        reconcile_all(small_release, ["cobalt"], [2020], workers=0)


@pytest.mark.slow
def test_two_processes_give_what_one_gives(small_release, tmp_path):
    materials, years = ["natural_graphite", "cobalt", "gallium"], [2020, 2022]
    alone = reconcile_all(small_release, materials, years, workers=1, folder=tmp_path / "one")
    together = reconcile_all(small_release, materials, years, workers=2, folder=tmp_path / "two")
    assert together == alone
    files = [
        {p.name: p.read_bytes() for p in (tmp_path / name / "reconciled").iterdir()}
        for name in ("one", "two")
    ]
    assert files[0] == files[1]
