"""The choice of one source of production, and the list of differences."""

import numpy as np
import pytest

from monazite.errors import SourceError
from monazite.sources.production_reports import (
    REPORT,
    choose_production,
    join_reports,
    list_conflicts,
    sum_parts,
)
from monazite.sources.table import columns_from_rows

PREFERENCES = ("material", "stage", "first_year", "last_year", "source_id", "reason")


def report(country, tonnes, source, *, year=2024, covers="all", material="tin", form="metal"):
    return (
        material, "processing", form, covers, country, year, float(tonnes), float(tonnes), "reported", source,
        f"{source}, table 1", "", "publisher", "",
    )  # fmt: skip


def choose(rows, preferences=()):
    return choose_production(columns_from_rows(REPORT, rows), columns_from_rows(PREFERENCES, preferences))


def sources(production):
    return dict(zip(production["year"].tolist(), production["source_id"].tolist(), strict=True))


def rules(production):
    return dict(zip(production["year"].tolist(), production["rule"].tolist(), strict=True))


def test_a_single_source_is_taken():
    production = choose([report("CHN", 9, "iea"), report("PER", 1, "iea")])
    assert production["country"].tolist() == ["CHN", "PER"]
    assert rules(production) == {2024: "only source"}


def test_sources_are_never_mixed():
    # USGS wins by order; Bolivia, which only BGS names, is then absent
    production = choose([report("CHN", 9, "usgs"), report("CHN", 8, "bgs"), report("BOL", 1, "bgs")])
    assert production["country"].tolist() == ["CHN"]
    assert (sources(production), rules(production)) == ({2024: "usgs"}, {2024: "order of sources"})


def test_a_source_without_the_leading_producer_loses():
    production = choose([report("PER", 4, "usgs"), report("ROW", 90, "usgs"), report("CHN", 9, "bgs")])
    assert (sources(production), rules(production)) == ({2024: "bgs"}, {2024: "names the leading producer"})


def test_all_of_a_material_goes_before_a_part_of_it():
    rows = [report("CHN", 9, "usgs", covers="part", form="part: solder"), report("CHN", 8, "iea")]
    production = choose(rows)
    assert (sources(production), rules(production)) == ({2024: "iea"}, {2024: "all of the material"})


def test_the_longest_run_without_a_gap_wins():
    # BGS 2022, 2023, 2024; USGS 2021, 2023, 2024: its run around 2023 is two years, so BGS keeps 2023 and 2024
    rows = [report("CHN", 9, "bgs", year=year) for year in (2022, 2023, 2024)]
    rows += [report("CHN", 8, "usgs", year=year) for year in (2021, 2023, 2024)]
    production = choose(rows)
    assert sources(production) == {2021: "usgs", 2022: "bgs", 2023: "bgs", 2024: "bgs"}
    assert rules(production)[2023] == "longest run of years"


def test_a_preference_goes_before_every_rule_and_gives_its_reason():
    rows = [report("CHN", 9, "usgs"), report("CHN", 8, "iea")]
    production = choose(rows, [("tin", "processing", 2024, 2024, "iea", "counts scrap too")])
    assert (sources(production), rules(production)) == ({2024: "iea"}, {2024: "preference: counts scrap too"})


def test_a_preference_for_a_source_without_a_report_is_refused():
    with pytest.raises(SourceError) as caught:
        choose([report("CHN", 9, "usgs")], [("tin", "processing", 2023, 2024, "usgs", "better")])
    assert "tin, processing, 2023: usgs" in str(caught.value)
    assert "2024" not in str(caught.value)


def test_some_producers_and_other_products_are_never_production():
    rows = [
        report("CHN", 99, "curated", covers="some"),
        report("CHN", 99, "iea", covers="beside", form="oxide"),
    ]
    production = choose([*rows, report("CHN", 8, "bgs")])
    assert production["production_t"].tolist() == [8.0]


def test_two_forms_of_one_source_are_refused():
    with pytest.raises(SourceError, match="1 are not one form with tonnes"):
        choose([report("CHN", 9, "usgs"), report("PER", 1, "usgs", form="oxide")])


def test_a_report_without_tonnes_cannot_be_chosen():
    with pytest.raises(SourceError, match="not one form with tonnes"):
        choose([report("CHN", float("nan"), "usgs")])


def test_differences_above_a_fifth_of_the_larger_are_conflicts():
    # China 10 against 7.9: 21 %; Peru 10 against 8: exactly 20 %, none; world 20 against 15.9: 20.5 %
    rows = [
        report("CHN", 10, "usgs"),
        report("PER", 10, "usgs"),
        report("CHN", 7.9, "bgs"),
        report("PER", 8, "bgs"),
    ]
    table = columns_from_rows(REPORT, rows)
    found = list_conflicts(table, choose(rows))
    assert found["region"].tolist() == ["world", "CHN"]
    assert found["difference_share"].tolist() == pytest.approx([4.1 / 20, 0.21])
    assert set(zip(found["source_id"], found["other_source_id"], strict=True)) == {("usgs", "bgs")}


def test_the_unnamed_rest_is_compared_with_nothing():
    rows = [
        report("CHN", 10, "usgs"),
        report("ROW", 1, "usgs"),
        report("CHN", 10, "bgs"),
        report("ROW", 2, "bgs"),
    ]
    assert list_conflicts(columns_from_rows(REPORT, rows), choose(rows))["region"].tolist() == []


def test_a_part_is_not_compared_with_the_whole():
    rows = [report("CHN", 9, "iea"), report("CHN", 1, "usgs", covers="part", form="part: solder")]
    assert list_conflicts(columns_from_rows(REPORT, rows), choose(rows))["region"].tolist() == []


def test_the_sum_of_members_is_a_part_of_the_group():
    # platinum 3 and palladium 4 in South Africa are 7; in Russia only palladium
    rows = [
        report("ZAF", 3, "usgs", material="platinum"),
        report("ZAF", 4, "usgs", material="palladium"),
        report("RUS", 5, "usgs", material="palladium"),
        report("ZAF", 9, "bgs", material="palladium"),
    ]
    group = sum_parts(
        columns_from_rows(REPORT, rows), "platinum_group_metals", ["platinum", "palladium"], "usgs"
    )
    assert dict(zip(group["country"], group["production_t"], strict=True)) == {"ZAF": 7.0, "RUS": 5.0}
    assert set(group["covers"]) == {"part"}
    assert set(group["form"]) == {"part: platinum, palladium"}


def test_joining_reports_keeps_every_row():
    one = columns_from_rows(REPORT, [report("CHN", 1, "usgs"), report("PER", 2, "usgs")])
    two = columns_from_rows(REPORT, [report("CHN", 3, "bgs")])
    joined = join_reports(
        {name: column for name, column in one.items() if name not in ("covers", "read_in")}, two
    )
    assert joined["production_t"].tolist() == [1.0, 2.0, 3.0]
    assert joined["covers"].tolist() == ["all"] * 3
    assert joined["read_in"].tolist() == [""] * 3
    assert np.array_equal(joined["source_id"], ["usgs", "usgs", "bgs"])


def test_a_source_without_a_place_in_the_order_is_refused():
    with pytest.raises(SourceError, match="not one form with tonnes"):
        choose([report("CHN", 9, "somebody")])
