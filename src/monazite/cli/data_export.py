"""`monazite data export`: write tables of the release as CSV, Parquet, Data Package or SDMX-CSV."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from monazite.cli.options import Json, Release, check_table
from monazite.cli.output import make_progress, print_records
from monazite.errors import UsageError
from monazite.reports.data_export import ALL, Format, export_tables
from monazite.snapshot import open_snapshot
from monazite.snapshot.rows import count_rows

LONG_ROWS = 200_000
"""Rows from which progress is shown."""


def export(
    table: Annotated[str, Parameter(help="A table that `monazite data list` names, or all.")],
    *,
    format: Annotated[Format, Parameter(help="How to write them.")] = "csv",
    out: Annotated[Path, Parameter(help="File for one table; folder for all of them, and for frictionless.")],
    where: Annotated[str, Parameter(help='SQL condition on one table, such as "year = 2024".')] = "",
    overwrite: Annotated[bool, Parameter(help="Replace an older export.", negative="")] = False,
    release: Release = None,
    json: Json = False,
) -> None:
    """Write tables of the release to files for other tools; never over a file without being told."""
    data = open_snapshot(release)
    if table == ALL and where:
        raise UsageError("--where", "is for one table.", fix="name a table instead of all")
    if table != ALL:
        check_table(data, table)
    tables = list(data.manifest.tables) if table == ALL else [table]
    rows = sum(count_rows(data, name, where) for name in tables)
    bar, progress = make_progress("export") if rows >= LONG_ROWS else (None, None)
    if bar is not None:
        bar.start()
    try:
        files = export_tables(data, table, format, out, where=where, overwrite=overwrite, progress=progress)
    finally:
        if bar is not None:
            bar.stop()
    entries = data.manifest.tables
    records = [
        {
            "table": name,
            "file": str(written.path),
            "bytes": written.path.stat().st_size,
            "value": written.rows,
            "unit": "rows",
            "source_ids": entries[name].source_ids,
        }
        for name, written in files.items()
    ]
    sources = {source for name in files for source in entries[name].source_ids}
    print_records(records, data.lineage.with_sources(*sources), title=f"Written as {format}", as_json=json)
