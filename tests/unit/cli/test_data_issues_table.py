"""`monazite data issues` as a person reads it."""

import json

import pytest
from command_line import run_command


@pytest.fixture
def call(monkeypatch, capsys):
    """Run the command line; returns stdout."""
    for name in ("MONAZITE_DATA", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        code, out, _ = run_command(monkeypatch, capsys, "data", "issues", *words)
        assert code == 0
        return out

    return run


CONFLICTS = ("--kind", "conflict", "--material", "antimony")


def test_a_conflict_has_the_other_publishers_figure(call):
    records = json.loads(call(*CONFLICTS, "--json"))["records"]
    assert {"value", "other"} <= set(records[0])
    assert "expected" not in records[0]
    myanmar = next(r for r in records if r["region"] == "MMR" and r["year"] == 2024)
    assert (myanmar["value"], myanmar["other"]) == (26290, 4500)


def test_the_largest_conflict_comes_first(call):
    # 2022: 22,344 t of the world's 105,556 t, 2024: 21,790 t of Myanmar's 26,290 t; Honduras has 80 t
    regions = [r["region"] for r in json.loads(call(*CONFLICTS, "--json"))["records"]]
    assert regions.index("MMR") < 3
    assert regions.index("HND") > 10


def test_a_heading_does_not_say_of_all_rows_what_the_few_shown_share(call):
    lines = call(*CONFLICTS, "--limit", "1").splitlines()
    heading = next(line for line in lines if line.startswith("conflict:"))
    assert heading.endswith("; 1 of 23")
    assert "other" in next(line for line in lines if "found" in line)
