"""Transport cut: a strait, a port or a railway carries less, or goods go a longer way."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from monazite.simulation.policies.policy import Array, LaneInstrument, Month, Ratio, Share, announce_at_start


class TransportCut(LaneInstrument):
    r"""
    Lanes that carry less than before, or carry it more slowly.

    Notes
    -----
    With lost share x, share of the month in force a, exempt share e and headroom k (transport capacity over
    baseline trade T), a lane carries in a month at most

    .. math:: L = (1 - a (1 - e) x) k T

    New trade on a lane without baseline trade, and offers to new buyers, are cut to the same share. What does not
    find a ship stays with the seller; nothing leaks. A detour of d months (0..1) lets the share a d of the goods
    arrive one month later. Nobody knows of it before: `announced` is `effective` unless it is given. Source: this
    project, docs/reference/simulation.md, equation 1f.

    Examples
    --------
    A lane of 10 t a month that loses 60 %, with headroom 1.25, carries 0.4 x 1.25 x 10 = 5 t.

    >>> cut = TransportCut(origin=["COD"], destination=["CHN"], stage="extraction", effective="2025-03",
    ...                    months=1, capacity_share_lost=0.6, headroom_ratio=1.25)
    >>> from monazite.simulation.calendar import month_number
    >>> drawn = {name: np.array([low]) for name, (low, _) in cut.ranges.items()}
    >>> cut.open_share(month_number("2025-03") + np.arange(2), drawn).tolist()
    [[0.4, 1.0]]
    """

    uncertain: ClassVar[tuple[str, ...]] = (
        "exempt_share",
        "capacity_share_lost",
        "headroom_ratio",
        "detour_months",
    )

    kind: Literal["transport_cut"] = "transport_cut"
    """Which instrument."""
    announced: Month = ""
    """Month in which it becomes known; none = the first month in force."""
    capacity_share_lost: Share
    """Share of the lanes' transport capacity."""
    headroom_ratio: Ratio = 1.0
    """Transport capacity over baseline trade before the cut."""
    detour_months: Share = 0.0
    """How much longer the goods travel [months, 0..1]."""

    @model_validator(mode="before")
    @classmethod
    def fill_announced(cls, values: Any) -> Any:
        """Take the month of the event as the month in which it becomes known."""
        return announce_at_start(values)

    @property
    def restricting(self) -> tuple[str, ...]:
        """Nobody."""
        return ()

    def open_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the transport capacity that is left, dims (draw, month). [unitless, 0..1]"""
        lost = (1.0 - drawn["exempt_share"]) * drawn["capacity_share_lost"]
        return 1.0 - self.force_share(numbers) * lost[:, None]

    def late_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the goods that arrive one month later, dims (draw, month). [unitless, 0..1]"""
        return self.force_share(numbers) * drawn["detour_months"][:, None]
