"""What a market trades is named: ore is not its metal."""

import pytest

from monazite.scenarios.goods import name_goods


@pytest.mark.parametrize(
    ("material", "stage", "name"),
    [
        ("nickel", "extraction", "nickel ore"),
        ("nickel", "processing", "nickel"),
        ("aluminium", "extraction", "bauxite"),
        ("iron", "extraction", "iron ore"),
        ("natural_graphite", "extraction", "natural graphite"),
        ("kaolin", "extraction", "kaolin"),
        ("gallium", "processing", "gallium"),
    ],
)
def test_ore_is_called_ore_and_the_rest_by_its_material(material, stage, name):
    assert name_goods(material, stage) == name
