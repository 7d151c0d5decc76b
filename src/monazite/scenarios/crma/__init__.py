"""The tests of Art. 5(1) of Regulation (EU) 2024/1252: where chains, tracing, owners and indicators meet."""

from monazite.scenarios.crma.members import explain_members
from monazite.scenarios.crma.projects import PHASES, check_phases
from monazite.scenarios.crma.readings import BYS
from monazite.scenarios.crma.records import CrmaOptions, crma_records

__all__ = ["BYS", "PHASES", "CrmaOptions", "check_phases", "crma_records", "explain_members"]
