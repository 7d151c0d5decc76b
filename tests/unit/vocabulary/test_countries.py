"""Countries, the codes of BACI, and what people call them."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monazite.errors import DataError
from monazite.vocabulary import baci_codes, countries, country_from_baci, country_name, resolve_country
from monazite.vocabulary.tables import fold, read_table

WORLD_MINING_DATA = {
    "Bosnia-Herzegovina": "BIH",
    "Cape Verde": "CPV",
    "Congo, D.R.": "COD",
    "Congo, Rep.": "COG",
    "Cote d'Ivoire": "CIV",
    "French Guiana": "GUF",  # the carrier of the data gives it the code of Guyana
    "Korea, North": "PRK",
    "Korea, South": "KOR",
    "Kosovo": "XKX",  # the carrier says R20
    "Namibia": "NAM",
    "Taiwan": "TWN",  # the carrier says S19
    "Türkiye": "TUR",
    "United States": "USA",
    "Vietnam": "VNM",
}
OTHERS = {
    "Burma": "MMR",
    "Congo (Kinshasa)": "COD",
    "Congo (Brazzaville)": "COG",
    "Korea, Republic of": "KOR",
    "Korea, Dem. P.R. of": "PRK",
    "Côte d’Ivoire": "CIV",  # USGS writes the typographic apostrophe
    "Ivory Coast": "CIV",
    "Turkey": "TUR",
    "Soviet Union": "SUN",
    "German Federal Republic": "DEU",
    "Eswatini (Swaziland)": "SWZ",
    "Bosnia & Herzegovina": "BIH",
    "UK": "GBR",
    "US": "USA",
    "USA": "USA",
    "South Korea": "KOR",
    "Rep. of Korea": "KOR",
    "Other Asia, nes": "TWN",
    "Taiwan, China": "TWN",
    "China, Hong Kong SAR": "HKG",
    "Jersey, Channel Islands": "JEY",
}


@pytest.mark.parametrize(("name", "iso3"), [*WORLD_MINING_DATA.items(), *OTHERS.items()])
def test_the_spellings_of_our_sources_are_known(name, iso3):
    assert resolve_country(name) == iso3


@pytest.mark.parametrize(
    ("code", "iso3", "m49"),
    [
        (699, "IND", 356),
        (842, "USA", 840),
        (251, "FRA", 250),
        (579, "NOR", 578),
        (757, "CHE", 756),
        (490, "TWN", 158),
    ],
)
def test_codes_of_baci_that_are_not_m49(code, iso3, m49):
    assert country_from_baci(code, 2024) == iso3
    assert countries()[iso3].m49 == m49
    assert m49 not in baci_codes()


@pytest.mark.parametrize(
    ("code", "last_year", "iso3", "successors"),
    [
        (58, 1998, "BEL", {56: "BEL", 442: "LUX"}),
        (711, 1999, "ZA1", {710: "ZAF", 72: "BWA", 426: "LSO", 516: "NAM", 748: "SWZ"}),
        (891, 2005, "SCG", {688: "SRB", 499: "MNE"}),
        (530, 2010, "ANT", {531: "CUW", 534: "SXM", 535: "BES"}),
        (736, 2011, "SDN", {729: "SDN", 728: "SSD"}),
        (280, 1990, "DEU", {276: "DEU"}),
    ],
)
def test_a_code_ends_in_the_year_before_its_successors_begin(code, last_year, iso3, successors):
    assert country_from_baci(code, last_year) == iso3
    for successor, name in successors.items():
        assert country_from_baci(successor, last_year + 1) == name
        with pytest.raises(DataError, match=f"not used in {last_year}"):
            country_from_baci(successor, last_year)
    with pytest.raises(DataError, match=f"not used in {last_year + 1}"):
        country_from_baci(code, last_year + 1)


def test_a_code_outside_its_years_says_which_years_it_has():
    with pytest.raises(DataError) as caught:
        country_from_baci(891, 2008)
    assert str(caught.value) == (
        "BACI country code: 891 (Serbia and Montenegro (until 2005)) is not used in 2008.\n"
        "  expected: a year in which BACI uses it: until 2005\n"
        "  fix:      check the year, or mend src/monazite/vocabulary/baci_codes.csv if BACI has changed"
    )


def test_an_m49_code_is_refused_where_baci_has_another():
    with pytest.raises(DataError) as caught:
        country_from_baci(356, 2024)
    assert str(caught.value) == (
        "BACI country code: 356 is not a country code of BACI.\n"
        "  expected: a code of its table country_codes; BACI codes are not M49 (India is 699, USA 842)\n"
        "  fix:      add the code to src/monazite/vocabulary/baci_codes.csv, with its source"
    )


def test_namibia_has_the_iso2_code_na():
    assert countries()["NAM"].iso2 == "NA"
    assert resolve_country("NA") == resolve_country("na") == "NAM"


def test_every_code_is_unique():
    rows = read_table("countries")
    for column in ("iso3", "iso2", "m49", "map_id", "name"):
        values = [row[column] for row in rows if row[column]]
        assert sorted(set(values)) == sorted(values), column
    baci = [row["baci_code"] for row in read_table("baci_codes")]
    assert sorted(set(baci)) == sorted(baci)


def test_no_accepted_word_means_two_countries():
    meanings = defaultdict(set)
    for row in read_table("aliases"):
        meanings[fold(row["alias"])].add(row["iso3"])
    for iso3, country in countries().items():
        for word in filter(None, (iso3, country.iso2, country.name)):
            meanings[fold(word)].add(iso3)
    assert {word: found for word, found in meanings.items() if len(found) > 1} == {}


def test_every_alias_and_every_code_of_baci_leads_to_a_country():
    assert {row["iso3"] for row in read_table("aliases")} <= set(countries())
    assert {code.iso3 for code in baci_codes().values()} <= set(countries())


def test_the_list_is_iso_3166_with_kosovo_and_what_is_gone():
    # ISO 3166-1 has 249 entries; XKX is the 250th of ours
    status = [country.status for country in countries().values()]
    assert (status.count("current"), status.count("former"), status.count("special")) == (250, 8, 1)


def test_names_are_spelt_with_their_accents():
    assert [country_name(code) for code in ("CIV", "TUR", "CUW", "REU", "ALA")] == [
        "Côte d'Ivoire",
        "Türkiye",
        "Curaçao",
        "Réunion",
        "Åland Islands",
    ]


@given(st.sampled_from(sorted(countries())), st.booleans())
def test_a_country_is_found_from_its_code_and_its_name_in_any_case(iso3, upper):
    country = countries()[iso3]
    for word in filter(None, (country.iso3, country.iso2, country.name)):
        assert resolve_country(word.upper() if upper else word.lower()) == iso3


def test_an_unknown_country_is_answered_with_the_nearest_names():
    with pytest.raises(DataError) as caught:
        resolve_country("Grmany", where="--importer")
    assert str(caught.value) == (
        "--importer: 1 word is not known.\n"
        "  which:    Grmany (did you mean Germany or West Germany or East Germany?)\n"
        "  expected: an ISO 3166-1 code (DEU, DE) or an English name (Germany)\n"
        "  fix:      correct the spelling; docs/reference/nomenclature.md lists what is known"
    )


@pytest.mark.parametrize("word", ["", "Total", "World total", "Other countries", "ROW", "unknown", "Korea"])
def test_totals_and_remainders_are_no_country(word):
    with pytest.raises(DataError, match="1 word is not known"):
        resolve_country(word)


def test_labels_of_results_have_names():
    assert (country_name("ROW"), country_name("unknown")) == ("Rest of world", "Unknown origin")
    with pytest.raises(DataError, match=r"AAA \(did you mean"):
        country_name("AAA")
