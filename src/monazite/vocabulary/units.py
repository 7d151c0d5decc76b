"""Units of mass, and how much of one substance is in another."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from monazite.errors import DataError
from monazite.vocabulary.tables import fold, read_table

TONNES = MappingProxyType(
    {
        "t": 1.0,
        "metr t": 1.0,
        "metric ton": 1.0,
        "metric tons": 1.0,
        "tonne": 1.0,
        "tonnes": 1.0,
        "tonnes metal content": 1.0,
        "tonnes metric": 1.0,
        "kt": 1e3,
        "thousand metric tons": 1e3,
        "thousand metric dry tons": 1e3,
        "million metric tons": 1e6,
        "kg": 1e-3,
        "kilograms": 1e-3,
        "kilograms metal content": 1e-3,
        "g": 1e-6,
        "lb": 0.45359237e-3,  # the international pound, exact since 1959
        "troy oz": 31.1034768e-6,  # 480 grains of 64.79891 mg, exact since 1959
    }
)
"""Unit, folded -> metric tonnes [t per unit]"""
REFUSED = MappingProxyType(
    {
        "mt": "ambiguous: a million tonnes, or metric tons",
        "mio m3": "a volume of gas, not a mass",
        "m3": "a volume, not a mass",
        "ct": "carats of gems, whose mass says nothing about supply",
        "carats": "carats of gems, whose mass says nothing about supply",
    }
)
"""Unit, folded -> why it is not converted."""


def tonnes_per_unit(unit: str, where: str = "unit") -> float:
    """
    Look up how many metric tonnes one unit is. [t per unit, > 0]

    Raises
    ------
    DataError
        If the unit is not known, ambiguous, or not a mass.

    Examples
    --------
    >>> tonnes_per_unit("kg"), tonnes_per_unit("metr. t"), tonnes_per_unit("kt")
    (0.001, 1.0, 1000.0)
    """
    word = fold(unit)
    if word not in TONNES:
        reason = REFUSED.get(word, "not a known unit")
        raise DataError(where, f"{unit!r} is {reason}.", expected=f"a unit of mass: {', '.join(TONNES)}")
    return TONNES[word]


@cache
def atomic_weights() -> Mapping[str, float]:
    """
    List the standard atomic weights, abridged to five digits. [g/mol]

    References
    ----------
    .. [1] T. Prohaska et al., "Standard atomic weights of the elements 2021 (IUPAC Technical Report)," Pure
       Appl. Chem., vol. 94, no. 5, 2022, table 2. doi:10.1515/pac-2019-0603
    """
    return MappingProxyType({row["element"]: float(row["weight"]) for row in read_table("atomic_weights")})


def count_atoms(formula: str) -> Counter[str]:
    """
    Count the atoms of a formula; brackets and water of crystallisation are understood.

    Raises
    ------
    DataError
        If the formula cannot be read or names an element without a weight.

    Examples
    --------
    >>> sorted(count_atoms("LiOH.H2O").items())
    [('H', 3), ('Li', 1), ('O', 2)]
    >>> sorted(count_atoms("Co(OH)2").items())
    [('Co', 1), ('H', 2), ('O', 2)]
    """
    tokens = re.findall(r"([A-Z][a-z]?)(\d*)|(\()|\)(\d*)|([^.·])", formula)
    levels: list[Counter[str]] = [Counter()]
    is_readable = True
    for symbol, number, opened, times, other in tokens:
        if symbol in atomic_weights():
            levels[-1][symbol] += int(number or 1)
        elif opened:
            levels.append(Counter())
        elif not symbol and not other and len(levels) > 1:
            inner = levels.pop()
            levels[-1].update({element: count * int(times or 1) for element, count in inner.items()})
        else:
            is_readable = False
    atoms = levels[0]
    if not is_readable or len(levels) > 1 or not atoms:
        raise DataError(
            "formula",
            f"{formula!r} cannot be read.",
            expected="elements of atomic_weights.csv with whole numbers, as in Li2O, Co(OH)2 or LiOH.H2O",
        )
    return atoms


def molar_mass(formula: str) -> float:
    """
    Compute the molar mass of a compound. [g/mol, > 0]

    Examples
    --------
    >>> round(molar_mass("Li2O"), 3)  # 2 x 6.94 + 15.999
    29.879
    """
    return sum(atomic_weights()[element] * number for element, number in count_atoms(formula).items())


def contained_factor(reported_as: str, contained_as: str) -> float:
    r"""
    Compute how many tonnes of one substance are in a tonne of another.

    Parameters
    ----------
    reported_as : str
        Formula in which a figure is reported (`Li2O`), or a word that is no formula (`REO`).
    contained_as : str
        Formula in which we count (`Li`), or the same word.

    Returns
    -------
    float
        Factor. [t contained_as per t reported_as, > 0] It is 1 where both are the same; it exceeds 1 where
        a metal is counted as its oxide.

    Raises
    ------
    DataError
        If the two do not share exactly one element other than oxygen and hydrogen.

    Notes
    -----
    With n(x) the atoms of the shared element in one formula unit and M the molar mass:

    .. math:: f = \frac{n(reported)}{n(contained)} \cdot \frac{M(contained)}{M(reported)}

    References
    ----------
    .. [1] Atomic weights: see `atomic_weights`.

    Examples
    --------
    >>> round(contained_factor("Li2O", "Li"), 4)  # 2 x 6.94 / 29.879
    0.4645
    >>> round(contained_factor("Nd", "Nd2O3"), 4)  # 336.477 / (2 x 144.24)
    1.1664
    >>> contained_factor("REO", "REO")
    1.0
    """
    if reported_as == contained_as:
        return 1.0
    given, wanted = count_atoms(reported_as), count_atoms(contained_as)
    shared = (set(given) & set(wanted)) - {"O", "H"}
    if len(shared) != 1:
        raise DataError(
            "contained",
            f"{reported_as} cannot be counted as {contained_as}.",
            which=sorted(shared),
            expected="two formulas that share one element other than oxygen and hydrogen",
        )
    element = shared.pop()
    return given[element] / wanted[element] * molar_mass(contained_as) / molar_mass(reported_as)
