"""`monazite data show` as a person types it."""

import json

import pytest
from command_line import run_command

pytestmark = pytest.mark.slow


@pytest.fixture
def call(monkeypatch, capsys):
    """Run the command line; returns stdout."""
    for name in ("MONAZITE_DATA", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        code, out, _ = run_command(monkeypatch, capsys, "data", "show", *words)
        assert code == 0
        return out

    return run


def test_only_the_sources_of_the_rows_shown_are_cited(call):
    where = "material = 'gallium' AND year = 2025"
    assert list(json.loads(call("production", "--where", where, "--json"))["sources"]) == ["usgs"]
    out = call("production", "--where", where)
    assert "usgs: U.S. Geological Survey" in out
    assert "bgs:" not in out


def test_a_table_without_a_source_column_in_its_rows_cites_its_own(call):
    assert json.loads(call("production", "--where", "false", "--json"))["sources"]


@pytest.mark.parametrize("table", ["restriction_events", "ownership", "prices", "production_reports"])
def test_wide_tables_break_no_word(call, monkeypatch, table):
    monkeypatch.setenv("COLUMNS", "60")
    records = json.loads(call(table, "--limit", "5", "--json"))["records"]
    words = set(call(table, "--limit", "5").split())
    texts = [value for record in records for value in record.values() if isinstance(value, str)]
    assert [word for text in texts for word in text.split() if words.isdisjoint({word, f"{word},"})] == []


def test_a_row_that_does_not_fit_is_a_block(call):
    out = call("restriction_events", "--where", "event_id = 'CHN-GAGE-2023'")
    lines = out.splitlines()
    assert lines[0] == "restriction_events: 1 of 1 rows that match"
    assert "event id: CHN-GAGE-2023" in lines
    assert "effective: 2023-08-01" in lines


def test_what_the_rows_shown_share_is_not_said_of_all_rows(call):
    out = call("production", "--where", "year = 2024", "--limit", "2").splitlines()
    assert out[0].startswith("production: 2 of ")
    assert "aluminium" not in out[0]
    assert out[1].startswith("in all rows shown: aluminium, extraction, form bauxite")


def test_the_width_of_a_pipe_is_what_columns_says(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert max(map(len, call("ownership", "--limit", "1").splitlines())) > 120
    monkeypatch.setenv("COLUMNS", "wide")
    assert max(map(len, call("ownership", "--limit", "1").splitlines())) <= 120
