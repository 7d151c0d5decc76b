"""Element baskets: which share of a deposit's rare-earth oxides is the oxide of which element."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monazite.errors import DataError
from monazite.snapshot import Snapshot

ELEMENTS = (
    "lanthanum", "cerium", "praseodymium", "neodymium", "samarium", "europium", "gadolinium", "terbium",
    "dysprosium", "holmium", "erbium", "thulium", "ytterbium", "lutetium", "yttrium",
)  # fmt: skip
"""The rare earths of a basket, by atomic number, yttrium last; scandium is counted apart."""
SUM_OF_ALL = (0.97, 1.01)
"""What the printed shares of all fifteen may sum to [t oxide / t REO]: the published analyses have 0.973 to 1.007."""
BASKETS = """
SELECT basket_id, deposit, element, share, published, source_id FROM element_baskets
WHERE oxide <> 'group' ORDER BY basket_id, element
"""


@dataclass(frozen=True)
class Basket:
    """
    One published analysis of a deposit.

    `shares` are scaled [t oxide / t REO]; an element that the analysis does not list is absent, not zero. `year` is
    None where the text that was read does not tell it.
    """

    basket_id: str
    deposit: str
    year: int | None
    source_id: str
    shares: Mapping[str, float]


def scale_basket(shares: Mapping[str, float], where: str = "basket") -> dict[str, float]:
    r"""
    Scale the printed shares of one analysis.

    Parameters
    ----------
    shares : mapping of element to number
        As printed. [t oxide / t REO, 0 to 1] Elements that the analysis does not list are absent.
    where : str, optional
        Name of the analysis, for messages.

    Returns
    -------
    dict of element to number
        Scaled shares. [t oxide / t REO] They sum to 1 if all fifteen elements are listed, else to at most 1: what
        is missing stays unknown.

    Raises
    ------
    DataError
        If a share is missing, negative or above 1, an element is unknown, or the sum is implausible.

    Notes
    -----
    An analysis of all fifteen elements misses 1 by rounding and error, so it is divided by its sum. A partial one is
    left as printed unless it exceeds 1:

    .. math:: s_e = p_e / \Sigma_k p_k \text{ if complete or } \Sigma_k p_k > 1, \quad s_e = p_e \text{ else}

    Examples
    --------
    >>> scale_basket({"lanthanum": 0.33, "cerium": 0.49})  # partial: the other 0.18 stay unknown
    {'lanthanum': 0.33, 'cerium': 0.49}
    >>> whole = dict.fromkeys(ELEMENTS, 0.065)  # 15 x 0.065 = 0.975, so 0.065 / 0.975
    >>> round(scale_basket(whole)["yttrium"], 6)
    0.066667
    """
    total = float(sum(shares.values()))
    problems = [f"{element}: no rare earth of a basket" for element in shares if element not in ELEMENTS]
    problems += [f"{element}: {share}" for element, share in shares.items() if not 0 <= share <= 1]
    is_whole = set(shares) == set(ELEMENTS)
    low, high = SUM_OF_ALL
    if not problems and (total > high or (is_whole and total < low)):
        problems.append(f"sum of {len(shares)} elements: {total:.4f}")
    if problems:
        raise DataError(
            where, "has shares that cannot be.", which=problems,
            expected=f"shares of 0 to 1 that sum to {low} to {high} for all {len(ELEMENTS)} elements, else to no more",
            fix="correct src/monazite/data/curated/element_baskets.csv",
        )  # fmt: skip
    divisor = total if is_whole or total > 1 else 1.0
    return {element: share / divisor for element, share in shares.items()}


def read_baskets(data: Snapshot) -> dict[str, tuple[Basket, ...]]:
    """
    Read the published analyses of a release by deposit, the fullest of each deposit first.

    Returns
    -------
    dict of deposit to tuple of Basket
        The first lists most elements; of equals it is the newest, then the one that leaves least unknown. It gives
        the figure, the others its range.

    Raises
    ------
    SnapshotError
        If the release has no table of baskets.
    DataError
        If an analysis cannot be; see `scale_basket`.
    """
    data.check_table("element_baskets")
    table = data.query(BASKETS)
    found: dict[str, list[Basket]] = {}
    for basket_id in dict.fromkeys(table["basket_id"]):
        rows = np.flatnonzero((table["basket_id"] == basket_id) & np.isfinite(table["share"]))
        if not len(rows):
            continue
        printed = {str(table["element"][row]): float(table["share"][row]) for row in rows}
        first = rows[0]
        basket = Basket(
            str(basket_id), str(table["deposit"][first]),
            _year(float(table["published"][first])), str(table["source_id"][first]),
            scale_basket(printed, f"basket {basket_id}"),
        )  # fmt: skip
        found.setdefault(basket.deposit, []).append(basket)
    return {deposit: tuple(sorted(baskets, key=_rank)) for deposit, baskets in found.items()}


def _rank(basket: Basket) -> tuple[int, int, float, str]:
    return -len(basket.shares), -(basket.year or 0), -sum(basket.shares.values()), basket.basket_id


def _year(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def share_range(baskets: Sequence[Basket], element: str) -> tuple[float, float]:
    """
    Find the lowest and highest share of an element in the analyses of one deposit that list it.

    Returns
    -------
    tuple of float
        Low and high [t oxide / t REO]; both NaN where none lists it, equal where one does.

    Examples
    --------
    >>> old = Basket("a", "somewhere", 2005, "curated", {"cerium": 0.49})
    >>> new = Basket("b", "somewhere", 2021, "curated", {"cerium": 0.502, "lanthanum": 0.323})
    >>> share_range([new, old], "cerium"), share_range([new, old], "lanthanum")
    ((0.49, 0.502), (0.323, 0.323))
    """
    listed = [basket.shares[element] for basket in baskets if element in basket.shares]
    return (min(listed), max(listed)) if listed else (float("nan"), float("nan"))
