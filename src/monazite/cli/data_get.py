"""`monazite data get`: fetch a file from its publisher."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from monazite.cli.options import Json
from monazite.cli.output import print_records
from monazite.cli.progress import report_bytes
from monazite.errors import UsageError, nearest_names
from monazite.provenance import Download, Origin
from monazite.snapshot import open_snapshot, read_origins
from monazite.sources.download import fetch_file


def get(
    source: Annotated[str, Parameter(help="A publisher: baci, usgs, bgs, wgi, world_mining_data, ...")],
    *,
    file: Annotated[
        list[str] | None,
        Parameter(help="Which of its files, such as hs17; the first unless told.", negative=""),
    ] = None,
    to: Annotated[Path, Parameter(help="Folder for the files.")] = Path(),
    overwrite: Annotated[bool, Parameter(help="Replace files of that name.", negative="")] = False,
    json: Json = False,
) -> None:
    """Fetch a publisher's file: retried, resumed, its length and hash checked."""
    origin = find_origin(source)
    records = []
    for entry in choose_files(origin, file or []):
        with report_bytes(entry.file) as progress:
            found = fetch_file(entry, to, overwrite=overwrite, progress=progress)
        records.append(
            {
                "source_id": origin.source_id,
                "file": str(found.path),
                "value": found.bytes,
                "unit": "bytes",
                "sha256": found.sha256,
                "verdict": "as its sheet says" if entry.sha256 else "recorded",
                "url": found.url,
                "attempts": found.attempts,
                "source_ids": [origin.source_id],
            }
        )
    lineage = open_snapshot(None).lineage.with_sources(origin.source_id)
    print_records(records, lineage, title=f"Fetched from {origin.producer}", as_json=json)


def find_origin(source: str) -> Origin:
    """Find the sheet of a source; UsageError offers the nearest."""
    origins = read_origins()
    if source not in origins:
        raise UsageError(
            "SOURCE",
            f"{source!r} is no source.",
            expected=", ".join(sorted(name for name, origin in origins.items() if origin.downloads)),
            fix=nearest_names(source, origins),
        )
    return origins[source]


def choose_files(origin: Origin, names: list[str]) -> list[Download]:
    """Choose files of a source by name; UsageError where it has none that can be fetched, or not that one."""
    known = {entry.name: entry for entry in origin.downloads}
    if not known:
        raise UsageError(
            origin.source_id,
            f"cannot be fetched by a program: {origin.producer} asks for {origin.download_needs or 'a visit'}.",
            fix=f"open {origin.url_download or origin.url_main} in a browser, then `monazite data import`",
        )
    wrong = [name for name in names if name not in known]
    if wrong:
        raise UsageError(
            "--file",
            f"{origin.source_id} has no such file.",
            which=[f"{name} ({nearest_names(name, known)})" for name in wrong],
            expected=", ".join(known),
        )
    return [known[name] for name in names] if names else [origin.downloads[0]]
