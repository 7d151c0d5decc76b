"""The two import reliances."""

import numpy as np
import pytest
import xarray as xr

from monazite.errors import DataError
from monazite.indicators import import_reliance, net_import_reliance


def reliance(**changes):
    given = {"production_t": 60.0, "import_t": 50.0, "export_t": 20.0, "stock_draw_t": 10.0}
    return net_import_reliance(**{**given, **changes})


def test_a_stock_draw_counts_as_a_supply_from_outside_production():
    # (50 - 20 + 10) / (60 + 40) = 0.4
    assert float(reliance()) == 0.4


def test_a_growing_stock_counts_against_imports():
    # (50 - 20 - 10) / (60 + 20) = 0.25
    assert float(reliance(stock_draw_t=-10.0)) == 0.25


def test_a_net_exporter_is_below_zero():
    # (0 - 20 + 10) / (60 - 10) = -0.2
    assert float(reliance(import_t=0.0)) == -0.2


def test_without_production_everything_comes_from_abroad():
    assert float(reliance(production_t=0.0)) == 1.0


@pytest.mark.parametrize("name", ["production_t", "import_t", "export_t", "stock_draw_t"])
def test_an_unknown_term_gives_no_result(name):
    assert np.isnan(reliance(**{name: float("nan")}))


def test_no_consumption_gives_no_result():
    assert np.isnan(reliance(production_t=0.0, import_t=10.0))  # 10 - 20 + 10 = 0


def test_negative_flows_are_named_and_a_negative_draw_is_not():
    years = {"year": [2023, 2024]}
    with pytest.raises(DataError) as caught:
        reliance(
            import_t=xr.DataArray([-1.0, 5.0], dims="year", coords=years),
            production_t=float("inf"),
            stock_draw_t=-3.0,
        )
    assert str(caught.value) == (
        "net_import_reliance: 2 values lie outside their ranges.\n"
        "  which:    production_t (the value) = inf, import_t (2023) = -1\n"
        "  expected: production_t: tonnes, >= 0; import_t: tonnes, >= 0"
    )


def test_the_european_reliance_knows_no_stocks():
    # (50 - 20) / (60 + 30) = 1/3
    assert float(import_reliance(production_t=60.0, import_t=50.0, export_t=20.0)) == pytest.approx(1 / 3)
