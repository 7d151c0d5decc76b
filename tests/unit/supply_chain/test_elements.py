"""Production by element: baskets scaled on reading, what is not analysed stays unknown."""

import numpy as np
import pytest

from monazite.errors import DataError, SnapshotError
from monazite.provenance import Manifest
from monazite.snapshot import open_snapshot
from monazite.sources.table import columns_from_rows
from monazite.supply_chain import build_supply_chain
from monazite.supply_chain.baskets import ELEMENTS, read_baskets, scale_basket
from monazite.supply_chain.element_records import element_records
from monazite.supply_chain.elements import element_production

BASKETS = ("basket_id", "deposit", "element", "oxide", "share", "published", "source_id")
SHARES = ("country", "year", "deposit", "part_t", "total_t", "basis", "source_id")
# Pit: the fullest analysis has 0.9 in three elements; the older one gives cerium a range of 0.4 to 0.5.
BASKET_ROWS = (
    ("old", "pit", "cerium", "CeO2", 0.4, 2005, "usgs"),
    ("new", "pit", "cerium", "CeO2", 0.5, 2021, "curated"),
    ("new", "pit", "lanthanum", "La2O3", 0.3, 2021, "curated"),
    ("new", "pit", "neodymium", "Nd2O3", 0.1, 2021, "curated"),
    ("new", "pit", "NdPr", "group", 0.9, 2021, "curated"),  # a check, never a summand
    ("clay", "clay", "cerium", "CeO2", 0.01, None, "curated"),
    ("bound", "clay", "yttrium", "Y2O3", None, 2019, "curated"),  # a share that was not printed
)
SHARE_ROWS = (
    ("CHN", 2020, "pit", 60.0, 100.0, "quota", "curated"),
    ("CHN", 2020, "clay", 10.0, 100.0, "quota", "curated"),
    ("CHN", 2020, "nobody_analysed", 30.0, 100.0, "quota", "curated"),
    ("USA", 2020, "pit", 1.0, 1.0, "production", "usgs"),
    ("USA", 2021, "pit", 2.0, 1.0, "production", "usgs"),
)


def mine(country, year, tonnes, form="oxides"):
    return (
        "rare_earths",
        "extraction",
        form,
        country,
        year,
        tonnes,
        "reported",
        "world_mining_data",
        "a table",
        "",
    )


