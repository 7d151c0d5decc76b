"""Equipment control: a country gets no machines to build, or no spare parts to go on."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from monazite.simulation.policies.policy import Array, CountryInstrument, Share


class EquipmentControl(CountryInstrument):
    r"""
    Limits on the machines, parts and know-how that a country needs for its plants.

    Notes
    -----
    k months after the first month in force, with the share x of the growth of capacity that is lost, the share d of
    the capacity that wears out in a year for want of parts, and the share of the month in force a:

    .. math:: growth \times (1 - a x), \quad capacity \times (1 - d)^{(k + a) / 12}

    What has worn out comes back when the measure ends. Source: this project, docs/reference/simulation.md, equation
    1k.

    Examples
    --------
    A tenth of the capacity lost in a year: after twelve months 0.9.

    >>> control = EquipmentControl(country="CHN", stage="processing", effective="2025-01", by=["USA", "NLD", "JPN"],
    ...                            growth_share_lost=0.8, worn_share_per_year=0.1)
    >>> from monazite.simulation.calendar import month_number
    >>> drawn = {name: np.array([low]) for name, (low, _) in control.ranges.items()}
    >>> control.capacity_share(month_number("2025-01") + np.array([11]), drawn).tolist()
    [[0.9]]
    >>> control.growth_share(month_number("2025-01") + np.array([11]), drawn).round(12).tolist()
    [[0.2]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("growth_share_lost", "worn_share_per_year")

    kind: Literal["equipment_control"] = "equipment_control"
    """Which instrument."""
    by: list[str] = Field(min_length=1)
    """ISO3 codes of those who withhold the equipment."""
    growth_share_lost: Share
    """Share of the growth of capacity."""
    worn_share_per_year: Share = 0.0
    """Share of the capacity that is lost in a year [1 / year]."""

    @property
    def restricting(self) -> tuple[str, ...]:
        """The country whose capacity it limits."""
        return (self.country,)

    def growth_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the growth of capacity that is left, dims (draw, month). [unitless, 0..1]"""
        return 1.0 - self.force_share(numbers) * drawn["growth_share_lost"][:, None]

    def capacity_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the capacity that is left, dims (draw, month). [unitless, 0..1]"""
        force = self.force_share(numbers)
        years = np.where(force > 0, np.maximum(numbers - self.start_number, 0) + force, 0.0) / 12.0
        share: Array = (1.0 - drawn["worn_share_per_year"][:, None]) ** years
        return share
