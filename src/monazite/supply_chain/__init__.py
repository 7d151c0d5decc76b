"""One material's supply as one object, and how it is built from a release."""

from monazite.supply_chain.align import align_chains
from monazite.supply_chain.build import build_supply_chain, is_evidence
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.coverage import list_act_materials, list_coverage
from monazite.supply_chain.governance import build_governance_estimate
from monazite.supply_chain.lanes import list_countries, list_materials, read_lanes, read_production
from monazite.supply_chain.owners import OwnerTables, owner_shares, read_owner_tables
from monazite.supply_chain.reconcile import Doubt, Reconciliation, reconcile
from monazite.supply_chain.reconcile_all import (
    ReconcileOptions,
    reconcile_all,
    reconcile_cached,
    reconcile_material,
)

__all__ = [
    "Doubt",
    "OwnerTables",
    "ReconcileOptions",
    "Reconciliation",
    "SupplyChain",
    "align_chains",
    "build_governance_estimate",
    "build_supply_chain",
    "is_evidence",
    "list_act_materials",
    "list_countries",
    "list_coverage",
    "list_materials",
    "owner_shares",
    "read_lanes",
    "read_owner_tables",
    "read_production",
    "reconcile",
    "reconcile_all",
    "reconcile_cached",
    "reconcile_material",
]
