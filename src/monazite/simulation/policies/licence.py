"""Licence: trade needs a permit, which takes time and may be refused."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.policies.policy import Array, Months, OpenShareInstrument, Ramp, Share


class Licence(OpenShareInstrument):
    r"""
    A duty to obtain an export licence.

    Notes
    -----
    k months after the first month in force, with approval share p, delay d, ramp r, exempt share e and share
    of the month in force a:

    .. math:: g_k = p \, clip((k + 1 - d) / r, 0, 1), \quad o = 1 - a (1 - e) (1 - g_k)

    Refused applications do not queue: buyers order again. Source: this project, docs/reference/simulation.md,
    equation 1b.

    Examples
    --------
    Delay 2, ramp 2, approval 0.8, exempt 0.25: in months 0-2 g = 0, 0, 0.4 and o = 0.25, 0.25, 0.55.

    >>> rule = Licence(origin=["CHN"], stage="extraction", announced="2023-10", effective="2023-12",
    ...                approval_share=0.8, delay_months=2, ramp_months=2, exempt_share=0.25)
    >>> from monazite.simulation.calendar import month_number
    >>> numbers = month_number("2023-12") + np.arange(3)
    >>> drawn = {name: np.array([low]) for name, (low, _) in rule.ranges.items()}
    >>> rule.open_share(numbers, drawn).round(12).tolist()
    [[0.25, 0.25, 0.55]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("exempt_share", "approval_share", "delay_months", "ramp_months")

    kind: Literal["licence"] = "licence"
    approval_share: Share  # share of the applications that is granted in the end
    delay_months: Months  # from application to the first licences
    ramp_months: Ramp = 1.0  # from the first licences to the full approval share

    def open_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the orders that may be shipped, dims (draw, month). [unitless, 0..1]"""
        since = numbers[None, :] - self.start_number + 1.0
        ramp = np.clip((since - drawn["delay_months"][:, None]) / drawn["ramp_months"][:, None], 0.0, 1.0)
        granted = drawn["approval_share"][:, None] * ramp
        return 1.0 - self.force_share(numbers) * (1.0 - drawn["exempt_share"][:, None]) * (1.0 - granted)
