"""Tables of `monazite chain`."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from monazite.cli.output import format_number, print_table
from monazite.reports.envelope import Record
from monazite.supply_chain.balance import BALANCED
from monazite.supply_chain.host_bounds import CEILING
from monazite.supply_chain.records import QUANTITIES
from monazite.vocabulary import country_name

WEIGHTS = {"oxide": "oxide", "gross": "contained material, trade by gross weight"}
ROWS = 15
LINKED = ("production_t", "import_t", "export_t", "next_input_t", "use_t", "residual_t")
"""Quantities of a stage that feeds the next one, by what its countries consume: the next stage's input, and use."""
SHOWN = (*QUANTITIES, *LINKED[3:5], "input_t")
"""Quantities of the table of a stage; JSON has all."""
HEADS = {
    "production_t": "production", "import_t": "imports", "export_t": "exports", "apparent_consumption_t": "use",
    "residual_t": "residual", "input_t": "input", "next_input_t": "to next", "use_t": "use",
}  # fmt: skip
"""Headings short enough for a terminal of 80 columns; the title says that they are tonnes."""
FURTHEST = 5
"""Reports that a table names among those that the balance moved furthest; JSON has ten."""
UNTOLD = "-"
"""What stands for a figure that cannot be told in a table of many columns."""
HOSTS = 4
"""Countries that a table names per verdict on by-products; JSON has all."""
LEAST_MOVE = 5e-4
"""Adjustment over what was reported below which a table would print `0.0 %`. [1]"""
NOTABLE = 1.0
"""Adjustment over its standard deviation from which a table names a report. [1]"""
DOUBTS = 5
"""Balances that a table names; JSON has all."""


def print_chain(console: Console, records: Sequence[Record]) -> None:
    """Print chains stage by stage, each with what moved and what is doubtful, and what the test of reports can find."""
    staged = [record for record in records if "stage" in record]
    for key in dict.fromkeys((record["material"], record["year"], record["stage"]) for record in staged):
        part = [r for r in staged if (r["material"], r["year"], r["stage"]) == key]
        print_stage(console, [r for r in part if r["quantity"] in SHOWN])
        print_adjustments(console, part)
        print_doubts(console, [r for r in part if r["quantity"] == "gap_t"])
        print_suspects(console, [r for r in part if r["quantity"] == "suspect_t"])
    print_power(console, [r for r in records if r["quantity"] == "gross_error_test"])


def print_stage(console: Console, records: Sequence[Record]) -> None:
    """Print one stage as a table of countries, the largest first, and count those left out."""
    if not records:
        return
    rows, heads = _build_rows(records)
    made = HEADS["production_t"]
    total: dict[str, object] = {"country": "total"} | {
        head: _sum([row[head] for row in rows]) for head in heads
    }
    total[made] = _sum([row[made] for row in rows if row[made] is not None])
    note = next((record["note"] for record in records if record.get("note")), None)
    if _mark_untold([*rows, total], heads):
        note = "; ".join(filter(None, [f"{UNTOLD} = cannot tell", str(note or "")]))
    if HEADS["next_input_t"] in heads:
        note = "; ".join(filter(None, [_describe_next(records), str(note or "")]))
    first = records[0]
    state = str(first.get("balance_state") or "as reported")
    of_what = WEIGHTS.get(str(first.get("weight")), "contained material")
    count = f"{len(rows)} countr{'y' if len(rows) == 1 else 'ies'}"
    title = f"{first['material']} {first['year']}, {first['stage']}: {count}, t of {of_what}"
    words = f"{title}, {state if state in (BALANCED, 'as reported') else f'not balanced: {state}'}"
    from_rest = [{"country": f"and {len(rows) - ROWS} more"}] if len(rows) > ROWS else []
    print_table(console, [*rows[:ROWS], *from_rest, total | {"note": note}], words, numbers=heads)
    if first.get("balance_note"):
        console.print(Text(f"note: {first['balance_note']}"))
    if first.get("content"):
        console.print(Text(f"imputed: content, {first['content']}"))
    print_hosts(console, [record for record in records if record.get("host_verdict")])


def _build_rows(records: Sequence[Record]) -> tuple[list[dict[str, object]], list[str]]:
    """Build one row per country, the largest first, and name the columns of numbers."""
    cells = {(str(r["country"]), str(r["quantity"])): r for r in records}
    feeds = any(key[1] == "next_input_t" for key in cells)
    listed = (*(LINKED if feeds else QUANTITIES), "input_t")
    names = [name for name in listed if any(key[1] == name for key in cells)]

    def size(country: str) -> float:
        return max(abs(float(str(cells[country, name]["value"] or 0))) for name in QUANTITIES)

    countries = dict.fromkeys(country for country, _ in cells)
    rows: list[dict[str, object]] = [
        {"country": country_name(country)}
        | {HEADS[name]: cells[country, name]["value"] if (country, name) in cells else None for name in names}
        | ({} if feeds else {"production is": cells[country, "production_t"]["quality"]})
        for country in sorted(countries, key=lambda country: (-size(country), country))
    ]
    return rows, [HEADS[name] for name in names]


def _describe_next(records: Sequence[Record]) -> str:
    """Say what `to next` is, and how production is known, for which its table has no column."""
    made = [str(r["quality"]) for r in records if r["quantity"] == "production_t" and r["value"] is not None]
    counts = ", ".join(f"{made.count(name)} {name}" for name in dict.fromkeys(made))
    return f"to next = input of the next stage; production: {counts}"


