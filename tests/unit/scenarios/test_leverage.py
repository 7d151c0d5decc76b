"""Leverage: the loss that a ban causes, less the loss of who bans."""

import numpy as np
import pytest

from monazite.errors import DataError
from monazite.reports.leverage_chart import draw_leverage
from monazite.scenarios.leverage import LeverageOptions, measure_leverage, net_losses
from monazite.simulation import build_market, simulate


@pytest.fixture
def baseline_run(tiny_chain):
    market = build_market([tiny_chain], production_stage="processing", trade_stage="processing")
    return simulate(market, [], months=6, draws=3, lanes=list(market.countries))


def test_without_a_ban_nobody_loses(baseline_run):
    names = baseline_run.market.countries
    found = net_losses(baseline_run, [names[0]], [names[1]], 6)
    for name in ("use_lost", "sales_lost", "cost", "revenue_lost", "leverage", "leverage_t"):
        assert np.allclose(found[name], 0.0, atol=1e-6), name
    assert np.allclose(found["price_ratio"], 1.0)


def test_losses_are_worths_over_the_importers_use(baseline_run):
    # Consumption halved at twice the price: use lost 0.5; cost = 2 x 0.5 + (2 - 1) x M / U.
    run, market = baseline_run, baseline_run.market
    buyer = market.countries[1]
    arrays = run.arrays.copy(deep=True)
    arrays["consumption_t"].loc[{"country": buyer}] = market.use[1] / 2
    arrays["price_ratio"].loc[{"country": buyer}] = 2.0
    changed = type(run)(**{**vars(run), "arrays": arrays})
    found = net_losses(changed, [market.countries[0]], [buyer], 6)
    assert np.allclose(found["use_lost"], 0.5)
    assert np.allclose(found["cost"], 1.0 + market.imports[1] / market.use[1])
    # Its seller earns twice as much on that lane: revenue lost = -T / U.
    assert np.allclose(found["revenue_lost"], -market.trade[0, 1] / market.use[1], atol=1e-6)
    assert np.allclose(found["leverage"], found["cost"] - found["revenue_lost"])


@pytest.mark.slow
def test_who_supplies_more_of_an_importer_can_do_more_to_it(snapshot):
    records, lineage = measure_leverage(
        snapshot, material="natural_graphite", year=2024, exporters=["CHN", "MOZ"], importers=["JPN"],
        options=LeverageOptions(months=(3, 12), draws=8),
    )  # fmt: skip
    value = {(r["exporter"], r["months"]): r["value"] for r in records if r["quantity"] == "leverage"}
    share = {r["exporter"]: r["import_share"] for r in records}
    assert share["CHN"] > share["MOZ"]
    assert value["CHN", 12] > value["MOZ", 12]
    # Stocks carry an importer for some months, in which the exporter already misses its sales.
    assert value["CHN", 3] < value["CHN", 12]
    assert lineage.source_ids


def test_a_pair_without_trade_has_a_reason_and_no_value(snapshot):
    records, _ = measure_leverage(
        snapshot, material="rare_earths", year=2024, exporters=["MMR"], importers=["USA"],
        options=LeverageOptions(months=(3,), draws=2),
    )  # fmt: skip
    assert [record["value"] for record in records] == [None]
    assert records[0]["reason"] == "nothing is traded between them in the baseline"
    assert "No pair" in draw_leverage(records).svg


def test_no_pair_is_said_and_not_an_empty_table(snapshot):
    with pytest.raises(
        DataError, match=r"no exporter and importer make a pair(.|\n)*CHN and CHN share a country"
    ):
        measure_leverage(
            snapshot, material="natural_graphite", year=2024, exporters=["CHN"], importers=["CHN"]
        )
    # Gallium of 2022 is one lane: what China's customs said that it sold to all others.
    with pytest.raises(DataError, match=r"exporters of it: CHN(.|\n)*importers of it, by name: none"):
        measure_leverage(snapshot, material="gallium", year=2022)


def test_a_year_without_figures_is_refused(snapshot):
    with pytest.raises(DataError, match="not 1990 has production and trade of cobalt"):
        measure_leverage(snapshot, material="cobalt", year=1990)


def test_the_heat_map_marks_where_the_exporter_loses_more():
    record = {
        "indicator": "leverage", "material": "cobalt", "year": 2024, "exporter": "COD", "importer": "CHN",
        "quantity": "leverage", "months": 3, "value": -0.2, "low": -0.3, "high": 0.1, "unit": "1",
    }  # fmt: skip
    chart = draw_leverage([record, {**record, "months": 12, "value": 1.5}])
    assert "-0.20" in chart.svg
    assert "12 months of a ban" in chart.svg
    assert [row[3] for row in chart.table.rows] == [-0.2, 1.5]
