"""Data tests of a release: every fault that is planted here is listed, and nothing else is."""

import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from release_writer import LEAST, write_release

from monazite.cli.data import app
from monazite.errors import DataError, SnapshotError, SourceError
from monazite.provenance import ReadRows
from monazite.snapshot.checks import KINDS, find_issues
from monazite.sources.row_counts import balance_figures, count_figures

pytestmark = pytest.mark.slow


def lane(year, exporter, importer, usd, tonnes, quality="reported", code=250410):
    return (year, exporter, importer, "hs92", code, usd, tonnes, quality, "baci")


def output(country, year, tonnes, source="world_mining_data"):
    return ("natural_graphite", "extraction", "ore", country, year, tonnes, "reported", source, "")


def listed(data, kind):
    """Issues of one kind."""
    return list(find_issues(data, kind=kind))


def test_a_sound_release_has_no_issue_but_the_corrections(tmp_path):
    assert {issue.kind for issue in find_issues(write_release(tmp_path))} == {"correction"}


def test_a_key_that_repeats_is_an_error_with_its_words(tmp_path):
    data = write_release(tmp_path, {"production": [output("CHN", 2020, 9000.0), output("CHN", 2020, 8000.0)]})
    (issue,) = listed(data, "primary_key")
    assert (issue.table, issue.severity, issue.value, issue.expected) == ("production", "error", 2, 1)
    assert issue.keys == {
        "material": "natural_graphite", "stage": "extraction", "year": 2020, "country": "CHN",
    }  # fmt: skip


def test_an_empty_part_of_a_key_is_an_error(tmp_path):
    data = write_release(tmp_path, {"governance": [(None, 2020, -0.5, "wgi")]})
    (issue,) = listed(data, "primary_key")
    assert (issue.table, issue.severity, issue.value) == ("governance", "error", 1)


def test_a_negative_weight_is_out_of_range(tmp_path):
    data = write_release(tmp_path, {"trade": [lane(2020, "CHN", "JPN", 1e6, -1.0)]})
    (issue,) = listed(data, "range")
    assert (issue.keys, issue.value) == ({"column": "quantity_gross_t"}, 1)


def test_a_table_with_other_rows_than_the_manifest_says_is_an_error(tmp_path):
    data = write_release(tmp_path)
    data.connection.execute("DELETE FROM governance")
    (issue,) = listed(data, "row_count")
    assert (issue.table, issue.value, issue.expected) == ("governance", 0, 1)


def test_rows_that_were_dropped_without_a_reason_are_an_error(tmp_path):
    # 10 read, 7 kept, 1 corrected, 1 excluded: one is missing
    counts = ReadRows(read=10, kept=7, corrected=1, excluded=1)
    data = write_release(tmp_path, reads={"wgi": counts}, excluded={"wgi: stands twice": 1})
    (issue,) = listed(data, "row_count")
    assert (issue.value, issue.expected, issue.source_ids) == (10, 9, ("wgi",))
    (note,) = listed(data, "excluded")
    assert (note.note, note.value, note.severity) == ("stands twice", 1, "note")


def test_a_large_producer_that_more_than_doubles_is_a_doubt_and_a_small_one_is_not(tmp_path):
    # CHN doubles more than twofold; MOZ triples at 1 % of the world; BRA moves by 1.9
    rows = [
        output("CHN", 2020, 4000.0), output("CHN", 2021, 9000.0),
        output("MOZ", 2020, 30.0), output("MOZ", 2021, 90.0),
        output("BRA", 2020, 1000.0), output("BRA", 2021, 1900.0),
        output("IND", 2018, 1000.0), output("IND", 2020, 5000.0),
    ]  # fmt: skip
    (issue,) = listed(write_release(tmp_path, {"production": rows}), "year_on_year")
    assert issue.keys == {"stage": "extraction", "country": "CHN", "year": 2021}
    assert (issue.value, issue.expected, issue.materials) == (9000, 4000, ("natural_graphite",))


def test_a_doubtful_lane_is_listed_with_the_value_per_tonne_of_its_neighbours(tmp_path):
    # 10,000 USD/t in 2020 between 1,000 and 2,000: 400,000 USD / 300 t = 1,333 of both years together
    rows = [
        lane(2019, "CHN", "JPN", 200_000.0, 200.0),
        lane(2020, "CHN", "JPN", 1_000_000.0, 100.0, "doubtful"),
        lane(2021, "CHN", "JPN", 200_000.0, 100.0),
    ]
    (issue,) = listed(write_release(tmp_path, {"trade": rows}), "unit_value")
    assert issue.value == 10_000
    assert issue.expected == pytest.approx(400_000 / 300)
    assert issue.keys == {"product": "hs92:250410", "exporter": "CHN", "importer": "JPN", "year": 2020}
    assert issue.materials == ("natural_graphite",)


