"""Sensitivity: indices that are known exactly, and those of a scenario."""

from dataclasses import replace

import numpy as np
import pytest

from monazite.errors import DataError, ScenarioError, UsageError
from monazite.reports.run_page import build_run_page
from monazite.reports.sensitivity import (
    build_sensitivity_grid,
    build_sensitivity_section,
    sensitivity_records,
)
from monazite.scenarios import read_scenario, run_scenario
from monazite.scenarios.outlook import list_places
from monazite.scenarios.sensitivity import Question, choose_base, measure_sensitivity
from monazite.scenarios.sensitivity_indices import Index, Sensitivity, find_varying_share
from monazite.scenarios.sobol_indices import draw_saltelli, find_indices
from monazite.simulation import Computing

RUNS = 300
"""25 parameters, 4 fields of the licence and 4 new suppliers are uncertain: 8 base points of 35 runs at least."""

BLOCK = 25 * 12
"""The oracle takes 25 draws a block, of 12 months here. [months]"""


@pytest.fixture(scope="module")
def result(snapshot):
    return run_months(snapshot, 12)


def run_months(snapshot, months):
    """Run the market of gallium alone; the licences bind from the eighth month."""
    scenario = read_scenario("gallium-germanium-2023")
    changes = {"markets": scenario.markets[:1], "observations": None, "months": months}
    return run_scenario(scenario.model_copy(update={**changes, "draws": 2}), snapshot)


def test_the_indices_of_the_ishigami_function_are_the_analytic_ones():
    # y = sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 on [-pi, pi]^3; Ishigami and Homma, ISUMA '90, 1990.
    # V1 = (1 + 0.1 pi^4 / 5)^2 / 2 = 4.3459, V2 = 49 / 8 = 6.125, V13 = 0.01 pi^8 (1/18 - 1/50) = 3.3737,
    # V = 13.8446: first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437.
    units = draw_saltelli(["x1", "x2", "x3"], 2048, seed=1).by_name
    x1, x2, x3 = (np.pi * (2 * units[name] - 1) for name in ("x1", "x2", "x3"))
    y = np.sin(x1) + 7 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)
    found = {index.name: index for index in find_indices(["x1", "x2", "x3"], y, seed=1)}
    first, total = {"x1": 0.3139, "x2": 0.4424, "x3": 0.0}, {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437}
    for name, index in found.items():
        assert index.first == pytest.approx(first[name], abs=0.02)
        assert index.total == pytest.approx(total[name], abs=0.02)
        assert abs(index.first - first[name]) < 2 * index.first_half < 0.2
        assert abs(index.total - total[name]) < 2 * index.total_half < 0.2
    assert list(found) == ["x1", "x2", "x3"]  # the largest total order first


def test_what_does_not_vary_has_no_indices():
    assert find_indices(["a", "b"], np.full(32, 5.0), seed=0) == ()


def test_a_design_swaps_one_name_at_a_time():
    units = draw_saltelli(["a", "b"], 8, seed=0).by_name
    points = np.column_stack([units["a"], units["b"]]).reshape(8, 4, 2)
    one, with_a, with_b, other = points.transpose(1, 0, 2)
    assert np.array_equal(with_a, np.column_stack([other[:, 0], one[:, 1]]))
    assert np.array_equal(with_b, np.column_stack([one[:, 0], other[:, 1]]))


def test_a_scenario_names_every_assumption_of_its_policies_and_priors(result):
    (found,) = measure_sensitivity(result, Question("export_t", runs=RUNS))
    names = {index.name for index in found.indices}
    assert {"stock_cover_months", "Licence.CHN.delay_months"} <= names
    assert found.base == 8 and found.runs == 8 * (len(names) + 2)
    assert found.indices[0].total == max(index.total for index in found.indices)
    records = sensitivity_records(result, [found])
    assert len(records) == 2 * len(names)
    assert records[0]["parameter"] == found.indices[0].name
    assert {record["order"] for record in records} == {"first", "total"}
    told = [record for record in records if record["value"] is not None]
    assert all(record["low"] <= record["value"] <= record["high"] for record in told)
    assert all("reason" in record for record in records if record["value"] is None)


def hold_indices(result, *indices, varying_share=1.0):
    """Make the answer of a sensitivity with given indices."""
    return Sensitivity(
        market=result.markets[0], quantity="shortfall_t", unit="t", region="world", runs=3072, base=64, mean=1.0,
        deviation=1.0, indices=indices, varying_share=varying_share,
    )  # fmt: skip


