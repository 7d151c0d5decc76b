"""Examples of data reconciliation as they are taught, recomputed."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from monazite.supply_chain.deviations import adjusted_deviations
from monazite.supply_chain.newton import BalanceSystem, solve_balance

ONE_PROCESS = [[1.0, -1.0]]


def reconcile(matrix, prior, sd):
    system = BalanceSystem(
        csr_array(np.asarray(matrix, dtype=float)), np.zeros(len(matrix)), np.asarray(prior, dtype=float),
        np.asarray(sd, dtype=float), np.ones(len(prior), dtype=bool),
    )  # fmt: skip
    solution = solve_balance(system)
    return solution.value, adjusted_deviations(system, solution)[1]


def test_stan_changes_both_flows_to_the_same_extent_where_both_are_equally_uncertain():
    """
    STAN help, page Data Reconciliation (stan2web.net); method: Cencic and Rechberger, J. Environ. Eng. Manage. 18(1),
    pp. 3-7, 2008. One process without stock, a gap of 10: "changed to the same extent (+/- 5)", and the
    uncertainties fall. By hand: 100 + 10 / 2 = 105 = 110 - 10 / 2; 10 / sqrt 2 = 7.07.
    """
    value, sd = reconcile(ONE_PROCESS, [100, 110], [10, 10])
    assert value == pytest.approx([105, 105])
    assert sd == pytest.approx([7.0711, 7.0711], abs=1e-4)


def test_stan_changes_the_more_uncertain_flow_more():
    """The same page. By hand: variances 25 and 100; 100 + 10 x 25 / 125 = 102 = 110 - 10 x 100 / 125; sd sqrt 20."""
    value, sd = reconcile(ONE_PROCESS, [100, 110], [5, 10])
    assert value == pytest.approx([102, 102])
    assert sd == pytest.approx([20**0.5] * 2)


def test_stan_shares_a_gross_error_between_the_flows_unless_it_is_found():
    """The same page: "one zero too much had been entered". By hand: (1000 + 110) / 2 = 555, 45 sd off: |z| 63."""
    value, sd = reconcile(ONE_PROCESS, [1000, 110], [10, 10])
    assert value == pytest.approx([555, 555])
    z = (value - [1000, 110]) / np.sqrt(100 - sd**2)
    assert z == pytest.approx([-890 / 2 / 7.0711, 890 / 2 / 7.0711], rel=1e-4)


def test_a_splitter_by_hand():
    """
    A stream that splits, F1 = F2 + F3, the first example of textbooks (Narasimhan and Jordache, Data Reconciliation
    and Gross Error Detection, Gulf, 2000, ch. 1 and 3). Measured 101.9, 64.5 and 34.7, sd 1 each. Gap 101.9 - 99.2 =
    2.7, a third each: 101.0 = 65.4 + 35.6; sd sqrt(2/3).
    """
    value, sd = reconcile([[1, -1, -1]], [101.9, 64.5, 34.7], [1, 1, 1])
    assert value == pytest.approx([101.0, 65.4, 35.6])
    assert sd == pytest.approx([0.8165] * 3, abs=1e-4)


def test_two_processes_in_a_row_with_a_recycle_agree_with_the_closed_form():
    """x = x0 - W A' (A W A')^-1 A x0, the closed form of the same books, for five streams and two nodes."""
    matrix = np.array([[1, -1, 0, 0, 1], [0, 1, -1, -1, 0]], dtype=float)
    prior, sd = np.array([100.0, 118, 70, 41, 15]), np.array([2.0, 3, 2, 4, 1])
    weight = np.diag(sd**2)
    gain = weight @ matrix.T @ np.linalg.inv(matrix @ weight @ matrix.T)
    value, found = reconcile(matrix, prior, sd)
    assert value == pytest.approx(prior - gain @ matrix @ prior)
    assert found == pytest.approx(np.sqrt(np.diag(weight - gain @ matrix @ weight)))
