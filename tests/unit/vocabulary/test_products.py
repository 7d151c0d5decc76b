"""Products of the Harmonized System and their contents."""

import re

import pytest

from monazite.errors import DataError
from monazite.vocabulary import (
    STAGES,
    all_products,
    contained_factor,
    countries,
    material,
    materials,
    product_content,
    products,
    stage_at,
)
from monazite.vocabulary.products import contents_by_exporter
from monazite.vocabulary.tables import read_table


def every_content():
    for product in all_products():
        yield product.product_code, product.content
    yield from contents_by_exporter().items()


def test_codes_carry_their_edition_and_six_digits():
    for product in all_products():
        assert re.fullmatch(r"hs(92|96|02|07|12|17|22):\d{6}", product.product_code)
        assert f"{product.edition}:{product.code:06d}" == product.product_code


def test_a_code_is_one_product_per_material():
    keys = [(product.product_code, product.material) for product in all_products()]
    assert sorted(set(keys)) == keys


def test_products_name_known_materials_stages_and_countries():
    assert {product.material for product in all_products()} <= set(materials())
    assert {product.stage for product in all_products()} <= set(STAGES)
    assert {exporter for _, _, exporter in contents_by_exporter()} <= set(countries())
    codes = {(product.product_code, product.material) for product in all_products()}
    assert {(code, name) for code, name, _ in contents_by_exporter()} <= codes


def test_the_materials_of_the_first_release_are_mapped():
    codes = {
        (name, stage): [product.code for product in products(name, stage) if product.edition == "hs92"]
        for name, stage in [
            ("rare_earths", "processing"),
            ("nickel", "extraction"),
            ("aluminium", "extraction"),
            ("aluminium", "processing"),
            ("natural_graphite", "extraction"),
            ("cobalt", "processing"),
            ("germanium", "processing"),
        ]
    }
    assert codes == {
        ("rare_earths", "processing"): [280530, 284610, 284690],
        ("nickel", "extraction"): [260400],
        ("aluminium", "extraction"): [260600],
        ("aluminium", "processing"): [281820, 760110],
        ("natural_graphite", "extraction"): [250410, 250490],
        ("cobalt", "processing"): [282200, 810510],
        ("germanium", "processing"): [811230],
    }


def test_germanium_has_no_code_of_its_own_after_2006():
    # HS 2007 deleted 811230: China's 84 t of 2006 become 4 t in 2007
    assert [p.valid_to for p in products("germanium") if p.code == 811230] == [2006]


def test_every_content_says_how_it_was_found_and_from_where():
    for key, content in every_content():
        assert content.basis and content.source, key


def test_a_missing_factor_says_that_it_is_unknown_or_depends():
    for key, content in every_content():
        missing = content.basis.startswith(("unknown", "depends on the exporter"))
        assert missing == (content.factor is None), key


def test_contents_lie_between_their_limits():
    for key, content in every_content():
        known = [value for value in (content.low, content.factor, content.high) if value is not None]
        assert known == sorted(known), key
        assert all(0 < value <= 1.54 for value in known), key  # Sc2O3 / 2 Sc = 1.534 is the most


@pytest.mark.parametrize(
    ("code", "name", "compound"),
    [
        ("hs92:282200", "cobalt", "Co3O4"),
        ("hs92:282520", "lithium", "LiOH.H2O"),
        ("hs92:283691", "lithium", "Li2CO3"),
        ("hs92:282530", "vanadium", "V2O5"),
        ("hs92:283030", "cadmium", "CdS"),
    ],
)
def test_stoichiometric_contents_follow_from_the_atomic_weights(code, name, compound):
    expected = contained_factor(compound, material(name).contained_as)
    assert product_content(code, name).factor == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("code", "name", "mineral"),
    [
        ("hs92:251020", "phosphate_rock", "Ca5(PO4)3F"),
        ("hs92:260111", "iron", "Fe3O4"),
        ("hs92:260112", "iron", "Fe3O4"),
        ("hs92:260200", "manganese", "Mn3O4"),
        ("hs92:260800", "zinc", "ZnS"),
        ("hs92:260900", "tin", "SnO2"),
        ("hs92:260300", "copper", "Cu2S"),
        ("hs92:261210", "uranium", "UO2"),
        ("hs92:261390", "molybdenum", "MoS2"),
        ("hs92:261400", "titanium", "TiO2"),
    ],
)
def test_an_ore_of_unknown_content_holds_no_more_than_its_pure_mineral(code, name, mineral):
    content = product_content(code, name)
    assert content.factor is None
    assert content.high == pytest.approx(contained_factor(mineral, material(name).contained_as), abs=5e-5)
    assert mineral in content.basis


