"""The Act's own reading of a chain, and which reading answers."""

import doctest
import importlib
import math
from dataclasses import replace

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.indicators import Interval
from monazite.indicators.crma import quantile_error
from monazite.scenarios.crma import choose, official
from monazite.scenarios.crma.benchmarks import TESTS, Known, _each, _together
from monazite.scenarios.crma.capacity import sum_known
from monazite.scenarios.crma.chains import LazyChains
from monazite.scenarios.crma.choose import Asked, is_element
from monazite.scenarios.crma.entries import Benchmark, Entry
from monazite.scenarios.crma.gaps import read_gaps
from monazite.scenarios.crma.members import explain_members, note_members
from monazite.scenarios.crma.partners import range_consumption, share_consumption
from monazite.scenarios.crma.projects import PHASES, Project, check_phases
from monazite.scenarios.crma.readings import Reading, sort_answer
from monazite.scenarios.crma.records import _project_record, _record
from monazite.supply_chain import SupplyChain
from monazite.tracing.ways import Answer
from monazite.vocabulary import products

MODULES = (
    "benchmarks", "capacity", "choose", "entries", "gaps", "official", "owners", "partners", "projects", "readings",
    "records", "members",
)  # fmt: skip


@pytest.fixture
def union_chain(tiny_chain):
    """
    Members AAA and BBB, outside CCC and DDD; processing [t a year].

    AAA makes 10, buys 30 from CCC, sells 20 to BBB and 5 to DDD; BBB buys 40 from DDD, which has 20 of that from CCC.
    """
    arrays = tiny_chain.arrays.copy(deep=True)
    trade = np.zeros((4, 4))
    trade[2, 0], trade[0, 1], trade[0, 3], trade[3, 1], trade[2, 3] = 30.0, 20.0, 5.0, 40.0, 20.0
    arrays["trade_t"].values[1] = trade
    arrays["production_t"].values[1] = [10.0, 0.0, 50.0, 20.0]
    return SupplyChain("testium", 2020, arrays, tiny_chain.lineage)


def reading(**shares):
    return Reading(
        shares=shares, unnamed_high=0.0, domestic=0.1, unknown=0.0, total_t=1000.0, vintage="2024", basis="chain",
        quality="estimated", source_ids=("baci",),
    )  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name):
    assert doctest.testmod(importlib.import_module(f"monazite.scenarios.crma.{name}")).failed == 0


def test_consumption_counts_own_output_and_not_what_is_sold_on(union_chain):
    # AAA has 40, a quarter its own, and keeps 40 - 25 = 15; BBB has 20 of that mix and 40 from DDD and keeps 60.
    # Of 75: own (15 + 20) / 4 = 8.75, CCC 3 * 8.75 = 26.25, DDD 40. What DDD bought from CCC stays DDD's.
    found = share_consumption(union_chain, ("AAA", "BBB"), "processing")
    assert found.used_t == pytest.approx(75.0)
    shares = dict(zip(found.countries, found.shares, strict=True))
    assert shares["AAA"] + shares["BBB"] == pytest.approx(8.75 / 75)
    assert shares["CCC"] == pytest.approx(26.25 / 75)
    assert shares["DDD"] == pytest.approx(40 / 75)
    assert sum(found.shares) == pytest.approx(1.0)


def test_own_goods_that_come_back_count_as_the_partners(union_chain):
    # DDD sells 40 to BBB, whatever it bought from AAA before
    found = share_consumption(union_chain, ("BBB",), "processing")
    assert dict(zip(found.countries, found.shares, strict=True))["AAA"] == pytest.approx(20 / 60)


def test_exports_that_nothing_explains_widen_the_bounds(union_chain):
    arrays = union_chain.arrays.copy(deep=True)
    arrays["trade_t"].values[1][0, 3] = (
        30.0  # AAA sells 50 and has 40: 10 of the 50 are of unknown origin, it keeps none
    )
    chain = SupplyChain("testium", 2020, arrays, union_chain.lineage)
    found = share_consumption(chain, ("AAA", "BBB"), "processing")
    # BBB keeps 60: 40 from DDD, of 20 from AAA a fifth unknown, 4 of 60
    shares, unnamed, domestic, unknown = sort_answer(found, ("AAA", "BBB"))
    assert unknown == pytest.approx(4 / 60)
    assert unnamed == pytest.approx(4 / 60)
    assert domestic == pytest.approx(20 * 10 / 50 / 60)
    assert shares["DDD"] == pytest.approx((40 / 60, 40 / 60, 44 / 60))


