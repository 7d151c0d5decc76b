"""`monazite data import`: read publishers' own files into a release of the user's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from monazite.cli.options import Json
from monazite.cli.output import make_console, make_progress, print_records
from monazite.errors import UsageError, nearest_names
from monazite.provenance import ImportRecord, Lineage, Manifest, list_imported
from monazite.snapshot import releases_folder
from monazite.snapshot.importing import import_files, locate_target
from monazite.sources.registry import ImportSource, import_sources

LEFT_OUT = ("excluded", "notes", "sha256")
"""What the table for people leaves out; notes stand below it, JSON has all."""


def import_data(
    source: Annotated[
        str, Parameter(help="Whose file: baci, comtrade, usgs, bgs, wgi, ...; see `data get`.")
    ],
    /,
    *paths: Annotated[Path, Parameter(help="The publisher's files, such as BACI_HS17_V202601.zip.")],
    into: Annotated[
        str | None,
        Parameter(
            help='Name or folder of the release; MONAZITE_DATA or "own" by default. Made if it is new.'
        ),
    ] = None,
    base: Annotated[
        str | None, Parameter(help="Release that a new one starts from; the embedded one by default.")
    ] = None,
    overwrite: Annotated[
        bool, Parameter(help="Replace rows that an earlier import brought.", negative="")
    ] = False,
    json: Json = False,
) -> None:
    """Read publishers' own files into a release beside the embedded one; a killed import goes on where it was."""
    chosen = find_source(source)
    if not paths:
        raise UsageError("PATHS", "names no file.", expected=chosen.file)
    target = locate_target(into)
    bar, on_progress = make_progress(f"import {source}")
    if bar:
        with bar:
            manifest = import_files(
                chosen, paths, target, base=base, overwrite=overwrite, progress=on_progress
            )
    else:
        manifest = import_files(chosen, paths, target, base=base, overwrite=overwrite, progress=on_progress)
    print_imports(manifest, target, [path.name for path in paths], json=json)


def find_source(word: str) -> ImportSource:
    """Find a source by its word; an unknown one is a usage error."""
    known = import_sources()
    if word not in known:
        raise UsageError(
            f"source {word!r}", "has no reader.", expected=", ".join(known), fix=nearest_names(word, known)
        )
    return known[word]


def print_imports(manifest: Manifest, target: Path, names: Sequence[str], *, json: bool) -> None:
    """Print what each part brought, and how to use the release."""
    brought = [record for record in manifest.imports if record.origin.carrier in names]
    records = [record_import(record) for record in brought]
    shown = [
        {name: value for name, value in one.items() if json or name not in LEFT_OUT}
        for one in records
        if json or one["value"] or one["replaced_rows"] or one["excluded_rows"]
    ]
    imports = list_imported(brought)
    lineage = Lineage(release=manifest.release, release_sha256=manifest.sha256, imports=imports)
    lineage = lineage.with_sources(*(record.origin.source_id for record in brought))
    print_records(shown, lineage, title=f"Imported into release {manifest.release}", as_json=json)
    if not json:
        console = make_console()
        for text in (text for record in brought for text in (*record.notes, *count_excluded(record))):
            console.print(Text(f"note: {text}"))
        word = target.name if target.parent == releases_folder() else target
        console.print(Text(f"use it with --release {word}, or set MONAZITE_DATA={word}"))


def record_import(record: ImportRecord) -> dict[str, object]:
    """Make a record of one import: rows, rows that gave way, and what was left out."""
    return {
        "table": record.table, **record.labels, "file": record.origin.carrier, "value": record.rows, "unit": "rows",
        "replaced_rows": record.replaced_rows, "excluded_rows": sum(record.excluded.values()),
        "excluded": count_excluded(record),
        "notes": list(record.notes), "sha256": record.origin.sha256, "source_ids": (record.origin.source_id,),
    }  # fmt: skip


def count_excluded(record: ImportRecord) -> list[str]:
    """Say why rows were left out, and how many for each reason."""
    return [f"{reason}: {rows}" for reason, rows in record.excluded.items()]
