"""Facts about baskets, routes, by-products and production by element, from the curated tables and the release."""

import numpy as np
import pytest

from monazite.sources.curated import read_curated
from monazite.supply_chain.baskets import ELEMENTS, scale_basket
from monazite.supply_chain.elements import element_production
from monazite.vocabulary import contained_factor, material, materials

GROUPS = {
    "NdPr": ("neodymium", "praseodymium"),
    "La_to_Nd": ELEMENTS[:4],
    "Sm_to_Lu_Y": ELEMENTS[4:],
    "Gd_to_Lu_Y": ELEMENTS[6:],
    "Ho_to_Lu_Y": ELEMENTS[9:],
}


@pytest.fixture(scope="module")
def baskets():
    """Printed shares by analysis, elements and groups together."""
    table = read_curated("element_baskets")
    found = {}
    for basket, element, share in zip(table["basket_id"], table["element"], table["share"], strict=True):
        if np.isfinite(share):
            found.setdefault(basket, {})[element] = float(share)
    return found


def elements_of(basket):
    return {element: share for element, share in basket.items() if element in ELEMENTS}


@pytest.fixture(scope="module")
def routes():
    table = read_curated("deposit_routes")
    keys = zip(table["route"], table["parameter"], strict=True)
    return {
        (str(route), str(parameter)): float(value)
        for (route, parameter), value in zip(keys, table["value"], strict=True)
    }


# Baskets


def test_the_elements_of_a_basket_are_the_rare_earths_of_the_vocabulary():
    assert set(ELEMENTS) == {name for name, entry in materials().items() if entry.parent == "rare_earths"}


def test_every_share_is_counted_in_the_oxide_of_the_vocabulary():
    table = read_curated("element_baskets")
    for element, oxide in zip(table["element"], table["oxide"], strict=True):
        assert oxide == (material(element).contained_as if element in ELEMENTS else "group")


def test_every_published_analysis_can_be_scaled(baskets):
    for name, basket in baskets.items():
        scaled = scale_basket(elements_of(basket), name)
        assert sum(scaled.values()) <= 1 + 1e-12
        if len(scaled) == len(ELEMENTS):
            assert sum(scaled.values()) == pytest.approx(1)


def test_a_tonne_of_neodymium_oxide_from_mountain_pass_brings_four_of_cerium_oxide(baskets):
    # MP Materials, Form 10-K for 2021: La 0.327, Ce 0.498, Pr 0.044, Nd 0.120; 0.4982 / 0.1204 = 4.14
    basket = baskets["mountain_pass_inferred"]
    names = ("lanthanum", "cerium", "praseodymium", "neodymium")
    assert [round(basket[name], 3) for name in names] == [0.327, 0.498, 0.044, 0.120]
    assert basket["cerium"] / basket["neodymium"] == pytest.approx(4.1, abs=0.05)
    assert baskets["mountain_pass_gupta"]["cerium"] / baskets["mountain_pass_gupta"][
        "neodymium"
    ] == pytest.approx(4.1, abs=0.05)


def test_the_clay_of_longnan_is_mostly_yttrium_in_every_analysis(baskets):
    found = [baskets[f"longnan_{name}"]["yttrium"] for name in ("deng_kendall", "gupta", "chi")]
    assert min(found) > 0.6
    assert max(found) < 0.66


def test_the_basket_of_bayan_obo_follows_from_the_flows_of_the_process_model(baskets):
    # Sprecher et al. 2014: kg of the element per kg of ore of 4.1 % REO
    flows = {"lanthanum": 9.84e-3, "cerium": 1.64e-2, "praseodymium": 1.72e-3, "neodymium": 5.41e-3,
             "samarium": 4.1e-4, "europium": 8.14e-5, "gadolinium": 2.06e-4}  # fmt: skip
    basket = elements_of(baskets["bayan_obo_sprecher"])
    assert basket.keys() == flows.keys()
    for name, flow in flows.items():
        entry = material(name)
        assert basket[name] == pytest.approx(
            flow * contained_factor(entry.symbol, entry.contained_as) / 0.041, abs=6e-5
        )


