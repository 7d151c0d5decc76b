"""Triggers of one market of a chain that watch another one, in months that can be counted."""

import numpy as np
import pytest

from monazite.errors import ScenarioError
from monazite.provenance import Lineage
from monazite.simulation import Ban, Market, Trigger, simulate
from monazite.simulation.chain_market import LinkPlan, build_chain
from monazite.simulation.chain_run import simulate_chain
from monazite.simulation.trigger_order import find_trigger_faults

QUIET = {
    "price_elasticity": 0,
    "thrifting_elasticity": 0,
    "backstop_share": 0,
    "front_loading_share": 0,
    "leakage_share": 0,
    "stock_cover_months": (1.5, 3.0),
}
"""Nobody saves, plans ahead or leaks; stocks last one and a half to three months, so that draws differ in time."""
METAL = {"stage": "processing", "effective": "2020-01"}
ANSWER = {"kind": "ban", "origin": ["BBB"]}
STOP = Ban(name="stop", origin=["AAA"], stage="extraction", announced="2020-01", effective="2020-04")


def build(stage, trade, production):
    """Build a market of three countries that makes no more than it does."""
    return Market(
        material="testium",
        production_stage=stage,
        trade_stage=stage,
        years=(2019,),
        weight="contained",
        countries=("AAA", "BBB", "CCC"),
        trade=np.array(trade, float),
        production=np.array(production, float),
        capacity=np.array(production, float),
        content_share=np.ones(3),
        lineage=Lineage(release="test", release_sha256="0" * 64),
    )


@pytest.fixture(scope="module")
def chain():
    """AAA mines 60 t and ships them to BBB, which makes 40 t of metal of them and ships 30 to CCC."""
    markets = {
        "ore": build("extraction", [[0, 60, 0], [0, 0, 0], [0, 0, 0]], [60, 0, 0]),
        "metal": build("processing", [[0, 0, 0], [0, 0, 30], [0, 0, 0]], [0, 40, 0]),
    }
    return build_chain(markets, [LinkPlan(upstream="ore", downstream=("metal",))])


def run(chain, ore=(), metal=(), **changes):
    common = {"months": 18, "start": "2020-01", "draws": 4, "seed": 1}
    common["parameters"] = dict.fromkeys(chain.names, QUIET)
    return simulate_chain(chain, {"ore": list(ore), "metal": list(metal)}, **(common | changes))


def fired(result, name):
    """Month in which each trigger of a market fired, the same in every draw."""
    months = result.runs[name].arrays["fired_month"].values
    assert (months == months[0]).all()
    return months[0].tolist()


def test_a_trigger_is_met_by_a_shortage_at_another_stage(chain):
    plain = run(chain, [STOP]).runs["metal"].arrays
    unmet = 1.0 - (plain["consumption_t"] / plain["demand_t"]).sel(country="CCC").values
    # it looks at the end of the month before, in each draw by itself
    first = np.array([np.flatnonzero(row > 0.2)[0] + 1 for row in unmet])
    assert first.min() > 4  # the ban holds from month 3, but stocks of ore and metal last some months
    release = {"kind": "stock_release", "country": "BBB", "release_t_per_month": 5, "opening_stock_t": 50,
               "unit": "gross"}  # fmt: skip
    rule = {
        "stage": "extraction",
        "effective": "2020-01",
        "when": "unmet_share",
        "country": "CCC",
        "above": 0.2,
    }
    helped = run(chain, [STOP, Trigger(**rule, market="metal", delay_months=1, policy=release)])
    assert helped.runs["ore"].arrays["fired_month"].values[:, 0].tolist() == first.tolist()
    # the ore that is released a month later is used in the same month, and metal is made of it
    more = helped.runs["metal"].arrays["production_t"] - plain["production_t"]
    for draw, month in enumerate(first):
        assert (more.sel(country="BBB").values[draw, : month + 1] == 0).all()
        assert more.sel(country="BBB").values[draw, month + 1] > 0


