"""`monazite run` on a page of 80 columns."""

from functools import partial

import pytest
from command_line import run_command


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("MONAZITE_DATA", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return partial(run_command, monkeypatch, capsys)


def test_the_list_of_scenarios_gives_titles_room_and_names_a_material_once(call):
    code, out, _ = call("run", "--list")
    assert code == 0 and all(len(line) <= 80 for line in out.splitlines())
    assert "cobalt, cobalt" not in out
    # a title of 45 characters and its material stand in one line
    assert "Indonesia's nickel-ore ban of January 2014 (nickel)" in out


@pytest.mark.slow
def test_answers_stand_before_the_tables_and_notes_after_them(call):
    code, out, _ = call("run", "nickel-ore-indonesia-2014", "--draws", "2")
    assert code == 0 and all(len(line) <= 80 for line in out.splitlines())
    places = [
        out.index(text) for text in ("Nickel ore: Indonesia", "Simulated: nickel ore", "What to know of data")
    ]
    assert places == sorted(places)
    assert "2 draws, too few for 5 to 95 %" in out and "Rest: price" in out