def test_draws_give_the_bounds(union_chain):
    arrays = union_chain.arrays.copy(deep=True)
    arrays["trade_t"].values[1][3, 1] = 60.0
    other = SupplyChain("testium", 2020, arrays, union_chain.lineage)
    found = share_consumption(union_chain, ("AAA", "BBB"), "processing", [union_chain, other])
    at = found.countries.index("DDD")
    # 40 of 75 and 60 of 95 at the quantiles 0.05 and 0.95 of two: 0.5333 + 0.05 * 0.0982 and 0.6316 - 0.05 * 0.0982
    assert found.low[at] == pytest.approx(0.5333 + 0.05 * (0.6316 - 0.5333), abs=1e-3)
    assert found.high[at] == pytest.approx(0.6316 - 0.05 * (0.6316 - 0.5333), abs=1e-3)


@pytest.mark.parametrize(
    ("stage", "members", "words"),
    [("processing", ("CCC",), "consumes nothing"), ("extraction", ("AAA",), "no source gives production")],
)
def test_a_chain_that_cannot_tell_says_why(union_chain, stage, members, words):
    arrays = union_chain.arrays.copy(deep=True)
    arrays["trade_t"].values[1][2, 3] = 20.0
    arrays["production_t"].values[0][3] = np.nan
    chain = SupplyChain("testium", 2020, arrays, union_chain.lineage)
    with pytest.raises(DataError, match=words):
        share_consumption(chain, members, stage)


def test_production_of_a_part_is_no_denominator(union_chain):
    arrays = union_chain.arrays.assign(is_part=("stage", [False, True]))
    with pytest.raises(DataError, match="covers only a part"):
        share_consumption(SupplyChain("testium", 2020, arrays, union_chain.lineage), ("AAA",), "processing")


def test_the_rest_of_the_world_is_not_one_third_country():
    shares = np.array([0.1, 0.4, 0.3, 0.2])
    high = np.array([0.3, 0.6, 0.5, 0.2])
    answer = Answer(("DEU", "CHN", "ROW", "unknown"), shares, shares, high, 100.0, ())
    named, unnamed, domestic, unknown = sort_answer(answer, ("DEU",))
    assert list(named) == ["CHN"]
    assert named["CHN"] == (0.4, 0.4, 0.6)
    assert unnamed == pytest.approx(0.5)  # ROW may be one country, and so may all that is unknown
    assert (domestic, unknown) == pytest.approx((0.1, 0.5))


def test_an_answer_without_bounds_is_refused():
    nothing = np.array([np.nan, np.nan])
    answer = Answer(("CHN", "unknown"), np.array([1.0, 0.0]), nothing, nothing, 1.0, ())
    with pytest.raises(DataError, match="no draw leaves the region a supply"):
        sort_answer(answer, ("DEU",))


def test_a_reading_is_judged_on_every_third_country():
    found = reading(CHN=Interval(0.5, 0.4, 0.6), MYS=Interval(0.3, 0.0, 0.7))
    assert found.leader() == ("CHN", Interval(0.5, 0.4, 0.6))
    assert found.verdict(0.65) == "cannot tell"
    assert found.rivals(0.65) == ["MYS"]


def test_no_verdict_within_the_error_of_the_draws():
    # 65.2 to 91.3 % around 80.6 %: sigma (80.6 - 65.2) / 1.645 = 9.4 points, two errors of 40 draws 0.668 of it: 6.3
    near = reading(CHN=Interval(0.806, 0.652, 0.913))
    assert near.verdict(0.65) == "not met"
    drawn = replace(near, draws=40)
    assert drawn.error(drawn.shares["CHN"]) == pytest.approx(0.0625, abs=1e-3)
    assert (drawn.verdict(0.65), drawn.is_near(0.65)) == ("cannot tell", True)
    clear = replace(reading(CHN=Interval(0.85, 0.80, 0.90)), draws=40)
    assert (clear.verdict(0.65), clear.is_near(0.65)) == ("not met", False)