def test_an_index_that_the_runs_cannot_tell_has_no_value_but_a_reason(result):
    # 8.24 with a half-width of 159.14: -150.90 to 167.38, as the bootstrap gives for an output of a few large values.
    wild, sure = (
        Index("stock_cover_months", 0.2, 0.1, 8.24, 159.14),
        Index("planning_months", 0.1, 0.1, 0.3, 0.2),
    )
    found = hold_indices(result, wild, sure)
    records = {(r["parameter"], r["order"]): r for r in sensitivity_records(result, [found])}
    bad = records["stock_cover_months", "total"]
    assert (bad["value"], bad["low"]) == (None, None)
    assert bad["reason"] == "too few runs: its interval is -150.90 to 167.38"
    assert records["stock_cover_months", "first"]["value"] == 0.2
    assert records["planning_months", "total"]["value"] == 0.3
    grid = build_sensitivity_grid(found)
    assert grid.rows[0] == ("stock cover months", "cannot tell", "0.20 [0.10 to 0.30]")
    assert "too few runs to say which assumption matters most" in grid.note
    section = build_sensitivity_section(found)
    assert len(section.chart.table.rows) == 1
    assert any("Cannot tell for stock cover months." in text for text in section.text)


def test_an_outcome_that_hardly_varies_tells_nothing(result):
    found = hold_indices(result, Index("planning_months", 0.1, 0.1, 0.9, 0.1), varying_share=0.05)
    assert {r["value"] for r in sensitivity_records(result, [found])} == {None}
    assert "the quantity differs in 5 % of the runs alone" in build_sensitivity_grid(found).note
    assert "cannot tell" in build_sensitivity_section(found).chart.table.title
    assert find_varying_share(np.zeros(8)) == 0.0


def test_threads_do_not_change_an_index(result):
    one = measure_sensitivity(result, Question("price_ratio", "JPN", RUNS))
    two = measure_sensitivity(
        result, Question("price_ratio", "JPN", RUNS), how=Computing(workers=2, pool="threads")
    )
    assert one[0].indices == two[0].indices


def test_a_sensitivity_that_was_interrupted_goes_on_where_it_stopped(result, tmp_path):
    question, told = Question("price_ratio", "JPN", RUNS), []

    def stop(done, total):
        if done > BLOCK:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_sensitivity(result, question, how=Computing(folder=tmp_path), on_progress=stop)
    again = Computing(folder=tmp_path, resume=True)
    found = measure_sensitivity(result, question, how=again, on_progress=lambda done, _: told.append(done))
    assert told[0] == BLOCK  # the one block that was done
    assert found[0].indices == measure_sensitivity(result, question)[0].indices
    with pytest.raises(DataError, match="holds the blocks of another run"):
        measure_sensitivity(result, Question("stock_t", "JPN", RUNS), how=again)


def test_the_report_shows_the_assumptions_that_matter(result, snapshot):
    found = measure_sensitivity(result, Question("arrived_t", "JPN", RUNS))
    page = build_run_page(result, [], snapshot, found)
    section = next(part for part in page.sections if part.heading == "Which assumption matters for gallium")
    assert section.chart is not None and "the total arrived of gallium, Japan" in section.chart.table.title
    grid = build_sensitivity_grid(found[0])
    assert len(grid.rows) == len(build_sensitivity_section(found[0]).chart.table.rows) <= 12


def test_a_quantity_that_does_not_vary_is_said(snapshot):
    result = run_months(snapshot, 6)
    # Nobody runs short before the licences bind.
    (found,) = measure_sensitivity(result, Question("shortfall_t", "world", RUNS))
    (record,) = sensitivity_records(result, [found])
    assert record["value"] is None and record["reason"] == "the quantity is the same in every run"
    assert build_sensitivity_grid(found).note.endswith("the quantity is the same in every run")
    assert build_sensitivity_section(found).chart is not None


@pytest.mark.slow
def test_the_use_served_in_the_watched_countries_is_asked_of_by_default(result):
    (found,) = measure_sensitivity(result, Question(runs=RUNS))
    assert found.quantity == "consumption_t" and found.varying_share > 0.5
    # The scenario watches no importer: all outside China.
    assert found.region == list_places(result, result.markets[0])[0].label
    watched = result.scenario.watch.model_copy(update={"importers": ("JPN", "KOR")})
    changed = replace(result, scenario=result.scenario.model_copy(update={"watch": watched}))
    (found,) = measure_sensitivity(changed, Question(runs=RUNS))
    assert found.region == "Japan, South Korea"


def test_what_cannot_be_asked_is_said(result):
    with pytest.raises(UsageError, match=r"'shortfal' is no quantity(.|\n)*did you mean shortfall_t"):
        measure_sensitivity(result, Question("shortfal"))
    with pytest.raises(DataError, match="--sensitivity-region"):
        measure_sensitivity(result, Question(region="Atlantis"))
    with pytest.raises(ScenarioError, match="100 runs are too few for 22 uncertain assumptions"):
        choose_base(100, 22)
    with pytest.raises(ScenarioError, match="nothing is uncertain"):
        choose_base(100, 0)
