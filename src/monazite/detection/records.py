"""Breaks of one flow as flat records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monazite.detection.contrasts import LEAST_SHARE
from monazite.detection.detect import Break, Detection, detect_breaks
from monazite.detection.panel import WORLD, FlowPanel, panel_from_release, panel_from_series, sum_importers
from monazite.detection.placebo import Placebos, read_placebos
from monazite.detection.verdict import FALSE_ALARM_SHARE
from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.sources.table import Columns

FRONT_LOADING = 3
"""A peak that ends at most so many periods before a fall is named with it. Source: this project."""


@dataclass(frozen=True)
class DetectedFlow:
    """The records of one flow, and what a picture of it needs."""

    records: tuple[Mapping[str, object], ...]
    lineage: Lineage
    panel: FlowPanel
    lane: int
    detection: Detection


def detect_flow(
    data: Snapshot,
    exporter: str,
    importer: str,
    product_code: str,
    *,
    series: Columns | None = None,
    first: str = "",
    last: str = "",
    placebos: Placebos | None = None,
    least_share: float = LEAST_SHARE,
) -> DetectedFlow:
    """
    Test one flow of the release, or of a table, and give its breaks as records.

    Parameters
    ----------
    data : Snapshot
        An open release: the flow itself unless `series` is given, and the placebos of annual flows.
    exporter, importer : str
        ISO3; the importer may be `world`.
    product_code : str
        Code with its edition (`hs92:284690`).
    series : Columns, optional
        Flows that the user gives, as `read_flow_series` reads them.
    first, last : str
        Period, or year of months, from which and to which breaks may start; open where empty.
    placebos : Placebos, optional
        Those of the release, if they were read before; annual flows need them.
    least_share : float, default 0.1
        A flow that departs by less is `no break`. [share, 0 < least_share < 1]

    Returns
    -------
    DetectedFlow
        A record per break: `year` (and `month`) is its first period, `year_low` to `year_high` the years that cannot
        be told from it; `value` is the flow over its counterfactual less one [share], `low` and `high` its
        90 % interval, `tonnes` the same in tonnes, `p_value`, `verdict`.

    Raises
    ------
    DataError
        As `detect_breaks`, or if no period lies between `first` and `last`.
    """
    code = int(product_code.partition(":")[2])
    if series is None:
        panel = panel_from_release(data, code)
        panel = sum_importers(panel) if importer == WORLD else panel
    else:
        panel = panel_from_series(series, exporter, importer)
    dates = choose_dates(panel.periods, first, last) if first or last else None
    if panel.is_monthly:
        placebos = None
    elif placebos is None:
        placebos = read_placebos(data)
    detection = detect_breaks(
        panel, exporter, importer, placebos=placebos, code=code, dates=dates, least_share=least_share
    )
    lane = panel.find(exporter, importer)
    source_ids = (*(("baci",) if placebos else ()), *(("inputs",) if series is not None else ()))
    lineage = data.lineage.with_sources(*(name for name in source_ids if name != "inputs"))
    labels = {"exporter": exporter, "importer": importer, "product": product_code}
    records = tuple(
        {**labels, **write_break(one, detection, panel, lane), "source_ids": source_ids}
        for one in detection.breaks
    )
    return DetectedFlow(records, lineage, panel, lane, detection)


def choose_dates(periods: Sequence[str], first: str, last: str) -> slice:
    """
    Turn the first and last date asked for into positions.

    Examples
    --------
    >>> choose_dates(("2010-11", "2010-12", "2011-01"), "2010-12", "2011")
    slice(1, 3, None)
    """
    inside = [
        k for k, period in enumerate(periods)
        if (not first or period >= first[: len(period)]) and (not last or period[: len(last)] <= last[: len(period)])
    ]  # fmt: skip
    if not inside:
        raise DataError(
            "dates", f"no period lies between {first or 'the start'} and {last or 'the end'}.",
            expected=f"dates within {periods[0]} to {periods[-1]}",
        )  # fmt: skip
    return slice(inside[0], inside[-1] + 1)


def write_break(one: Break, detection: Detection, panel: FlowPanel, lane: int) -> dict[str, object]:
    """Write one break as the fields of a record."""
    periods = panel.periods
    synthetic = one.synthetic
    left_out = [periods[k] for k in np.flatnonzero(~np.isfinite(panel.trusted_t[lane]))]
    return {
        "year": int(periods[one.start][:4]),
        **({"month": periods[one.start]} if panel.is_monthly else {}),
        "year_low": int(periods[one.earliest][:4]), "year_high": int(periods[one.latest][:4]),
        "kind": one.kind,
        "value": known(one.share), "unit": "share", "low": known(one.low), "high": known(one.high),
        "tonnes": known(one.lost_t),
        "p_value": one.p_value, "verdict": one.verdict,
        "ended": periods[one.stop] if one.stop < len(periods) and one.kind != "none" else None,
        "earliest": periods[one.earliest], "latest": periods[one.latest],
        "scope": one.scope,
        **{f"share_{name}": share for name, share in one.shares.items()},
        "share_synthetic_control": synthetic.share if synthetic else None,
        "p_synthetic_control": synthetic.p_value if synthetic else None,
        "synthetic_donors": f"{synthetic.donors} {synthetic.kind}" if synthetic else None,
        "share_value_usd": known(one.value_share), "unit_value_ratio": known(one.price_ratio),
        "detectable_share": one.detectable_share, "false_alarm_share": FALSE_ALARM_SHARE,
        "method": detection.method, "placebos": detection.placebos,
        "quality": "reported", "left_out": ", ".join(left_out) or None,
        "reason": one.reason or None, "note": name_front_loading(one, detection.breaks, periods),
    }  # fmt: skip


def known(number: float) -> float | None:
    """None where a number is not known, so that a record has no NaN."""
    return number if np.isfinite(number) else None


def name_front_loading(one: Break, breaks: Sequence[Break], periods: Sequence[str]) -> str | None:
    """Say of a peak right before a fall, and of that fall, that they belong together; None where there is no pair."""
    for other in breaks:
        peak, fall = (one, other) if one.kind == "rise" else (other, one)
        pair = (
            one.verdict == other.verdict == "broke"
            and peak.kind == "rise"
            and fall.kind in ("fall", "squeeze")
        )
        if not pair or not 0 <= fall.start - peak.stop <= FRONT_LOADING:
            continue
        if one is peak:
            return f"a peak right before the fall of {periods[fall.start]}: looks like buying ahead"
        return (
            f"right after the peak of {periods[peak.start]}, so that goods bought ahead are missing in it; "
            f"both together {peak.lost_t + fall.lost_t:+,.0f} t"
        )
    return None
