"""Cap: an importer limits the share of one supplier country."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.policies.policy import Array, ImportInstrument, Share


class Cap(ImportInstrument):
    r"""
    A ceiling on the share that each of the origins may have in the orders of each of the destinations.

    Notes
    -----
    With orders s_i of the importer with seller i and cap c:

    .. math:: s_i' = \min(s_i, c \sum_k s_k)

    What is cut goes to the sellers below their own ceiling in proportion to s, as far as that allows; the rest is
    looked for among new sellers, among whom a capped one is not (equation 8). The cap is on orders: where others
    fail to deliver, the share in what arrives can be higher. An exempt share raises the ceiling: c' = 1 - a (1 - e)(1
    - c). Source: this project, docs/reference/simulation.md, equation 1l.

    Examples
    --------
    Orders of 80, 15 and 5 with a cap of 65 % on each: 65, and the 15 are shared 3 : 1, so 26.25 and 8.75.

    >>> cap = Cap(destination=["DEU"], stage="processing", announced="2024-05", effective="2030-01", cap_share=0.65)
    >>> from monazite.simulation.calendar import month_number
    >>> drawn = {name: np.array([low]) for name, (low, _) in cap.ranges.items()}
    >>> cap.ceiling(month_number("2029-12") + np.arange(2), drawn).round(12).tolist()
    [[1.0, 0.65]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("exempt_share", "cap_share")

    kind: Literal["cap"] = "cap"
    """Which instrument."""
    cap_share: Share
    """Largest share of one origin in the importer's orders."""

    def ceiling(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Largest share of one seller in the orders, dims (draw, month). [unitless, 0..1]"""
        room = (1.0 - drawn["exempt_share"]) * (1.0 - drawn["cap_share"])
        return 1.0 - self.force_share(numbers) * room[:, None]
