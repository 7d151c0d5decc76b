"""The flows of one product over time: every lane, what is trusted of it, and what donors are summed from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monazite.detection.contrasts import ANNUAL, MONTHLY, Floats, Windows
from monazite.errors import DataError
from monazite.snapshot import Snapshot
from monazite.sources.flow_series import LEAST_FIGURE, MOST_T, MOST_USD
from monazite.sources.table import Columns
from monazite.supply_chain.lanes import list_countries, read_lanes

WORLD = "world"
"""Importer that stands for all countries together."""

YEARS = "SELECT DISTINCT year FROM trade WHERE edition = 'hs92' AND product_code = $code ORDER BY year"


@dataclass(frozen=True)
class FlowPanel:
    """
    Flows by lane and period.

    Attributes
    ----------
    periods : tuple of str
        Consecutive years (`2010`) or months (`2010-09`).
    exporters, importers : array, dims (lane)
        The two ends of each lane.
    trusted_t : array, dims (lane, period)
        Tonnes that customs recorded and nobody doubts. [t gross, >= 0] NaN = missing or doubtful.
    filled_t : array, dims (lane, period)
        The same with value over unit value where tonnes are missing or doubtful; only sums of donors use it.
        [t gross, >= 0] NaN = not known.
    value_usd : array, dims (lane, period)
        [USD, >= 0] NaN = not known.
    """

    periods: tuple[str, ...]
    exporters: npt.NDArray[np.object_]
    importers: npt.NDArray[np.object_]
    trusted_t: Floats
    filled_t: Floats
    value_usd: Floats

    @property
    def is_monthly(self) -> bool:
        """Whether periods are months."""
        return len(self.periods[0]) > 4

    @property
    def windows(self) -> Windows:
        """Baseline and spans that fit the length of a period."""
        return MONTHLY if self.is_monthly else ANNUAL

    def find(self, exporter: str, importer: str) -> int:
        """Find the position of a lane, or -1."""
        found = np.flatnonzero((self.exporters == exporter) & (self.importers == importer))
        return int(found[0]) if len(found) else -1


def panel_from_release(data: Snapshot, code: int) -> FlowPanel:
    """
    Read all lanes of one HS92 code from a release, a year a period.

    Parameters
    ----------
    data : Snapshot
        An open release.
    code : int
        Six-digit code (284690).

    Returns
    -------
    FlowPanel
        From the first to the last year in which any tonnes are known. A lane without a row in such a year
        had no recorded trade: 0.

    Raises
    ------
    DataError
        If the release has no tonnes of that code.
    """
    years = [int(year) for year in data.query(YEARS, {"code": code})["year"]]
    countries = list_countries(data, years) if years else ()
    rows = read_lanes(data, [code], years, countries)
    known = rows["year"][np.isfinite(rows["priced_t"])]
    if not len(known):
        raise DataError(
            f"release {data.manifest.release}, product hs92:{code}", "has no tonnes.",
            expected="a product of the release", fix="monazite data show trade --where \"product_code = 284690\"",
        )  # fmt: skip
    first, last = int(known.min()), int(known.max())
    inside = (rows["year"] >= first) & (rows["year"] <= last)
    keys = rows["exporter"][inside] * len(countries) + rows["importer"][inside]
    lanes, place = np.unique(keys, return_inverse=True)
    shape = (len(lanes), last - first + 1)
    cells = (place, rows["year"][inside].astype(int) - first)
    trusted, filled, value = (np.zeros(shape) for _ in range(3))
    trusted[cells], filled[cells], value[cells] = (
        rows[name][inside] for name in ("priced_t", "tonnes", "value_usd")
    )
    names = np.array(countries, dtype=object)
    return FlowPanel(
        periods=tuple(str(year) for year in range(first, last + 1)),
        exporters=names[lanes // len(countries)], importers=names[lanes % len(countries)],
        trusted_t=trusted, filled_t=filled, value_usd=value,
    )  # fmt: skip


def panel_from_series(series: Columns, exporter: str, importer: str) -> FlowPanel:
    """
    Arrange a table of flows by lane and period, as `read_flow_series` gives it.

    Parameters
    ----------
    series : Columns
        period, exporter, importer, quantity_t [t], value_usd [USD].
    exporter, importer : str
        The lane asked for; where `importer` is `world` and the table has no such row, lanes are added up.

    Returns
    -------
    FlowPanel
        Over the periods of the lane. Another lane without a row in a period had no trade: customs tables list
        only trade. In the lane itself every period must have a row.

    Raises
    ------
    DataError
        If years and months are mixed or a row stands twice; if the table has no such lane, or the lane skips
        periods; all are named.
    """
    check_rows(series)
    names = series["exporter"].astype(str), series["importer"].astype(str)
    is_total = importer == WORLD and not ((names[0] == exporter) & (names[1] == WORLD)).any()
    own = (names[0] == exporter) & ((names[1] == importer) | is_total)
    if not own.any():
        known = sorted({f"{one} to {other}" for one, other in zip(*names, strict=True)})
        raise DataError(
            f"series, {exporter} to {importer}", "has no row.", which=known, expected="a lane of the table"
        )
    wanted = list_periods(sorted({str(period) for period in series["period"][own]}))
    missing = [period for period in wanted if period not in set(series["period"][own].astype(str))]
    if missing:
        raise DataError(
            f"series, {exporter} to {importer}", f"{len(missing)} periods have no row.", which=missing,
            expected="every period from the first to the last",
            fix="write 0 where nothing was traded, an empty cell where it is not known",
        )  # fmt: skip
    place = {period: k for k, period in enumerate(wanted)}
    inside = np.array([str(period) in place for period in series["period"]])
    lanes = sorted(set(zip(names[0][inside], names[1][inside], strict=True)))
    rows = {lane: k for k, lane in enumerate(lanes)}
    tonnes, value = np.zeros((len(lanes), len(wanted))), np.zeros((len(lanes), len(wanted)))
    cells = (
        [rows[lane] for lane in zip(names[0][inside], names[1][inside], strict=True)],
        [place[str(period)] for period in series["period"][inside]],
    )
    tonnes[cells], value[cells] = series["quantity_t"][inside], series["value_usd"][inside]
    exporters, importers = (np.array(end, dtype=object) for end in zip(*lanes, strict=True))
    panel = FlowPanel(tuple(wanted), exporters, importers, tonnes, tonnes, value)
    return sum_importers(panel) if is_total else panel


def check_rows(series: Columns) -> None:
    """Refuse years and months in one table, and rows that stand twice."""
    keys = list(zip(*(series[name].astype(str) for name in ("period", "exporter", "importer")), strict=True))
    wrong = [
        f"{period}, {exporter} to {importer}: stands {count} times"
        for (period, exporter, importer), count in Counter(keys).items()
        if count > 1
    ]
    if len({len(period) for period, _, _ in keys}) > 1:
        wrong.append("years and months in one table")
    if wrong:
        raise DataError(
            "series", "cannot be arranged by period.", which=wrong,
            expected="years or months, one row per period, exporter and importer",
        )  # fmt: skip


def check_panel(panel: FlowPanel) -> None:
    """
    Refuse absurd panels; missing figures are fine.

    Parameters
    ----------
    panel : FlowPanel
        Any.

    Raises
    ------
    DataError
        Once, with every problem: periods that do not follow one another, of two lengths or twice; figures that
        are negative, infinite, above 1e12 t or 1e15 USD, or so small that they can be no trade.
    """
    problems = []
    is_mixed = len({len(period) for period in panel.periods}) > 1
    if is_mixed or list(panel.periods) != list_periods(sorted(panel.periods)):
        problems.append(f"periods {', '.join(panel.periods[:4])} ... do not follow one another")
    for name, unit, most in (
        ("trusted_t", "t", MOST_T),
        ("filled_t", "t", MOST_T),
        ("value_usd", "USD", MOST_USD),
    ):
        values = getattr(panel, name)
        wrong = (values < 0) | (values > most) | ((values > 0) & (values < LEAST_FIGURE))
        problems += [
            f"{panel.exporters[i]} to {panel.importers[i]}, {panel.periods[k]}, {name}: {values[i, k]:g} {unit}"
            for i, k in np.argwhere(wrong)
        ]
    if problems:
        raise DataError(
            "flow panel", f"{len(problems)} {'thing' if len(problems) == 1 else 'things'} cannot be used.",
            which=problems,
            expected=f"consecutive years or months; 0 or {LEAST_FIGURE:g} to {MOST_T:g} t and {MOST_USD:g} USD",
            fix="NaN where a figure is missing",
        )  # fmt: skip


def list_periods(known: Sequence[str]) -> list[str]:
    """
    List every year or month from the first to the last.

    Examples
    --------
    >>> list_periods(["2010-11", "2011-01"])
    ['2010-11', '2010-12', '2011-01']
    """
    if len(known[0]) == 4:
        return [str(year) for year in range(int(known[0]), int(known[-1]) + 1)]
    first, last = (int(period[:4]) * 12 + int(period[5:]) - 1 for period in (known[0], known[-1]))
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(first, last + 1)]


def sum_importers(panel: FlowPanel) -> FlowPanel:
    """Add up the lanes of each exporter into one lane to `world`; one unknown lane makes the sum unknown."""
    exporters, place = np.unique(panel.exporters.astype(str), return_inverse=True)
    sums = []
    for values in (panel.filled_t, panel.filled_t, panel.value_usd):
        total = np.zeros((len(exporters), len(panel.periods)))
        np.add.at(total, place, values)
        sums.append(total)
    names = exporters.astype(object)
    return FlowPanel(panel.periods, names, np.full(len(names), WORLD, dtype=object), *sums)


def add_up_others(panel: FlowPanel, ends: npt.NDArray[np.object_], rows: Sequence[int]) -> Floats:
    """
    Tonnes of all other lanes that share an end with each lane of `rows`.

    Parameters
    ----------
    panel : FlowPanel
        All lanes.
    ends : array, dims (lane)
        `panel.importers` for the other exporters to the same importer; `panel.exporters` for the reverse.
    rows : sequence of int
        Positions of the lanes asked for.

    Returns
    -------
    array, dims (row, period)
        [t gross, >= 0] 0 where the end has no other lane. A lane that is not known in a period counts its
        median there, so that a gap in the records does not look like a fall.
    """
    known = np.isfinite(panel.filled_t)
    filled = np.where(known, panel.filled_t, 0.0)
    if not known.all():
        has_gap = ~known.all(axis=1) & known.any(axis=1)
        usual = np.zeros(len(filled))
        usual[has_gap] = np.nanmedian(panel.filled_t[has_gap], axis=1)
        filled = np.where(known, filled, usual[:, None])
    labels, place = np.unique(ends.astype(str), return_inverse=True)
    total = np.zeros((len(labels), filled.shape[1]))
    np.add.at(total, place, filled)
    chosen = np.asarray(rows)
    others = total[place[chosen]] - filled[chosen]
    others[others <= 1e-9 * total[place[chosen]]] = 0.0  # the rounding of the difference
    return np.asarray(others)


def add_up_exporter(panel: FlowPanel, lane: int) -> tuple[Floats, Floats, Floats]:
    """
    Add up all that the exporter of a lane sells.

    Parameters
    ----------
    panel : FlowPanel
        All lanes.
    lane : int
        Position of the lane.

    Returns
    -------
    three arrays, dims (1, period)
        What the exporter sells to all, and what all other exporters sell [t gross, >= 0]; value of the first. [USD]
        What is not known in a lane counts as `add_up_others` counts it, in the value as 0.
    """
    own = np.nan_to_num(panel.filled_t[[lane]])
    total = add_up_others(panel, panel.exporters, [lane]) + own
    world = add_up_others(panel, np.full(len(panel.exporters), WORLD, dtype=object), [lane]) + own
    value = np.nansum(panel.value_usd[panel.exporters == panel.exporters[lane]], axis=0)[None]
    return total, np.maximum(world - total, 0.0), value
