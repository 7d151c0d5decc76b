"""Pure functions that measure concentration, dependence and governance, each with equation and source."""

from monazite.indicators.concentration import (
    herfindahl_hirschman_index,
    supplier_share,
    top_share,
    top_suppliers,
)
from monazite.indicators.dependence import import_share, imports_by_partner
from monazite.indicators.governance import governance_weighted_hhi, scale_governance
from monazite.indicators.single_source import CRMA_SINGLE_SOURCE_CAP, single_source_test

__all__ = [
    "CRMA_SINGLE_SOURCE_CAP",
    "governance_weighted_hhi",
    "herfindahl_hirschman_index",
    "import_share",
    "imports_by_partner",
    "scale_governance",
    "single_source_test",
    "supplier_share",
    "top_share",
    "top_suppliers",
]
