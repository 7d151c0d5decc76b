"""Stock release: a government sells from its public stock."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from monazite.simulation.policies.policy import Array, CountryInstrument, Share

Tonnes = Annotated[float, Field(ge=0.0, le=1e12)]
"""Tonnes, or tonnes a month, as the field says."""


class StockRelease(CountryInstrument):
    r"""
    Tonnes from a public stock, offered to the country's market every month until the stock is empty.

    Notes
    -----
    With rate q, share of the month in force a and public stock Z at the start of the month:

    .. math:: R = \min(a q, Z), \quad Z' = Z - R

    R joins the commercial stock at the start of the month; whoever holds it may use or export it. Source: this
    project, docs/reference/simulation.md, equation 1g.

    Examples
    --------
    10 t a month from a stock of 25 t: 10, 10, 5, 0.

    >>> release = StockRelease(country="JPN", stage="processing", effective="2025-01",
    ...                        release_t_per_month=10, opening_stock_t=25, unit="contained")
    >>> from monazite.simulation.calendar import month_number
    >>> release.rate_t(month_number("2025-01") + np.arange(2), np.ones(1)).tolist()
    [[10.0, 10.0]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("available_share",)

    kind: Literal["stock_release"] = "stock_release"
    """Which instrument."""
    release_t_per_month: Tonnes
    """Offered in a month [t a month in `unit`]."""
    opening_stock_t: Tonnes
    """In the public stock when the run starts [t in `unit`]."""
    available_share: Share = 1.0
    """Share of the rate that is really delivered."""
    unit: Literal["gross", "contained"]
    """What the tonnes count."""

    def rate_t(self, numbers: NDArray[np.int64], available: Array) -> Array:
        """Tonnes offered, dims (draw, month). [t a month in `unit`]"""
        return self.force_share(numbers) * self.release_t_per_month * available[:, None]
