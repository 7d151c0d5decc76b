"""The page of hindcasts: every figure is that of the runs, and the format is that of the reader."""

import importlib.util
from pathlib import Path

import pytest

from monazite.hindcast import list_episodes, read_episode
from monazite.hindcast.episode import Episode

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "hindcasts.md"


def load_tool():
    spec = importlib.util.spec_from_file_location(
        "build_hindcasts_page", ROOT / "tools" / "build_hindcasts_page.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_page_equals_a_fresh_build(snapshot):
    page = PAGE.read_text(encoding="utf-8")
    built = load_tool().build_page(snapshot)
    different = [
        pair for pair in zip(page.splitlines(), built.splitlines(), strict=False) if pair[0] != pair[1]
    ]
    assert different == [], "run python tools/build_hindcasts_page.py, and look at what changed"
    assert page == built


def test_the_page_names_every_key_and_every_episode_and_what_falls_short_first():
    page = PAGE.read_text(encoding="utf-8")
    assert load_tool().write_keys() in page
    for name in Episode.model_fields:
        assert f"| `{name}` |" in page
    for name in list_episodes():
        assert f"`{name}`" in page
        assert all(" ".join(text.split()) in page for text in read_episode(name).episode.lacks)
    assert page.index("## What falls short, first") < page.index("## Episodes")
