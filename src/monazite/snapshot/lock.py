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
        If another process imports into this release; the message says which, and since when. Or if the lock
        cannot be made, or another file is in its place.
    """
    path = folder.parent / f".{folder.name}.lock"
    holder = folder.parent / f".{folder.name}.lock.json"
    with closing(_lock(path, folder, holder)):
        started = datetime.now(UTC).isoformat(timespec="seconds")
        holder.unlink(missing_ok=True)
        with holder.open("x", encoding="utf-8") as file:  # never through a link
            file.write(json.dumps({"process": os.getpid(), "since": started}))
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)


def _lock(path: Path, folder: Path, holder: Path) -> sqlite3.Connection:
    """Open the lock and take it."""
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise _describe(folder, holder, error) from error
    return connection


def _describe(folder: Path, holder: Path, error: sqlite3.Error) -> SnapshotError:
    if "locked" not in str(error):
        return SnapshotError(
            str(folder), f"cannot be locked: {error}.",
            fix=f"check that its folder can be written, and that .{folder.name}.lock is no file of yours",
        )  # fmt: skip
    try:
        content = json.loads(holder.read_text(encoding="utf-8"))
        which = [f"process {content['process']}, since {content['since']}"]
    except (OSError, ValueError, KeyError, TypeError):
        which = []
    return SnapshotError(
        f"release {folder.name}", "another import into it is running.", which=which,
        expected="one import at a time", fix="wait until it ends, or import into another release",
    )  # fmt: skip
