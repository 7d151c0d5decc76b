"""`monazite measure supply-risk` and `economic-importance` from our own chains, and draws of other measures."""

import doctest
import json
from functools import partial

import pytest
from command_line import run_command

from monazite.cli import layout, measure_eu, output
from monazite.cli.layout import count_decimals
from monazite.cli.measure_eu import read_materials
from monazite.cli.output import format_cell, format_interval

pytestmark = pytest.mark.slow


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run the command line in an empty folder, 80 columns wide; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("MONAZITE_DATA", raising=False)
    return partial(run_command, monkeypatch, capsys, "measure")


RISK = ("supply-risk", "--year", "2020", "--material")


def records_of(out):
    return json.loads(out)["records"]


# Supply risk


def test_both_stages_are_in_the_json_and_one_is_chosen(call):
    code, out, _ = call(*RISK, "tantalum,tungsten", "--json")
    records = records_of(out)
    assert code == 0
    assert [(r["material"], r["stage"]) for r in records] == [
        ("tantalum", "extraction"), ("tantalum", "processing"), ("tungsten", "extraction"), ("tungsten", "processing"),
    ]  # fmt: skip
    assert [r["is_chosen"] for r in records] == [True, False, False, True]
    tantalum = records[0]
    assert tantalum["supply_mix"] == "global"
    assert tantalum["left_out"] == "substitution"
    assert tantalum["eol_recycling_input_rate"] == 0.01
    assert {"value", "low", "high", "quality", "source_ids", "unit", "threshold"} <= set(tantalum)


def test_the_table_fits_80_columns_and_says_what_is_left_out(call):
    code, out, err = call(*RISK, "strategic")
    assert code == 0
    assert max(len(line) for line in out.splitlines()) <= 80
    assert " material               stage  risk " in out
    assert "no substitution index is carried, so the value is an upper bound" in out.replace("\n", " ")
    assert "cannot tell (--json says why): osmium" in out
    assert "supply risk: 100 %" in err  # progress goes to stderr


def test_a_net_exporter_is_flagged_by_name(call):
    code, out, _ = call(*RISK, "tungsten", "--json")
    processing = records_of(out)[1]
    assert code == 0
    assert processing["import_reliance"] < 0
    assert "tungsten processing 2020: the Union exports more than it imports" in processing["note"]


def test_a_missing_governance_score_is_named(call):
    code, out, _ = call(*RISK, "nickel", "--stage", "processing", "--json")
    assert code == 0
    assert "nickel processing 2020: no governance score for XKX" in records_of(out)[0]["note"]


def test_draws_give_intervals_and_ranks(call):
    code, out, _ = call(*RISK, "gallium,germanium", "--stage", "processing", "--draws", "20", "--json")
    gallium, germanium = records_of(out)
    assert code == 0
    assert gallium["low"] < gallium["high"]
    assert {gallium["rank"], germanium["rank"]} == {1, 2}
    assert 0 < gallium["rank_holds"] <= 1
    assert gallium["draws"] == 20


def test_draws_are_printed_with_the_digits_that_they_leave(call):
    code, out, _ = call(*RISK, "gallium,germanium,niobium", "--draws", "20")
    assert code == 0
    assert " rank " in out
    assert " holds " in out


def test_a_picture_is_drawn(call, tmp_path):
    code, _, _ = call(*RISK, "gallium,copper", "--picture", "risk.svg", "--json")
    svg = (tmp_path / "risk.svg").read_text(encoding="utf-8")
    assert code == 0
    assert "gallium" in svg
    assert "economic importance" in svg


def test_the_comparison_names_terms_and_rank_correlation(call):
    code, out, _ = call("supply-risk", "--compare", "--material", "gallium,tungsten,osmium,cerium,palladium")
    text = " ".join(out.split())
    assert code == 0
    assert "gallium: +1.2 = +1.1 no mix of the Union of ours" in text
    assert "rank_correlation" in text
    assert "cannot compare: release 2026.1 has neither production nor trade: osmium" in text
    assert "compared with themselves (their risk: --year 2020, without --compare): cerium" in text
    assert "no official figure of its own, and that of PGMs (2.7) is of the group together: palladium" in text


