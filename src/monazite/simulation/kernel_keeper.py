"""Writes the months of a block that the compiled kernel computes into the recorder of the run, only what is kept."""

import numpy as np

from monazite.simulation.kernel_record import ARRAYS, Kept, record_arrivals
from monazite.simulation.kernel_store import Store
from monazite.simulation.kernel_tables import NONE, Problem
from monazite.simulation.results import Recorder


class Keeper:
    """
    What of the months of one block is kept, and where.

    Parameters
    ----------
    record : Recorder
        Of the run.
    problem : Problem
        Whose lanes it keeps.
    draws : slice
        Draws of the block.
    """

    def __init__(self, record: Recorder, problem: Problem, draws: slice) -> None:
        lanes, size = problem.lanes, len(problem.market.countries)
        count = draws.stop - draws.start
        self.record, self.lanes, self.draws = record, lanes, draws
        self.names = [name for name in record.by_country if name in ARRAYS]
        self.buyers = np.repeat(np.arange(size), np.diff(lanes.start))
        at = np.full(size, NONE)
        at[record.lanes] = np.arange(len(record.lanes))
        is_kept = bool(record.by_lane) & (at[lanes.seller] >= 0)
        rows = np.flatnonzero(is_kept).astype(np.int64)
        self.place = at[lanes.seller[rows]]
        self.kept = Kept(
            which=np.array([ARRAYS.index(name) for name in self.names], np.int64),
            flows=np.zeros((len(self.names), count, size)),
            total=np.zeros(len(lanes.seller) if record.mean is not None else 0),
            rows=rows,
            sent=np.zeros((count, len(rows)), np.float32),
        )

    def open_month(self, store: Store, month: int) -> None:
        """Keep what arrives on the lanes that are kept, which is at sea before the month; take up the sums by lane."""
        if "arrival_t" in self.record.by_lane:
            record_arrivals(self.lanes, store.at_sea, store.leak_near, self.kept.rows, self.kept.sent)
            self._place("arrival_t", month)
        if self.record.mean is not None:
            self.kept.total[:] = self.record.mean[month, self.lanes.seller, self.buyers]

    def close_month(self, month: int) -> None:
        """Keep the flows by country, the lanes that are kept, and the sums by lane."""
        for name, values in zip(self.names, self.kept.flows, strict=True):
            if name == "price_ratio":
                np.exp(values, out=values)
            self.record.by_country[name][self.draws, month] = values
        if "trade_t" in self.record.by_lane:
            self._place("trade_t", month)
        if self.record.mean is not None:
            self.record.mean[month, self.lanes.seller, self.buyers] = self.kept.total

    def _place(self, name: str, month: int) -> None:
        """Put the lanes that are kept in their places."""
        target = self.record.by_lane[name][self.draws, month]
        target[:, self.place, self.buyers[self.kept.rows]] = self.kept.sent
