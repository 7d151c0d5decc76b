"""Entity list: some users of a country may not be supplied."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.policies.policy import Array, OpenShareInstrument, Ramp, Share


class EntityList(OpenShareInstrument):
    r"""
    A list of firms that exporters of the origins may not supply.

    Notes
    -----
    k months after the first month in force, with the share u of the destination's orders that listed firms place,
    the share v of them that still buys through firms that are not listed, the growth of the list over r months,
    exempt share e and share of the month in force a:

    .. math:: o = 1 - a u (1 - v) (1 - e) \, clip((k + 1) / r, 0, 1)

    The users of one country share what arrives: that the listed ones run short first is not in the model. Source:
    this project, docs/reference/simulation.md, equation 1j.

    Examples
    --------
    Listed firms place half of the orders and a fifth of that goes around the list: 1 - 0.5 x 0.8 = 0.6.

    >>> listed = EntityList(origin=["CHN"], destination=["USA"], stage="processing", announced="2025-01",
    ...                     effective="2025-01", user_share=0.5, circumvented_share=0.2)
    >>> from monazite.simulation.calendar import month_number
    >>> drawn = {name: np.array([low]) for name, (low, _) in listed.ranges.items()}
    >>> listed.open_share(month_number("2025-01") + np.arange(1), drawn).tolist()
    [[0.6]]
    """

    uncertain: ClassVar[tuple[str, ...]] = (
        "exempt_share",
        "order_lead_months",
        "user_share",
        "circumvented_share",
        "ramp_months",
    )

    kind: Literal["entity_list"] = "entity_list"
    """Which instrument."""
    user_share: Share
    """Share of the destination's orders that listed firms place."""
    circumvented_share: Share = 0.0
    """Share of their orders that other firms place for them."""
    ramp_months: Ramp = 1.0
    """Over which the list grows to its full length."""

    def open_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the orders that may be shipped, dims (draw, month). [unitless, 0..1]"""
        since = numbers[None, :] - self.start_number + 1.0
        ramp = np.clip(since / drawn["ramp_months"][:, None], 0.0, 1.0)
        barred = drawn["user_share"] * (1.0 - drawn["circumvented_share"]) * (1.0 - drawn["exempt_share"])
        return 1.0 - self.force_share(numbers) * barred[:, None] * ramp
