"""Quota: exports up to so many tonnes."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from monazite.simulation.policies.policy import Array, LaneInstrument, Rate, Share

FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Years that a quota may name. Source: this project, as in scenario files."""


class Quota(LaneInstrument):
    r"""
    A limit on the tonnes that one country exports.

    Notes
    -----
    A yearly quota accrues evenly over the months of that year in which it is in force (`allocation: even`),
    or is all free on the first of them (`free`). What is left carries over within the calendar year and
    lapses with it, but for `carry_over_share`. A monthly quota lapses with its month, but for the same share. With K
    the tonnes at hand, e the exempt share and s the orders on the lanes:

    .. math:: f = e + (1 - e) \min(1, K / ((1 - e) s))

    All destinations have the same f (`shared_by: orders`), or each has its share of the baseline trade of K
    (`shared_by: baseline`) and its own f; what it leaves is not given to others. A quota may be given as a share q of
    the covered baseline trade T instead of tonnes: K = q (1 - e) T a month.

    A rule that gives tonnes by year ends with the last of them. Source: this project,
    docs/reference/simulation.md, equation 1c.

    Examples
    --------
    1,200 t for 2010 from July on are 200 t a month; nine tenths of it are used.

    >>> quota = Quota(origin=["CHN"], stage="processing", announced="2010-07", effective="2010-07",
    ...               quota_t_per_year={2010: 1200}, unit="gross", fill_share=0.9)
    >>> from monazite.simulation.calendar import month_number
    >>> quota.accrual_t(month_number("2010-06") + np.arange(3), np.array([0.9])).tolist()
    [[inf, 180.0, 180.0]]
    """

    uncertain: ClassVar[tuple[str, ...]] = (
        "exempt_share",
        "fill_share",
        "market_share",
        "baseline_share",
        "carry_over_share",
    )

    kind: Literal["quota"] = "quota"
    """Which instrument."""
    quota_t_per_year: dict[int, float] | None = None
    """By calendar year [t a year]."""
    quota_t_per_month: float | None = Field(default=None, ge=0)
    """[t a month]."""
    baseline_share: Rate | None = None
    """Quota over the baseline trade that it covers, in place of tonnes."""
    unit: Literal["gross", "contained"] | None = None
    """What the tonnes of the quota count."""
    fill_share: Share = 1.0
    """Share of the quota that exporters can use in practice."""
    market_share: Share = 1.0
    """Share of the quota that falls on the products of this market."""
    allocation: Literal["even", "free"] = "even"
    """A yearly quota: so much a month, or all at once."""
    shared_by: Literal["orders", "baseline"] = "orders"
    """How destinations share what is scarce."""
    carry_over_share: Share = 0.0
    """Share of what is left that survives its year, or its month."""

    @model_validator(mode="after")
    def check_quota(self) -> Self:
        """Refuse two limits, no limit, several origins, negative tonnes and years without a figure."""
        problems = []
        limits = (self.quota_t_per_year, self.quota_t_per_month, self.baseline_share)
        if sum(limit is not None for limit in limits) != 1:
            problems.append("give one of quota_t_per_year, quota_t_per_month and baseline_share")
        if self.unit is None and self.baseline_share is None:
            problems.append("unit is missing: gross or contained")
        if len(self.origin) != 1:
            problems.append("a quota has one origin; write one quota for each country")
        years = self.quota_t_per_year or {}
        if self.quota_t_per_year is not None and not years:
            problems.append("quota_t_per_year is empty")
        problems += [f"the quota of {year} is negative" for year, tonnes in years.items() if not tonnes >= 0]
        strange = [year for year in years if not FIRST_YEAR <= year <= LAST_YEAR]
        problems += [f"{year} is no year between {FIRST_YEAR} and {LAST_YEAR}" for year in strange]
        if years and not strange:
            last = super().end_number
            final = max(years) if np.isinf(last) else (int(last) - 1) // 12
            missing = sorted(set(range(self.start_number // 12, final + 1)) - set(years))
            problems += [f"no quota is given for {year}" for year in missing]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def end_number(self) -> float:
        """First month no longer in force; at the latest the end of the last year with a figure."""
        own = super().end_number
        return min(own, (max(self.quota_t_per_year) + 1) * 12) if self.quota_t_per_year else own

    def mean_t(self, numbers: NDArray[np.int64], share: Array) -> Array:
        """
        Quota spread evenly over its months, dims (draw, month). [t a month in `unit`; inf where not in force]

        `share` is what can be used of it by this market (fill share times market share), dims (draw,).
        """
        return self._spread(numbers, share, "even")

    def accrual_t(self, numbers: NDArray[np.int64], share: Array) -> Array:
        """Tonnes that become available, dims (draw, month). [t in `unit`; inf where not in force]"""
        return self._spread(numbers, share, self.allocation)

    def share_t(self, numbers: NDArray[np.int64], share: Array, covered: Array) -> Array:
        """Quota given as a share, dims (draw, month). [t a month of the market; inf where not in force]

        `share` is what can be used of it times `baseline_share`, `covered` the baseline trade under it, dims (draw,).
        """
        inside = (numbers >= self.start_number) & (numbers < self.end_number)
        tonnes: Array = np.where(inside[None, :], (share * covered)[:, None], np.inf)
        return tonnes

    def lapses(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether what was left over lapses at the start of each month, dims (month,)."""
        if self.quota_t_per_year is None:
            return np.ones(len(numbers), bool)
        lapse: NDArray[np.bool_] = (numbers % 12 == 0) | (numbers <= self.start_number)
        return lapse

    def _spread(self, numbers: NDArray[np.int64], share: Array, allocation: str) -> Array:
        tonnes = np.full(len(numbers), np.inf)
        for place, number in enumerate(numbers.tolist()):
            if not self.start_number <= number < self.end_number:
                continue
            if self.quota_t_per_year is None:
                tonnes[place] = self.quota_t_per_month
                continue
            first = max(self.start_number, number // 12 * 12)
            last = min(self.end_number, number // 12 * 12 + 12)
            year = self.quota_t_per_year[number // 12]
            tonnes[place] = year / (last - first) if allocation == "even" else year * (number == first)
        finite = np.isfinite(tonnes)
        return np.where(finite, np.where(finite, tonnes, 0.0) * share[:, None], np.inf)

    def usable_share(self, drawn: Mapping[str, Array]) -> Array:
        """Share of the quota that this market can use, dims (draw,). [unitless]"""
        return drawn["fill_share"] * drawn["market_share"]
