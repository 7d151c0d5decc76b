"""One material's supply as one balanced object."""

from monazite.supply_chain.chain import SupplyChain

__all__ = ["SupplyChain"]