def test_value_without_tonnes_is_listed_from_a_tenth_of_a_code_on(tmp_path):
    # 2020: 30 of 100 without tonnes; 2021: 5 of 100
    rows = [
        lane(2020, "CHN", "JPN", 70.0, 7.0), lane(2020, "CHN", "KOR", 30.0, None),
        lane(2021, "CHN", "JPN", 95.0, 9.0), lane(2021, "CHN", "KOR", 5.0, None),
    ]  # fmt: skip
    (issue,) = listed(write_release(tmp_path, {"trade": rows}), "missing_quantity")
    assert (issue.keys["year"], issue.value, issue.note) == (2020, 0.3, "1 lanes have a value and no tonnes")


def test_a_code_whose_world_trade_halves_is_a_doubt(tmp_path):
    rows = [lane(2020, "CHN", "JPN", 1e6, 5000.0), lane(2021, "CHN", "JPN", 9e5, 2000.0)]
    (issue,) = listed(write_release(tmp_path, {"trade": rows}), "year_on_year")
    assert (issue.value, issue.expected) == (2000, 5000)
    assert "0.90 of that year's" in issue.note


def test_a_country_that_exports_more_than_it_makes_and_imports_is_a_doubt(tmp_path):
    # Graphite counts as it is. CHN makes 9,000 and sells 1,000. DEU sells 500 and has 20 of production, 30 of imports:
    # 450 too much, of a world of 9,020. FRA sells 40 without anything, which is less than 1 % of the world.
    rows = {
        "production": [output("CHN", 2020, 9000.0), output("DEU", 2020, 20.0)],
        "trade": [
            lane(2020, "CHN", "JPN", 1e6, 1000.0), lane(2020, "CHN", "DEU", 1e5, 30.0),
            lane(2020, "DEU", "JPN", 1e6, 500.0), lane(2020, "FRA", "JPN", 1e5, 40.0),
        ],
    }  # fmt: skip
    (issue,) = listed(write_release(tmp_path, rows), "mirror")
    assert issue.keys == {"stage": "extraction", "country": "DEU", "year": 2020}
    assert (issue.value, issue.expected) == (500, 50)


def test_a_stage_with_an_unknown_content_is_not_mirrored(tmp_path):
    # cobalt oxides have a content, cobalt mattes (810510) have none: 9,000 t sold without production say nothing
    rows = {
        "production": [("cobalt", "processing", "metal", "FIN", 2020, 10.0, "reported", "usgs", "")],
        "trade": [lane(2020, "DEU", "JPN", 1e6, 9000.0, code=282200)],
    }
    assert listed(write_release(tmp_path, rows), "mirror") == []


def test_countries_beyond_the_total_of_their_publisher_are_a_doubt_and_below_it_a_note(tmp_path):
    rows = {
        "production": [output("CHN", 2020, 9000.0), output("CHN", 2021, 9000.0), output("CHN", 2022, 9000.0)],
        "world_totals": [
            ("natural_graphite", "extraction", "ore", year, total, 50.0, "world_mining_data")
            for year, total in (
                (2020, 8000.0),
                (2021, 9500.0),
                (2022, 9040.0),
            )  # the last within its rounding
        ],
    }
    found = listed(write_release(tmp_path, rows), "world_total")
    assert [(i.keys["year"], i.severity, i.value, i.expected) for i in found] == [
        (2020, "doubt", 9000, 8000), (2021, "note", 9000, 9500),
    ]  # fmt: skip


def test_a_conflict_of_publishers_names_both_figures_and_the_rule(tmp_path):
    row = ("gallium", "processing", "CHN", 2023, "usgs", 643.0, "bgs", 432.0, "leading producer")
    (issue,) = listed(write_release(tmp_path, {"conflicts": [(*row,)]}), "conflict")
    assert (issue.value, issue.expected, issue.source_ids) == (643, 432, ("usgs", "bgs"))
    # 211 of 643, for the release has no table of production
    assert issue.note == (
        "usgs was chosen (leading producer); bgs has the other figure, 32.8 % of the world's output apart"
    )


def test_conflicts_stand_in_the_order_of_their_size_in_the_world(tmp_path):
    def differ(material, chosen_t, other_t):
        return (
            material,
            "extraction",
            "CHN",
            2021,
            "world_mining_data",
            chosen_t,
            "usgs",
            other_t,
            "longest run",
        )

    rows = [differ("antimony", 0.0, 90.0), differ("natural_graphite", 4000.0, 1000.0)]
    production = [output("CHN", 2021, 4000.0), output("MOZ", 2021, 6000.0)]
    found = listed(write_release(tmp_path, {"conflicts": rows, "production": production}), "conflict")
    # natural graphite 3,000 of 10,000; antimony 90 of 90, as there is no production of it here
    assert [(i.materials[0], i.note.split(", ")[-1]) for i in found] == [
        ("antimony", "100 % of the world's output apart"),
        ("natural_graphite", "30 % of the world's output apart"),
    ]