@pytest.fixture(scope="module")
def release(write_table, small_release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elements")
    names = (
        "material",
        "stage",
        "form",
        "country",
        "year",
        "production_t",
        "quality",
        "source_id",
        "source",
        "note",
    )
    production = [
        mine("CHN", 2020, 1000.0), mine("MMR", 2020, 50.0), mine("USA", 2020, 200.0), mine("AUS", 2020, 0.0),
        mine("USA", 2021, 200.0), mine("CHN", 2022, 9.0, "part: magnet rare earths"),
    ]  # fmt: skip
    tables = {
        **{
            name: small_release.query(f"SELECT * FROM {name}")
            for name in ("trade", "trade_by_form", "governance")
        },
        "production": columns_from_rows(names, production),
        "element_baskets": columns_from_rows(BASKETS, BASKET_ROWS),
        "deposit_shares": columns_from_rows(SHARES, SHARE_ROWS),
    }
    manifest = Manifest(
        release="elements", built_from={}, excluded={}, corrections=1,
        tables={name: write_table(folder, name, table) for name, table in tables.items()},
    )  # fmt: skip
    (folder / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    return open_snapshot(folder)


def told(release, element, country, name="production_t"):
    return float(element_production(release, 2020).arrays[name].sel(element=element, country=country))


def test_the_fullest_analysis_of_a_deposit_comes_first(release):
    assert [basket.basket_id for basket in read_baskets(release)["pit"]] == ["new", "old"]


def test_a_share_that_was_not_printed_is_absent_and_a_group_is_no_element(release):
    assert dict(read_baskets(release)["clay"][0].shares) == {"cerium": 0.01}
    assert sorted(read_baskets(release)["pit"][0].shares) == ["cerium", "lanthanum", "neodymium"]


def test_a_country_of_one_deposit_is_its_basket(release):
    # USA: 200 t x 0.1, 0.3 and 0.5
    assert [told(release, element, "USA") for element in ("neodymium", "lanthanum", "cerium")] == [
        20.0,
        60.0,
        100.0,
    ]


def test_deposits_are_weighted_by_their_part_of_the_country(release):
    # CHN: 600 t of the pit x 0.5 and 100 t of clay x 0.01
    assert told(release, "cerium", "CHN") == pytest.approx(301.0)
    assert told(release, "cerium", "CHN", "covered_share") == pytest.approx(0.7)
    assert told(release, "neodymium", "CHN") == pytest.approx(60.0)
    assert told(release, "neodymium", "CHN", "covered_share") == pytest.approx(0.6)


def test_two_analyses_of_one_deposit_give_a_range_and_one_gives_none(release):
    # CHN: 600 x 0.4 + 100 x 0.01 to 600 x 0.5 + 1
    assert [told(release, "cerium", "CHN", name) for name in ("low_t", "high_t")] == pytest.approx(
        [241.0, 301.0]
    )
    assert np.isnan(told(release, "neodymium", "CHN", "low_t"))


def test_an_element_that_no_analysis_lists_cannot_be_told_and_is_not_zero(release):
    assert np.isnan(told(release, "dysprosium", "USA"))
    assert told(release, "dysprosium", "USA", "covered_share") == 0


def test_a_country_whose_output_nobody_splits_is_unknown_as_a_whole(release):
    arrays = element_production(release, 2020).arrays
    assert np.isnan(arrays["production_t"].sel(country="MMR").values).all()
    assert float(arrays["unknown_t"].sel(country="MMR")) == 50.0


def test_nothing_mined_holds_nothing_of_any_element(release):
    arrays = element_production(release, 2020).arrays
    assert (arrays["production_t"].sel(country="AUS").values == 0).all()
    assert float(arrays["unknown_t"].sel(country="AUS")) == 0


def test_elements_and_unknown_are_the_oxides(release):
    arrays = element_production(release, 2020).arrays
    # CHN: 1000 - 600 x 0.9 - 100 x 0.01 = 459; USA: 200 x 0.1 = 20
    assert float(arrays["unknown_t"].sel(country="CHN")) == pytest.approx(459.0)
    assert float(arrays["unknown_t"].sel(country="USA")) == pytest.approx(20.0)
    total = arrays["production_t"].sum("element") + arrays["unknown_t"]
    assert total.values == pytest.approx(arrays["reo_t"].values)


def test_the_lineage_names_every_source_that_was_used(release):
    assert set(element_production(release, 2020).lineage.source_ids) == {
        "curated",
        "usgs",
        "world_mining_data",
    }


def test_more_parts_than_the_whole_are_refused(release):
    with pytest.raises(DataError) as caught:
        element_production(release, 2021)
    assert str(caught.value) == (
        "deposit_shares 2021: a country has more parts than the whole.\n"
        "  which:    USA: parts 2 t of 1 t\n"
        "  expected: one total per country and year, and parts that sum to it or to less"
    )


def test_a_year_with_a_part_of_the_rare_earths_only_has_no_production(release):
    with pytest.raises(DataError, match="rare_earths 2022: release elements has no mine production"):
        element_production(release, 2022)


def test_a_release_without_baskets_says_so(small_release):
    with pytest.raises(SnapshotError, match="has no table 'deposit_shares'"):
        element_production(small_release, 2020)


def test_records_put_the_largest_producer_first_and_tell_why_a_value_is_missing(release):
    records = element_records(element_production(release, 2020), ["neodymium", "dysprosium"])
    assert [(r["country"], r["material"], r["value"]) for r in records[:6]] == [
        ("CHN", "neodymium", pytest.approx(60.0)),
        ("CHN", "dysprosium", None),
        ("CHN", "unknown", pytest.approx(459.0)),
        ("USA", "neodymium", pytest.approx(20.0)),
        ("USA", "dysprosium", None),
        ("USA", "unknown", pytest.approx(20.0)),
    ]
    by = {(r["country"], r["material"]): r for r in records}
    assert (
        by["CHN", "dysprosium"]["reason"]
        == "no citable analysis of clay, nobody_analysed, pit gives dysprosium"
    )
    assert (
        by["MMR", "neodymium"]["reason"]
        == "no citable source says which analysed deposit the output comes from"
    )
    assert by["CHN", "neodymium"]["note"].startswith("China's output is split by its mining quotas")
    assert by["USA", "neodymium"]["note"] is None


def test_records_of_all_elements_end_with_unknown_and_the_total(release):
    records = [r for r in element_records(element_production(release, 2020)) if r["country"] == "USA"]
    assert [r["material"] for r in records] == [*ELEMENTS, "unknown", "rare_earths"]
    assert sum(r["value"] or 0 for r in records[:-1]) == pytest.approx(records[-1]["value"])


def test_a_whole_analysis_is_scaled_to_one_and_a_partial_one_is_left_alone():
    whole = scale_basket(dict.fromkeys(ELEMENTS, 0.067))  # 15 x 0.067 = 1.005
    assert sum(whole.values()) == pytest.approx(1)
    assert scale_basket({"cerium": 0.5, "neodymium": 0.1}) == {"cerium": 0.5, "neodymium": 0.1}
    assert sum(scale_basket({"cerium": 0.6, "lanthanum": 0.404}).values()) == pytest.approx(
        1
    )  # 1.004 is rounding


def test_an_analysis_that_cannot_be_is_refused_with_all_its_problems():
    with pytest.raises(DataError) as caught:
        scale_basket({"cerium": 1.2, "NdPr": 0.2}, "basket x")
    assert list(caught.value.which) == ["NdPr: no rare earth of a basket", "cerium: 1.2"]
    with pytest.raises(DataError, match=r"sum of 15 elements: 0\.9000"):
        scale_basket(dict.fromkeys(ELEMENTS, 0.06))
    with pytest.raises(DataError, match=r"sum of 2 elements: 1\.1000"):
        scale_basket({"cerium": 0.6, "lanthanum": 0.5})


def test_a_chain_of_one_rare_earth_points_to_the_split_of_all(release):
    with pytest.raises(DataError) as caught:
        build_supply_chain(release, material="neodymium", year=2020)
    assert caught.value.fix == "monazite data elements --element neodymium splits the mining of rare earths"
