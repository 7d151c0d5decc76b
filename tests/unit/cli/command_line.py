"""Run the command line in this process, as a person types it."""

import sys

from monazite.cli.main import main


def run_command(monkeypatch, capsys, *words):
    """Run `monazite WORDS`; returns exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["monazite", *map(str, words)])
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, *capsys.readouterr()
