"""Bad input of a chain: solved with a flag, or refused with the cells named; never NaN in silence."""

import json
import sys

import numpy as np
import pytest

from monazite.cli.main import main
from monazite.errors import DataError
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.reconcile import reconcile
from monazite.supply_chain.reconcile_all import measure_imbalance
from monazite.supply_chain.reconciled_records import reconciled_records

BALANCED = (
    "production_t",
    "trade_t",
    "residual_t",
    "use_t",
    "apparent_consumption_t",
    "use_sd_t",
    "residual_sd_t",
)


def change(chain, **arrays):
    """The chain with some arrays replaced; those that are new take the dims of production or trade."""
    found = chain.arrays.copy(deep=True)
    for name, values in arrays.items():
        like = "trade_t" if np.ndim(values) == 3 else "production_t"
        found[name] = (found[like].dims, values)
    return SupplyChain(chain.material, chain.year, found, chain.lineage)


def check_solved(found):
    """No figure of a balanced stage is missing, and each cell balances."""
    arrays = found.chain.arrays
    at = [k for k, state in enumerate(arrays["balance_state"].values) if state == "balanced"]
    here = arrays.isel(stage=at)
    assert measure_imbalance(here) < 1e-9
    assert all(np.isfinite(here[name].values).all() for name in BALANCED)
    return here


# Contradictory figures


@pytest.mark.parametrize("tonnes", [1e3, 1e6, 1e12])
def test_exports_above_supply_are_residual_and_named(tiny_chain, tonnes):
    # CCC makes 10 t and buys 20
    trade = tiny_chain.trade_t.values.copy()
    trade[1, 2, 3] = tonnes
    found = reconcile(change(tiny_chain, trade_t=trade, trade_usd=np.where(trade > 0, 2e6, np.nan)))
    here = check_solved(found).sel(stage="processing", country="CCC")
    assert float(here["residual_t"]) > 0.5 * tonnes
    assert float(here["use_t"]) == 0
    assert [doubt.country for doubt in found.doubts] == ["CCC"]
    assert found.doubts[0].reports[0][0] == "trade CCC to DDD, processing"


def test_every_country_that_exports_more_than_it_has_is_named(tiny_chain):
    production, trade = np.zeros((2, 4)), np.zeros((2, 4, 4))
    trade[0] = 50.0 * (1 - np.eye(4))
    trade[0, :3, 3] = 5000.0
    found = reconcile(
        change(tiny_chain, production_t=production, trade_t=trade, trade_usd=np.where(trade > 0, 2e6, np.nan))
    )
    check_solved(found)
    assert {doubt.country for doubt in found.doubts} == {"AAA", "BBB", "CCC"}
    assert "all production is zero" in str(found.chain.arrays["balance_note"].values[0])


# Zeros


def test_a_stage_whose_trade_is_all_zero_says_so(tiny_chain):
    found = reconcile(change(tiny_chain, trade_t=np.zeros((2, 4, 4))))
    assert list(found.chain.arrays["balance_state"].values) == ["balanced"] * 2
    assert all("all trade is zero" in note for note in found.chain.arrays["balance_note"].values)
    here = check_solved(found)
    assert (here["use_t"].values == here["production_t"].values).all()


def test_an_ordinary_stage_has_no_note(tiny_chain):
    assert list(reconcile(tiny_chain).chain.arrays["balance_note"].values) == ["", ""]


def test_a_year_of_zeros_is_no_balance(tiny_chain):
    found = reconcile(change(tiny_chain, production_t=np.zeros((2, 4)), trade_t=np.zeros((2, 4, 4))))
    assert list(found.chain.arrays["balance_state"].values) == ["all flows are zero"] * 2
    assert (found.doubts, found.suspects, found.statistic) == ((), (), 0.0)


def test_one_stage_of_zeros_leaves_the_other_alone(tiny_chain):
    production, trade = tiny_chain.production_t.values.copy(), tiny_chain.trade_t.values.copy()
    production[0], trade[0] = 0.0, 0.0
    found = reconcile(change(tiny_chain, production_t=production, trade_t=trade))
    assert list(found.chain.arrays["balance_state"].values) == ["all flows are zero", "balanced"]
    check_solved(found)


