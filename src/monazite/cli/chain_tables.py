"""Tables of `monazite chain`."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from monazite.cli.output import format_number, print_table
from monazite.reports.envelope import Record
from monazite.supply_chain.balance import BALANCED
from monazite.supply_chain.records import QUANTITIES
from monazite.vocabulary import country_name

ROWS = 15
DOUBTS = 5
"""Balances that a table names; JSON has all."""


def print_stage(console: Console, records: Sequence[Record]) -> None:
    """Print one stage as a table of countries, the largest first, and count those left out."""
    if not records:
        return
    cells = {(str(r["country"]), str(r["quantity"])): r for r in records}
    countries = dict.fromkeys(country for country, _ in cells)
    names = [name for name in (*QUANTITIES, "input_t") if any(key[1] == name for key in cells)]

    def size(country: str) -> float:
        return max(abs(float(str(cells[country, name]["value"] or 0))) for name in QUANTITIES)

    ranked = sorted(countries, key=lambda country: (-size(country), country))
    note = next((record["note"] for record in records if record.get("note")), None)
    rows = [
        {"country": country_name(country), "quality": cells[country, "production_t"]["quality"]}
        | {name: cells[country, name]["value"] if (country, name) in cells else None for name in names}
        | {"adjusted": describe_adjustment(cells[country, "production_t"])}
        for country in ranked
    ]
    totals = {name: _sum([row[name] for row in rows]) for name in names}
    totals["production_t"] = _sum([row["production_t"] for row in rows if row["production_t"] is not None])
    first = records[0]
    state = str(first.get("balance_state") or "as reported")
    title = f"{first['material']} {first['year']}, {first['stage']}: {len(rows)} countries, t of contained material"
    words = f"{title}, {state if state in (BALANCED, 'as reported') else f'not balanced: {state}'}"
    from_rest = [{"country": f"and {len(rows) - ROWS} more"}] if len(rows) > ROWS else []
    print_table(
        console,
        [*rows[:ROWS], *from_rest, {"country": "total", **totals, "note": note}],
        words,
        numbers=names,
    )


def print_doubts(console: Console, records: Sequence[Record]) -> None:
    """Print the balances that their reports contradict, and the reports that could be to blame."""
    if not records:
        return
    rest = f", the {DOUBTS} worst" if len(records) > DOUBTS else ""
    count = f"{len(records)} balance{'' if len(records) == 1 else 's'}"
    console.print(Text(f"{count} that the reports cannot close{rest}:", "bold"))
    for record in records[:DOUBTS]:
        listed = record["reports"] if isinstance(record["reports"], list) else []
        reports = "; ".join(
            f"{item['report']}: {format_number(item['before'], '')} -> {format_number(item['value'], '')} t"
            for item in listed[:2]
        )
        gap = format_number(abs(float(str(record["value"]))), "")
        side = "missing" if float(str(record["value"])) < 0 else "left over"
        why = f" ({record['note']})" if record.get("note") else ""
        z = f"z {float(str(record['z'])):.1f}{why}"
        console.print(Text(f"- {country_name(str(record['country']))}: {gap} t {side}, {z}; {reports}"))
    console.print()


def print_summaries(console: Console, records: Sequence[Record]) -> None:
    """Print one line per reconciled material and year."""
    rows = [
        {
            "material": record["material"], "year": record["year"],
            "balanced": ", ".join(map(str, _listed(record["balanced"]))) or "nothing",
            "residual_share": record.get("residual_share") if record["balanced"] else None,
            "doubts": record.get("doubts"), "imbalance": f"{float(str(record.get('imbalance', 0))):.0e}",
            "error": record["error"],
        }
        for record in records
    ]  # fmt: skip
    print_table(console, rows, f"{len(rows)} chains reconciled", numbers=("residual_share",))


def describe_adjustment(record: Record) -> str:
    """
    Say by how much the balance moved a production, and how unusual that is.

    Examples
    --------
    >>> describe_adjustment({"value": 90.0, "before": 100.0, "z": -0.8})
    '-10.0 %, z -0.8'
    """
    value, reported, z = record["value"], record.get("before"), record.get("z")
    if value is None or not reported or z is None:
        return ""
    change = 100 * (float(str(value)) / float(str(reported)) - 1)
    return f"{change:+.1f} %, z {float(str(z)):.1f}" if abs(change) >= 0.05 else ""


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _sum(values: Sequence[object]) -> float | None:
    """Add up a column; a sum with an unknown part is unknown."""
    return None if None in values else sum(float(str(value)) for value in values)