def test_points_without_intervals_have_no_verdict(asked):
    found = replace(reading(CHN=Interval(0.9, 0.9, 0.9)), draws=0)
    assert found.verdict(0.65) == "cannot tell"
    with pytest.raises(DataError, match="give no interval"):
        quantile_error(Interval(0.9, 0.9, 0.9), 0)


def test_newer_doubt_stays_beside_an_older_share(asked, monkeypatch):
    newer = replace(reading(CHN=Interval(math.nan, 0.0, 0.66)), draws=40)
    older = replace(reading(CHN=Interval(0.31, 0.3, 0.32)), vintage="2016-2020", basis="EU sourcing")
    monkeypatch.setattr(choose, "_list_ways", lambda *names: [lambda: newer, lambda: older])
    entry = Entry("tungsten", "processing", "q", "tungsten", "", "entry", True, "powders", "")
    chosen, _ = choose.choose_reading(asked, entry, "imports")
    record = _record({}, chosen, "", 0.65)
    assert (record["verdict"], record["vintage"], record["high"]) == ("cannot tell", "2024", 0.66)
    assert (record["older_value"], record["older_vintage"]) == (0.31, "2016-2020")


def test_new_output_at_home_is_part_of_the_domestic_share():
    plant = Project(
        "P", "Plant", "DEU", "tin", "processing", Interval(500.0, 500.0, 500.0), 2028, "building", "", "x"
    )
    entry = Entry("tin", "processing", "q", "tin", "", "entry", True, "metal", "")
    [record] = _project_record({}, entry, reading(CHN=Interval(0.9, 0.9, 0.9)), [plant], 0.65)
    # 500 of 1,000 t are new; of the other half 10 % were home-made: 55 %
    assert record["domestic_share"] == pytest.approx(0.55)
    assert record["value"] == pytest.approx(0.45)


def test_a_chain_is_opened_when_it_is_asked_for_and_then_once():
    opened, told = [], []

    def read(name):
        opened.append(name)
        if name == "tin":
            raise DataError("tin", "has no trade.")
        return f"chain of {name}"

    chains = LazyChains(["zinc", "tin"], read, lambda done, total: told.append((done, total)))
    assert [chains[name] for name in ("zinc", "zinc", "tin", "tin")] == ["chain of zinc"] * 2 + [
        "has no trade"
    ] * 2
    assert opened == list(chains) == ["zinc", "tin"]
    assert (told, len(chains)) == ([(1, 2), (2, 2)], 2)
    with pytest.raises(KeyError):
        chains["lead"]


def test_an_indication_has_no_verdict():
    found = reading(CHN=Interval(1.0, 1.0, 1.0))
    assert found.verdict(0.65) == "not met"
    assert replace(found, is_indication=True).verdict(0.65) == "cannot tell"


def test_without_a_named_third_country_only_bounds_are_told():
    name, share = replace(reading(), unnamed_high=0.02).leader()
    assert name == ""
    assert math.isnan(share.mid)
    assert share[1:] == (0.0, 0.02)


def test_wrong_phases_are_named_with_the_right_ones():
    with pytest.raises(DataError) as caught:
        check_phases(["buildng", "all"])
    assert "which:    buildng" in str(caught.value)
    assert ", ".join(PHASES) in str(caught.value)


def test_sums_over_materials_add_tonnes():
    assert sum_known({"a": (1.0, 10.0), "b": (2.0, 30.0)}) == (3.0, 40.0)
    assert TESTS == ("extraction", "processing", "recycling")


def test_platinum_is_traded_by_name_and_neodymium_is_not():
    assert not is_element("platinum")
    assert is_element("neodymium")