# Countries that only sell on, and parts without a connection


def test_a_country_that_only_sells_on_more_than_it_buys_has_a_residual_and_no_production(tiny_chain):
    # BBB buys 20 t and sells 60
    production, trade = np.zeros((2, 4)), np.zeros((2, 4, 4))
    production[0, 0], trade[0, 0, 1], trade[0, 1, 3] = 50, 20, 60
    usd = np.where(trade > 0, 2e6, np.nan)
    found = reconcile(change(tiny_chain, production_t=production, trade_t=trade, trade_usd=usd))
    here = check_solved(found).sel(stage="extraction", country="BBB")
    assert float(here["production_t"]) == 0
    assert 20 < float(here["residual_t"]) < 40


def test_a_loop_of_traders_without_a_producer_balances_by_itself(tiny_chain):
    # AAA makes and uses 50 t; BBB and CCC pass 10 t to and fro, joined to nobody
    production, trade = np.zeros((2, 4)), np.zeros((2, 4, 4))
    production[0, 0], trade[0, 1, 2], trade[0, 2, 1] = 50, 10, 10
    here = check_solved(reconcile(change(tiny_chain, production_t=production, trade_t=trade)))
    extraction = here.sel(stage="extraction")
    assert float(extraction["residual_t"].sum()) == pytest.approx(0, abs=1e-9)
    assert float(extraction["use_t"].sel(country="AAA")) == pytest.approx(50)


def test_a_linked_stage_that_nothing_feeds_has_its_input_as_residual(tiny_chain):
    # nobody mines or trades ore in CCC, which makes 10 t of metal at a yield of 0.5: 20 t of ore come from nowhere
    found = reconcile(tiny_chain, yields={"processing": 0.5})
    here = check_solved(found).sel(stage="extraction", country="CCC")
    assert float(here["residual_t"]) > 10


# Absurd figures and deviations


@pytest.mark.parametrize("tonnes", [np.inf, 1e300, 1e61, 1e-300, -1.0])
def test_absurd_tonnes_are_refused_with_their_cell(tiny_chain, tonnes):
    trade = tiny_chain.trade_t.values.copy()
    trade[1, 0, 2] = tonnes
    with pytest.raises(DataError, match=r"trade_t \(processing, AAA, CCC\) = "):
        reconcile(change(tiny_chain, trade_t=trade))


@pytest.mark.parametrize("name", ["production_sd_t", "trade_sd_t"])
@pytest.mark.parametrize("sd", [0.0, -5.0, np.nan, np.inf, 1e300, 1e-300])
def test_an_absurd_deviation_of_any_figure_is_refused_with_its_cell(tiny_chain, name, sd):
    shape = (2, 4) if name.startswith("production") else (2, 4, 4)
    deviations = np.full(shape, 1.0)
    deviations[(1, 2) if len(shape) == 2 else (1, 2, 3)] = sd
    cell = "CCC" if len(shape) == 2 else "CCC, DDD"
    with pytest.raises(DataError, match=rf"{name} \(processing, {cell}\) = "):
        reconcile(change(tiny_chain, **{name: deviations}))


def test_all_absurd_cells_are_named_at_once(tiny_chain):
    production, trade = tiny_chain.production_t.values.copy(), tiny_chain.trade_t.values.copy()
    production[0, 0], production[1, 2], trade[1, 0, 3] = -1.0, np.inf, 1e300
    with pytest.raises(DataError) as caught:
        reconcile(change(tiny_chain, production_t=production, trade_t=trade))
    assert len(caught.value.which) == 3


def test_a_missing_production_is_no_zero_and_keeps_its_stage_from_the_balance(tiny_chain):
    production = tiny_chain.production_t.values.copy()
    production[1, 2] = np.nan
    found = reconcile(change(tiny_chain, production_t=production))
    assert found.chain.arrays["balance_state"].values[1] == "production is missing in 1 countries"
    assert np.isnan(found.chain.production_t.values[1, 2])


