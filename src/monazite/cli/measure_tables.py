"""`monazite measure supply-risk` and others that compute from a table which the user gives."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from monazite.cli.options import Json
from monazite.cli.output import make_console, print_table
from monazite.indicators.supply_risk_table import compare_supply_risk
from monazite.provenance import hash_file
from monazite.reports.envelope import Record, write_json
from monazite.reports.inputs import wrap_input_records
from monazite.sources.supply_risk_inputs import read_supply_risk_inputs

Inputs = Annotated[Path, Parameter(help="CSV table; docs/reference/indicators.md says with which columns.")]


def measure_supply_risk(*, inputs: Inputs, json: Json = False) -> None:
    """Recompute supply risk from official inputs; print it beside the official one, with rank correlation."""
    records = compare_supply_risk(read_supply_risk_inputs(inputs))
    print_input_records(records, inputs, title="supply-risk", as_json=json)


def print_input_records(records: Sequence[Record], path: Path, *, title: str, as_json: bool) -> None:
    """Print records that were computed from one file: a table and its summary, or one JSON object."""
    if as_json:
        sys.stdout.write(write_json(wrap_input_records(records, path)))
        return
    console = make_console()
    rows = [record for record in records if "quantity" not in record]
    print_table(console, rows, title)
    print_table(console, [record for record in records if "quantity" in record], "over all of them")
    text = f"inputs: {path.name} (sha256 {hash_file(path)[:12]}), monazite {version('monazite')}"
    console.print(f"[dim]{text}[/dim]", highlight=False)
