"""`monazite run` with workers, designs, blocks in the folder, resume and sensitivity."""

import contextlib
import json
import os
import signal
from functools import partial

import pytest
from command_line import run_command

from monazite.cli.run_ensemble import say_what_is_kept
from monazite.reports.folder_lock import hold_folder
from monazite.simulation import Computing
from monazite.simulation.blocks import compute_block
from monazite.simulation.pools import SerialPool

SHORT = ["run", "gallium-germanium-2023", "--draws", "30"]
"""Two markets, two blocks each."""


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run the command line in an empty folder; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONAZITE_DATA", raising=False)
    return partial(run_command, monkeypatch, capsys)


def interrupt_after(patch, blocks):
    """Let Ctrl-C come when so many blocks of the second market are done."""

    def compute(self, problem, parts):
        for place, part in enumerate(parts):
            if problem.market.material == "germanium" and place == blocks:
                raise KeyboardInterrupt
            yield part, compute_block(problem, part)

    patch.setattr(SerialPool, "compute", compute)


@pytest.mark.slow
def test_an_interrupted_run_says_how_to_go_on_and_gives_the_same_files(call, monkeypatch, tmp_path):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        code, _, err = call(*SHORT, "--out", "stopped")
    assert code == 130
    assert err.endswith("the draws that are done are kept in stopped; go on with --resume\n")
    code, _, err = call(*SHORT, "--out", "stopped")
    assert code == 1 and "holds a run that was interrupted" in err and "--resume" in err
    code, _, err = call(*SHORT, "--out", "stopped", "--resume")
    assert code == 0
    assert call(*SHORT, "--out", "whole")[0] == 0
    names = {"report.html", "results.json", "gallium.nc", "germanium.nc"}
    assert {path.name for path in (tmp_path / "stopped").iterdir()} == names
    for name in names:
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.slow
def test_a_disk_that_fills_up_while_the_report_is_written_keeps_all_draws(call, tmp_path):
    # no file may pass 200 kB: the blocks of 30 draws do not, the report does
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        code, _, err = call(*SHORT, "--out", "stopped")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert code == 1
    assert err.endswith(
        "DataError: stopped: the report cannot be written: the disk is full.\n"
        "  expected: room for about 10 MB beside that folder\n"
        "  fix:      make room and run the same command with --resume, without --overwrite: all draws are kept\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stopped"]
    code, _, err = call(*SHORT, "--out", "stopped", "--resume")
    assert code == 0 and err.startswith(
        "gallium-germanium-2023: 50 % (540/1080)\n"
    )  # all of the first market
    assert call(*SHORT, "--out", "whole")[0] == 0
    for path in (tmp_path / "whole").iterdir():
        assert (tmp_path / "stopped" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_a_run_of_another_scenario_does_not_touch_the_blocks_of_an_interrupted_one(
    call, monkeypatch, tmp_path
):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        assert call(*SHORT, "--out", "stopped")[0] == 130
    before = {path: path.read_bytes() for path in (tmp_path / "stopped").rglob("*") if path.is_file()}
    code, _, err = call("run", "graphite-2023", "--draws", "30", "--out", "stopped", "--resume")
    assert code == 1 and "holds the blocks of another run" in err
    assert "gallium: scenario gallium-germanium-2023" in err and "expected: scenario graphite-2023" in err
    assert {path: path.read_bytes() for path in before} == before


def test_two_runs_do_not_write_into_one_folder_at_once(call, tmp_path):
    with hold_folder(tmp_path / "mine", overwrite=False):
        code, _, err = call(*SHORT, "--out", "mine")
    assert code == 1 and err == (
        "DataError: mine: another run is being written there.\n  expected: a folder that no other run writes to\n"
        "  fix:      wait until it is done, or name another folder with --out\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_resume_needs_a_folder_with_an_interrupted_run(call):
    code, _, err = call(*SHORT, "--resume")
    assert (code, err) == (
        2,
        "UsageError: --resume: needs the folder of the run.\n  fix:      name it with --out\n",
    )
    code, _, err = call(*SHORT, "--resume", "--out", "nowhere")
    assert code == 1 and "nowhere: holds no interrupted run to go on with." in err
    code, _, err = call(*SHORT, "--resume", "--overwrite", "--out", "nowhere")
    assert code == 2 and "goes on with a run that --overwrite would remove" in err


def test_a_folder_of_blocks_with_other_files_is_never_removed(call, tmp_path):
    letter = tmp_path / "mine" / "blocks" / "letters" / "dear.txt"
    letter.parent.mkdir(parents=True)
    letter.write_text("dear reader", encoding="utf-8")
    code, _, err = call(*SHORT, "--out", "mine", "--overwrite")
    assert code == 1 and "holds other files" in err and "blocks/letters/dear.txt" in err
    assert letter.read_text(encoding="utf-8") == "dear reader"


@pytest.mark.slow
def test_a_cluster_where_nobody_answers_is_exit_1(call, monkeypatch):
    monkeypatch.setattr("monazite.simulation.cluster.ANSWER_SECONDS", 1)
    code, out, err = call(*SHORT, "--cluster", "tcp://127.0.0.1:9")
    assert (code, out) == (1, "")
    assert "DataError: --cluster tcp://127.0.0.1:9: nobody answers." in err


def test_zero_workers_and_an_address_that_is_none_are_said_at_once(call):
    code, _, err = call(*SHORT[:2], "--cluster", "here", "--workers", "0", "--draws", "0", "--seed", "-1")
    assert code == 2 and err == (
        "UsageError: run: cannot be done with these numbers.\n"
        "  which:    --draws 0: 1 to 100,000\n"
        "            --seed -1: 0 to 4,294,967,295\n"
        "            --workers 0: at least 1\n"
        "            --cluster here: as tcp://HOST:PORT\n"
        "  fix:      mend these options\n"
    )


def test_a_part_of_a_draw_is_not_rounded(call):
    code, _, err = call(*SHORT[:2], "--draws", "1.5")
    assert code == 2 and err.startswith("UsageError: --draws: '1.5' is no whole number.\n")


def test_what_a_sensitivity_is_asked_of_is_not_ignored_without_one(call):
    code, _, err = call(*SHORT, "--sensitivity-runs", "512")
    assert code == 2 and "--sensitivity-runs: needs --sensitivity." in err


def test_a_wrong_quantity_is_said_before_anything_is_computed(call):
    code, _, err = call(*SHORT, "--sensitivity", "--sensitivity-of", "price")
    assert code == 2 and "0 %" not in err and "price_ratio" in err


@pytest.mark.slow
def test_too_few_runs_of_a_sensitivity_are_said_before_anything_is_computed(call, tmp_path):
    # Gallium has 30 uncertain parameters and fields of the licence, and 4 new suppliers: 8 x 36 = 288 runs.
    code, _, err = call(*SHORT, "--sensitivity", "--sensitivity-runs", "256", "--out", "new")
    assert code == 1 and "(0/" not in err and "at least 288 runs" in err
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_the_design_changes_the_figures_and_sensitivity_adds_records(call):
    plain = json.loads(call(*SHORT, "--json")[1])
    words = ["--design", "sobol", "--sensitivity", "--sensitivity-runs", "300", "--json"]
    code, out, _ = call(*SHORT, *words)
    found = json.loads(out)["records"]
    assert code == 0
    added = [record for record in found if record.get("indicator") == "sensitivity"]
    assert {record["material"] for record in added} == {"gallium", "germanium"}
    assert {record.get("order") for record in added} == {"first", "total"}
    rest = [record for record in found if record.get("indicator") != "sensitivity"]
    assert rest != plain["records"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_a_compiler_swallows_still_ends_as_interrupted(number):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), say_what_is_kept(Computing()):
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), number)
            signal.pause()
        raise RuntimeError("no compiled object yet")
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_error_without_a_signal_stays_that_error():
    with pytest.raises(RuntimeError, match="a bug"), say_what_is_kept(Computing()):
        raise RuntimeError("a bug")
