"""The compiled kernel computes what the oracle computes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulation_cases import START, all_policies, markets, policies

from monazite.simulation import simulate
from monazite.simulation.state import ARRAYS

pytest.importorskip("numba")
kernel = pytest.importorskip("monazite.simulation.kernel")
step = pytest.importorskip("monazite.simulation.step")
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
IN_TONNES = {"log_price", "log_price_mean", "thrifting", "backstop", "habit", "qualified", "unmet", "fired"}
"""The parts of the state that are not in tonnes."""


def both(market, rules, **options):
    common = {"start": START, "draws": 5, "lanes": ["AAA"]} | options
    return [simulate(market, rules, engine=engine, **common) for engine in ("oracle", "kernel")]


def largest(run):
    return max(
        run.market.largest, float(run.final_state.stock.max()), float(run.final_state.public_stock.max())
    )


def assert_equal(oracle, compiled):
    """All arrays and the whole state, to 1e-12 of the largest flow or stock, or of one."""
    scale = largest(oracle)
    assert list(oracle.arrays) == list(compiled.arrays)
    for name in oracle.arrays:
        unit = 1.0 if name in {"price_ratio", "duty_share"} else scale
        one, other = (run.arrays[name].values.astype(float) for run in (oracle, compiled))
        precision = (
            1e-6 if name in {"trade_t", "arrival_t"} else 1e-12
        )  # these two are kept in single precision
        assert np.abs(one - other).max(initial=0.0) <= precision * unit * (
            one.max(initial=1.0) if unit == 1.0 else 1.0
        )
    for name in ARRAYS:
        one, other = getattr(oracle.final_state, name), getattr(compiled.final_state, name)
        assert one.shape == other.shape
        finite = np.isfinite(one)
        assert np.array_equal(finite, np.isfinite(other))
        unit = 1.0 if name in IN_TONNES else scale
        assert np.abs(one[finite] - other[finite]).max(initial=0.0) <= 1e-12 * unit


@pytest.mark.slow
@FEW
@given(markets(), all_policies(), st.integers(0, 5))
def test_the_kernel_equals_the_oracle_with_every_instrument_on(market, rules, seed):
    assert_equal(*both(market, rules, months=24, seed=seed))


@pytest.mark.slow
@FEW
@given(markets(), policies(), st.integers(0, 5))
def test_the_kernel_equals_the_oracle_with_some_of_them(market, rules, seed):
    assert_equal(*both(market, rules, months=24, seed=seed))


@pytest.mark.slow
@FEW
@given(markets(), policies(), st.integers(1, 6))
def test_the_kernel_gives_the_same_bytes_whatever_the_size_of_the_blocks(market, rules, block):
    runs = [
        simulate(market, rules, months=14, start=START, draws=7, engine="kernel", block=size, lanes=["AAA"])
        for size in (7, block)
    ]
    for name in runs[0].arrays:
        assert runs[0].arrays[name].values.tobytes() == runs[1].arrays[name].values.tobytes()


@pytest.mark.slow
@FEW
@given(markets(), all_policies(), st.integers(1, 19))
def test_the_kernel_goes_on_where_it_stopped(market, rules, stop):
    common = {"start": START, "draws": 3, "seed": 1, "engine": "kernel"}
    whole = simulate(market, rules, months=20, **common)
    first = simulate(market, rules, months=stop, **common)
    rest = simulate(market, rules, months=20, resume=first.final_state, **common)
    for name in whole.arrays:
        assert whole.arrays[name].isel(month=slice(stop, None)).equals(rest.arrays[name])


def test_the_constants_of_the_two_are_the_same():
    for name in ("SHORT_SHARE", "FORGET_SHARE", "MEMORY_MONTHS", "USUAL_MONTHS"):
        assert getattr(kernel, name) == getattr(step, name)
