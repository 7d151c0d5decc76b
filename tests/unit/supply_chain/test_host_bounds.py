"""By-products in their chains: verdicts, ceilings of doubtful figures, and output that nobody reports."""

import numpy as np
import pytest
import xarray as xr

from monazite.supply_chain import SupplyChain, reconcile_material
from monazite.supply_chain.draws import draw_chains
from monazite.supply_chain.host_bounds import add_hosts, apply_hosts, bound_figures
from monazite.supply_chain.hosts import HostFigures, HostRate
from monazite.supply_chain.pedigree import read_deviations
from monazite.supply_chain.reconcile import reconcile
from monazite.supply_chain.reconciled_file import read_reconciliation, write_reconciliation
from monazite.supply_chain.reconciled_records import reconciled_records

CEILING = HostRate("alumina", "recoverable", 0.015, 0.015, 0.026, 2016, "Frenzel et al. 2016", "curated")
MEAN = HostRate("zinc (mined)", "world mean", 0.1, 0.1, 0.1, 2024, "USGS", "usgs")


@pytest.fixture
def by_product(tiny_chain):
    """Metal made by AAA 90 t (reported) and CCC 10 t (estimated); BBB has no figure, and sells 20 t to DDD."""
    arrays = tiny_chain.arrays.copy(deep=True)
    arrays["quality"] = (
        ("stage", "country"),
        np.array([["missing"] * 4, ["reported", "missing", "estimated", "missing"]]),
    )
    arrays["production_t"].values[0] = np.nan
    arrays["trade_t"].values[0] = np.nan
    arrays["trade_t"].values[1, 1, 3] = 20.0
    arrays["trade_usd"].values[1] = np.where(arrays["trade_t"].values[1] > 0, 2e6, np.nan)
    arrays["is_rest_trade"] = ("stage", [False, False])
    return SupplyChain("testium", 2020, arrays, tiny_chain.lineage)


def put(chain, host_t, rate=CEILING):
    figures = HostFigures("testium", 2020, rate, host_t, {"AAA": 90.0, "CCC": 10.0}, ("curated",))
    return apply_hosts(chain, figures, "processing", read_deviations())


def cell(chain, name, country):
    value = chain.arrays[name].sel(stage="processing", country=country).item()
    return value if isinstance(value, str) else float(value)


def test_every_country_has_its_verdict_and_what_its_host_allows(by_product):
    # 1 Mt of alumina at 15 to 26 g/t allow 15 to 26 t, so 90 t are above it; 10 t of CCC's 0.6 Mt are 9 to 15.6 t
    found = put(by_product, {"AAA": 1e6, "CCC": 6e5, "BBB": 2e6})
    assert cell(found, "host_allowed_high_t", "AAA") == pytest.approx(26)
    verdicts = [cell(found, "host_verdict", code) for code in ("AAA", "BBB", "CCC", "DDD")]
    assert verdicts == ["above the ceiling", "none on record", "near the ceiling", ""]
    assert list(found.arrays["host"].values) == ["", "alumina"]


def test_a_reported_figure_stays_and_an_estimated_one_is_bounded(by_product):
    # CCC: 10 +- 2 t (20 %) under 4.5 to 7.8 t, so 6.15 +- 0.953: t = 2.215, a = 1.738, hazard 0.0881 / 0.0411 = 2.144;
    # 10 - 4 / 2.215 x 2.144 = 6.13
    found = put(by_product, {"AAA": 1e6, "CCC": 3e5})
    assert cell(found, "production_t", "AAA") == 90
    assert cell(found, "production_t", "CCC") == pytest.approx(6.13, abs=0.01)
    assert cell(found, "production_reported_t", "CCC") == 10
    assert cell(found, "production_sd_t", "CCC") < 2


def test_a_country_without_a_figure_may_have_made_what_it_sells_up_to_what_its_host_allows(by_product):
    # BBB sells 20 t that it has not bought. 2 Mt of alumina allow 30 to 52 t: 0 +- 26 t of its own, against a residual
    # of 0 +- 10 t. Shares of the gap 26^2 / (26^2 + 10^2 + 3.8^2) = 0.855, so 17 t
    plain = reconcile(by_product).chain
    found = reconcile(put(by_product, {"BBB": 2e6})).chain
    assert cell(plain, "production_t", "BBB") == 0
    assert cell(plain, "residual_t", "BBB") > 17
    assert cell(found, "production_t", "BBB") == pytest.approx(17.1, abs=0.1)
    assert cell(found, "residual_t", "BBB") < 3
    assert cell(found, "quality", "BBB") == "imputed"
    assert cell(found, "quality", "DDD") == "missing"


