"""Groups of countries by year, and regions."""

from datetime import date

import pytest

from monazite.errors import DataError
from monazite.vocabulary import countries, group_members, groups, region_name, resolve_region
from monazite.vocabulary.tables import read_table, read_year


def test_eu27_has_27_members_in_every_year():
    assert [len(group_members("EU27", year)) for year in (1996, 2010, 2024)] == [27, 27, 27]
    assert "GBR" not in group_members("EU27", 2010)


def test_membership_of_the_eu_follows_the_treaties():
    # 15 from 1995; ten more in May 2004; two in 2007; Croatia in July 2013; the UK left in January 2020
    counts = [len(group_members("EU", y)) for y in (1994, 1995, 2003, 2004, 2007, 2012, 2013, 2019, 2020)]
    assert counts == [12, 15, 15, 25, 27, 27, 28, 28, 27]
    assert group_members("EU", 2024) == group_members("EU27", 2024)


def test_the_oecd_and_the_g7_have_their_present_size():
    assert len(group_members("OECD", 2024)) == 38
    assert group_members("G7", 2024) == ("CAN", "DEU", "FRA", "GBR", "ITA", "JPN", "USA")


def test_a_year_counts_when_a_country_was_a_member_for_more_than_half_of_it():
    for row in read_table("groups"):
        if row["group"] not in {"EU", "OECD"}:
            continue
        joined = date.fromisoformat(row["joined"])
        left_in_year = (date(joined.year + 1, 1, 1) - joined).days
        whole = (date(joined.year + 1, 1, 1) - date(joined.year, 1, 1)).days
        assert read_year(row["year_from"]) == joined.year + (2 * left_in_year <= whole), row
        if row["left"]:
            assert read_year(row["year_to"]) == date.fromisoformat(row["left"]).year - 1, row


def test_groups_hold_known_countries_once():
    rows = [(row["group"], row["iso3"]) for row in read_table("groups")]
    assert len(set(rows)) == len(rows)
    assert {iso3 for _, iso3 in rows} <= set(countries())
    assert {group for group, _ in rows} | {"world"} == set(groups())


def test_the_world_is_every_country():
    assert resolve_region("world", 2024) == tuple(sorted(countries()))


@pytest.mark.parametrize(
    ("text", "name"),
    [("EU27", "EU27"), ("eu-27", "EU27"), ("European Union", "EU"), ("global", "world"), ("jp", "JPN")],
)
def test_a_region_is_a_group_or_a_country(text, name):
    assert region_name(text) == name


def test_a_country_is_a_region_of_one():
    assert resolve_region("South Korea", 2010) == ("KOR",)


def test_an_unknown_region_is_answered_with_the_nearest_names():
    with pytest.raises(DataError) as caught:
        resolve_region("EU72", 2024)
    assert str(caught.value) == (
        "region: 1 word is not known.\n"
        "  which:    EU72 (did you mean EU27 or EU?)\n"
        "  expected: a country (DEU, DE, Germany) or a group (EU27, EU, OECD, G7, world)\n"
        "  fix:      correct the spelling; docs/reference/nomenclature.md lists what is known"
    )


def test_a_group_before_its_foundation_is_refused():
    with pytest.raises(DataError) as caught:
        group_members("G7", 1970)
    assert str(caught.value) == ("group: G7 has no members in 1970.\n  expected: a year from 1975 on")
