"""The simulator held against history."""

from monazite.hindcast.compare import build_forecasts
from monazite.hindcast.naive import (
    no_change,
    proportional_rerouting,
    quota_open_share,
    static_share_times_severity,
    trend,
)
from monazite.hindcast.score_table import Forecast, ScoreRecord, ScoreSummary, score_table, summarise_scores
from monazite.hindcast.scoring import coverage, crps_ensemble, log_error, mean_absolute_log_error, skill

__all__ = [
    "Forecast",
    "ScoreRecord",
    "ScoreSummary",
    "build_forecasts",
    "coverage",
    "crps_ensemble",
    "log_error",
    "mean_absolute_log_error",
    "no_change",
    "proportional_rerouting",
    "quota_open_share",
    "score_table",
    "skill",
    "static_share_times_severity",
    "summarise_scores",
    "trend",
]
