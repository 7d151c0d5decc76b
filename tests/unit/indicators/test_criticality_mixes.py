"""Supply mixes of the world and of the Union from a chain."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from monazite.indicators.criticality.mixes import (
    NO_PRODUCTION,
    NO_SUPPLY,
    NO_TRADE,
    Mixes,
    average_mixes,
    build_mixes,
)
from monazite.provenance import Lineage
from monazite.supply_chain import SupplyChain

COUNTRIES = ["COD", "DEU", "FIN"]
LINEAGE = Lineage(release="test", release_sha256="0" * 64, code_version="0")


def make_chain(production, trade, *, is_gross=False, is_rest_trade=False, year=2020):
    """One stage, extraction; rows of `trade` sell, columns buy."""
    arrays = xr.Dataset(
        {
            "production_t": (("stage", "country"), [production]),
            "trade_t": (("stage", "exporter", "importer"), [trade]),
            "is_gross": (("stage",), [is_gross]),
            "is_part": (("stage",), [False]),
            "is_rest_trade": (("stage",), [is_rest_trade]),
            "production_source": (("stage",), np.array(["usgs"], dtype=object)),
            "trade_source": (("stage",), np.array(["baci"], dtype=object)),
        },
        coords={"stage": ["extraction"], "country": COUNTRIES, "exporter": COUNTRIES, "importer": COUNTRIES},
    )
    return SupplyChain("cobalt", year, arrays, LINEAGE)


MINED = [90.0, 0.0, 10.0]
# COD sells 30 to DEU; FIN sells 4 to DEU, which is inside, and 2 to COD, which is outside
TRADE = [[0.0, 30.0, 0.0], [0.0, 0.0, 0.0], [2.0, 4.0, 0.0]]


def test_the_union_has_its_own_output_by_member_and_imports_by_partner():
    mixes = build_mixes(make_chain(MINED, TRADE), "extraction")
    assert mixes.union_t.to_series().to_dict() == {"DEU": 0.0, "FIN": 10.0, "COD": 30.0}
    assert mixes.world_t.to_series().to_dict() == {"COD": 90.0, "DEU": 0.0, "FIN": 10.0}
    assert (float(mixes.production_t), float(mixes.import_t), float(mixes.export_t)) == (10.0, 30.0, 2.0)
    assert mixes.source_ids == ("baci", "usgs")


def test_an_unknown_lane_leaves_the_mix_of_the_union_unknown():
    trade = [[0.0, np.nan, 0.0], [0.0, 0.0, 0.0], [2.0, 4.0, 0.0]]
    mixes = build_mixes(make_chain(MINED, trade), "extraction")
    assert (mixes.union_t, mixes.lacks) == (None, (NO_TRADE,))
    assert mixes.world_t is not None


def test_trade_known_by_exporter_only_is_no_evidence_that_the_union_buys_nothing():
    mixes = build_mixes(make_chain(MINED, np.zeros((3, 3)), is_rest_trade=True), "extraction")
    assert (mixes.union_t, mixes.lacks) == (None, (NO_TRADE,))


def test_without_production_the_imports_alone_are_the_mix_of_the_union():
    mixes = build_mixes(make_chain([np.nan] * 3, TRADE), "extraction")
    assert mixes.world_t is None
    assert mixes.lacks == (NO_PRODUCTION,)
    assert mixes.union_t.to_series().to_dict() == {"COD": 30.0}
    assert np.isnan(float(mixes.production_t))


def test_a_union_without_any_supply_has_no_mix():
    mixes = build_mixes(make_chain([90.0, 0.0, 0.0], np.zeros((3, 3))), "extraction")
    assert (mixes.union_t, mixes.lacks) == (None, (NO_SUPPLY,))


def test_gross_weight_is_told():
    assert build_mixes(make_chain(MINED, TRADE, is_gross=True), "extraction").weight == "gross"


def test_the_mean_of_two_years_counts_a_supplier_absent_from_one_as_half():
    first = build_mixes(make_chain([90.0, 0.0, 10.0], TRADE), "extraction")
    second = build_mixes(make_chain([110.0, 0.0, 0.0], TRADE, year=2021), "extraction")
    both = average_mixes([first, second])
    assert both.world_t.sel(country=["COD", "FIN"]).values.tolist() == [100.0, 5.0]
    assert both.years == (2020, 2021)


def test_years_without_production_do_not_dilute_those_that_have_it():
    known = build_mixes(make_chain(MINED, TRADE), "extraction")
    unknown = build_mixes(make_chain([np.nan] * 3, TRADE, year=2016), "extraction")
    both = average_mixes([unknown, known])
    assert both.union_t.to_series().to_dict() == known.union_t.to_series().to_dict()
    assert (both.lacks, both.years) == ((), (2020,))


@pytest.mark.parametrize("name", ["world_t", "union_t"])
def test_a_mix_is_known_if_one_of_both_is(name):
    mixes = build_mixes(make_chain(MINED, TRADE), "extraction")
    assert replace(mixes, **{name: None}).is_known
    assert not replace(mixes, world_t=None, union_t=None).is_known
    assert isinstance(mixes, Mixes)