def test_consumption_has_a_range_over_draws(union_chain):
    arrays = union_chain.arrays.copy(deep=True)
    arrays["trade_t"].values[1][3, 1] = 60.0
    other = SupplyChain("testium", 2020, arrays, union_chain.lineage)
    # 75 and 95 t: quantiles 0.05 and 0.95 of two are 76 and 94
    assert range_consumption(["AAA", "BBB"], "processing", [union_chain, other]) == pytest.approx(
        (76.0, 94.0)
    )


def known(**changes):
    facts = {
        "capacity_t": 50.0, "consumption_t": 100.0, "share": 0.5, "vintage": "2024", "source_ids": ("usgs",),
        "notes": (), "reason": "", "most_t": 110.0,
    }  # fmt: skip
    return Known(**(facts | changes))


@pytest.fixture
def asked():
    return Asked(data=None, region="EU27", members=("DEU",), year=2030, last=2024, chains={})


def test_the_law_adds_materials_and_needs_every_one(asked):
    limit = Benchmark("Art. 5(1)(a)(ii)", 0.40)
    nan = math.nan
    two = {"tin": known(), "zinc": known(capacity_t=0.0, share=0.0)}
    whole = _together(asked, "processing", limit, two, ())
    # 50 / 200 is 25 %, at the most consumed 50 / 220; 40 % of 200 t are 80 t, so 30 t are missing
    assert (whole["value"], whole["low"], whole["move_t"]) == pytest.approx((0.25, 50 / 220, 30.0))
    assert whole["verdict"] == "cannot tell"
    met = _together(asked, "processing", limit, {"tin": known()}, ())
    assert (met["verdict"], met["missing"]) == ("met", [])
    part = _together(
        asked, "processing", limit, {"tin": known(), "lead": known(consumption_t=nan, most_t=nan)}, ()
    )
    assert (part["verdict"], part["missing"]) == ("cannot tell", ["lead"])
    assert (part["entries"], part["entries_known"], part["move_t"]) == (2, 1, None)
    assert part["reason"].startswith("known of 1 of 2 entries, by tonnes 100 % tin, not of lead")
    # 50 t are 40 % of 125 t, of which tin takes 100
    assert "reached as long as the others together consume at most 25 t a year" in part["note"]


def test_a_verdict_without_tonnes_to_move_says_why():
    # 85 % of nobody knows how many tonnes; 40 % needs no tonnes: nothing is to be moved
    above = replace(reading(CHN=Interval(0.85, 0.8, 0.9)), total_t=math.nan)
    record = _record({}, above, "", 0.65)
    assert (record["verdict"], record["move_t"]) == ("not met", None)
    assert record["reason"] == (
        "the tonnes to move are not known: the tonnes that the share divides are not known"
    )
    bounds = replace(above, shares={"CHN": Interval(math.nan, 0.8, 0.9)}, total_t=100.0)
    assert _record({}, bounds, "", 0.65)["reason"] == (
        "the tonnes to move are not known: only bounds of the share are known"
    )
    below = replace(above, shares={"CHN": Interval(0.4, 0.3, 0.5)})
    assert (_record({}, below, "", 0.65)["move_t"], _record({}, below, "", 0.65).get("reason")) == (0.0, None)


def labelled(material, verdict, value, vintage, **more):
    labels = {"test": "single_source", "scenario": "today", "entry": "magnets", "stage": "processing", "by": "imports",
              "role": "part", "country": "CHN", "note": ""}  # fmt: skip
    told = {"material": material, "verdict": verdict, "value": value, "vintage": vintage}
    return labels | told | more


def test_a_group_says_where_its_members_have_another_verdict():
    group = labelled("rare_earths", "met", 0.56, "2024", role="group")
    others = [
        labelled("neodymium", "not met", 0.85, "2016-2020"), labelled("cerium", "not met", 0.85, "2016-2020"),
        labelled("terbium", "not met", 1.0, "2016-2020"), labelled("gadolinium", "cannot tell", 0.6, "2016-2020"),
        labelled("samarium", "met", 0.4, "2016-2020"), labelled("tin", "not met", 0.9, "2024", entry="tin"),
    ]  # fmt: skip
    noted = note_members([group, *others])
    assert noted[0]["note"] == (
        "rare_earths together met (CHN 56 %, 2024), but not met: neodymium, cerium (CHN 85 %, 2016-2020); not met: "
        "terbium (CHN 100 %, 2016-2020); both can hold: the group is what customs record together, its members have "
        "shares of their own from other years; the entry names seven elements, and the group holds others as well"
    )
    assert noted[1:] == others
    assert explain_members([group | {"verdict": "cannot tell"}, *others]) == {}
    assert explain_members([group, others[4]]) == {}


