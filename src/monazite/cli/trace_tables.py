"""The table of `monazite trace --by all`: a row per material and country, a column per way."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from monazite.cli.output import make_console, print_sources
from monazite.provenance import Lineage
from monazite.reports.envelope import Record
from monazite.tracing.compare_rows import WAYS
from monazite.tracing.explain import is_range

MARKS = {"gross": "g", "estimated": "e", "published": "p"}
"""Words of a record's `weight` that say that it is not all of cited content, and how the table marks them."""
LEGEND = (
    "shares in percent, in brackets at least and at most (what is of unknown origin may be anybody's): {ends}. Only at "
    "least to at most by control, and where more is unknown than is known to be the country's. Contents: e estimated, "
    "g gross weight, p published shares of supply; else cited. China, and the largest by each way; --json has all."
)
ENDS = "5 to 95 % of {draws} draws, published shares by their digits"
NO_DRAWS = "no draws"
NARROW = 0.005
"""Width of an interval below which it needs a decimal. [1]"""


def print_comparison(records: Sequence[Record], lineage: Lineage, draws: int) -> None:
    """Print what can be told, why the ways differ, what is assumed, and what cannot be told with its reasons."""
    console = make_console()
    groups = [records[start : start + len(WAYS)] for start in range(0, len(records), len(WAYS))]
    shown = [
        group
        for group in groups
        if group[0]["country"] != "unknown" and any(record["value"] is not None for record in group)
    ]
    for year, importer in dict.fromkeys((group[0]["year"], group[0]["importer"]) for group in shown):
        same = [group for group in shown if (group[0]["year"], group[0]["importer"]) == (year, importer)]
        title = f"shares in what {importer} buys from outside, {year}"
        console.print(Text(title, "bold"))
        console.print(_build_table(same))
    if shown:
        console.print(Text(LEGEND.format(ends=ENDS.format(draws=draws) if draws else NO_DRAWS), "dim"))
    told = [record for group in shown for record in group if record["value"] is not None]
    for note in dict.fromkeys(f"{record['material']}: {record['note']}" for record in told if record["note"]):
        console.print(Text(f"why: {note}"))
    for content in dict.fromkeys(f"{r['material']}: {r['content']}" for r in records if r.get("content")):
        console.print(Text(f"imputed: content, {content}"))
    _print_assumptions(console, told)
    _print_reasons(console, records)
    print_sources(console, lineage)


def _build_table(groups: Sequence[Sequence[Record]]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("material", "stage", "", "of"):
        table.add_column(name, overflow="fold")
    for way in WAYS:
        table.add_column(way, justify="right", no_wrap=True)
    for group in groups:
        first = next(record for record in group if record["value"] is not None)
        mark = next((mark for word, mark in MARKS.items() if word in str(first["weight"])), "")
        table.add_row(
            str(first["material"]),
            str(first["stage"]),
            mark,
            str(first["country"]),
            *(write_cell(one) for one in group),
        )
    return table


def write_cell(record: Record) -> str:
    """
    Write a share with its interval in percent, each with the same decimals, or only the interval (`is_range`).

    Examples
    --------
    >>> write_cell({"by": "partner", "value": 0.557, "low": 0.506, "high": 0.612, "unknown": 0.0})
    '56 (51-61)'
    >>> write_cell({"by": "partner", "value": 0.0006, "low": 0.0004, "high": 0.0014, "unknown": 0.0})
    '0.1 (0.0-0.1)'
    >>> write_cell({"by": "extraction", "value": 0.0, "low": 0.0, "high": 0.37, "unknown": 0.37})
    '0-37'
    """
    if record["value"] is None:
        return "-"
    value = float(str(record["value"]))
    if record["low"] is None or record["high"] is None:
        return f"{100 * value:.0f}"
    low, high = (float(str(record[name])) for name in ("low", "high"))
    decimals = 1 if high - low < NARROW and value > 0 else 0
    ends = f"{100 * low:.{decimals}f}-{100 * high:.{decimals}f}"
    return ends if is_range(record) else f"{100 * value:.{decimals}f} ({ends})"


def _print_assumptions(console: Console, told: Sequence[Record]) -> None:
    """Print every assumption once, with the materials and ways that it is made for."""
    made: dict[str, dict[str, dict[str, None]]] = {}
    for record in told:
        for text in filter(None, str(record["assumptions"]).split("; ")):
            made.setdefault(text, {}).setdefault(str(record["by"]), {})[str(record["material"])] = None
    for text, ways in made.items():
        names = dict.fromkeys(name for materials in ways.values() for name in materials)
        console.print(Text(f"assumed by {', '.join(ways)} ({', '.join(names)}): {text}"))


def _print_reasons(console: Console, records: Sequence[Record]) -> None:
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for record in records:
        if record.get("reason"):
            way, text = str(record["reason"]).split(": ", 1)
            reasons.setdefault((str(record["material"]), text), {})[way] = None
    for (material, text), ways in reasons.items():
        which = "" if len(ways) == len(WAYS) else f" by {', '.join(ways)}"
        console.print(Text(f"cannot tell {material}{which}: {text}"))
