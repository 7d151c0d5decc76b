"""Where the supply of a country was produced, through re-exports, by proportional mixing at one stage."""

from monazite.tracing.origins import UNKNOWN, Mix, find_traded_stage, mix_origins, trace_origins
from monazite.tracing.records import trace_records

__all__ = ["UNKNOWN", "Mix", "find_traded_stage", "mix_origins", "trace_origins", "trace_records"]
