"""Countries that process more of the world's supply than they mine."""

import pytest
from release_writer import write_release

from monazite.supply_chain import build_supply_chain
from monazite.tracing import TraceOptions, trace_records
from monazite.tracing.compare import compare_ways
from monazite.tracing.foreign_ore import read_ore_limits
from monazite.tracing.published import answer_published, read_published

WORLD = [
    ("copper", "extraction", "AUS", 2020, 0.3, "eu_crm_2023"),
    ("copper", "extraction", "CHL", 2020, 0.4, "eu_crm_2023"),
    ("copper", "processing", "CHL", 2020, 0.8, "eu_crm_2023"),
    ("copper", "processing", "JPN", 2020, 0.2, "eu_crm_2023"),
]


def sourcing(country, value):
    return (
        "copper", "processing", "all forms", "EU27", country, 2016, 2020, value, value - 0.01, value + 0.01,
        "eu_crm_2023", "a study",
    )  # fmt: skip


def made(stage, country, tonnes):
    return ("copper", stage, "any", country, 2020, tonnes, "reported", "world_mining_data", "")


@pytest.fixture
def release(tmp_path):
    """CHL mines 40 % of the world's and processes 80 %; it supplies 60 % of what comes from outside, AUS 40 %."""
    return write_release(
        tmp_path,
        {
            "sourcing_shares": [sourcing("CHL", 0.6), sourcing("AUS", 0.4)],
            "supply_shares": WORLD,
            "production": [
                made("extraction", "CHL", 100.0), made("extraction", "AUS", 60.0), made("processing", "CHL", 90.0),
                made("processing", "AUS", 60.0),
            ],
            "trade": [(2020, "CHL", "DEU", "hs92", 740311, 1e6, 100.0, "reported", "baci")],
        },
    )  # fmt: skip


def test_a_country_can_have_of_its_own_ore_what_it_mines_over_what_it_processes(release):
    limits = read_ore_limits(release, "copper", build_supply_chain(release, material="copper", year=2020))
    # 0.4 / 0.8; JPN is not listed as a miner; AUS is not listed as a processor and has no limit
    assert limits.own_share == {"CHL": 0.5, "JPN": 0.0}
    assert limits.sources == ("eu_crm_2023",)


def test_the_interval_of_published_shares_holds_the_foreign_ore_and_says_so(release):
    chain = build_supply_chain(release, material="copper", year=2020)
    found = answer_published(
        release, read_published(release, "copper", "EU27", ("DEU",)), "extraction", chain
    )
    chl, aus = (found.countries.index(code) for code in ("CHL", "AUS"))
    # at least 0.59 less the half of 0.6; AUS may have mined that half, beside its 0.41
    assert found.low[chl] == pytest.approx(0.59 - 0.3)
    assert found.high[aus] == pytest.approx(0.41 + 0.3)
    assert any("trade at extraction is not known" in text for text in found.assumptions)
    assert any("CHL mines 40 and processes 80 %" in text for text in found.assumptions)


def test_shares_of_another_year_are_not_set_against_the_mines_of_the_year(tmp_path):
    rows = [
        ("copper", "processing", "CHL", 2018, 0.9, "iea"),
        ("copper", "processing", "CHL", 2020, 0.8, "iea"),
    ]
    data = write_release(
        tmp_path,
        {
            "supply_shares": rows,
            "production": [made("extraction", "CHL", 40.0), made("extraction", "AUS", 60.0)],
        },
    )
    chain = build_supply_chain(data, material="copper", year=2020)
    # 40 of 100 t mined, over 80 % processed in 2020
    assert read_ore_limits(data, "copper", chain).own_share == {"CHL": 0.5}


@pytest.mark.slow
def test_the_interval_of_neodymium_holds_what_china_mines_of_what_it_separates(snapshot):
    records, _ = compare_ways(
        snapshot, materials=["neodymium"], importers=["EU27"], years=[2024],
        options=TraceOptions(unknown_content="estimate", draws=0),
    )  # fmt: skip
    for way in ("extraction", "control"):
        (china,) = (
            one for one in records
            if (one["material"], one["country"], one["by"]) == ("neodymium", "CHN", way)
        )  # fmt: skip
        # the study has China at 68.3 % of the world's mining and 84.9 % of separation: 84 % x 0.683 / 0.849 = 68 %
        assert china["low"] < 0.684 < 0.84 < china["high"]
        assert "CHN mines 68 and processes 85 %" in china["assumptions"]
        assert "trade at extraction is not known" in china["assumptions"]


def test_a_single_way_of_rare_earths_is_as_wide_and_names_its_source(snapshot):
    records, _ = trace_records(
        snapshot, materials=["rare_earths"], importers=["EU27"], years=[2024],
        options=TraceOptions(stage="processing", by="extraction", is_raw=True),
    )  # fmt: skip
    (china,) = (one for one in records if one["country"] == "CHN")
    # China mined 270,000 of 398,008 t and refined 91 % of the world's in 2024: at most 0.745 of its own ore
    assert china["low"] == pytest.approx(china["value"] * 270_000 / 398_008 / 0.91, rel=0.01)
    assert "iea" in china["source_ids"]
