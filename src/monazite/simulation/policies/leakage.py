"""Leakage: refused goods leave by other ways, at a stated rate and with a delay."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, model_validator

from monazite.simulation.policies.policy import LaneInstrument, Range, Share, read_range


def _read_delay(value: object) -> float | Range:
    return read_range(value, 2.0, 24.0)


Delay = Annotated[float | Range, BeforeValidator(_read_delay)]
"""A number of months 2..24, or a range of it that is drawn at random. [months]"""


class Leakage(LaneInstrument):
    r"""
    What of the refused orders of some lanes arrives all the same: through third countries, or as another product.

    Notes
    -----
    Replaces the drawn `leakage_share` of `priors.csv` on its lanes while it is in force. With the shares y through
    third countries and m under another name, refused ordinary orders B and mean travel d of the first:

    .. math:: out = (y + m) B, \quad m B \text{ arrives in the next month}, \quad
              H' = H + y B - H / (d - 1), \quad H / (d - 1) \text{ arrives in the month after}

    where H is held in third countries. All of it is limited by what the seller has left, and recorded as `leaked_t`.
    Two on one lane: the smaller share and the longer way hold. Source: this project, docs/reference/simulation.md,
    equation 9.

    Examples
    --------
    40 t refused, 0.3 through third countries and 0.1 under another name: 12 t and 4 t. With d = 4 a third of what is
    held moves on in a month: after one month 12 x 1/3 = 4 t.

    >>> way = Leakage(origin=["CHN"], stage="processing", announced="2010-01", effective="2010-01",
    ...               third_country_share=[0.2, 0.4], mislabelled_share=0.1, delay_months=4)
    >>> way.ranges["third_country_share"]
    (0.2, 0.4)
    """

    uncertain: ClassVar[tuple[str, ...]] = ("third_country_share", "mislabelled_share", "delay_months")

    kind: Literal["leakage"] = "leakage"
    """Which instrument."""
    third_country_share: Share
    """Share of the refused orders that goes through third countries."""
    mislabelled_share: Share = 0.0
    """Share of the refused orders that is shipped as another product."""
    delay_months: Delay = 2.0
    """From shipment to arrival through third countries, on average [months]."""

    @model_validator(mode="after")
    def check_sum(self) -> Self:
        """Refuse more than all of the refused orders, and an exempt share, which leakage does not have."""
        high = sum(self.ranges[name][1] for name in ("third_country_share", "mislabelled_share"))
        problems = []
        if high > 1.0:
            problems.append(f"third_country_share and mislabelled_share reach {high:g} together, at most 1")
        if self.exempt_share != 0.0:
            problems.append("exempt_share belongs to the measure that leaks, not to the leakage")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def restricting(self) -> tuple[str, ...]:
        """Nobody: leakage softens the measure of another policy."""
        return ()
