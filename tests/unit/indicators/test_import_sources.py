"""From whom a region imports, years added up; and the agreement with what USGS prints."""

import pytest

from monazite.errors import DataError
from monazite.indicators.import_sources import (
    add_up_imports,
    measure_import_sources,
    share_agreement,
    share_out,
)
from monazite.indicators.import_sources_table import compare_import_sources
from monazite.sources.usgs_sources import ImportSources


def printed(shares, has_hong_kong=False, years=(2021, 2022), detail="All", commodity="Fluorspar"):
    low = {code: share - 0.005 for code, share in shares.items()}
    high = {code: share + 0.005 for code, share in shares.items()}
    return {(commodity, detail): ImportSources(commodity, detail, years, shares, low, high, has_hong_kong)}


def test_years_are_added_up_before_shares_are_taken(snapshot):
    place = ("fluorspar", "extraction", "USA")
    years = [add_up_imports(snapshot, place, [year]).import_t for year in (2021, 2022)]
    both = add_up_imports(snapshot, place, [2021, 2022])
    mexico = sum(float(year.sel(exporter="MEX")) for year in years)
    assert float(both.import_t.sel(exporter="MEX")) == pytest.approx(mexico)
    assert share_out(both)["MEX"] == pytest.approx(mexico / sum(float(year.sum()) for year in years))


def test_shares_of_the_named_and_the_others_are_one(snapshot):
    records, lineage = measure_import_sources(
        snapshot, materials=["fluorspar", "lithium"], stages=["extraction", "processing"], regions=["USA", "EU27"],
        years=[2023, 2024], top=3,
    )  # fmt: skip
    told = [r for r in records if r["value"] is not None]
    places = {(r["material"], r["stage"], r["region"]) for r in told}
    assert places == {
        (m, s, r)
        for m, s in (("fluorspar", "extraction"), ("lithium", "processing"))
        for r in ("USA", "EU27")
    }
    for place in places:
        rows = [r for r in told if (r["material"], r["stage"], r["region"]) == place]
        assert [r["rank"] for r in rows] == [1, 2, 3, None]
        assert sum(r["value"] for r in rows) == pytest.approx(1)
        assert rows[-1]["exporter"] == "ROW"
    assert lineage.source_ids == ("baci",)
    assert "FRA" not in {r["exporter"] for r in told if r["region"] == "EU27"}  # trade inside is no import


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"years": [1980]}, "no trade in 1980"),
        ({"regions": ["world"]}, "the world imports from nobody"),
        ({"regions": ["OECD"], "years": [1950]}, "no trade in 1950"),
        ({"stages": ["manufacturing"]}, "no trade in 2024"),
        ({"top": 0}, "0 partners cannot be named"),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(snapshot, changes, words):
    request = {"materials": ["fluorspar"], "stages": ["extraction"], "regions": ["USA"], "years": [2024]}
    with pytest.raises(DataError, match=words):
        measure_import_sources(snapshot, **(request | changes))


def test_agreement_counts_what_both_have():
    # of 0.64 and 0.12 the other has 0.60 and 0.12: 0.72 / 0.76
    assert share_agreement({"MEX": 0.60, "VNM": 0.15}, {"MEX": 0.64, "VNM": 0.12}) == pytest.approx(
        0.72 / 0.76
    )
    assert share_agreement({"CHN": 1.0}, {"MEX": 0.5}) == 0
    assert share_agreement({"MEX": 0.5}, {"MEX": 0.5}) == 1


def test_printed_shares_stand_beside_ours_country_by_country(snapshot):
    records, _ = compare_import_sources(
        snapshot, printed({"MEX": 0.64, "VNM": 0.12}), ["fluorspar"], ["extraction"]
    )
    ours = share_out(add_up_imports(snapshot, ("fluorspar", "extraction", "USA"), [2021, 2022]))
    mexico, vietnam, agreement, *summary = records
    assert mexico["difference"] == pytest.approx(ours["MEX"] - 0.64)
    assert vietnam["value"] == ours["VNM"]
    assert (agreement["leader"], agreement["official_leader"], agreement["scope"]) == ("MEX", "MEX", "wider")
    assert {r["quantity"] for r in summary} == {"median_agreement", "close", "same_leader"}
    assert mexico["source_ids"] == ("baci", "inputs")


def test_hong_kong_counts_as_china_where_usgs_says_so(snapshot):
    graphite = {"commodity": "Graphite (Natural)"}
    found = [
        compare_import_sources(
            snapshot, printed({"CHN": 0.46}, flag, **graphite), ["natural_graphite"], ["extraction"]
        )[0][0]
        for flag in (False, True)
    ]
    assert found[1]["value"] > found[0]["value"]


def test_goods_that_the_file_lacks_are_told_with_a_reason(snapshot):
    records, _ = compare_import_sources(snapshot, {}, ["fluorspar"], ["extraction"])
    assert [r["reason"] for r in records] == [
        "fluorspar, Fluorspar: All: the file has no import sources of these goods."
    ]


def test_materials_without_a_pair_are_refused(snapshot):
    with pytest.raises(DataError, match="no pair of USGS's goods"):
        compare_import_sources(snapshot, {}, ["uranium"], ["extraction"])