def test_groups_agree_with_the_elements_they_sum(baskets):
    # one process model, one resource: within rounding of the printed figures
    for name, group, slack in (
        ("bayan_obo_sprecher", "NdPr", 0.001),
        ("steenkampskraal_2022", "NdPr", 0.0002),
    ):
        assert sum(baskets[name][element] for element in GROUPS[group]) == pytest.approx(
            baskets[name][group], abs=slack
        )
    # the distribution that MP Materials prints is whole: 32.3 + 50.2 + 15.7 + 1.8 = 100.0
    assert sum(baskets["mountain_pass_distribution"].values()) == pytest.approx(1, abs=5e-4)


def test_abstracts_that_give_only_groups_agree_with_the_analyses(baskets):
    table = read_curated("element_baskets")
    lowest = {
        (b, e): float(low)
        for b, e, low in zip(table["basket_id"], table["element"], table["low"], strict=True)
    }
    bayan_obo = elements_of(baskets["bayan_obo_sprecher"])
    assert sum(bayan_obo[name] for name in GROUPS["La_to_Nd"]) > lowest["bayan_obo_zhang", "La_to_Nd"] == 0.95
    longnan = scale_basket(elements_of(baskets["longnan_deng_kendall"]))
    assert sum(longnan[name] for name in GROUPS["Gd_to_Lu_Y"]) == pytest.approx(
        baskets["longnan_chi"]["Gd_to_Lu_Y"], abs=0.03
    )
    assert sum(longnan[name] for name in GROUPS["Ho_to_Lu_Y"]) == pytest.approx(
        baskets["longnan_zhang"]["Ho_to_Lu_Y"], abs=0.01
    )


def test_no_table_uses_xunwu_or_a_proxy_for_myanmar():
    table = read_curated("element_baskets")
    assert "MMR" not in set(table["country"])
    assert not any("xunwu" in name for name in table["deposit"])


# Deposits and routes


def test_95_percent_of_what_bayan_obo_digs_is_waste_only_if_iron_is_left_out(routes):
    concentrate = routes["bayan_obo", "share of what is dug that becomes REO concentrate at 50 %"]
    iron = routes["bayan_obo", "iron concentrate (65 % Fe) per t ore, co-product"]
    without_iron = routes[
        "bayan_obo", "share of the ore that is waste if only the rare-earth concentrate counts"
    ]
    with_iron = routes["bayan_obo", "share of the ore that is waste if the iron concentrate counts too"]
    assert without_iron == pytest.approx(1 - concentrate)
    assert with_iron == pytest.approx(1 - concentrate - iron)
    assert (round(without_iron, 2), round(1 - with_iron, 2)) == (0.96, 0.46)
    # 0.61 t REO in 1 t of concentrate from 30 t of ore, at 50 %: 0.61 / 0.5 / 30; 12.5 t of iron concentrate of 30 t
    assert concentrate == pytest.approx(0.61 / 0.5 / 30, abs=5e-4)
    assert iron == pytest.approx(12.5 / 30, abs=5e-4)


def test_thorium_is_four_kilograms_a_tonne_of_oxide_at_bayan_obo_and_kuantan_alike(routes):
    parameter = "thorium that ends in waste per t REO"
    assert routes["bayan_obo", parameter] == 240_000 / 60_000
    activity = routes["mount_weld", "thorium activity of the water-leach residue"]
    residue = routes["mount_weld", "water-leach residue per t REO"]
    # 4,060 Bq/g is the specific activity of thorium-232
    assert routes["mount_weld", parameter] == pytest.approx(activity / 4060 * residue * 1000, abs=0.05)
    assert routes["mount_weld", parameter] == pytest.approx(routes["bayan_obo", parameter], rel=0.1)


