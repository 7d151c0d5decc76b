"""The parts around a chain: its questions, the years side by side, governance, records."""

import json
import math

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.supply_chain import align_chains, build_governance_estimate, build_supply_chain
from monazite.supply_chain.records import QUANTITIES, chain_records
from monazite.tracing import trace_origins


def build(data, year, material="natural_graphite", **options):
    return build_supply_chain(data, material=material, year=year, **options)


def test_a_stage_with_figures_passes(small_release):
    build(small_release, 2020).check_stage("extraction", "production_t")


def test_an_unknown_stage_offers_the_nearest(small_release):
    with pytest.raises(DataError) as caught:
        build(small_release, 2020).check_stage("proccessing", "trade_t")
    assert str(caught.value) == (
        "chain natural_graphite 2020: has no stage 'proccessing'.\n"
        "  expected: one of extraction, processing, manufacturing, use, collection, recycling\n"
        "  fix:      did you mean processing?"
    )


def test_a_stage_without_figures_says_which_have_some(small_release):
    with pytest.raises(DataError) as caught:
        build(small_release, 2020).check_stage("processing", "production_t")
    assert str(caught.value) == (
        "chain natural_graphite 2020, stage processing: the release has no production_t here.\n"
        "  expected: a stage with production_t: extraction\n"
        "  fix:      another stage (trace: --by) or year; what there is: monazite data show production "
        "--where \"material = 'natural_graphite'\""
    )


def test_a_year_without_such_figures_at_all_says_so(small_release):
    with pytest.raises(DataError, match=r"expected: a stage with production_t: none in this year"):
        build(small_release, 2021).check_stage("extraction", "production_t")


def test_a_stage_without_sources_has_none(small_release):
    assert build(small_release, 2020).sources("use", "production", "trade") == ()


# 2019 knows CHN and JPN, 2020 seven countries; 2021 has no production.


def test_aligned_chains_have_the_same_sorted_countries_and_keep_their_order(small_release):
    chains = align_chains([build(small_release, year) for year in (2020, 2019)])
    assert [chain.year for chain in chains] == [2020, 2019]
    assert {chain.countries for chain in chains} == {("AUT", "CHN", "DEU", "FRA", "JPN", "KOR", "MOZ")}


def test_an_added_country_is_zero_where_a_stage_is_known_and_missing_where_it_is_not(small_release):
    _, early = align_chains([build(small_release, year) for year in (2020, 2019)])
    trade = early.trade_t.sel(exporter="MOZ", importer="CHN")
    assert float(trade.sel(stage="extraction")) == 0
    assert math.isnan(float(trade.sel(stage="processing")))
    assert np.isnan(early.production_t.sel(country="MOZ")).all()
    assert early.quality.sel(stage="extraction", country="MOZ") == "missing"


def test_aligning_changes_no_figure(small_release):
    chains = [build(small_release, year) for year in (2019, 2020)]
    for before, after in zip(chains, align_chains(chains), strict=True):
        places = {dim: list(before.countries) for dim in ("country", "exporter", "importer")}
        assert after.arrays.sel(places).equals(before.arrays)
        assert after.lineage == before.lineage
        assert float(after.trade_t.sum()) == float(before.trade_t.sum())


def test_a_country_without_a_governance_estimate_is_absent(small_release):
    estimate = build_governance_estimate(small_release, 2020)
    assert dict(zip(estimate["country"].values.tolist(), estimate.values.tolist(), strict=True)) == {
        "CHN": -0.5,
        "MOZ": -1.25,
    }
    assert build_governance_estimate(small_release, 2021)["country"].values.tolist() == ["CHN"]


def test_a_year_without_governance_estimates_says_which_were_published(snapshot):
    with pytest.raises(DataError) as caught:
        build_governance_estimate(snapshot, 2001)
    assert str(caught.value) == (
        "governance 2001: was not published.\n  expected: 1996, 1998, 2000, 2002 to 2024"
    )


def test_governance_of_real_countries_is_on_the_scale_of_the_world_bank(snapshot):
    estimate = build_governance_estimate(snapshot, 2022)
    assert len(estimate) > 190
    assert -3.5 < float(estimate.min()) < float(estimate.max()) < 2.5
    assert float(estimate.sel(country="NAM")) > float(
        estimate.sel(country="COD")
    )  # "NA" is Namibia, not missing


def test_records_hold_every_quantity_of_every_country_with_a_flow(small_release):
    records = chain_records(build(small_release, 2020))
    assert len(records) == 7 * len(QUANTITIES)
    china = {r["quantity"]: r for r in records if r["country"] == "CHN"}
    values = {name: record["value"] for name, record in china.items()}
    assert values == pytest.approx(
        {"production_t": 150, "import_t": 10, "export_t": 200, "apparent_consumption_t": 0, "residual_t": 40}
    )
    assert china["production_t"]["quality"] == "reported"
    assert china["import_t"]["quality"] is None
    assert {record["stage"] for record in records} == {"extraction"}


def test_a_record_that_nobody_knows_is_none_and_json_takes_it(small_release):
    # nobody reports production of 2021: what each country used cannot be told either
    records = chain_records(build(small_release, 2021))
    china = {r["quantity"]: r["value"] for r in records if r["country"] == "CHN"}
    assert china == {
        "production_t": None,
        "import_t": 0.0,
        "export_t": 300.0,
        "apparent_consumption_t": None,
        "residual_t": None,
    }
    json.dumps(records, allow_nan=False)


def test_a_country_whose_trade_is_partly_unknown_keeps_its_place(small_release):
    # FIN ships 50 t of oxides and 30 t of 810510, whose content nobody knows
    records = chain_records(build(small_release, 2020, "cobalt"))
    finland = {
        r["quantity"]: r["value"] for r in records if (r["country"], r["stage"]) == ("FIN", "processing")
    }
    assert finland["export_t"] is None


def test_production_of_a_part_of_the_material_does_not_balance_with_trade_in_all_of_it(snapshot):
    # IEA 2024: 80,805 t of four magnet elements; trade under three codes covers all rare earths
    chain = build_supply_chain(snapshot, material="rare_earths", year=2024)
    assert float(chain.production_t.sel(stage="processing").sum()) == pytest.approx(80805, abs=1)
    assert bool(chain.residual_t.sel(stage="processing").isnull().all())
    with pytest.raises(DataError, match="covers only a part of the material"):
        trace_origins(chain, "JPN", stage="processing")
    assert float(
        trace_origins(chain, "JPN", stage="processing", production_stage="extraction").sum()
    ) == pytest.approx(1)