def test_official_is_another_word_for_compare(call):
    code, out, _ = call("supply-risk", "--official", "--material", "gallium", "--json")
    (gallium, largest, median) = records_of(out)
    assert code == 0
    assert gallium["official"] == 3.9
    assert (largest["quantity"], median["quantity"]) == ("largest_difference", "median_difference")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("supply-risk",), 2, "--year: is missing"),
        (("supply-risk", "--compare", "--year", "2020"), 2, "takes 2016-2020 and the newest year"),
        (("supply-risk", "--inputs", "x.csv", "--year", "2020"), 2, "computes from the table alone"),
        (("supply-risk", "--year", "2018-2020", "--picture", "x.svg"), 2, "draws one year, not 3"),
        (("supply-risk", "--year", "2020", "--draws", "-1"), 2, "Expected 0 for none, or 20 to 100,000"),
        (("supply-risk", "--year", "2020", "--material", "unobtanium"), 2, "1 word is not known"),
        (("supply-risk", "--year", "1990", "--material", "copper"), 1, "copper 1990: release 2026.1 has neither"),
        (("supply-risk", "--year", "1997", "--material", "copper"), 1, "copper 1997: governance was not published"),
        (("economic-importance", "--material", "osmium"), 1, "no material has end uses in the release"),
        (("import-share", "--material", "copper", "--year", "2020", "--region", "EU", "--draws", "20"), 2,
         "import-share has no draws"),
        (("geopolrisk", "--material", "copper", "--year", "1950", "--region", "EU"), 1, "EU has no members in 1950"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(call, words, code, said):
    found, out, err = call(*words)
    assert (found, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


# Economic importance


def test_shares_that_do_not_sum_to_one_are_flagged_by_name(call):
    code, out, _ = call("economic-importance", "--material", "manganese,gallium,osmium")
    text = " ".join(out.split())
    assert code == 0
    assert "no single value: use shares of manganese sum to 0.97" in text
    assert "cannot tell, no end uses in the release: osmium" in text


def test_importance_beside_the_official_one(call):
    code, out, _ = call("economic-importance", "--compare", "--material", "copper,boron")
    assert code == 0
    assert "copper: substitution index left out, 0.68 would account for it" in " ".join(out.split())


# Draws of other measures


def test_concentration_with_draws_has_low_and_high(call):
    words = (
        "hhi",
        "--material",
        "gallium",
        "--stage",
        "processing",
        "--year",
        "2022",
        "--draws",
        "20",
        "--seed",
        "4",
    )
    code, out, _ = call(*words, "--json")
    (record,) = records_of(out)
    assert code == 0
    assert record["low"] <= record["value"] <= record["high"]
    assert call(*words, "--json")[1] == out  # the same seed, the same bytes


def test_ranks_of_countries_are_one_column_of_the_table(call):
    words = ("top-share", "--material", "cobalt", "--stage", "extraction", "--year", "2022", "--draws", "20")
    code, out, _ = call(*words)
    assert code == 0
    assert "1 (1-1) 100%" in out


# Words and digits


def test_the_lists_of_the_act_are_words_for_materials(snapshot):
    strategic, critical = read_materials(snapshot, ["strategic"]), read_materials(snapshot, None)
    assert {"gallium", "neodymium", "copper"} <= set(strategic) <= set(critical)
    assert "feldspar" not in strategic
    assert read_materials(snapshot, ["zinc,strategic"])[-1] == "zinc"


@pytest.mark.parametrize(
    ("low", "high", "decimals"),
    [(1.0, 1.3, 2), (1.0, 4.0, 1), (0.0, 40.0, -1), (1.0, 1.0, None), (0.0, 1e-9, 6)],
)
def test_decimals_follow_from_the_interval(low, high, decimals):
    # over 3.29: 0.091, 0.91, 12.2, none, 3e-10
    assert count_decimals(low, high) == decimals


def test_a_value_is_rounded_by_its_interval_and_as_before_without_one():
    record = {"value": 0.6784, "low": 0.61, "high": 0.73, "unit": "share"}  # 12 % over 3.29 is 3.6 %
    assert (format_cell(record, "value"), format_interval(record)) == ("68 %", "61 %-73 %")
    assert format_cell({"value": 0.6784, "low": None, "high": None, "unit": "share"}, "value") == "67.8 %"


def test_the_examples_of_the_modules_hold():
    for module in (layout, output, measure_eu):
        assert doctest.testmod(module).failed == 0
