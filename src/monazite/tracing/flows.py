"""What an importer buys from outside as one joint flow: mined in, processed in, bought from, used by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monazite.errors import DataError
from monazite.supply_chain import SupplyChain
from monazite.tracing.mixing import Floats, mix_sources
from monazite.tracing.origins import UNKNOWN
from monazite.tracing.stages import feed_tonnes, mix_stages, read_stage, read_stages
from monazite.tracing.ways import Question, list_imports
from monazite.vocabulary import STAGES

HEADS = {"extraction": "mined in", "processing": "processed in", "manufacturing": "made in"}


@dataclass(frozen=True)
class TracedFlow:
    """A quantity from one column to the next; `column` is that of the source. [t contained material a year]"""

    column: int
    source: str
    target: str
    mass_t: float


@dataclass(frozen=True)
class TracedFlows:
    """
    The imports of a country or group, column by column.

    Attributes
    ----------
    heads : tuple of str
        What the columns are: mined in, processed in, bought from, the importer.
    flows : tuple of TracedFlow
        The tonnes between any two columns sum to what is bought. `unknown` is a source like the others.
    assumptions : tuple of str
        Sentences.
    """

    heads: tuple[str, ...]
    flows: tuple[TracedFlow, ...]
    assumptions: tuple[str, ...]


def trace_flows(chain: SupplyChain, question: Question) -> TracedFlows:
    r"""
    Follow what an importer buys from outside back through partners, makers and miners.

    Parameters
    ----------
    chain : SupplyChain
        With trade at the stage asked for, and production there or at a stage before.
    question : Question
        Whose imports of which stage; `by` is not read.

    Returns
    -------
    TracedFlows
        By origin the tonnes are those of `trace_suppliers` to the first stage.

    Raises
    ------
    DataError
        If the importer buys nothing, or nobody's production is known at the stage or before it.

    Notes
    -----
    With imports :math:`w_i` from partner i, the mix :math:`M_{ip}` of its goods by country of processing and that of
    what p takes in, :math:`Q_{po}`, the flow from o over p and i is

    .. math:: w_i M_{ip} Q_{po}, \quad \sum_p M_{ip} Q_{po} = M_{io}

    Examples
    --------
    A tenth of what CHN ships was bought from COD; of 40 t from CHN, 4 t are drawn from COD to CHN.
    """
    bought = list_imports(chain, question)
    weights = np.array([bought.get(code, 0.0) for code in chain.countries])
    stages, assumptions = _known_stages(chain, question.stage)
    names = [*chain.countries, UNKNOWN]
    at = question.stage
    flows = [
        TracedFlow(len(stages), code, question.name, mass_t) for code, mass_t in bought.items() if mass_t > 0
    ]
    if len(stages) == 1:
        mix = mix_stages(read_stages(chain, at, at)[0])
        flows += _between(0, names, chain.countries, (weights[:, None] * np.nan_to_num(mix.shares)).T)
        return TracedFlows((HEADS.get(at, at), "bought from", "used by"), tuple(flows), assumptions)
    first, *between, last = [read_stage(chain, name) for name in stages]
    feed = feed_tonnes(mix_stages([first, *between]), last)
    made = np.hstack([np.diag(feed.sum(axis=1)), np.zeros((len(weights), 1))])
    lanes = np.zeros((len(weights), len(weights))) if last.trade_t is None else last.trade_t
    by_maker = weights[:, None] * np.nan_to_num(mix_sources(made, lanes).shares)
    total = feed.sum(axis=1, keepdims=True)
    inputs = np.divide(feed, total, out=np.zeros_like(feed), where=total > 0)
    inputs[total[:, 0] <= 0, -1] = 1.0
    inputs = np.vstack([inputs, np.append(np.zeros(len(weights)), 1.0)])
    flows += _between(1, names, chain.countries, by_maker.T)
    flows += _between(0, names, names, (by_maker.sum(axis=0)[:, None] * inputs).T)
    heads = (HEADS.get(stages[0], stages[0]), HEADS.get(at, at), "bought from", "used by")
    return TracedFlows(heads, tuple(flows), assumptions)


def _known_stages(chain: SupplyChain, stage: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Stages from the first with production to the traded one; more than two only where all between are known."""
    names = [str(name) for name in chain.arrays["stage"].values]
    for name in names[: names.index(stage) + 1]:
        try:
            read_stages(chain, stage, name)
        except DataError:
            continue
        if float(chain.production_t.sel(stage=name).sum()) > 0:
            between = tuple(one for one in STAGES[STAGES.index(name) : STAGES.index(stage) + 1])
            return between, read_stages(chain, stage, name)[1]
    raise DataError(
        f"chain {chain.material} {chain.year}, stage {stage}",
        "nobody's production is known in full there or before.",
        expected="production at the traded stage or one before it",
        fix="estimate contents that no source gives: --unknown-content estimate",
    )


def _between(column: int, sources: Sequence[str], targets: Sequence[str], mass_t: Floats) -> list[TracedFlow]:
    return [
        TracedFlow(column, sources[i], targets[j], float(mass_t[i, j])) for i, j in np.argwhere(mass_t > 0)
    ]
