"""Pure functions that measure concentration, dependence and governance, each with equation and source."""

from monazite.indicators.concentration import (
    herfindahl_hirschman_index,
    supplier_share,
    top_share,
    top_suppliers,
)
from monazite.indicators.dependence import import_share, imports_by_partner
from monazite.indicators.geopolrisk import (
    characterisation_factor,
    geopolrisk_score,
    governance_risk,
    import_risk,
)
from monazite.indicators.geopolrisk_scores import score_geopolrisk
from monazite.indicators.governance import governance_weighted_hhi, scale_governance
from monazite.indicators.ranks import rank_correlation
from monazite.indicators.reliance import import_reliance, net_import_reliance
from monazite.indicators.single_source import CRMA_SINGLE_SOURCE_CAP, single_source_test
from monazite.indicators.supply_risk import (
    ECONOMIC_IMPORTANCE_THRESHOLD,
    SUPPLY_RISK_THRESHOLD,
    economic_importance,
    supply_risk,
    trade_adjusted_hhi,
)

__all__ = [
    "CRMA_SINGLE_SOURCE_CAP",
    "ECONOMIC_IMPORTANCE_THRESHOLD",
    "SUPPLY_RISK_THRESHOLD",
    "characterisation_factor",
    "economic_importance",
    "geopolrisk_score",
    "governance_risk",
    "governance_weighted_hhi",
    "herfindahl_hirschman_index",
    "import_reliance",
    "import_risk",
    "import_share",
    "imports_by_partner",
    "net_import_reliance",
    "rank_correlation",
    "scale_governance",
    "score_geopolrisk",
    "single_source_test",
    "supplier_share",
    "supply_risk",
    "top_share",
    "top_suppliers",
    "trade_adjusted_hhi",
]