def test_the_plant_is_130_to_150_kilometres_from_the_mine(routes):
    assert 130 <= routes["bayan_obo", "distance from mine to plant by road"] <= 150


# By-products


def test_gallium_is_six_grams_a_tonne_of_alumina_of_fifteen_that_could_be_won():
    table = read_curated("byproduct_hosts")
    keys = zip(table["byproduct"], table["host"], table["parameter"], strict=True)
    found = dict(zip(keys, map(float, table["value"]), strict=True))
    output = found["gallium", "alumina", "world by-product output per t host output"]
    assert output == pytest.approx(848 / 142e3, rel=1e-3)  # 848 t of 142 Mt, kg a tonne
    assert round(1000 * output) == 6
    ceiling = found["gallium", "alumina", "recoverable by-product per t host output"]
    assert ceiling == pytest.approx(0.050 * 0.15 * 2)  # 50 g/t, recovery 0.15, 2 t of bauxite
    assert ceiling > 2 * output


# Production by element


def test_chinas_quotas_are_its_production_and_their_parts_are_whole(snapshot):
    # Austrian Federal Ministry of Finance, World Mining Data, gives the quota as China's production
    table = read_curated("deposit_shares")
    for year, total in {2018: 120_000, 2020: 140_000, 2021: 168_000, 2022: 210_000, 2023: 255_000}.items():
        rows = (table["country"] == "CHN") & (table["year"] == year)
        assert set(table["total_t"][rows]) == {total}
        assert table["part_t"][rows].sum() == total
        assert float(element_production(snapshot, year).arrays["reo_t"].sel(country="CHN")) == total


def test_neodymium_of_2024_is_told_for_two_countries(snapshot):
    arrays = element_production(snapshot, 2024).arrays
    neodymium = arrays["production_t"].sel(element="neodymium").dropna("country")
    # USA: 45,493 x 0.1204. China: 270,000 x 94,580 / 135,000 of Bayan Obo x 0.1539, the rest is not analysed
    assert neodymium.to_series().round().to_dict() == {"CHN": 29112, "USA": 5477}
    assert float(arrays["covered_share"].sel(element="neodymium", country="CHN")) == pytest.approx(
        0.7006, abs=1e-4
    )


def test_dysprosium_of_2024_cannot_be_told_from_analyses_that_can_be_cited(snapshot):
    arrays = element_production(snapshot, 2024).arrays
    assert np.isnan(arrays["production_t"].sel(element="dysprosium").values).all()
    # at most what no known element is: 0.19 % of Mountain Pass
    assert float(arrays["unknown_t"].sel(country="USA")) == pytest.approx(45_493 * (1 - 0.9981), abs=1)


def test_magnet_rare_earths_of_the_iea_are_near_for_the_usa_and_above_for_china(snapshot):
    # IEA, Critical Minerals Data Explorer 2025, mining of Nd, Pr, Dy and Tb in 2024: 6.86 and 45.8 kt
    told = (
        element_production(snapshot, 2024).arrays["production_t"].sel(element=["neodymium", "praseodymium"])
    )
    magnet_t = told.sum("element", skipna=False)
    assert float(magnet_t.sel(country="USA")) == pytest.approx(6860, rel=0.1)
    assert 0.8 * 45_787 < float(magnet_t.sel(country="CHN")) < 45_787


def test_elements_and_unknown_are_the_oxides_in_every_year_of_the_release(snapshot):
    years = snapshot.query(
        "SELECT DISTINCT year FROM production WHERE material = 'rare_earths' AND stage = 'extraction' ORDER BY year"
    )["year"]
    assert len(years) >= 15
    for year in map(int, years):
        arrays = element_production(snapshot, year).arrays
        total = arrays["production_t"].sum("element") + arrays["unknown_t"]
        assert total.values == pytest.approx(arrays["reo_t"].values, rel=1e-12)
