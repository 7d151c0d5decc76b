"""Designs: how the draws of the uncertain parameters and policy fields are spread over their ranges."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from scipy.stats import qmc

from monazite.errors import ScenarioError, nearest_names
from monazite.simulation.compile import name_fields
from monazite.simulation.policies import Instrument
from monazite.simulation.priors import Array, Range, Units, choose_ranges, draw_unit

Design = Literal["lhs", "random", "sobol"]
DESIGNS: tuple[str, ...] = get_args(Design)


def list_uncertain(
    policies: Sequence[Instrument], parameters: Mapping[str, float | Range] | None = None
) -> dict[str, Range]:
    """
    List what is drawn in a run, with its range, in alphabetical order; a single number has two equal ends.

    Parameters
    ----------
    policies : sequence of Instrument
        What is imposed. A field of several policies of one kind by one country is one belief and stands once, with
        the widest range; its name is KIND.COUNTRIES.FIELD.
    parameters : mapping, optional
        A number or (low, high) for parameters of `priors.csv`, as in `simulate`.

    Returns
    -------
    dict of str to (float, float)
        Lower and upper end by name. [unit of the parameter]

    Raises
    ------
    ScenarioError
        That names every parameter that cannot be used.

    Examples
    --------
    >>> len(list_uncertain([])), list_uncertain([], {"price_elasticity": 0.08})["price_elasticity"]
    (28, (0.08, 0.08))
    """
    return dict(sorted((choose_ranges(parameters) | name_fields(policies)).items()))


def draw_design(design: Design, names: Sequence[str], draws: int, seed: int) -> Units:
    r"""
    Lay out the draws of a run.

    Parameters
    ----------
    design : {"lhs", "random", "sobol"}
        "lhs": Latin hypercube, each of the `draws` equal strata of each name holds one draw. "random": independent
        numbers. "sobol": the first `draws` points of a scrambled Sobol sequence in as many dimensions as there are
        names, even in all of them together; best with a power of two.
    names : sequence of str
        What is drawn; the order does not matter. "lhs" and "random" give every name a stream of its own, so that a
        further name leaves the others as they were; "sobol" does not.
    draws : int
        Number of draws. [>= 1] With "random" and "sobol" the first draws stay the same when more are added.
    seed : int
        Seed. [>= 0]

    Returns
    -------
    Units
        Numbers by name, dims (draw,). [unitless, 0 <= u < 1]

    Raises
    ------
    ScenarioError
        If the design is unknown.

    Notes
    -----
    "random" numbers are made by counter: number k of a name is output k of the Philox 4x64 generator whose key is
    (seed, CRC-32 of the name), whatever is drawn before it.

    .. math:: u_{nk} = \mathrm{Philox}_{(s, \mathrm{crc}(n))}(k)

    References
    ----------
    .. [1] J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3," SC '11, doi:10.1145/2063384.2063405.
    .. [2] A. B. Owen, "Scrambling Sobol' and Niederreiter-Xing points," J. Complexity, vol. 14, pp. 466-489, 1998.

    Examples
    --------
    Four draws of a Latin hypercube: one in each quarter.

    >>> units = draw_design("lhs", ["price_elasticity"], draws=4, seed=0)
    >>> sorted((4 * units.by_name["price_elasticity"]).astype(int).tolist())
    [0, 1, 2, 3]
    """
    if design not in DESIGNS:
        raise ScenarioError(
            "design", f"is {design!r}.", expected=", ".join(DESIGNS), fix=nearest_names(design, DESIGNS)
        )
    if design == "sobol":
        return _draw_sobol(sorted(names), draws, seed)
    draw = draw_unit if design == "lhs" else _draw_counter
    return Units({name: draw(name, draws, seed) for name in names})


def _draw_counter(name: str, draws: int, seed: int) -> Array:
    """Draw by counter, dims (draw,)."""
    key = np.array([seed, zlib.crc32(name.encode())], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key)).random(draws)


def _draw_sobol(names: Sequence[str], draws: int, seed: int) -> Units:
    """Draw the first points of a scrambled Sobol sequence."""
    sequence = qmc.Sobol(d=len(names), scramble=True, rng=np.random.default_rng(seed))
    points = sequence.random_base2(max(draws - 1, 0).bit_length())[:draws]
    return Units({name: points[:, place].copy() for place, name in enumerate(names)})
