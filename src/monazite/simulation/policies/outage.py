"""Outage: a country loses capacity for a time."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from monazite.simulation.policies.policy import Array, Instrument, Share


class Outage(Instrument):
    r"""
    A flooded mine, a strike, a closed plant.

    Notes
    -----
    Capacity share with lost share x and share of the month in force a: :math:`1 - a x`. Nobody knows of it
    before: `announced` is `effective` unless it is given. Source: this project, docs/reference/simulation.md,
    equation 1d.

    Examples
    --------
    >>> outage = Outage(country="AUS", stage="extraction", effective="2025-01", months=1,
    ...                 capacity_share_lost=0.4)
    >>> from monazite.simulation.calendar import month_number
    >>> outage.capacity_share(month_number("2025-01") + np.arange(2), np.array([0.4])).tolist()
    [[0.6, 1.0]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("capacity_share_lost",)

    kind: Literal["outage"] = "outage"
    country: str  # ISO3 code
    capacity_share_lost: Share

    @model_validator(mode="before")
    @classmethod
    def fill_announced(cls, values: Any) -> Any:
        """Take the month of the event as the month in which it becomes known."""
        if isinstance(values, dict) and "announced" not in values and "effective" in values:
            return {**values, "announced": values["effective"]}
        return values

    @property
    def countries(self) -> tuple[str, ...]:
        """The country that is hit."""
        return (self.country,)

    def capacity_share(self, numbers: NDArray[np.int64], lost: Array) -> Array:
        """Share of the capacity that is left, dims (draw, month). [unitless, 0..1]"""
        return 1.0 - self.force_share(numbers) * lost[:, None]
