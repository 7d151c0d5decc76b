"""The flow picture of a chain: its title, its heads, and what is said of trade that nobody reports."""

import numpy as np
import pytest

from monazite.reports import chain_flows
from monazite.reports.chain_flows import draw_chain
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.biproportional import FITTED, fill_missing_trade
from monazite.supply_chain.lane_records import lane_records
from monazite.supply_chain.reconcile import reconcile
from monazite.tracing.records import describe_quality


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """The tiny chain's countries are none: they keep their codes."""
    monkeypatch.setattr(chain_flows, "country_name", lambda code: code)


def fitted(tiny_chain):
    """The tiny chain whose ore nobody reports trade of: it is fitted to a yield of 0.9."""
    arrays = tiny_chain.arrays.copy(deep=True)
    for name in ("trade_t", "trade_gross_t", "trade_usd"):
        arrays[name].values[0] = np.nan
    arrays["is_part"] = ("stage", [False, False])
    arrays["is_rest_trade"] = ("stage", [False, False])
    raw = SupplyChain("testium", 2020, arrays, tiny_chain.lineage)
    return reconcile(fill_missing_trade(raw, yields={"processing": 0.9}), yields={"processing": 0.9}).chain


def test_a_chain_has_a_title_and_columns_of_sellers(tiny_chain):
    svg = draw_chain(reconcile(tiny_chain).chain).svg
    assert "testium 2020, who sells to whom, t of contained material" in svg
    # what a country sells on is in its box, so that the box is no mine and no plant
    assert "extraction: sold or kept by" in svg
    assert "mined in" not in svg
    assert "estimated" not in svg


def test_trade_that_is_fitted_is_marked_in_picture_table_lanes_and_traces(tiny_chain):
    chain = fitted(tiny_chain)
    assert "trade at extraction estimated, reported by nobody" in draw_chain(chain).svg
    assert list(chain.arrays["balance_note"].values) == [FITTED, ""]
    lanes = {r["stage"]: r for r in lane_records(chain)}
    assert (lanes["extraction"]["quality"], lanes["extraction"]["note"]) == ("imputed", FITTED)
    assert lanes["processing"]["note"] is None
    assert describe_quality(chain, "extraction") == {"quality": "imputed"}
    assert describe_quality(chain, "processing") == {"quality": "estimated"}
