"""The blocks of the how-to about life cycle assessment run, in a Brightway folder of their own."""

import os
import shlex
import subprocess
import sys

import pytest
from test_tutorials import ROOT, check_output, read_blocks, read_commands

PAGE = ROOT / "docs" / "how-to" / "use-factors-in-life-cycle-assessment.md"
COMMAND_LINE = "from monazite.cli.main import main; main()"


@pytest.mark.slow
def test_the_factors_of_the_page_are_written_and_used_as_it_shows(tmp_path):
    for package in ("olca_schema", "bw2data"):
        pytest.importorskip(package, reason="the extra lca is not installed")
    # every block is a process: Brightway takes its folder where it is imported, other tests have it elsewhere
    folder = tmp_path / "brightway"
    folder.mkdir()
    environment = os.environ | {"BRIGHTWAY2_DIR": str(folder), "PYTHONPATH": str(ROOT / "src")}

    def run(*words):
        command = [sys.executable, "-c", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    printed = ""
    for language, text, line in read_blocks(PAGE):
        if language == "console":
            for command, _ in read_commands(text):
                run(COMMAND_LINE, *shlex.split(command)[1:])
        elif language == "python":
            printed = run(text)
        elif language == "text":
            check_output(text, "\n".join(printed.splitlines()[-1:]) + "\n", f"{PAGE.name}:{line}")
    assert (tmp_path / "geopolrisk.zip").is_file()
    assert printed
