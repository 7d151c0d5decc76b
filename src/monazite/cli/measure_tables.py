"""`monazite measure supply-risk --inputs` and others that compute from a table which the user gives."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from monazite.cli.options import Json
from monazite.cli.output import format_cell, format_interval, make_console, print_table
from monazite.indicators.reliance_table import compare_net_import_reliance
from monazite.indicators.supply_risk_table import compare_supply_risk
from monazite.provenance import hash_file
from monazite.reports.envelope import Record, write_json
from monazite.reports.inputs import wrap_input_records
from monazite.reports.risk_chart import write_table_chart
from monazite.sources.supply_risk_inputs import read_supply_risk_inputs
from monazite.sources.usgs import read_mineral_commodity_summaries
from monazite.sources.usgs_reliance import read_reliance_rows, select_reliance_flows

WIDE_PAGE = 100
"""Columns from which a table has `WIDE_ONLY` too. [characters]"""
WIDE_ONLY = ("stage", "supply_mix")
Inputs = Annotated[Path, Parameter(help="CSV table; docs/reference/indicators.md says with which columns.")]


def print_inputs_of_supply_risk(inputs: Path, picture: Path | None, *, as_json: bool) -> None:
    """Recompute supply risk from official inputs; print and draw it beside the official one, with rank correlation."""
    records = compare_supply_risk(read_supply_risk_inputs(inputs))
    if picture is not None:
        write_table_chart(records, picture)
    print_input_records(records, inputs, title="supply-risk", as_json=as_json)


def measure_net_import_reliance(*, inputs: Inputs, json: Json = False) -> None:
    """Recompute net import reliance from the data release of the Mineral Commodity Summaries; compare."""
    flows = select_reliance_flows(read_mineral_commodity_summaries(inputs), read_reliance_rows())
    records = compare_net_import_reliance(flows)
    print_input_records(records, inputs, title="net-import-reliance", as_json=json)


def print_input_records(records: Sequence[Record], path: Path, *, title: str, as_json: bool) -> None:
    """
    Print records that were computed from one file: a narrow table, what differs and why, a summary; or one JSON object.

    The table has what fits on 80 columns, shares in percent; the JSON has every field.
    """
    if as_json:
        sys.stdout.write(write_json(wrap_input_records(records, path)))
        return
    console = make_console()
    rows = [record for record in records if "quantity" not in record]
    percent = ", percent" if any(record.get("unit") == "share" for record in rows) else ""
    decimals = count_difference_decimals(rows)
    shown = [compose_row(record, decimals, is_wide=console.width >= WIDE_PAGE) for record in rows]
    print_table(console, shown, f"{title}{percent}")
    for word, is_missed in (("cannot tell", False), ("differs", True)):
        reasons = [str(record["reason"]) for record in rows
                   if record.get("reason") and (record.get("verdict") == "not met") == is_missed]  # fmt: skip
        for line in group_reasons(reasons):
            console.print(Text(f"{word}: {line}"))
    print_table(console, [record for record in records if "quantity" in record], "over all of them")
    text = f"inputs: {path.name} (sha256 {hash_file(path)[:12]}), monazite {version('monazite')}"
    console.print(Text(text, "dim"))


def count_difference_decimals(rows: Sequence[Record]) -> int:
    """
    Count the decimals that differences deserve: one more than the official figures have, of shares in percent.

    Examples
    --------
    >>> count_difference_decimals([{"official": 0.9, "unit": "1"}, {"official": 2.0, "unit": "1"}])
    2
    >>> count_difference_decimals([{"official": 0.65, "unit": "share"}])
    1
    """
    scaled = [_scale(row, float(str(row["official"]))) for row in rows if row.get("official") is not None]
    return 1 + max((len(f"{number:.6g}".partition(".")[2]) for number in scaled), default=0)


def compose_row(record: Record, decimals: int, *, is_wide: bool) -> Record:
    """
    Compose the row of a narrow table: value and what rounding allows of it, the official figure and the difference.

    Examples
    --------
    >>> compose_row({"material": "iron_ore", "value": 0.6613, "low": 0.6597, "high": 0.6628, "unit": "share",
    ...              "official": 0.66, "official_text": "66", "difference": 0.0013, "verdict": "met"}, 1, is_wide=False)
    {'material': 'iron ore', 'ours': '66.1', 'range': '66.0-66.3', 'official': '66', 'differs': '0.1', 'verdict': 'met'}
    """
    row: dict[str, object] = {"material": str(record["material"]).replace("_", " ")}
    row |= {name: record[name] for name in ("year", *(WIDE_ONLY if is_wide else ())) if name in record}
    value = format_cell(record, "value") if record.get("value") is not None else ""
    row["ours"] = value.removesuffix(" %")
    row["range"] = format_interval(record).replace(" %", "")
    official = record.get("official_text", record.get("official"))
    row["official"] = None if official is None else str(official)
    difference = record.get("difference")
    if difference is not None:
        row["differs"] = f"{round(_scale(record, float(str(difference))), decimals) + 0.0:.{decimals}f}"
    if record.get("economic_importance") is not None:
        row["EI"] = str(record["economic_importance"])
    return row | {name: record[name] for name in ("thresholds", "verdict") if name in record}


def group_reasons(reasons: Sequence[str]) -> list[str]:
    """
    Write a reason that holds in several years of a material once.

    Examples
    --------
    >>> group_reasons(["tin 2021: withheld", "tin 2022: withheld", "zinc 2022: withheld"])
    ['tin 2021, 2022: withheld', 'zinc 2022: withheld']
    """
    years: dict[tuple[str, str], list[str]] = {}
    for reason in dict.fromkeys(reasons):
        place, _, words = reason.partition(": ")
        name, _, year = place.rpartition(" ")
        years.setdefault((name or year, words), []).extend([year] if name else [])
    return [
        f"{' '.join([name, ', '.join(found)]).strip()}: {words}" for (name, words), found in years.items()
    ]


def _scale(record: Record, number: float) -> float:
    """Turn a share into percent."""
    return 100 * number if record.get("unit") == "share" else number
