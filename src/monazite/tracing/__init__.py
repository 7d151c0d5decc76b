"""Where the supply of a country was produced: through re-exports and stages, by proportional mixing."""

from monazite.tracing.mixing import Mix, mix_origins, mix_sources
from monazite.tracing.origins import UNKNOWN, find_traded_stage, trace_origins, trace_suppliers
from monazite.tracing.records import TraceOptions, trace_records
from monazite.tracing.stages import StageFlows, mix_stages, read_stages

__all__ = [
    "UNKNOWN",
    "Mix",
    "StageFlows",
    "TraceOptions",
    "find_traded_stage",
    "mix_origins",
    "mix_sources",
    "mix_stages",
    "read_stages",
    "trace_origins",
    "trace_records",
    "trace_suppliers",
]
