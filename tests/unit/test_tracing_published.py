"""Ways from published shares of supply, where no trade is on record."""

import numpy as np
import pytest
from release_writer import write_release

from monazite.errors import DataError
from monazite.scenarios.crma.official import read_sourcing
from monazite.supply_chain import build_supply_chain
from monazite.tracing import TraceOptions
from monazite.tracing.compare import compare_ways
from monazite.tracing.makers import answer_by_makers, read_makers
from monazite.tracing.published import answer_published, published_mixes, read_published
from monazite.tracing.ways import Question
from monazite.vocabulary import resolve_region

MEMBERS = ("FRA", "DEU")
SOURCE = "European Commission, Study on the critical raw materials for the EU 2023"


def share(country, value, material="copper"):
    return (
        material, "processing", "all forms", "EU27", country, 2016, 2020, value, value - 0.005, value + 0.005,
        "eu_crm_2023", SOURCE,
    )  # fmt: skip


def ore(stage, country, tonnes, material="copper"):
    return (material, stage, "any", country, 2020, tonnes, "reported", "world_mining_data", "")


@pytest.fixture
def release(tmp_path):
    """
    Of copper FRA makes 20 % itself, CHL supplies 40, POL 24 and USA 8; 8 % are not listed. USA makes none.

    CHL mines 100 t and POL 10; POL refines 40, of ore that it has from CHL (30 t, of cited content).
    """
    return write_release(
        tmp_path,
        {
            "sourcing_shares": [share(*one) for one in (("FRA", 0.2), ("CHL", 0.4), ("POL", 0.24), ("USA", 0.08))],
            "supply_shares": [("copper", "processing", "CHL", 2020, 0.5, "eu_crm_2023")],
            "production": [
                ore("extraction", "CHL", 100.0), ore("extraction", "POL", 10.0), ore("processing", "CHL", 60.0),
                ore("processing", "POL", 40.0), ore("extraction", "ZMB", 5.0),
            ],
            "trade": [(2020, "CHL", "DEU", "hs92", 740311, 1e6, 100.0, "reported", "baci")],
        },
    )  # fmt: skip


@pytest.fixture
def chain(release):
    return build_supply_chain(release, material="copper", year=2020)


def test_shares_are_of_what_comes_from_outside(release):
    found = read_published(release, "copper", "EU27", MEMBERS)
    # 0.4 / (1 - 0.2), 0.24 / 0.8, 0.08 / 0.8
    assert {code: round(one[0], 6) for code, one in found.shares.items()} == {
        "CHL": 0.5,
        "POL": 0.3,
        "USA": 0.1,
    }
    # 39.5 to 40.5 % as printed, and 19.5 to 20.5 % of members
    assert found.shares["CHL"][1:] == pytest.approx((0.395 / 0.805, 0.405 / 0.795))
    assert (found.members_share, found.vintage) == (0.2, "2016-2020")
    assert found.makers.countries == {"CHL", "POL"}


def test_shares_that_sum_to_more_than_one_are_lowered_within_their_rounding(tmp_path):
    rows = [share("CHN", 0.85), share("MYS", 0.11), share("IND", 0.05)]
    found = read_published(write_release(tmp_path, {"sourcing_shares": rows}), "copper", "EU27", MEMBERS)
    # 1 % too much, 1.5 % of room: each is lowered by two thirds of half a per cent, and the printed digits stay
    assert found.shares["CHN"] == pytest.approx((0.85 - 0.005 * 2 / 3, 0.845, 0.855))
    assert sum(one[0] for one in found.shares.values()) == pytest.approx(1.0)
    said = answer_published(None, found, "partner", None).assumptions
    assert "as printed they sum to 101.0 %, so each is lowered within its rounding" in said[0]


def test_shares_that_sum_to_more_than_rounding_allows_are_refused(tmp_path):
    rows = [share("CHN", 0.85), share("MYS", 0.20)]
    with pytest.raises(DataError, match="sum to 1.050, more than rounding allows"):
        read_published(write_release(tmp_path, {"sourcing_shares": rows}), "copper", "EU27", MEMBERS)


def test_the_bounds_by_partner_hold_what_is_not_listed(release):
    # of 80 % from outside CHL has 40, as rounded 39.5 of 80.5 to 40.5 of 79.5 %; the 8 % that are not listed may be its
    found = answer_published(release, read_published(release, "copper", "EU27", MEMBERS), "partner", None)
    k = found.countries.index("CHL")
    assert (found.shares[k], found.low[k], found.high[k]) == pytest.approx(
        (0.5, 0.395 / 0.805, 0.485 / 0.795)
    )


@pytest.mark.parametrize(
    ("material", "country"), [("copper", "CHL"), ("neodymium", "CHN"), ("silicon", "NOR")]
)
def test_shares_and_bounds_by_partner_are_those_of_the_single_source_test(snapshot, material, country):
    members = tuple(resolve_region("EU27", 2024))
    found = answer_published(snapshot, read_published(snapshot, material, "EU27", members), "partner", None)
    tested = read_sourcing(
        snapshot, material, "processing", "imports", region="EU27", members=members, year=2024
    ).shares[country]
    k = found.countries.index(country)
    assert (found.low[k], found.high[k]) == pytest.approx((tested.low, tested.high))
    # printed shares that sum to 101.1 % are lowered within their rounding where they are traced
    assert found.shares[k] == pytest.approx(tested.mid, abs=0.005)


