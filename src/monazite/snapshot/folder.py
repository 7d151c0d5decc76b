"""The folder of a release: where it lies, its manifest, and whether every file is as released."""

import json
import os
import re
import stat
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from monazite.errors import SnapshotError
from monazite.provenance import Manifest, Origin, TableEntry, TableFile, hash_file, read_origin

RELEASE = "2026.1"
MANIFEST = "manifest.json"
VERIFIED = "verified.json"
"""Which large files were hashed, when they had which length and time of change (docs/decisions/0008)."""
TABLES = ("trade", "trade_by_form", "production", "governance")
"""Tables that a release must have."""
ENVIRONMENT = "MONAZITE_DATA"
LARGE_BYTES = 16 * 2**20
"""
Parquet files of a table above which it is read where it lies, and hashed once instead of at every opening.

Source: this project, docs/decisions/0008 (16 MiB of trade are about 4 million rows).
"""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

Seal = list[str | int]
"""sha256, length and time of change [ns] of a file that was hashed."""


def embedded_release() -> Path:
    """Locate the release inside the package; nothing is ever written there."""
    return Path(str(files("monazite") / "data" / "release"))


def releases_folder() -> Path:
    """
    Locate the folder of the user's own releases; it need not exist.

    Returns
    -------
    Path
        `monazite/releases` in XDG_DATA_HOME (else ~/.local/share), in ~/Library/Application Support on macOS,
        in LOCALAPPDATA on Windows.
    """
    if sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        data = Path.home() / "Library" / "Application Support"
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "monazite" / "releases"


def list_releases() -> tuple[str, ...]:
    """List the embedded release and the user's own ones by name."""
    return (RELEASE, *sorted(path.parent.name for path in releases_folder().glob(f"*/{MANIFEST}")))


def locate_release(release: str | Path | None) -> Path:
    """
    Find the folder of a release.

    Parameters
    ----------
    release : str or Path, optional
        "2026.1" for the embedded release, a folder with a manifest, or the name of one of the user's releases.
        Without it, what the environment variable MONAZITE_DATA says, else the embedded release.

    Returns
    -------
    Path
        The folder; its manifest exists.

    Raises
    ------
    SnapshotError
        If there is no such release.
    """
    chosen = release if release is not None else os.environ.get(ENVIRONMENT) or RELEASE
    if str(chosen) == RELEASE:
        return embedded_release()
    reason: list[str] = []
    try:
        path = Path(chosen).expanduser()
        if (path / MANIFEST).is_file():
            return path
        if NAME.fullmatch(str(chosen)) and (releases_folder() / chosen / MANIFEST).is_file():
            return releases_folder() / chosen
    except (OSError, RuntimeError) as error:
        reason = [getattr(error, "strerror", None) or str(error)]
    raise SnapshotError(
        str(chosen)[:200],
        "is no release.",
        which=reason,
        expected=f"{', '.join(map(repr, list_releases()))}, or a folder with {MANIFEST}",
        fix=f"leave --release and {ENVIRONMENT} out to use the embedded release",
    )


def read_manifest(path: Path) -> Manifest:
    """
    Read the manifest in a folder and check that it is one of a whole release.

    Parameters
    ----------
    path : Path
        Folder of a release.

    Returns
    -------
    Manifest
        With every table that a release must have, and an origin sheet for every source.

    Raises
    ------
    SnapshotError
        If it cannot be read, is no manifest, lacks a table or names an unknown source.
    """
    try:
        manifest = Manifest.model_validate_json((path / MANIFEST).read_text(encoding="utf-8"))
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, entry['loc'])) or 'file'}: {entry['msg']}" for entry in error.errors()
        ]
        raise SnapshotError(
            str(path / MANIFEST), "is not the manifest of a release.", which=problems,
            fix="build the release again with tools/build_release.py, or import its files again",
        ) from error  # fmt: skip
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotError(
            str(path / MANIFEST), "cannot be read.", which=[getattr(error, "strerror", None) or str(error)]
        ) from error
    missing = [name for name in TABLES if name not in manifest.tables]
    unknown = {source for entry in manifest.tables.values() for source in entry.source_ids} - set(
        read_origins()
    )
    if missing or unknown:
        which = [f"no table {name}" for name in missing] + [
            f"no origin sheet for {name}" for name in sorted(unknown)
        ]
        raise SnapshotError(str(path / MANIFEST), "is not the manifest of a whole release.", which=which)
    return manifest


def read_origins() -> dict[str, Origin]:
    """Read the origin sheet of every source, by source_id."""
    sheets = sorted(Path(str(files("monazite") / "sources")).glob("*.origin.yaml"))
    return {origin.source_id: origin for origin in map(read_origin, sheets)}


def is_large(entry: TableEntry) -> bool:
    """Whether a table is read where it lies instead of into memory."""
    return entry.total_bytes > LARGE_BYTES


def verify_files(path: Path, manifest: Manifest, *, is_full: bool = True) -> list[str]:
    """
    List the files of a release that are missing, of another length, or changed.

    Parameters
    ----------
    path : Path
        Folder of the release.
    manifest : Manifest
        Its manifest.
    is_full : bool, default True
        Hash every file. Else a file of a large table counts as hashed while its length and its time of change
        are those under which it was last hashed (`verified.json`).

    Returns
    -------
    list of str
        One line per file that is not as released; empty if all are.
    """
    seals = {} if is_full else read_seals(path)
    problems, renewed = [], {}
    for entry in manifest.tables.values():
        for file in entry.files:
            try:
                seal = seal_of(path / file.file, file.sha256)
                if is_large(entry) and seals.get(file.file) == seal and seal[1] == file.bytes:
                    continue
                problem = check_file(path, file)
            except OSError as error:
                problem = "missing" if isinstance(error, FileNotFoundError) else str(error.strerror)
            if problem:
                problems.append(f"{file.file}: {problem}")
            elif is_large(entry):
                renewed[file.file] = seal
    if renewed and not problems and path != embedded_release():
        write_seals(path, read_seals(path) | renewed)
    return problems


def check_file(path: Path, file: TableFile) -> str:
    """Say in which way one file is not as released; "" if it is."""
    status = (path / file.file).stat()
    if not stat.S_ISREG(status.st_mode):  # a pipe or a device would never end
        return "no file"
    if status.st_size != file.bytes:
        return f"{status.st_size} bytes instead of {file.bytes}"
    return "" if hash_file(path / file.file) == file.sha256 else "its sha256 is another one"


def seal_of(file: Path, sha256: str) -> Seal:
    """Compose the seal of a file that has, or shall have, this hash."""
    status = file.stat()
    return [sha256, status.st_size, status.st_mtime_ns]


def read_seals(path: Path) -> dict[str, Seal]:
    """Read which large files were hashed; a list that cannot be read counts as empty: all are hashed again."""
    try:
        content = json.loads((path / VERIFIED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_seals(path: Path, seals: Mapping[str, Seal]) -> None:
    """Note which large files were hashed; a folder that cannot be written is hashed again next time."""
    draft = path / f"{VERIFIED}.{os.getpid()}"
    try:
        draft.unlink(missing_ok=True)
        with draft.open("x", encoding="utf-8") as file:  # never through a link
            file.write(json.dumps(dict(seals), indent=1))
        draft.replace(path / VERIFIED)
    except OSError:
        draft.unlink(missing_ok=True)
