"""Fixtures shared by all tests."""

import os

import numpy as np
import pytest
import xarray as xr
from hypothesis import settings

from monazite.provenance import Lineage
from monazite.simulation import Market
from monazite.snapshot import open_snapshot
from monazite.supply_chain import SupplyChain

# A busy machine is no fault, and the same tree gives the same verdict twice; HYPOTHESIS_PROFILE=explore draws anew.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def snapshot():
    """The embedded release, opened once: it is read-only."""
    return open_snapshot("2026.1")


@pytest.fixture
def tiny_chain():
    """
    One material, two stages, four countries; checkable by hand.

    Extraction: AAA 70, BBB 30. Processing: AAA 90, CCC 10. Trade at processing [t a year]:
    AAA->CCC 20, AAA->DDD 30, CCC->DDD 10. So DDD consumes 40, CCC 10 + 20 - 10 = 20, AAA 90 - 50 = 40.
    """
    countries = ["AAA", "BBB", "CCC", "DDD"]
    production = np.array([[70.0, 30.0, 0.0, 0.0], [90.0, 0.0, 10.0, 0.0]])
    trade = np.zeros((2, 4, 4))
    trade[0, 1, 0] = 30.0
    trade[1, 0, 2], trade[1, 0, 3], trade[1, 2, 3] = 20.0, 30.0, 10.0
    consumption = production + trade.sum(axis=1) - trade.sum(axis=2)
    arrays = xr.Dataset(
        {
            "production_t": (("stage", "country"), production),
            "trade_t": (("stage", "exporter", "importer"), trade),
            "trade_gross_t": (("stage", "exporter", "importer"), trade * 2),
            "trade_usd": (("stage", "exporter", "importer"), trade * 1000),
            "apparent_consumption_t": (("stage", "country"), consumption),
            "residual_t": (("stage", "country"), np.zeros((2, 4))),
            "quality": (("stage", "country"), np.full((2, 4), "reported")),
            "imputed_t": (("stage", "exporter", "importer"), np.zeros((2, 4, 4))),
            "form": (("stage",), np.array(["ore", "metal"], dtype=object)),
            "production_source": (("stage",), np.array(["test", "test"], dtype=object)),
            "trade_source": (("stage",), np.array(["test", "test"], dtype=object)),
        },
        coords={
            "stage": ["extraction", "processing"],
            "country": countries,
            "exporter": countries,
            "importer": countries,
        },
    )
    return SupplyChain("testium", 2020, arrays, Lineage(release="test", release_sha256="0" * 64))


@pytest.fixture
def small_market():
    """AAA makes 100 t a month and sells 40 to BBB and 20 to CCC; CCC makes 30 and sells 10 to BBB."""
    return Market(
        material="testium",
        production_stage="extraction",
        trade_stage="extraction",
        years=(2019,),
        weight="contained",
        countries=("AAA", "BBB", "CCC"),
        trade=np.array([[0.0, 40.0, 20.0], [0.0, 0.0, 0.0], [0.0, 10.0, 0.0]]),
        production=np.array([100.0, 0.0, 30.0]),
        capacity=np.array([110.0, 0.0, 33.0]),
        content_share=np.full(3, 0.5),
        lineage=Lineage(release="test", release_sha256="0" * 64),
    )
