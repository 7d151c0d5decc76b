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

    With a validity of V months and n months to renew, g is multiplied by V / (V + n) from the month in which the
    first licences lapse (k + 1 - d > V). Refused applications do not queue: buyers order again. Of the orders that
    only wait for a decision, p (1 - clip(...)), the share `queue_share` stays in the queue, counts as ordered, and is
    shipped as the decisions come (equation 6); by default nobody waits. Source: this project,
    docs/reference/simulation.md, equation 1b.

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

    In the first month all of the covered orders that will be granted still wait, 0.75 x 0.8 = 0.6 of all; if half
    of the buyers wait for them, 0.3 of the orders join the queue.

    >>> waiting = rule.model_copy(update={"queue_share": 0.5})
    >>> drawn = {name: np.array([low]) for name, (low, _) in waiting.ranges.items()}
    >>> waiting.waiting_share(numbers[:1], drawn).round(12).tolist(), waiting.decided_share(numbers, drawn).tolist()
    ([[0.3]], [[0.0, 0.0, 0.5]])
    """

    uncertain: ClassVar[tuple[str, ...]] = (
        "exempt_share",
        "order_lead_months",
        "approval_share",
        "delay_months",
        "ramp_months",
        "validity_months",
        "renewal_months",
        "queue_share",
    )

    kind: Literal["licence"] = "licence"
    """Which instrument."""
    approval_share: Share
    """Share of the applications that is granted in the end."""
    delay_months: Months
    """From application to the first licences."""
    ramp_months: Ramp = 1.0
    """From the first licences to the full approval share."""
    validity_months: Ramp | None = None
    """How long a licence lasts; none = one for every shipment."""
    renewal_months: Months = 0.0
    """Without a licence after one has lapsed."""
    queue_share: Share = 0.0
    """Share of the orders that wait for a decision instead of being placed anew."""

    def decided(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the applications that has been decided, dims (draw, month). [unitless, 0..1]"""
        since = numbers[None, :] - self.start_number + 1.0
        ramp: Array = np.clip(
            (since - drawn["delay_months"][:, None]) / drawn["ramp_months"][:, None], 0.0, 1.0
        )
        return ramp

    def open_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the orders that may be shipped, dims (draw, month). [unitless, 0..1]"""
        granted = drawn["approval_share"][:, None] * self.decided(numbers, drawn)
        if self.validity_months is not None:
            valid, renewal = drawn["validity_months"][:, None], drawn["renewal_months"][:, None]
            since = numbers[None, :] - self.start_number + 1.0 - drawn["delay_months"][:, None]
            granted = granted * np.where(since > valid, valid / (valid + renewal), 1.0)
        return 1.0 - self.force_share(numbers) * (1.0 - drawn["exempt_share"][:, None]) * (1.0 - granted)

    def waiting_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the month's orders that joins the queue, dims (draw, month). [unitless, 0..1]"""
        covered = self.force_share(numbers) * (1.0 - drawn["exempt_share"][:, None])
        share = (drawn["queue_share"] * drawn["approval_share"])[:, None]
        return covered * share * (1.0 - self.decided(numbers, drawn))

    def decided_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the queue that leaves it in the month, dims (draw, month). [unitless, 0..1; 1 out of force]"""
        return 1.0 - self.force_share(numbers) * (1.0 - self.decided(numbers, drawn))
