"""The table of `monazite trace --by all`: a row per material, a column per way."""

from collections.abc import Sequence

from rich.text import Text

from monazite.cli.output import format_number, make_console, print_sources, print_table
from monazite.provenance import Lineage
from monazite.reports.envelope import Record
from monazite.tracing.compare_rows import WAYS

WEIGHTS = ("gross", "estimated", "published")
"""Words of a record's `weight` that say that it is not all of cited content."""


def print_comparison(records: Sequence[Record], lineage: Lineage) -> None:
    """Print what can be told, why the ways differ, and what cannot be told with its reasons."""
    console = make_console()
    rows: list[Record] = []
    notes: list[str] = []
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for start in range(0, len(records), len(WAYS)):
        group = records[start : start + len(WAYS)]
        for record in group:
            if record.get("reason"):
                way, text = str(record["reason"]).split(": ", 1)
                reasons.setdefault((str(record["material"]), text), {})[way] = None
        told = [record for record in group if record["value"] is not None]
        if told:
            rows.append(_row(told))
            notes += [f"{record['material']}: {record['note']}" for record in told if record["note"]]
    if rows:
        print_table(console, rows, "shares in what is bought from outside, China and the largest by each way")
    for note in notes:
        console.print(Text(f"why: {note}"))
    for content in dict.fromkeys(f"{r['material']}: {r['content']}" for r in records if r.get("content")):
        console.print(Text(f"imputed: content, {content}"))
    for basis in dict.fromkeys(
        f"{r['material']} {r['stage']}: {r['basis']}" for r in records if r.get("basis")
    ):
        console.print(Text(f"basis: {basis}"))
    for (material, text), ways in reasons.items():
        which = "" if len(ways) == len(WAYS) else f" by {', '.join(ways)}"
        console.print(Text(f"cannot tell {material}{which}: {text}"))
    print_sources(console, lineage)


def _row(told: Sequence[Record]) -> Record:
    first = told[0]
    cells = {str(record["by"]): _cell(record) for record in told}
    weight = next((word for word in WEIGHTS if word in str(first["weight"])), "contained")
    labels = {name: first[name] for name in ("year", "importer", "material", "stage")}
    return (
        labels | {"weight": weight, "country": first["country"]} | {way: cells.get(way, "-") for way in WAYS}
    )


def _cell(record: Record) -> str:
    """Write a share with its interval: `55.7 % (50-61)`."""
    text = format_number(record["value"], "share")
    if record["low"] is None or record["high"] is None:
        return text
    return f"{text} ({100 * float(str(record['low'])):.0f}-{100 * float(str(record['high'])):.0f})"
