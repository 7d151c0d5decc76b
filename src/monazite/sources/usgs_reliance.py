"""Which printed rows of USGS make up the net import reliance of a commodity, and their figures by year."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from monazite.errors import SourceError
from monazite.sources.curated import CURATED, read_curated
from monazite.sources.table import Columns, columns_from_rows

ROLES = ("official", "production", "import", "export", "stock", "draw", "consumption")
"""
What a row is: the published reliance; flows; the level of stocks at the end of the year; a stock draw (shipments from
the Government stockpile); the printed apparent consumption, where production is not printed.
"""

FLOWS = ("production", "import", "export", "stock_draw")
SALIENT = "Salient Statistics"
UNKNOWN_MARKS = ("withheld", "not available", "not applicable", "words")
COLUMNS = (
    "material", "year", "unit",
    *(f"{flow}{end}" for flow in FLOWS for end in ("", "_low", "_high")),
    "official", "official_low", "official_high", "official_text", "basis", "note", "reason",
)  # fmt: skip

Span = tuple[float, float, float]
"""Value, lowest and highest."""

Printed = Mapping[tuple[str, str, str, int], int]
"""Chapter, commodity, row and year -> place in the summaries."""


def read_reliance_rows(path: Path | None = None) -> Columns:
    """
    Read which rows count (`data/curated/usgs_reliance_rows.csv`).

    Returns
    -------
    Columns
        material, role (one of `ROLES`), chapter, commodity, detail (the publisher's words), last_year [a] (NaN:
        until now), note, source.

    Raises
    ------
    SourceError
        Once, with every problem: an empty cell, an unknown role, a material with no official row or no imports.
    """
    chosen = path or CURATED / "usgs_reliance_rows.csv"
    rows = read_curated(chosen, table="usgs_reliance_rows")
    problems: list[str] = []
    for material in dict.fromkeys(rows["material"]):
        roles = list(rows["role"][rows["material"] == material])
        if roles.count("official") != 1 or "import" not in roles:
            problems.append(f"{material}: needs one row official and at least one row import")
        if "consumption" in roles and "production" in roles:
            problems.append(f"{material}: has production and consumption; only one of them can count")
    if problems:
        raise SourceError(chosen.name, f"{len(problems)} entries cannot be used.", which=problems)
    return rows


def select_reliance_flows(summaries: Columns, rows: Columns) -> Columns:
    """
    Add up the flows of each commodity and year.

    Parameters
    ----------
    summaries : Columns
        From `read_mineral_commodity_summaries`.
    rows : Columns
        From `read_reliance_rows`.

    Returns
    -------
    Columns
        material, year, unit (the publisher's); production, import, export, stock_draw [unit], each with what the
        rounding of the printed figures allows (`_low`, `_high`); official [0..1] with official_low, official_high
        and official_text; basis ("rows", or "published consumption" where production is that less net imports);
        note; reason: why a flow is not known, empty if all are. A flow that is only bounded (`<25`, less than half
        a unit) is NaN between its bounds. No row for a year without a published reliance.

    Raises
    ------
    SourceError
        Once, with every listed row that the file does not have.
    """
    printed, years = _index(summaries)
    known = {key[:3] for key in printed}
    listed = list(zip(rows["chapter"], rows["commodity"], rows["detail"], strict=True))
    lost = [" / ".join(key) for key in dict.fromkeys(listed) if key not in known]
    if lost:
        raise SourceError(
            "Mineral Commodity Summaries",
            f"{len(lost)} rows that count for net import reliance are not in the file.",
            which=lost,
            expected="the salient statistics of the edition of 2026",
            fix="compare with data/curated/usgs_reliance_rows.csv: USGS may have renamed them",
        )
    found: list[tuple[object, ...]] = []
    for material in dict.fromkeys(rows["material"]):
        mine = np.flatnonzero(rows["material"] == material)
        entry = {
            role: [(listed[k], rows["last_year"][k]) for k in mine if rows["role"][k] == role]
            for role in ROLES
        }
        note = " ".join(str(rows["note"][k]) for k in mine if rows["note"][k])
        for year in years:
            place = printed.get((*entry["official"][0][0], year))
            if place is not None:
                found.append(_select_one(summaries, printed, entry, (str(material), year, place, note)))
    return columns_from_rows(COLUMNS, found)


def _index(summaries: Columns) -> tuple[Printed, list[int]]:
    """Index the salient statistics by chapter, commodity, row and year."""
    places = [k for k, section in enumerate(summaries["section"]) if str(section).startswith(SALIENT)]
    names = ("chapter", "commodity", "detail", "year")
    printed = {
        (str(chapter), str(commodity), str(detail), int(year)): k
        for k in places
        for chapter, commodity, detail, year in [tuple(summaries[name][k] for name in names)]
    }
    return printed, sorted({key[3] for key in printed})


def _select_one(
    summaries: Columns,
    printed: Printed,
    entry: Mapping[str, list[tuple[tuple[str, str, str], float]]],
    labels: tuple[str, int, int, str],
) -> tuple[object, ...]:
    """Compose one row: the flows of one commodity in one year."""
    material, year, place, note = labels
    reasons: list[str] = []

    def add(role: str, when: int) -> Span:
        keys = [key for key, last in entry[role] if math.isnan(last) or when <= last]
        return _add(_figure(summaries, printed, key, when, reasons) for key in keys)

    imports, exports = add("import", year), add("export", year)
    draw = add("draw", year)
    if entry["stock"]:
        draw = _add([draw, _subtract(add("stock", year - 1), add("stock", year))])
    production = add("production", year)
    if entry["consumption"]:
        net = _add([_subtract(imports, exports), draw])
        production = _subtract(add("consumption", year), net)
    flows = (_floor(production), _floor(imports), _floor(exports), draw)
    official = tuple(float(summaries[name][place]) / 100 for name in ("value", "low", "high"))
    if summaries["mark"][place] == "net exporter":
        official = (math.nan, -math.inf, 0.0)
    elif summaries["mark"][place] in UNKNOWN_MARKS:
        reasons.append(f"net import reliance {summaries['mark'][place]}")
    unit = str(summaries["unit"][printed[(*entry["import"][0][0], year)]])
    basis = "published consumption" if entry["consumption"] else "rows"
    figures = (value for flow in flows for value in flow)
    text = str(summaries["text"][place])
    return (material, year, unit, *figures, *official, text, basis, note, "; ".join(dict.fromkeys(reasons)))


def _figure(
    summaries: Columns, printed: Printed, key: tuple[str, str, str], year: int, reasons: list[str]
) -> Span:
    """Look up one figure; why it is not known goes to `reasons`."""
    place = printed.get((*key, year))
    if place is None:
        reasons.append(f"no figure of {year} for {key[2]!r}")
        return (math.nan, math.nan, math.nan)
    if summaries["mark"][place] in UNKNOWN_MARKS:
        reasons.append(f"{key[2]!r} {summaries['mark'][place]}")
    return tuple(float(summaries[name][place]) for name in ("value", "low", "high"))  # type: ignore[return-value]


def _add(spans: Iterable[Span]) -> Span:
    """Add figures; their bounds add up too."""
    value = low = high = 0.0
    for span in spans:
        value, low, high = value + span[0], low + span[1], high + span[2]
    return value, low, high


def _subtract(first: Span, second: Span) -> Span:
    """Subtract a figure: the lowest difference is the lowest first less the highest second."""
    return first[0] - second[0], first[1] - second[2], first[2] - second[1]


def _floor(span: Span) -> Span:
    """Cut the lower bound of a flow at zero: rounding does not make it negative."""
    return span[0], span[1] if math.isnan(span[1]) else max(span[1], 0.0), span[2]
