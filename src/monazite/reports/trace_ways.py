"""The table of ways as a picture in a file."""

import math
from collections.abc import Sequence
from pathlib import Path

from monazite.reports.charts import Caption, Chart
from monazite.reports.charts.ways import WayCell, WayRow, draw_ways
from monazite.reports.envelope import Record
from monazite.reports.files import write_picture
from monazite.tracing.compare_rows import WAYS
from monazite.tracing.explain import is_range
from monazite.tracing.origins import UNKNOWN
from monazite.vocabulary import country_name

WEIGHTS = {"gross": "gross weight", "estimated": "contents estimated", "published": ""}
"""Words of a record's `weight`, and how the picture says them; published shares have their years."""


def draw_comparison(records: Sequence[Record], *, width: float = 960) -> Chart:
    """
    Draw the records of `compare_ways`: a row per material, stage and country, a panel per way.

    Parameters
    ----------
    records : sequence of records
        In the order that they came in: four ways after each other.
    width : float, default 960
        [pixels]

    Returns
    -------
    Chart
        Rows in which nothing can be told are left out of the picture and stand in the table.

    Examples
    --------
    China's share in rare earths by partner, extraction, processing and control is one row with four bars.
    """
    groups = [records[start : start + len(WAYS)] for start in range(0, len(records), len(WAYS))]
    shown = [
        group
        for group in groups
        if group[0]["country"] != UNKNOWN and any(record["value"] is not None for record in group)
    ]
    years = sorted({str(record["year"]) for record in records})
    importers = dict.fromkeys(str(record["importer"]) for record in records)
    more = len(years) > 1 or len(importers) > 1
    caption = Caption(
        "ways",
        f"Who stands behind what {', '.join(importers)} buys from outside, {years[0]}"
        + (f" to {years[-1]}" if len(years) > 1 else ""),
        "share",
        "none of the ways can be told.",
    )
    return draw_ways([_row(group, has_labels=more) for group in shown], WAYS, caption, width=width)


def write_comparison(records: Sequence[Record], path: Path) -> None:
    """Draw the ways into an SVG file."""
    write_picture(path, draw_comparison(records).svg)


def _row(group: Sequence[Record], *, has_labels: bool) -> WayRow:
    first = next(record for record in group if record["value"] is not None)
    weight = str(first["weight"])
    said = next((words for word, words in WEIGHTS.items() if word in weight), "")
    words = ", ".join(filter(None, [str(first["stage"]), said or (weight if "published" in weight else "")]))
    if has_labels:
        words = f"{first['importer']} {first['year']}, {words}"
    label = f"{str(first['material']).replace('_', ' ')}: {country_name(str(first['country']))}"
    return WayRow(label, words, {str(record["by"]): _cell(record) for record in group})


def _cell(record: Record) -> WayCell:
    def number(name: str) -> float:
        value = record.get(name)
        return math.nan if value is None else min(1.0, float(str(value)))

    if record["value"] is None:
        return WayCell(math.nan, reason=str(record.get("reason", "")))
    ends = number("low"), number("high")
    return WayCell(number("value"), *ends, number("unknown"), is_range=is_range(record))