def test_shares_of_the_world_give_no_verdict_and_say_when_they_would():
    found = replace(reading(CHN=Interval(0.84, 0.835, 0.845)), is_indication=True, basis="world supply")
    assert "no verdict unless one country has all" in _record({}, found, "", 0.65)["reason"]


def test_a_project_makes_a_capacity_known(asked):
    limit, nan = Benchmark("Art. 5(1)(a)(ii)", 0.40), math.nan
    plant = Project(
        "P", "Plant", "DEU", "lithium", "processing", Interval(30.0, 20.0, 40.0), 2028, "building", "", "x"
    )
    two = {"tin": known(), "lithium": known(capacity_t=nan, share=nan)}
    assert _together(asked, "processing", limit, two, ())["missing"] == ["lithium"]
    later = _together(asked, "processing", limit, two, (plant,))
    assert later["missing"] == []
    assert later["value"] == pytest.approx((50 + 20) / 200)


def test_consumption_of_ore_alone_gives_no_verdict(asked):
    limit = Benchmark("Art. 5(1)(a)(i)", 0.10)
    ore = known(is_ore=True, reason="ore alone")
    record = _each(asked, "tin", "extraction", limit, ore, projects=())
    assert (record["value"], record["low"], record["verdict"]) == (0.5, None, "cannot tell")
    assert record["reason"] == "ore alone"
    assert _together(asked, "extraction", limit, {"tin": ore}, ())["missing"] == ["tin"]


def test_a_consumption_that_can_grow_gives_no_verdict(asked):
    limit, nan = Benchmark("Art. 5(1)(a)(ii)", 0.40), math.nan
    part = known(most_t=nan, gap="our data lack 760120", reason="our data lack 760120")
    for test in ("processing", "recycling"):
        record = _each(asked, "aluminium", test, limit, part, projects=())
        assert (record["value"], record["low"], record["verdict"]) == (0.5, None, "cannot tell")
        assert "760120" in record["reason"]
    together = _together(asked, "processing", limit, {"aluminium": part}, ())
    assert (together["verdict"], together["incomplete"]) == ("cannot tell", ["aluminium"])
    found = reading(CHN=Interval(0.1, 0.1, 0.1))
    assert (found.verdict(0.65), replace(found, gap="760120").verdict(0.65)) == ("met", "cannot tell")


def test_goods_of_a_gap_are_none_that_we_have():
    for (material, stage), lacking in read_gaps().items():
        ours = {row.product_code.removeprefix("hs92:") for row in products(material, stage)}
        assert not {text.partition(" ")[0] for text in lacking} & ours, (material, stage)


def test_a_project_adds_to_the_least_capacity(asked):
    plant = Project(
        "P", "Plant", "DEU", "tin", "processing", Interval(30.0, 20.0, 40.0), 2028, "building", "", "x"
    )
    record = _each(
        asked, "tin", "processing", Benchmark("a", 0.40), known(capacity_t=30.0, share=0.3), projects=(plant,)
    )
    # 30 + 20 of 100 t, at the most consumed of 110: 45 % at least
    assert (record["value"], record["scenario"], record["verdict"]) == (0.5, "projects", "met")
    assert record["low"] == pytest.approx(50 / 110)


def test_printed_digits_bound_a_share():
    # 100 % stands for 99.5 % on; 93.5 % for 93.45 to 93.55 %
    assert official._round(Interval(1.0, 1.0, 1.0)) == pytest.approx((1.0, 0.995, 1.0))
    assert official._round(Interval(0.935, 0.935, 0.935)) == pytest.approx((0.935, 0.9345, 0.9355))
    assert official._round(Interval(0.5, 0.4, 0.6)) == (0.5, 0.4, 0.6)
