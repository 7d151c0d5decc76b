"""Policy instruments: one file for each."""

from typing import Annotated

from pydantic import Field

from monazite.simulation.policies.ban import Ban
from monazite.simulation.policies.cap import Cap
from monazite.simulation.policies.capacity_addition import CapacityAddition
from monazite.simulation.policies.demand_change import DemandChange
from monazite.simulation.policies.entity_list import EntityList
from monazite.simulation.policies.equipment_control import EquipmentControl
from monazite.simulation.policies.export_tax import ExportTax
from monazite.simulation.policies.leakage import Leakage
from monazite.simulation.policies.licence import Licence
from monazite.simulation.policies.new_supplier import NewSupplier
from monazite.simulation.policies.outage import Outage
from monazite.simulation.policies.outside_measure import OutsideMeasure
from monazite.simulation.policies.policy import (
    CountryInstrument,
    ImportInstrument,
    Instrument,
    LaneInstrument,
    OpenShareInstrument,
)
from monazite.simulation.policies.quota import Quota
from monazite.simulation.policies.stock_build import StockBuild
from monazite.simulation.policies.stock_cover import StockCover
from monazite.simulation.policies.stock_release import StockRelease
from monazite.simulation.policies.tariff import Tariff
from monazite.simulation.policies.transport_cut import TransportCut
from monazite.simulation.policies.trigger import Trigger

Policy = Annotated[
    Ban
    | Licence
    | Quota
    | Outage
    | Tariff
    | ExportTax
    | TransportCut
    | StockRelease
    | StockBuild
    | DemandChange
    | EntityList
    | EquipmentControl
    | Cap
    | Leakage
    | CapacityAddition
    | NewSupplier
    | StockCover
    | Trigger
    | OutsideMeasure,
    Field(discriminator="kind"),
]
"""Any instrument; a scenario file tells them apart by `kind`."""

__all__ = [
    "Ban",
    "Cap",
    "CapacityAddition",
    "CountryInstrument",
    "DemandChange",
    "EntityList",
    "EquipmentControl",
    "ExportTax",
    "ImportInstrument",
    "Instrument",
    "LaneInstrument",
    "Leakage",
    "Licence",
    "NewSupplier",
    "OpenShareInstrument",
    "Outage",
    "OutsideMeasure",
    "Policy",
    "Quota",
    "StockBuild",
    "StockCover",
    "StockRelease",
    "Tariff",
    "TransportCut",
    "Trigger",
]
