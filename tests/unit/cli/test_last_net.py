"""What nobody foresaw, streams that break, and control characters: one message, and the right exit code."""

import errno
import subprocess
import sys
from importlib.metadata import version

import duckdb
import pytest

from monazite.cli import main as cli_main
from monazite.cli.output import print_records
from monazite.errors import DataError, compose_message
from monazite.provenance import Lineage
from monazite.reports.files import write_text_atomically

BUG = (
    "ModelError: monazite: a bug in Monazite stopped this command.\n"
    "  which:    {what}\n"
    "  fix:      run it again with --debug, and report what it prints together with the command\n"
)


@pytest.fixture
def fail(monkeypatch, capsys):
    """Run a command line that raises; returns exit code and stderr."""

    def run(error, *words):
        def stop(*_, **__):
            raise error

        monkeypatch.setattr(cli_main, "build_app", lambda: stop)
        monkeypatch.setattr(sys, "argv", ["monazite", *words])
        with pytest.raises(SystemExit) as caught:
            cli_main.main()
        return caught.value.code, capsys.readouterr().err

    return run


@pytest.mark.parametrize("error", [duckdb.BinderException("no such column"), RecursionError("too deep")])
def test_what_nobody_foresaw_is_called_a_bug(fail, error):
    what = f"{type(error).__name__}: {error}"
    assert fail(error) == (1, BUG.format(what=what))
    with pytest.raises(type(error)):
        fail(error, "--debug")


def test_only_a_broken_stdout_is_blamed_on_stdout(fail):
    code, text = fail(OSError(errno.ENAMETOOLONG, "File name too long", "x" * 5000))
    assert code == 1
    assert text.startswith(f"DataError: {'x' * 200}: cannot be used, File name too long.\n")
    assert fail(MemoryError())[1].startswith("DataError: memory: is not enough for this.\n")


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_is_no_error():
    code = "from monazite.cli.main import main; main()"
    command = f'"{sys.executable}" -c "{code}" data list | true; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_message_shows_control_characters_and_does_not_obey_them():
    assert compose_message("a\x1b[2Jb.csv", "is\x9b bad.", ["x\r\ny", "z\u202e"], "t", "") == (
        "a\\x1b[2Jb.csv: is\\x9b bad.\n  which:    x\\r\n            y, z\\u202e\n  expected: t"
    )


def test_a_table_shows_control_characters_and_does_not_obey_them(capsys):
    records = [{"table": f"t{n}\x1b]0;title\x07", "note_of_row": f"line\nnext {n}"} for n in (1, 2)]
    print_records(
        records, Lineage(release="r\x1b[31m", release_sha256="0" * 64), title="t\x1b", as_json=False
    )
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "t1\\x1b]0;title\\x07" in out
    assert "line\\nnext 1" in out
    assert "release r\\x1b[31m" in out


def test_a_picture_goes_to_no_device_and_to_no_folder(tmp_path):
    for path in (tmp_path, tmp_path / ("x" * 300), tmp_path / "none" / "a.svg"):
        with pytest.raises(DataError, match="cannot be written"):
            write_text_atomically(path, "x")
    with pytest.raises(DataError, match="it is no file"):
        write_text_atomically(type(tmp_path)("/dev/null"), "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("module", ["monazite", "monazite.cli.main"])
def test_the_package_runs_as_a_module(module):
    done = subprocess.run(
        [sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == version("monazite")