def test_a_trigger_waits_for_a_policy_at_another_stage_and_for_the_answer_to_it_in_one_month(chain):
    # the stop of ore comes in month 3; metal is answered at once, and ore two months after that
    answer = Trigger(**METAL, name="answer", market="ore", after="stop", policy=ANSWER)
    reply = Trigger(stage="extraction", effective="2020-01", market="metal", after="answer", delay_months=2,
                    policy={"kind": "ban", "origin": ["AAA"], "severity": 0.5})  # fmt: skip
    last = Trigger(**METAL, after="answer", delay_months=1, policy=ANSWER)
    result = run(chain, [reply, STOP], [answer, last])
    assert fired(result, "ore") == [3.0]
    assert fired(result, "metal") == [3.0, 3.0]
    exports = result.runs["metal"].arrays["export_t"].sel(country="BBB").values
    assert (exports[:, 2] > 0).all() and (exports[:, 3:] == 0).all()


def test_a_trigger_that_names_its_own_market_is_one_that_names_none(chain):
    rule = {"stage": "extraction", "effective": "2020-01", "after": "stop", "delay_months": 1}
    own, none = (
        run(chain, [STOP, Trigger(**rule, market=market, policy={"kind": "ban", "origin": ["AAA"]})])
        for market in ("ore", None)
    )
    for array, values in none.runs["ore"].arrays.items():
        assert own.runs["ore"].arrays[array].values.tobytes() == values.values.tobytes()


def test_a_chain_whose_triggers_watch_one_another_stops_and_goes_on(chain):
    rule = {"when": "unmet_share", "above": 0.2, "country": "BBB", "market": "ore"}
    metal = [Trigger(**METAL, **rule, policy={"kind": "ban", "origin": ["BBB"], "months": 3})]
    whole = run(chain, [STOP], metal)
    first = run(chain, [STOP], metal, months=9)
    rest = run(chain, [STOP], metal, resume=first.state)
    for name in ("ore", "metal"):
        late = whole.runs[name].arrays["stock_t"].values[:, 9:]
        assert late.tobytes() == rest.runs[name].arrays["stock_t"].values.tobytes()
    found = [result.runs["metal"].arrays["fired_month"].values for result in (whole, rest)]
    assert np.isfinite(found[0]).all() and (found[0] == found[1] + 9).all()


def test_triggers_that_wait_for_one_another_over_two_markets_are_refused(chain):
    ore = Trigger(stage="extraction", effective="2020-01", name="a", market="metal", after="b",
                  policy={"kind": "ban", "origin": ["AAA"]})  # fmt: skip
    metal = Trigger(**METAL, name="b", market="ore", after="a", policy=ANSWER)
    with pytest.raises(ScenarioError) as error:
        run(chain, [ore], [metal])
    assert "policies.0 (trigger): triggers wait for one another: a (ore) -> b (metal) -> a (ore)" in str(
        error.value
    )


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"market": "oar", "after": "stop"}, "market", "no market 'oar'; did you mean ore?"),
        ({"market": "ore", "after": "stopp"}, "after", "no policy is named 'stopp'; did you mean stop?"),
        ({"market": "metal", "after": "stop"}, "after", "no policy is named 'stop'; there are none"),
    ],
)
def test_what_is_not_there_to_be_watched_is_said_with_the_nearest_name(changes, field, told):
    trigger = Trigger(**METAL, **changes, policy=ANSWER)
    faults = find_trigger_faults([trigger], "metal", {"ore": [STOP], "metal": [trigger]})
    assert [(0, field)] == [fault[:2] for fault in faults]
    assert faults[0][2].split(";")[0] == told.split(";")[0]


def test_a_market_by_itself_has_no_other_to_watch(small_market):
    trigger = Trigger(
        stage="extraction",
        effective="2020-01",
        market="ore",
        after="stop",
        policy={"kind": "ban", "origin": ["AAA"]},
    )
    with pytest.raises(ScenarioError, match="'ore': only markets that links couple can watch one another"):
        simulate(small_market, [STOP, trigger], months=3, start="2020-01", draws=1)


def test_a_trigger_whose_mark_no_other_market_passes_changes_nothing(chain):
    release = {"kind": "stock_release", "country": "BBB", "release_t_per_month": 5, "opening_stock_t": 50,
               "unit": "gross"}  # fmt: skip
    waits = Trigger(stage="extraction", effective="2020-01", when="price_ratio", country="CCC", above=1000,
                    market="metal", policy=release)  # fmt: skip
    arrays = run(chain, [waits, STOP]).runs["ore"].arrays
    assert np.isinf(arrays["fired_month"].values).all()
    assert arrays["production_t"].equals(run(chain, [STOP]).runs["ore"].arrays["production_t"])
