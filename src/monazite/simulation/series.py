"""Series: a number that a policy sets month by month, on the calendar or on the clock of its trigger."""

from dataclasses import dataclass

import numpy as np

from monazite.simulation.market import Array

ON_CALENDAR = -1
"""Stands for the trigger of a policy that waits for none."""


@dataclass(frozen=True)
class Clock:
    """The month of a run, and when triggers fired: `fired` and `starts` with dims (draw, trigger), inf = not yet."""

    month: int
    fired: Array
    starts: Array


@dataclass(frozen=True)
class Series:
    """
    One number a month, dims (draw, month).

    The months count from the first of the run, or from the first in force where the policy waits for a trigger;
    before that it is `neutral`, the value that changes nothing.
    """

    values: Array
    neutral: float
    known_from: (
        Array  # moment from which buyers plan for it, dims (draw or 1,); see `known_share` and `expected`
    )
    trigger: int = ON_CALENDAR

    def at(self, clock: Clock, ahead: int = 0) -> Array:
        """Value of a month, dims (draw,)."""
        month = clock.month + ahead
        if self.trigger == ON_CALENDAR:
            value: Array = self.values[:, month]
            return value
        since = month - clock.starts[:, self.trigger]
        place = np.clip(since, 0, self.values.shape[1] - 1).astype(np.int64)
        return np.where(since >= 0, self.values[np.arange(len(place)), place], self.neutral)

    def expected(self, clock: Clock, ahead: int) -> Array:
        """
        Value of a month ahead as buyers know it now, dims (draw,).

        `known_from` counts in months of the calendar, or from the month after its trigger fired.

        Examples
        --------
        A rule that closes a lane from the second month after its trigger fired in month 5, and is announced half-way
        through month 6: known for half of that month, so buyers expect half of month 7 to be open.

        >>> series = Series(np.zeros((1, 9)), 1.0, np.array([0.5]), trigger=0)
        >>> fired, starts = np.array([[5.0]]), np.array([[7.0]])
        >>> [series.expected(Clock(month, fired, starts), 7 - month).tolist() for month in (5, 6, 7)]
        [[1.0], [0.5], [0.0]]
        """
        value = self.at(clock, ahead)
        if self.trigger == ON_CALENDAR:
            share = self.known_share(clock.month)
        else:
            share = np.clip(clock.month - clock.fired[:, self.trigger] - self.known_from, 0.0, 1.0)
        return np.where(share >= 1.0, value, self.neutral + share * (value - self.neutral))

    def known_share(self, month: int) -> Array:
        """
        Share of a month in which buyers plan for it, dims (draw or 1,). [unitless, 0..1]

        Examples
        --------
        Buyers who order from 0.4 of month 7 on plan for 0.6 of it.

        >>> series = Series(np.zeros((1, 9)), 1.0, np.array([7.4]))
        >>> [series.known_share(month).round(12).tolist() for month in (6, 7, 8)]
        [[0.0], [0.6], [1.0]]
        """
        share: Array = np.clip(month + 1.0 - self.known_from, 0.0, 1.0)
        return share

    def block(self, draws: slice) -> "Series":
        """Take some of the draws."""
        known = self.known_from if len(self.known_from) == 1 else self.known_from[draws]
        return Series(self.values[draws], self.neutral, known, self.trigger)
