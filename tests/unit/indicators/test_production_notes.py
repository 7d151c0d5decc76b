"""Shares and concentration say where publishers differ and where output equals a quota."""

import pytest

from monazite.indicators.measure import measure
from monazite.indicators.production_notes import note_conflicts, note_quota
from monazite.snapshot import open_snapshot


@pytest.fixture(scope="module")
def data():
    return open_snapshot("2026.1")


def test_the_largest_conflict_is_told_with_both_figures(data):
    note = note_conflicts(data, "antimony", "extraction", 2024)
    assert "U.S. Geological Survey has 4,500 t for MMR (here 26,290 t)" in note
    assert note.endswith("6 more differ; see data issues --kind conflict --material antimony")


def test_where_publishers_agree_nothing_is_said(data):
    assert note_conflicts(data, "antimony", "extraction", 2019) == ""


@pytest.mark.parametrize(
    ("year", "quota"), [(2018, "120,000"), (2019, "132,000"), (2020, "140,000"), (2021, "168,000"),
                        (2022, "210,000"), (2023, "255,000"), (2024, "270,000")],
)  # fmt: skip
def test_chinas_output_of_rare_earths_is_its_quota(data, year, quota):
    assert f"the {quota} t of CHN equal its quota" in note_quota(data, "rare_earths", "extraction", year)


def test_other_years_and_materials_have_no_quota(data):
    assert note_quota(data, "rare_earths", "extraction", 2013) == ""
    assert note_quota(data, "cobalt", "extraction", 2024) == ""


@pytest.mark.parametrize("indicator", ["top-share", "hhi", "governance-weighted-hhi"])
def test_every_record_of_the_figures_has_the_note(data, indicator):
    options = {"stages": ["extraction"], "regions": (), "years": [2024]}
    records, _ = measure(data, indicator, materials=["rare_earths"], **options)
    assert all("270,000 t of CHN equal its quota" in str(record["note"]) for record in records)
    assert all("data issues --kind conflict --material rare_earths" in str(r["note"]) for r in records)
