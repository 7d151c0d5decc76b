"""`monazite data coverage` as a person types it."""

import json
from functools import partial

import pytest
from command_line import run_command

pytestmark = pytest.mark.slow


@pytest.fixture
def call(monkeypatch, capsys):
    """Run the command line; returns exit code, stdout and stderr."""
    monkeypatch.delenv("MONAZITE_DATA", raising=False)
    return partial(run_command, monkeypatch, capsys, "data", "coverage")


def test_one_record_per_material_and_stage_counts_the_years(call):
    # World Mining Data 2018-2024 and USGS 2025: eight years
    code, out, _ = call("--material", "gallium", "--json")
    answer = json.loads(out)
    found = {record["stage"]: record for record in answer["records"]}
    assert code == 0
    assert (found["processing"]["value"], found["processing"]["years"]) == (8, "2018-2025")
    assert (found["processing"]["leader"], found["processing"]["basis"]) == ("CHN", "tonnes")
    assert (found["extraction"]["value"], found["extraction"]["basis"]) == (0, "no stage")
    assert found["extraction"]["reason"].startswith("by-product of alumina")
    assert set(answer["sources"]) == {"usgs", "world_mining_data"}


def test_a_gap_prints_where_was_looked(call):
    code, out, _ = call("--material", "tantalum", "--stage", "processing")
    assert code == 0
    text = " ".join(out.split())
    assert "tantalum, processing: no public figure; looked on 2026-11-24 in" in text
    assert "Tantalum-Niobium International Study Center" in text


@pytest.mark.parametrize(
    ("option", "inside", "outside"),
    [("--strategic", "copper", "antimony"), ("--critical", "antimony", "zinc")],
)
def test_the_lists_of_the_act(call, option, inside, outside):
    _, out, _ = call(option, "--json")
    found = {record["material"] for record in json.loads(out)["records"]}
    assert inside in found
    assert outside not in found


def test_a_material_and_a_list_exclude_each_other(call):
    code, _, err = call("--material", "copper", "--strategic")
    assert code == 2
    assert "exclude each other" in err


def test_an_unknown_material_is_one_clear_message(call):
    code, _, err = call("--material", "unobtainium")
    assert code == 2
    assert "unobtainium" in err


def test_all_of_it_fits_a_hundred_columns_with_no_word_broken(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    _, out, _ = call()
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100
    assert sum("2018-2025" in line and "usgs wmd" in line for line in lines) > 20
    assert "sources: wmd world_mining_data, eu23 eu_crm_2023" in lines
    assert "quality: r reported, e estimated, i imputed" in lines


def test_a_stage_that_nobody_searched_is_not_called_unpublished(call):
    _, out, _ = call("--material", "tantalum", "--stage", "manufacturing")
    assert "not looked for" in out
    assert "no public figure" not in out


def test_the_leader_has_its_year(call):
    _, out, _ = call("--material", "dysprosium", "--stage", "processing", "--json")
    (record,) = json.loads(out)["records"]
    # one mean of five years
    assert (record["value"], record["years"], record["leader_year"]) == (1, "2016-2020", 2020)
