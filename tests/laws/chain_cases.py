"""Random chains for the laws of coupled stages."""

from itertools import pairwise

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from monazite.provenance import Lineage
from monazite.simulation import Market
from monazite.simulation.chain_market import LinkPlan, build_chain
from monazite.simulation.run import LOOP_LIMIT

NAMES = ("AAA", "BBB", "CCC", "DDD")
STAGES = ("extraction", "processing", "manufacturing")


def random_market(draw, stage, size, least=0.0):
    """A market of one stage; `least` is made in every country."""
    flow = st.one_of(st.just(0.0), st.floats(1.0, 1e3))
    trade = np.array(draw(st.lists(flow, min_size=size**2, max_size=size**2))).reshape(size, size)
    np.fill_diagonal(trade, 0.0)
    production = np.maximum(np.array(draw(st.lists(flow, min_size=size, max_size=size))), least)
    trade[0, 1], production[0] = max(trade[0, 1], 1.0), max(production[0], 1.0)
    residual = np.maximum(trade.sum(axis=1) - trade.sum(axis=0) - production, 0.0)
    market = Market(
        material="testium",
        production_stage=stage,
        trade_stage=stage,
        years=(2019,),
        weight="contained",
        countries=NAMES[:size],
        trade=trade,
        production=production,
        capacity=production * draw(st.floats(1.0, 1.5)) + residual,
        content_share=np.full(size, 0.5),
        lineage=Lineage(release="test", release_sha256="0" * 64),
    )
    assume(market.loop_share <= LOOP_LIMIT)
    return market


@st.composite
def chains(draw, serial=False):
    """Two or three stages in a row, or an ore that yields two products, with or without a market of its own."""
    size = draw(st.integers(2, 4))
    ratio = draw(st.one_of(st.none(), st.floats(0.1, 10.0)))
    if serial or draw(st.booleans()):
        stages = STAGES[: draw(st.integers(2, 3))]
        markets = {stage: random_market(draw, stage, size) for stage in stages}
        plans = [
            LinkPlan(upstream=one, downstream=(two,), input_per_output=ratio) for one, two in pairwise(stages)
        ]
        return build_chain(markets, plans)
    has_ore = draw(st.booleans())
    markets = {"extraction": random_market(draw, "extraction", size)} if has_ore else {}
    markets |= {name: random_market(draw, "processing", size) for name in ("dear", "cheap")}
    plan = LinkPlan(
        upstream="extraction" if has_ore else None,
        downstream=("dear", "cheap"),
        input_per_output=ratio if has_ore else None,
        value_usd_per_t=(draw(st.floats(1.0, 1e3)), draw(st.floats(1.0, 1e3))),
    )
    return build_chain(markets, [plan])


def rename(policy, stage):
    """Give a policy, and the one that a trigger holds, another stage."""
    changes = {"stage": stage}
    if hasattr(policy, "policy"):
        changes["policy"] = policy.policy.model_copy(update={"stage": stage})
    return policy.model_copy(update=changes)


def watch(draw, policy, found):
    """Let a trigger watch any market of a chain; one that waits for a policy needs it there, and no circle."""
    if getattr(policy, "kind", "") != "trigger":
        return policy
    fitting = [
        name
        for name, own in found.items()
        if not policy.after or [other.name for other in own].count(policy.after) == 1
    ]
    return policy.model_copy(update={"market": draw(st.sampled_from([None, *fitting]))})
