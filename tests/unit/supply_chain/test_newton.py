"""The solver against a dense reference, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import minimize
from scipy.sparse import csr_array

from monazite.errors import DataError, ModelError
from monazite.supply_chain.deviations import adjusted_deviations
from monazite.supply_chain.newton import BalanceSystem, solve_balance

pytestmark = pytest.mark.slow


def system(matrix, prior, sd, target=None):
    matrix = np.asarray(matrix, dtype=float)
    target = np.zeros(len(matrix)) if target is None else np.asarray(target, dtype=float)
    return BalanceSystem(
        csr_array(matrix), target, np.asarray(prior, dtype=float), np.asarray(sd, dtype=float),
        np.ones(len(prior), dtype=bool),
    )  # fmt: skip


def cost(found, value):
    return float((((value - found.prior) / found.sd) ** 2).sum())


def solve_dense(found):
    """The same least squares by sequential quadratic programming on dense matrices (scipy's SLSQP)."""
    matrix = found.coefficients.toarray()
    return minimize(
        lambda x: cost(found, x), found.prior, jac=lambda x: 2 * (x - found.prior) / found.sd**2,
        bounds=[(0, None)] * len(found.prior), method="SLSQP", options={"ftol": 1e-13, "maxiter": 1000},
        constraints={"type": "eq", "fun": lambda x: matrix @ x - found.target, "jac": lambda x: matrix},
    )  # fmt: skip


@st.composite
def chains(draw):
    """Trade between four to seven countries, production, use and residual: what a stage of a chain looks like."""
    count = draw(st.integers(4, 7))
    lanes = [(i, j) for i in range(count) for j in range(count) if i != j and draw(st.booleans())]
    width = len(lanes) + 3 * count
    matrix = np.zeros((count, width))
    for column, (i, j) in enumerate(lanes):
        matrix[i, column], matrix[j, column] = -1.0, 1.0
    for k, sign in enumerate((1.0, -1.0, 1.0)):
        matrix[range(count), range(len(lanes) + k * count, len(lanes) + (k + 1) * count)] = sign
    tonnes = st.one_of(st.just(0.0), st.floats(0.1, 1e3))
    prior = draw(hnp.arrays(float, width, elements=tonnes))
    prior[-count:] = 0.0
    sd = draw(hnp.arrays(float, width, elements=st.floats(0.5, 200.0)))
    return system(matrix, prior, sd)


@settings(max_examples=60)
@given(chains())
def test_the_solution_is_that_of_a_dense_reference(found):
    exact = solve_dense(found)
    value = solve_balance(found).value
    assert cost(found, value) <= exact.fun * (1 + 1e-6) + 1e-9
    scale = max(1.0, float(np.abs(found.prior).max()))
    if exact.success and np.abs(found.coefficients @ exact.x).max() < 1e-9 * scale:
        assert cost(found, value) == pytest.approx(exact.fun, rel=1e-4, abs=1e-7)


@settings(max_examples=80)
@given(chains())
def test_the_solution_carries_the_certificate_of_the_optimum(found):
    # Kuhn and Tucker: (x - x0) / sd^2 = A' lambda where x > 0, and >= where x = 0; convex, so this is enough
    solution = solve_balance(found)
    slope = (
        solution.value - found.prior
    ) / found.sd**2 - found.coefficients.toarray().T @ solution.multiplier
    scale = 1e-9 * max(1.0, float((found.prior / found.sd**2).max()))
    assert slope[solution.value > 0] == pytest.approx(0, abs=scale)
    assert (slope >= -scale).all()


@settings(max_examples=80)
@given(chains())
def test_every_balance_holds_and_nothing_is_negative(found):
    value = solve_balance(found).value
    assert (value >= 0).all()
    assert found.imbalance(value).max(initial=0.0) < 1e-9


@settings(max_examples=40)
@given(chains(), st.sampled_from([1e-6, 1e-3, 1e3, 1e9]))
def test_the_unit_does_not_matter(found, factor):
    other = BalanceSystem(
        found.coefficients, found.target, found.prior * factor, found.sd * factor, found.is_bounded
    )
    scale = max(1.0, float(found.prior.max()))
    assert solve_balance(other).value / factor == pytest.approx(solve_balance(found).value, abs=1e-9 * scale)


@settings(max_examples=40)
@given(chains(), st.randoms(use_true_random=False))
def test_the_order_of_balances_and_flows_does_not_matter(found, random):
    rows, columns = list(range(len(found.target))), list(range(len(found.prior)))
    random.shuffle(rows)
    random.shuffle(columns)
    dense = found.coefficients.toarray()[np.ix_(rows, columns)]
    other = system(dense, found.prior[columns], found.sd[columns], found.target[rows])
    scale = max(1.0, float(found.prior.max()))
    assert solve_balance(other).value == pytest.approx(solve_balance(found).value[columns], abs=1e-9 * scale)


@settings(max_examples=40)
@given(chains())
def test_a_deviation_never_grows(found):
    sd, projected = adjusted_deviations(found, solve_balance(found))
    assert (projected <= found.sd * (1 + 1e-9)).all()
    assert (sd <= projected * (1 + 1e-9)).all()
    assert np.isfinite(sd).all()


def test_residuals_over_four_decades_of_deviations_do_not_stop_it():
    # nine random material-years with sd from 0.01 to 100 times the flow, the residual nearly forbidden
    for seed in range(9):
        rng = np.random.default_rng(seed)
        count, lanes = 40, 300
        i = rng.integers(0, count, lanes)
        j = (i + rng.integers(1, count, lanes)) % count
        matrix = np.zeros((count, lanes + 2 * count))
        np.add.at(matrix, (i, range(lanes)), -1.0)
        np.add.at(matrix, (j, range(lanes)), 1.0)
        matrix[range(count), range(lanes, lanes + count)] = 1.0
        matrix[range(count), range(lanes + count, lanes + 2 * count)] = -1.0
        prior = np.concatenate(
            [np.exp(rng.normal(2, 3, lanes)), np.zeros(count), np.exp(rng.normal(3, 2, count))]
        )
        sd = prior * 10 ** rng.uniform(-2, 2, len(prior))
        sd[lanes : lanes + count] = 0.1
        found = system(matrix, prior, sd)
        assert found.imbalance(solve_balance(found).value).max() < 1e-9


def test_draws_agree_with_the_projection_away_from_zero_and_with_the_cut_near_it():
    # 100 +- 10 in; 60 +- 10 and 4 +- 10 out. Gap 36, a third each: 88, 72, 16; sd 10 sqrt(2/3) = 8.165, cut at zero
    # for the last: mean 16 and sd 8.165 lie 1.96 from zero, where cutting leaves 0.978 of it (sqrt(4.835 - 1.969^2))
    found = system([[1, -1, -1]], [100, 60, 4], [10, 10, 10])
    solution = solve_balance(found)
    assert solution.value == pytest.approx([88, 72, 16])
    sd, projected = adjusted_deviations(found, solution)
    assert projected == pytest.approx([8.165] * 3, abs=1e-3)
    assert sd[2] == pytest.approx(0.978 * 8.165, rel=2e-3)
    drawn, _ = adjusted_deviations(found, solution, draws=4000, seed=1)
    assert drawn[2] == pytest.approx(sd[2], rel=0.04)
    assert drawn[0] == sd[0]


def test_the_same_seed_gives_the_same_draws():
    found = system([[1, -1, -1]], [100, 60, 4], [10, 10, 10])
    solution = solve_balance(found)
    first, again, other = (adjusted_deviations(found, solution, draws=20, seed=s)[0] for s in (1, 1, 2))
    assert (first == again).all()
    assert first[2] != other[2]


def test_flows_without_any_balance_stay_as_they_are():
    found = system(np.zeros((0, 2)), [3, 4], [1, 1])
    assert (solve_balance(found).value == [3, 4]).all()


@pytest.mark.parametrize("sd", [0.0, -1.0, float("nan"), 1e300, float("inf")])
def test_an_absurd_deviation_is_refused_and_named(sd):
    with pytest.raises(DataError) as caught:
        solve_balance(system([[1, -1]], [1, 2], [1, sd]))
    assert str(caught.value) == (
        "balance system: cannot be solved as it stands.\n"
        f"  which:    flow 1: standard deviation {sd:g}\n"
        "  expected: finite values; standard deviations > 0\n"
        "  fix:      leave out flows that nobody measured"
    )


def test_a_value_that_is_not_finite_is_refused_and_named():
    with pytest.raises(DataError, match="flow 0: prior nan"):
        solve_balance(system([[1, -1]], [float("nan"), 2], [1, 1]))


def test_balances_that_contradict_each_other_are_named():
    # x = 1 and x = 2
    with pytest.raises(ModelError, match="balances do not hold"):
        solve_balance(system([[1], [1]], [1], [1], target=[1, 2]))


def test_small_flows_beside_large_ones_on_the_bound_still_meet_their_balance():
    # drawn from titanium 2024: two flows of grams are left, three of thousands of tonnes lie on the bound
    system = BalanceSystem(
        csr_array([[1.0, -1.0, -1.0, -1.0, 1.0]]),
        np.zeros(1),
        np.array([0.000247, -3578.9, 0.782, -1147.4, -2572.9]),
        np.array([0.00296, 3010.1, 0.374, 44947.2, 2247.4]),
        np.ones(5, dtype=bool),
    )
    solution = solve_balance(system)
    assert system.imbalance(solution.value).max() <= 1e-9
    assert (solution.value >= 0).all()
