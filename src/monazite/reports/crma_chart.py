"""The 65 % test as a heat map: strategic materials by stage against the four readings."""

import math
from collections.abc import Sequence

from monazite.reports.charts.bars import Limit
from monazite.reports.charts.chart import Caption, Chart
from monazite.reports.charts.heat import HeatCell, draw_heat
from monazite.reports.envelope import Record

HEADS = {
    "act": "of consumption (Act)",
    "imports": "of imports, by partner",
    "territory": "by territory, traced",
    "control": "by owner",
}
PHONE_HEADS = {"act": "Act", "imports": "imports", "territory": "territory", "control": "owner"}
SINGLE_SOURCE, TODAY = "single_source", "today"


def draw_crma(records: Sequence[Record], *, width: float = 960) -> Chart:
    """
    Draw the records of the 65 % test.

    Parameters
    ----------
    records : sequence of records
        From `crma_records`; those of other tests and scenarios are left out.
    width : float
        [pixels] Below 520 heads are short.

    Returns
    -------
    Chart
        A row per material and stage, a column per reading; each cell has the leading third country, its share and the
        verdict.
    """
    chosen = [r for r in records if r["test"] == SINGLE_SOURCE and r["scenario"] == TODAY]
    heads = HEADS if width >= 520 else PHONE_HEADS
    cells = {(_name_row(r), heads[str(r["by"])]): _build_cell(r) for r in chosen}
    region = str(chosen[0]["region"]) if chosen else ""
    caption = Caption(
        chart_id="crma",
        title=f"Largest share of one third country, {region}",
        unit="share",
        why_empty="no strategic material was asked for",
    )
    limit = float(str(chosen[0]["limit"])) if chosen else 0.65
    return draw_heat(cells, caption, limit=Limit(limit, f"limit {100 * limit:.0f} %"), width=width)


def _name_row(record: Record) -> str:
    name = str(record["material"]).replace("_", " ")
    return f"{name}, magnets (outside the Act)" if record["outside_the_act"] else f"{name}, {record['stage']}"


def _build_cell(record: Record) -> HeatCell:
    vintage = str(record["vintage"] or "")
    words = [f"data {vintage}" if vintage else "", str(record["basis"] or "")]
    words.append(str(record.get("reason") or record["note"]))
    return HeatCell(
        value=_number(record["value"]),
        verdict=str(record["verdict"]),
        label=str(record["country"] or ""),
        low=_number(record["low"]),
        high=_number(record["high"]),
        corner=vintage.replace("-20", "-"),
        note="; ".join(word for word in words if word),
    )


def _number(value: object) -> float:
    return math.nan if value is None else min(float(str(value)), 1.0)
