"""Policy instruments: one file for each."""

from typing import Annotated

from pydantic import Field

from monazite.simulation.policies.ban import Ban
from monazite.simulation.policies.licence import Licence
from monazite.simulation.policies.outage import Outage
from monazite.simulation.policies.policy import LaneInstrument, OpenShareInstrument
from monazite.simulation.policies.quota import Quota

Policy = Annotated[Ban | Licence | Quota | Outage, Field(discriminator="kind")]
"""Any instrument; a scenario file tells them apart by `kind`."""

__all__ = ["Ban", "LaneInstrument", "Licence", "OpenShareInstrument", "Outage", "Policy", "Quota"]
