"""Pure functions that measure concentration, dependence and governance, each with equation and source."""

from monazite.indicators.concentration import (
    herfindahl_hirschman_index,
    supplier_share,
    top_share,
    top_suppliers,
)
from monazite.indicators.crma import (
    Interval,
    capacity_verdict,
    consumption_verdict,
    gross_share,
    share_with_new_output,
    tonnes_to_move,
)
from monazite.indicators.dependence import import_share, imports_by_partner
from monazite.indicators.expected_loss import cutoff_loss, cutoff_probability, expected_loss, relief_share
from monazite.indicators.geopolrisk.score import (
    characterisation_factor,
    geopolrisk_score,
    governance_risk,
    import_risk,
)
from monazite.indicators.geopolrisk.scores import score_geopolrisk
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
    "Interval",
    "capacity_verdict",
    "characterisation_factor",
    "consumption_verdict",
    "cutoff_loss",
    "cutoff_probability",
    "economic_importance",
    "expected_loss",
    "geopolrisk_score",
    "governance_risk",
    "governance_weighted_hhi",
    "gross_share",
    "herfindahl_hirschman_index",
    "import_reliance",
    "import_risk",
    "import_share",
    "imports_by_partner",
    "net_import_reliance",
    "rank_correlation",
    "relief_share",
    "scale_governance",
    "score_geopolrisk",
    "share_with_new_output",
    "single_source_test",
    "supplier_share",
    "supply_risk",
    "tonnes_to_move",
    "top_share",
    "top_suppliers",
    "trade_adjusted_hhi",
]
