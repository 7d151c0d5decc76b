"""From a release to a chain, by hand: the release is that of conftest.py."""

import math

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.supply_chain import build_supply_chain


def build(data, material="natural_graphite", year=2020, **options):
    return build_supply_chain(data, material=material, year=year, **options)


def lane(chain, exporter, importer, name="trade_t", stage="extraction"):
    return float(chain.arrays[name].sel(stage=stage, exporter=exporter, importer=importer))


def cell(chain, country, name, stage="extraction"):
    return float(chain.arrays[name].sel(stage=stage, country=country))


def test_a_chain_holds_the_countries_of_its_figures_in_order(small_release):
    chain = build(small_release)
    assert chain.countries == ("AUT", "CHN", "DEU", "FRA", "JPN", "KOR", "MOZ")
    assert chain.trade_t.dims == ("stage", "exporter", "importer")
    assert all(list(chain.arrays[dim].values) == list(chain.countries) for dim in ("exporter", "importer"))


def test_a_country_without_a_figure_produces_nothing_where_the_caller_says_so(small_release):
    chain = build(small_release)
    assert cell(chain, "JPN", "production_t") == 0
    assert chain.quality.sel(stage="extraction", country="JPN") == "missing"
    assert chain.quality.sel(stage="extraction", country="MOZ") == "estimated"


def test_a_country_without_a_figure_is_missing_where_the_caller_says_so(small_release):
    chain = build(small_release, unreported="missing")
    assert math.isnan(cell(chain, "JPN", "production_t"))
    assert math.isnan(cell(chain, "JPN", "apparent_consumption_t"))
    assert cell(chain, "CHN", "production_t") == 150


def test_a_stage_that_nobody_reports_is_missing_and_never_zero(small_release):
    chain = build(small_release)
    assert np.isnan(chain.production_t.sel(stage="processing")).all()
    assert np.isnan(chain.trade_t.sel(stage="processing")).all()
    assert np.isnan(chain.residual_t.sel(stage="processing")).all()


def test_a_doubtful_quantity_gives_way_to_the_unit_value_of_its_own_neighbours(small_release):
    # 2019 and 2021 together: 400,000 USD on 400 t, so 120,000 USD stand for 120 t, not the 20 t on record
    chain = build(small_release)
    assert lane(chain, "CHN", "JPN") == pytest.approx(120)
    assert lane(chain, "CHN", "JPN", "imputed_t") == pytest.approx(120)


def test_gross_trade_is_what_customs_recorded_doubted_or_not(small_release):
    chain = build(small_release)
    assert lane(chain, "CHN", "JPN", "trade_gross_t") == 20
    assert lane(chain, "DEU", "FRA", "trade_gross_t") == 0
    assert lane(chain, "DEU", "FRA", "trade_usd") == 8000


def test_a_missing_quantity_without_neighbours_takes_the_unit_value_of_the_year(small_release):
    # 160,000 + 20,000 USD on 80 + 10 t are 2,000 USD/t; the lane without a value has no say
    chain = build(small_release)
    assert lane(chain, "DEU", "FRA") == pytest.approx(4)


def test_a_withdrawn_value_is_missing_and_its_tonnes_stand(small_release):
    chain = build(small_release)
    assert lane(chain, "DEU", "AUT") == 7
    assert math.isnan(lane(chain, "DEU", "AUT", "trade_usd"))
    assert lane(chain, "DEU", "AUT", "imputed_t") == 0


def test_a_quantity_that_nothing_can_stand_for_is_missing_and_never_zero(small_release):
    chain = build(small_release, year=2018)
    assert lane(chain, "CHN", "JPN") == pytest.approx(5)
    assert math.isnan(lane(chain, "MOZ", "CHN"))
    assert math.isnan(lane(chain, "MOZ", "CHN", "imputed_t"))


def test_rare_earths_of_1997_have_no_tonnes_and_are_not_shown_as_no_trade(snapshot):
    # 499 lanes of HS 284690 have a value in 1997 and none has tonnes; a zero would say that nobody traded
    chain = build(snapshot, "rare_earths", 1997)
    assert math.isnan(lane(chain, "CHN", "JPN", stage="processing"))
    assert lane(chain, "CHN", "JPN", "trade_usd", stage="processing") > 1e7


