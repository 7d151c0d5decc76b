"""Growth of trade foretells nothing: the decision quotes what the tool measures."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
DECISION = ROOT / "docs" / "decisions" / "0003-simulator-priors.md"


def load_tool():
    path = ROOT / "tools" / "measure_growth_persistence.py"
    spec = importlib.util.spec_from_file_location("measure_growth_persistence", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_growth_that_always_comes_again_is_found_whole():
    # 1.1 ** year: the slope is ln 1.1 = 0.0953 a year; three years ahead of the last of five, 3.5 years after the mean
    # of the last two, it promises 0.3336, and that is what came
    tool = load_tool()
    series = {(1, "AAA"): {year: 1.1 ** (year - 2000) for year in range(2000, 2010)}}
    promised, came = tool.collect_growth(series, 3)
    assert promised == pytest.approx(np.full(3, 3.5 * np.log(1.1)))
    assert came == pytest.approx(promised)
    assert tool.fit_persistence(promised, came)[0] == 1.0


def test_years_with_a_gap_and_small_traders_do_not_count():
    # AAA lacks 2003, and BBB holds a thousandth of the trade
    tool = load_tool()
    years = [year for year in range(2000, 2010) if year != 2003]
    series = {
        (1, "AAA"): dict.fromkeys(years, 999.0),
        (1, "BBB"): dict.fromkeys(range(2000, 2010), 1.0),
        (1, "CCC"): dict.fromkeys(range(2000, 2008), 999.0),
    }
    # CCC alone: five years to 2004, three ahead to 2007
    assert len(tool.collect_growth(series, 3)[0]) == 1


@pytest.mark.slow
def test_the_decision_quotes_what_is_measured(snapshot):
    text = " ".join(DECISION.read_text(encoding="utf-8").split())
    tool = load_tool()
    for side, words in (
        ("importer", "-0.10 of an importer's growth"),
        ("exporter", "-0.11 of an exporter's"),
    ):
        promised, came = tool.collect_growth(tool.read_series(snapshot, side), 3)
        assert words in text
        assert f"{tool.fit_persistence(promised, came)[0]:+.2f}" == words[:5]
        assert f"{len(came):,}" in text
