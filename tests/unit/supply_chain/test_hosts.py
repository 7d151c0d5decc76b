"""By-products and hosts: ceilings by hand, nothing filled in, and what the release says of each by-product."""

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.supply_chain.host_records import MEAN_NOTE, host_records, potential_records
from monazite.supply_chain.hosts import (
    HostFigures,
    HostRate,
    find_potential,
    host_potential,
    read_host_figures,
    read_rates,
)

RATE = HostRate("alumina", "recoverable", 0.015, 0.015, 0.026, 2016, "a paper", "curated")
MEAN = HostRate("zinc (mined)", "world mean", 0.1, 0.1, 0.1, 2024, "a summary", "usgs")


def column(**tonnes):
    return xr.DataArray(list(tonnes.values()), {"country": list(tonnes)}, dims="country")


def by_country(records):
    return {record["country"]: record for record in records if record["kind"] == "country"}


def test_a_ceiling_is_host_times_rate():
    found = host_potential(column(CHN=85.5e6), column(CHN=974.0), RATE).sel(country="CHN")
    # 85.5 Mt x 0.015 kg/t = 1,282.5 t, x 0.026 = 2,223 t; 974 / 1,282.5 = 0.7595, 974 / 2,223 = 0.4381
    assert [float(found[f"allowed{end}_t"]) for end in ("", "_low", "_high")] == pytest.approx(
        [1282.5, 1282.5, 2223.0]
    )
    assert float(found["recovered_share"]) == pytest.approx(0.7595, abs=1e-4)
    assert float(found["recovered_share_low"]) == pytest.approx(0.4381, abs=1e-4)
    assert float(found["spare_t"]) == pytest.approx(308.5)


def test_what_is_missing_stays_missing_and_a_host_of_zero_has_no_ratio():
    found = host_potential(column(JPN=np.nan, AUS=1e6, UKR=0.0), column(JPN=3.0, AUS=np.nan, UKR=1.0), RATE)
    assert np.isnan(found["allowed_t"].sel(country="JPN")) and np.isnan(found["spare_t"].sel(country="JPN"))
    assert float(found["allowed_t"].sel(country="AUS")) == 15.0
    assert np.isnan(found["recovered_share"].sel(country="AUS"))
    assert np.isnan(found["recovered_share"].sel(country="UKR"))


def test_figures_of_other_countries_or_below_zero_are_refused_all_at_once():
    with pytest.raises(DataError, match="not of the same countries"):
        host_potential(column(CHN=1.0), column(JPN=1.0), RATE)
    with pytest.raises(DataError, match="2 figures are negative") as caught:
        host_potential(column(CHN=-1.0), column(CHN=-2.0), RATE)
    assert list(caught.value.which) == ["host of CHN: -1 t", "by-product of CHN: -2 t"]


def test_the_world_counts_the_rest_that_is_no_country():
    figures = HostFigures("gallium", 2024, RATE, {"CHN": 2e6, "ROW": 1e6}, {"CHN": 9.0, "JPN": 3.0}, ())
    found = find_potential(figures)
    assert found["country"].values.tolist() == ["CHN", "JPN", "WLD"]
    # 3 Mt x 0.015 kg/t = 45 t; 12 t of it made
    assert float(found["allowed_t"].sel(country="WLD")) == 45.0
    assert float(found["recovered_share"].sel(country="WLD")) == pytest.approx(12 / 45)


