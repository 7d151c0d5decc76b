"""Export tax: an exporter taxes goods to some destinations."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.policies.duty import DutyTerms, duty_series
from monazite.simulation.policies.policy import Array, LaneInstrument


class ExportTax(DutyTerms, LaneInstrument):
    r"""
    A duty of the origins on exports to the destinations.

    Notes
    -----
    Works on the buyer as a tariff does, and leaves the price at home as it is: users there do not pay it. A seller
    whom the world cannot do without passes all of it on; where the seller lives on world prices, give a smaller
    pass_through_share.

    .. math:: r = a (1 - e) f t

    Source: this project, docs/reference/simulation.md, equations 1e and 5.

    Examples
    --------
    15 % on the six tenths of the trade that are covered, all of it passed on: 0.6 x 0.15 = 0.09.

    >>> tax = ExportTax(origin=["CHN"], stage="processing", announced="2006-10", effective="2006-11",
    ...                 rate_share=0.15, exempt_share=0.4)
    >>> from monazite.simulation.calendar import month_number
    >>> drawn = {name: np.array([low]) for name, (low, _) in tax.ranges.items()}
    >>> tax.price_rise(month_number("2006-11") + np.arange(1), drawn).round(12).tolist()
    [[0.09]]
    """

    uncertain: ClassVar[tuple[str, ...]] = ("exempt_share", *DutyTerms.terms)

    kind: Literal["export_tax"] = "export_tax"
    """Which instrument."""

    def price_rise(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Rise of the buyer's price, dims (draw, month). [unitless]"""
        return duty_series(self, numbers, drawn)
