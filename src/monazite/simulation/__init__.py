"""Policies, state, one pure step, the loop and the priors of the monthly market model."""

from monazite.simulation.market import Market, build_market
from monazite.simulation.policies import Ban, Licence, Outage, Policy, Quota
from monazite.simulation.priors import Parameters, read_priors
from monazite.simulation.results import Run
from monazite.simulation.run import simulate
from monazite.simulation.state import State
from monazite.simulation.step import step

__all__ = [
    "Ban",
    "Licence",
    "Market",
    "Outage",
    "Parameters",
    "Policy",
    "Quota",
    "Run",
    "State",
    "build_market",
    "read_priors",
    "simulate",
    "step",
]
