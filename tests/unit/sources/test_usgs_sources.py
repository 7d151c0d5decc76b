"""The Import Sources of the Mineral Commodity Summaries, in the publisher's format."""

import math

import pytest

from monazite.errors import SourceError
from monazite.sources.usgs import HEADER, read_mineral_commodity_summaries
from monazite.sources.usgs_sources import read_import_sources, read_source_rows

HONG_KONG = "Includes Hong Kong."


def write(tmp_path, rows):
    lines = [",".join(HEADER)]
    for country, detail, value, note in rows:
        cells = ["FLUORSPAR", "Import Sources", "Fluorspar", country, "Import sources 2021-2024", detail, "percent",
                 "2021–24", value, note, "Yes", ""]  # fmt: skip
        lines.append(",".join(f'"{cell}"' for cell in cells))
    path = tmp_path / "MCS2026.csv"
    path.write_text("\n".join(lines) + "\n", encoding="cp1252")
    return read_mineral_commodity_summaries(path)


def test_shares_stand_by_country_and_goods_and_the_others_are_no_country(tmp_path):
    table = write(tmp_path, [("Mexico", "All", "64", ""), ("Korea, Republic of", "All", "12", ""),
                             ("Other countries", "All", "24", ""), ("Italy", "Ore", "100", "")])  # fmt: skip
    found = read_import_sources(table)
    assert set(found) == {("Fluorspar", "All"), ("Fluorspar", "Ore")}
    fluorspar = found["Fluorspar", "All"]
    assert fluorspar.shares == {"MEX": 0.64, "KOR": 0.12}
    assert (fluorspar.low["MEX"], fluorspar.high["MEX"]) == (0.635, 0.645)  # printed as whole percent
    assert fluorspar.years == (2021, 2022, 2023, 2024)
    assert not fluorspar.has_hong_kong


def test_a_printed_bound_is_no_figure_but_has_ends(tmp_path):
    found = read_import_sources(
        write(tmp_path, [("Peru", "All", ">99", ""), ("Other countries", "All", "<1", "")])
    )
    sources = found["Fluorspar", "All"]
    assert math.isnan(sources.shares["PER"])
    assert (sources.low["PER"], sources.high["PER"]) == (0.99, 1.0)


def test_hong_kong_is_noted_and_rows_of_several_countries_are_left_out(tmp_path):
    rows = [("China", "All", "70", HONG_KONG), ("China, Germany, and Russia", "Ore", "100", "")]
    found = read_import_sources(write(tmp_path, rows))
    assert found["Fluorspar", "All"].has_hong_kong
    assert found["Fluorspar", "Ore"].shares == {}


def test_unknown_countries_are_all_named_with_their_line(tmp_path):
    table = write(tmp_path, [("Atlantis", "All", "60", ""), ("Utopia", "All", "40", "")])
    with pytest.raises(SourceError, match=r"2 import sources name an unknown country") as caught:
        read_import_sources(table)
    assert "line 2: 'Atlantis'" in str(caught.value) and "line 3: 'Utopia'" in str(caught.value)


def test_a_file_without_import_sources_is_refused(tmp_path):
    table = write(tmp_path, [("Mexico", "All", "64", "")])
    table["section"][:] = "Salient Statistics"
    with pytest.raises(SourceError, match="no section 'Import Sources'"):
        read_import_sources(table)


def test_each_pair_says_what_usgs_counts_otherwise():
    rows = read_source_rows()
    wider = rows["scope"] != "same"
    assert len(rows["material"]) > 40
    assert all(rows["note"][wider])
