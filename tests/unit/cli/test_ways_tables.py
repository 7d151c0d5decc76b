"""What is said beside the shares of the ways: base, bounds, unknown, assumptions."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from command_line import run_command

from monazite.cli.trace import shorten
from monazite.cli.trace_tables import write_cell
from monazite.tracing import TraceOptions, trace_records
from monazite.tracing.compare import compare_ways
from monazite.tracing.explain import explain_between
from monazite.tracing.ways import Answer, Question, answer
from monazite.vocabulary import list_moved

NARROW_TERMINAL = "80"


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONAZITE_DATA", raising=False)
    return partial(run_command, monkeypatch, capsys)


def one(**shares):
    values = np.array([*shares.values(), 1 - sum(shares.values())])
    return Answer((*shares, "unknown"), values, values, values, 1.0, ())


def compare(snapshot, material, **how):
    options = TraceOptions(unknown_content="estimate", **how)
    return compare_ways(snapshot, materials=[material], importers=["EU27"], years=[2024], options=options)[0]


@pytest.fixture(scope="module")
def cobalt(snapshot):
    return compare(snapshot, "cobalt", is_raw=True)


def test_every_record_of_the_ways_says_what_it_is_a_share_of(cobalt):
    assert {record["base"] for record in cobalt} == {"bought from outside"}


def test_what_is_unknown_is_a_row_with_tonnes(cobalt):
    unknown = {record["by"]: record for record in cobalt if record["country"] == "unknown"}
    assert set(unknown) == {"partner", "extraction", "processing", "control"}
    china = next(one for one in cobalt if (one["country"], one["by"]) == ("CHN", "extraction"))
    assert unknown["extraction"]["value"] == china["unknown"]
    # both are shares of the same tonnes
    total = china["trade_t"] / china["value"]
    assert unknown["extraction"]["trade_t"] == pytest.approx(unknown["extraction"]["value"] * total)


def test_what_customs_have_of_congo_and_counts_at_extraction_is_said(cobalt):
    partner = next(record for record in cobalt if record["by"] == "partner")
    assert "Democratic Republic of the Congo ships goods under these codes too" in partner["assumptions"]
    assert list_moved("cobalt", "processing") == (("COD", "extraction"),)
    assert list_moved("lithium", "processing") == ()


def test_shares_that_differ_between_ways_of_production_want_a_sentence(monkeypatch):
    monkeypatch.setattr("monazite.tracing.explain.country_name", str)
    told = {
        "partner": one(CHN=0.2),
        "extraction": replace(one(CHN=0.0), high=np.array([1.0, 1.0])),
        "processing": one(CHN=0.27),
        "control": replace(one(CHN=0.15), low=np.array([0.07, 0.0]), high=np.array([0.85, 0.93])),
    }
    assert explain_between(told, "processing", "CHN") == [
        "CHN has 27 % by processing and 0 to 100 % by extraction: it processes ore that others mine, or of which the "
        "mine is not known",
        "100 % of the mines are unknown",
    ]
    # 15 against 0, and 15 against 27
    assert [text.split(":")[0] for text in explain_between(told, "control", "CHN")[:2]] == [
        "CHN has 7 to 85 % by control and 0 to 100 % by extraction",
        "CHN has 7 to 85 % by control and 27 % by processing",
    ]
    assert explain_between(told, "extraction", "CHN") == []


def cell(way, value, low, high, unknown):
    return write_cell({"by": way, "value": value, "low": low, "high": high, "unknown": unknown})


def test_a_share_lies_in_its_printed_interval_and_control_is_a_range():
    assert cell("partner", 0.0006, 0.0004, 0.0009, 0.0) == "0.1 (0.0-0.1)"
    assert cell("control", 0.0, 0.0, 0.74, 0.74) == "0-74"
    assert cell("control", None, None, None, None) == "-"


def test_where_more_is_unknown_than_known_only_the_range_is_printed():
    assert cell("extraction", 0.0, 0.0, 0.75, 0.75) == "0-75"
    assert cell("extraction", 0.21, 0.2, 0.66, 0.44) == "20-66"
    assert cell("extraction", 0.54, 0.35, 0.7, 0.16) == "54 (35-70)"
    # little is unknown, or a publisher names the share
    assert cell("processing", 0.0, 0.0, 0.03, 0.03) == "0 (0-3)"
    assert cell("partner", 0.22, 0.18, 0.52, 0.26) == "22 (18-52)"
    rows = [
        {"by": "extraction", "country": code, "rank": 1, "value": value, "low": value, "high": high, "unknown": 0.44,
         "trade_t": 1.0, "note": ""}
        for code, value, high in (("CHN", 0.01, 0.45), ("CHL", 0.46, 0.9))
    ]  # fmt: skip
    assert ["value" in row and "trade_t" in row for row in shorten(rows, 10)] == [False, True]


def test_few_draws_hold_the_share_and_are_called_too_few(snapshot, tiny_chain):
    question = Question(name="DDD", members=("DDD",), suppliers={}, stage="processing", by="partner")
    found = answer(snapshot, tiny_chain, question, [tiny_chain] * 5)
    assert (found.low <= found.shares).all()
    assert (found.shares <= found.high).all()
    assert found.assumptions == ("5 draws are too few for quantiles of 5 and 95 %",)


def test_the_command_refuses_few_draws_and_names_the_base(call):
    words = ["trace", "--material", "lithium", "--importer", "DEU", "--year", "2024", "--stage", "processing"]
    code, _, err = call(*words, "--draws", "5")
    assert code == 2
    assert 'Invalid value "5" for --draws' in err
    assert "20 to 100,000" in err
    code, out, _ = call(*words, "--by", "partner", "--raw")
    assert code == 0
    assert "trace: shares of what is bought from outside" in out


def test_suppliers_have_their_quantities_and_ranks_without_gaps(snapshot):
    records, _ = trace_records(
        snapshot, materials=["lithium"], importers=[], years=[2024],
        options=TraceOptions(stage="processing", by="partner", is_raw=True, suppliers={"CHL": 30.0, "CHN": 10.0}),
    )  # fmt: skip
    # 30 and 10 of 40, and nothing unknown
    assert [(record["rank"], record["country"], record["quantity"]) for record in records] == [
        (1, "CHL", 30.0), (2, "CHN", 10.0), (3, "unknown", 0.0),
    ]  # fmt: skip
    assert {record["base"] for record in records} == {"shipped by the suppliers"}


@pytest.mark.slow
def test_the_table_of_the_ways_has_one_line_per_material_and_country_in_80_columns(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", NARROW_TERMINAL)
    code, out, _ = call(
        "trace", "--material", "cobalt", "--importer", "EU27", "--year", "2024", "--by", "all"
    )
    assert code == 0
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    head = next(k for k, line in enumerate(lines) if line.startswith("material"))
    assert [line.split()[:4] for line in lines[head + 1 : head + 3]] == [
        ["cobalt", "processing", "e", "CHN"], ["cobalt", "processing", "e", "COD"],
    ]  # fmt: skip
