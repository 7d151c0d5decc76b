"""From stage to stage: what a country makes at one stage has the mix of what it had of the stage before."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from monazite.errors import DataError
from monazite.supply_chain import SupplyChain
from monazite.tracing.mixing import Floats, Mix, mix_sources
from monazite.vocabulary import STAGES


@dataclass(frozen=True)
class StageFlows:
    """
    What is known of one stage.

    Attributes
    ----------
    stage : str
        Name of the stage.
    production_t : array, dims (country), or None
        Production. [t contained material] None: no source gives it for the whole material.
    trade_t : array, dims (exporter, importer), or None
        Trade in its product. [t contained material] None: not known.
    yield_share : float
        Output per input of the stage. [0 < yield <= 1] 1 where losses are not known.
    """

    stage: str
    production_t: Floats | None
    trade_t: Floats | None
    yield_share: float = 1.0


def mix_stages(stages: Sequence[StageFlows]) -> Mix:
    r"""
    Follow origins through stages: production at the first, trade at each, up to the last.

    Parameters
    ----------
    stages : sequence of StageFlows
        In the order of the chain; the first has production. All arrays finite and >= 0, over the same countries.

    Returns
    -------
    Mix
        Supply of the last stage by country of production at the first; last column unknown.

    Notes
    -----
    What a country does not sell on at stage s is there for its plants at stage s + 1. If they need more than that,
    the rest of their input is of unknown origin; if nobody knows what they make, all of it goes through them. If it
    sells more at stage s + 1 than it is known to make and buy, such as cobalt hydroxide that no list of refineries
    has, what its plants leave is taken first, and only what is then missing is unknown.

    .. math:: Q_{s+1,c} = f_c M_{s,c} + (1 - f_c) e_{unknown}, \quad f_c = \min(1, C_{s,c} y_{s+1} / p_{s+1,c})

    where M is the mix and C what is not sold on at stage s, p production and y yield of the next.

    References
    ----------
    .. [1] Source: this project, docs/explanation/tracing.md, section "Through the stages".

    Examples
    --------
    AAA mines 6 and refines 10, and nothing is traded before: 6 tenths are its own, 4 are unknown.

    >>> none = np.zeros((1, 1))
    >>> mine = StageFlows("extraction", np.array([6.0]), none)
    >>> mix_stages([mine, StageFlows("processing", np.array([10.0]), none)]).shares.tolist()
    [[0.6, 0.4]]
    """
    first = stages[0]
    if first.production_t is None:
        raise DataError(f"stage {first.stage}", "has no production to trace to.")
    count = len(first.production_t)
    source = np.hstack([np.diag(first.production_t), np.zeros((count, 1))])
    mix = mix_sources(source, _lanes(first, count))
    for flows in stages[1:]:
        mix = mix_sources(feed_tonnes(mix, flows), _lanes(flows, count))
    return mix


def read_stages(
    chain: SupplyChain, stage: str, production_stage: str
) -> tuple[tuple[StageFlows, ...], tuple[str, ...]]:
    """
    Read the stages of a chain from one of production to one of trade, and say what has to be assumed.

    Returns
    -------
    stages, assumptions
        Sentences; none where every stage between is known.

    Raises
    ------
    DataError
        If trade at `stage` or production at `production_stage` is missing, negative or covers only a part of the
        material; every label is named.
    """
    chain.check_stage(stage, "trade_t")
    chain.check_stage(production_stage, "production_t")
    if STAGES.index(production_stage) > STAGES.index(stage):
        raise DataError(
            f"chain {chain.material} {chain.year}",
            f"{production_stage} comes after {stage}: nothing traded there was made later.",
            expected="the traded stage or one before it",
        )
    _check_ends(chain, stage, production_stage)
    names = [str(name) for name in chain.arrays["stage"].values]
    between = names[names.index(production_stage) : names.index(stage) + 1]
    stages = tuple(read_stage(chain, name) for name in between)
    return stages, tuple(describe_assumptions(stages))


def _lanes(flows: StageFlows, count: int) -> Floats:
    return np.zeros((count, count)) if flows.trade_t is None else flows.trade_t


def feed_tonnes(mix: Mix, flows: StageFlows) -> Floats:
    """
    Give what enters trade at a stage, by origin: what its plants make of what is left of the stage before.

    Parameters
    ----------
    mix : Mix
        Of the stage before.
    flows : StageFlows
        Of the stage.

    Returns
    -------
    array, dims (country, origin), the last origin is unknown
        [t contained material a year]

    Examples
    --------
    AAA has 6 t of its own ore and makes 10 t of metal: 4 t are of unknown origin.

    >>> ore = Mix(np.array([[1.0, 0.0]]), np.array([6.0]), np.array([6.0]))
    >>> feed_tonnes(ore, StageFlows("processing", np.array([10.0]), np.zeros((1, 1)))).tolist()
    [[6.0, 4.0]]
    """
    shares = np.nan_to_num(mix.shares)
    output = mix.consumption_t * flows.yield_share
    if flows.production_t is None:
        return output[:, None] * shares
    made = flows.production_t
    known = np.minimum(output, made)
    more = np.minimum(output - known, _unexplained(flows, made))
    source = (known + more)[:, None] * shares
    source[:, -1] += made - known
    return source


def _unexplained(flows: StageFlows, made: Floats) -> Floats:
    """Exports beyond production and imports; trade of a country with itself does not count."""
    if flows.trade_t is None:
        return np.zeros_like(made)
    lanes = flows.trade_t - np.diag(np.diag(flows.trade_t))
    return np.asarray(np.maximum(lanes.sum(axis=1) - made - lanes.sum(axis=0), 0.0))


def read_stage(chain: SupplyChain, name: str) -> StageFlows:
    """Read what is known of one stage; None for production or trade that is not known in every country."""
    arrays = chain.arrays.sel(stage=name)
    made = np.asarray(arrays["production_t"].transpose("country").values, dtype=float)
    traded = np.asarray(arrays["trade_t"].transpose("exporter", "importer").values, dtype=float)
    share = float(arrays["yield_share"]) if "yield_share" in arrays else np.nan
    return StageFlows(
        name,
        None if _is_part(chain, name) or not _is_usable(made) else made,
        traded if _is_usable(traded) else None,
        share if np.isfinite(share) else 1.0,
    )


def _is_usable(values: Floats) -> bool:
    return bool(np.isfinite(values).all() and (values >= 0).all())


def _is_part(chain: SupplyChain, stage: str) -> bool:
    return "is_part" in chain.arrays and bool(chain.arrays["is_part"].sel(stage=stage))


def describe_assumptions(stages: Sequence[StageFlows]) -> list[str]:
    """Say what tracing through stages assumes where trade or production of one is not known."""
    sentences = []
    for before, here in pairwise(stages):
        if before.trade_t is None:
            sentences.append(
                f"trade at {before.stage} is not known: what a country does not make itself there is unknown"
            )
        if here.production_t is None:
            sentences.append(
                f"no source gives {here.stage} of the whole material: what a country has of {before.stage} and does "
                "not sell counts as made there"
            )
        elif here.trade_t is not None and (_unexplained(here, here.production_t) > 0).any():
            sentences.append(
                f"exports that recorded {here.stage} does not explain count as made of a country's own supply of "
                f"{before.stage}, as far as that goes"
            )
        if here.yield_share == 1.0:
            sentences.append(f"losses at {here.stage} are not counted")
    return sentences


def _check_ends(chain: SupplyChain, stage: str, production_stage: str) -> None:
    """Raise for production that covers a part of the material, and for every missing or negative label."""
    if _is_part(chain, production_stage):
        raise DataError(
            f"chain {chain.material} {chain.year}, stage {production_stage}",
            "its production covers only a part of the material; trade covers all of it.",
            which=[str(chain.arrays["form"].sel(stage=production_stage).item())],
            expected="production of the whole material",
            fix="trace to another stage: production_stage='extraction', or --by extraction on the command line",
        )
    production = chain.production_t.sel(stage=production_stage).transpose("country")
    trade = chain.trade_t.sel(stage=stage).transpose("exporter", "importer")
    problems = []
    for array in (production, trade):
        values = np.asarray(array.values, dtype=float)
        for index in np.argwhere(~np.isfinite(values) | (values < 0)):
            labels = [str(array[dim].values[i]) for dim, i in zip(array.dims, index, strict=True)]
            problems.append(f"{array.name} ({', '.join(labels)}) = {values[tuple(index)]:g}")
    if problems:
        raise DataError(
            f"chain {chain.material} {chain.year}, stages {production_stage} and {stage}",
            f"flows that cannot be traced: {len(problems)}.",
            which=problems,
            expected="production and trade known in every country, tonnes >= 0",
            fix="estimate contents that no source gives: --unknown-content estimate; or count gross weight for them: "
            "--unknown-content gross",
        )
