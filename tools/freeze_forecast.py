"""Make the forecast of a shipped scenario and keep it as first made: python tools/freeze_forecast.py japan-2026."""

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from monazite.scenarios import read_scenario, run_scenario
from monazite.scenarios.forecast import build_forecast, write_forecast
from monazite.snapshot import open_snapshot

if __name__ == "__main__":
    result = run_scenario(read_scenario(sys.argv[1]), open_snapshot(None))
    print(write_forecast(build_forecast(result, datetime.now(UTC).date().isoformat())))
