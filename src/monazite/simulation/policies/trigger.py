"""Trigger: a policy that waits for something to happen, as a retaliation does."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from monazite.simulation.policies.ban import Ban
from monazite.simulation.policies.cap import Cap
from monazite.simulation.policies.capacity_addition import CapacityAddition
from monazite.simulation.policies.demand_change import DemandChange
from monazite.simulation.policies.entity_list import EntityList
from monazite.simulation.policies.equipment_control import EquipmentControl
from monazite.simulation.policies.export_tax import ExportTax
from monazite.simulation.policies.leakage import Leakage
from monazite.simulation.policies.licence import Licence
from monazite.simulation.policies.outage import Outage
from monazite.simulation.policies.policy import Instrument, Month, Months, announce_at_start
from monazite.simulation.policies.quota import Quota
from monazite.simulation.policies.stock_build import StockBuild
from monazite.simulation.policies.stock_cover import StockCover
from monazite.simulation.policies.stock_release import StockRelease
from monazite.simulation.policies.tariff import Tariff
from monazite.simulation.policies.transport_cut import TransportCut

Triggered = Annotated[
    Ban
    | Licence
    | Quota
    | Tariff
    | ExportTax
    | Outage
    | TransportCut
    | StockRelease
    | StockBuild
    | DemandChange
    | EntityList
    | EquipmentControl
    | Cap
    | Leakage
    | CapacityAddition
    | StockCover,
    Field(discriminator="kind"),
]
"""An instrument that a trigger may set off."""
FIXED_TIMES = ("announced", "effective")
"""Fields that the trigger gives to its policy."""
ANY_MONTH = "2000-01"
"""Stands for the start of a trigger that has none, so that this is the only mistake that is told."""


class Trigger(Instrument):
    r"""
    A policy that takes effect m months after a condition is first met.

    Notes
    -----
    The condition is another policy of the market coming into force (`after`, by its `name`), or a figure at the end
    of the month before: the price over the baseline price, or the share of use not served (`when`, `country`,
    `above`). It is watched from `effective` until `end`. With tau the first month in which it is met:

    .. math:: start = \tau + round(m), \quad \text{the policy is known from } \tau + 1

    In a chain of coupled markets both may be those of another one (`market`). A trigger fires once; m is rounded to
    whole months. The policy takes its stage from the trigger unless it has its own, and its months count from its
    start. Source: this project, docs/reference/simulation.md, section 2.

    Examples
    --------
    Japan answers a ban that starts in March with a ban of its own two months later, in May.

    >>> answer = Trigger(name="answer", stage="processing", effective="2025-01", after="the ban", delay_months=2,
    ...                  policy={"kind": "ban", "origin": ["JPN"], "destination": ["CHN"]})
    >>> answer.policy.kind, answer.policy.stage, answer.policy.effective
    ('ban', 'processing', '2025-01')
    """

    uncertain: ClassVar[tuple[str, ...]] = ("delay_months",)

    kind: Literal["trigger"] = "trigger"
    """Which instrument."""
    announced: Month = ""
    """Month in which it becomes known; none = the first month in force."""
    after: str = ""
    """Name of the policy whose coming into force is answered."""
    market: str | None = None
    """Name of the coupled market that is watched; none = the one that the trigger acts in."""
    when: Literal["price_ratio", "unmet_share"] | None = None
    """The figure that is watched."""
    country: str | None = None
    """ISO3 code of where it is watched."""
    above: float | None = Field(default=None, ge=0)
    """The condition is met above this."""
    delay_months: Months = 0.0
    """From the condition to the policy in force."""
    policy: Triggered
    """What is set off, without dates."""

    @model_validator(mode="before")
    @classmethod
    def hand_down(cls, values: Any) -> Any:
        """Give the policy the stage and the dates of the trigger."""
        values = announce_at_start(values)
        inner = values.get("policy") if isinstance(values, dict) else None
        if not isinstance(inner, dict):
            return values
        given = {name: inner[name] for name in (*FIXED_TIMES, "end") if inner.get(name) is not None}
        start = values.get("effective")
        if any(value != start for name, value in given.items()):
            raise ValueError("policy: a policy that waits has no announced, effective or end; give it months")
        dates = dict.fromkeys(FIXED_TIMES, start or ANY_MONTH)
        return {**values, "policy": {"stage": values.get("stage") or "-", **inner, **dates}}

    @model_validator(mode="after")
    def check_condition(self) -> Self:
        """Refuse two conditions, none, half a one, and a policy that is bound to calendar years."""
        problems = []
        figure = (self.when, self.country, self.above)
        if bool(self.after) == any(part is not None for part in figure):
            problems.append("give after, or when with country and above, and not both")
        elif not self.after and any(part is None for part in figure):
            problems.append("when, country and above go together")
        if self.when == "unmet_share" and self.above is not None and self.above >= 1:
            problems.append(f"above is {self.above:g}, but a share that is not served is never above 1")
        if isinstance(self.policy, Quota) and self.policy.quota_t_per_year is not None:
            problems.append("policy: a quota by calendar year cannot wait; give quota_t_per_month")
        if isinstance(self.policy, StockRelease) and self.policy.opening_stock_t <= 0:
            problems.append("policy: opening_stock_t is 0, so there is nothing to release")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries of the policy, and where the figure is watched."""
        return (*self.policy.countries, *((self.country,) if self.country else ()))

    @property
    def restricting(self) -> tuple[str, ...]:
        """Countries whose exports or output the policy limits."""
        return self.policy.restricting

    @property
    def kept_exporters(self) -> tuple[str, ...]:
        """The exporters that the policy names."""
        return self.policy.kept_exporters
