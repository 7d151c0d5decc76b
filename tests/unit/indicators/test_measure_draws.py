"""Measures with intervals from draws of reconciled chains."""

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.indicators.measure_draws import check_draws, measure_draws

pytestmark = pytest.mark.slow


def measured(snapshot, indicator, materials, *, stages=("extraction",), draws=12, **more):
    return measure_draws(
        snapshot, indicator, materials=materials, stages=stages, years=[2022], draws=draws, seed=2, **more
    )


def test_concentration_has_an_interval_and_a_rank(snapshot):
    records, lineage = measured(snapshot, "hhi", ["gallium", "germanium"], stages=["processing"])
    gallium, germanium = records
    # China has 98 % of gallium in 2022: 0.98^2 = 0.96 and a little
    assert gallium["low"] <= gallium["value"] <= gallium["high"]
    assert gallium["value"] == pytest.approx(0.968, abs=0.01)
    assert (gallium["rank"], germanium["rank"], gallium["draws"]) == (1, 2, 12)
    assert 0 < gallium["rank_holds"] <= 1
    assert "world_mining_data" in lineage.source_ids


def test_the_largest_producer_of_cobalt_keeps_its_rank(snapshot):
    records, _ = measured(snapshot, "top-share", ["cobalt"])
    assert [record["rank"] for record in records] == [1, 2, 3, 4, 5]
    assert (records[0]["country"], records[0]["rank_holds"]) == ("COD", 1.0)
    assert records[0]["low"] < records[0]["value"] < records[0]["high"]
    assert records[1]["rank_holds"] < 1.0


def test_governance_adds_its_own_error(snapshot):
    records, lineage = measured(snapshot, "governance-weighted-hhi", ["cobalt"], draws=30)
    (hhi,), _ = measured(snapshot, "hhi", ["cobalt"], draws=30)
    (weighted,) = records
    spread = (weighted["high"] - weighted["low"]) / weighted["value"]
    assert spread > 0.9 * (hhi["high"] - hhi["low"]) / hhi["value"]
    assert "wgi" in lineage.source_ids


def test_a_producer_without_a_score_is_named(snapshot):
    # Kosovo (XKX) mines nickel and has no score; its share is small, so the middle is given
    (record,), _ = measured(snapshot, "governance-weighted-hhi", ["nickel"])
    assert record["value"] is not None
    assert record["note"] == "no governance score for XKX: drawn from 0 to 10"


def test_geopolrisk_has_an_interval(snapshot):
    (record,), _ = measured(snapshot, "geopolrisk", ["natural_graphite"], regions=["JPN"])
    assert record["low"] < record["value"] < record["high"]
    assert (record["region"], record["weight"]) == ("JPN", "contained")


def test_geopolrisk_does_not_add_gross_imports_to_own_production(snapshot):
    records, _ = measured(snapshot, "geopolrisk", ["nickel"], regions=["JPN", "EU27"])
    assert records[0]["weight"] == "gross"  # Japan mines none
    assert records[1]["value"] is None
    assert "the content of the traded product is not known" in records[1]["reason"]


def test_trade_known_by_exporter_only_gives_no_score_of_zero(snapshot):
    records, _ = measured(
        snapshot,
        "geopolrisk",
        ["gallium", "natural_graphite"],
        stages=["processing", "extraction"],
        regions=["JPN"],
    )
    gallium = next(record for record in records if record["material"] == "gallium")
    assert (gallium["value"], gallium["reason"]) == (None, "no trade of JPN is on record here.")


def test_the_same_seed_gives_the_same_figures(snapshot):
    first, _ = measured(snapshot, "hhi", ["gallium"], stages=["processing"])
    again, _ = measured(snapshot, "hhi", ["gallium"], stages=["processing"])
    assert first == again


def test_a_year_before_data_is_refused_by_name(snapshot):
    with pytest.raises(DataError, match="gallium 1990"):
        measure_draws(snapshot, "hhi", materials=["gallium"], stages=["processing"], years=[1990], draws=2)


@pytest.mark.parametrize(
    ("words", "more"),
    [("import-share has no draws", {"indicator": "import-share", "draws": 3}),
     ("is 0", {"indicator": "hhi", "draws": 0}),
     ("goes with our own rules", {"indicator": "geopolrisk", "draws": 3, "method": "geopolrisk-py"}),
     ("goes with our own rules", {"indicator": "geopolrisk", "draws": 3, "product_codes": ["hs92:250410"]})],
)  # fmt: skip
def test_what_has_no_draws_is_refused(words, more):
    with pytest.raises(DataError, match=words):
        check_draws(**more)


def test_intervals_of_draws_are_finite(snapshot):
    records, _ = measured(snapshot, "hhi", ["tungsten"], stages=["extraction", "processing"])
    assert all(np.isfinite(record["low"]) for record in records if record["value"] is not None)
