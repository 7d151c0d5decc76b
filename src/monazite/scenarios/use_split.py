"""How a shortage falls on the uses of a country: in proportion, by value added, or between the two."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monazite.errors import DataError

Array = NDArray[np.float64]
ROUNDING = 0.02
"""Published shares are rounded: their sum may exceed 1 by this much. [unitless] Source: EU study 2023, cobalt 1.02."""
EXACT = 1e-12
"""A sum this close to 1 is 1. [unitless]"""
UNNAMED = "uses that are not named"
"""What a table of uses leaves out, where its shares add up to less than 1."""


@dataclass(frozen=True)
class Cuts:
    """
    Where each use stands in the order in which uses give way.

    All dims (use,): `share` of the whole use, `group` share of all uses of equal worth and `before` of those that give
    way earlier, both over the uses whose worth is known; `is_known` tells whether its worth is. [unitless, 0..1]
    """

    share: Array
    group: Array
    before: Array
    is_known: NDArray[np.bool_]


def complete_shares(uses: Sequence[str], share: Array) -> tuple[list[str], Array]:
    """
    Make the shares of uses add up to 1.

    Parameters
    ----------
    uses : sequence of str
        Their names.
    share : array, dims (use,)
        Published shares. [unitless, 0..1]

    Returns
    -------
    uses, share
        What is lacking to 1 is a use of its own, `uses that are not named`; a sum above 1 by rounding, up to 1.02, is
        scaled back.

    Raises
    ------
    DataError
        If a share is missing, negative, or their sum is above 1.02.

    Examples
    --------
    >>> complete_shares(["magnets", "lamps"], np.array([0.5, 0.25]))
    (['magnets', 'lamps', 'uses that are not named'], array([0.5 , 0.25, 0.25]))
    """
    total = float(share.sum())
    bad = [f"{use}: {part}" for use, part in zip(uses, share.tolist(), strict=True) if not part >= 0]
    if bad or not total <= 1 + ROUNDING + 1e-9:
        raise DataError(
            "use shares", "do not add up to 1.", which=[*bad, f"sum {total:.3f}"],
            expected=f"shares of 0 to 1, in all at most {1 + ROUNDING}", fix="correct the table of use shares",
        )  # fmt: skip
    if abs(total - 1) <= EXACT:
        return list(uses), share
    if total > 1:
        return list(uses), share / total
    return [*uses, UNNAMED], np.append(share, 1 - total)


def order_uses(share: Array, worth: Array) -> Cuts:
    """
    Put uses in the order in which they give way: the least worth first, uses of equal worth together.

    Parameters
    ----------
    share : array, dims (use,)
        Share of each use in the whole use. [unitless] Finite, their sum is 1.
    worth : array, dims (use,)
        Value added by tonne used, in any unit. NaN = unknown: such a use has no place in the order.

    Returns
    -------
    Cuts
        Two uses of 0.5, worth 20 and 60 a tonne, give way at a shortage from 0 and from 0.5 on.
    """
    known = ~np.isnan(worth)
    whole = float(share[known].sum())
    group, before = np.full(share.shape, np.nan), np.full(share.shape, np.nan)
    for k in np.flatnonzero(known):
        group[k] = share[known & (worth == worth[k])].sum() / whole if whole > 0 else 0.0
        before[k] = share[known & (worth < worth[k])].sum() / whole if whole > 0 else 0.0
    return Cuts(share, group, before, known)


def miss_of_use(short: Array, cuts: Cuts, use: int, worth_first: Array) -> Array:
    r"""
    Share of its own need that one use misses, dims (draw, month). [unitless, 0..1]

    Parameters
    ----------
    short : array, dims (draw, month)
        Share of the use wanted in the country that is not served. [unitless, 0..1]
    cuts : Cuts
        From `order_uses`.
    use : int
        Which use.
    worth_first : array, dims (draw,)
        0 = every use misses the same share, 1 = the use with least value added by tonne gives way first. [0..1]

    Returns
    -------
    array, dims (draw, month)
        Times the share of the use and the use wanted in the country: tonnes. Over all uses these add up to the
        shortfall of the country.

    Notes
    -----
    With the country's shortage s, the share G of the uses of equal worth, B of those before, and w `worth_first`:

    .. math:: q = (1 - w) s + w \frac{\min(\max(s - B, 0), G)}{G}

    A use whose worth is unknown misses s, as the country does.

    Source: this project, judgement; docs/reference/reading_a_run.md.

    Examples
    --------
    A shortage of 0.4 on two uses of 0.5, half by worth: the first misses 0.5 x 0.4 + 0.5 x 0.8, the second 0.2.

    >>> cuts = order_uses(np.array([0.5, 0.5]), np.array([20.0, 60.0]))
    >>> [round(float(miss_of_use(np.array([[0.4]]), cuts, k, np.array([0.5]))[0, 0]), 3) for k in (0, 1)]
    [0.6, 0.2]
    """
    if not cuts.is_known[use] or cuts.group[use] <= 0:
        return short
    first = np.clip((short - cuts.before[use]) / cuts.group[use], 0.0, 1.0)
    weight = worth_first[:, None]
    missed: Array = (1 - weight) * short + weight * first
    return missed


def draw_down(missed: Array, cover_months: Array) -> Array:
    r"""
    Share of its output that a use loses when it first lives on its own stock of intermediate goods.

    Parameters
    ----------
    missed : array, dims (draw, month)
        Share of its need that is not served. [unitless, 0..1]
    cover_months : array, dims (draw,)
        Own stock at the start, in months of its need; it is not filled up again. [months]

    Returns
    -------
    array, dims (draw, month)
        Never more than `missed`.

    Notes
    -----
    .. math:: y_t = q_t - \min(q_t, K - \sum_{k<t} (q_k - y_k))

    Examples
    --------
    Half is missing for three months, and the stock is that of one month: the third month is lost by half.

    >>> draw_down(np.array([[0.5, 0.5, 0.5]]), np.array([1.0]))
    array([[0. , 0. , 0.5]])
    """
    used: Array = np.minimum(missed.cumsum(axis=1), cover_months[:, None])
    taken = np.diff(used, axis=1, prepend=0.0)
    lost: Array = np.where(missed.cumsum(axis=1) <= cover_months[:, None], 0.0, missed - taken)
    return np.clip(lost, 0.0, 1.0)
