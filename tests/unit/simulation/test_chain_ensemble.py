"""Ensembles of a chain give the same bytes, whoever computes them."""

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.simulation import Ban, Computing, Market
from monazite.simulation.chain_ensemble import list_chain_uncertain, simulate_chain_ensemble
from monazite.simulation.chain_market import LinkPlan, build_chain
from monazite.simulation.chain_run import simulate_chain


def build(stage, trade, production):
    return Market(
        material="testium",
        production_stage=stage,
        trade_stage=stage,
        years=(2019,),
        weight="contained",
        countries=("AAA", "BBB"),
        trade=np.array(trade, float),
        production=np.array(production, float),
        capacity=np.array(production, float),
        content_share=np.ones(2),
        lineage=Lineage(release="test", release_sha256="0" * 64),
    )


CHAIN = build_chain(
    {
        "ore": build("extraction", [[0, 60], [0, 0]], [70, 0]),
        "metal": build("processing", [[0, 0], [10, 0]], [0, 40]),
    },
    [LinkPlan(upstream="ore", downstream=("metal",))],
)
BAN = Ban(origin=["AAA"], stage="extraction", announced="2020-01", effective="2020-03", severity=(0.5, 1.0))
COMMON = {"months": 8, "start": "2020-01", "draws": 30, "seed": 4}


def read_bytes(run):
    return {
        (name, array): values.values.tobytes()
        for name, one in run.runs.items()
        for array, values in one.arrays.items()
    }


def test_an_ensemble_of_a_chain_is_its_simulation_in_blocks():
    whole = simulate_chain(CHAIN, [BAN], **COMMON)
    parts = simulate_chain_ensemble(CHAIN, [BAN], **COMMON)
    for name, run in whole.runs.items():
        for array in run.arrays.drop_vars("trade_mean_t"):
            assert run.arrays[array].values.tobytes() == parts.runs[name].arrays[array].values.tobytes()
        assert np.allclose(run.arrays["trade_mean_t"], parts.runs[name].arrays["trade_mean_t"], rtol=1e-12)
        assert parts.runs[name].parameters.equals(run.parameters)
    assert "cost_share" in parts.runs["metal"].parameters and "cost_share" not in parts.runs["ore"].parameters


@pytest.mark.slow
def test_workers_and_folders_change_no_byte_of_a_chain(tmp_path):
    alone = read_bytes(simulate_chain_ensemble(CHAIN, [BAN], **COMMON))
    for how in (
        Computing(workers=2, pool="threads"),
        Computing(workers=2),
        Computing(folder=tmp_path / "blocks"),
        Computing(folder=tmp_path / "blocks", resume=True),
    ):
        assert read_bytes(simulate_chain_ensemble(CHAIN, [BAN], how=how, **COMMON)) == alone
    with pytest.raises(DataError, match="of another run"):
        how = Computing(folder=tmp_path / "blocks", resume=True)
        simulate_chain_ensemble(CHAIN, [], how=how, **COMMON)


def test_the_cost_share_of_a_link_is_one_of_the_uncertain_assumptions():
    names = list_chain_uncertain(CHAIN, {"ore": (BAN,), "metal": ()}, {"metal": {"price_elasticity": 0.1}})
    assert names["link.metal.cost_share"] == (0.2, 0.8)
    assert names["Ban.AAA.severity"] == (0.5, 1.0)
    assert names["price_elasticity"] == (0.05, 0.4)  # a single number for metal, the prior for ore


def test_a_design_spreads_the_cost_share_too():
    run = simulate_chain_ensemble(CHAIN, [BAN], how=Computing(design="sobol"), **(COMMON | {"draws": 32}))
    share = run.runs["metal"].parameters["cost_share"].values
    # one in each 32nd of 0.2..0.8
    assert sorted(((share - 0.2) / 0.6 * 32).astype(int).tolist()) == list(range(32))
