"""The loop over months and blocks of draws."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from monazite.errors import DataError, ScenarioError
from monazite.simulation.calendar import month_label, month_number
from monazite.simulation.compile import compile_rules
from monazite.simulation.engine import BLOCKS, Block, Engine, choose_engine
from monazite.simulation.extend_market import extend_market
from monazite.simulation.lead_times import choose_lead_times
from monazite.simulation.market import Market, build_market
from monazite.simulation.policies import CapacityAddition, Instrument, NewSupplier, OutsideMeasure, Trigger
from monazite.simulation.policy_checks import check_policies, find_overlaps
from monazite.simulation.priors import Range, Units, draw_parameters
from monazite.simulation.results import BY_COUNTRY, Recorder, Run, label_parameters
from monazite.simulation.state import LaneState, State, join_lane_states, join_states
from monazite.supply_chain import SupplyChain

LOOP_LIMIT = 0.65
"""Largest loop share of a market; above about 0.67 orders for resale can grow without end. [unitless] Decision 0003."""
MAX_GIB = 6
"""Most memory that the results of one run may take. [GiB] Source: this project."""


def simulate(
    source: SupplyChain | Market,
    policies: Sequence[Instrument],
    *,
    months: int,
    start: str | None = None,
    draws: int = 200,
    seed: int = 0,
    parameters: Mapping[str, float | Range] | None = None,
    lanes: Sequence[str] = (),
    resume: State | None = None,
    block: int | None = None,
    engine: Engine = "auto",
    units: Units | None = None,
    keep: Sequence[str] | None = None,
    keep_state: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
) -> Run:
    """
    Simulate a market month by month under policies, for many draws of the uncertain parameters.

    Parameters
    ----------
    source : SupplyChain or Market
        The baseline. A chain is read at the one stage that the policies name, which must hold production and
        trade.
    policies : sequence of Instrument
        What is imposed, as Ban or Licence; an empty sequence gives the baseline.
    months : int
        Length of the run. [months, >= 1]
    start : str, optional
        First month, as YYYY-MM; by default the January after the last baseline year.
    draws : int, default 200
        Number of draws. [>= 1]
    seed : int, default 0
        Seed of the draws; the same seed gives the same bytes, whatever `block`.
    parameters : mapping, optional
        A number or (low, high) for parameters of `priors.csv`.
    lanes : sequence of str
        Exporters whose lanes are kept draw by draw, beside those that a policy names.
    resume : State, optional
        `final_state` of a run with the same other arguments and fewer months; the run goes on from there.
    block : int, optional
        Draws that are computed at once; by default what suits the engine.
    engine : {"auto", "oracle", "kernel"}, default "auto"
        The readable NumPy months, or the compiled ones, equal to 1e-12; "auto" compiles for large runs if Numba is
        installed, see `choose_engine`.
    units : Units, optional
        The draws of a design (`draw_design`) instead of those of the seed.
    keep : sequence of str, optional
        Arrays of `Run.arrays` to keep; by default all.
    keep_state : bool, default True
        Keep the state after the last month, to go on from it; that of many draws of a large market is large.
    on_progress : callable, optional
        Called with the draw-months done and their total.

    Returns
    -------
    Run
        Labelled results; the months before `resume` are not in them.

    Raises
    ------
    ScenarioError
        That names every argument and policy that cannot be used.
    DataError
        If a chain lacks a figure, or most of the resold goods go round in circles.
    ModelError
        If mass is lost or made: a bug of ours.

    Notes
    -----
    Equations in docs/reference/simulation.md.
    """
    check_numbers(months=months, draws=draws, seed=seed, block=block, resume=resume)
    market = source if isinstance(source, Market) else read_chain(source, policies, lanes)
    check_loops(market)
    check_policies(market, policies, lanes)
    named = {name for policy in policies for name in policy.kept_exporters} | set(lanes)
    if keep is None:
        check_memory(len(market.countries), len(named), draws=draws, months=months)
    first = f"{max(market.years) + 1}-01" if start is None else start
    rules = compile_rules(policies, market, start=first, months=months, draws=draws, seed=units or seed)
    ranges = choose_lead_times(market.material, market.production_stage, parameters)
    drawn = draw_parameters(ranges, draws, units or seed)
    begun = 0 if resume is None else check_resume(resume, draws, market).month
    kept = [place for place, name in enumerate(market.countries) if name in named]
    record = Recorder(market, kept, draws, months - begun, rules, keep=keep)
    name, runner = choose_engine(engine, draws, [len(market.countries)])
    size, done = block or BLOCKS[name], 0
    finals: list[State | LaneState] = []
    for low in range(0, draws, size):
        part = slice(low, min(low + size, draws))
        chosen = Block(
            part, resume and resume.block(part), rules.block(part), drawn.block(part), months, keep_state
        )

        def count(step: int = part.stop - part.start) -> None:
            nonlocal done
            done += step
            if on_progress:
                on_progress(done, draws * (months - begun))

        finals.append(runner(market, chosen, record, count))
    labels = [month_label(month_number(first) + month) for month in range(begun, months)]
    arrays = record.build_arrays(labels)
    if rules.triggers:
        fired = np.concatenate([one.fired for one in finals])
        meaning = {"unit": "months", "meaning": "month of the run in which a trigger fired; inf = it did not"}
        arrays["fired_month"] = (("draw", "trigger"), fired - begun, meaning)
    return Run(
        arrays=arrays,
        parameters=label_parameters(drawn),
        market=market,
        policies=tuple(policies),
        notes=find_overlaps(market, policies),
        lineage=replace(market.lineage, seed=seed),
        state=join_finals(finals) if keep_state else None,
    )


def join_finals(finals: Sequence[State | LaneState]) -> State | LaneState:
    """Put the states of the blocks after the last month together."""
    by_lane = [one for one in finals if isinstance(one, LaneState)]
    return (
        join_lane_states(by_lane)
        if by_lane
        else join_states([one for one in finals if isinstance(one, State)])
    )


def read_chain(chain: SupplyChain, policies: Sequence[Instrument], lanes: Sequence[str]) -> Market:
    """Build the market of the one stage that the policies name."""
    acting = [policy.policy if isinstance(policy, Trigger) else policy for policy in policies]
    stages = sorted({policy.stage for policy in acting if not isinstance(policy, OutsideMeasure)})
    if not stages:
        traded = chain.trade_t.notnull().any(("exporter", "importer"))
        stages = [str(name) for name in chain.arrays["stage"].values[traded.values]]
    if len(stages) != 1:
        raise ScenarioError(
            "simulate",
            "cannot tell which stage of the chain to read.",
            which=stages,
            expected="policies that all name one stage",
            fix="build the market yourself: build_market([chain], production_stage=..., trade_stage=...)",
        )
    named = [code for policy in policies for code in policy.countries]
    known = [code for code in dict.fromkeys([*named, *lanes]) if code in chain.countries]
    market = build_market([chain], production_stage=stages[0], trade_stage=stages[0], keep=known)
    return extend_market(market, [p.country for p in acting if isinstance(p, CapacityAddition | NewSupplier)])


def check_numbers(*, months: int, draws: int, seed: int, block: int | None, resume: State | None) -> None:
    """Raise ScenarioError that names every number out of range."""
    least = {
        "months": (months, 1),
        "draws": (draws, 1),
        "seed": (seed, 0),
        "block": (1 if block is None else block, 1),
    }
    wrong = [f"{name}: {value}, at least {low}" for name, (value, low) in least.items() if value < low]
    if resume is not None and resume.month >= months:
        wrong.append(f"months: {months}, but the run to go on with has already done {resume.month}")
    if wrong:
        raise ScenarioError("simulate", "numbers are out of range.", which=wrong, fix="give larger numbers")


def check_loops(market: Market) -> None:
    """Raise DataError if most of the resold goods go round in circles, so that orders would feed themselves."""
    if market.loop_share > LOOP_LIMIT:
        resold = np.minimum(market.imports, market.exports)
        order = [market.countries[place] for place in np.argsort(-resold)]
        raise DataError(
            f"market {market.material}, {market.trade_stage}",
            f"{market.loop_share:.0%} of the orders for resale come back to the seller.",
            which=[f"{name} resells {12 * resold[market.place(name)]:,.0f} t a year" for name in order[:5]],
            expected=f"at most {LOOP_LIMIT:.0%}: above it the model's orders feed themselves",
            fix="leave out the product codes that are traded to and fro, or take another baseline year",
        )


def check_memory(countries: int, lanes: int, *, draws: int, months: int) -> None:
    """
    Raise ScenarioError if the results of a run would take more than `MAX_GIB`.

    Examples
    --------
    300 draws of 60 months, 60 countries and lanes of 5 exporters: 300 * 60 * 60 * (11 * 8 + 5 * 2 * 4) B = 0.13 GiB.
    """
    size = draws * months * countries * (len(BY_COUNTRY) * 8 + lanes * 2 * 4) / 2**30
    if size > MAX_GIB:
        raise ScenarioError(
            "simulate", f"{draws:,} draws of {months} months would take {size:.0f} GiB.",
            expected=f"at most {MAX_GIB} GiB: {int(draws * MAX_GIB / size):,} draws",
            fix="take fewer draws; a few hundred give stable medians",
        )  # fmt: skip


def check_resume(state: State, draws: int, market: Market) -> State:
    """Raise ScenarioError unless a state fits the run that is to go on."""
    if state.stock.shape != (draws, len(market.countries)):
        raise ScenarioError(
            "simulate, resume",
            "the state is of another run.",
            which=[f"{state.stock.shape[0]} draws, {state.stock.shape[1]} countries"],
            expected=f"{draws} draws, {len(market.countries)} countries",
        )
    return state
