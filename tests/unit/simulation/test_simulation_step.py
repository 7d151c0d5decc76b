"""step: two months worked by hand, as printed in docs/reference/simulation.md, section 4."""

import numpy as np
import pytest

from monazite.provenance import Lineage
from monazite.simulation import Ban, Market, Quota, simulate

PARAMETERS = {
    "stock_cover_months": 2,
    "adjustment_months": 4,
    "expectation_months": 4,
    "price_elasticity": 0.2,
    "thrifting_elasticity": 0,
    "backstop_share": 0,
    "qualification_share_per_month": 0.04,
    "price_response": 0.3,
    "price_decay": 0.05,
    "price_pull": 0.1,
    "choke_price_ratio": 20,
    "front_loading_share": 0,
    "leakage_share": 0,
    "capacity_elasticity": 0,
}


@pytest.fixture
def market():
    """AAA makes 100 t a month and sells 60 of them to BBB, which makes nothing."""
    return Market(
        material="testium",
        production_stage="extraction",
        trade_stage="extraction",
        years=(2019,),
        weight="contained",
        countries=("AAA", "BBB"),
        trade=np.array([[0.0, 60.0], [0.0, 0.0]]),
        production=np.array([100.0, 0.0]),
        capacity=np.array([110.0, 0.0]),
        content_share=np.ones(2),
        lineage=Lineage(release="test", release_sha256="0" * 64),
    )


def closed(market, months):
    ban = Ban(origin=["AAA"], stage="extraction", announced="2020-01", effective="2020-01")
    return simulate(market, [ban], months=months, start="2020-01", draws=1, parameters=PARAMETERS)


def test_the_first_month_of_a_stop_as_worked_by_hand(market):
    state, arrays = closed(market, 1).final_state, closed(market, 1).arrays.isel(draw=0, month=0)
    # AAA: 200 + 100 - 40; BBB: 120 - 60 + the 60 that were at sea
    assert state.stock[0] == pytest.approx([260.0, 120.0])
    # sellers expect 60 + (0 - 60) / 4
    assert state.expected_export[0] == pytest.approx([45.0, 0.0])
    # BBB lacks the 60 at sea of a wanted stock of 120: 0.3 x 0.5; AAA has 60 of 200 too much: -0.3 x 0.3 / 2
    assert state.log_price[0] == pytest.approx([-0.045, 0.15])
    assert state.qualified[0, 1] == pytest.approx(0.04)
    assert arrays["shortfall_t"].values == pytest.approx([0.0, 0.0])


def test_the_second_month_of_a_stop_as_worked_by_hand(market):
    run = closed(market, 2)
    arrays = run.arrays.isel(draw=0, month=1)
    # BBB: 60 exp(-0.2 x 0.15); AAA: 40 exp(0.2 x 0.045)
    assert arrays["demand_t"].values == pytest.approx([40.3616, 58.2267], abs=1e-4)
    # AAA: flow 85.3616, wanted stock 200 as its usual flow is still 100, position 260: need = 85.3616 - 60 / 4
    assert arrays["production_t"].values == pytest.approx([70.3616, 0.0], abs=1e-4)
    # BBB lives on its stock: 120 - 58.2267
    assert arrays["stock_t"].values[1] == pytest.approx(61.7733, abs=1e-4)


def test_a_quota_passes_the_exempt_share_and_what_is_left_of_it(market):
    # 60 wanted, a quarter exempt: 15 + min(45, 30) = 45
    quota = Quota(
        origin=["AAA"],
        stage="extraction",
        announced="2020-01",
        effective="2020-01",
        quota_t_per_month=30.0,
        unit="contained",
        exempt_share=0.25,
    )
    run = simulate(market, [quota], months=1, start="2020-01", draws=1, parameters=PARAMETERS)
    assert float(run.arrays["export_t"].sel(country="AAA")[0, 0]) == pytest.approx(45.0)
