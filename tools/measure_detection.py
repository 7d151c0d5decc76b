"""
Measure the detector on lanes of the release: false alarms, and the share of planted breaks that it finds.

Prints the tables of docs/explanation/detection.md. Takes some minutes; one part alone with its name:
PYTHONPATH=src python tools/measure_detection.py [false-alarms | months | lane | exporter]
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import numpy.typing as npt

from monazite.detection import (
    LEAST_SHARE,
    FlowPanel,
    Placebos,
    detect_breaks,
    panel_from_release,
    read_placebos,
)
from monazite.detection.contrasts import Windows
from monazite.detection.placebo import NEAREST, keep_judged
from monazite.detection.scan import Bools, Scores
from monazite.detection.verdict import ALARM_P
from monazite.errors import DataError
from monazite.snapshot import Snapshot, open_snapshot

SEED = 2024
LANES = 200
LANES_PLANTED = 100
DRAWN = 40  # monthly series of each kind
LEVELS = (0.05, 0.1)
SPAN = 3  # years of a planted break
PLANTED = ((0.5, 1.0), (0.8, 1.0), (1.0, 1.0), (0.5, 3.0), (0.8, 8.0))  # share, price times
MARGIN = 11  # years before a planted break


@dataclass(frozen=True)
class Trial:
    """One lane and the year in which a break is planted."""

    panel: FlowPanel
    code: int
    exporter: str
    importer: str
    start: int


@dataclass(frozen=True)
class ScoredPlacebos(Placebos):
    """Placebos whose scores are kept, since thousands of trials ask for the same."""

    kept: dict[tuple[int, ...], Scores] = field(default_factory=dict)

    def measure(
        self, rows: npt.NDArray[np.int64], years: Sequence[int], judged: Bools, windows: Windows
    ) -> dict[str, npt.NDArray[np.float64]]:
        key = tuple(years)
        if key not in self.kept:
            self.kept[key] = self.score(np.arange(len(self.weight)), years, windows)
        chosen = Scores(*(getattr(self.kept[key], one.name)[rows] for one in fields(Scores)))
        return keep_judged(chosen, judged, NEAREST)


def draw_trials(data: Snapshot, placebos: Placebos, least_weight: float) -> Iterator[Trial]:
    """Draw lanes of at least some weight, each with a year that has a past."""
    rng = np.random.default_rng(SEED)
    panels: dict[int, FlowPanel] = {}
    order = rng.permutation(np.flatnonzero(placebos.weight >= least_weight))
    count = 0
    for k in order:
        code = int(placebos.product_codes[k])
        panels.setdefault(code, panel_from_release(data, code))
        panel = panels[code]
        lane = panel.find(placebos.exporters[k], placebos.importers[k])
        start = int(rng.integers(MARGIN, len(panel.periods) - SPAN + 1))
        before = panel.trusted_t[lane, start - 8 : start]
        if np.count_nonzero(before > 0) < 7 or np.isnan(panel.trusted_t[lane, start : start + SPAN]).any():
            continue
        count += 1
        yield Trial(panel, code, placebos.exporters[k], placebos.importers[k], start)
        if count == LANES:
            return


def plant(trial: Trial, size: float, dearer: float, *, is_wide: bool) -> FlowPanel:
    """Take a share of the tonnes of a lane, or of its exporter, away for three years; raise the price of the rest."""
    panel = trial.panel
    chosen = panel.exporters == trial.exporter
    if not is_wide:
        chosen &= panel.importers == trial.importer
    cells = np.ix_(np.flatnonzero(chosen), np.arange(trial.start, trial.start + SPAN))
    trusted, filled, value = panel.trusted_t.copy(), panel.filled_t.copy(), panel.value_usd.copy()
    trusted[cells] *= 1 - size
    filled[cells] *= 1 - size
    value[cells] *= (1 - size) * dearer
    return replace(panel, trusted_t=trusted, filled_t=filled, value_usd=value)


def measure(
    trials: list[Trial], placebos: Placebos, planted: tuple[float, float], *, is_wide: bool, is_pointed: bool
) -> str:
    """
    Count alarms by level, planted breaks found within a year, exact dates, and intervals that hold the planted size.
    """
    size, dearer = planted
    alarms, found, exact, held, tested = dict.fromkeys(LEVELS, 0), dict.fromkeys(LEVELS, 0), 0, 0, 0
    for trial in trials:
        dates = slice(trial.start - 1, trial.start + 2) if is_pointed else None
        try:
            breaks = detect_breaks(
                plant(trial, size, dearer, is_wide=is_wide), trial.exporter, trial.importer,
                placebos=placebos, code=trial.code, dates=dates,
            ).breaks  # fmt: skip
        except DataError:
            continue
        tested += 1
        counted = [one for one in breaks if one.scope != "market" and abs(one.share) >= LEAST_SHARE]
        near = [one for one in counted if one.share < 0 and abs(one.start - trial.start) <= 1]
        for level in LEVELS:
            alarms[level] += any(one.p_value <= level for one in counted)
            found[level] += any(one.p_value <= level for one in near)
        dated = [one for one in near if one.verdict == "broke" and one.start == trial.start]
        exact += bool(dated)
        held += any(one.low <= -size <= one.high for one in dated)
    words = ", ".join(
        f"p <= {level:g}: alarm {alarms[level] / tested:.1%}, found {found[level] / tested:.1%}"
        for level in LEVELS
    )
    where = "three years asked for" if is_pointed else "whole series"
    reach = "exporter" if is_wide else "lane"
    return f"{reach}, size {size:.0%}, price x{dearer:g}, {where}: {tested} tested; {words}; dated {exact}, held {held}"


def measure_false_alarms(data: Snapshot, placebos: Placebos) -> None:
    """Print alarms without a planted break, by least weight."""
    for least in (0.001, 0.01, 0.03):
        trials = list(draw_trials(data, placebos, least))
        for is_pointed in (False, True):
            words = measure(trials, placebos, (0.0, 1.0), is_wide=False, is_pointed=is_pointed)
            print(f"weight >= {least:.1%}, {words}", flush=True)


def measure_power(data: Snapshot, placebos: Placebos, *, is_wide: bool) -> None:
    """Print the share of planted breaks that is found, lanes of at least 1 % of world trade."""
    trials = list(draw_trials(data, placebos, 0.01))[:LANES_PLANTED]
    for is_pointed in (False, True):
        for planted in PLANTED:
            print(measure(trials, placebos, planted, is_wide=is_wide, is_pointed=is_pointed), flush=True)


def draw_months(rng: np.random.Generator, slope: float, tail: int) -> FlowPanel:
    """Draw 90 months of one lane: an autoregression of the log tonnes, normal or Student's t, and prices of 10 %."""
    periods = tuple(f"{2015 + k // 12}-{k % 12 + 1:02d}" for k in range(90))
    steps = rng.standard_t(tail, 120) / np.sqrt(tail / (tail - 2)) if tail else rng.normal(size=120)
    logs = np.zeros(120)
    for k in range(1, 120):
        logs[k] = slope * logs[k - 1] + 0.3 * steps[k]
    tonnes = 100 * np.exp(logs[None, -90:])
    ends = [np.array([name], dtype=object) for name in ("CHN", "JPN")]
    return FlowPanel(
        periods, ends[0], ends[1], tonnes, tonnes, tonnes * np.exp(rng.normal(7, 0.1, tonnes.shape))
    )


