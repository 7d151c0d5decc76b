"""Policies, state, one pure step, the loop and the priors of the monthly market model."""

from monazite.simulation.chain_ensemble import list_chain_uncertain, simulate_chain_ensemble
from monazite.simulation.chain_market import ChainMarket, LinkPlan, build_chain
from monazite.simulation.chain_run import ChainRun, simulate_chain
from monazite.simulation.designs import DESIGNS, Design, draw_design, list_uncertain
from monazite.simulation.ensemble import HERE, Computing, simulate_ensemble
from monazite.simulation.extend_market import extend_market
from monazite.simulation.lead_times import choose_lead_times, find_kind, read_lead_times
from monazite.simulation.market import Market, build_market
from monazite.simulation.policies import (
    Ban,
    Cap,
    CapacityAddition,
    DemandChange,
    EntityList,
    EquipmentControl,
    ExportTax,
    Leakage,
    Licence,
    NewSupplier,
    Outage,
    OutsideMeasure,
    Policy,
    Quota,
    StockBuild,
    StockCover,
    StockRelease,
    Tariff,
    TransportCut,
    Trigger,
)
from monazite.simulation.priors import Parameters, Units, read_priors
from monazite.simulation.results import Run
from monazite.simulation.run import simulate
from monazite.simulation.state import State
from monazite.simulation.step import step

__all__ = [
    "DESIGNS",
    "HERE",
    "Ban",
    "Cap",
    "CapacityAddition",
    "ChainMarket",
    "ChainRun",
    "Computing",
    "DemandChange",
    "Design",
    "EntityList",
    "EquipmentControl",
    "ExportTax",
    "Leakage",
    "Licence",
    "LinkPlan",
    "Market",
    "NewSupplier",
    "Outage",
    "OutsideMeasure",
    "Parameters",
    "Policy",
    "Quota",
    "Run",
    "State",
    "StockBuild",
    "StockCover",
    "StockRelease",
    "Tariff",
    "TransportCut",
    "Trigger",
    "Units",
    "build_chain",
    "build_market",
    "choose_lead_times",
    "draw_design",
    "extend_market",
    "find_kind",
    "list_chain_uncertain",
    "list_uncertain",
    "read_lead_times",
    "read_priors",
    "simulate",
    "simulate_chain",
    "simulate_chain_ensemble",
    "simulate_ensemble",
    "step",
]
