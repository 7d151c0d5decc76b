"""Capacity addition: a mine, a refinery or a factory that is decided on and comes whatever the price."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from monazite.simulation.policies.policy import Array, CountryInstrument, Months, Ramp, Share


class CapacityAddition(CountryInstrument):
    r"""
    New capacity in a country: a project with a date, or what a government answers a restriction with.

    Notes
    -----
    k months after the first month in force (the decision), with nameplate q a year, the share z of it that is reached,
    lead time d, ramp r and the share of the month in force a:

    .. math:: N = a \, \frac{z q}{12} \, \mathrm{clip}\left(\frac{k + 1 - d}{r}, 0, 1\right)

    N is capacity as any other: it serves the country's own need before imports do, can fail and wear out, and what it
    leaves over draws orders from abroad (equation 10b). Use `end` for a plant that closes again. Source: this project,
    docs/reference/simulation.md, equation 1m.

    Examples
    --------
    A refinery of 120 t a year that reaches nine tenths of it, twelve months after the decision, over three months: 9 t
    a month when all of it runs.

    >>> plant = CapacityAddition(country="JPN", stage="processing", effective="2025-01", capacity_t_per_year=120,
    ...                          reached_share=0.9, lead_months=12, ramp_months=3, unit="contained")
    >>> from monazite.simulation.calendar import month_number
    >>> drawn = {name: np.array([low]) for name, (low, _) in plant.ranges.items()}
    >>> plant.capacity_t(month_number("2025-01") + np.array([11, 12, 13, 14, 15]), drawn).round(9).tolist()
    [[0.0, 3.0, 6.0, 9.0, 9.0]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("reached_share", "lead_months", "ramp_months")

    kind: Literal["capacity_addition"] = "capacity_addition"
    """Which instrument."""
    site: str = ""
    """Name of the mine or plant, where it is one."""
    capacity_t_per_year: float = Field(gt=0, le=1e12)
    """Nameplate [t a year in `unit`]."""
    unit: Literal["gross", "contained"]
    """What the tonnes count."""
    reached_share: Share = 1.0
    """Share of the nameplate that is reached."""
    lead_months: Months = 0.0
    """From the first month in force, the decision, to the first output."""
    ramp_months: Ramp = 1.0
    """From the first output to all of it."""

    def capacity_t(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Capacity that is added, dims (draw, month). [t a month in `unit`]"""
        since = (numbers - self.start_number)[None, :] + 1.0 - drawn["lead_months"][:, None]
        running = np.clip(since / drawn["ramp_months"][:, None], 0.0, 1.0)
        size = drawn["reached_share"][:, None] * self.capacity_t_per_year / 12.0
        capacity: Array = self.force_share(numbers) * size * running
        return capacity
