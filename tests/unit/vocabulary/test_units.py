"""Units of mass and contained substances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monazite.errors import DataError
from monazite.vocabulary import contained_factor, materials, molar_mass, tonnes_per_unit
from monazite.vocabulary.units import TONNES, atomic_weights, count_atoms


@pytest.mark.parametrize(
    ("unit", "tonnes"),
    [
        ("t", 1.0),
        ("metr. t", 1.0),
        ("metric tons", 1.0),
        ("tonnes (metal content)", 1.0),
        ("kt", 1000.0),
        ("thousand metric tons", 1000.0),
        ("million metric tons", 1_000_000.0),
        ("kg", 0.001),
        ("g", 0.000001),
        ("lb", 0.00045359237),
        ("troy oz", 0.0000311034768),  # 32.1507 troy ounces are a kilogram
    ],
)
def test_units_of_mass_become_tonnes(unit, tonnes):
    assert tonnes_per_unit(unit) == pytest.approx(tonnes, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        ("Mio m3", "a volume of gas, not a mass"),
        ("ct", "carats of gems, whose mass says nothing about supply"),
        ("Mt", "ambiguous: a million tonnes, or metric tons"),
        ("bushel", "not a known unit"),
        ("", "not a known unit"),
    ],
)
def test_a_unit_that_is_no_clear_mass_is_refused(unit, reason):
    with pytest.raises(DataError) as caught:
        tonnes_per_unit(unit, where="Natural Gas, column unit")
    assert str(caught.value) == (
        f"Natural Gas, column unit: {unit!r} is {reason}.\n  expected: a unit of mass: {', '.join(TONNES)}"
    )


@pytest.mark.parametrize(
    ("reported", "contained", "factor"),
    [
        ("Li2O", "Li", 0.4645),  # 2 x 6.94 / (2 x 6.94 + 15.999) = 13.88 / 29.879
        ("Nb2O5", "Nb", 0.6990),  # 2 x 92.906 / (185.812 + 79.995)
        ("Ta2O5", "Ta", 0.8190),  # 2 x 180.95 / (361.90 + 79.995)
        ("TiO2", "Ti", 0.5993),  # 47.867 / (47.867 + 31.998)
        ("Cr2O3", "Cr", 0.6842),  # 2 x 51.996 / (103.992 + 47.997)
        ("U3O8", "U", 0.8480),  # 3 x 238.03 / (714.09 + 127.992)
        ("P2O5", "P", 0.4364),  # 2 x 30.974 / (61.948 + 79.995)
        ("K2O", "K", 0.8302),  # 2 x 39.098 / (78.196 + 15.999) = 0.83015
        ("Al2O3", "Al", 0.5293),  # 2 x 26.982 / (53.964 + 47.997)
        ("As2O3", "As", 0.7574),  # 2 x 74.922 / (149.844 + 47.997)
        ("WO3", "W", 0.7930),  # 183.84 / (183.84 + 47.997)
        ("Co(OH)2", "Co", 0.6340),  # 58.933 / (58.933 + 2 x 17.007)
        ("Y", "Y2O3", 1.2699),  # (177.812 + 47.997) / 177.812
        ("REO", "REO", 1.0),
        ("P2O5", "P2O5", 1.0),
    ],
)
def test_contained_substance_follows_from_atomic_weights(reported, contained, factor):
    assert contained_factor(reported, contained) == pytest.approx(factor, abs=5e-5)


def test_there_and_back_is_one():
    assert contained_factor("Li2O", "Li") * contained_factor("Li", "Li2O") == pytest.approx(1.0, rel=1e-12)


@given(st.sampled_from(sorted(set(atomic_weights()) - {"O", "H"})), st.integers(1, 9), st.integers(1, 9))
def test_metal_and_oxygen_make_up_an_oxide(element, atoms, oxygens):
    oxide = f"{element}{atoms}O{oxygens}"
    oxygen_share = oxygens * atomic_weights()["O"] / molar_mass(oxide)
    assert contained_factor(oxide, element) + oxygen_share == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("formula", ["", "REO2", "Li2o", "Co(OH2", "Co)2", "Xx2O3", "2Li"])
def test_a_formula_that_cannot_be_read_is_refused(formula):
    with pytest.raises(DataError, match="cannot be read"):
        count_atoms(formula)


@pytest.mark.parametrize(("reported", "contained"), [("Li2O", "Co"), ("CuFeS2", "FeS2"), ("H2O", "O")])
def test_substances_without_one_common_element_are_refused(reported, contained):
    with pytest.raises(DataError, match=f"{reported} cannot be counted as {contained}"):
        contained_factor(reported, contained)


def test_every_oxide_that_a_rare_earth_is_counted_as_can_be_read():
    for entry in materials().values():
        if entry.parent == "rare_earths":
            assert 1.1 < contained_factor(entry.symbol, entry.contained_as) < 1.6