def test_use_shares_above_one_are_a_doubt_and_below_one_a_note(tmp_path):
    rows = [
        ("magnesium", "EU27", use, share, 2012, "curated") for use, share in (("cars", 0.8), ("cans", 0.33))
    ] + [
        ("cobalt", "EU27", "magnets", 0.9, 2012, "curated"),
        ("nickel", "EU27", "steel", 1.04, 2012, "curated"),
    ]
    found = listed(write_release(tmp_path, {"use_shares": rows}), "share_sum")
    # 1.13 is too much; 0.9 leaves a tenth open; 1.04 is rounding
    assert [(i.materials, i.severity, round(i.value, 2)) for i in found] == [
        (("cobalt",), "note", 0.9), (("magnesium",), "doubt", 1.13),
    ]  # fmt: skip


def test_issues_can_be_asked_for_by_table_and_material(tmp_path):
    rows = {"production": [output("CHN", 2020, 4000.0), output("CHN", 2021, 9000.0)]}
    data = write_release(tmp_path, rows)
    assert {i.table for i in find_issues(data, table="production", material="natural_graphite")} == {
        "production"
    }
    assert find_issues(data, material="gallium") == ()


def test_an_unknown_kind_or_table_is_refused_with_the_nearest(tmp_path):
    data = write_release(tmp_path)
    with pytest.raises(DataError, match="did you mean mirror"):
        find_issues(data, kind="miror")
    with pytest.raises(SnapshotError, match="did you mean production"):
        find_issues(data, table="prodution")


def test_every_kind_is_explained_and_every_issue_has_a_kind(snapshot):
    found = find_issues(snapshot)
    assert {issue.kind for issue in found} <= set(KINDS)
    assert all(issue.note for issue in found)


def test_the_shipped_release_breaks_no_rule(snapshot):
    assert [issue for issue in find_issues(snapshot) if issue.severity == "error"] == []


def test_the_command_lists_counts_before_the_issues(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    write_release(tmp_path, {"production": [*LEAST["production"], output("CHN", 2021, 4000.0)]})
    app(["issues", "--release", str(tmp_path)], result_action="return_value")
    text = capsys.readouterr().out
    assert text.index("correction") > text.index("year_on_year") > text.index("issues")
    assert "0.44 times the year before" in text


def test_the_command_gives_one_record_an_issue(tmp_path, capsys):
    write_release(tmp_path, {"production": [*LEAST["production"], output("CHN", 2021, 4000.0)]})
    app(
        ["issues", "--release", str(tmp_path), "--kind", "year_on_year", "--json"],
        result_action="return_value",
    )
    (record,) = json.loads(capsys.readouterr().out)["records"]
    assert record == {
        "table": "production", "kind": "year_on_year", "material": "natural_graphite", "stage": "extraction",
        "country": "CHN", "year": 2021, "keys": "extraction CHN 2021", "value": 4000, "expected": 9000, "unit": "t",
        "verdict": "doubt", "note": "0.44 times the year before", "source_ids": ["world_mining_data"],
    }  # fmt: skip


def test_figures_are_counted_without_the_reader(tmp_path):
    path = tmp_path / "wmd.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute('CREATE TABLE cobalt (code, "2020", "2021")')
        connection.executemany(
            "INSERT INTO cobalt VALUES (?, ?, ?)",
            [("COD", "1", " 2.5 "), ("AUS", None, "NA"), ("DELETE", "1", "2.5")],
        )
        connection.commit()
    assert count_figures(path, "cobalt", ["2020", "2021"]) == 4
    assert count_figures(path, "cobalt", ["2020", "2021"], only=("code", "DELETE")) == 2


def test_figures_that_do_not_add_up_stop_the_build():
    table = {
        "source_id": np.array(["wgi", "wgi"], dtype=object),
        "quality": np.array(["reported", "corrected"], dtype=object),
    }
    assert balance_figures("wgi", 3, table, {"wgi: twice": 1, "baci: other": 9}).corrected == 1
    with pytest.raises(SourceError) as caught:
        balance_figures("wgi", 4, table, {"wgi: twice": 1})
    assert str(caught.value) == (
        "wgi: 4 figures were read, and 1 kept, 1 corrected and 1 excluded.\n"
        "  expected: every figure kept, corrected or excluded with a reason\n"
        "  fix:      find what the reader dropped, and list it in tools/build_release.py"
    )
