"""Saltelli's design and Sobol' indices, through SALib (extra `sensitivity`)."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import sobol as analyze_sobol
from SALib.sample import sobol as sample_sobol

from monazite.scenarios.sensitivity_indices import Index
from monazite.simulation import Units

Array = NDArray[np.float64]
RESAMPLES = 200
"""Resamples of the bootstrap. Source: this project."""
CONFIDENCE = 0.95
"""Share of the bootstrap's distribution inside an interval, taken as normal. [unitless]"""


def draw_saltelli(names: Sequence[str], base: int, seed: int) -> Units:
    """
    Lay out Saltelli's design: for each base point A, B and, for every name, A with that name's value from B.

    Parameters
    ----------
    names : sequence of str
        What is uncertain.
    base : int
        Base points, a power of two.
    seed : int
        Seed of the scrambled Sobol sequence.

    Returns
    -------
    Units
        `base` x (names + 2) draws. [unitless, 0..1]

    Examples
    --------
    Two names and 8 base points: 8 * (2 + 2) = 32 draws.

    >>> len(draw_saltelli(["a", "b"], 8, seed=0).by_name["a"])
    32
    """
    points = sample_sobol.sample(_frame(names), base, calc_second_order=False, seed=seed)
    return Units({name: points[:, place].copy() for place, name in enumerate(names)})


def find_indices(names: Sequence[str], outcome: Array, seed: int) -> tuple[Index, ...]:
    r"""
    Share of the variance of an outcome that each assumption explains.

    Parameters
    ----------
    names : sequence of str
        What is uncertain, in the order of `draw_saltelli`.
    outcome : array, dims (draw,)
        What came out of the draws of that design.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    tuple of Index
        The largest total order first; empty where the outcome does not vary. [unitless] An estimate may lie a little
        outside 0..1: its interval says how much is noise.

    Notes
    -----
    First order: what would go away if the assumption were known. Total order: what would remain if all others were.

    .. math:: S_i = \frac{V(E(y | x_i))}{V(y)}, \qquad T_i = \frac{E(V(y | x_{\sim i}))}{V(y)}

    References
    ----------
    .. [1] A. Saltelli et al., "Variance based sensitivity analysis of model output," Comput. Phys. Commun., vol. 181,
       no. 2, pp. 259-270, 2010, doi:10.1016/j.cpc.2009.09.018.
    .. [2] J. Herman and W. Usher, "SALib," J. Open Source Softw., vol. 2, no. 9, 2017, doi:10.21105/joss.00097.

    Examples
    --------
    y = x1 + 2 x2 with both uniform: variances 1/12 and 4/12, so shares of 0.2 and 0.8.

    >>> units = draw_saltelli(["x1", "x2"], 1024, seed=0).by_name
    >>> [(i.name, round(i.first, 1)) for i in find_indices(["x1", "x2"], units["x1"] + 2 * units["x2"], seed=0)]
    [('x2', 0.8), ('x1', 0.2)]
    """
    if np.ptp(outcome) <= 1e-9 * max(float(np.abs(outcome).max()), np.finfo(float).tiny):
        return ()
    found = analyze_sobol.analyze(
        _frame(names), outcome, calc_second_order=False, num_resamples=RESAMPLES, conf_level=CONFIDENCE, seed=seed
    )  # fmt: skip
    columns = zip(found["S1"], found["S1_conf"], found["ST"], found["ST_conf"], strict=True)
    indices = [Index(name, *map(float, values)) for name, values in zip(names, columns, strict=True)]
    return tuple(sorted(indices, key=lambda index: -index.total))


def _frame(names: Sequence[str]) -> Mapping[str, object]:
    """Describe the design as SALib wants it."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
