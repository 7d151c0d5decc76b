"""The loop over months and blocks of draws of a chain, and what it gives back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from monazite.errors import ScenarioError
from monazite.simulation.calendar import month_label, month_number
from monazite.simulation.chain_engine import ChainBlock, choose_chain_engine, list_linked
from monazite.simulation.chain_market import ChainMarket, Link
from monazite.simulation.chain_policies import (
    Overrides,
    Policies,
    check_names,
    note_linked_use,
    sort_policies,
)
from monazite.simulation.chain_step import (
    ChainRules,
    ChainState,
    build_chain_state,
    join_chain_states,
)
from monazite.simulation.compile import compile_rules
from monazite.simulation.engine import BLOCKS, Engine
from monazite.simulation.lead_times import choose_lead_times
from monazite.simulation.market import Market
from monazite.simulation.policies import Instrument
from monazite.simulation.policy_checks import check_policies, find_overlaps
from monazite.simulation.priors import Range, Seed, Units, draw_parameters, draw_range
from monazite.simulation.results import Recorder, Run, label_parameters
from monazite.simulation.run import check_loops, check_memory, check_numbers, check_resume


@dataclass(frozen=True)
class ChainRun:
    """
    The result of a chain: one `Run` a market.

    Attributes
    ----------
    chain : ChainMarket
        The baseline.
    runs : mapping of str to Run
        By the name of the market; besides the arrays of a run, `feed_t` (use that went into later stages), `starved_t`
        (production that lacked its input) and `bound_t` (production of the link), where there is such a link.
        [t a month]
    first : str
        First month of the whole run, YYYY-MM.
    state : ChainState, optional
        After the last month; an ensemble keeps none.
    """

    chain: ChainMarket
    runs: Mapping[str, Run]
    first: str
    state: ChainState | None = None


def simulate_chain(
    chain: ChainMarket,
    policies: Policies | Sequence[Instrument],
    *,
    months: int,
    start: str | None = None,
    draws: int = 200,
    seed: int = 0,
    parameters: Overrides | None = None,
    lanes: Sequence[str] = (),
    resume: ChainState | None = None,
    block: int | None = None,
    engine: Engine = "auto",
    units: Units | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ChainRun:
    """
    Simulate coupled markets month by month, so that a policy at one stage is felt at the others.

    Parameters
    ----------
    chain : ChainMarket
        From `build_chain`.
    policies : mapping of str to sequence of Instrument, or sequence of Instrument
        By the name of the market; or all of them, each of which then acts in every market of its stage.
    months, start, draws, seed, lanes, block, engine, units, on_progress
        As in `simulate`; the first month is by default the January after the last baseline year of any market. A
        draw has the same rank of a parameter in every market.
    parameters : mapping, optional
        By the name of the market, a number or (low, high) for parameters of `priors.csv`.
    resume : ChainState, optional
        `state` of a run with the same other arguments and fewer months; the run goes on from there.

    Returns
    -------
    ChainRun
        One run a market; the months before `resume` are not in them.

    Raises
    ------
    ScenarioError
        That names every argument and policy that cannot be used.
    DataError
        If most of the resold goods of a market go round in circles.
    ModelError
        If mass is lost or made, within a market or over a link: a bug of ours.

    Notes
    -----
    Equations in docs/reference/simulation.md, section 6.
    """
    check_numbers(months=months, draws=draws, seed=seed, block=block, resume=None)
    sorted_policies = sort_policies(chain, policies)
    check_names(chain, sorted_policies, parameters)
    for name, market in zip(chain.names, chain.markets, strict=True):
        check_loops(market)
        check_policies(market, sorted_policies[name], lanes, own=name, chain=sorted_policies)
    first = f"{max(max(market.years) for market in chain.markets) + 1}-01" if start is None else start
    inputs = draw_chain(
        chain,
        sorted_policies,
        start=first,
        months=months,
        draws=draws,
        seed=units or seed,
        parameters=parameters,
    )
    opening = (
        build_chain_state(chain, inputs)
        if resume is None
        else check_chain_resume(resume, draws, months, chain)
    )
    records = open_records(chain, sorted_policies, inputs, lanes, draws=draws, months=months - opening.month)
    name, runner = choose_chain_engine(engine, draws, chain)
    size, done = block or BLOCKS[name], 0
    finals = []
    for low in range(0, draws, size):
        part = slice(low, min(low + size, draws))

        def count(step: int = part.stop - part.start) -> None:
            nonlocal done
            done += step
            if on_progress:
                on_progress(done, draws * (months - opening.month))

        chosen = ChainBlock(part, opening.block(part), inputs.block(part), months)
        finals.append(runner(chain, chosen, records, count))
    final = join_chain_states(finals)
    labels = [month_label(month_number(first) + month) for month in range(opening.month, months)]
    runs = {
        name: build_stage_run(
            chain,
            place,
            records[place],
            labels,
            inputs=inputs,
            policies=sorted_policies[name],
            final=final,
            seed=seed,
        )
        for place, name in enumerate(chain.names)
    }
    return ChainRun(chain, runs, first, final)


def draw_chain(
    chain: ChainMarket,
    policies: Policies,
    *,
    start: str,
    months: int,
    draws: int,
    seed: Seed,
    parameters: Overrides | None,
) -> ChainRules:
    """Draw the parameters of every market and the cost share of every link, and compile the policies."""
    return ChainRules(
        rules=tuple(
            compile_rules(
                policies[name], market, start=start, months=months, draws=draws, seed=seed, chain=policies
            )
            for name, market in zip(chain.names, chain.markets, strict=True)
        ),
        parameters=tuple(
            draw_parameters(find_ranges(name, market, parameters), draws, seed)
            for name, market in zip(chain.names, chain.markets, strict=True)
        ),
        cost_share=tuple(
            np.zeros((draws, 1))
            if link.upstream is None
            else draw_range(name_link(chain, link), link.cost_share, draws, seed)[:, None]
            for link in chain.links
        ),
    )


def find_ranges(name: str, market: Market, parameters: Overrides | None) -> dict[str, float | Range]:
    """Ranges that differ from the priors in one market: the lead times of its stage, and what the caller gives."""
    return choose_lead_times(market.material, market.production_stage, (parameters or {}).get(name))


def name_link(chain: ChainMarket, link: Link) -> str:
    """Name of the stream that the cost share of a link is drawn from."""
    return f"link.{'+'.join(chain.names[place] for place in link.downstream)}.cost_share"


def check_chain_resume(state: ChainState, draws: int, months: int, chain: ChainMarket) -> ChainState:
    """Raise ScenarioError unless a state fits the run that is to go on."""
    if len(state.states) != len(chain.markets):
        raise ScenarioError(
            "simulate, resume",
            "the state is of another chain.",
            which=[f"{len(state.states)} markets"],
            expected=f"{len(chain.markets)} markets",
        )
    check_numbers(months=months, draws=draws, seed=0, block=None, resume=state.states[0])
    for one, market in zip(state.states, chain.markets, strict=True):
        check_resume(one, draws, market)
    return state


def open_records(
    chain: ChainMarket,
    policies: Policies,
    inputs: ChainRules,
    lanes: Sequence[str],
    *,
    draws: int,
    months: int,
) -> list[Recorder]:
    """Open a recorder for every market, within the memory that all of them may take."""
    records = []
    for place, (name, market) in enumerate(zip(chain.names, chain.markets, strict=True)):
        named = {code for policy in policies[name] for code in policy.kept_exporters} | set(lanes)
        check_memory(len(market.countries), len(named), draws=draws * len(chain.markets), months=months)
        kept = [at for at, code in enumerate(market.countries) if code in named]
        records.append(
            Recorder(market, kept, draws, months, inputs.rules[place], linked=list_linked(chain, place))
        )
    return records


def build_stage_run(
    chain: ChainMarket,
    place: int,
    record: Recorder,
    labels: Sequence[str],
    *,
    inputs: ChainRules,
    policies: tuple[Instrument, ...],
    final: ChainState,
    seed: int,
) -> Run:
    """Label what one market gave."""
    market, state = chain.markets[place], final.states[place]
    arrays = record.build_arrays(labels)
    if inputs.rules[place].triggers:
        meaning = {"unit": "months", "meaning": "month of the run in which a trigger fired; inf = it did not"}
        begun = state.month - len(labels)
        arrays["fired_month"] = (("draw", "trigger"), state.fired - begun, meaning)
    notes = (*find_overlaps(market, policies), *note_linked_use(chain, place, policies))
    return Run(
        arrays=arrays,
        parameters=label_drawn(chain, inputs)[chain.names[place]],
        market=market,
        policies=policies,
        notes=(*notes, *chain.notes[place]),
        lineage=replace(market.lineage, seed=seed),
        state=state,
    )


def label_drawn(chain: ChainMarket, inputs: ChainRules) -> dict[str, xr.Dataset]:
    """Label the drawn parameters of every market, and the cost share of what is made of another, dims (draw,)."""
    found = {}
    for place, name in enumerate(chain.names):
        found[name] = label_parameters(inputs.parameters[place])
        maker = chain.made_by(place)
        if maker is not None and maker.link.upstream is not None:
            found[name]["cost_share"] = (("draw",), inputs.cost_share[maker.number][:, 0])
    return found
