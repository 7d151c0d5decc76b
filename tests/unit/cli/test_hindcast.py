"""`monazite hindcast`: one JSON object, tables of 80 columns, a folder of one's own, and words for bad input."""

import json
import sys

import pytest
from episode_writer import EPISODE, LICENCE, SCENARIO, write_episode

from monazite.cli.main import main

pytestmark = pytest.mark.slow

NAIVE = {"no_change", "trend", "static_share", "rerouting"}


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("MONAZITE_DATA", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["monazite", "hindcast", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def mine(tmp_path):
    return write_episode(tmp_path / "mine", scenario=SCENARIO + LICENCE)


def test_a_folder_outside_the_package_gives_one_json_object(call, mine):
    code, out, err = call(mine, "--json")
    assert code == 0
    assert "hindcast: 100 % (120/120)" in err
    records = json.loads(out)["records"]
    kinds = [record["indicator"] for record in records]
    assert kinds == [
        *["hindcast_aim"] * 4,
        "hindcast_episode",
        *["hindcast_quantity"] * 3,
        *["hindcast_figure"] * 4,
    ]
    figures = records[-4:]
    assert [figure["month"] for figure in figures] == ["2024-01", "2024-02", "2024-02", "2024-03"]
    for figure in figures:
        assert set(figure) >= NAIVE
        assert figure["low"] <= figure["value"] <= figure["high"]
        assert figure["crps"] >= 0
        assert figure["verdict"] in {"hit", "miss"}
        assert figure["source"] == "Customs"
    # without a base before it, a ratio has no trend; what a policy sets has no skill, and says why
    assert figures[2]["trend"] is None
    assert figures[3]["is_scored"] is False
    quantity = next(
        r for r in records if r["indicator"] == "hindcast_quantity" and r["quantity"] == "stopped"
    )
    assert (quantity["value"], quantity["reason"]) == (None, "The rule sets it.")


def test_skill_in_json_is_one_minus_crps_over_the_best_naive(call, mine):
    records = json.loads(call(mine, "--json")[1])["records"]
    for record in records:
        if record["indicator"] == "hindcast_quantity" and record["is_scored"]:
            rivals = [record[f"{name}_crps"] for name in NAIVE if record[f"{name}_crps"] is not None]
            assert record["value"] == pytest.approx(1 - record["crps"] / min(rivals))
            assert record[f"{record['best_naive']}_crps"] == min(rivals)


def test_the_table_of_an_episode_fits_80_columns_and_says_what_falls_short_first(call, mine):
    code, out, _ = call(mine)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert out.index("Not reached") < out.index("Episodes (mean |ln error|")
    assert "No first score is on record: this run is the first." in out
    assert "The model lacks: Everything that happened." in out


def test_several_episodes_print_the_summary_and_the_misses(call):
    code, out, _ = call("--draws", "4")
    assert code == 0
    assert max(len(line) for line in out.splitlines() if "monazite hindcast" not in line) <= 80
    for name in ("gallium-germanium-2023", "magnets-2025", "rare-earths-2009-2013"):
        assert name in out
    assert "Misses, 10 of" in out


def test_out_writes_a_page_and_the_records_and_replaces_only_when_asked(call, mine, tmp_path):
    code, out, _ = call(mine, "--out", "page")
    assert code == 0
    assert "Report: page/report.html" in out
    page = (tmp_path / "page" / "report.html").read_text(encoding="utf-8")
    assert "A small episode, by month" in page
    assert "What the model lacks here: Everything that happened." in page
    assert json.loads((tmp_path / "page" / "results.json").read_text(encoding="utf-8"))["records"]
    code, _, err = call(mine, "--out", "page")
    assert (code, "holds an earlier run" in err) == (1, True)
    assert call(mine, "--out", "page", "--overwrite")[0] == 0


def test_leave_one_out_is_refused_before_anything_runs(call, mine):
    code, _, err = call(mine, "--leave-one-out")
    assert code == 1
    assert err.startswith("DataError: leave one out: there is nothing to calibrate on.")


def test_leave_one_out_stands_in_the_table_and_in_json(call, mine, tmp_path):
    scenario = SCENARIO.replace("name: small", "name: other") + LICENCE
    other = write_episode(
        tmp_path / "other", episode=EPISODE.replace("name: small", "name: other"), scenario=scenario
    )
    words = (mine, other, "--leave-one-out", "--draws", "100")
    out = call(*words)[1]
    assert "Leave one episode out (all draws / the 10 that did best" in out
    assert max(map(len, out.splitlines())) <= 80
    records = json.loads(call(*words, "--json")[1])["records"]
    left = [record for record in records if record["indicator"] == "hindcast_left_out"]
    assert [(record["episode"], record["chosen_on"]) for record in left] == [
        ("small", ["other"]),
        ("other", ["small"]),
    ]
    assert "Priors calibrated on the other episodes (whole priors / the halves" in out
    halved = [record for record in records if record["indicator"] == "hindcast_halved"]
    assert [record["chosen_on"] for record in halved] == [["other"], ["small"]]
    assert all(record["draws"] == 100 or record["halves"] for record in halved)
    assert all(record["gain_on_others"] >= 0 for record in halved)


def test_bad_input_is_said_in_words(call, mine, tmp_path):
    assert "did you mean graphite-2023" in call("graphit-2023")[2]
    code, _, err = call(mine, "--draws", "0")
    assert (code, "give --draws and --seed numbers in that range" in err) == (1, True)
    (mine / "scenario.yaml").unlink()
    code, out, err = call(mine, "--json")
    assert (code, out) == (1, "")
    assert err.startswith("ScenarioError: episode mine: scenario.yaml: is missing")


def test_list_names_every_shipped_episode(call):
    records = json.loads(call("--list", "--json")[1])["records"]
    assert {record["episode"] for record in records} >= {"magnets-2025", "graphite-2023"}
    assert {record["status"] for record in records} <= {"development", "held out"}