def test_verdicts_of_a_ceiling_and_of_a_mean():
    tonnes = {"A": 1e6, "B": 1e6, "C": 1e6, "D": 1e6}
    made = {"A": 5.0, "B": 20.0, "C": 30.0, "E": 1.0}
    found = by_country(potential_records(HostFigures("gallium", 2024, RATE, tonnes, made, ())))
    assert {name: record["verdict"] for name, record in found.items()} == {
        "WLD": "could make more", "A": "could make more", "B": "near the ceiling", "C": "above the ceiling",
        "D": "none on record", "E": "cannot tell",
    }  # fmt: skip
    assert found["E"]["reason"] == "no output of alumina of E in 2024 is on record"
    assert (found["D"]["recovered_t"], found["D"]["allowed_t"], found["D"]["spare_t"]) == (None, 15.0, None)
    mean = by_country(
        potential_records(HostFigures("indium", 2024, MEAN, tonnes, {"A": 90.0, "B": 110.0}, ()))
    )
    assert (mean["A"]["verdict"], mean["B"]["verdict"]) == (
        "below the world mean",
        "at or above the world mean",
    )
    # a mean is no ceiling: nobody is said to have anything to spare
    assert {record["spare_t"] for record in mean.values()} == {None}
    assert mean["A"]["note"] == MEAN_NOTE


def test_gallium_of_2024(snapshot):
    records, lineage = host_records(snapshot, materials=["gallium"], years=[2024])
    found = by_country(records)
    # alumina 141.846 Mt, gallium 987 t (World Mining Data)
    assert found["WLD"]["host_t"] == pytest.approx(141.846e6)
    assert found["WLD"]["value"] == pytest.approx(987 / (141.846e6 * 0.015 / 1000))
    assert found["AUS"]["verdict"] == "none on record"
    assert found["AUS"]["allowed_t"] == pytest.approx(17.1e6 * 0.015 / 1000)
    assert records[0]["country"] == "WLD" and records[1]["country"] == "CHN"
    potential = next(record for record in records if record["kind"] == "potential")
    # 987 of at least 2,900 t
    assert potential["high"] == pytest.approx(987 / 2900)
    assert {"usgs", "world_mining_data", "curated"} <= set(lineage.source_ids)


def test_germanium_has_a_potential_but_no_rate_by_country(snapshot):
    records, _ = host_records(snapshot, materials=["germanium"], years=[2024])
    found = by_country(records)
    assert (found["WLD"]["verdict"], found["WLD"]["recovered_t"]) == ("cannot tell", 150.0)
    assert found["WLD"]["reason"].startswith("nobody published germanium per tonne of a host")
    potential = next(record for record in records if record["kind"] == "potential")
    # 150 of at least 1,200 t
    assert (potential["high"], potential["spare_t"]) == (0.125, 1050.0)


@pytest.mark.parametrize(
    "material", ["cobalt", "tellurium", "selenium", "indium", "rhenium", "silver", "bismuth"]
)
def test_other_by_products_have_a_yardstick_and_no_ceiling(snapshot, material):
    rates, _ = read_rates(snapshot, material)
    assert {rate.basis for rate in rates} == {"world mean"}
    for rate in rates:
        figures = read_host_figures(snapshot, material, 2024, rate)
        assert figures.host_t and figures.recovered_t


def test_the_copper_and_nickel_of_a_country_are_added(snapshot):
    rates, _ = read_rates(snapshot, "cobalt")
    figures = read_host_figures(snapshot, "cobalt", 2024, rates[0])
    mined = snapshot.query(
        "SELECT sum(production_t) AS t FROM production WHERE year = 2024 AND stage = 'extraction' "
        "AND material IN ('copper', 'nickel') AND country = 'CHN'"
    )
    assert figures.host_t["CHN"] == pytest.approx(float(mined["t"][0]))


def test_a_material_without_hosts_is_refused_and_the_by_products_named(snapshot):
    with pytest.raises(DataError, match="no host is on record") as caught:
        host_records(snapshot, materials=["lithium"], years=[2024])
    assert "gallium" in str(caught.value)


def test_a_host_that_cannot_be_read_is_refused(snapshot):
    rate = HostRate("copper ore", "world mean", 1.0, 1.0, 1.0, 2024, "a page", "curated")
    with pytest.raises(DataError, match="the host 'copper ore' cannot be read"):
        read_host_figures(snapshot, "cobalt", 2024, rate)


def test_a_year_without_figures_has_no_number(snapshot):
    records, _ = host_records(snapshot, materials=["gallium"], years=[2010])
    assert [(r["value"], r["verdict"]) for r in records if r["kind"] == "country"] == [(None, "cannot tell")]
