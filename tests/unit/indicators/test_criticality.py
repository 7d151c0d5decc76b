"""Terms of the European supply risk, the choice of the stage, and what stays open."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.criticality.assess import (
    Assessed,
    choose_stages,
    compose_record,
    judge,
    measure_supply_risk,
    rank_records,
)
from monazite.indicators.criticality.mixes import NO_PRODUCTION, Mixes
from monazite.indicators.criticality.parts import assess_mixes, tell_terms
from monazite.indicators.criticality.tables import Factor, check_tables, read_scores

CODES = {"country": ["COD", "FIN"]}


def array(*values):
    return xr.DataArray(list(values), dims="country", coords=CODES)


SCORE, PARAMETER = array(9.0, 3.0), array(1.1, 0.8)
MIXES = Mixes(
    "cobalt", "extraction", array(90.0, 10.0), array(30.0, 10.0), xr.DataArray(10.0), xr.DataArray(30.0),
    xr.DataArray(0.0), years=(2020,), source_ids=("baci", "usgs"),
)  # fmt: skip
# world: 0.9^2 * 9 * 1.1 + 0.1^2 * 3 * 0.8 = 8.019 + 0.024 = 8.043
# Union: 0.75^2 * 9.9 + 0.25^2 * 2.4 = 5.56875 + 0.15 = 5.71875; reliance 30 / 40 = 0.75
# (8.043 * 0.375 + 5.71875 * 0.625) * 0.8 * 0.9 = (3.016125 + 3.57421875) * 0.72 = 4.7450475
BOTH = 4.7450475


def assess(mixes=MIXES, score=SCORE, **factors):
    return assess_mixes(mixes, score, PARAMETER, **({"recycled": 0.2, "substitution": 0.9} | factors))


def assessed(value, *, stage="extraction", material="cobalt", lacks=(), drawn=None, substitution=0.9):
    mixes = replace(MIXES, stage=stage, material=material, lacks=lacks)
    terms = assess(mixes)
    terms = replace(terms, risk_low=xr.DataArray(value), risk_high=xr.DataArray(value))
    return Assessed(
        material, (2020,), stage, "", mixes, terms, Factor(0.2, 2023, "european_commission"),
        Factor(substitution, 2017, "european_commission"), 0.8, drawn=drawn,
    )  # fmt: skip


def test_both_mixes_are_weighted_by_import_reliance():
    terms = assess()
    assert terms.mix == "both"
    assert float(terms.risk) == pytest.approx(BOTH)
    told = tell_terms(terms)
    assert told == pytest.approx(
        {"hhi_wgi_t_global": 8.043, "hhi_wgi_t_eu": 5.71875, "import_reliance": 0.75}
    )


def test_without_a_mix_of_the_union_the_world_alone_counts():
    terms = assess(replace(MIXES, union_t=None, import_t=xr.DataArray(np.nan)))
    assert terms.mix == "global"
    assert float(terms.risk) == pytest.approx(8.043 * 0.72)


def test_without_a_mix_of_the_world_the_union_alone_counts():
    terms = assess(replace(MIXES, world_t=None, production_t=xr.DataArray(np.nan)))
    assert terms.mix == "eu"
    assert float(terms.risk) == pytest.approx(5.71875 * 0.72)


def test_unknown_reliance_leaves_the_world_alone():
    assert assess(replace(MIXES, export_t=xr.DataArray(np.nan))).mix == "global"


def test_a_net_exporter_counts_with_reliance_zero_and_is_told_as_it_is():
    # 30 in, 35 out, 10 made: -5 / 5 = -1; the risk is that of the Union's mix alone
    terms = assess(replace(MIXES, export_t=xr.DataArray(35.0)))
    assert float(terms.reliance) == -1.0
    assert float(terms.risk) == pytest.approx(5.71875 * 0.72)


def test_a_missing_score_counts_from_0_to_10_and_is_named():
    terms = assess(score=array(np.nan, 3.0))
    assert terms.unscored == ("COD",)
    assert not terms.is_told
    # world: 0.024 to 0.81 * 11 + 0.024 = 8.934; Union: 0.15 to 0.5625 * 11 + 0.15 = 6.3375
    assert float(terms.risk_low) == pytest.approx((0.024 * 0.375 + 0.15 * 0.625) * 0.72)
    assert float(terms.risk_high) == pytest.approx((8.934 * 0.375 + 6.3375 * 0.625) * 0.72)


def test_a_small_supplier_without_a_score_leaves_a_figure():
    terms = assess(score=array(9.0, np.nan), mixes=replace(MIXES, union_t=array(39.0, 1.0)))
    # FIN: 0.01 * 8 in the world, 0.000625 * 8 in the Union: less than a tenth after weighting
    assert terms.is_told
    assert terms.unscored == ("FIN",)


def test_the_stage_with_the_higher_risk_is_chosen():
    low, high = assessed(1.0), assessed(2.0, stage="processing")
    assert choose_stages([low, high]) == [high]


def test_a_stage_of_imports_alone_gives_way_to_one_with_production():
    partial = assessed(3.0, stage="processing", lacks=(NO_PRODUCTION,))
    whole = assessed(2.0)
    assert choose_stages([whole, partial]) == [whole]
    assert choose_stages([partial]) == [partial]


def test_a_record_without_an_index_has_an_upper_bound_and_says_so():
    record = compose_record(assessed(2.0, substitution=float("nan")), is_chosen=True)
    assert (record["value"], record["low"], record["high"]) == (2.0, 1.6, 2.0)
    assert (record["left_out"], record["substitution_index"]) == ("substitution", None)


def test_a_record_without_a_recycling_rate_has_no_value_but_a_bound():
    one = replace(assessed(2.0), recycled=Factor(float("nan")))
    record = compose_record(one, is_chosen=True)
    assert (record["value"], record["low"], record["high"]) == (None, None, 2.0)
    assert record["reason"].startswith("cobalt: no end-of-life recycling input rate")
    assert record["threshold"] == "cannot tell"


def test_the_interval_is_5_to_95_percent_of_the_draws():
    one = assessed(2.0, drawn=np.linspace(1.0, 3.0, 101))
    record = compose_record(one, is_chosen=True)
    assert (record["low"], record["high"], record["draws"]) == (pytest.approx(1.1), pytest.approx(2.9), 101)


def test_ranks_are_told_with_how_often_they_hold():
    first = assessed(2.0, drawn=np.array([3.0, 3.0, 1.0, 3.0]))
    second = assessed(1.5, material="nickel", drawn=np.array([2.0, 2.0, 2.0, 2.0]))
    ranks = rank_records([first, second])
    assert ranks["cobalt", (2020,), "extraction"]["rank"] == 1
    assert ranks["cobalt", (2020,), "extraction"]["rank_holds"] == 0.75
    assert ranks["nickel", (2020,), "extraction"]["rank_high"] == 2


@pytest.mark.parametrize(
    ("value", "low", "high", "word"),
    [
        (1.0, None, None, "reached"),
        (0.99, None, None, "not reached"),
        (1.2, 0.9, 1.4, "cannot tell"),
        (None, None, 0.9, "not reached"),
        (None, None, 1.1, "cannot tell"),
        (None, 1.1, 1.4, "reached"),
    ],
)
def test_the_threshold_is_judged_over_the_whole_interval(value, low, high, word):
    assert judge(value, low, high) == word


def test_niobium_of_brazil_is_high_and_copper_is_low(snapshot):
    records, lineage = measure_supply_risk(
        snapshot, materials=["niobium", "copper"], stages=["extraction"], years=[2020]
    )
    niobium, copper = records
    assert 4.0 < niobium["value"] < 5.5
    assert copper["value"] < 0.4
    assert (niobium["threshold"], copper["threshold"]) == ("reached", "not reached")
    assert niobium["left_out"] == "substitution"
    assert {"baci", "wgi", "eu_crm_2023"} <= set(lineage.source_ids)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_figures(snapshot):
    asked = {"materials": ["gallium", "germanium"], "stages": ["processing"], "years": [2020], "draws": 8}
    first, _ = measure_supply_risk(snapshot, **asked, seed=3)
    again, _ = measure_supply_risk(snapshot, **asked, seed=3)
    other, _ = measure_supply_risk(snapshot, **asked, seed=4)
    assert first == again
    assert first[0]["low"] != other[0]["low"]
    assert first[0]["low"] <= first[0]["high"]


def test_a_year_before_data_is_refused_by_name(snapshot):
    with pytest.raises(DataError, match="copper 1990: release"):
        measure_supply_risk(snapshot, materials=["copper"], stages=["extraction"], years=[1990])


def test_a_year_without_governance_is_refused_by_name(snapshot):
    with pytest.raises(DataError, match="copper 1997: governance was not published"):
        measure_supply_risk(snapshot, materials=["copper"], stages=["extraction"], years=[1997])


def test_scores_of_several_years_are_their_mean(snapshot):
    both, _ = read_scores(snapshot, [2019, 2020])
    single = [float(read_scores(snapshot, [year])[0].sel(country="COD")) for year in (2019, 2020)]
    assert float(both.sel(country="COD")) == pytest.approx(sum(single) / 2)


def test_a_release_without_the_tables_is_refused_with_their_names(snapshot):
    class Bare:
        class manifest:
            release = "old"
            tables = ()

    with pytest.raises(DataError, match="trade_parameters"):
        check_tables(Bare())
    check_tables(snapshot)


@pytest.mark.slow
def test_rare_earth_elements_have_the_shares_of_the_study_in_its_years(snapshot):
    asked = {"materials": ["dysprosium"], "stages": ["processing"]}
    (record,), _ = measure_supply_risk(snapshot, **asked, years=[2020], draws=20)
    # China makes all of it: 1 squared times its score, about 6, times 0.99
    assert record["value"] == pytest.approx(5.9, abs=0.2)
    assert (record["figures"], record["supply_mix"]) == ("published shares", "global")
    assert "the mixes are the shares of the Commission's study" in record["note"]
    with pytest.raises(DataError, match="dysprosium 2024"):
        measure_supply_risk(snapshot, **asked, years=[2024])


def test_small_suppliers_that_are_not_printed_are_not_named(snapshot):
    (record,), _ = measure_supply_risk(snapshot, materials=["neodymium"], stages=["extraction"], years=[2020])
    assert "small supplier" not in record["note"]
    assert record["trade_parameter"] == "published for 2016-2020"


def test_the_seed_of_draws_is_in_the_lineage(snapshot):
    asked = {"materials": ["gallium"], "stages": ["processing"], "years": [2020]}
    assert measure_supply_risk(snapshot, **asked)[1].seed is None
    assert measure_supply_risk(snapshot, **asked, draws=2, seed=5)[1].seed == 5
