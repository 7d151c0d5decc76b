"""`monazite data elements`: one JSON object, and words for what is no rare earth."""

import json
from functools import partial

import pytest
from command_line import run_command


@pytest.fixture
def call(monkeypatch, capsys):
    monkeypatch.delenv("MONAZITE_DATA", raising=False)
    return partial(run_command, monkeypatch, capsys, "data", "elements")


def test_json_holds_value_reason_and_unknown_of_every_country(call):
    code, out, err = call("--year", "2024", "--element", "neodymium,dysprosium", "--json")
    assert (code, err) == (0, "")
    records = json.loads(out)["records"]
    by = {(r["country"], r["material"]): r for r in records}
    assert round(by["USA", "neodymium"]["value"]) == 5477
    assert by["USA", "dysprosium"]["value"] is None
    assert by["USA", "dysprosium"]["reason"] == "no citable analysis of mountain_pass gives dysprosium"
    assert {(r["stage"], r["quantity"], r["unit"]) for r in records} == {("extraction", "production_t", "t")}
    assert sum(r["value"] for r in records if r["material"] == "unknown") > 0


def test_a_table_says_that_the_split_follows_quotas(call):
    code, out, _ = call("--year", "2024", "--element", "neodymium")
    assert code == 0
    assert "mining quotas" in out and "lower bound" in out


def test_a_material_that_is_no_rare_earth_is_a_usage_error(call):
    code, _, err = call("--year", "2024", "--element", "cobalt")
    assert code == 2
    assert "--element: names no rare earth of a basket." in err
    assert "cobalt" in err
