"""The simulator held against history."""

from monazite.hindcast.compare import build_forecasts
from monazite.hindcast.episode import LoadedEpisode, list_episodes
from monazite.hindcast.episode_reader import read_episode
from monazite.hindcast.episode_score import (
    Aim,
    EpisodeScore,
    QuantityScore,
    check_aims,
    list_misses,
    score_all,
    score_quantities,
)
from monazite.hindcast.leave_one_out import LeftOut, leave_one_out, score_left_out
from monazite.hindcast.model_error import ErrorTerm, Widened, fit_errors, widen, widen_left_out
from monazite.hindcast.naive import (
    no_change,
    proportional_rerouting,
    quota_open_share,
    static_share_times_severity,
    trend,
)
from monazite.hindcast.ordinary_years import OrdinaryChange, measure_ordinary_years
from monazite.hindcast.prior_halves import Half, HalvedOut, halve_left_out
from monazite.hindcast.run import EpisodeResult, run_episodes
from monazite.hindcast.score_table import (
    FLOORS,
    Forecast,
    ScoreRecord,
    ScoreSummary,
    score_table,
    summarise_scores,
)
from monazite.hindcast.scoring import coverage, crps_ensemble, log_error, mean_absolute_log_error, skill

__all__ = [
    "FLOORS",
    "Aim",
    "EpisodeResult",
    "EpisodeScore",
    "ErrorTerm",
    "Forecast",
    "Half",
    "HalvedOut",
    "LeftOut",
    "LoadedEpisode",
    "OrdinaryChange",
    "QuantityScore",
    "ScoreRecord",
    "ScoreSummary",
    "Widened",
    "build_forecasts",
    "check_aims",
    "coverage",
    "crps_ensemble",
    "fit_errors",
    "halve_left_out",
    "leave_one_out",
    "list_episodes",
    "list_misses",
    "log_error",
    "mean_absolute_log_error",
    "measure_ordinary_years",
    "no_change",
    "proportional_rerouting",
    "quota_open_share",
    "read_episode",
    "run_episodes",
    "score_all",
    "score_left_out",
    "score_quantities",
    "score_table",
    "skill",
    "static_share_times_severity",
    "summarise_scores",
    "trend",
    "widen",
    "widen_left_out",
]
