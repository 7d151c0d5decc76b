"""Run blocks of draws through the compiled kernel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monazite.simulation.kernel import advance
from monazite.simulation.kernel_record import NAMES, Record
from monazite.simulation.kernel_tables import (
    NONE,
    Countries,
    Flags,
    Integers,
    Lanes,
    build_countries,
    build_draws,
    build_lanes,
    build_tables,
    close_store,
    open_store,
)
from monazite.simulation.kernel_terms import CountryWork, LaneWork, QuotaWork, Terms
from monazite.simulation.market import Market
from monazite.simulation.priors import Parameters
from monazite.simulation.results import Recorder
from monazite.simulation.rules import Rules
from monazite.simulation.state import State

BY_COUNTRY = Terms._fields.index("capacity")
"""The fields of `Terms` from here on have dims (country, draw), those before (pattern, draw)."""


@dataclass(frozen=True)
class Problem:
    """What all blocks of a run share."""

    market: Market
    lanes: Lanes
    countries: Countries
    patterns: list[Flags]
    switches: Flags  # whether there are duties, caps, queues and detours


def build_problem(market: Market, rules: Rules, kept: Sequence[int]) -> Problem:
    """Find the lanes and patterns of a run."""
    lanes, patterns = build_lanes(market, rules, kept)
    switches = np.array([bool(rules.duties), bool(rules.caps), rules.has_queue, rules.has_detour])
    return Problem(market, lanes, build_countries(market), patterns, switches)


def run_block(
    problem: Problem,
    state: State,
    rules: Rules,
    parameters: Parameters,
    record: Record,
    *,
    months: int,
    low: int,
) -> State:
    """
    Advance a block of draws to the end of the run.

    Parameters
    ----------
    problem : Problem
        Of the run.
    state, rules, parameters
        Of the draws of the block.
    record : Record
        Where the months are kept; its first is that of the state.
    months : int
        How many months to go.
    low : int
        Place of the first draw of the block in the record.

    Returns
    -------
    State
        After the last month.
    """
    size, draws, patterns = len(problem.market.countries), rules.draws, len(problem.patterns[0])
    tables, calendar = build_tables(rules, problem.patterns, size)
    store = open_store(state, problem.lanes, rules)
    every = len(problem.lanes.seller)
    terms = Terms(
        *(np.zeros((patterns if place < BY_COUNTRY else size, draws)) for place in range(len(Terms._fields)))
    )
    advance(
        (problem.lanes, problem.countries, problem.switches),
        tables,
        calendar,
        build_draws(parameters),
        store,
        np.full((len(rules.triggers), draws), np.inf),
        terms,
        LaneWork(*(np.zeros((every, draws)) for _ in LaneWork._fields)),
        CountryWork(*(np.zeros((size, draws)) for _ in CountryWork._fields)),
        QuotaWork(*(np.zeros((len(rules.quotas), draws)) for _ in QuotaWork._fields)),
        record,
        state.month,
        months,
        low,
    )
    return close_store(store, state, problem.lanes, rules, state.month + months)


def build_record(recorder: Recorder, months: int) -> Record:
    """Let the kernel write into the arrays of a recorder."""
    names = list(recorder.by_country)
    rows: Integers = np.array([names.index(name) if name in names else NONE for name in NAMES], np.int64)
    return Record(
        rows, recorder.table, recorder.trade, recorder.arrival, recorder.mean, np.zeros((months, 4))
    )
