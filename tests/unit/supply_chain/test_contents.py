"""Contents that no source gives: estimated by mass, value, price or bounds, and what that does to a chain."""

import numpy as np
import pytest
from release_writer import write_release

from monazite.supply_chain import build_supply_chain, reconcile
from monazite.supply_chain.contents import estimate_contents
from monazite.supply_chain.draws import draw_chains
from monazite.supply_chain.lane_records import lane_records
from monazite.supply_chain.records import chain_records
from monazite.vocabulary import edition_products

ORE = 260300


def trade(year, exporter, tonnes, usd, importer="CHN", code=ORE, quality="reported"):
    return (year, exporter, importer, "hs92", code, usd, tonnes, quality, "baci")


def made(stage, country, year, tonnes):
    return ("copper", stage, "any", country, year, tonnes, "reported", "world_mining_data", "")


@pytest.fixture
def copper_release(tmp_path):
    """
    PER, MNG and PAN ship ore at 0.25, 0.20 and 0.30; CHL refines most of what it mines; DEU sells on what it buys.

    A tonne that is contained is worth 8,000 USD in all three: 2,000, 1,600 and 2,400 USD a tonne of ore.
    """
    rows, mines = [], []
    for year in (2022, 2023, 2024):
        for country, content in (("PER", 0.25), ("MNG", 0.20), ("PAN", 0.30)):
            rows.append(trade(year, country, 1000.0, 8e6 * content))
            mines.append(made("extraction", country, year, 1000.0 * content))
        rows.append(trade(year, "CHL", 1000.0, 3.2e6))
        mines.append(made("extraction", "CHL", year, 1000.0))
        mines.append(made("processing", "CHL", year, 600.0))
        rows += [trade(year, "DEU", 100.0, 0.16e6, "FRA"), trade(year, "PER", 100.0, 0.2e6, "DEU")]
    rows.append(trade(2024, "ITA", None, 500.0, "FRA"))
    return write_release(tmp_path, {"trade": rows, "production": mines})


def estimate(data, year=2024):
    products = edition_products("hs92", "copper")
    found = estimate_contents(data, material="copper", year=year, edition="hs92", products=products)
    return {country: found[code, country] for code, country in found if code == "hs92:260300"}


def test_an_exporter_that_ships_all_it_mines_has_what_it_mines_over_what_it_ships(copper_release):
    found = estimate(copper_release)
    # PER: 250 t over 1000 + 100 t each year
    assert found["PER"].factor == pytest.approx(250 / 1100)
    assert found["MNG"].factor == pytest.approx(0.20)
    assert found["PAN"].factor == pytest.approx(0.30)
    assert {found[country].method for country in ("PER", "MNG", "PAN")} == {"mass"}
    # the years agree, so the deviation is that of one production over one flow
    assert found["MNG"].relative_sd == 0.23


def test_an_exporter_that_refines_or_sells_on_has_its_unit_value_over_that_of_the_known(copper_release):
    found = estimate(copper_release)
    # a contained tonne: PER 8e6 * 0.25 = 2.0e6 a year and 0.2e6 to DEU on 1100 t, 2000 USD/t / (250/1100) = 8800;
    # MNG 1600 / 0.2 = 8000, PAN 2400 / 0.3 = 8000; median 8000
    assert found["CHL"].method == found["DEU"].method == "value"
    assert found["CHL"].factor == pytest.approx(3200 / 8000)
    assert found["DEU"].factor == pytest.approx(1600 / 8000)


def test_an_exporter_without_tonnes_has_the_median_of_the_others(copper_release):
    found = estimate(copper_release)
    assert found["ITA"].method == "median"
    # 0.2, 0.2, 0.2273, 0.3, 0.4
    assert found["ITA"].factor == pytest.approx(250 / 1100)


def test_years_without_production_give_no_estimate(copper_release):
    assert estimate(copper_release, 2015) == {}


def test_a_year_in_which_more_is_mined_than_ore_can_hold_is_no_evidence(tmp_path):
    # 0.9 is above chalcocite (0.7986) in two of three years: the years that can be are the fewer
    rows = [trade(year, "PER", 100.0, 1e5) for year in (2022, 2023, 2024)]
    mines = [
        made("extraction", "PER", year, tonnes) for year, tonnes in ((2022, 90.0), (2023, 90.0), (2024, 20.0))
    ]
    assert estimate(write_release(tmp_path, {"trade": rows, "production": mines})) == {}


