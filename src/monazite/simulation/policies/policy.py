"""What all policy instruments share: who, which product, when, and how sure we are."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from monazite.simulation.calendar import month_number, read_month

Array = NDArray[np.float64]
Month = Annotated[str, BeforeValidator(read_month)]
Range = tuple[float, float]


def read_range(value: object, low: float, high: float) -> float | Range:
    """
    Check a number, or a pair [low, high] from which each draw takes a value.

    Examples
    --------
    >>> read_range([0.5, 1], 0, 1)
    (0.5, 1.0)
    """
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    pair = [item for item in items if isinstance(item, (int, float)) and not isinstance(item, bool)]
    if len(pair) != len(items) or len(pair) not in {1, 2} or not all(low <= item <= high for item in pair):
        raise ValueError(f"expected a number or a pair [low, high] within {low:g}..{high:g}, got {value!r}")
    if len(pair) == 2 and pair[0] > pair[1]:
        raise ValueError(f"expected [low, high] with low <= high, got {value!r}")
    return float(pair[0]) if len(pair) == 1 else (float(pair[0]), float(pair[1]))


def _read_share(value: object) -> float | Range:
    return read_range(value, 0.0, 1.0)


def _read_months(value: object) -> float | Range:
    return read_range(value, 0.0, 120.0)


def _read_ramp(value: object) -> float | Range:
    return read_range(value, 1.0, 120.0)


Share = Annotated[float | Range, BeforeValidator(_read_share)]
"""A share 0..1, or a range of it that is drawn at random. [unitless]"""
Months = Annotated[float | Range, BeforeValidator(_read_months)]
"""A number of months 0..120, or a range of it that is drawn at random. [months]"""


def _read_rate(value: object) -> float | Range:
    return read_range(value, 0.0, 10.0)


def _read_ratio(value: object) -> float | Range:
    return read_range(value, 1.0, 10.0)


def _read_change(value: object) -> float | Range:
    return read_range(value, -1.0, 10.0)


Ramp = Annotated[float | Range, BeforeValidator(_read_ramp)]
"""A number of months 1..120, or a range of it that is drawn at random. [months]"""
Rate = Annotated[float | Range, BeforeValidator(_read_rate)]
"""A rate or an elasticity 0..10, or a range of it that is drawn at random. [unitless]"""
Ratio = Annotated[float | Range, BeforeValidator(_read_ratio)]
"""A ratio 1..10, or a range of it that is drawn at random. [unitless]"""
Change = Annotated[float | Range, BeforeValidator(_read_change)]
"""A relative change, -1 (all lost) to 10, or a range of it that is drawn at random. [unitless]"""


class Instrument(BaseModel):
    """
    One measure, from a month on, for some months or without end.

    The months are whole calendar months: `effective` is the first in force, `end` the first free again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    uncertain: ClassVar[tuple[str, ...]] = ()

    kind: str
    """Which instrument; a scenario file tells them apart by it."""
    name: str = ""
    """A title for charts and lists."""
    stage: str = Field(min_length=1)
    """The stage whose product or capacity the measure touches."""
    announced: Month
    """Buyers plan for it from the month after."""
    effective: Month
    """First month in force."""
    months: int | None = Field(default=None, ge=0, strict=True)
    """How long; give this or `end`, or neither."""
    end: Month | None = None
    """First month no longer in force."""

    @model_validator(mode="after")
    def check_dates(self) -> Self:
        """Refuse a measure that acts before it is known, or ends before it starts."""
        problems = find_date_faults(self.announced, self.effective, self.end)
        if self.months is not None and self.end is not None:
            problems.append("give months or end, not both")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def start_number(self) -> int:
        """First month in force, as a month number."""
        return month_number(self.effective)

    @property
    def end_number(self) -> float:
        """First month no longer in force, as a month number; infinite when open-ended."""
        if self.months is not None:
            return self.start_number + self.months
        return np.inf if self.end is None else month_number(self.end)

    @property
    def ranges(self) -> dict[str, Range]:
        """Low and high of every field that is given and may be drawn; equal where the file gives one number."""
        values = {name: getattr(self, name) for name in self.uncertain}
        return {
            name: value if isinstance(value, tuple) else (value, value)
            for name, value in values.items()
            if value is not None
        }

    @property
    def countries(self) -> tuple[str, ...]:
        """Every country that the measure names."""
        return ()

    @property
    def restricting(self) -> tuple[str, ...]:
        """Countries whose exports or output the measure limits."""
        return ()

    @property
    def kept_exporters(self) -> tuple[str, ...]:
        """Exporters whose lanes the measure touches by name."""
        return ()

    def force_share(self, numbers: NDArray[np.int64], start_delay_months: Array | float = 0.0) -> Array:
        """
        Share of each month in which the measure is in force, dims (draw, month). [unitless, 0..1]

        A start delayed by a fraction of a month counts as that fraction; the end does not move.
        """
        start = np.atleast_1d(self.start_number + np.asarray(start_delay_months, float))[:, None]
        first, last = np.maximum(start, numbers[None, :]), np.minimum(self.end_number, numbers[None, :] + 1.0)
        share: Array = np.clip(last - first, 0.0, 1.0)
        return share


