"""`monazite detect`: one JSON object, a table, a picture, and words for bad input."""

import json
import math
from functools import partial

import pytest
from command_line import run_command

pytestmark = pytest.mark.slow


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONAZITE_DATA", raising=False)
    return partial(run_command, monkeypatch, capsys, "detect")


@pytest.fixture
def months(tmp_path):
    # 48 months at about 100 t with a small wave, a peak in 2022-11, nothing from 2022-12 on for three months
    lines = ["period,exporter,importer,quantity_t,value_usd"]
    for k in range(60):
        tonnes = 100 + 5 * math.sin(k * 1.7)
        tonnes = 300 if k == 46 else 0 if 47 <= k < 50 else tonnes
        lines.append(f"{2019 + k // 12}-{k % 12 + 1:02d},China,Japan,{tonnes:.3f},{tonnes * 1000:.0f}")
    path = tmp_path / "flows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


LANE = ("--exporter", "CHN", "--importer", "JPN", "--product", "hs92:284690")


def test_a_lane_of_the_release_is_one_json_object_with_its_source(call):
    code, out, err = call(*LANE, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    (record,) = found["records"]
    assert (record["year"], record["year_low"], record["year_high"]) == (2011, 2010, 2011)
    assert (record["verdict"], record["unit"]) == ("broke", "share")
    assert record["source_ids"] == list(found["sources"]) == ["baci"]
    assert {"value", "low", "high", "tonnes", "p_value", "method", "quality", "reason"} <= set(record)


def test_months_of_a_file_give_peak_fall_and_return_and_a_picture(call, months, tmp_path):
    code, out, err = call(*LANE, "--series", months, "--picture", tmp_path / "break.svg", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [(r["month"], r["kind"], r["verdict"], r["ended"]) for r in found["records"]] == [
        ("2022-11", "rise", "broke", "2022-12"),
        ("2022-12", "fall", "broke", "2023-03"),
    ]
    assert found["records"][1]["tonnes"] == pytest.approx(-300, abs=40)
    assert list(found["sources"]) == ["inputs"]
    svg = (tmp_path / "break.svg").read_text(encoding="utf-8")
    assert svg.startswith("<svg")
    assert "fall of 2022-12" in svg


def test_the_table_says_which_years_the_date_may_be(call):
    code, out, _ = call(*LANE)
    assert code == 0
    assert "dated 2011, may be 2010 to 2011" in out
    assert "p is of both, low and high of the tonnes alone" in " ".join(out.split())  # may wrap


def test_the_table_says_how_it_was_judged(call, months):
    code, out, _ = call(*LANE, "--series", months)
    assert code == 0
    assert "placebo in time" in out
    assert "at most 10 % false alarms" in out
    assert "inputs: flows.csv" in out


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (
            ("--exporter", "CHN", "--importer", "China", "--product", "hs92:284690"),
            2,
            "is the exporter as well",
        ),
        (
            ("--exporter", "CHN", "--importer", "JPN", "--product", "hs92:999999"),
            2,
            "has no trade in hs92:999999",
        ),
        (("--exporter", "CHN", "--importer", "JPN", "--product", "magnets"), 2, "is no code"),
        (("--exporter", "CHN", "--importer", "JPN", "--product", "28469\u0660"), 2, "is no code"),
        (("--exporter", "CHN", "--importer", "JPN", "--product", "hs17:284690"), 2, "is of another edition"),
        ((*LANE, "--from", "20\u0661\u0660"), 2, "--from"),
        (("--exporter", "Chyna", "--importer", "JPN", "--product", "hs92:284690"), 2, "--exporter"),
        ((*LANE, "--from", "2012", "--to", "2010"), 2, "comes after"),
        ((*LANE, "--from", "lately"), 2, "--from lately"),
        ((*LANE, "--least-share", "0"), 2, "--least-share"),
        ((*LANE, "--from", "2040"), 1, "no period lies between 2040"),
        ((*LANE, "--series", "none.csv"), 1, "none.csv: does not exist."),
    ],
)
def test_bad_words_are_refused_in_words(call, words, code, text):
    got, out, err = call(*words)
    assert (got, out) == (code, "")
    assert text in err


def test_a_flow_that_never_moves_has_no_break_no_date_and_no_end(call, tmp_path):
    path = tmp_path / "still.csv"
    rows = [f"{year},China,Japan,100,100000" for year in range(1995, 2025)]
    path.write_text("\n".join(["period,exporter,importer,quantity_t,value_usd", *rows]) + "\n", "utf-8")
    _, out, _ = call(*LANE, "--series", path, "--json")
    (record,) = json.loads(out)["records"]
    assert (record["verdict"], record["kind"], record["ended"]) == ("no break", "none", None)
    text = call(*LANE, "--series", path)[1]
    # one verdict: the reason stands under it, not under `cannot tell`
    assert "no break: no period that was asked for departs by 10 % or more" in text
    assert "cannot tell" not in text
    assert "ended" not in text
    assert "dated" not in text


def test_the_picture_says_that_its_band_is_cut_off(call, tmp_path):
    call(*LANE, "--picture", tmp_path / "a.svg")
    assert "The band is cut off at the top of the axis; it reaches" in (tmp_path / "a.svg").read_text("utf-8")
