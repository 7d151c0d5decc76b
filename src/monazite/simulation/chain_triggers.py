"""Triggers of one market of a chain that watch another one."""

from collections.abc import Iterable, Sequence

import numpy as np

from monazite.simulation.market import Array
from monazite.simulation.rules import Rules
from monazite.simulation.series import Clock
from monazite.simulation.terms import fire_triggers, passes

Figures = tuple[Array, Array]
"""Log price and unmet share of a market at the end of the month before, dims (draw, country)."""


def fire_across(
    month: int, fired: Sequence[Array], figures: Iterable[Figures], rules: Sequence[Rules]
) -> list[Array]:
    """
    Fire the triggers that watch another market of a chain.

    Parameters
    ----------
    month : int
        Months since the start of the run.
    fired : sequence of array, dims (draw, trigger)
        Month in which each trigger of each market fired; inf = not yet.
    figures : sequence of Figures
        What can be watched of each market.
    rules : sequence of Rules
        Of each market.

    Returns
    -------
    list of array, dims (draw, trigger)
        `fired` with the triggers that watch another market; those that watch their own fire in `fire_triggers`.

    Notes
    -----
    A trigger may wait for one of another market that waits for a third, all in one month: the markets are gone
    through until nothing fires any more. docs/reference/simulation.md, section 2.

    Examples
    --------
    Nobody watches another market: nothing changes.

    >>> fire_across(0, [], [], [])
    []
    """
    after = list(fired)
    if not any(rule.market is not None for own in rules for rule in own.triggers):
        return after
    seen = list(figures)
    while True:
        clocks = [
            fire_triggers(month, own, *each, rule) for own, each, rule in zip(after, seen, rules, strict=True)
        ]
        following = [fire_watchers(own, rule, clocks, seen) for own, rule in zip(after, rules, strict=True)]
        if all(np.array_equal(one, other) for one, other in zip(after, following, strict=True)):
            return after
        after = following


def fire_watchers(fired: Array, rules: Rules, clocks: Sequence[Clock], figures: Sequence[Figures]) -> Array:
    """Fire those triggers of a market whose condition holds in another one, dims (draw, trigger)."""
    month, found = clocks[0].month, fired.copy()
    for place, rule in enumerate(rules.triggers):
        if rule.market is None or not rule.armed_from <= month < rule.armed_until:
            continue
        met = passes(rule, clocks[rule.market], *figures[rule.market])
        found[:, place] = np.where(np.isinf(found[:, place]) & met, month, found[:, place])
    return found
