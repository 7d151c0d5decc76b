"""What is refused of `--picture` before any work is done."""

import doctest
from pathlib import Path

import pytest

from monazite.cli import pictures
from monazite.cli.main import build_app
from monazite.cli.pictures import check_picture
from monazite.errors import UsageError
from monazite.reports import crma_chart

COMMANDS = (
    ["measure", "crma", "--region", "EU27", "--year", "2030"],
    ["measure", "supply-risk", "--material", "tin", "--year", "2023"],
    ["measure", "expected-loss", "--material", "tin", "--region", "EU27", "--year", "2023"],
    ["measure", "leverage", "--material", "tin", "--year", "2023"],
    ["detect", "--exporter", "CHN", "--importer", "JPN", "--product", "hs92:284690"],
    ["trace", "--material", "tin", "--importer", "EU27", "--year", "2023", "--by", "all"],
)
FLOWS = (
    ["chain", "--material", "tin", "--year", "2023"],
    ["trace", "--material", "tin", "--importer", "EU27", "--year", "2023"],
)


@pytest.mark.parametrize("module", [pictures, crma_chart])
def test_the_examples_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_a_picture_that_is_no_svg_or_has_no_folder_is_refused(words):
    with pytest.raises(UsageError, match=r"x\.png is no SVG file"):
        build_app()([*words, "--picture", "x.png"], exit_on_error=False)
    with pytest.raises(UsageError, match=r"there is no folder no/such"):
        build_app()([*words, "--picture", "no/such/x.svg"], exit_on_error=False)


@pytest.mark.parametrize("words", FLOWS, ids=lambda words: words[0])
def test_flows_into_a_folder_that_is_not_there_are_refused(words):
    with pytest.raises(UsageError, match=r"--flows: there is no folder no/such"):
        build_app()([*words, "--flows", "no/such/x.svg"], exit_on_error=False)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    check_picture(tmp_path / "x.svg")
    with pytest.raises(UsageError, match="there is no folder"):
        check_picture(Path("/no/such/x.svg"))
