"""Laws of the reconciliation on the chains of the release."""

import numpy as np
import pytest

from monazite.supply_chain import build_supply_chain, list_materials
from monazite.supply_chain.reconcile import reconcile
from monazite.supply_chain.reconcile_all import (
    ReconcileOptions,
    measure_imbalance,
    reconcile_all,
    reconcile_material,
)
from monazite.supply_chain.reconciled_records import reconciled_records


@pytest.mark.parametrize(
    ("material", "year"), [("natural_graphite", 2022), ("aluminium", 2020), ("gallium", 2022)]
)
def test_every_cell_of_a_real_chain_balances(snapshot, material, year):
    found = reconcile(build_supply_chain(snapshot, material=material, year=year))
    arrays = found.chain.arrays
    states = zip(arrays["stage"].values, arrays["balance_state"].values, strict=True)
    balanced = arrays.sel(stage=[stage for stage, state in states if state == "balanced"])
    assert balanced.sizes["stage"] > 0
    assert measure_imbalance(balanced) < 1e-9
    assert (balanced["trade_t"] >= 0).all()
    assert (balanced["production_t"] >= 0).all()
    for name in ("use_t", "use_sd_t", "residual_t", "residual_sd_t"):
        assert np.isfinite(balanced[name].values).all()


def test_the_world_keeps_its_tonnes(snapshot):
    # production + residual = use over all countries: what is traded leaves one and arrives in another
    found = reconcile(build_supply_chain(snapshot, material="natural_graphite", year=2022)).chain.arrays
    here = found.sel(stage="extraction")
    made = float(here["production_t"].sum() + here["residual_t"].sum())
    assert float(here["use_t"].sum()) == pytest.approx(made, rel=1e-9)


@pytest.mark.slow
def test_every_chain_of_the_release_balances_in_every_cell(snapshot, tmp_path):
    records = reconcile_all(
        snapshot, list_materials(snapshot), range(2018, 2025), folder=tmp_path,
        options=ReconcileOptions(unknown_content="gross"), workers=2,
    )  # fmt: skip
    assert [record for record in records if record["error"]] == []
    balanced = [record for record in records if record["balanced"]]
    assert len(balanced) > 250
    assert max(record["imbalance"] for record in balanced) < 1e-9


@pytest.mark.slow
def test_a_stage_that_feeds_another_balances_with_what_it_uses_otherwise(snapshot):
    # silicon of 2024: its metal is linked to what is made of it, and there is more metal than that takes
    found = reconcile_material(snapshot, "silicon", 2024, ReconcileOptions(yields={"manufacturing": 0.5}))
    here = found.chain.arrays.sel(stage=["processing"])
    assert float(here["use_t"].sum()) > 1e6
    assert measure_imbalance(here) < 1e-9
    cells = {
        (r["country"], r["quantity"]): r["value"]
        for r in reconciled_records(found)
        if r.get("stage") == "processing" and "exporter" not in r
    }
    for country in {country for country, _ in cells}:
        ends = [
            cells[country, name] or 0.0
            for name in ("inflow_t", "residual_t", "export_t", "next_input_t", "use_t")
        ]
        assert ends[0] + ends[1] == pytest.approx(sum(ends[2:]), rel=1e-9, abs=1e-6)
