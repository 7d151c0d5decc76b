"""One material's supply as one object, and how it is built from a release."""

from monazite.supply_chain.align import align_chains
from monazite.supply_chain.build import build_supply_chain
from monazite.supply_chain.chain import SupplyChain
from monazite.supply_chain.governance import build_governance_estimate

__all__ = ["SupplyChain", "align_chains", "build_governance_estimate", "build_supply_chain"]
