"""Outage: a country loses capacity for a time."""

from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from monazite.simulation.policies.policy import Array, CountryInstrument, Share


class Outage(CountryInstrument):
    r"""
    A flooded mine, a strike, a closed plant; the whole country's, or that of a named site.

    Notes
    -----
    Capacity share with lost share x and share of the month in force a: :math:`1 - a x`. A site's capacity in
    tonnes a year may be given instead: x is a twelfth of it over the country's capacity a month, at most 1.
    Nobody knows of it before: `announced` is `effective` unless it is given. Source: this project,
    docs/reference/simulation.md, equation 1d.

    Examples
    --------
    >>> outage = Outage(country="AUS", stage="extraction", effective="2025-01", months=1,
    ...                 capacity_share_lost=0.4)
    >>> from monazite.simulation.calendar import month_number
    >>> outage.capacity_share(month_number("2025-01") + np.arange(2), np.array([0.4])).tolist()
    [[0.6, 1.0]]

    A site of 120 t a year in a country with 25 t a month: 10 / 25.

    >>> site = Outage(country="AUS", stage="extraction", effective="2025-01", site="pit", site_t_per_year=120,
    ...               unit="contained")
    >>> site.site_share(25.0)
    0.4
    """

    uncertain: ClassVar[tuple[str, ...]] = ("capacity_share_lost",)

    kind: Literal["outage"] = "outage"
    """Which instrument."""
    site: str = ""
    """Name of the mine or plant, where it is one."""
    capacity_share_lost: Share | None = None
    """Share of the country's capacity; give this or site_t_per_year."""
    site_t_per_year: float | None = Field(default=None, gt=0)
    """What the site makes [t a year in `unit`]."""
    unit: Literal["gross", "contained"] | None = None
    """What these tonnes count."""

    @model_validator(mode="after")
    def check_size(self) -> Self:
        """Refuse two sizes, no size, and tonnes without a site or a unit."""
        problems = []
        if (self.capacity_share_lost is None) == (self.site_t_per_year is None):
            problems.append("give capacity_share_lost or site_t_per_year, and not both")
        if self.site_t_per_year is not None and not self.site:
            problems.append("site_t_per_year needs site, the name of what fails")
        if (self.site_t_per_year is None) != (self.unit is None):
            problems.append("site_t_per_year and unit (gross or contained) go together")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def restricting(self) -> tuple[str, ...]:
        """The country that is hit."""
        return (self.country,)

    def site_share(self, capacity: float) -> float:
        """Share of the site in a capacity in t a month and in `unit`. [unitless, 0..1; 1 without capacity]"""
        monthly = (self.site_t_per_year or 0.0) / 12.0
        return min(1.0, monthly / capacity) if capacity > 0 else 1.0

    def capacity_share(self, numbers: NDArray[np.int64], lost: Array) -> Array:
        """Share of the capacity that is left, dims (draw, month). [unitless, 0..1]"""
        return 1.0 - self.force_share(numbers) * lost[:, None]
