"""Expected loss over one-country cut-offs as bars: what would be lacking, and between which ends."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from monazite.reports.charts.bars import Bar, draw_bars
from monazite.reports.charts.chart import Caption, Chart
from monazite.reports.charts.words import SHARE
from monazite.reports.envelope import Record
from monazite.reports.files import write_picture

MOST = 30
"""Bars drawn; the JSON has every place."""
PLACE = ("material", "stage", "region", "year")
LOSS = "expected_loss"
BARS = (
    "Bars: the share of the supply expected to be lacking in a year, summed over all suppliers; of a range, the least, "
    "and striped up to the most. Beside them the supplier that weighs most."
)


def write_loss_chart(records: Sequence[Record], path: Path) -> None:
    """Draw expected losses into an SVG file."""
    write_picture(path, draw_losses(records).svg)


def draw_losses(records: Sequence[Record], *, width: float = 960) -> Chart:
    """
    Draw a bar for each place, the largest first: the share of the supply expected to be lacking in a year.

    Parameters
    ----------
    records : sequence of records
        From `measure_expected_loss`.
    width : float, default 960
        [pixels, 280 to 2000]

    Returns
    -------
    Chart
        The title names what is common to all places, the line below it what the bars are. A bar is `expected_loss`;
        where that is a range the bar ends at its lower end and stripes run to its upper end: from what is lacking if
        others stand in as far as they can to all that falls out. The supplier that weighs most stands beside each bar.
        At most 30 bars. What has no figure is named below.

    Raises
    ------
    DataError
        If the width is out of range.
    """
    places: dict[tuple[object, ...], dict[str, Record]] = {}
    for record in records:
        if record.get("quantity") == LOSS or (record.get("quantity") == "cut_off" and record["rank"] == 1):
            places.setdefault(tuple(record[name] for name in PLACE), {})[str(record["quantity"])] = record
    varying = [k for k in range(len(PLACE)) if len({key[k] for key in places}) > 1] or [0]
    bars = [_build_bar(", ".join(_word(key[k]) for k in varying), rows) for key, rows in places.items()]
    bars.sort(key=lambda bar: -(bar.high if bar.is_range else bar.value))
    common = ", ".join(_word(value) for k, value in enumerate(next(iter(places), ())) if k not in varying)
    rest = f", the {MOST} largest of {len(bars)}" if len(bars) > MOST else ""
    caption = Caption(
        "expected-loss", f"Expected loss of supply a year by one-country cut-offs{rest}: {common}", SHARE,
        "Nothing of what was asked for can be told.",
    )  # fmt: skip
    return draw_bars(
        bars[:MOST], caption, width=width, subtitle=BARS,
        interval="what would be lacking, if others stand in as far as they can and if nobody does",
        remarks=_name_untold(records, places, varying),
    )  # fmt: skip


def _name_untold(
    records: Sequence[Record], told: Mapping[tuple[object, ...], object], varying: Sequence[int]
) -> list[str]:
    """Name the places of which nothing can be told; both stages of a material as the material alone."""
    places = dict.fromkeys(tuple(record[name] for name in PLACE) for record in records)
    known = {key[0] for key in told}
    lost = [key for key in places if key not in told]
    names = dict.fromkeys(
        ", ".join(_word(key[k]) for k in varying) if key[0] in known else _word(key[0]) for key in lost
    )
    return [f"Without a figure: {'; '.join(names)}."] if names else []


def _build_bar(label: str, rows: dict[str, Record]) -> Bar:
    """Build the bar of one place: the loss of the table, at its upper end where that is a range."""
    first, loss = rows["cut_off"], rows[LOSS]
    heaviest = f"{first['exporter']} {100 * _number(first['cut_share']):.0f} % of supply"
    value, low, high = (_number(loss[name]) for name in ("value", "low", "high"))
    if math.isnan(value):
        return Bar(label, math.nan, low, high, heaviest)
    return Bar(label, value, note=heaviest) if low == high else Bar(label, value, low, high, heaviest)


def _word(value: object) -> str:
    return str(value).replace("_", " ")


def _number(value: object) -> float:
    return math.nan if value is None else float(str(value))