def test_what_nobody_published_is_none(release, tmp_path):
    assert read_published(release, "copper", "JPN", ("JPN",)) is None
    assert read_published(release, "nickel", "EU27", MEMBERS) is None


def test_by_partner_small_suppliers_are_unknown(release, chain):
    found = answer_published(release, read_published(release, "copper", "EU27", MEMBERS), "partner", chain)
    # 0.08 / 0.8; ZMB is not listed, so it has less than 1 % of all, or 0.01 / 0.8 of what comes from outside
    assert dict(zip(found.countries, found.shares.round(6), strict=True)) == {
        "CHL": 0.5, "POL": 0.3, "USA": 0.1, "ZMB": 0.0, "unknown": 0.1,
    }  # fmt: skip
    assert found.high[found.countries.index("ZMB")] == pytest.approx(0.0125)


def test_by_processing_a_supplier_that_makes_none_ships_goods_of_unknown_origin(release, chain):
    found = answer_published(release, read_published(release, "copper", "EU27", MEMBERS), "processing", chain)
    shares = dict(zip(found.countries, found.shares.round(6), strict=True))
    assert shares == {"CHL": 0.5, "POL": 0.3, "USA": 0.0, "unknown": 0.2}
    k = found.countries.index("CHL")
    # at least 39.5 % of 80.5, at most 40.5 % of 79.5 and all that is unknown
    assert (found.low[k], found.high[k]) == pytest.approx((0.395 / 0.805, 0.405 / 0.795 + 0.2))


def test_by_extraction_suppliers_have_the_mix_of_their_ore(release, chain):
    published = read_published(release, "copper", "EU27", MEMBERS)
    mixes = published_mixes(published, "extraction", chain)
    # POL refines 40 of which it mined 10; no ore is known to reach it, so three quarters are unknown
    assert float(mixes.sel(importer="POL", origin="POL")) == pytest.approx(0.25)
    found = answer_published(release, published, "extraction", chain)
    shares = dict(zip(found.countries, found.shares, strict=True))
    # CHL 0.5; POL 0.3 x 0.25; unknown 0.3 x 0.75 + 0.1 + 0.1
    assert shares["CHL"] == pytest.approx(0.5)
    assert shares["POL"] == pytest.approx(0.075)
    assert shares["unknown"] == pytest.approx(0.425)
    assert found.shares.sum() == pytest.approx(1.0)


def test_by_extraction_without_a_chain_says_so(release):
    with pytest.raises(DataError, match="no chain"):
        answer_published(release, read_published(release, "copper", "EU27", MEMBERS), "extraction", None)


def test_partners_that_are_listed_as_makers_have_what_they_ship(release, tiny_chain):
    # DDD buys 30 from AAA, which makes some, and 10 from CCC, which does not
    question = Question(
        name="DDD", members=("DDD",), suppliers={}, stage="processing", by="processing", is_imports=True
    )
    found = answer_by_makers(tiny_chain, question, frozenset({"AAA"}))
    assert found.shares.tolist() == [0.75, 0.0, 0.0, 0.0, 0.25]
    assert found.low[0] == 0.75
    assert found.high[0] == 1.0
    with pytest.raises(DataError, match="no maker is listed"):
        answer_by_makers(tiny_chain, question, frozenset())


def test_makers_are_those_with_tonnes_of_late_or_a_share_of_any_year(release):
    assert read_makers(release, "copper", 2016).countries == {"CHL", "POL"}
    assert read_makers(release, "copper", 2021).countries == {"CHL"}
    assert read_makers(release, "copper", 2016).sources == {"eu_crm_2023", "world_mining_data"}


def test_the_ways_side_by_side_take_published_shares_where_there_is_no_trade(release, tmp_path):
    folder = tmp_path / "two"
    folder.mkdir()
    data = write_release(
        folder,
        {
            "sourcing_shares": [share("CHN", 0.69, "gallium"), share("USA", 0.11, "gallium")],
            "supply_shares": [("gallium", "processing", "CHN", 2020, 0.9, "eu_crm_2023")],
            "trade_by_form": [("gallium", "processing", "CHN", "ROW", 2022, 94.0, "gacc")],
        },
    )
    records, lineage = compare_ways(
        data, materials=["gallium"], importers=["EU27"], years=[2020], options=TraceOptions(is_raw=True)
    )
    found = {record["by"]: record for record in records if record["country"] == "CHN"}
    assert found["partner"]["value"] == pytest.approx(0.69)
    assert found["partner"]["weight"] == "published 2016-2020"
    assert "mean of 2016-2020" in found["partner"]["basis"]
    # USA is not listed as a maker: its 11 % and the 20 % that are not listed may be China's
    assert found["processing"]["high"] == 1.0  # 0.695 + 0.31
    assert found["extraction"]["value"] is None
    assert "eu_crm_2023" in lineage.source_ids


def test_weights_of_published_shares_sum_to_one(release, chain):
    published = read_published(release, "copper", "EU27", MEMBERS)
    for way in ("partner", "processing", "extraction"):
        assert np.isclose(answer_published(release, published, way, chain).shares.sum(), 1.0)
