"""`monazite measure supply-risk --inputs` and others that compute from a table which the user gives."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from monazite.cli.options import Json
from monazite.cli.output import make_console, print_table
from monazite.indicators.reliance_table import compare_net_import_reliance
from monazite.indicators.supply_risk_table import compare_supply_risk
from monazite.provenance import hash_file
from monazite.reports.envelope import Record, write_json
from monazite.reports.inputs import wrap_input_records
from monazite.sources.supply_risk_inputs import read_supply_risk_inputs
from monazite.sources.usgs import read_mineral_commodity_summaries
from monazite.sources.usgs_reliance import read_reliance_rows, select_reliance_flows

Inputs = Annotated[Path, Parameter(help="CSV table; docs/reference/indicators.md says with which columns.")]


def print_inputs_of_supply_risk(inputs: Path, *, as_json: bool) -> None:
    """Recompute supply risk from official inputs; print it beside the official one, with rank correlation."""
    records = compare_supply_risk(read_supply_risk_inputs(inputs))
    print_input_records(records, inputs, title="supply-risk", as_json=as_json)


def measure_net_import_reliance(*, inputs: Inputs, json: Json = False) -> None:
    """Recompute net import reliance from the data release of the Mineral Commodity Summaries; compare."""
    flows = select_reliance_flows(read_mineral_commodity_summaries(inputs), read_reliance_rows())
    records = compare_net_import_reliance(flows)
    print_input_records(
        records, inputs, title="net-import-reliance", as_json=json, hidden=("official", "basis")
    )


def print_input_records(
    records: Sequence[Record], path: Path, *, title: str, as_json: bool, hidden: Sequence[str] = ()
) -> None:
    """
    Print records that were computed from one file: a table, what differs and why, a summary; or one JSON object.

    Columns in `hidden` are left out of the table for people, never out of the JSON.
    """
    if as_json:
        sys.stdout.write(write_json(wrap_input_records(records, path)))
        return
    console = make_console()
    rows = [record for record in records if "quantity" not in record]
    differs = [str(record["reason"]) for record in rows if record.get("verdict") == "not met"]
    print_table(console, [_shorten(record, hidden) for record in rows], title)
    for reason in differs:
        console.print(Text(f"differs: {reason}"))
    print_table(console, [record for record in records if "quantity" in record], "over all of them")
    text = f"inputs: {path.name} (sha256 {hash_file(path)[:12]}), monazite {version('monazite')}"
    console.print(Text(text, "dim"))


def _shorten(record: Record, hidden: Sequence[str]) -> Record:
    """Leave out the hidden columns, and the reason of what can be told but differs."""
    left_out = {*hidden, *(("reason",) if record.get("verdict") == "not met" else ())}
    return {name: value for name, value in record.items() if name not in left_out}
