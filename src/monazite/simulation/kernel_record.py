"""The compiled month: what is kept of it."""

import math
from typing import NamedTuple

from numba import njit
from numpy.typing import NDArray

from monazite.simulation.market import Array

NAMES = (
    "import_t",
    "arrived_t",
    "export_t",
    "leaked_t",
    "production_t",
    "residual_t",
    "demand_t",
    "consumption_t",
    "shortfall_t",
    "stock_t",
    "price_ratio",
    "released_t",
    "bought_t",
    "public_stock_t",
    "queue_t",
    "duty_share",
)
"""The arrays of a run by country, in the order of `record_month`."""


class Record(NamedTuple):
    """Where a run is kept: views of the arrays of `results.Recorder`."""

    rows: NDArray  # row of each of NAMES in `table`, -1 = not kept
    table: Array  # dims (row, draw, month, country)
    trade: NDArray  # dims (draw, month, kept exporter, importer)
    arrival: NDArray
    mean: Array  # dims (month, exporter, importer), the sum over the draws
    checks: Array  # dims (month, 4): lost mass, largest flow or stock, least of both, 1 if not finite


@njit(cache=True, nogil=True)
def keep(record, name, b, step, c, value):
    """Keep one number, if its array is kept."""
    row = record.rows[name]
    if row >= 0:
        record.table[row, b, step, c] = value


@njit(cache=True, nogil=True)
def record_month(base, store, terms, work, record, step, low):
    """Keep what happened by country."""
    for c in range(work.demand.shape[0]):
        share = base.production_share[c]
        for b in range(work.demand.shape[1]):
            made, d = work.production[c, b] + work.extra[c, b], low + b
            keep(record, 0, d, step, c, work.inflow[c, b])
            keep(record, 1, d, step, c, work.arrived[c, b])
            keep(record, 2, d, step, c, work.exported[c, b] + work.sold[c, b])
            keep(record, 3, d, step, c, work.leaked[c, b])
            keep(record, 4, d, step, c, made * share)
            keep(record, 5, d, step, c, made * (1.0 - share))
            keep(record, 6, d, step, c, work.demand[c, b])
            keep(record, 7, d, step, c, work.home[c, b])
            keep(record, 8, d, step, c, max(work.demand[c, b] - work.home[c, b], 0.0))
            keep(record, 9, d, step, c, store.stock[c, b])
            keep(record, 10, d, step, c, math.exp(store.log_price[c, b]))
            keep(record, 11, d, step, c, terms.released[c, b])
            keep(record, 12, d, step, c, work.bought[c, b])
            keep(record, 13, d, step, c, store.public_stock[c, b])
            keep(record, 15, d, step, c, work.duty[c, b])


@njit(cache=True, nogil=True)
def record_lanes(lanes, store, lane, record, step, low):
    """Keep what was shipped and what arrived by lane, and the queues of the buyers."""
    queues = record.rows[14]
    for j in range(lanes.start.shape[0] - 1):
        for b in range(lane.orders.shape[1]):
            if queues >= 0:
                record.table[queues, low + b, step, j] = 0.0
        for k in range(lanes.start[j], lanes.start[j + 1]):
            i, kept = lanes.seller[k], lanes.kept[k]
            for b in range(lane.orders.shape[1]):
                record.mean[step, i, j] += lane.through[k, b]
                if kept >= 0:
                    record.trade[low + b, step, kept, j] = lane.through[k, b]
                    record.arrival[low + b, step, kept, j] = lane.other[k, b]
                if queues >= 0:
                    record.table[queues, low + b, step, j] += store.queue[k, b]


@njit(cache=True, nogil=True)
def check_month(store, lane, work, record, step):
    """Keep the worst of the month: mass that was lost, what it is compared with, the least stock, what is not finite."""
    for c in range(work.demand.shape[0]):
        for b in range(work.demand.shape[1]):
            stock, public = store.stock[c, b], store.public_stock[c, b]
            record.checks[step, 0] = max(record.checks[step, 0], work.error[c, b])
            record.checks[step, 1] = max(record.checks[step, 1], stock, public)
            record.checks[step, 2] = min(record.checks[step, 2], stock, public)
            sums = stock + public + store.log_price[c, b] + store.expected_export[c, b] + work.error[c, b]
            if not math.isfinite(sums + store.new_capacity[c, b] + store.usual_flow[c, b]):
                record.checks[step, 3] = 1.0
    for k in range(lane.through.shape[0]):
        for b in range(lane.through.shape[1]):
            record.checks[step, 1] = max(record.checks[step, 1], lane.through[k, b])
            record.checks[step, 2] = min(record.checks[step, 2], lane.through[k, b])
