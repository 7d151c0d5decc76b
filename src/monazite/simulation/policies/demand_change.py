"""Demand change: use grows or falls for reasons outside the market."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from monazite.simulation.policies.policy import Array, Change, Instrument, Month, Ramp, announce_at_start


class DemandChange(Instrument):
    r"""
    A boom, a recession, a subsidy, a new use: the baseline use of some countries changes by a share.

    Notes
    -----
    k months after the first month in force, with change x, ramp r and share of the month in force a:

    .. math:: U' = U (1 + a x \, clip((k + 1) / r, 0, 1))

    Several changes in one country multiply. Source: this project, docs/reference/simulation.md, equation 1i.

    Examples
    --------
    A rise of 30 % over three months: 1.1, 1.2, 1.3.

    >>> boom = DemandChange(country=["CHN"], stage="processing", effective="2025-01", change_share=0.3, ramp_months=3)
    >>> from monazite.simulation.calendar import month_number
    >>> drawn = {name: np.array([low]) for name, (low, _) in boom.ranges.items()}
    >>> boom.use_factor(month_number("2025-01") + np.arange(3), drawn).round(12).tolist()
    [[1.1, 1.2, 1.3]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("change_share", "ramp_months")

    kind: Literal["demand_change"] = "demand_change"
    """Which instrument."""
    announced: Month = ""
    """Month in which it becomes known; none = the first month in force."""
    country: list[str] | Literal["all"] = "all"
    """ISO3 codes."""
    change_share: Change
    """0.3 is 30 % more, -0.3 is 30 % less."""
    ramp_months: Ramp = 1.0
    """From the first month to the full change."""

    @model_validator(mode="before")
    @classmethod
    def fill_announced(cls, values: Any) -> Any:
        """Take the first month as the month in which it becomes known."""
        return announce_at_start(values)

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries that are named."""
        return () if isinstance(self.country, str) else tuple(self.country)

    def use_factor(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Use over baseline use, dims (draw, month). [unitless, >= 0]"""
        since = numbers[None, :] - self.start_number + 1.0
        ramp = np.clip(since / drawn["ramp_months"][:, None], 0.0, 1.0)
        return 1.0 + self.force_share(numbers) * drawn["change_share"][:, None] * ramp
