"""`monazite run --event` and `monazite measure leverage` on the command line."""

import json
import re

import pytest
from command_line import run_command

from monazite.cli.measure_leverage import read_months
from monazite.cli.run_event import read_settings
from monazite.errors import UsageError


def test_an_event_and_a_scenario_exclude_each_other(monkeypatch, capsys):
    code, _, error = run_command(monkeypatch, capsys, "run", "graphite-2023", "--event", "CHN-REE7-2025")
    assert code == 2
    assert "exclude each other" in error


def test_options_of_an_event_need_one(monkeypatch, capsys):
    code, _, error = run_command(monkeypatch, capsys, "run", "graphite-2023", "--set", "severity=1")
    assert code == 2
    assert "needs --event" in error


def test_settings_that_are_no_field_and_number_are_listed():
    with pytest.raises(UsageError) as caught:
        read_settings(["severity", "=1", "a=1,2,3"])
    assert list(caught.value.which) == ["severity", "=1", "a=1,2,3"]
    with pytest.raises(UsageError, match="severity: given twice"):
        read_settings(["severity=1", "severity=0.5"])


def test_months_that_are_none_are_listed():
    with pytest.raises(UsageError) as caught:
        read_months("3,0,x")
    assert list(caught.value.which) == ["0", "x"]


@pytest.mark.slow
def test_an_event_runs_and_its_json_lists_what_is_assumed(monkeypatch, capsys):
    code, out, _ = run_command(
        monkeypatch, capsys, "run", "--event", "IDN-NI-2020", "--draws", "3", "--months", "12", "--json"
    )
    assert code == 0
    records = json.loads(out)["records"]
    assumed = [record["reason"] for record in records if record["quantity"] == "assumption"]
    assert any("exempt_share 0" in text for text in assumed)
    assert {"shortage_share", "months_of_cover", "net_gain_t"} <= {record["quantity"] for record in records}


@pytest.mark.slow
def test_leverage_prints_a_line_a_pair_in_80_columns(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("COLUMNS", "80")
    picture = tmp_path / "heat.svg"
    code, out, _ = run_command(
        monkeypatch, capsys, "measure", "leverage", "--material", "rare_earths", "--year", "2024", "--exporter", "CHN",
        "--importer", "EU27,JPN", "--draws", "4", "--months", "3,12", "--picture", str(picture),
    )  # fmt: skip
    assert code == 0
    assert re.search(r"CHN to EU27 +-?\d", out) and re.search(r"CHN to JPN +-?\d", out)
    assert max(map(len, out.splitlines())) <= 80
    assert picture.read_text(encoding="utf-8").startswith("<svg")
