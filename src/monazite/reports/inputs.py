"""The envelope of records that were computed from a file of the user, without any release."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from monazite.provenance import hash_file
from monazite.reports.envelope import make_plain

INPUTS_ID = "inputs"
"""source_id of the file that the user gave."""


def wrap_input_records(records: Sequence[Mapping[str, object]], path: Path) -> dict[str, object]:
    """
    Put records into the envelope: no release, the version, the records, and the file with its hash as the source.

    Every record gets the fields that each record of the project has: low, high, quality, source_ids.
    """
    return {
        "release": None,
        "version": version("monazite"),
        "records": [
            {name: make_plain(value) for name, value in {**record, **_missing(record)}.items()}
            for record in records
        ],
        "sources": {INPUTS_ID: describe_input(path)},
    }


def describe_input(path: Path) -> dict[str, object]:
    """Describe a file of the user as a source: its name, hash and size."""
    return {"title": path.name, "sha256": hash_file(path), "bytes": path.stat().st_size}


def _missing(record: Mapping[str, object]) -> dict[str, object]:
    """Give the fields that every record has and this one lacks."""
    ends = {"low": None, "high": None, "quality": None, "source_ids": (INPUTS_ID,)}
    return {name: value for name, value in ends.items() if name not in record}