def test_what_does_not_balance_is_residual_by_hand(small_release):
    # CHN mines 150, imports 10 and exports 120 + 80 = 200: 40 t come from nowhere, and nothing is left to use
    # MOZ mines 4 and exports 10: 6. DEU mines nothing, exports 4 + 7: 11. JPN uses its 120.
    chain = build(small_release)
    residual = {code: cell(chain, code, "residual_t") for code in chain.countries}
    use = {code: cell(chain, code, "apparent_consumption_t") for code in chain.countries}
    assert residual == pytest.approx({"AUT": 0, "CHN": 40, "DEU": 11, "FRA": 0, "JPN": 0, "KOR": 0, "MOZ": 6})
    assert use == pytest.approx({"AUT": 7, "CHN": 0, "DEU": 0, "FRA": 4, "JPN": 120, "KOR": 80, "MOZ": 0})


def test_a_content_that_nobody_knows_leaves_the_lane_missing(small_release):
    # FIN to JPN is 50 t of oxides and 30 t of 810510, of unknown content
    chain = build(small_release, "cobalt")
    assert math.isnan(lane(chain, "FIN", "JPN", stage="processing"))
    assert lane(chain, "COD", "CHN", stage="extraction") == pytest.approx(35)
    assert lane(chain, "CHN", "COD", stage="processing") == 0
    assert lane(chain, "FIN", "JPN", "trade_gross_t", stage="processing") == 80


def test_what_an_exporter_ships_that_does_not_refine_is_traded_as_what_is_mined(small_release):
    # crude hydroxide of Congo under the code of refined oxides: 100 t of 35 %, before the refineries of China
    chain = build(small_release, "cobalt")
    assert chain.trade_t.sel(exporter="COD", stage="processing").sum() == 0
    assert lane(chain, "COD", "CHN", stage="extraction") == pytest.approx(35)


def test_gross_weight_stands_for_unknown_content_where_the_caller_says_so(small_release):
    # 50 x 0.7342 + 30 = 66.71; what is known stays as it is
    chain = build(small_release, "cobalt", unknown_content="gross")
    assert lane(chain, "FIN", "JPN", stage="processing") == pytest.approx(66.71)
    assert lane(chain, "COD", "CHN", stage="extraction") == pytest.approx(35)


def test_only_the_products_that_are_named_count(small_release):
    chain = build(small_release, "cobalt", product_codes=["hs92:282200"])
    assert lane(chain, "FIN", "JPN", stage="processing") == pytest.approx(50 * 0.7342)


def test_what_is_reported_under_a_code_that_ended_is_no_evidence(small_release):
    # HS 811230 ended with HS 2007
    ended = build(small_release, "germanium", 2008)
    assert np.isnan(ended.trade_t).all()
    assert ended.countries == ("CHN",)
    living = build(small_release, "germanium", 2006, unknown_content="gross")
    assert lane(living, "CHN", "USA", stage="processing") == 9


def test_an_ended_code_cannot_be_named_either(small_release):
    with pytest.raises(DataError) as caught:
        build(small_release, "germanium", 2008, product_codes=["hs92:811230"])
    assert str(caught.value) == (
        "product codes of germanium in 2008: are unknown, or ended before.\n"
        "  which:    hs92:811230\n"
        "  expected: none: no code of that year holds germanium"
    )


def test_trade_of_one_form_stands_in_where_no_code_separates_it(small_release):
    chain = build(small_release, "gallium", 2022)
    assert lane(chain, "CHN", "ROW", stage="processing") == 94
    assert cell(chain, "CHN", "apparent_consumption_t", "processing") == 506
    assert chain.sources("processing", "trade") == ("gacc",)
    assert chain.sources("processing", "trade", "production") == ("gacc", "world_mining_data")


def test_a_chain_carries_the_sources_of_what_it_holds_and_no_other(small_release):
    assert build(small_release, "germanium", 2008).lineage.source_ids == ("world_mining_data",)
    chain = build(small_release)
    assert chain.lineage.source_ids == ("baci", "world_mining_data")
    assert chain.lineage.release == "small"
    assert len(chain.lineage.release_sha256) == 64


def test_a_year_without_figures_says_which_years_have_some(small_release):
    with pytest.raises(DataError) as caught:
        build(small_release, year=2030)
    assert str(caught.value) == (
        "natural_graphite 2030: release small has neither production nor trade.\n"
        "  expected: a year of 2018 to 2021\n"
        "  fix:      monazite data show production lists what there is"
    )


def test_an_unknown_product_code_shows_those_of_the_material(small_release):
    with pytest.raises(DataError) as caught:
        build(small_release, "cobalt", product_codes=["hs92:282200", "hs92:999999", "282200"])
    assert str(caught.value) == (
        "product codes of cobalt in 2020: are unknown, or ended before.\n"
        "  which:    hs92:999999, 282200\n"
        "  expected: hs92:282200, hs92:810510"
    )
