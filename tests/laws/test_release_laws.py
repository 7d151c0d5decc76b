"""Laws on every chain of the release: each cell balances, and tracing keeps every tonne."""

from itertools import pairwise

import numpy as np
import pytest

from monazite.supply_chain import list_materials, reconcile
from monazite.supply_chain.balance import describe_stages
from monazite.supply_chain.build import build_supply_chain
from monazite.supply_chain.reconcile_all import list_chains
from monazite.tracing import mix_origins

YEARS = ((1995, 2004, 0), (2005, 2014, 1), (2015, 2019, 70), (2020, 2030, 190))
"""First and last year of parts of about equal work, and how many chains at least balance; they hold all years."""
ESTIMATED = 2022
"""Year whose chains are balanced with estimated contents as well; all years: docs/explanation/reconciliation.md."""
EXACT = 1e-9


def largest_imbalance(arrays):
    """Production + imports + residual - exports - use over all that flows through a cell, for balanced stages."""
    worst = 0.0
    for at in np.flatnonzero(arrays["balance_state"].values == "balanced"):
        here = arrays.isel(stage=at).transpose(..., "exporter", "importer")
        trade = here["trade_t"].values
        assert np.isfinite(trade).all()
        assert (trade >= 0).all()
        inside = here["production_t"].values + trade.sum(axis=0) + here["residual_t"].values
        out = trade.sum(axis=1) + here["apparent_consumption_t"].values
        assert np.isfinite(inside).all()
        assert np.isfinite(out).all()
        size = np.maximum(np.abs(inside), np.abs(out))
        gap = np.divide(np.abs(inside - out), size, out=np.zeros_like(size), where=size > 0)
        worst = max(worst, float(gap.max(initial=0.0)))
    return worst


def largest_loss(production, trade):
    """What tracing loses or makes of any origin, over the tonnes of that origin, and of unknown over all supply."""
    mix = mix_origins(production, trade)
    rows = mix.shares[mix.supply_t > 0]
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    assert (rows >= 0).all()
    used = mix.consumption_t @ np.nan_to_num(mix.shares)
    residual = np.maximum(trade.sum(axis=1) - production - trade.sum(axis=0), 0.0).sum()
    given = np.append(production, residual)
    # a producer whose tonnes are rounding beside those that pass through other countries is held to that rounding
    size = np.maximum(given, 1e-6 * mix.supply_t.max(initial=0.0))
    gap = np.abs(used - given)
    return float(np.divide(gap, size, out=np.zeros_like(gap), where=size > 0).max(initial=0.0))


@pytest.mark.slow
@pytest.mark.parametrize(("first", "last", "least"), YEARS)
def test_every_chain_of_the_release_balances_and_is_traced_without_loss(snapshot, first, last, least):
    jobs = list_chains(snapshot, list_materials(snapshot), range(first, last + 1))
    balanced = traced = 0
    for material, year in jobs:
        # gross weight where nobody knows the content: as many stages as can be balanced
        raw = build_supply_chain(snapshot, material=material, year=year, unknown_content="gross")
        found, states = raw.arrays, describe_stages(raw)
        if "balanced" in states:
            balanced += 1
            found = reconcile(raw).chain.arrays
            assert list(found["balance_state"].values) == states
            assert largest_imbalance(found) <= EXACT, (material, year)
            if year == ESTIMATED:
                raw = build_supply_chain(snapshot, material=material, year=year, unknown_content="estimate")
                assert largest_imbalance(reconcile(raw).chain.arrays) <= EXACT, (material, year)
        for stage, state in enumerate(states):
            here = found.isel(stage=stage).transpose(..., "exporter", "importer")
            trade = here["trade_t"].values
            if np.isnan(trade).any() or not trade.any():
                continue
            traced += 1
            production = np.nan_to_num(here["production_t"].values)
            assert largest_loss(production, trade) <= EXACT, (material, year, stage, state)
    assert len(jobs) > 250
    assert traced > 250
    assert balanced >= least


def test_the_years_of_the_law_are_those_of_the_release(snapshot):
    years = snapshot.query("SELECT min(year) AS a, max(year) AS z FROM (SELECT year FROM trade UNION SELECT year "
                           "FROM production)")  # fmt: skip
    assert YEARS[0][0] <= int(years["a"][0])
    assert int(years["z"][0]) <= YEARS[-1][1]
    assert all(one[1] + 1 == other[0] for one, other in pairwise(YEARS))
