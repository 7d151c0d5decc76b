"""Our supply risk and economic importance beside the official figures of 2023: the page that shows them."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def module():
    spec = importlib.util.spec_from_file_location(
        "build_supply_risk_page", ROOT / "tools" / "build_supply_risk_page.py"
    )
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.slow
def test_the_page_equals_a_fresh_build(module):
    assert module.PAGE.read_text(encoding="utf-8") == module.build_page(), (
        "run tools/build_supply_risk_page.py"
    )


def test_ours_and_the_official_figures_agree_in_their_order(module):
    """European Commission, Study on the critical raw materials for the EU 2023, doi:10.2873/725585."""
    text = module.PAGE.read_text(encoding="utf-8")
    compared, risk = re.search(
        r"(\d+) materials can be compared\. The rank correlation .*? is ([\d.]+),", text
    ).groups()
    importance = re.search(r"### Economic importance\n\n\d+ .*? is ([\d.]+);", text)[1]
    assert int(compared) >= 25
    assert float(risk) > 0.85
    assert float(importance) > 0.9


def test_the_page_explains_ten_differences(module):
    text = module.PAGE.read_text(encoding="utf-8")
    assert len(re.findall(r"^- \w+: [+-]\d", text, re.MULTILINE)) == 10