@pytest.mark.parametrize("factor", [1e-30, 1e-12, 1e12, 1e30])
def test_the_balance_and_the_test_of_reports_hold_at_any_scale(tiny_chain, factor):
    trade = tiny_chain.trade_t.values.copy()
    trade[1, 2, 3] = 1000.0
    usd = np.where(trade > 0, 2e6, np.nan)
    whole = reconcile(change(tiny_chain, trade_t=trade, trade_usd=usd))
    scaled = reconcile(
        change(
            tiny_chain, trade_t=trade * factor, trade_usd=usd,
            production_t=tiny_chain.production_t.values * factor,
        )
    )  # fmt: skip
    check_solved(scaled)
    assert scaled.chain.trade_t.values / factor == pytest.approx(whole.chain.trade_t.values, rel=1e-9)
    assert [doubt.country for doubt in scaled.doubts] == [doubt.country for doubt in whole.doubts]
    assert scaled.doubts[0].z == pytest.approx(whole.doubts[0].z, rel=1e-9)
    broken = scaled.chain.arrays.isel(stage=[1]).copy(deep=True)
    broken["production_t"].values[0, 0] *= 1.01
    assert measure_imbalance(broken) > 1e-3


def test_a_country_a_billion_billion_times_smaller_balances_as_well(tiny_chain):
    production, trade = tiny_chain.production_t.values.copy(), tiny_chain.trade_t.values.copy()
    production[1, 1], trade[1, 1, 3] = 1e-18, 5e-18
    usd = np.where(trade > 0, 2e6, np.nan)
    here = check_solved(reconcile(change(tiny_chain, production_t=production, trade_t=trade, trade_usd=usd)))
    assert 2e-18 < float(here["residual_t"].sel(stage="processing", country="BBB")) < 4e-18


def test_records_of_a_contradictory_chain_have_no_nan_and_add_up(tiny_chain):
    trade = tiny_chain.trade_t.values.copy()
    trade[1, 2, 3] = 1000.0
    chain = change(tiny_chain, trade_t=trade, trade_usd=np.where(trade > 0, 2e6, np.nan))
    arrays = chain.arrays.assign(is_rest_trade=("stage", [False, False]))
    records = reconciled_records(reconcile(SupplyChain("testium", 2020, arrays, chain.lineage)))
    assert "NaN" not in json.dumps(records)
    cells = {
        (r["stage"], r["country"], r["quantity"]): r
        for r in records
        if r["quantity"] != "trade_t" and "stage" in r
    }
    for stage, country in {(stage, country) for stage, country, name in cells if name == "inflow_t"}:
        inflow, out, residual = (
            float(cells[stage, country, name]["value"]) for name in ("inflow_t", "outflow_t", "residual_t")
        )
        assert inflow + residual == pytest.approx(out, rel=1e-9, abs=1e-9)
    lanes = {
        (r["exporter"], r["importer"]): r
        for r in records
        if r["quantity"] == "trade_t" and r["stage"] == "processing"
    }
    assert set(lanes) == {("AAA", "CCC"), ("AAA", "DDD"), ("CCC", "DDD")}
    assert lanes["CCC", "DDD"]["before"] == 1000
    # CCC has 10 t made and 20 bought but sells 1,000, which is all that it has
    assert lanes["CCC", "DDD"]["carried_share"] == 1
    assert lanes["AAA", "CCC"]["carried_share"] == pytest.approx(20 / 90)
    assert lanes["CCC", "DDD"]["z"] < 0
    gap = cells["processing", "CCC", "adjustment_t"]
    # 1,000 t against 30: the reports were moved by what the residual does not explain
    assert gap["value"] == pytest.approx(970 - cells["processing", "CCC", "residual_t"]["value"], rel=1e-6)
    assert gap["z"] < -3


