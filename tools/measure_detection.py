"""
Measure the detector on lanes of the release: false alarms, and the share of planted breaks that it finds.

Prints the tables of docs/explanation/detection.md. Takes some minutes: PYTHONPATH=src python tools/measure_detection.py
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from monazite.detection import FlowPanel, Placebos, detect_breaks, panel_from_release, read_placebos
from monazite.errors import DataError
from monazite.snapshot import Snapshot, open_snapshot

SEED = 2024
LANES = 200
SPAN = 3  # years of a planted break
MARGIN = 11  # years before a planted break


@dataclass(frozen=True)
class Trial:
    """One lane and the year in which a break is planted."""

    panel: FlowPanel
    code: int
    exporter: str
    importer: str
    start: int


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


def plant(trial: Trial, size: float, dearer: float) -> FlowPanel:
    """Take a share of a lane's tonnes away for three years, and raise the price of the rest."""
    panel = trial.panel
    lane = panel.find(trial.exporter, trial.importer)
    years = slice(trial.start, trial.start + SPAN)
    trusted, filled, value = panel.trusted_t.copy(), panel.filled_t.copy(), panel.value_usd.copy()
    trusted[lane, years] *= 1 - size
    filled[lane, years] *= 1 - size
    value[lane, years] *= (1 - size) * dearer
    return replace(panel, trusted_t=trusted, filled_t=filled, value_usd=value)


def measure(trials: list[Trial], placebos: Placebos, size: float, dearer: float, is_pointed: bool) -> str:
    """Count alarms, planted breaks found within a year, exact dates, and intervals that hold the planted size."""
    count: Counter[str] = Counter()
    for trial in trials:
        dates = slice(trial.start - 1, trial.start + 2) if is_pointed else None
        try:
            found = detect_breaks(
                plant(trial, size, dearer), trial.exporter, trial.importer,
                placebos=placebos, code=trial.code, dates=dates,
            )  # fmt: skip
        except DataError:
            count["refused"] += 1
            continue
        broke = [one for one in found.breaks if one.verdict == "broke"]
        near = [one for one in broke if one.share < 0 and abs(one.start - trial.start) <= 1]
        count["tested"] += 1
        count["alarm"] += bool(broke)
        count["found"] += bool(near)
        exact = [one for one in near if one.start == trial.start]
        count["exact"] += bool(exact)
        count["held"] += any(one.low <= -size <= one.high for one in exact)
        count["cannot tell"] += all(one.verdict == "cannot tell" for one in found.breaks)
    where = "pointed" if is_pointed else "whole series"
    return f"size {size:.0%}, price x{dearer:g}, {where}: {dict(count)}"


def main() -> None:
    data = open_snapshot()
    placebos = read_placebos(data)
    for least in (0.001, 0.01, 0.03):
        trials = list(draw_trials(data, placebos, least))
        print(f"lanes of at least {least:.1%} of world trade: {len(trials)}", flush=True)
        for is_pointed in (False, True):
            for size, dearer in (
                (0.0, 1.0),
                (0.3, 1.0),
                (0.5, 1.0),
                (0.8, 1.0),
                (1.0, 1.0),
                (0.5, 3.0),
                (0.8, 3.0),
            ):
                print(" ", measure(trials, placebos, size, dearer, is_pointed), flush=True)


if __name__ == "__main__":
    main()
