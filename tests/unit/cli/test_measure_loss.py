"""`monazite measure expected-loss`."""

import json
from functools import partial

import pytest
from command_line import run_command

pytestmark = pytest.mark.slow

CALL = ("measure", "expected-loss", "--material", "fluorspar", "--region", "USA", "--year", "2024")


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return partial(run_command, monkeypatch, capsys)


def test_suppliers_sums_and_the_reason_of_the_range_are_printed_in_80_columns(run):
    code, out, _ = run(*CALL)
    assert code == 0
    assert "one-year cut-offs, fluorspar, extraction, USA, 2024" in out
    assert "MEX" in out and "expected loss a year" in out
    assert "a range: spare capacity is not in the release" in out
    assert "Open-File Report 2025-1047" in out
    assert max(map(len, out.splitlines())) <= 80


def test_stated_chances_are_a_source_of_their_own(run, tmp_path):
    (tmp_path / "chances.csv").write_text("country,probability\nMexico,0.5\n", encoding="utf-8")
    code, out, _ = run(
        *CALL, "--stage", "extraction", "--probabilities", "chances.csv", "--at-worst", "0", "--json"
    )
    found = json.loads(out)
    assert code == 0
    assert found["sources"]["inputs"]["title"] == "chances.csv"
    chances = {r["exporter"]: r["probability"] for r in found["records"] if r["quantity"] == "cut_off"}
    assert chances.pop("MEX") == 0.5
    assert set(chances.values()) == {0}


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("--at-worst", "2"), 2, "at-worst"),
        (("--at-worst=-0.1",), 2, "at-worst"),
        (("--at-worst", "nan"), 2, "nan is no chance: expected a number from 0 to 1"),
        (("--region", "world"), 1, "the world imports from nobody."),
        (("--year", "1980"), 1, "neither production nor trade"),
        (("--material", "fluorspat"), 2, "fluorspat"),
        (("--probabilities", "none.csv"), 1, "none.csv"),
        (("--probabilities", "percent.csv"), 1, "'50' is no number from 0 to 1"),
    ],
)
def test_bad_words_and_tables_are_refused_by_name(run, tmp_path, words, code, text):
    (tmp_path / "percent.csv").write_text("country,probability\nMEX,50\n", encoding="utf-8")
    asked = [
        word
        for k, word in enumerate(CALL)
        if not {CALL[k], CALL[k - 1]} & {w for w in words if w[:2] == "--"}
    ]
    found, out, err = run(*asked, *words)
    assert (found, out) == (code, "")
    assert text in err and "Traceback" not in err
