"""USGS, BGS and the EU study: text in the layouts of their publishers."""

import csv
import io

import pytest

from monazite.errors import SourceError
from monazite.sources.bgs import read_bgs_production
from monazite.sources.eu_study import read_eu_study_shares
from monazite.sources.usgs import HEADER as USGS
from monazite.sources.usgs_production import read_usgs_production


def text_of(header, rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([header, *rows])
    return out.getvalue()


def rows_of(reading, *names):
    return list(zip(*(reading.table[name].tolist() for name in names), strict=True))


def error(read, path, **options):
    with pytest.raises(SourceError) as caught:
        read(path, **options)
    return caught.value


# Mineral Commodity Summaries, data release of 2026: all chapters in one table, cp1252

GALLIUM = {"MCS chapter": "GALLIUM", "Section": "World Production and Capacity", "Commodity": "Gallium",
           "Country": "China", "Statistics": "Production", "Statistics_detail": "Primary production",
           "Unit": "kilograms", "Year": "2024", "Value": "839,000", "Notes": "Estimated.",
           "Is critical mineral 2025": "Yes", "Other notes": ""}  # fmt: skip


def write_2026(tmp_path, *changes):
    rows = [[{**GALLIUM, **change}[name] for name in USGS] for change in changes]
    path = tmp_path / "MCS2026_Commodities_Data.csv"
    path.write_bytes(text_of(USGS, rows).encode("cp1252"))
    return path


def test_a_row_of_the_release_of_2026_is_read_in_tonnes(tmp_path):
    reading = read_usgs_production(write_2026(tmp_path, {}, {"Country": "Other countries", "Value": "9,000"}))
    assert rows_of(
        reading, "material", "stage", "country", "year", "production_t", "published", "quality"
    ) == [
        ("gallium", "processing", "CHN", 2024, 839.0, 839_000.0, "estimated"),
        ("gallium", "processing", "ROW", 2024, 9.0, 9000.0, "estimated"),
    ]
    assert reading.excluded == ()


def test_what_is_no_figure_of_a_country_is_counted_with_its_reason(tmp_path):
    changes = [
        {},
        {"Country": "World total", "Statistics_detail": "Primary production: rounded"},
        {"Country": "United States", "Value": "W"},
        {"Country": "Japan", "Value": "<25"},
        {"Country": "Ukraine", "Value": "NA"},
        {"Statistics": "Capacity"},
        {"Section": "Salient Statistics—United States"},
        {"Commodity": "Cement", "Statistics_detail": "Cement production"},
    ]
    reading = read_usgs_production(write_2026(tmp_path, *changes))
    assert len(reading.table["year"]) + sum(entry.rows for entry in reading.excluded) == len(changes)
    assert [entry.reason for entry in reading.excluded] == [
        "total of all countries",
        "withheld",
        "below",
        "not available",
        "no production by country",
        "no production by country",
        "not mapped to a material",
    ]


def test_a_figure_whose_content_nobody_gives_has_no_tonnes_of_material(tmp_path):
    chromite = {"Commodity": "Chromium", "Statistics_detail": "Mine production", "Unit": "thousand metric tons",
                "Country": "South Africa", "Value": "21,000", "Notes": ""}  # fmt: skip
    reading = read_usgs_production(write_2026(tmp_path, chromite))
    names = ("material", "country", "production_t", "published", "published_unit", "quality")
    assert str(rows_of(reading, *names)) == (
        "[('chromium', 'ZAF', nan, 21000.0, 'thousand metric tons', 'reported')]"
    )


def test_problems_of_the_release_of_2026_come_at_once(tmp_path):
    path = write_2026(tmp_path, {"Country": "Chinna"}, {"Unit": "bags"}, {})
    which = error(read_usgs_production, path).which
    assert which[0].startswith("line 2, country: Chinna (did you mean China")
    assert which[1] == "line 3: 'bags' is not a known unit."


def test_a_figure_that_stands_twice_is_named(tmp_path):
    assert error(read_usgs_production, write_2026(tmp_path, {}, {"Value": "1,000"})).which == (
        "gallium, processing, primary gallium, CHN, 2024: 839000 and 1000",
    )


# World Data of 2025: a country a row, a column per year, UTF-8 with a mark

HEADER_2025 = ["SOURCE", "COMMODITY", "COUNTRY", "TYPE", "UNIT_MEAS", "PROD_2023", "PROD_EST_ 2024", "PROD_NOTES",
               "CAP_2023", "CAP_EST_ 2024", "CAP_NOTES", "RESERVES_2024", "RESERVE_NOTES"]  # fmt: skip
COBALT = ["MCS2025", "Cobalt", "Congo (Kinshasa)", "Mine production, cobalt content, estimated", "metric tons",
          "175000", "220000", "", "", "", "", "6000000", ""]  # fmt: skip


def write_2025(tmp_path, *rows):
    path = tmp_path / "MCS2025_World_Data.csv"
    path.write_text(text_of(HEADER_2025, rows), encoding="utf-8-sig", newline="")
    return path


def test_congo_kinshasa_is_not_congo(tmp_path):
    reading = read_usgs_production(write_2025(tmp_path, COBALT))
    assert rows_of(reading, "country", "year", "production_t", "quality") == [
        ("COD", 2023, 175_000.0, "estimated"),
        ("COD", 2024, 220_000.0, "estimated"),
    ]


def test_last_year_is_estimated_and_the_year_before_reported_unless_noted(tmp_path):
    tungsten = ["MCS2025", "Tungsten ", "Austria", "Mine production, tungsten content", "metric tons", "850", "800",
                "", "", "", "", "10000", ""]  # fmt: skip
    noted = [*tungsten[:2], "China", *tungsten[3:5], "66000", "67000", "estimated 2023", *tungsten[8:]]
    reading = read_usgs_production(write_2025(tmp_path, tungsten, noted))
    assert rows_of(reading, "country", "quality") == [
        ("AUT", "reported"), ("AUT", "estimated"), ("CHN", "estimated"), ("CHN", "estimated"),
    ]  # fmt: skip


def test_a_remark_behind_a_country_is_kept_as_a_note(tmp_path):
    talc = ["MCS2025", "Talc, crude", "Brazil (crude and beneficiated)", "Mine production, estimated",
            "thousand metric tons", "700", "", "", "", "", "", "", ""]  # fmt: skip
    reading = read_usgs_production(write_2025(tmp_path, talc))
    assert rows_of(reading, "country", "production_t", "note") == [
        ("BRA", 700_000.0, "crude and beneficiated")
    ]
    assert reading.excluded == (("line 2: Talc, crude, Brazil 2024", "no figure is printed", 1),)


def test_problems_of_the_world_data_come_at_once(tmp_path):
    path = write_2025(tmp_path, [*COBALT[:5], "many", "-2", *COBALT[7:]], [*COBALT[:4], "sacks", *COBALT[5:]])
    assert error(read_usgs_production, path).which == (
        "line 2, PROD_2023: 'many' is no number",
        "line 2, PROD_EST_ 2024: -2 is negative",
        "line 3, UNIT_MEAS: 'sacks' is not a known unit.",
    )


def test_a_row_without_a_unit_is_left_out_and_told(tmp_path):
    reading = read_usgs_production(
        write_2025(tmp_path, COBALT, [*COBALT[:2], "Cuba", COBALT[3], "", *COBALT[5:]])
    )
    assert reading.excluded == (("line 3: Cobalt, Cuba", "no unit is printed", 2),)


@pytest.mark.parametrize("content", ["", "a;b;c\n", "<html></html>"])
def test_what_is_neither_layout_is_refused(tmp_path, content):
    (tmp_path / "x.csv").write_text(content)
    assert error(read_usgs_production, tmp_path / "x.csv").what == "is neither layout of the data release."


# World Mineral Statistics

BGS = ["x", "y", "country_trans", "bgs_sub_commodity_trans", "sdmx_code", "country_iso2_code", "erml_group",
       "sdmx_translation", "country_iso3_code", "erml_commodity", "units", "erml_sub_commodity",
       "concat_table_notes_code", "year", "cgi_commodity_url", "yearbook_table_id", "quantity",
       "concat_table_notes_text", "yearbook_table_trans", "bgs_commodity_code", "quantity_in_book_style",
       "concat_figure_notes_code", "bgs_statistic_type_trans", "bgs_commodity_trans",
       "data_precision_description", "concat_figure_notes_text"]  # fmt: skip
CARBONATE = {"x": "-70.1", "y": "-33.2", "country_trans": "Chile", "bgs_sub_commodity_trans": "Carbonate",
             "sdmx_code": "A", "country_iso2_code": "CL", "country_iso3_code": "CHL",
             "units": "tonnes (metric)", "year": "2022-01-01 00:00:00", "quantity": "1000",
             "yearbook_table_trans": "Production of lithium minerals", "bgs_statistic_type_trans": "Production",
             "bgs_commodity_trans": "lithium minerals", "concat_figure_notes_text": ""}  # fmt: skip


def write_bgs(tmp_path, *changes, header=BGS, encoding="utf-8"):
    rows = [[{**CARBONATE, **change}.get(name, "") for name in header] for change in changes]
    path = tmp_path / "bgs.csv"
    path.write_text(text_of(header, rows), encoding=encoding, newline="")
    return path


def test_bgs_lithium_carbonate_is_read_in_tonnes_of_lithium(tmp_path):
    note = "Estimates.|Years ended 31 March following that stated."
    reading = read_bgs_production(write_bgs(tmp_path, {"concat_figure_notes_text": note}))
    # Li2CO3: 2 x 6.94 / 73.888 = 0.18785
    assert reading.table["production_t"].tolist() == pytest.approx([187.85], abs=0.01)
    assert rows_of(reading, "form", "country", "year", "quality", "note") == [
        ("lithium carbonate", "CHL", 2022, "estimated", "Years ended 31 March following that stated.")
    ]


def test_bgs_nothing_is_a_zero_and_no_figure_is_none(tmp_path):
    changes = [
        {"quantity": "0", "data_precision_description": "Nil (nothing produced)"},
        {"country_trans": "Japan", "sdmx_code": "O", "quantity": ""},
        {"country_trans": "Peru", "sdmx_code": "N", "quantity": "0"},
        {"country_trans": "Italy", "bgs_statistic_type_trans": "Imports"},
        {"country_trans": "Spain", "bgs_commodity_trans": "salt"},
    ]
    reading = read_bgs_production(write_bgs(tmp_path, *changes))
    assert rows_of(reading, "country", "production_t") == [("CHL", 0.0)]
    assert [(entry.reason, entry.rows) for entry in reading.excluded] == [
        ("no figure: not available", 1),
        ("no figure: more than nothing, less than half a unit", 1),
        ("Imports, not Production", 1),
        ("not mapped to a material", 1),
    ]


def test_bgs_gives_congo_brazzaville_the_code_of_the_democratic_republic(tmp_path):
    change = {"country_trans": "Congo", "country_iso2_code": "CG", "country_iso3_code": "COD",
              "bgs_commodity_trans": "copper, mine", "bgs_sub_commodity_trans": "",
              "units": "tonnes (metal content)"}  # fmt: skip
    assert rows_of(read_bgs_production(write_bgs(tmp_path, change)), "country") == [("COG",)]


def test_problems_of_bgs_come_at_once(tmp_path):
    changes = [{"quantity": "1,000"}, {"quantity": "-1", "year": "22"}, {"country_trans": "Chille"},
               {"units": "barrels"}, {"sdmx_code": "?"}]  # fmt: skip
    which = error(read_bgs_production, write_bgs(tmp_path, *changes)).which
    assert which[:3] == (
        "line 2, quantity: '1,000' is no number",
        "line 3, year: '22' is no year",
        "line 3, quantity: -1 is negative",
    )
    assert which[3].startswith("line 4, country_trans: Chille (did you mean Chile")
    assert which[4:] == (
        "line 5, units: 'barrels' is not a known unit.",
        "line 6, sdmx_code: '?' is no known mark",
    )


def test_a_bgs_file_without_a_column_or_with_another_separator_is_refused(tmp_path):
    path = write_bgs(tmp_path, {}, header=[name for name in BGS if name != "quantity"])
    assert error(read_bgs_production, path).which[0].startswith("quantity (")
    path.write_text(path.read_text().replace(",", ";"))
    assert error(read_bgs_production, path).what == "is separated by semicolon, not by comma."


def test_a_bgs_file_in_another_encoding_or_cut_is_refused(tmp_path):
    path = write_bgs(tmp_path, {"country_trans": "Türkiye"}, encoding="cp1252")
    assert "can't decode" in error(read_bgs_production, path).what
    path = write_bgs(tmp_path, {}, {"country_trans": "Peru"})
    path.write_bytes(path.read_bytes()[:-40])
    assert error(read_bgs_production, path).what in ("ends in the middle of a row.",)


# EU study of 2023

EU = ["Material", "Stage", "Country", "Share", "t"]


def write_eu(tmp_path, *rows, name="global_supply_shares_t.csv", encoding="cp1252"):
    path = tmp_path / name
    path.write_text(text_of(EU, rows), encoding=encoding, newline="")
    return path


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_shares_of_the_eu_study_have_the_bounds_of_their_rounding(tmp_path, encoding):
    path = write_eu(tmp_path, ["Borate", "P", "Türkiye", "48%", "1.0"], ["Iron ore", "E", "Albania", "<0.1%", "1.0"],
                    ["Gallium", "P", "China", "94.2%", "1.1"], ["Roundwood", "E", "China", "9%", "1.0"],
                    encoding=encoding)  # fmt: skip
    reading = read_eu_study_shares(path)
    names = ("scope", "material", "stage", "country", "share", "low", "high", "trade_parameter")
    assert str(rows_of(reading, *names)) == str(
        [
            ("world", "boron", "processing", "TUR", 0.48, 0.475, 0.485, 1.0),
            ("world", "iron", "extraction", "ALB", float("nan"), 0.0, 0.001, 1.0),
            ("world", "gallium", "processing", "CHN", 0.942, 0.9415, 0.9425, 1.1),
        ]
    )
    assert reading.excluded == (("Roundwood", "not mapped to a material", 1),)


def test_a_share_without_percent_is_left_out_and_told(tmp_path):
    path = write_eu(tmp_path, ["Gallium", "P", "China", "6", "1.0"], name="eu_supply_shares_t.csv")
    assert read_eu_study_shares(path).excluded == (("line 2: Gallium, China, 6", "share without %", 1),)


def test_problems_of_the_eu_study_come_at_once(tmp_path):
    path = write_eu(tmp_path, ["Gallium", "Q", "China", "many", "1.0"], ["Gallium", "P", "Chinna", "104%", "9"],
                    ["Gallium", "P", "Japan", "1%", "x"], ["Gallium", "P", "Japan", "1%", "1"])  # fmt: skip
    which = error(read_eu_study_shares, path).which
    assert which[0] == "line 2, Share: 'many' is no share"
    assert which[1] == "line 2, Stage: 'Q' is no stage"
    assert which[2].startswith("line 3, Country: Chinna")
    assert which[3:] == (
        "line 3, Share: '104%' is no share",
        "line 3, t: 9 is no trade parameter",
        "line 4, t: 'x' is no number",
        "line 5: gallium, processing, as the study counts it, JPN repeats line 4",
    )


def test_a_table_of_the_eu_study_says_in_its_name_whose_supply_it_is(tmp_path):
    path = write_eu(tmp_path, ["Gallium", "P", "China", "94%", "1.0"], name="shares.csv")
    assert error(read_eu_study_shares, path).what == "does not say whose supply its shares divide."
    assert rows_of(read_eu_study_shares(path, scope="EU27"), "scope") == [("EU27",)]
