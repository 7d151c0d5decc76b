"""The hand-worked numbers of the docstrings and of the reference page."""

import doctest
import importlib
from pathlib import Path

import pytest

from monazite import indicators

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "indicators.md"


@pytest.mark.parametrize(
    "name",
    [
        "checks",
        "concentration",
        "crma",
        "criticality.assess",
        "criticality.draws",
        "criticality.importance",
        "criticality.parts",
        "criticality.study",
        "criticality.tables",
        "dependence",
        "draw_ranks",
        "expected_loss",
        "exposed_value",
        "geopolrisk.score",
        "geopolrisk.prices",
        "governance",
        "import_sources",
        "import_sources_table",
        "ranges",
        "ranks",
        "reliance",
        "reliance_table",
        "single_source",
        "spare_capacity",
        "supply_risk",
        "supply_risk_table",
    ],
)
def test_the_examples_of_a_module_hold(name):
    result = doctest.testmod(importlib.import_module(f"monazite.indicators.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.slow
def test_the_examples_of_the_page_hold():
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_page_has_a_section_for_every_indicator():
    page = PAGE.read_text(encoding="utf-8")
    functions = [name for name in indicators.__all__ if name.islower()]
    assert [name for name in functions if f"## `{name}`" not in page] == []
