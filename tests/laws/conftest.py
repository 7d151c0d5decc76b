"""Fixtures of the laws."""

import numpy as np
import pytest

from monazite.provenance import Lineage
from monazite.simulation import Market


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
