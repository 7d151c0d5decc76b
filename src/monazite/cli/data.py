"""`monazite data`: look at the release and check it."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter, validators

from monazite.cli.options import Json, Release, check_table
from monazite.cli.output import print_records
from monazite.reports.envelope import Record
from monazite.snapshot import open_snapshot, read_origins
from monazite.snapshot.rows import count_rows

SOURCE = "source_id"
"""How the columns end that name a source of a row."""
app = App(name="data", help="Look at the data release, check it, and load newer data beside it.")
COMMANDS = {
    "coverage": (
        "data_coverage:show_coverage",
        "Show years, sources and quality of each material and stage.",
    ),
    "elements": ("data_elements:elements", "Split mine production of rare earths into elements."),
    "events": ("data_events:list_events", "List export restrictions as a time line."),
    "issues": ("data_issues:issues", "List doubtful figures, conflicts and gaps, counted by kind."),
    "export": ("data_export:export", "Write tables as CSV, Parquet, data package or SDMX-CSV."),
    "import": ("data_import:import_data", "Load a publisher's own file into a user release."),
    "get": ("data_get:get", "Download a publisher's file."),
}
for _name, (_path, _text) in COMMANDS.items():
    app.command(f"monazite.cli.{_path}", name=_name, help=_text)


@app.command(name="list")
def list_tables(*, release: Release = None, json: Json = False) -> None:
    """List the tables of the release, with rows, sources and hashes."""
    data = open_snapshot(release)
    records = [
        {
            "table": name,
            "value": entry.rows,
            "unit": "rows",
            "bytes": entry.total_bytes,
            "files": len(entry.files),
            "primary_key": ", ".join(entry.primary_key),
            "sha256": entry.sha256 if json else entry.sha256[:12],
            "source_ids": entry.source_ids,
        }
        for name, entry in data.manifest.tables.items()
    ]
    sources = {source for entry in data.manifest.tables.values() for source in entry.source_ids}
    print_records(
        records, data.lineage.with_sources(*sources), title=f"Release {data.manifest.release}", as_json=json
    )


@app.command
def show(
    table: Annotated[str, Parameter(help="A table that `monazite data list` names.")],
    *,
    where: Annotated[
        str, Parameter(help="SQL condition, such as \"material = 'cobalt' AND year = 2024\".")
    ] = "",
    limit: Annotated[int, Parameter(help="At most so many rows.", validator=validators.Number(gte=1))] = 20,
    release: Release = None,
    json: Json = False,
) -> None:
    """Show rows of one table."""
    data = open_snapshot(release)
    check_table(data, table)
    columns = data.show(table, where, limit)
    records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    entry = data.manifest.tables[table]
    total = count_rows(data, table, where) if where else entry.rows
    title = f"{table}: {len(records)} of {total:,} rows{' that match' if where else ''}"
    lineage = data.lineage.with_sources(*(find_sources(records) or entry.source_ids))
    print_records(records, lineage, title=title, as_json=json, total=total, is_stored=True)


def find_sources(records: Sequence[Record]) -> tuple[str, ...]:
    """
    List the sources that rows name in a column such as source_id or other_source_id.

    Examples
    --------
    >>> find_sources([{"year": 2024, "source_id": "bgs"}, {"year": 2025, "source_id": "usgs"}])
    ('bgs', 'usgs')
    """
    named = {str(value) for record in records for name, value in record.items() if name.endswith(SOURCE)}
    return tuple(sorted(named & set(read_origins())))


@app.command
def verify(*, release: Release = None, json: Json = False) -> None:
    """Recompute the hash of every file; exit 1 and name the files if one is not as released."""
    data = open_snapshot(release, is_full_check=True)
    records = [
        {"table": name, "file": file.file, "value": file.bytes, "unit": "bytes", "verdict": "as released"}
        for name, entry in data.manifest.tables.items()
        for file in entry.files
    ]
    print_records(
        records, data.lineage, title=f"Release {data.manifest.release}: every hash as released", as_json=json
    )
