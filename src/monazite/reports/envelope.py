"""The envelope of records: what `--json`, the API and the files of a run have in common."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from monazite.provenance import ImportedFile, Lineage
from monazite.snapshot import read_origins

Record = Mapping[str, object]
PIECES = 100_000
"""Names, numbers and signs in one part of a text that is written part by part."""
SOURCE_FIELDS = {"producer", "title", "citation", "url_main", "licence"}


def wrap_records(records: Sequence[Record], lineage: Lineage) -> dict[str, object]:
    """Put records into the envelope: release, version, records, sources; of imports the files that were read."""
    origins = read_origins()
    return {
        "release": {"name": lineage.release, "sha256": lineage.release_sha256},
        "version": lineage.code_version,
        "scenario_sha256": lineage.scenario_sha256 or None,
        "seed": lineage.seed,
        "records": [{name: make_plain(value) for name, value in record.items()} for record in records],
        "sources": {
            source_id: origins[source_id].model_dump(mode="json", include=SOURCE_FIELDS)
            | _describe_files(lineage.files_of(source_id))
            for source_id in lineage.source_ids
        },
    }


def _describe_files(files: Sequence[ImportedFile]) -> dict[str, object]:
    """Name the user's files that rows of a source come from, with title, hash and dates; nothing where none do."""
    if not files:
        return {}
    names = ("file", "sha256", "date_published", "date_accessed")
    return {
        "title": "; ".join(dict.fromkeys(entry.title for entry in files)),
        "files": [{name: getattr(entry, name) or None for name in names} for entry in files],
    }


def write_json(envelope: Mapping[str, object]) -> str:
    """Write an envelope as JSON text; numbers that do not exist are null."""
    return "".join(stream_json(envelope))


def stream_json(envelope: Mapping[str, object]) -> Iterator[str]:
    """Give the same JSON text part by part, for an output that is not to be held in memory."""
    pieces = json.JSONEncoder(ensure_ascii=False, indent=1, allow_nan=False).iterencode(envelope)
    while part := "".join(islice(pieces, PIECES)):
        yield part
    yield "\n"


def make_plain(value: object) -> object:
    """Turn a value into what JSON knows: NaN and infinity become None, NumPy scalars plain numbers."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return list(value) if isinstance(value, tuple) else value
