"""`monazite measure lca-factors`."""

import importlib
import json
import sys

import pytest
from command_line import run_command as run

from monazite.cli.measure_lca import PlainWords

pytestmark = pytest.mark.slow

CALL = ("measure", "lca-factors", "--material", "baryte", "--region", "JPN", "--year", "2022")


def test_what_was_written_is_listed_with_what_has_no_factor(monkeypatch, capsys, tmp_path):
    pytest.importorskip("olca_schema", reason="the extra lca is not installed")
    out = tmp_path / "factors.zip"
    code, text, _ = run(monkeypatch, capsys, *CALL, "--to", "openlca", "--out", str(out), "--json")
    assert code == 0
    written, left_out = json.loads(text)["records"]
    assert (written["quantity"], written["value"], written["year"]) == ("factors", 1, 2022)
    assert (left_out["quantity"], left_out["value"]) == ("left out", 1)
    assert "no product code is mapped" in left_out["note"]
    assert out.is_file()
    code, _, err = run(monkeypatch, capsys, *CALL, "--to", "openlca", "--out", str(out))
    assert code == 1 and "exists." in err
    code, _, err = run(monkeypatch, capsys, *CALL, "--to", "openlca", "--out", str(out), "--overwrite")
    assert code == 0 and f"Wrote {out}\n" in err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("--to", "openlca"), 2, "--out: is missing."),
        (("--to", "brightway", "--out", "nowhere"), 1, "is no folder."),
        (("--to", "simapro", "--out", "x"), 2, "simapro"),
        (("--to", "openlca", "--out", "x.zip", "--year", "1980"), 1, "no combination has a score."),
        (("--to", "openlca", "--out", "x.zip", "--region", "world"), 1, "the world imports from nobody."),
    ],
)
def test_bad_words_are_refused_by_name(monkeypatch, capsys, tmp_path, words, code, text):
    pytest.importorskip("olca_schema", reason="the extra lca is not installed")
    monkeypatch.chdir(tmp_path)
    asked = [word for k, word in enumerate(CALL) if not {CALL[k], CALL[k - 1]} & set(words)]
    found, out, err = run(monkeypatch, capsys, *asked, *words)
    assert (found, out) == (code, "")
    assert text in err and "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_the_message_says_how_to_install_it(monkeypatch, capsys, tmp_path):
    def fail(name, package=None):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", fail)
    measure_lca = sys.modules.get("monazite.cli.measure_lca")
    if measure_lca is None:
        monkeypatch.undo()
        measure_lca = importlib.import_module("monazite.cli.measure_lca")
        monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(Exception, match="needs the package olca_schema") as caught:
        measure_lca.load_writer("openlca", tmp_path / "x.zip")
    assert "pip install 'monazite[lca]'" in str(caught.value)


def test_brightway_speaks_without_colours_and_not_of_the_folder_it_was_told(capsys):
    words = PlainWords()
    words.write(
        "\x1b[2m00:04:08\x1b[0m [\x1b[32minfo\x1b[0m] Using environment variable BRIGHTWAY2_DIR for ...\n"
    )
    print(
        "\x1b[2m00:04:08\x1b[0m \x1b[1mUsing environment variable BRIGHTWAY2_DIR for:\na/folder", file=words
    )
    print("\x1b[2m00:04:08\x1b[0m [\x1b[33mwarning\x1b[0m] Some projects need an update", file=words)
    assert capsys.readouterr() == ("", "00:04:08 [warning] Some projects need an update\n")
