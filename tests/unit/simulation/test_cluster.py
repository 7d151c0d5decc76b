"""A Dask scheduler and workers as real processes on this machine; one is killed in the middle."""

import functools
import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster_task import die_once
from distributed import Client

from monazite.errors import DataError, ScenarioError
from monazite.scenarios import read_scenario, run_scenario
from monazite.simulation import Ban, Computing, build_market
from monazite.simulation import simulate_ensemble as run
from monazite.simulation.cluster import DaskPool, quiet_logs

BAN = Ban(origin=["AAA"], stage="processing", announced="2025-01", effective="2025-02", months=4)
TASKS = str(Path(__file__).parent)
READY_SECONDS = 120
"""Time that processes on a busy machine are given to start. [s]"""
SOURCE = str(Path(__file__).parents[3] / "src")


@pytest.fixture
def market(tiny_chain):
    return build_market([tiny_chain], production_stage="processing", trade_stage="processing")


def simulate_on(market, cluster=None, **how):
    chosen = Computing(cluster=cluster, **how)
    return run(market, [BAN], months=8, start="2025-01", draws=110, seed=3, lanes=["AAA"], how=chosen)


def find_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def start_cluster(tmp_path, workers, path=()):
    """Start a scheduler and workers as processes; gives the address and the process of the scheduler."""
    address = f"tcp://127.0.0.1:{find_port()}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, path), SOURCE, TASKS])}
    common = {"env": environment, "cwd": tmp_path, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    port = address.rsplit(":", 1)[1]
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show"]
    worker = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    lines = [scheduler, *[[*worker, "--name", f"w{number}"] for number in range(workers)]]
    processes = [
        subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_" + line[0], *line[1:]], **common)
        for line in lines
    ]
    try:
        with quiet_logs(), Client(address, timeout=READY_SECONDS) as client:
            if workers:
                client.wait_for_workers(workers, timeout=READY_SECONDS)
        yield address, processes[0]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(market, tmp_path, monkeypatch):
    task = functools.partial(die_once, str(tmp_path))
    monkeypatch.setattr("monazite.simulation.cluster.DaskPool", functools.partial(DaskPool, task=task))
    with start_cluster(tmp_path, 2) as (address, _):
        result = simulate_on(market, address, folder=tmp_path / "run")
    assert (tmp_path / "died").exists()
    alone = simulate_on(market)
    for name in alone.arrays:
        assert result.arrays[name].values.tobytes() == alone.arrays[name].values.tobytes(), name


@pytest.mark.slow
def test_a_scheduler_that_dies_is_said_and_the_blocks_so_far_are_kept(market, tmp_path, monkeypatch):
    monkeypatch.setattr("monazite.simulation.cluster.LOST_SECONDS", 1)
    chosen = {"months": 8, "start": "2025-01", "draws": 400, "seed": 3}
    with start_cluster(tmp_path, 1) as (address, scheduler), pytest.raises(DataError) as error:

        def kill(done, total):
            if done:
                scheduler.kill()

        how = Computing(cluster=address, folder=tmp_path / "run")
        run(market, [BAN], **chosen, how=how, on_progress=kill)
    assert "was lost during the run" in str(error.value)
    told = []
    how = Computing(folder=tmp_path / "run", resume=True)
    result = run(market, [BAN], **chosen, how=how, on_progress=lambda done, _: told.append(done))
    assert told[0] > 0
    alone = run(market, [BAN], **chosen)
    assert result.arrays["stock_t"].values.tobytes() == alone.arrays["stock_t"].values.tobytes()


@pytest.mark.slow
def test_a_worker_with_another_version_is_refused_with_both(market, tmp_path):
    other = tmp_path / "other" / "monazite-9.9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: monazite\nVersion: 9.9.9\n")
    with start_cluster(tmp_path, 1, [other.parent]) as (address, _), pytest.raises(ScenarioError) as error:
        simulate_on(market, address)
    assert re.search(r"tcp://127.0.0.1:\d+: monazite 9\.9\.9, here \d+\.\d+\.\d+", str(error.value))


@pytest.mark.slow
def test_a_scheduler_without_workers_is_said(market, tmp_path, monkeypatch):
    monkeypatch.setattr("monazite.simulation.cluster.WORKER_SECONDS", 1)
    with (
        start_cluster(tmp_path, 0) as (address, _),
        pytest.raises(DataError, match="the scheduler has no worker"),
    ):
        simulate_on(market, address)


@pytest.mark.slow
def test_an_address_where_nobody_answers_is_said_within_seconds(market, monkeypatch):
    monkeypatch.setattr("monazite.simulation.cluster.ANSWER_SECONDS", 1)
    address = f"tcp://127.0.0.1:{find_port()}"
    with pytest.raises(DataError) as error:
        simulate_on(market, address)
    assert str(error.value).startswith(f"--cluster {address}: nobody answers.")


@pytest.mark.slow
def test_a_coupled_chain_gives_the_same_bytes_on_a_cluster_that_loses_one_of_two_workers(
    snapshot, tmp_path, monkeypatch
):
    # 60 draws are three blocks of 25, 25 and 10, and who takes the last one dies; 13 months reach the quotas of 2026
    task = functools.partial(die_once, str(tmp_path))
    monkeypatch.setattr("monazite.simulation.cluster.DaskPool", functools.partial(DaskPool, task=task))
    wanted = read_scenario("cobalt-congo-2025")
    wanted = wanted.model_copy(update={"months": 13, "draws": 60})
    alone = run_scenario(wanted, snapshot)
    with start_cluster(tmp_path, 2) as (address, _):
        result = run_scenario(wanted, snapshot, how=Computing(cluster=address, folder=tmp_path / "run"))
    assert (tmp_path / "died").exists()
    assert [entry.market.label for entry in result.markets] == ["cobalt-intermediates", "refined-cobalt"]
    for one, other in zip(result.markets, alone.markets, strict=True):
        assert set(one.run.arrays) == set(other.run.arrays)
        for name in other.run.arrays:
            assert one.run.arrays[name].values.tobytes() == other.run.arrays[name].values.tobytes(), name
