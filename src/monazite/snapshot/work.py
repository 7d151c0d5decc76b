"""Work in progress of an import: finished parts and their list, kept so that a killed import can go on."""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from monazite.provenance import TableFile, hash_file

JOURNAL = "journal.json"


class Finished(BaseModel):
    """One part that was written: its file, and what the writer said."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file: TableFile
    rows: int
    excluded: dict[str, int]
    notes: tuple[str, ...]
    is_reviewed: bool = False


class Journal(BaseModel):
    """The list of finished parts, by hash of the user's file and name of the part."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    code_version: str
    finished: dict[str, Finished]


@dataclass
class Work:
    """The folder of work in progress beside a release. Get one from `open_work`."""

    folder: Path
    finished: dict[str, Finished] = field(default_factory=dict)

    @property
    def scratch(self) -> Path:
        """Folder for temporary files; emptied before each part."""
        return self.folder / "scratch"

    @property
    def draft(self) -> Path:
        """The Parquet file that is being written."""
        return self.scratch / "draft.parquet"

    def clear_scratch(self) -> None:
        """Empty the folder for temporary files."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)

    def path_of(self, entry: Finished) -> Path:
        """Locate the file of a finished part."""
        return self.folder / entry.file.file

    def keep(
        self, key: str, prefix: str, entry: Mapping[str, object], labels: Mapping[str, str | int]
    ) -> Finished:
        """Flush the draft to disk, name it by its hash, and note the part as finished."""
        flush(self.draft)
        sha256 = hash_file(self.draft)
        name = re.sub(r"[^a-z0-9]+", "_", f"{prefix}_{sha256[:12]}".lower()) + ".parquet"
        size = self.draft.stat().st_size
        self.draft.replace(self.folder / name)
        file = TableFile(file=name, sha256=sha256, bytes=size, labels=dict(labels))
        self.note(key, Finished.model_validate({**entry, "file": file}))
        return self.finished[key]

    def note(self, key: str, entry: Finished) -> None:
        """Write the list of finished parts anew, and remove a file that an entry replaced."""
        before = self.finished.get(key)
        self.finished[key] = entry
        journal = Journal(code_version=version("monazite"), finished=self.finished)
        replace_text(self.folder / JOURNAL, journal.model_dump_json(indent=1))
        if before is not None and before.file.file != entry.file.file:
            (self.folder / before.file.file).unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder: the import is done."""
        shutil.rmtree(self.folder, ignore_errors=True)


def work_folder(target: Path) -> Path:
    """Locate the folder of work in progress of a release; it lies beside it and need not exist."""
    return target.parent / f".{target.name}.import"


def open_work(target: Path, keys: set[str]) -> Work:
    """
    Open the folder of work in progress beside a release, and keep of an earlier import what can be used.

    Parameters
    ----------
    target : Path
        Folder of the release.
    keys : set of str
        The parts of this import. A part counts as finished if its file is still as it was written by this version.

    Returns
    -------
    Work
        Whatever else lies in the folder is removed.
    """
    work = Work(work_folder(target))
    try:
        journal = Journal.model_validate_json((work.folder / JOURNAL).read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        journal = Journal(code_version="", finished={})
    if journal.code_version == version("monazite"):
        work.finished = {
            key: entry
            for key, entry in journal.finished.items()
            if key in keys and _is_whole(work.path_of(entry), entry.file)
        }
    kept = {JOURNAL, *(entry.file.file for entry in work.finished.values())}
    work.folder.mkdir(parents=True, exist_ok=True)
    work.clear_scratch()
    for path in work.folder.iterdir():
        if path.name not in kept and path != work.scratch:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return work


def _is_whole(path: Path, file: TableFile) -> bool:
    return path.is_file() and path.stat().st_size == file.bytes and hash_file(path) == file.sha256


def flush(path: Path) -> None:
    """Make sure that a file, or the list of names in a folder, is on the disk."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_text(path: Path, text: str) -> None:
    """Write a text file in one step: whoever reads it finds the old or the new one, never half of it."""
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    flush(draft)
    draft.replace(path)
    flush(path.parent)
