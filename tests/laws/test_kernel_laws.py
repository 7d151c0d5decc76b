"""The compiled kernel computes what the oracle computes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulation_cases import START, all_policies, check_goes_on, markets, policies

from monazite.simulation import simulate
from monazite.simulation.state import ARRAYS

pytest.importorskip("numba")
kernel = pytest.importorskip("monazite.simulation.kernel")
step = pytest.importorskip("monazite.simulation.step")
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOT_IN_TONNES = {"log_price", "log_price_mean", "thrifting", "backstop", "habit", "qualified", "unmet"}
"""The parts of the state that are not in tonnes."""
RATIOS = {"price_ratio", "duty_share"}
"""The arrays of a run that are not in tonnes."""


def both(market, rules, **options):
    common = {"start": START, "draws": 5, "lanes": ["AAA"]} | options
    return [simulate(market, rules, engine=engine, **common) for engine in ("oracle", "kernel")]


def largest(run):
    return max(
        run.market.largest, float(run.final_state.stock.max()), float(run.final_state.public_stock.max())
    )


def compare_infinite(one, other):
    """What never happens (a trigger, the end of a quota) is infinite in both; the rest is compared as numbers."""
    assert np.array_equal(np.isinf(one), np.isinf(other))
    return (np.where(np.isinf(values), 0.0, values) for values in (one, other))


def assert_equal(oracle, compiled):
    """
    All arrays and the whole state, to 1e-12 of the largest flow or stock.

    What is not in tonnes (prices, shares) is weighed by the country's part of the largest flow: the price of a country
    that trades little beside its partners feels the rounding of their flows. Habits are shares of what a country buys,
    and weighed by that: what a large seller has left for abroad, home first, carries the rounding of the large figure.
    """
    scale = largest(oracle)
    weight = np.minimum(oracle.market.throughput / oracle.market.largest, 1.0)
    purchases = np.minimum(oracle.market.imports / oracle.market.largest, 1.0)
    assert list(oracle.arrays) == list(compiled.arrays)
    for name in oracle.arrays:
        unit = weight / np.maximum(oracle.arrays[name].values, 1.0) if name in RATIOS else 1.0 / scale
        one, other = (run.arrays[name].values.astype(float) for run in (oracle, compiled))
        precision = (
            1e-6 if name in {"trade_t", "arrival_t"} else 1e-12
        )  # these two are kept in single precision
        one, other = compare_infinite(one, other)
        assert (np.abs(one - other) * unit).max(initial=0.0) <= precision, name
    for name in ARRAYS:
        one, other = getattr(oracle.final_state, name), getattr(compiled.final_state, name)
        assert one.shape == other.shape
        one, other = compare_infinite(one, other)
        unit = weight if name in NOT_IN_TONNES else 1.0 / scale
        unit = purchases if name == "habit" else unit
        assert (np.abs(one - other) * unit).max(initial=0.0) <= 1e-12, name


@pytest.mark.slow
@FEW
@given(markets(), all_policies(), st.integers(0, 5))
def test_the_kernel_equals_the_oracle_with_every_instrument_on(market, rules, seed):
    assert_equal(*both(market, rules, months=24, seed=seed))


@pytest.mark.slow
@settings(FEW, max_examples=12)
@given(markets(), policies(), st.integers(0, 5))
def test_the_kernel_equals_the_oracle_with_home_first_and_panic(market, rules, seed):
    options = {"home_first_share": (0, 1), "panic_share": (0, 1)}
    assert_equal(*both(market, rules, months=24, seed=seed, parameters=options))


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
    check_goes_on(whole, rest, stop)


def test_the_constants_of_the_two_are_the_same():
    for name in ("SHORT_SHARE", "FORGET_SHARE", "MEMORY_MONTHS", "USUAL_MONTHS"):
        assert getattr(kernel, name) == getattr(step, name)
