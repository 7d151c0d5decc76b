"""Duty: what tariffs and export taxes share."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from monazite.simulation.policies.policy import Array, Instrument, Rate, Share

TRADE_ELASTICITY = 0.76
"""Fall of a lane's share of an importer's orders with its price, within a year. [unitless]

Source: C. E. Boehm, A. A. Levchenko and N. Pandalai-Nayar, "The Long and Short (Run) of Trade Elasticities",
American Economic Review 113(4), 2023, abstract: -0.76 in the year after a change, -1.75 to -2.25 after 7-10 years.
"""


class DutyTerms(BaseModel):
    """The three numbers of a duty; a field of every instrument that levies one."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    rate_share: Rate
    """Duty over the value of the goods: 0.25 is 25 %."""
    trade_elasticity: Rate = TRADE_ELASTICITY
    """Fall of the lane's share of the orders with its price."""
    pass_through_share: Share = 1.0
    """Part of the duty that the buyer pays; the rest lowers the seller's price."""

    terms: ClassVar[tuple[str, ...]] = ("rate_share", "trade_elasticity", "pass_through_share")


def duty_series(policy: Instrument, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
    r"""
    Rise of the buyer's price of the goods under a duty, dims (draw, month). [unitless, >= 0]

    Parameters
    ----------
    policy : Instrument
        A tariff or an export tax.
    numbers : array, dims (month,)
        Months as numbers.
    drawn : mapping of str to array, dims (draw,)
        `rate_share`, `pass_through_share`, `exempt_share`. [unitless]

    Returns
    -------
    array, dims (draw, month)
        The rise, with rate t, pass-through f, exempt share e and share of the month in force a. [unitless]

    Notes
    -----
    .. math:: r = a (1 - e) f t

    Source: this project, docs/reference/simulation.md, equation 1e.

    Examples
    --------
    25 % on three quarters of the goods, four fifths of it on the buyer, for the whole month: 0.75 x 0.8 x 0.25 = 0.15.
    """
    share = (1.0 - drawn["exempt_share"]) * drawn["pass_through_share"] * drawn["rate_share"]
    return policy.force_share(numbers) * share[:, None]


def attraction(rise: Array, elasticity: Array) -> Array:
    r"""
    Weight of a lane among an importer's orders under a duty, over its weight without. [unitless, 0..1]

    Parameters
    ----------
    rise : array
        Rise of the buyer's price. [unitless, >= 0]
    elasticity : array
        `trade_elasticity`. [unitless, >= 0]

    Returns
    -------
    array
        The weight.

    Notes
    -----
    .. math:: z = (1 + r)^{-\sigma}

    Orders that move to other sellers become habit, so that the response grows over the years.

    Examples
    --------
    A price 25 % higher and an elasticity of 0.76: 1.25 ** -0.76 = 0.844.

    >>> round(float(attraction(np.array(0.25), np.array(0.76))), 3)
    0.844
    """
    weight: Array = (1.0 + rise) ** -elasticity
    return weight
