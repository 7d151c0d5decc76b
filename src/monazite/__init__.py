"""Monazite: who depends on whom for critical raw materials, and what happens when someone closes the tap."""

import importlib

PUBLIC = {
    "open_snapshot": "monazite.snapshot",
    "build_supply_chain": "monazite.supply_chain",
    "SupplyChain": "monazite.supply_chain",
    "herfindahl_hirschman_index": "monazite.indicators",
    "governance_weighted_hhi": "monazite.indicators",
    "top_share": "monazite.indicators",
    "import_share": "monazite.indicators",
    "single_source_test": "monazite.indicators",
    "trace_origins": "monazite.tracing",
    "Ban": "monazite.simulation",
    "Licence": "monazite.simulation",
    "Quota": "monazite.simulation",
    "Outage": "monazite.simulation",
    "simulate": "monazite.simulation",
    "read_scenario": "monazite.scenarios",
    "run_scenario": "monazite.scenarios",
    "write_report": "monazite.reports.run_files",
    "MonaziteError": "monazite.errors",
}
"""Public name -> module that defines it; resolved on first use, so that importing does no work."""

__version__ = "0.1.0"
__all__ = ["PUBLIC", "__version__", *PUBLIC]


def __getattr__(name: str) -> object:
    """Resolve a public name on first use."""
    if name not in PUBLIC:
        raise AttributeError(f"module 'monazite' has no attribute {name!r}")
    value = getattr(importlib.import_module(PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
