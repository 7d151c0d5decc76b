"""Measures over many combinations, on the embedded release."""

import json
import math

import pytest

from monazite.errors import DataError
from monazite.indicators.measure import NAMES, measure

pytestmark = pytest.mark.slow


def run(data, indicator, material="rare_earths", stage="extraction", region="world", year=2024, **more):
    def several(value):
        return [value] if isinstance(value, str | int) else value

    records, lineage = measure(
        data, indicator, materials=several(material), stages=several(stage), regions=several(region),
        years=several(year), **more,
    )  # fmt: skip
    return records, lineage


def test_the_hhi_of_rare_earths_in_2024(snapshot):
    # 270,000 of 398,008 t is 0.678, squared 0.460; the others add about 0.026
    (record,), lineage = run(snapshot, "hhi")
    assert 0.47 < record["value"] < 0.49
    assert {name: record[name] for name in ("indicator", "material", "year", "stage", "by", "unit")} == {
        "indicator": "hhi", "material": "rare_earths", "year": 2024, "stage": "extraction", "by": "country",
        "unit": "1",
    }  # fmt: skip
    assert record["total_t"] == 398008
    assert record["quality"] == "estimated, reported"
    assert record["source_ids"] == lineage.source_ids == ("world_mining_data",)


def test_every_indicator_gives_records_that_json_takes(snapshot):
    for indicator in NAMES:
        records, lineage = run(
            snapshot,
            indicator,
            "natural_graphite",
            ("extraction", "processing"),
            ("JPN", "EU27"),
            (2000, 2024),
        )
        json.dumps(records, allow_nan=False)
        assert lineage.release == "2026.1"
        for record in records:
            assert (record["value"] is None) == ("reason" in record)
            assert record["indicator"] == indicator


def test_the_governance_score_weighs_the_producers(snapshot):
    # 0..10 times an HHI of 0.486: below it times ten; the World Bank is then a source
    (record,), lineage = run(snapshot, "governance-weighted-hhi")
    assert 0 < record["value"] < 4.9
    assert lineage.source_ids == ("wgi", "world_mining_data")


def test_the_largest_producers_come_in_order(snapshot):
    records, _ = run(snapshot, "top-share")
    assert [record["rank"] for record in records] == [1, 2, 3, 4, 5]
    values = [record["value"] for record in records]
    assert values == sorted(values, reverse=True)
    assert sum(values) <= 1
    assert (records[0]["country"], round(values[0], 3)) == ("CHN", 0.678)


def test_import_shares_of_a_region_sum_to_one_at_most(snapshot):
    for region in ("JPN", "DEU", "USA", "EU27", "G7"):
        records, _ = run(snapshot, "import-share", "natural_graphite", region=region, year=(2010, 2024))
        for year in (2010, 2024):
            own = [record for record in records if record["year"] == year]
            assert 0 < sum(record["value"] for record in own) <= 1 + 1e-12
            assert len({record["import_gross_t"] for record in own}) == 1


def test_a_group_imports_nothing_from_its_own_members(snapshot):
    records, _ = run(snapshot, "import-share", "aluminium", "processing", "EU27", (2004, 2024))
    members = {record["exporter"] for record in records} & {"DEU", "FRA", "NLD", "ESP", "IRL", "SWE"}
    assert members == set()


def test_the_share_of_japans_imports_of_one_code(snapshot):
    # 10,882 of 11,468 t in 2008
    records, lineage = run(
        snapshot, "import-share", stage="processing", region="JPN", year=2008, product_codes=["hs92:284690"]
    )
    assert (records[0]["exporter"], round(records[0]["value"], 3), records[0]["weight"]) == (
        "CHN",
        0.949,
        "gross",
    )
    assert lineage.source_ids == ("baci",)


def test_the_single_source_test_says_how_many_tonnes_to_move(snapshot):
    # 65 % of 11,468 is 7,454: 10,882 - 7,454 = 3,428 t
    (record,), _ = run(
        snapshot, "single-source", stage="processing", region="JPN", year=2008, product_codes=["hs92:284690"]
    )
    assert (record["exporter"], record["verdict"]) == ("CHN", "not met")
    assert record["move_t"] == pytest.approx(record["numerator_t"] - 0.65 * record["denominator_t"])
    assert record["move_t"] == pytest.approx(3428, abs=2)


def test_where_the_release_has_no_figure_the_record_says_why(snapshot):
    records, _ = run(snapshot, "hhi", "tantalum", ("extraction", "processing"), year=(2000, 2024))
    reasons = {(r["year"], r["stage"]): r.get("reason") for r in records}
    assert reasons == {
        (2000, "extraction"): "the release has no production_t here.",
        (2000, "processing"): "the release has no production_t here.",
        (2024, "extraction"): None,
        (2024, "processing"): "the release has no production_t here.",
    }


def test_a_year_outside_the_release_is_a_record_with_a_reason_beside_one_with_a_value(snapshot):
    records, _ = run(snapshot, "hhi", year=(1990, 2024))
    assert [record["value"] is None for record in records] == [True, False]
    assert [record["stage"] for record in records] == ["extraction", "extraction"]
    assert records[0]["reason"] == "release 2026.1 has neither production nor trade."
    assert records[0].keys() >= {"indicator", "material", "year", "value", "reason", "source_ids", "quality"}


def test_a_region_without_recorded_tonnes_is_cannot_tell_and_not_zero(snapshot):
    # nobody's tonnes of HS 284690 are published before 2000
    records, _ = run(
        snapshot,
        "import-share",
        stage="processing",
        region="JPN",
        year=(1997, 2008),
        product_codes=["hs92:284690"],
    )
    assert records[0]["value"] is None
    assert records[0]["reason"] == "JPN has no imports with recorded tonnes."


def test_a_combination_that_cannot_be_built_gives_a_record_for_each_stage_and_region(snapshot):
    records, _ = run(snapshot, "import-share", "nickel", region=("JPN", "KOR"), year=(1990, 2024))
    assert [(r["stage"], r["region"]) for r in records if r["year"] == 1990] == [
        ("extraction", "JPN"),
        ("extraction", "KOR"),
    ]


def test_the_world_imports_from_nobody(snapshot):
    with pytest.raises(DataError) as caught:
        run(snapshot, "import-share", "nickel")
    assert str(caught.value) == (
        "region: the world imports from nobody.\n  expected: a country or group, such as JPN or EU27"
    )


def test_nothing_at_all_raises_the_first_reason(snapshot):
    with pytest.raises(DataError, match=r"rare_earths 1990: release 2026.1 has neither production nor trade"):
        run(snapshot, "hhi", year=(1990, 1991))


def test_an_unknown_indicator_offers_the_nearest(snapshot):
    with pytest.raises(DataError, match=r"indicator: 'hih' is unknown.\n  fix:      did you mean hhi\?"):
        run(snapshot, "hih")


def test_no_value_is_infinite_or_nan(snapshot):
    records, _ = run(
        snapshot, "import-share", ("cobalt", "nickel"), ("extraction", "processing"), "JPN", (2000, 2024)
    )
    assert all(record["value"] is None or math.isfinite(record["value"]) for record in records)
