"""Releases: Parquet tables with a hash each, opened read-only; and the imports that make a user release."""

from monazite.snapshot.folder import (
    ENVIRONMENT,
    MANIFEST,
    RELEASE,
    TABLES,
    read_manifest,
    read_origins,
    releases_folder,
    verify_files,
)
from monazite.snapshot.release import Snapshot, open_snapshot

__all__ = [
    "ENVIRONMENT",
    "MANIFEST",
    "RELEASE",
    "TABLES",
    "Snapshot",
    "open_snapshot",
    "read_manifest",
    "read_origins",
    "releases_folder",
    "verify_files",
]
