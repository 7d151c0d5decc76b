"""Every code block of the README and the tutorials runs, in order, and prints what the page shows."""

import contextlib
import doctest
import io
import re
import shlex
import sys
from pathlib import Path

import pytest

from monazite.cli.main import main

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RULES = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def read_blocks(page):
    """List the fenced blocks of a page: language, text and line of the first row."""
    text = page.read_text(encoding="utf-8")
    return [(found[1], found[2], text[: found.start()].count("\n") + 2) for found in FENCE.finditer(text)]


def read_commands(block):
    """List the `$ monazite` commands of a console block and the output shown below each; others are for a shell."""
    commands = []
    for line in block.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif commands:
            commands[-1][1].append(line)
    return [(command, "\n".join(shown)) for command, shown in commands if command.startswith("monazite ")]


def run_python(code, names, where):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, where, "exec"), names)
    return out.getvalue()


def run_command(command, monkeypatch):
    assert not re.search(r"[|>&;]", re.sub(r"\"[^\"]*\"", "", command)), f"{command}: no shell here"
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    out, code = io.StringIO(), 0
    with contextlib.redirect_stdout(out):
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
    assert code == 0, f"{command}: exit {code}"
    return out.getvalue()


def check_output(shown, printed, where):
    checker = doctest.OutputChecker()
    assert checker.check_output(shown, printed, RULES), f"{where} shows\n{shown}\nbut prints\n{printed}"


def run_page(page, monkeypatch):
    """Run the blocks of a page in order; a `text` block after a `python` block is what that block prints."""
    names = {"__name__": "__main__"}
    printed = None
    for language, text, line in read_blocks(page):
        where = f"{page.name}:{line}"
        if language == "python":
            printed = run_python("\n" * (line - 1) + text, names, str(page))
        elif language == "text" and printed is not None:
            check_output(text, printed, where)
            printed = None
        elif language == "console":
            for command, shown in read_commands(text):
                found = run_command(command, monkeypatch)
                if shown.strip():
                    check_output(shown, found, f"{where}, {command}")


@pytest.fixture
def empty_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONAZITE_DATA", raising=False)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_runs_and_prints_what_it_shows(page, monkeypatch, empty_folder):
    run_page(page, monkeypatch)


@pytest.mark.slow
def test_the_readme_runs(monkeypatch, empty_folder):
    run_page(ROOT / "README.md", monkeypatch)


def test_every_tutorial_has_code_that_runs():
    assert TUTORIALS
    for page in TUTORIALS:
        assert {"python", "console"} <= {language for language, _, _ in read_blocks(page)}, page.name


def test_a_page_that_shows_another_output_is_caught(monkeypatch, empty_folder):
    page = empty_folder / "page.md"
    page.write_text("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"page.md:6 shows\s+3\s+but prints\s+2"):
        run_page(page, monkeypatch)
