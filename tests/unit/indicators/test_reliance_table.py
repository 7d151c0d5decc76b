"""Published net import reliance beside the recomputed one."""

import numpy as np
import pytest

from monazite.indicators.reliance_table import compare_net_import_reliance

FLOWS = {"production": 60.0, "import": 50.0, "export": 10.0, "stock_draw": 0.0}
ROW = {
    "material": "tin", "year": 2024, "unit": "t", "official": 0.40, "official_low": 0.395, "official_high": 0.405,
    "official_text": "40", "basis": "rows", "note": "", "reason": "",
}  # fmt: skip


def compare(*changes):
    rows = []
    for change in changes:
        row = {**ROW, **FLOWS, **change}
        ends = {f"{flow}{end}": row[flow] for flow in FLOWS for end in ("_low", "_high")}
        rows.append({**ends, **row})
    table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return compare_net_import_reliance(table)


def bound(low, high, text):
    return {"official": np.nan, "official_low": low, "official_high": high, "official_text": text}


def test_within_two_points_is_met():
    # (50 - 10) / (60 + 40) = 0.4
    assert compare({})[0]["value"] == 0.4
    assert [record.get("verdict") for record in compare({"official": 0.42}, {"official": 0.43})][:2] == [
        "met",
        "not met",
    ]


def test_a_difference_is_explained_by_rounding_where_it_is():
    record = compare({"official": 0.43, "import_high": 56.0})[0]
    # (56 - 10) / (60 + 46) = 0.434
    assert record["reason"] == "tin 2024: the rounding of the printed figures allows 40 to 43 %"


def test_a_difference_beyond_rounding_has_the_note_of_its_rows():
    record = compare({"official": 0.5, "note": "scrap does not count"})[0]
    assert record["reason"] == (
        "tin 2024: the rounding of the printed figures allows 40 to 40 % only; scrap does not count"
    )
    record = compare({"official": 0.5})[0]
    assert record["reason"].endswith("only; the printed rows do not explain the rest")


@pytest.mark.parametrize(
    ("published", "verdict"),
    [
        (bound(0.25, np.inf, ">25"), "met"),
        (bound(0.5, np.inf, ">50"), "not met"),
        (bound(0.0, 0.5, "<50"), "met"),
        (bound(-np.inf, 0.0, "E"), "not met"),
    ],
)
def test_a_published_bound_is_compared_as_a_bound(published, verdict):
    assert compare(published)[0]["verdict"] == verdict


def test_a_bounded_flow_is_judged_by_both_ends():
    # exports 0 to 0.5: 50 / 110 = 0.4545 and 49.5 / 109.5 = 0.4521; 0 to 50: 0.4545 and 0
    narrow = {"export": np.nan, "export_low": 0.0, "export_high": 0.5, "official": 0.45}
    wide = {"export": np.nan, "export_low": 0.0, "export_high": 50.0, "official": 0.45}
    records = compare(narrow, wide)
    assert [records[0]["verdict"], records[1]["verdict"]] == ["met", "cannot tell"]
    assert records[0]["value"] is None
    assert records[0]["low"] == pytest.approx(0.452, abs=1e-3)


def test_a_published_figure_outside_of_what_bounds_allow_is_a_miss():
    # exports 0 to 50: 0 to 50 / 110 = 45.45 %; 46 % may be 45.5 %, which is outside, 45 % may be 45.4 %
    wide = {"export": np.nan, "export_low": 0.0, "export_high": 50.0}
    outside, inside = compare({**wide, "official": 0.46}, {**wide, "official": 0.45})[:2]
    assert (outside["verdict"], inside["verdict"]) == ("not met", "cannot tell")
    assert outside["value"] is None
    assert "allows 0 to 45 % only" in outside["reason"]


def test_an_unknown_flow_cannot_be_told_and_says_why():
    record = compare({"production": np.nan, "reason": "'Production' withheld"})[0]
    assert (record["value"], record["verdict"]) == (None, "cannot tell")
    assert record["reason"] == "tin 2024: 'Production' withheld"


def test_the_summary_counts_what_could_be_judged():
    records = compare(
        {},
        {"year": 2023, "official": 0.9},
        {"material": "zinc"},
        {"material": "zinc", "year": 2023, "production": np.nan, "reason": "withheld"},
    )
    some, share, complete = records[-3:]
    # two of three judged are within two points; only tin has both years
    assert (share["compared"], share["value"]) == (3, pytest.approx(2 / 3))
    assert (some["value"], complete["value"]) == (2, 1)