def test_a_code_with_bounds_and_no_method_has_their_midpoint(snapshot):
    products = edition_products("hs92", "tantalum")
    found = estimate_contents(snapshot, material="tantalum", year=2024, edition="hs92", products=products)
    # an alloy goes with the metal that predominates: from 0.5 to 1
    assert {(one.factor, one.method) for one in found.values()} == {(0.75, "bounds")}


def test_metal_of_which_the_price_is_known_has_its_unit_value_over_the_price(snapshot):
    products = edition_products("hs92", "platinum")
    found = estimate_contents(snapshot, material="platinum", year=2024, edition="hs92", products=products)
    # what South Africa ships unwrought fetches the price of the metal
    assert found["hs92:711011", "ZAF"].factor > 0.9
    assert found["hs92:711011", "ZAF"].method == "price"


def test_contents_of_ores_lie_where_mines_say(snapshot):
    # manganese: Ghana ships carbonate of 26-30 %, Gabon oxide of 44-51 %, Australia of 44-50 %
    products = edition_products("hs92", "manganese")
    found = estimate_contents(snapshot, material="manganese", year=2024, edition="hs92", products=products)
    assert 0.25 < found["hs92:260200", "GHA"].factor < 0.32
    assert 0.43 < found["hs92:260200", "GAB"].factor < 0.53
    assert 0.43 < found["hs92:260200", "AUS"].factor < 0.51


def test_the_decision_page_says_what_comes_out(snapshot):
    page = {
        "manganese": {"GHA": 0.29, "GAB": 0.50, "AUS": 0.47},
        "copper": {"PER": 0.27, "MNG": 0.21},
        "titanium": {"MDG": 0.35, "SLE": 0.48},
    }
    for name, contents in page.items():
        products = edition_products("hs92", name, "extraction")
        found = estimate_contents(snapshot, material=name, year=2024, edition="hs92", products=products)
        for country, content in contents.items():
            estimate = found[products[0].product_code, country]
            assert (estimate.method, round(estimate.factor, 2)) == ("mass", content)


def test_an_estimate_is_used_only_if_asked_for_and_is_named(copper_release):
    asked = build_supply_chain(copper_release, material="copper", year=2024, unknown_content="estimate")
    left = build_supply_chain(copper_release, material="copper", year=2024)
    lane = {"stage": "extraction", "exporter": "MNG", "importer": "CHN"}
    assert np.isnan(left.trade_t.sel(lane))
    assert float(asked.trade_t.sel(lane)) == pytest.approx(200.0)
    assert float(asked.arrays["content_sd_t"].sel(lane)) == pytest.approx(0.23 * 200.0)
    assert "hs92:260300 estimated: 3 exporters by mass, 2 by value, 1 by median" in str(
        asked.arrays["content_basis"].sel(stage="extraction").item()
    )
    assert str(left.arrays["content_basis"].sel(stage="extraction").item()) == ""


def test_the_error_of_a_content_widens_the_lane_and_is_the_same_on_all_lanes_of_an_exporter(copper_release):
    chain = reconcile(
        build_supply_chain(copper_release, material="copper", year=2024, unknown_content="estimate")
    ).chain
    lane = {"stage": "extraction", "exporter": "MNG", "importer": "CHN"}
    # a large lane +-19 %, its content +-23 %: sqrt(0.19^2 + 0.23^2) = 29.8 % of 200 t
    assert float(chain.arrays["trade_prior_sd_t"].sel(lane)) == pytest.approx(59.7, abs=0.1)
    drawn = list(draw_chains(chain, draws=40))
    per = [one.trade_t.sel(stage="extraction", exporter="PER") for one in drawn]
    large = [float(one.sel(importer="CHN")) for one in per]
    small = [float(one.sel(importer="DEU")) for one in per]
    assert np.corrcoef(large, small)[0, 1] > 0.3


def test_records_of_a_chain_name_what_is_estimated(copper_release):
    chain = build_supply_chain(copper_release, material="copper", year=2024, unknown_content="estimate")
    (lane,) = [r for r in lane_records(chain) if (r["exporter"], r["importer"]) == ("MNG", "CHN")]
    assert (lane["quality"], lane["weight"]) == ("imputed", "estimated")
    assert {"hs92:260300 estimated" in str(r["content"]) for r in chain_records(chain) if "content" in r} == {
        True
    }
    left = build_supply_chain(copper_release, material="copper", year=2024, unknown_content="gross")
    assert not any("content" in record for record in chain_records(left))
