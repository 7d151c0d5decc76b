"""Stock build: a government buys for its public stock."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.policies.policy import Array, CountryInstrument, Share
from monazite.simulation.policies.stock_release import Tonnes


class StockBuild(CountryInstrument):
    r"""
    Tonnes that a government takes from its country's market every month, until its stock is full.

    Notes
    -----
    With rate q, share of the month in force a, target Z* and public stock Z at the start of the month, the wish B
    competes with the users of the country and with foreign buyers in proportion; fill is the seller's fill rate:

    .. math:: B = \min(a q, \max(0, Z^* - Z)), \quad Z' = Z + fill \, B

    Source: this project, docs/reference/simulation.md, equation 1h.

    Examples
    --------
    4 t a month up to 10 t with all served: 4, 4, 2, 0.

    >>> build = StockBuild(country="KOR", stage="processing", effective="2025-01", months=12,
    ...                    build_t_per_month=4, target_t=10, unit="contained")
    >>> from monazite.simulation.calendar import month_number
    >>> build.rate_t(month_number("2025-01") + np.arange(1), np.ones(1)).tolist()
    [[4.0]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("bought_share",)

    kind: Literal["stock_build"] = "stock_build"
    """Which instrument."""
    build_t_per_month: Tonnes
    """Wanted in a month [t a month in `unit`]."""
    target_t: Tonnes
    """Public stock at which buying ends [t in `unit`]."""
    bought_share: Share = 1.0
    """Share of the rate that the government really asks for."""
    unit: Literal["gross", "contained"]
    """What the tonnes count."""

    def rate_t(self, numbers: NDArray[np.int64], bought: Array) -> Array:
        """Tonnes wanted, dims (draw, month). [t a month in `unit`]"""
        return self.force_share(numbers) * self.build_t_per_month * bought[:, None]
