"""Outside measure: a measure on something else, to which a policy of the market may be the answer."""

from typing import Any, Literal

from pydantic import Field, model_validator

from monazite.simulation.policies.policy import Instrument, Month, announce_at_start


class OutsideMeasure(Instrument):
    """
    A measure that does not touch this market itself, as limits on chip machines do not touch gallium.

    Notes
    -----
    It changes nothing. A trigger can wait for it, so that a chain of measure and answer stands in one scenario and
    on one time line. Source: this project, docs/reference/simulation.md, section 2.

    Examples
    --------
    >>> limits = OutsideMeasure(name="chip machines", stage="processing", by=["USA"], effective="2022-10")
    >>> limits.announced
    '2022-10'
    """

    kind: Literal["outside_measure"] = "outside_measure"
    """Which instrument."""
    announced: Month = ""
    """Month in which it becomes known; none = the first month in force."""
    name: str = Field(min_length=1)
    """The name that a trigger waits for."""
    by: list[str] = Field(min_length=1)
    """ISO3 codes of those who impose it."""

    @model_validator(mode="before")
    @classmethod
    def fill_announced(cls, values: Any) -> Any:
        """Take the first month as the month in which it becomes known."""
        return announce_at_start(values)