def _mark_untold(rows: Sequence[dict[str, object]], heads: Sequence[str]) -> bool:
    """Write a sign for figures that cannot be told, in columns where others can; says whether there are any."""
    known = [head for head in heads if any(row[head] is not None for row in rows)]
    for row in rows:
        row |= {head: UNTOLD for head in known if row[head] is None}
    return any(UNTOLD in row.values() for row in rows)


def print_hosts(console: Console, records: Sequence[Record]) -> None:
    """Print how the production of a by-product lies to what its host allows, one line per verdict."""
    if records and records[0]["host_basis"] != CEILING:
        records = [record for record in records if record["value"] is not None]
    if not records:
        return
    console.print(
        Text(f"against what the host allows ({records[0]['host']}, {records[0]['host_basis']}):", "bold")
    )
    for verdict in dict.fromkeys(str(record["host_verdict"]) for record in records):
        alike = [record for record in records if record["host_verdict"] == verdict]
        named = ", ".join(_name_host(record) for record in alike[:HOSTS])
        rest = f" and {len(alike) - HOSTS} more" if len(alike) > HOSTS else ""
        console.print(Text(f"- {verdict}: {named}{rest}"))
    console.print()


def _name_host(record: Record) -> str:
    """Name a country with what it makes and what its host allows."""
    country, allowed = country_name(str(record["country"])), record["host_allowed_t"]
    made = "no figure" if record["value"] is None else f"{format_number(record['value'], '')} t"
    limit = "" if allowed is None else f" of {format_number(allowed, '')} t"
    return f"{country} ({made}{limit})"


def print_adjustments(console: Console, records: Sequence[Record]) -> None:
    """Print the figures that the balance moved by most tonnes, and how unusual each move is; none where it did not."""
    moved = [
        record
        for record in records
        if record["quantity"] in ("production_t", "trade_t")
        and record.get("balance_state", BALANCED) == BALANCED
        and None not in (record["value"], record.get("before"))
    ]
    ranked = sorted(moved, key=lambda record: (-abs(_change(record)), str(record)))[:FURTHEST]
    rows = [
        {
            "report": _name_report(record), "reported": record["before"], "balanced": record["value"],
            "moved": _percent(record), "z": f"{float(str(record['z'])):.1f}" if record.get("z") is not None else "",
        }
        for record in ranked
        if abs(_change(record)) >= LEAST_MOVE * abs(float(str(record["before"])))
    ]  # fmt: skip
    if rows:
        print_table(console, rows, "largest adjustments, t", numbers=("reported", "balanced"))


def print_suspects(console: Console, records: Sequence[Record]) -> None:
    """Print the reports that the balance moved furthest for what is known of them."""
    moved = [record for record in records if float(str(record["step"])) >= NOTABLE]
    if not moved:
        return
    rows = [
        {
            "report": record["report"], "reported": record["before"], "balanced": record["value"],
            "moved by": f"{float(str(record['step'])):.1f} sd",
        }
        for record in moved[:FURTHEST]
    ]  # fmt: skip
    rest = f", {FURTHEST} of {len(moved)}" if len(moved) > FURTHEST else ""
    print_table(
        console, rows, f"reports moved furthest for what is known of them, t{rest}",
        numbers=("reported", "balanced"),
    )  # fmt: skip


def print_power(console: Console, records: Sequence[Record]) -> None:
    """Say what share of planted errors the test of the reports finds: silence does not mean that they are right."""
    if not records:
        return
    found = records[0]["found"] if isinstance(records[0]["found"], list) else []
    rows = [
        {
            "lane, of all its exporter has": f"{100 * row['share_low']:.0f}-{100 * row['share_high']:.0f} %",
            "balance named": f"{100 * row['found_share']:.0f} %",
            "on a list of --json": f"{100 * row['listed_share']:.0f} %",
        }
        for row in found
    ]
    title = "what this finds of lanes reported five times too large: what is not named is not proved right"
    print_table(console, rows, title)


def print_doubts(console: Console, records: Sequence[Record]) -> None:
    """Print the balances that their reports contradict, and the reports that could be to blame."""
    if not records:
        return
    rest = f", the {DOUBTS} largest" if len(records) > DOUBTS else ""
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
    print_table(
        console,
        rows,
        f"{len(rows)} chain{'' if len(rows) == 1 else 's'} reconciled",
        numbers=("residual_share",),
    )


def print_reasons(console: Console, reasons: Sequence[Record]) -> None:
    """Print why chains balance or do not: each material-year once, by the stage that lacks least."""
    whole = [record for record in reasons if record["quantity"] == "material_years"]
    if len(whole) < 2 and all(record["reason"] == BALANCED for record in whole):
        return
    rows = [
        {
            "why": record["reason"], "material-years": record["value"], "materials": record["materials"],
            "years": record["years"],
        }
        for record in whole
    ]  # fmt: skip
    print_table(
        console, rows, "why chains balance or not, by the stage that lacks least (--json: every stage)"
    )


def _name_report(record: Record) -> str:
    if record["quantity"] == "trade_t":
        return f"{country_name(str(record['exporter']))} to {country_name(str(record['importer']))}"
    return f"production of {country_name(str(record['country']))}"


def _change(record: Record) -> float:
    return float(str(record["value"])) - float(str(record["before"]))


def _percent(record: Record) -> str:
    """
    Say by how much of what was reported a figure moved.

    Examples
    --------
    >>> _percent({"value": 90.0, "before": 100.0})
    '-10.0 %'
    """
    before = float(str(record["before"]))
    return f"{100 * _change(record) / before:+.1f} %" if before else ""


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _sum(values: Sequence[object]) -> float | None:
    """Add up a column; a sum with an unknown part is unknown."""
    return None if None in values else sum(float(str(value)) for value in values)