# Through the command line, with a file of the user


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run the command line with the user's releases in the test's own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("MONAZITE_DATA", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["monazite", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


def lane(exporter, importer, tonnes, usd_thousands=2000.0):
    """A row of flake graphite in 2024; codes are BACI's own."""
    figures = (usd_thousands if isinstance(usd_thousands, str) else f"{usd_thousands:.3f}", tonnes)
    return ",".join(["2024", str(exporter), str(importer), "250410", *(f"{f!s:>12}" for f in figures)])


@pytest.fixture
def show(call, make_baci_zip):
    """Import lanes of 2024 in place of the release's, and give the records of natural graphite."""

    def run(*rows):
        path = make_baci_zip(
            {2024: list(rows)}, name="BACI_HS92_V202601.zip", edition="HS92", codes=("250410",)
        )
        code, _, err = call("data", "import", "baci", path, "--into", "mine")
        assert code == 0, err
        chain = ("chain", "--material", "natural_graphite", "--year", "2024", "--release", "mine")
        code, out, err = call(*chain, "--json")
        assert code == 0, err
        assert "NaN" not in out
        return json.loads(out)["records"], call(*chain)[1]

    return run


@pytest.mark.slow
def test_a_file_with_exports_above_supply_gives_a_flagged_chain(show):
    # Norway mines some 10,000 t a year and here sells a million; Denmark has nothing at all
    records, text = show(lane(579, 276, "1000000"), lane(208, 276, "500"), lane(156, 392, "1000"))
    gaps = {r["country"]: r["value"] for r in records if r["quantity"] == "gap_t"}
    assert set(gaps) == {"NOR", "DNK"}
    assert gaps["NOR"] < -9e5
    assert "2 balances that the reports cannot close" in text
    balanced = [r for r in records if r.get("balance_state") == "balanced"]
    assert all(
        r["value"] is not None for r in balanced if r["quantity"] in ("residual_t", "import_t", "inflow_t")
    )


@pytest.mark.slow
def test_a_file_of_a_country_that_only_sells_on_gives_no_residual(show):
    records, _ = show(lane(156, 344, "2000"), lane(344, 392, "2000"), lane(156, 276, "1000"))
    (residual,) = (r for r in records if r["quantity"] == "residual_t" and r["country"] == "HKG")
    assert residual["value"] == pytest.approx(0, abs=1e-6)
    assert [r for r in records if r["quantity"] == "gap_t"] == []


@pytest.mark.slow
def test_a_file_of_a_loop_that_joins_nobody_balances(show):
    records, _ = show(lane(208, 352, "10"), lane(352, 208, "10"), lane(156, 276, "1000"))
    found = {(r["country"], r["quantity"]): r["value"] for r in records if r["quantity"] == "residual_t"}
    assert found["DNK", "residual_t"] == pytest.approx(0, abs=1e-6)
    assert found["ISL", "residual_t"] == pytest.approx(0, abs=1e-6)


@pytest.mark.slow
def test_a_file_of_lanes_of_zero_tonnes_is_flagged(show):
    records, text = show(lane(156, 392, "0.000"), lane(156, 276, "0.000"))
    assert all(r["value"] in (0, None) for r in records if r["quantity"] == "export_t")
    assert "all trade is zero" in text.replace("\n", " ")


@pytest.mark.parametrize("tonnes", ["inf", "nan", "1e300", "-5"])
def test_a_file_with_absurd_tonnes_is_refused_with_its_row(call, make_baci_zip, tonnes):
    path = make_baci_zip(
        {2024: [lane(156, 392, tonnes)]}, name="BACI_HS92_V202601.zip", edition="HS92", codes=("250410",)
    )
    code, out, err = call("data", "import", "baci", path, "--into", "mine")
    assert (code, out) == (1, "")
    assert tonnes in err


@pytest.mark.parametrize("word", ["processing=0", "processing=inf", "processing=nan", "processing=1e300"])
def test_an_absurd_yield_on_the_command_line_is_a_usage_error(call, word):
    code, out, err = call("chain", "--material", "natural_graphite", "--year", "2022", "--yield", word)
    assert (code, out) == (2, "")
    assert word in err
