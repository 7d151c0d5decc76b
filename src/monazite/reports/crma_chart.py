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


MARKS = {
    "EU sourcing": "e",
    "world supply": "w",
    "group": "r",
    "gross weight": "g",
    "imports, as a bound": "b",
}
"""Letter after a share that does not come from contained tonnes of our data, by basis."""
LEGENDS = {
    "e": "EU study",
    "w": "the world's supply, an indication unless one country has all of it",
    "r": "all rare earths, an indication",
    "g": "by gross weight",
    "b": "a bound from the imports",
}
NEAR = 1.0
"""Distance from the limit within which bounds have one more digit. [percentage points]"""


def write_end(percent: float, limit: float) -> str:
    """
    Write an end of an interval, with one more digit near the limit and where whole per cent would say all.

    Examples
    --------
    >>> write_end(80.4, 65.0), write_end(65.2, 65.0), write_end(99.5, 65.0), write_end(100.0, 65.0)
    ('80', '65.2', '99.5', '100')
    """
    is_near = abs(percent - limit) <= NEAR or 99 < percent < 100
    return f"{percent:.1f}" if is_near else f"{percent:.0f}"


def write_legend(tests: Sequence[Record]) -> str:
    """Say what the marks in the cells mean, and where the intervals come from."""
    used = {MARKS.get(str(record["basis"]), "") for record in tests}
    words = [f"{sign}: {meaning}" for sign, meaning in LEGENDS.items() if sign in used]
    draws, seed = (tests[0].get(name) for name in ("draws", "seed")) if tests else (0, None)
    interval = f"bounds: 5 to 95 % of {draws} draws (seed {seed}), or published ones" if draws else "no draws"
    return "; ".join((*words, interval))


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
    where = f"{chosen[0]['region']}, asked for {chosen[0]['year']}" if chosen else ""
    draws = (chosen[0].get("draws") or 0) if chosen else 0
    title = f"Largest share of one third country, {where}, {draws} draws"
    caption = Caption(
        chart_id="crma",
        title=title,
        unit="share",
        why_empty="no strategic material was asked for",
    )
    limit = float(str(chosen[0]["limit"])) if chosen else 0.65
    return draw_heat(
        cells, caption, limit=Limit(limit, f"limit {100 * limit:.0f} %"), width=width,
        heading=title, remarks=[write_legend(chosen)],
    )  # fmt: skip


def _name_row(record: Record) -> str:
    name = str(record["material"]).replace("_", " ")
    return f"{name}, magnets (outside the Act)" if record["outside_the_act"] else f"{name}, {record['stage']}"


def _build_cell(record: Record) -> HeatCell:
    vintage = str(record["vintage"] or "")
    words = [f"data {vintage}" if vintage else "", str(record["basis"] or "")]
    words += dict.fromkeys("; ".join([str(record.get("reason") or ""), str(record["note"])]).split("; "))
    return HeatCell(
        value=_number(record["value"]),
        verdict=str(record["verdict"]),
        label=str(record["country"] or ""),
        low=_number(record["low"]),
        high=_number(record["high"]),
        corner=vintage.replace("-20", "-"),
        note="; ".join(word for word in words if word),
        sign=MARKS.get(str(record["basis"]), ""),
        bounds=_write_bounds(record),
    )


def _write_bounds(record: Record) -> str:
    if record["low"] is None or record["high"] is None:
        return ""
    limit = 100 * float(str(record["limit"]))
    low, high = (write_end(100 * float(str(record[end])), limit) for end in ("low", "high"))
    return f"{low}-{high}" if low != high else ""


def _number(value: object) -> float:
    return math.nan if value is None else min(float(str(value)), 1.0)
