"""One import at a time into a release."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from monazite.errors import SnapshotError


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """
    Keep other imports away from a release while the block runs.

    The lock is an exclusive transaction on an empty SQLite file beside the folder: the system drops it with its
    process, however that ends, so a dead process leaves no lock behind; it works alike on every system.

    Raises
    ------
    SnapshotError
        If another process imports into this release; the message says which, and since when.
    """
    path = folder.parent / f".{folder.name}.lock"
    holder = folder.parent / f".{folder.name}.lock.json"
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise _describe(folder, holder, error) from error
        started = datetime.now(UTC).isoformat(timespec="seconds")
        holder.write_text(json.dumps({"process": os.getpid(), "since": started}), encoding="utf-8")
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)


def _describe(folder: Path, holder: Path, error: sqlite3.OperationalError) -> SnapshotError:
    if "locked" not in str(error):
        return SnapshotError(
            str(folder), f"cannot be locked: {error}.", fix="check that the folder can be written"
        )
    try:
        content = json.loads(holder.read_text(encoding="utf-8"))
        which = [f"process {content['process']}, since {content['since']}"]
    except (OSError, ValueError, KeyError):
        which = []
    return SnapshotError(
        f"release {folder.name}", "another import into it is running.", which=which,
        expected="one import at a time", fix="wait until it ends, or import into another release",
    )  # fmt: skip
