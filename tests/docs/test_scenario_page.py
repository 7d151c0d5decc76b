"""The generated page and schema of scenario files."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build():
    spec = importlib.util.spec_from_file_location("build_page", ROOT / "tools" / "build_scenario_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_and_the_schema_equal_a_fresh_build():
    module = build()
    assert module.PAGE.read_text(encoding="utf-8") == module.build_page(), "run tools/build_scenario_page.py"
    assert module.SCHEMA.read_text(encoding="utf-8") == module.build_schema(), (
        "run tools/build_scenario_page.py"
    )