def test_a_country_without_a_figure_that_lacks_nothing_makes_nothing(by_product):
    found = reconcile(put(by_product, {"DDD": 2e6})).chain
    assert cell(found, "production_t", "DDD") == 0
    assert cell(found, "quality", "DDD") == "missing"


def test_a_small_host_cannot_explain_what_is_sold(by_product):
    # 0.1 Mt allow 2.6 t at most
    found = reconcile(put(by_product, {"BBB": 1e5})).chain
    assert cell(found, "production_t", "BBB") < 0.5
    assert cell(found, "residual_t", "BBB") > 16


def test_a_world_mean_is_a_yardstick_and_moves_nothing(by_product):
    found = put(by_product, {"AAA": 1e5, "BBB": 1e6, "CCC": 2e5}, MEAN)
    assert "production_reported_t" not in found.arrays
    assert (found.production_t.values[1] == by_product.production_t.values[1]).all()
    assert cell(found, "host_verdict", "CCC") == "below the world mean"


def test_draws_do_not_invent_output_where_nothing_lacks(by_product):
    chain = reconcile(put(by_product, {"DDD": 2e6})).chain
    assert max(cell(drawn, "production_t", "DDD") for drawn in draw_chains(chain, draws=20)) == 0


def test_records_carry_the_host_and_what_was_reported(by_product):
    records = reconciled_records(reconcile(put(by_product, {"BBB": 1e5, "CCC": 3e5})))
    made = {
        r["country"]: r for r in records if r["quantity"] == "production_t" and r["stage"] == "processing"
    }
    assert made["CCC"]["before"] == 10
    assert made["CCC"]["host_verdict"] == "above the ceiling"
    assert made["CCC"]["host_allowed_high_t"] == pytest.approx(7.8)
    assert made["BBB"]["quality"] == "imputed"
    gap = next(r for r in records if r["quantity"] == "gap_t")
    assert "its host allows up to 2.6 t" in gap["note"]


def test_what_hosts_allow_comes_back_from_the_cache(by_product, tmp_path):
    found = reconcile(put(by_product, {"AAA": 1e6, "BBB": 1e5, "CCC": 3e5}))
    write_reconciliation(found, tmp_path / "one.npz")
    again = read_reconciliation(tmp_path / "one.npz")
    xr.testing.assert_equal(again.chain.arrays, found.chain.arrays)
    assert (again.suspects, again.limit) == (found.suspects, found.limit)


def test_figures_far_below_their_ceiling_stay_as_they_are():
    found, sd = bound_figures(*(np.array([x]) for x in (10.0, 2.0, 100.0, 5.0)))
    assert found[0] == pytest.approx(10)
    assert sd[0] == pytest.approx(2)


def test_figures_far_above_their_ceiling_come_down_to_it_without_overflow():
    found, sd = bound_figures(*(np.array([x]) for x in (1e6, 1e5, 10.0, 0.1)))
    assert 0 <= found[0] < 1e5
    assert np.isfinite(sd[0]) and sd[0] > 0


def test_gallium_has_its_alumina_and_cobalt_a_yardstick_in_the_release(snapshot):
    gallium = reconcile_material(snapshot, "gallium", 2024).chain
    # 85.5 Mt of alumina x 15 g/t
    assert cell(gallium, "host_allowed_t", "CHN") == pytest.approx(1282.5)
    assert cell(gallium, "host_verdict", "CHN") == "could make more"
    assert "curated" in gallium.lineage.source_ids
    cobalt = reconcile_material(snapshot, "cobalt", 2024).chain
    assert set(cobalt.arrays["host_basis"].values) == {"", "world mean"}


def test_a_material_that_is_no_by_product_has_no_host(snapshot, tiny_chain):
    assert add_hosts(snapshot, tiny_chain, read_deviations()) is tiny_chain