def test_tungsten_concentrate_is_sold_with_62_to_72_percent_of_trioxide():
    # W in WO3 is 183.84 / 231.837 = 0.79297: times 0.67, 0.62 and 0.72
    content, pure = product_content("hs92:261100", "tungsten"), contained_factor("WO3", "W")
    assert (content.factor, content.low, content.high) == pytest.approx(
        (0.67 * pure, 0.62 * pure, 0.72 * pure), abs=5e-5
    )


def test_natural_borates_hold_no_more_than_colemanite():
    # 3 B2O3 in Ca2B6O11.5H2O
    pure = contained_factor("Ca2B6O11(H2O)5", "B2O3")
    assert product_content("hs92:252890", "boron").high == pytest.approx(pure, abs=5e-5)


@pytest.mark.parametrize("code", ["hs92:720292", "hs92:720293"])
def test_a_ferro_alloy_has_iron_and_a_tenth_of_what_it_is_named_for(code):
    # Harmonized System, chapter 72, note 1(c): 4 % of iron or more, over 10 % of other elements
    (product,) = [p for p in all_products() if p.product_code == code]
    assert (product.content.factor, product.content.low, product.content.high) == (None, 0.1, 0.96)


def test_a_tonne_of_rare_earth_metal_is_more_than_a_tonne_of_oxide():
    # Nd2O3 / 2 Nd = (2 x 144.24 + 3 x 15.999) / 288.48 = 1.16638
    assert product_content("hs92:280530", "rare_earths").factor == pytest.approx(
        contained_factor("Nd", "Nd2O3"), abs=5e-5
    )


def test_four_tonnes_of_bauxite_give_one_of_aluminium():
    bauxite, alumina = (
        product_content("hs92:260600", "aluminium"),
        product_content("hs92:281820", "aluminium"),
    )
    assert (bauxite.factor, alumina.factor) == (1 / 4, 1 / 2)


def test_rare_earth_contents_are_the_oxide_usgs_counts_over_the_tonnes_of_baci():
    # United States, imports 2011-2015 [t]: 35 850 REO of 47 543 gross; cerium 6 460 of 16 925
    assert product_content("hs92:284690", "rare_earths").factor == pytest.approx(35850 / 47543, abs=5e-4)
    assert product_content("hs92:284610", "rare_earths").factor == pytest.approx(6460 / 16925, abs=5e-4)


def test_nickel_ore_holds_what_its_exporter_mines():
    # Indonesia: 140 kt Ni in 12 349 kt wet ore; dry share 140 / (12349 x 0.017) = 0.667
    # Philippines: 344 966 t Ni in 25.9 Mt dry ore, x 0.667. New Caledonia: permits at 1.745 % x 0.667
    # Sulphide concentrate: mean of 8, 9.6 and 14 % is 10.5 %
    expected = {"IDN": 140 / 12349, "PHL": 344966 / 25.9e6 * 0.667, "NCL": 0.01745 * 0.667, "CAN": 0.316 / 3}
    for exporter, factor in expected.items():
        assert product_content("hs92:260400", "nickel", exporter).factor == pytest.approx(
            factor, abs=1e-4 + factor / 300
        )


def test_nickel_ore_of_an_unknown_kind_has_no_content():
    content = product_content("hs92:260400", "nickel", "CHN")
    assert (content.factor, content.basis) == (None, "depends on the exporter: content_by_exporter.csv")


def test_crude_hydroxide_holds_half_the_cobalt_of_refined_oxide():
    assert product_content("hs92:282200", "cobalt", "COD").factor == 0.35
    assert product_content("hs92:282200", "cobalt", "FIN").factor == 0.7342


def test_a_code_of_another_material_is_refused():
    with pytest.raises(DataError) as caught:
        product_content("hs92:260400", "natural_graphite")
    assert str(caught.value) == (
        "product code: hs92:260400 is not mapped to natural_graphite.\n"
        "  expected: one of hs92:250410, hs92:250490\n"
        "  fix:      add the code to src/monazite/vocabulary/products.csv, with its source"
    )


def test_a_material_without_codes_has_no_products():
    assert products("helium") == ()
    with pytest.raises(DataError, match="a code of helium; none is mapped yet"):
        product_content("hs92:280429", "helium")


def test_a_stage_by_exporter_is_an_earlier_one_of_a_mapped_product():
    for row in read_table("stage_by_exporter"):
        (product,) = [
            p
            for p in all_products()
            if (p.product_code, p.material) == (row["product_code"], row["material"])
        ]
        assert STAGES.index(row["stage"]) < STAGES.index(product.stage)
        assert stage_at(product, row["exporter"]) == row["stage"]


def test_methods_of_contents_are_laid_down_for_mapped_products_without_a_content():
    for row in read_table("content_methods"):
        assert product_content(row["product_code"], row["material"]).factor is None
        assert set(row["methods"].split(";")) <= {"mass", "value", "price"}
        assert ("price" in row["methods"]) == bool(row["price_form"])
