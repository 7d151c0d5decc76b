"""Policies, state, one pure step, the loop and the priors of the monthly market model."""

from monazite.simulation.designs import DESIGNS, Design, draw_design, list_uncertain
from monazite.simulation.ensemble import HERE, Computing, simulate_ensemble
from monazite.simulation.market import Market, build_market
from monazite.simulation.policies import (
    Ban,
    Cap,
    DemandChange,
    EntityList,
    EquipmentControl,
    ExportTax,
    Leakage,
    Licence,
    Outage,
    OutsideMeasure,
    Policy,
    Quota,
    StockBuild,
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
    "Computing",
    "DemandChange",
    "Design",
    "EntityList",
    "EquipmentControl",
    "ExportTax",
    "Leakage",
    "Licence",
    "Market",
    "Outage",
    "OutsideMeasure",
    "Parameters",
    "Policy",
    "Quota",
    "Run",
    "State",
    "StockBuild",
    "StockRelease",
    "Tariff",
    "TransportCut",
    "Trigger",
    "Units",
    "build_market",
    "draw_design",
    "list_uncertain",
    "read_priors",
    "simulate",
    "simulate_ensemble",
    "step",
]
