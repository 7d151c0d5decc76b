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
    known_from: int  # month from which buyers know of it, on the calendar
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
        """Value of a month ahead as buyers know it now, dims (draw,)."""
        if self.trigger == ON_CALENDAR:
            return (
                self.at(clock, ahead)
                if clock.month >= self.known_from
                else np.full(len(self.values), self.neutral)
            )
        return np.where(clock.fired[:, self.trigger] < clock.month, self.at(clock, ahead), self.neutral)

    def block(self, draws: slice) -> "Series":
        """Take some of the draws."""
        return Series(self.values[draws], self.neutral, self.known_from, self.trigger)
