"""Expected loss over one-country cut-offs as bars: what would fall out, and between which ends it would be lacking."""

import math
from collections.abc import Sequence
from pathlib import Path

from monazite.reports.charts.bars import Bar, draw_bars
from monazite.reports.charts.chart import Caption, Chart
from monazite.reports.charts.words import SHARE
from monazite.reports.envelope import Record
from monazite.reports.files import write_text_atomically

MOST = 30
"""Bars drawn; the JSON has every place."""
PLACE = ("material", "stage", "region", "year")
CUT, LOSS = "expected_cut", "expected_loss"


def write_loss_chart(records: Sequence[Record], path: Path) -> None:
    """Draw expected losses into an SVG file."""
    write_text_atomically(path, draw_losses(records).svg + "\n")


def draw_losses(records: Sequence[Record], *, width: float = 960) -> Chart:
    """
    Draw a bar for each place, the largest first: the share of the supply expected to fall out in a year.

    Parameters
    ----------
    records : sequence of records
        From `measure_expected_loss`.
    width : float, default 960
        [pixels, 280 to 2000]

    Returns
    -------
    Chart
        The thin line runs from what would be lacking if others stood in as far as they can to all that falls out. Where
        partners without a governance score leave a range, the bar ends at its middle. The supplier that weighs most
        stands beside each bar. At most 30 bars.

    Raises
    ------
    DataError
        If the width is out of range.
    """
    places: dict[tuple[object, ...], dict[str, Record]] = {}
    for record in records:
        if record.get("quantity") in (CUT, LOSS) or (
            record.get("quantity") == "cut_off" and record["rank"] == 1
        ):
            places.setdefault(tuple(record[name] for name in PLACE), {})[str(record["quantity"])] = record
    varying = [k for k in range(len(PLACE)) if len({key[k] for key in places}) > 1] or [0]
    bars = [_build_bar(", ".join(_word(key[k]) for k in varying), rows) for key, rows in places.items()]
    bars.sort(key=lambda bar: -bar.value)
    common = ", ".join(_word(value) for k, value in enumerate(next(iter(places), ())) if k not in varying)
    rest = f", the {MOST} largest of {len(bars)}" if len(bars) > MOST else ""
    caption = Caption(
        "expected-loss", f"Supply expected to fall out in a year by one-country cut-offs{rest}: {common}", SHARE,
        "Nothing of what was asked for can be told.",
    )  # fmt: skip
    return draw_bars(
        bars[:MOST], caption, width=width, interval="what would be lacking, after and before others stand in"
    )


def _build_bar(label: str, rows: dict[str, Record]) -> Bar:
    """Build the bar of one place."""
    low, high = (_number(rows[name][end]) for name, end in ((CUT, "low"), (CUT, "high")))
    first = rows["cut_off"]
    heaviest = f"{first['exporter']} {100 * _number(first['cut_share']):.0f} % of supply"
    loss_low, loss_high = (_number(rows[LOSS][end]) for end in ("low", "high"))
    return Bar(label, (low + high) / 2, loss_low, max(loss_high, loss_low), heaviest)


def _word(value: object) -> str:
    return str(value).replace("_", " ")


def _number(value: object) -> float:
    return math.nan if value is None else float(str(value))
