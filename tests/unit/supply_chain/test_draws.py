"""Draws around a reconciled chain."""

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.supply_chain.draws import draw_chains
from monazite.supply_chain.reconcile import reconcile

pytestmark = pytest.mark.slow


@pytest.fixture
def reconciled(tiny_chain):
    return reconcile(tiny_chain).chain


def test_no_flow_of_a_draw_is_negative_and_the_rest_of_the_chain_stays(reconciled):
    for drawn in draw_chains(reconciled, draws=20):
        assert (drawn.production_t.values >= 0).all() and (drawn.trade_t.values >= 0).all()
        assert drawn.arrays["use_t"].identical(reconciled.arrays["use_t"])


def test_the_draws_scatter_as_the_adjusted_deviations_say(reconciled):
    # AAA's refinery: 90 t, far from zero; 400 draws give the deviation to about 1 / sqrt(800) = 3.5 %
    found = [float(drawn.production_t.values[1, 0]) for drawn in draw_chains(reconciled, draws=400)]
    sd = float(reconciled.arrays["production_sd_t"].values[1, 0])
    assert np.std(found, ddof=1) == pytest.approx(sd, rel=0.12)
    assert np.mean(found) == pytest.approx(float(reconciled.production_t.values[1, 0]), abs=4 * sd / 20)


def test_a_draw_depends_on_its_number_alone(reconciled):
    few = [drawn.trade_t.values for drawn in draw_chains(reconciled, draws=3, seed=7)]
    many = [drawn.trade_t.values for drawn in draw_chains(reconciled, draws=5, seed=7)]
    np.testing.assert_array_equal(few, many[:3])
    assert not np.array_equal(few[0], next(iter(draw_chains(reconciled, draws=1, seed=8))).trade_t.values)


def test_a_raw_chain_and_no_draws_are_refused(tiny_chain, reconciled):
    with pytest.raises(DataError, match="need a reconciled chain"):
        next(draw_chains(tiny_chain, draws=1))
    with pytest.raises(DataError, match="are 0"):
        next(draw_chains(reconciled, draws=0))
