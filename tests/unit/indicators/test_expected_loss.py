"""Expected loss over one-country cut-offs: the formulas, and the records on the embedded release."""

import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from monazite.errors import DataError
from monazite.indicators import governance_risk
from monazite.indicators.expected_loss import (
    CUTOFFS_PER_RISK,
    cutoff_loss,
    cutoff_probability,
    expected_loss,
    relief_share,
)
from monazite.indicators.expected_loss_records import LossOptions, measure_expected_loss
from monazite.indicators.exposed_value import read_exposed_value
from monazite.supply_chain import build_governance_estimate


def array(values, labels=("CHN", "AUS", "BRA")):
    return xr.DataArray(
        np.array(values, dtype=float), dims="exporter", coords={"exporter": list(labels[: len(values)])}
    )


def measure(snapshot, material, stage, region, year=2024, **options):
    records, lineage = measure_expected_loss(
        snapshot, materials=[material], stages=[stage], regions=[region], years=[year],
        options=LossOptions(**options),
    )  # fmt: skip
    sums = {r["quantity"]: r for r in records if r.get("quantity") != "cut_off"}
    return [r for r in records if r.get("quantity") == "cut_off"], sums, lineage


# the formulas


def test_a_cut_off_takes_the_suppliers_share_less_what_others_can_make():
    # 80 of 100 come from CHN, a quarter of which others replace: 60; AUS is replaced whole
    loss = cutoff_loss(array([80, 10]), 10.0, array([0.25, 1.0]))
    assert loss.values.tolist() == [0.6, 0.0]
    assert cutoff_loss(array([80, 10]), 10.0).values.tolist() == [0.8, 0.1]
    assert np.isnan(cutoff_loss(array([0, 0]), 0.0).values).all()


def test_relief_is_what_the_others_could_make_over_what_the_country_exports():
    # CHN exports 100, the others have 25 spare; AUS exports 20, the others 305; BRA exports nothing
    relief = relief_share(array([100, 20, 0]), array([300, 20, 5]))
    assert relief.values[:2].tolist() == [0.25, 1.0]
    assert np.isnan(relief.values[2])


def test_the_chance_grows_with_the_risk_and_is_missing_without_a_score():
    probability = cutoff_probability(array([0.0, 1.0, np.nan]))
    assert probability.values[:2].tolist() == [0, CUTOFFS_PER_RISK]
    assert np.isnan(probability.values[2])


def test_the_sum_takes_one_cut_off_at_a_time_and_is_missing_where_a_chance_is():
    assert float(expected_loss(array([0.1, 0.2]), array([0.5, 0.25]))) == pytest.approx(0.05 + 0.05)
    assert np.isnan(float(expected_loss(array([np.nan, 0.2]), array([0.5, 0.25]))))
    assert float(expected_loss(array([np.nan, 0.2]), array([0.0, 0.25]))) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cutoff_probability(array([1.2])), "governance_risk"),
        (lambda: cutoff_probability(array([0.5]), 2.0), "at_worst"),
        (lambda: cutoff_loss(array([-1, 1]), 0.0), "1 negative"),
        (lambda: cutoff_loss(array([1, 1]), 0.0, array([1.5, 0])), "relief_share"),
        (lambda: expected_loss(array([1.5]), array([0.1])), "probability"),
        (lambda: relief_share(array([1, 2]), array([1, 2], ("CHN", "IND"))), "IND"),
    ],
)
def test_values_outside_their_range_are_refused_by_name(call, words):
    with pytest.raises(DataError, match=words):
        call()


AMOUNTS = arrays(float, 4, elements=st.floats(0, 1e6))
SHARES = arrays(float, 4, elements=st.floats(0, 1))


@pytest.mark.slow
@given(AMOUNTS, st.floats(0, 1e6), SHARES, SHARES)
def test_losses_lie_between_zero_and_the_share_bought_and_more_relief_never_costs(bought, made, relief, more):
    labels = ("AAA", "BBB", "CCC", "DDD")
    m = array(bought, labels)
    if not float(m.sum()) + made > 0:
        return
    full = cutoff_loss(m, made)
    net = cutoff_loss(m, made, array(np.minimum(relief, more), labels))
    less = cutoff_loss(m, made, array(np.maximum(relief, more), labels))
    assert bool((net >= 0).all()) and bool((net <= full + 1e-12).all()) and bool((less <= net + 1e-12).all())
    assert float(full.sum()) <= 1 + 1e-12


# the assumption, from the release


def test_the_chance_at_the_worst_score_is_that_of_the_bans_on_record(snapshot):
    # countries with 1 % of the world's production of any material; bans that began in 2018-2024, whatever they covered
    shares = snapshot.query(
        "SELECT year, country, production_t / sum(production_t) OVER (PARTITION BY year, material, stage) AS part "
        "FROM production WHERE year BETWEEN 2018 AND 2024"
    )
    bans = snapshot.query(
        "SELECT DISTINCT country, TRY_CAST(left(effective, 4) AS INTEGER) AS year FROM restriction_events "
        "WHERE instrument IN ('ban', 'export_suspension') AND effective != ''"
    )
    banned = set(zip(map(str, bans["country"]), map(int, bans["year"]), strict=True))
    exposed, begun, seen = 0.0, 0, 0
    for year in range(2018, 2025):
        at = (shares["year"] == year) & (shares["part"] > 0.01)
        risk = governance_risk(build_governance_estimate(snapshot, year))
        for code in sorted({str(country) for country in shares["country"][at]} & set(risk["country"].values)):
            exposed += float(risk.sel(country=code))
            begun += (code, year) in banned
            seen += 1
    assert (begun, seen) == (9, 732)
    assert round(exposed) == 406
    assert begun / exposed == pytest.approx(CUTOFFS_PER_RISK, abs=5e-4)


