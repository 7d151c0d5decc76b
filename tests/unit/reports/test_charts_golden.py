"""Every chart, byte for byte, and what all of them promise."""

import doctest
import re
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

GOLDEN = Path(__file__).parents[2] / "golden" / "charts"
SVG = "{http://www.w3.org/2000/svg}"
KINDS = [f"{kind}-{size}" for kind in ("map", "sankey", "fan", "bars", "heat") for size in ("desk", "phone")]
MODULES = ("charts.svg", "charts.words", "charts.scale", "charts.palette", "charts.heat", "html", "page")


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_is_byte_for_byte_what_was_looked_at(samples, kind):
    path = GOLDEN / f"{kind}.svg"
    if not path.exists():
        path.write_text(samples[kind].svg + "\n", encoding="utf-8")
        pytest.fail(f"{path.name} was missing and is written now: look at it, then commit it")
    assert samples[kind].svg + "\n" == path.read_text(encoding="utf-8"), (
        "look at both; delete the file to renew it"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_mark_has_a_title_and_can_be_reached_by_keyboard(samples, kind):
    root = ElementTree.fromstring(samples[kind].svg)
    marks = [g for g in root.iter(f"{SVG}g") if g.get("class") == "mark"]
    assert marks
    for mark in marks:
        assert mark.get("tabindex") == "0"
        assert mark.get("role") == "img"
        assert mark.find(f"{SVG}title").text == mark.get("aria-label") != ""


@pytest.mark.parametrize("kind", KINDS)
def test_ids_of_a_chart_are_unique_and_begin_with_its_own(samples, kind):
    ids = re.findall(r'\bid="([^"]+)"', samples[kind].svg)
    assert len(ids) == len(set(ids))
    assert all(found.startswith("sample") for found in ids)


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_is_as_wide_as_it_was_told_and_no_text_begins_outside(samples, kind):
    root = ElementTree.fromstring(samples[kind].svg)
    width = 960 if kind.endswith("desk") else 390
    assert root.get("width") == str(width)
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x")) <= width


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    result = doctest.testmod(import_module(f"monazite.reports.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
