"""Import sources of the United States: those that USGS prints against those of customs records."""

from pathlib import Path

import pytest

from monazite.indicators.import_sources_table import compare_import_sources
from monazite.sources.usgs import read_mineral_commodity_summaries
from monazite.sources.usgs_sources import read_import_sources, read_source_rows

TABLE = Path(__file__).parents[2].parent / "shared" / "reference" / "usgs" / "MCS2026_Commodities_Data.csv"


@pytest.mark.slow
@pytest.mark.skipif(not TABLE.is_file(), reason="the data release of USGS is not beside this folder")
def test_where_the_goods_are_the_same_nine_tenths_of_the_leaders_are(snapshot):
    # U.S. Geological Survey, Mineral Commodity Summaries 2026, Import Sources 2021-24
    printed = read_import_sources(read_mineral_commodity_summaries(TABLE))
    rows = read_source_rows()
    materials = sorted(set(rows["material"][rows["scope"] == "same"]))
    records, _ = compare_import_sources(snapshot, printed, materials, ["extraction", "processing"])
    found = {(r["scope"], r["quantity"]): r for r in records if r["material"] == "all"}
    assert found["same", "same_leader"]["compared"] >= 25
    assert found["same", "same_leader"]["value"] >= 0.9
    assert found["same", "median_agreement"]["value"] >= 0.9
    pairs = {r["goods"]: r for r in records if r.get("quantity") == "agreement"}
    assert pairs["Graphite (Natural): All"]["value"] > 0.95
    assert pairs["Rare Earths: Rare-earth compounds and metals"]["value"] > 0.95
    assert all(r["note"] for r in pairs.values() if r["scope"] != "same")