def measure_months() -> None:
    """Print alarms in monthly series without a break: the placebo in time."""
    rng = np.random.default_rng(SEED)
    for slope, tail in ((0.0, 0), (0.4, 0), (0.7, 0), (0.4, 4), (0.7, 4)):
        alarms = 0
        for _ in range(DRAWN):
            breaks = detect_breaks(draw_months(rng, slope, tail), "CHN", "JPN").breaks
            alarms += any(one.verdict == "broke" for one in breaks)
        kind = f"Student's t of {tail}" if tail else "normal"
        print(f"months, {kind}, slope {slope:g}: {alarms} of {DRAWN} alarm", flush=True)


def main() -> None:
    data = open_snapshot()
    read = read_placebos(data)
    placebos = ScoredPlacebos(**{one.name: getattr(read, one.name) for one in fields(Placebos)})
    wanted = sys.argv[1:] or ["false-alarms", "months", "lane", "exporter"]
    print(f"a flow broke at p <= {ALARM_P:g}; found: alarm within a year of the planted break")
    if "false-alarms" in wanted:
        measure_false_alarms(data, placebos)
    if "months" in wanted:
        measure_months()
    for reach in ("lane", "exporter"):
        if reach in wanted:
            measure_power(data, placebos, is_wide=reach == "exporter")


if __name__ == "__main__":
    main()
