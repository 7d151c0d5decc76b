"""What the policies of a run let pass lane by lane, as the naive forecasts take it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monazite.simulation import Run
from monazite.simulation.compile import compile_rules
from monazite.simulation.market import Market
from monazite.simulation.rules import Rules
from monazite.simulation.series import Clock

Array = NDArray[np.float64]


def mean_open_share(run: Run) -> Array:
    """
    Share of each lane that the policies let pass, mean over the draws, dims (month, exporter, importer).

    A quota lets pass its tonnes over the baseline exports of its exporter, at most all. Policies that wait for a
    trigger count as not set off.

    Notes
    -----
    Lanes under the same rules are computed once: a run of 10,000 draws among 37 countries has 1,369 lanes, but two
    under one ban, the lanes that it holds on and the others.
    """
    draws, months = run.arrays.sizes["draw"], len(run.months)
    rules = compile_rules(
        run.policies, run.market, start=run.months[0], months=months, draws=draws, seed=run.lineage.seed or 0
    )
    view, pattern = group_lanes(rules, run.market)
    clocks = [rules.idle_clock(month) for month in range(months)]
    shares = np.array([legal_mean(view, clock, pattern) for clock in clocks]) * run.market.lanes
    for quota in rules.quotas:
        passed = np.array([quota.planned.at(clock).mean() for clock in clocks])
        shares[:, quota.exporter] *= np.where(quota.destinations[None], passed[:, None], 1.0)
    result: Array = np.clip(shares, 0.0, 1.0)
    return result


def group_lanes(rules: Rules, market: Market) -> tuple[Rules, NDArray[np.int64]]:
    """See lanes under the same rules as one, dims (1, pattern); and the pattern of each, dims (exporter, importer)."""
    shape = market.trade.shape
    if not rules.lanes:
        return rules, np.zeros(shape, np.int64)
    masks = np.array([rule.lanes for rule in rules.lanes], bool).reshape(len(rules.lanes), -1)
    patterns, place = np.unique(masks, axis=1, return_inverse=True)
    lanes = [replace(rule, lanes=mask[None]) for rule, mask in zip(rules.lanes, patterns, strict=True)]
    return replace(rules, lanes=tuple(lanes)), place.reshape(shape)


def legal_mean(view: Rules, clock: Clock, pattern: NDArray[np.int64]) -> Array:
    """Share that bans, licences and lists let pass in a month, mean over the draws, dims (exporter, importer)."""
    share = view.legal_share(clock, (view.draws, 1, int(pattern.max()) + 1))
    mean: Array = share[:, 0].mean(axis=0)[pattern]
    return mean
