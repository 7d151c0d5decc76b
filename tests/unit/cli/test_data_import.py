"""`monazite data import`, and the other commands on the release that it makes."""

import json
from functools import partial

import pytest
from command_line import run_command

from monazite.cli.data_import import count_excluded
from monazite.provenance import ImportRecord

pytestmark = pytest.mark.slow


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run the command line with the user's releases in the test's own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("MONAZITE_DATA", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return partial(run_command, monkeypatch, capsys)


def test_an_import_gives_one_json_object_with_a_record_per_part(call, make_baci_zip, three_years):
    code, out, err = call("data", "import", "baci", make_baci_zip(three_years), "--into", "mine", "--json")
    assert code == 0
    content = json.loads(out)
    assert content["release"]["name"] == "mine"
    assert [(one["edition"], one["year"], one["value"], one["replaced_rows"]) for one in content["records"]] == [
        ("hs17", 2021, 3, 0), ("hs17", 2022, 3, 0), ("hs17", 2023, 3, 0),
    ]  # fmt: skip
    assert content["records"][1]["notes"] == ["hs17_2022: 1 quantities are doubtful"]
    assert list(content["sources"]) == ["baci"]
    lines = err.splitlines()
    assert lines[0] == "import baci: 10 % (1/6)"
    assert lines[-1] == "import baci: 100 % (6/6)"


def test_every_command_takes_the_release_by_name_or_from_the_environment(
    call, make_baci_zip, three_years, monkeypatch
):
    code, out, _ = call("data", "import", "baci", make_baci_zip(three_years))
    assert code == 0
    assert out.splitlines()[-1] == "use it with --release own, or set MONAZITE_DATA=own"
    where = ["data", "show", "trade", "--where", "edition = 'hs17' AND importer = 'JPN'", "--json"]
    by_name = json.loads(call(*where, "--release", "own")[1])
    assert [(one["year"], one["quality"]) for one in by_name["records"]] == [
        (2021, "reported"), (2022, "doubtful"), (2023, "reported"),
    ]  # fmt: skip
    monkeypatch.setenv("MONAZITE_DATA", "own")
    assert json.loads(call(*where)[1]) == by_name
    verified = json.loads(call("data", "verify", "--json")[1])["records"]
    assert len([one for one in verified if one["table"] == "trade"]) == 4
    listed = {one["table"]: one for one in json.loads(call("data", "list", "--json")[1])["records"]}
    assert listed["trade"]["files"] == 4
    hhi = ["measure", "hhi", "--material", "gallium", "--stage", "processing", "--year", "2024", "--json"]
    assert json.loads(call(*hhi)[1])["release"]["name"] == "own"


def test_a_changed_file_is_found_by_verify(call, make_baci_zip, three_years, tmp_path):
    call("data", "import", "baci", make_baci_zip(three_years))
    (file,) = (tmp_path / "home").rglob("baci_hs17_2021_*.parquet")
    content = bytearray(file.read_bytes())
    content[50] ^= 1
    file.write_bytes(content)
    code, out, err = call("data", "verify", "--release", "own")
    assert (code, out) == (1, "")
    assert f"{file.name}: its sha256 is another one" in err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["bacy", "x.zip"], 2, "UsageError: source 'bacy': has no reader.\n  expected: baci"),
        (["baci"], 2, "UsageError: PATHS: names no file.\n  expected: BACI_HS17_V202601.zip"),
        (["baci", "missing.zip"], 1, "SourceError: missing.zip: does not exist."),
        (["baci", "missing.zip", "--into", "2026.1"], 1, "SnapshotError: --into: is the embedded release"),
        (["baci", "x.zip", "--base", "old"], 1, "SourceError: x.zip: does not exist."),
    ],
)
def test_a_wrong_word_is_told_without_a_traceback(call, words, code, text):
    found, out, err = call("data", "import", *words)
    assert (found, out) == (code, "")
    assert err.startswith(text)
    assert "Traceback" not in err


def test_a_result_names_the_imported_file_and_issues_list_what_it_changed(call, tmp_path):
    names = ("bgs_statistic_type_trans,bgs_commodity_trans,bgs_sub_commodity_trans,country_trans,year,quantity,units,"
             "sdmx_code,concat_figure_notes_text,yearbook_table_trans")  # fmt: skip
    rows = [
        f'Production,"gallium, primary",,{country},1999,{tonnes},tonnes (metric),{mark},,table'
        for country, tonnes, mark in (("Japan", 30, "A"), ("Germany", 10, "A"), ("Hungary", "", "O"))
    ]
    path = tmp_path / "BGS_gallium.csv"
    path.write_text("\n".join([names, *rows, ""]), encoding="utf-8")
    assert call("data", "import", "bgs", path)[0] == 0
    words = ["measure", "top-share", "--material", "gallium", "--stage", "processing", "--year", "1999"]
    found = json.loads(call(*words, "--release", "own", "--json")[1])
    assert [(one["country"], one["value"]) for one in found["records"]] == [("JPN", 0.75), ("DEU", 0.25)]
    assert found["sources"]["bgs"]["title"] == "World Mineral Statistics: production by country"
    (file,) = found["sources"]["bgs"]["files"]
    assert (file["file"], len(file["sha256"]), file["date_published"]) == ("BGS_gallium.csv", 64, None)
    text = " ".join(call(*words, "--release", "own")[1].split())
    assert f", imported from BGS_gallium.csv ({file['date_accessed']}) release own" in text
    issues = json.loads(call("data", "issues", "--release", "own", "--json")[1])["records"]
    told = [
        (one["kind"], one["value"], one["note"]) for one in issues if one["table"] == "production_reports"
    ]
    assert ("excluded", 1.0, "BGS_gallium.csv: no figure: not available") in told
    new = "production, new: gallium processing 1999 (bgs); 1 stages and years in all"
    assert ("import", None, new) in told
    # the embedded release names no file
    assert "files" not in json.loads(call(*words[:-1], "2024", "--json")[1])["sources"]["world_mining_data"]


def test_a_note_says_how_many_rows_each_reason_left_out():
    record = ImportRecord.model_construct(
        excluded={"baci: hs17_2024, product codes that are no number (9999AA)": 12}
    )
    assert count_excluded(record) == ["baci: hs17_2024, product codes that are no number (9999AA): 12"]
