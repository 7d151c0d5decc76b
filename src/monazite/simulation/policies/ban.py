"""Ban: a share of the trade is refused."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.policies.policy import Array, Months, OpenShareInstrument, Share


class Ban(OpenShareInstrument):
    r"""
    A ban on exports.

    Notes
    -----
    Open share of a lane, with severity s, exempt share e and share of the month in force a:

    .. math:: o = 1 - a s (1 - e)

    Source: this project, docs/reference/simulation.md, equation 1a.

    Examples
    --------
    Half of the month, 80 % severity, a quarter exempt: 1 - 0.5 x 0.8 x 0.75 = 0.7.

    >>> ban = Ban(origin=["CHN"], stage="processing", announced="2010-09", effective="2010-09",
    ...           months=2, severity=0.8, exempt_share=0.25, start_delay_months=0.5)
    >>> from monazite.simulation.calendar import month_number
    >>> numbers = np.array([month_number("2010-09")])
    >>> drawn = {name: np.array([low]) for name, (low, _) in ban.ranges.items()}
    >>> ban.open_share(numbers, drawn).round(12).tolist()
    [[0.7]]
    """

    uncertain: ClassVar[tuple[str, ...]] = (
        "exempt_share",
        "order_lead_months",
        "severity",
        "start_delay_months",
        "held_share",
    )

    kind: Literal["ban"] = "ban"
    """Which instrument."""
    severity: Share = 1.0
    """Share of the covered trade that is refused; a range for a denied measure."""
    start_delay_months: Months = 0.0
    """The stop begins this long after the first day of `effective`."""
    held_share: Share = 0.0
    """Share of the refused orders that waits at the border, and is shipped when the stop ends."""

    def open_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the orders that may be shipped, dims (draw, month). [unitless, 0..1]"""
        force = self.force_share(numbers, drawn["start_delay_months"])
        refused = drawn["severity"] * (1.0 - drawn["exempt_share"])
        return 1.0 - force * refused[:, None]

    def waiting_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the month's orders that joins what waits at the border, dims (draw, month). [unitless, 0..1]"""
        return drawn["held_share"][:, None] * (1.0 - self.open_share(numbers, drawn))

    def decided_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of what waits that leaves in the month, dims (draw, month). [unitless, 0..1; 1 out of force]"""
        return 1.0 - self.force_share(numbers, drawn["start_delay_months"])
