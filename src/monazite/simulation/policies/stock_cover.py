"""Stock cover: the firms of some countries hold more or less stock than those of the others."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from monazite.simulation.policies.policy import Array, Instrument, Month, Rate, announce_at_start


class StockCover(Instrument):
    r"""
    The months of cover that some countries want to hold, over those of all others; a habit, or a duty to hold stock.

    Notes
    -----
    With cover c of the draw, ratio x and share of the month in force a:

    .. math:: c' = \max(1, c (1 + a (x - 1)))

    A ratio that holds in the first month of a run sets the opening stock as well; one that comes later is bought in
    over `adjustment_months`. Several in one country multiply. Source: this project, docs/reference/simulation.md,
    equation 1n.

    Examples
    --------
    Half as much again from March on:

    >>> duty = StockCover(country=["JPN"], stage="processing", effective="2025-03", cover_ratio=1.5)
    >>> from monazite.simulation.calendar import month_number
    >>> drawn = {name: np.array([low]) for name, (low, _) in duty.ranges.items()}
    >>> duty.cover_factor(month_number("2025-01") + np.arange(3), drawn).tolist()
    [[1.0, 1.0, 1.5]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("cover_ratio",)

    kind: Literal["stock_cover"] = "stock_cover"
    """Which instrument."""
    announced: Month = ""
    """Month in which it becomes known; none = the first month in force."""
    country: list[str] | Literal["all"] = "all"
    """ISO3 codes."""
    cover_ratio: Rate
    """Cover over that of the others; the months that result are at least 1."""

    @model_validator(mode="before")
    @classmethod
    def fill_announced(cls, values: Any) -> Any:
        """Take the first month as the month in which it becomes known."""
        return announce_at_start(values)

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries that are named."""
        return () if isinstance(self.country, str) else tuple(self.country)

    def cover_factor(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Cover over the usual one, dims (draw, month). [unitless, >= 0]"""
        return 1.0 + self.force_share(numbers) * (drawn["cover_ratio"][:, None] - 1.0)
