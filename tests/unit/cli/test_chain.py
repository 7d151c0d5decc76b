"""`monazite chain`: lanes, findings and why chains do not balance."""

import json
from functools import partial

import pytest
from command_line import run_command

from monazite.cli.chain_tables import print_adjustments, print_doubts, print_hosts, print_reasons, print_stage
from monazite.cli.output import SafeConsole
from monazite.supply_chain.balance_reasons import count_reasons

pytestmark = pytest.mark.slow


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("MONAZITE_DATA", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return partial(run_command, monkeypatch, capsys)


@pytest.fixture
def show(capsys):
    """What a function prints on a page of 80 columns."""

    def run(function, *arguments):
        function(SafeConsole(width=80), *arguments)
        return capsys.readouterr().out

    return run


def test_a_chain_has_a_record_per_lane_and_the_flows_through_every_balance(call):
    code, out, _ = call("chain", "--material", "gallium", "--year", "2022", "--json")
    assert code == 0
    records = json.loads(out)["records"]
    (lane,) = (r for r in records if r["quantity"] == "trade_t")
    # China's customs: 94.4 t to all countries together, of 606 t made
    assert (lane["exporter"], lane["importer"], lane["stage"]) == ("CHN", "ROW", "processing")
    assert lane["before"] == pytest.approx(94.4, abs=0.1)
    assert lane["carried_share"] == pytest.approx(94.4 / 606, abs=1e-3)
    assert lane["quality"] == "estimated"
    assert lane["note"] == "its buyers are not told apart"
    china = {r["quantity"]: r for r in records if r.get("country") == "CHN" and "exporter" not in r}
    assert china["inflow_t"]["value"] == pytest.approx(china["outflow_t"]["value"])
    assert china["adjustment_t"]["value"] == pytest.approx(0, abs=1e-6)
    test = records[-1]
    assert (test["quantity"], test["named"], test["factor"]) == ("gross_error_test", 0, 5.0)
    assert [row["share_low"] for row in test["found"]] == [0.02, 0.1, 0.3]


def test_a_lane_is_shown_for_either_of_its_countries(call):
    chain = ("chain", "--material", "gallium", "--year", "2022", "--json", "--country")
    found = json.loads(call(*chain, "China")[1])["records"]
    assert [r["importer"] for r in found if r["quantity"] == "trade_t"] == ["ROW"]
    other = json.loads(call(*chain, "Japan")[1])["records"]
    assert [r for r in other if r["quantity"] == "trade_t"] == []
    assert {r["quantity"] for r in other} >= {"production_t", "gross_error_test"}


def test_a_raw_chain_has_its_lanes_as_well(call):
    _, out, _ = call("chain", "--material", "gallium", "--year", "2022", "--raw", "--json")
    (lane,) = (r for r in json.loads(out)["records"] if r["quantity"] == "trade_t")
    assert (lane["z"], lane["sd"]) == (None, None)


def test_the_table_fits_a_terminal_and_says_what_the_test_can_find(call):
    code, out, _ = call("chain", "--material", "gallium", "--year", "2022")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "country        production  imports  exports   use  residual" in out
    assert "not named is not proved right" in " ".join(out.split())


def test_a_rare_earth_is_a_chain_of_its_mining(call):
    code, out, _ = call("chain", "--material", "neodymium", "--year", "2024", "--json")
    assert code == 0
    made = {
        r["country"]: r for r in json.loads(out)["records"] if r["quantity"] == "production_t" and r["value"]
    }
    assert set(made) == {"CHN", "USA"}
    assert made["USA"]["quality"] == "imputed"
    assert made["USA"]["sd"] > 0.1 * made["USA"]["value"]
    assert "tonnes of oxide, at least" in made["USA"]["note"]


def test_many_chains_end_with_why_they_do_not_balance(call):
    chain = ("chain", "--material", "cobalt,gallium", "--year", "2020,2022", "--reconcile", "--workers", "1")
    code, out, _ = call(*chain, "--json")
    assert code == 0
    records = json.loads(out)["records"]
    whole = {r["reason"]: r["value"] for r in records if r.get("quantity") == "material_years"}
    assert sum(whole.values()) == len([r for r in records if "error" in r]) == 4
    assert whole["balanced"] >= 1
    text = call(*chain)[1]
    assert "why chains balance or not" in text
    assert max(map(len, text.splitlines())) <= 80


def chain_record(country, quantity, value, **more):
    return {
        "material": "testium", "year": 2020, "stage": "extraction", "country": country, "quantity": quantity,
        "value": value, "before": value, "unit": "t", "quality": "reported", "balance_state": "balanced", "note": None,
    } | more  # fmt: skip


def test_what_cannot_be_told_is_a_sign_in_a_column_where_others_can(show):
    names = ("production_t", "import_t", "export_t", "apparent_consumption_t", "residual_t")
    records = [chain_record(c, n, v) for c, v in (("CHN", 5.0), ("JPN", None)) for n in names]
    text = show(print_stage, records)
    assert "- = cannot tell" in text
    assert "testium 2020, extraction: 2 countries, t of contained material, balanced" in text.replace(
        "\n", " "
    )


def test_the_note_of_a_stage_is_printed(show):
    names = ("production_t", "import_t", "export_t", "apparent_consumption_t", "residual_t")
    records = [chain_record("CHN", n, 5.0, balance_note="all trade is zero") for n in names]
    assert "note: all trade is zero" in show(print_stage, records)


def test_the_largest_adjustments_come_by_tonnes(show):
    lane = chain_record("CHN", "trade_t", 90.0, before=100.0, z=-1.2, exporter="CHN", importer="JPN")
    made = chain_record("CHN", "production_t", 103.0, before=100.0, z=0.3)
    same = chain_record("AUS", "production_t", 50.0, z=0.0)
    text = show(print_adjustments, [same, made, lane])
    assert text.index("China to Japan") < text.index("production of China")
    assert "-10.0 %" in text
    assert "Australia" not in text


def test_hosts_are_listed_by_verdict(show):
    host = {
        "host": "alumina", "host_basis": "recoverable", "host_allowed_t": 15.0, "host_verdict": "above the ceiling"
    }  # fmt: skip
    text = show(print_hosts, [chain_record("CHN", "production_t", 90.0) | host])
    assert "against what the host allows (alumina, recoverable):" in text
    assert "- above the ceiling: China (90 t of 15 t)" in text
    mean = host | {"host_basis": "world mean"}
    assert show(print_hosts, [chain_record("CHN", "production_t", None) | mean]) == ""


def test_one_balance_is_one_balance(show):
    gap = chain_record("HKG", "gap_t", -50.0, z=-4.0) | {
        "reports": [{"report": "trade HKG to USA, extraction", "before": 60.0, "value": 50.0}]
    }
    assert "1 balance that the reports cannot close:" in show(print_doubts, [gap])


def test_reasons_count_each_material_year_once_by_the_stage_that_lacks_least(show):
    def record(year, balanced, **states):
        return {"material": "testium", "year": year, "balanced": balanced, "states": states, "error": None}

    records = [
        record(2019, ["extraction"], processing="nobody reports trade"),
        record(
            2020,
            [],
            extraction="no source gives production",
            processing="contained tonnes are unknown on 3 lanes",
        ),
        record(2021, [], extraction="contained tonnes are unknown on 12 lanes"),
        record(2022, []),
        {"material": "testium", "year": 2023, "balanced": [], "error": "refused"},
    ]
    found = count_reasons(records)
    whole = {r["reason"]: (r["value"], r["years"]) for r in found if r["quantity"] == "material_years"}
    assert whole == {
        "balanced": (1, "2019"),
        "contained tonnes are unknown on some lanes": (2, "2020-2021"),
        "no figures": (1, "2022"),
        "refused": (1, "2023"),
    }
    stages = {(r["stage"], r["reason"]): r["value"] for r in found if r["quantity"] == "stages"}
    assert stages["extraction", "contained tonnes are unknown on some lanes"] == 1
    assert sum(stages.values()) == 5
    assert "contained tonnes are unknown" in show(print_reasons, found)


def test_what_did_not_move_or_does_not_balance_is_no_adjustment(show):
    # 7 t that moved by 1e-9, and 10 t of a stage that is not balanced at all
    still = chain_record("RUS", "production_t", 7.0, before=7.0 + 1e-9, z=0.0)
    raw = chain_record("CHN", "production_t", 10.0, before=12.0, balance_state="nobody reports trade")
    assert show(print_adjustments, [still, raw]) == ""


def test_tonnes_of_oxide_are_called_so(show):
    names = ("production_t", "import_t", "export_t", "apparent_consumption_t", "residual_t")
    text = show(print_stage, [chain_record("CHN", name, 5.0, weight="oxide") for name in names])
    assert "1 country, t of oxide" in text


def test_what_a_stage_makes_is_what_goes_out_in_its_table(show):
    # 100 t made = 10 exported + 60 to the next stage + 30 used
    flows = {"production_t": 100.0, "import_t": 0.0, "export_t": 10.0, "apparent_consumption_t": 90.0,
             "residual_t": 0.0, "next_input_t": 60.0, "use_t": 30.0}  # fmt: skip
    text = show(print_stage, [chain_record("CHN", name, value) for name, value in flows.items()])
    assert "country production imports exports to next use residual" in " ".join(text.split())
    (row,) = (line.split() for line in text.splitlines() if line.strip().startswith("China"))
    assert row[1:] == ["100", "0", "10", "60", "30", "0"]
    assert "to next = input of the next stage; production: 1 reported" in text


def test_a_run_whose_every_chain_is_refused_is_an_error_in_one_line_each(call, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    code, out, err = call("chain", "--material", "gallium", "--year", "2022", "--reconcile", "--workers", "1")
    assert (code, out) == (1, "")
    assert "DataError: 1 chain: cannot be reconciled." in err
    assert "cannot be written" in err
    assert "\\n" not in err