def find_date_faults(announced: str, effective: str, end: str | None) -> list[str]:
    """
    Say what is wrong with the order of a measure's months.

    Examples
    --------
    >>> find_date_faults("2025-02", "2025-01", "2025-03")
    ['effective 2025-01 lies before announced 2025-02']
    """
    problems = []
    if month_number(effective) < month_number(announced):
        problems.append(f"effective {effective} lies before announced {announced}")
    if end is not None and month_number(end) <= month_number(effective):
        problems.append(f"end {end} is not after effective {effective}")
    return problems


def announce_at_start(values: Any) -> Any:
    """
    Fill in `announced` with `effective` where it is not given.

    Examples
    --------
    >>> announce_at_start({"effective": "2025-01"})
    {'effective': '2025-01', 'announced': '2025-01'}
    """
    if isinstance(values, dict) and "announced" not in values and "effective" in values:
        return {**values, "announced": values["effective"]}
    return values


def check_lists(**named: Sequence[str]) -> None:
    """
    Raise ValueError for a list of countries that is empty or names one twice; "all" is no list.

    Examples
    --------
    >>> check_lists(origin=["CHN"], destination="all")
    """
    for field, codes in named.items():
        if isinstance(codes, str):
            continue
        if not codes:
            raise ValueError(f'{field} is empty; leave it out, or write "all"')
        if len(set(codes)) < len(codes):
            raise ValueError(f"{field} names a country twice: {', '.join(codes)}")


class LaneInstrument(Instrument):
    """A measure on trade from the origins to the destinations."""

    origin: list[str] = Field(min_length=1)
    """ISO3 codes of the exporters that restrict."""
    destination: list[str] | Literal["all"] = "all"
    """ISO3 codes of the importers that are hit."""
    exempt_share: Share = 0.0
    """Share of the trade in product forms that the rule does not cover."""

    @model_validator(mode="after")
    def check_countries(self) -> Self:
        """Refuse an empty destination list and codes given twice."""
        check_lists(origin=self.origin, destination=self.destination)
        return self

    @property
    def countries(self) -> tuple[str, ...]:
        """Every country that the measure names."""
        return (*self.origin, *(() if isinstance(self.destination, str) else self.destination))

    @property
    def restricting(self) -> tuple[str, ...]:
        """The exporters."""
        return tuple(self.origin)

    @property
    def kept_exporters(self) -> tuple[str, ...]:
        """The exporters."""
        return tuple(self.origin)


class ImportInstrument(Instrument):
    """A measure of the destinations on what they buy from the origins."""

    destination: list[str] = Field(min_length=1)
    """ISO3 codes of the importers that impose it."""
    origin: list[str] | Literal["all"] = "all"
    """ISO3 codes of the exporters that are hit."""
    exempt_share: Share = 0.0
    """Share of the trade in product forms that the rule does not cover."""

    @model_validator(mode="after")
    def check_countries(self) -> Self:
        """Refuse an empty origin list and codes given twice."""
        check_lists(origin=self.origin, destination=self.destination)
        return self

    @property
    def countries(self) -> tuple[str, ...]:
        """Every country that the measure names."""
        return (*self.destination, *(() if isinstance(self.origin, str) else self.origin))

    @property
    def kept_exporters(self) -> tuple[str, ...]:
        """The exporters that are named."""
        return () if isinstance(self.origin, str) else tuple(self.origin)


class CountryInstrument(Instrument):
    """A change inside one country; nobody knows of it before unless `announced` is given."""

    announced: Month = ""
    """Month in which it becomes known; none = the first month in force."""
    country: str
    """ISO3 code."""

    @model_validator(mode="before")
    @classmethod
    def fill_announced(cls, values: Any) -> Any:
        """Take the month of the event as the month in which it becomes known."""
        return announce_at_start(values)

    @property
    def countries(self) -> tuple[str, ...]:
        """The country."""
        return (self.country,)


class OpenShareInstrument(LaneInstrument):
    """A measure that lets a share of the orders pass."""

    announced_day: int | None = Field(default=None, ge=1, le=30, strict=True)
    """Buyers order from this day of `announced` (in a trigger: of the month after it fired) on; 30 for the 31st."""
    order_lead_months: Months | None = None
    """With `announced_day`: from an order to its shipment, which cannot be earlier. None = at once."""

    @model_validator(mode="after")
    def check_lead(self) -> Self:
        """Refuse a time from order to shipment where no day says from when it counts."""
        if self.order_lead_months is not None and self.announced_day is None:
            raise ValueError("order_lead_months is given, announced_day is not; give the day")
        return self

    @abstractmethod
    def open_share(self, numbers: NDArray[np.int64], drawn: Mapping[str, Array]) -> Array:
        """Share of the orders that may be shipped, dims (draw, month). [unitless, 0..1]"""
