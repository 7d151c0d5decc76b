"""Ensembles: the same bytes whoever computes them, stopped and resumed, with workers that die."""

import errno
import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cluster_task import die_always, die_once

from monazite.errors import DataError, ScenarioError
from monazite.simulation import Ban, Computing, Trigger, build_market, draw_design, list_uncertain, simulate
from monazite.simulation import simulate_ensemble as run
from monazite.simulation.block_store import JOURNAL
from monazite.simulation.blocks import compute_block
from monazite.simulation.pools import LocalPool, SerialPool

BAN = Ban(origin=["AAA"], stage="processing", announced="2025-01", effective="2025-02", months=4)
ORPHANS = """
import os, time
from monazite.simulation.pools import LocalPool

def wait(problem, part):
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(600)

if __name__ == "__main__":
    list(LocalPool(1, "processes", wait).compute(None, [None]))
"""
"""A run whose one worker says its number and never ends."""
DRAWS = 110
"""Five blocks of the oracle: four of 25 draws, one of 10."""


@pytest.fixture
def market(tiny_chain):
    return build_market([tiny_chain], production_stage="processing", trade_stage="processing")


def simulate_here(market, **how):
    draws = how.pop("draws", DRAWS)
    seed = how.pop("seed", 3)
    return run(
        market, [BAN], months=8, start="2025-01", draws=draws, seed=seed, lanes=["AAA"], how=Computing(**how)
    )


def bytes_of(result):
    return {name: result.arrays[name].values.tobytes() for name in result.arrays}


def test_an_ensemble_equals_a_plain_run(market):
    plain = simulate(market, [BAN], months=8, start="2025-01", draws=DRAWS, seed=3, lanes=["AAA"])
    result = simulate_here(market)
    same = [name for name in plain.arrays if bytes_of(plain)[name] == bytes_of(result)[name]]
    assert set(plain.arrays) - set(same) <= {"trade_mean_t"}  # whose sum runs block by block: the last digit
    assert np.allclose(plain.arrays["trade_mean_t"], result.arrays["trade_mean_t"], rtol=1e-14, atol=0)
    assert plain.arrays.coords.equals(result.arrays.coords) and plain.parameters.equals(result.parameters)
    assert result.arrays["stock_t"].attrs == plain.arrays["stock_t"].attrs


def test_an_ensemble_keeps_when_its_triggers_fire(market):
    answer = BAN.model_copy(update={"origin": ("CCC",), "name": "answer"})
    trigger = Trigger(
        announced="2025-01", effective="2025-01", country="DDD", when="price_ratio", above=1.01, name="t",
        policy=answer, stage="processing",
    )  # fmt: skip
    common = {"months": 8, "start": "2025-01", "draws": 30, "seed": 3}
    plain = simulate(market, [BAN, trigger], **common)
    fired = run(market, [BAN, trigger], **common).arrays["fired_month"]
    assert fired.identical(plain.arrays["fired_month"])
    assert np.array_equal(fired.values, plain.final_state.fired) and np.isfinite(fired.values).any()


@pytest.mark.parametrize("workers", [2, 7])
def test_threads_do_not_change_a_byte(market, workers):
    assert bytes_of(simulate_here(market, workers=workers, pool="threads")) == bytes_of(simulate_here(market))


@pytest.mark.slow
def test_processes_do_not_change_a_byte(market, tmp_path):
    alone = bytes_of(simulate_here(market, draws=190))  # eight blocks
    for workers in (2, 7):
        shared = simulate_here(market, draws=190, workers=workers, folder=tmp_path / str(workers))
        assert bytes_of(shared) == alone


@pytest.mark.slow
def test_a_process_that_is_killed_loses_no_draw(market, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "monazite.simulation.ensemble.LocalPool",
        functools.partial(LocalPool, task=functools.partial(die_once, str(tmp_path))),
    )
    assert bytes_of(simulate_here(market, workers=2)) == bytes_of(simulate_here(market))
    assert (tmp_path / "died").exists()


@pytest.mark.slow
def test_workers_end_with_a_run_that_is_killed(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(ORPHANS, encoding="utf-8")
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    ) as run:
        worker = int(run.stdout.readline())
        run.kill()
        assert run.stdout.read() == b""  # the end of the pipe, which the worker held open as well
    assert worker != run.pid


@pytest.mark.slow
def test_processes_that_always_die_end_the_run(market, monkeypatch):
    monkeypatch.setattr(
        "monazite.simulation.ensemble.LocalPool", functools.partial(LocalPool, task=die_always)
    )
    monkeypatch.setattr("monazite.simulation.pools.RETRIES", 0)
    with pytest.raises(DataError, match="died 1 times with the same block"):
        simulate_here(market, workers=2, draws=26)


def stop_after(monkeypatch, blocks, error):
    """Let the run fail when so many blocks are done."""

    def compute(self, problem, parts):
        for part in parts[:blocks]:
            yield part, compute_block(problem, part)
        raise error

    monkeypatch.setattr(SerialPool, "compute", compute)