# the records


def test_without_capacity_on_record_the_loss_is_a_range_and_says_so(snapshot):
    suppliers, sums, lineage = measure(snapshot, "natural_graphite", "extraction", "USA")
    china = next(r for r in suppliers if r["exporter"] == "CHN")
    assert (china["value"], china["low"], china["high"]) == (None, 0, pytest.approx(china["cut_share"]))
    assert china["reason"].startswith("spare capacity is not in the release")
    assert sum(r["cut_share"] for r in suppliers) <= 1
    # the sum, by hand
    expected = sum(r["probability"] * r["cut_share"] for r in suppliers)
    assert sums["expected_cut"]["value"] == pytest.approx(expected)
    assert sums["expected_loss"]["value"] is None
    assert sums["expected_loss"]["high"] == pytest.approx(expected)
    assert sums["expected_loss"]["scenarios"] == len(suppliers)
    assert sums["value_added_exposed"]["reason"] == "the release has no end uses of natural_graphite in USA."
    assert set(lineage.source_ids) >= {"baci", "wgi"}


def test_with_capacity_on_record_others_stand_in(snapshot):
    # smelters of aluminium outside Canada could make more than all that Canada sells
    suppliers, sums, lineage = measure(snapshot, "aluminium", "processing", "USA")
    canada = next(r for r in suppliers if r["exporter"] == "CAN")
    assert canada["cut_share"] > 0.5
    assert (canada["value"], canada["low"], canada["high"]) == (0, 0, 0)
    assert canada["capacity"] == "capacity of 2024, primary aluminium"
    assert sums["expected_loss"]["value"] == 0 < sums["expected_cut"]["value"]
    assert "usgs" in lineage.source_ids


def test_exposed_value_added_is_the_expected_loss_times_that_of_the_using_sectors(snapshot):
    _, sums, _ = measure(snapshot, "titanium", "extraction", "EU27")
    value, sources = read_exposed_value(snapshot, "titanium", "EU27")
    exposed = sums["value_added_exposed"]
    assert exposed["high"] == pytest.approx(value * sums["expected_loss"]["high"])
    assert "eu_crm_2023" in sources and "eu_crm_2023" in exposed["source_ids"]
    assert sums["expected_loss_t"]["unit"] == "t/a" and sums["expected_loss_usd"]["unit"] == "USD/a"


def test_uses_that_do_not_sum_to_one_are_named_with_their_sum(snapshot):
    # the Commission's uses of manganese sum to 0.97 in the release
    with pytest.raises(DataError, match="do not sum to one") as caught:
        read_exposed_value(snapshot, "manganese", "EU27")
    assert caught.value.which == ("sum = 0.970",)


def test_stated_chances_come_before_those_from_governance(snapshot):
    plain, _, _ = measure(snapshot, "fluorspar", "extraction", "USA")
    stated, sums, _ = measure(
        snapshot, "fluorspar", "extraction", "USA", probabilities={"MEX": 0.5}, at_worst=0.0
    )
    mexico = next(r for r in stated if r["exporter"] == "MEX")
    assert (mexico["probability"], mexico["probability_basis"]) == (0.5, "stated")
    assert {r["probability"] for r in stated if r["exporter"] != "MEX"} == {0}
    assert sums["expected_cut"]["value"] == pytest.approx(0.5 * mexico["cut_share"])
    assert {r["probability_basis"] for r in plain} == {"governance"}


def test_a_partner_without_a_score_has_a_range_of_chances(snapshot):
    # Guyana sells bauxite to the Union and has no estimate in the release
    suppliers, sums, _ = measure(snapshot, "aluminium", "extraction", "EU27")
    guyana = next(r for r in suppliers if r["exporter"] == "GUY")
    assert guyana["probability_basis"] == "no score"
    assert sums["expected_cut"]["value"] is None
    width = sums["expected_cut"]["high"] - sums["expected_cut"]["low"]
    assert width == pytest.approx(CUTOFFS_PER_RISK * guyana["cut_share"], rel=0.05)


@pytest.mark.parametrize(
    ("material", "stage", "region", "year", "words"),
    [
        ("gallium", "processing", "USA", 2024, "no trade|nobody published"),
        ("copper", "extraction", "USA", 2022, "the content of the traded product is not known"),
        ("fluorspar", "extraction", "world", 2024, "the world imports from nobody"),
        ("fluorspar", "extraction", "USA", 1980, "neither production nor trade"),
        ("fluorspar", "processing", "USA", 2024, "no production of this material at this stage"),
    ],
)
def test_what_cannot_be_told_says_why(snapshot, material, stage, region, year, words):
    with pytest.raises(DataError, match=words):
        measure(snapshot, material, stage, region, year)


def test_records_of_several_places_go_into_json_with_their_reasons(snapshot):
    records, _ = measure_expected_loss(
        snapshot,
        materials=["fluorspar", "copper"],
        stages=["extraction"],
        regions=["USA", "JPN"],
        years=[2022],
    )
    json.dumps(records, allow_nan=False)
    for record in records:
        assert ("reason" in record) >= (record["value"] is None)
    assert {
        r["material"] for r in records if r["value"] is None and r["high"] is None and "quantity" not in r
    } == {"copper"}


def test_contents_are_estimated_only_when_asked_and_marked(snapshot):
    suppliers, sums, _ = measure(snapshot, "copper", "extraction", "EU27", 2022, unknown_content="estimate")
    assert {r["quality"] for r in suppliers} == {"imputed"}
    assert "hs92:260300" in suppliers[0]["weight"]
    assert 0 < sums["expected_cut"]["value"] < CUTOFFS_PER_RISK
