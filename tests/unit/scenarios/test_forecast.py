"""Forecasts as first made: dated, beside the scenario, never overwritten."""

import dataclasses

import pytest

from monazite.errors import DataError
from monazite.reports.forecast_section import forecast_records, list_first_forecast, tell_drift, tell_forecast
from monazite.scenarios import read_scenario, run_scenario, scenario_sha256
from monazite.scenarios.forecast import (
    build_forecast,
    list_changes,
    read_forecast,
    read_forecast_notes,
    write_forecast,
)


def test_the_forecast_is_of_the_scenario_as_it_ships():
    first = read_forecast("japan-2026")
    assert first.scenario_sha256 == scenario_sha256(read_scenario("japan-2026")), (
        "the scenario was changed after its forecast had been made"
    )
    assert first.made_on == "2026-11-25"
    assert {s.material for s in first.series} == {"rare_earths", "natural_graphite"}
    assert all(s.months[0] == "2026-01" and len(s.months) == 24 for s in first.series)
    for series in first.series:
        ordered = zip(
            series.low, series.low_quartile, series.median, series.high_quartile, series.high, strict=True
        )
        assert all(list(band) == sorted(band) for band in ordered)


def test_a_forecast_is_never_overwritten(tmp_path):
    first = read_forecast("japan-2026")
    path = write_forecast(first, tmp_path)
    assert path.name == "japan-2026.forecast.json"
    with pytest.raises(DataError, match="as it was first made"):
        write_forecast(first, tmp_path)


def test_the_change_of_tonnes_counts_over_the_largest_month():
    first = read_forecast("japan-2026")
    lane = next(s for s in first.series if s.quantity == "arrival_t")
    # Every month 10 % of the largest higher: the change is 0.1.
    more = dataclasses.replace(lane, median=tuple(value + 0.1 * max(lane.median) for value in lane.median))
    changed = dataclasses.replace(first, series=(more,))
    assert list_changes(first, first) == {"shortage_share": 0, "price_ratio": 0, "arrival_t": 0}
    assert list_changes(first, changed) == pytest.approx({"arrival_t": 0.1})


def test_the_drift_is_told_by_quantity_each_in_its_unit():
    # 0.02 of the use is 2 percentage points, 0.004 is below the 0.005 up to which two runs say the same.
    assert tell_drift({"shortage_share": 0.02, "price_ratio": 0.43, "arrival_t": 0.004}) == (
        "The run above, with the present code and data, differs: a median of the share of use not served moved by up "
        "to 2 percentage points; a median of the price moved by up to 0.43 times the baseline price; no median of "
        "arrivals moved."
    )
    assert "says the same" in tell_drift({"shortage_share": 0.0, "price_ratio": 0.004})


def test_the_fault_of_the_forecast_stands_beside_it_with_both_dates():
    first, notes = read_forecast("japan-2026"), read_forecast_notes("japan-2026")
    arrivals = {s.material: s for s in first.series if s.quantity == "arrival_t"}
    for material, usual, march in (
        ("rare_earths", "938 t", "1,252 t"),
        ("natural_graphite", "2,083 t", "2,792 t"),
    ):
        medians = dict(zip(arrivals[material].months, arrivals[material].median, strict=True))
        # January arrivals were shipped before the measure: the usual flow. A third more in March: 1.33 and 1.34.
        assert 1.33 < medians["2026-03"] / medians["2026-01"] < 1.345
        assert usual == f"{medians['2026-01']:,.0f} t" and march == f"{medians['2026-03']:,.0f} t"
        assert usual in notes.caveats[0] and march in notes.caveats[0]
    assert (first.made_on, notes.known_until) == ("2026-11-25", "2025-12")
    assert read_forecast_notes("graphite-2023") is None


@pytest.mark.slow
def test_the_page_shows_the_forecast_and_says_of_which_run_the_pictures_are(snapshot):
    result = run_scenario(read_scenario("japan-2026"), snapshot, draws=3)
    first = read_forecast("japan-2026")
    sections = list_first_forecast(result)
    assert "2026-11-25" in sections[0].heading
    assert "2025-12" in sections[0].chart.table.title
    fault, made, drift = tell_forecast(first, result)
    assert fault.startswith("Known fault: in March 2026")
    assert "what was known in December 2025" in made
    assert "other draws" in drift
    records = forecast_records(result)
    assert records[0]["quantity"] == "note" and records[0]["reason"] == fault
    assert {record["known_until"] for record in records} == {"2025-12"}
    now = build_forecast(result, "2030-01-01")
    assert [(s.material, s.quantity) for s in now.series] == [(s.material, s.quantity) for s in first.series]


@pytest.mark.slow
def test_the_retaliation_follows_the_dutch_notice(snapshot):
    result = run_scenario(read_scenario("chip-limits-gallium-2023"), snapshot, draws=6)
    run = result.markets[0].run
    export = run.arrays["export_t"].sel(country="CHN").median("draw")
    # Notice in June, licences in August after two months: July is the last free month, August next to nothing.
    assert float(export.sel(month="2023-08")) < 0.2 * float(export.sel(month="2023-05"))
    assert float(run.arrays["bought_t"].sel(country="ROW").sum()) > 0
    assert float(run.arrays["bought_t"].sel(country="ROW", month="2023-08").sum()) == 0
    # The plants, 65 t a year of which half to all is reached, take the place of what China sold.
    plants = run.arrays["production_t"].sel(country="ROW").median("draw")
    assert float(plants.sel(month="2024-12")) == 0
    assert float(plants.sel(month="2028-12")) > 65 / 12 / 2
    assert float(export.sel(month="2028-12")) < 0.8 * float(export.sel(month="2023-05"))