def test_a_run_that_was_interrupted_goes_on(market, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        stop_after(patch, 2, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            simulate_here(market, folder=tmp_path / "a")
    told = []
    result = run(
        market, [BAN], months=8, start="2025-01", draws=DRAWS, seed=3, lanes=["AAA"],
        how=Computing(folder=tmp_path / "a", resume=True), on_progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told[0] == (2 * 25 * 8, DRAWS * 8) and told[-1] == (DRAWS * 8, DRAWS * 8)
    assert bytes_of(result) == bytes_of(simulate_here(market))
    lines = (tmp_path / "a" / JOURNAL).read_text().splitlines()
    noted = [json.loads(line)["block"] for line in lines if line]
    assert sorted(noted) == [0, 1, 2, 3, 4]  # none lost, none twice
    assert isinstance(result.arrays["stock_t"].values.base, np.memmap)


def test_a_damaged_block_and_a_torn_line_are_computed_again(market, tmp_path):
    whole = bytes_of(simulate_here(market, folder=tmp_path / "a"))
    journal = tmp_path / "a" / JOURNAL
    journal.write_text(journal.read_text() + '{"block": 9, "cr')
    stock = tmp_path / "a" / "stock_t.bin"
    with stock.open("r+b") as file:
        file.write(b"\x00" * 8)
    told = []
    result = run(
        market, [BAN], months=8, start="2025-01", draws=DRAWS, seed=3, lanes=["AAA"],
        how=Computing(folder=tmp_path / "a", resume=True), on_progress=lambda done, _: told.append(done),
    )  # fmt: skip
    assert told[0] == (DRAWS - 25) * 8
    assert bytes_of(result) == whole


def test_a_full_disk_is_said_and_the_blocks_so_far_are_kept(market, tmp_path, monkeypatch):
    true_open, count = Path.open, 0

    def open_until_full(self, *words, **options):
        nonlocal count
        count += self.name == "stock_t.bin" and "r+b" in words
        if count == 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return true_open(self, *words, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_until_full)
        with pytest.raises(DataError) as error:
            simulate_here(market, folder=tmp_path / "a")
    assert re.fullmatch(
        r".*a: the disk is full\.\n  expected: room for \d MB\n"
        r"  fix:      make room; the blocks that are done are kept, go on with --resume",
        str(error.value),
    )
    assert bytes_of(simulate_here(market, folder=tmp_path / "a", resume=True)) == bytes_of(
        simulate_here(market)
    )


def test_blocks_of_another_run_are_refused_with_both_sides(market, tmp_path):
    simulate_here(market, folder=tmp_path / "a", draws=5)
    with pytest.raises(DataError) as error:
        simulate_here(market, folder=tmp_path / "a", draws=5, seed=4, design="sobol", resume=True)
    assert "holds the blocks of another run" in str(error.value)
    assert "design: lhs there, sobol now" in str(error.value) and "seed: 3 there, 4 now" in str(error.value)


def test_every_wrong_way_of_computing_is_named_at_once(market):
    with pytest.raises(ScenarioError) as error:
        simulate_here(market, workers=0, cluster="localhost", resume=True)
    assert str(error.value) == (
        "ensemble: cannot be computed like this.\n"
        "  which:    workers: 0, at least 1\n"
        "            cluster: 'localhost', as tcp://HOST:PORT\n"
        "            resume: needs the folder of the run"
    )


@pytest.mark.parametrize("design", ["random", "sobol"])
def test_more_draws_of_a_sequence_leave_the_first_as_they_were(design):
    few, many = (draw_design(design, ["a", "b"], draws, seed=1).by_name for draws in (5, 40))
    assert all(np.array_equal(few[name], many[name][:5]) for name in few)


@pytest.mark.parametrize("design", ["lhs", "random"])
def test_a_further_name_leaves_the_draws_of_the_others_as_they_were(design):
    few, many = (draw_design(design, names, 8, seed=1).by_name for names in (["b"], ["a", "b"]))
    assert np.array_equal(few["b"], many["b"])


def test_a_sobol_design_is_even_in_two_dimensions_together():
    units = draw_design("sobol", ["a", "b"], 64, seed=1).by_name
    cells = set(zip((8 * units["a"]).astype(int), (8 * units["b"]).astype(int), strict=True))
    assert len(cells) == 64  # one point in each of the 8 x 8 cells


def test_an_unknown_design_is_refused_with_the_known_ones():
    with pytest.raises(ScenarioError, match="expected: lhs, random, sobol"):
        draw_design("sobel", ["a"], 2, seed=0)


def test_the_uncertain_fields_of_a_policy_are_listed_beside_the_parameters():
    fields = list_uncertain([BAN.model_copy(update={"exempt_share": (0.1, 0.2)})])
    assert fields["Ban.AAA.exempt_share"] == (0.1, 0.2)
    assert len(fields) > 22
