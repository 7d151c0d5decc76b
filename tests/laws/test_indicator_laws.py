"""Laws of the indicators."""

import itertools

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from monazite.indicators import (
    governance_weighted_hhi,
    herfindahl_hirschman_index,
    import_risk,
    import_share,
    scale_governance,
    single_source_test,
    supplier_share,
    top_share,
)

pytestmark = pytest.mark.slow

AMOUNT = st.one_of(st.just(0.0), st.floats(1e-6, 1e9))
SUPPLIES = st.lists(AMOUNT, min_size=1, max_size=12).filter(lambda amounts: sum(amounts) > 0)


def as_supply(amounts, dim="country"):
    labels = [f"C{i:02}" for i in range(len(amounts))]
    return xr.DataArray(amounts, dims=dim, coords={dim: labels})


@given(SUPPLIES)
def test_shares_sum_to_one(amounts):
    assert float(supplier_share(as_supply(amounts)).sum()) == pytest.approx(1.0, abs=1e-12)


@given(SUPPLIES)
def test_hhi_lies_between_one_over_n_and_one(amounts):
    suppliers = sum(amount > 0 for amount in amounts)
    assert 1 / suppliers - 1e-12 <= float(herfindahl_hirschman_index(as_supply(amounts))) <= 1 + 1e-12


@given(SUPPLIES, st.floats(1e-3, 1e3))
def test_hhi_ignores_the_unit(amounts, factor):
    supply = as_supply(amounts)
    assert float(herfindahl_hirschman_index(supply * factor)) == pytest.approx(
        float(herfindahl_hirschman_index(supply)), rel=1e-9
    )


@given(SUPPLIES, st.randoms(use_true_random=False))
def test_hhi_and_top_share_ignore_the_order(amounts, random):
    shuffled = random.sample(amounts, len(amounts))
    for measure in (herfindahl_hirschman_index, top_share):
        assert float(measure(as_supply(shuffled))) == pytest.approx(
            float(measure(as_supply(amounts))), rel=1e-12
        )


@given(SUPPLIES)
def test_merging_suppliers_never_lowers_the_hhi(amounts):
    merged = [amounts[0] + amounts[-1], *amounts[1:-1]] if len(amounts) > 1 else amounts
    assert (
        float(herfindahl_hirschman_index(as_supply(merged)))
        >= float(herfindahl_hirschman_index(as_supply(amounts))) - 1e-12
    )


@given(SUPPLIES)
def test_top_share_grows_with_n_up_to_one(amounts):
    shares = [float(top_share(as_supply(amounts), n=n)) for n in range(1, len(amounts) + 1)]
    assert all(low <= high + 1e-12 for low, high in itertools.pairwise(shares))
    assert shares[-1] == pytest.approx(1.0, abs=1e-12)


@given(SUPPLIES, st.data())
def test_the_weighted_index_lies_between_the_best_and_the_worst_score(amounts, data):
    supply = as_supply(amounts)
    estimates = data.draw(st.lists(st.floats(-2.5, 2.5), min_size=len(amounts), max_size=len(amounts)))
    score = scale_governance(supply.copy(data=estimates))
    hhi = float(herfindahl_hirschman_index(supply))
    weighted = float(governance_weighted_hhi(supply, score))
    assert hhi * float(score.min()) - 1e-9 <= weighted <= hhi * float(score.max()) + 1e-9


@given(hnp.arrays(float, (5, 5), elements=AMOUNT), st.sets(st.integers(0, 4), min_size=1, max_size=3))
def test_import_shares_sum_to_one_and_hold_no_member(flows, group):
    labels = [f"C{i}" for i in range(5)]
    trade = xr.DataArray(
        flows, dims=("exporter", "importer"), coords={"exporter": labels, "importer": labels}
    )
    members = [labels[i] for i in sorted(group)]
    share = import_share(trade, importers=members)
    assert not set(share["exporter"].values) & set(members)
    outside = np.delete(flows, sorted(group), axis=0)[:, sorted(group)].sum()
    if outside > 0:
        assert float(share.sum()) == pytest.approx(1.0, abs=1e-12)
    else:
        assert np.isnan(share).all()


@given(SUPPLIES, st.floats(0.05, 1.0), AMOUNT)
def test_the_verdict_holds_whoever_shipped_the_unknown_tonnes(amounts, cap, unknown):
    test = single_source_test(as_supply(amounts, "exporter"), cap, over="exporter", unknown_t=unknown)
    total = sum(amounts) + unknown
    for receiver in range(len(amounts)):
        shipped = [amount + unknown * (i == receiver) for i, amount in enumerate(amounts)]
        if test["verdict"].item() == "met":
            assert max(shipped) <= cap * total * (1 + 1e-12)
        if test["verdict"].item() == "not met":
            assert max(shipped) > cap * total * (1 - 1e-12)


RISKY_SUPPLIES = st.lists(st.tuples(AMOUNT, st.floats(0, 1)), min_size=1, max_size=12).filter(
    lambda pairs: sum(amount for amount, _ in pairs) > 0
)


def as_imports(pairs):
    amounts, risks = zip(*pairs, strict=True)
    return as_supply(list(amounts), "exporter"), as_supply(list(risks), "exporter")


@given(RISKY_SUPPLIES)
def test_import_risk_lies_between_the_best_and_the_worst_partner(pairs):
    used = [risk for amount, risk in pairs if amount > 0]
    assert min(used) - 1e-9 <= float(import_risk(*as_imports(pairs))) <= max(used) + 1e-9


@given(RISKY_SUPPLIES, st.floats(0, 1e9), st.floats(1e-3, 1e3))
def test_import_risk_ignores_the_unit_and_falls_with_own_production(pairs, own, factor):
    imports, risks = as_imports(pairs)
    value = float(import_risk(imports, risks, own))
    assert float(import_risk(imports * factor, risks, own * factor)) == pytest.approx(value, rel=1e-9)
    assert value <= float(import_risk(imports, risks)) + 1e-12


@given(RISKY_SUPPLIES, st.floats(0, 1e9))
def test_a_riskier_partner_never_lowers_the_import_risk(pairs, own):
    imports, risks = as_imports(pairs)
    raised = risks.copy(data=np.minimum(1.0, risks.values + 0.1))
    assert float(import_risk(imports, raised, own)) >= float(import_risk(imports, risks, own)) - 1e-12
