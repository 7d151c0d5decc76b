"""Scenario files, and the only place where models meet."""

from monazite.scenarios.events import EventChoice, build_event_scenario, list_event_choices
from monazite.scenarios.observations import (
    Observation,
    list_observation_tables,
    mean_over,
    read_observations,
    total_over,
)
from monazite.scenarios.reader import (
    find_scenario,
    list_scenarios,
    read_scenario,
    scenario_json_schema,
    scenario_sha256,
)
from monazite.scenarios.run import MarketResult, ScenarioResult, run_scenario
from monazite.scenarios.schema import Baseline, Comparison, Market, Observations, Scenario, Watch
from monazite.scenarios.yaml_reader import read_model

__all__ = [
    "Baseline",
    "Comparison",
    "EventChoice",
    "Market",
    "MarketResult",
    "Observation",
    "Observations",
    "Scenario",
    "ScenarioResult",
    "Watch",
    "build_event_scenario",
    "find_scenario",
    "list_event_choices",
    "list_observation_tables",
    "list_scenarios",
    "mean_over",
    "read_model",
    "read_observations",
    "read_scenario",
    "run_scenario",
    "scenario_json_schema",
    "scenario_sha256",
    "total_over",
]
