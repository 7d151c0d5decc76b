"""Tariff: an importer taxes goods from some origins."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.policies.duty import DutyTerms, duty_series
from monazite.simulation.policies.policy import Array, ImportInstrument


class Tariff(DutyTerms, ImportInstrument):
    r"""
    A duty of the destinations on imports from the origins.

    Notes
    -----
    With rate t, pass-through f, exempt share e, share of the month in force a, trade elasticity s and orders w_i of
    the importer with seller i:

    .. math:: r_i = a (1 - e) f t, \quad w_i' = w_i (1 + r_i)^{-s} \sum_k w_k / \sum_k w_k (1 + r_k)^{-s}

    and use falls with the mean rise of what it costs, own share included (equation 3). Tariffs on one lane add up. A
    known tariff is met by orders ahead of it, for the share 1 - (1 + r)^-s that it will deter. Who is taxed 100 %
    still sells: forbid imports with a ban of their origin. Complete pass-through: M. Amiti, S. J. Redding and D. E.
    Weinstein, "The Impact of the 2018 Tariffs on Prices and Welfare", Journal of Economic Perspectives 33(4), 2019,
    p. 187. Source of the rest: this project, docs/reference/simulation.md, equations 1e and 5.

    Examples
    --------
    Half of the orders from CHN, 25 %: 0.5 x 1.25 ** -0.76 = 0.422 against 0.5, so CHN keeps 0.422 / 0.922 = 45.8 %.

    >>> tariff = Tariff(destination=["USA"], origin=["CHN"], stage="processing", announced="2024-05",
    ...                 effective="2026-01", rate_share=0.25)
    >>> from monazite.simulation.calendar import month_number
    >>> drawn = {name: np.array([low]) for name, (low, _) in tariff.ranges.items()}
    >>> tariff.price_rise(month_number("2025-12") + np.arange(2), drawn).tolist()
    [[0.0, 0.25]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("exempt_share", *DutyTerms.terms)

    kind: Literal["tariff"] = "tariff"
    """Which instrument."""

    def price_rise(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Rise of the buyer's price, dims (draw, month). [unitless]"""
        return duty_series(self, numbers, drawn)
