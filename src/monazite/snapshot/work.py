"""Work in progress of an import: finished parts and their list, kept so that a killed import can go on."""

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from monazite.errors import SnapshotError
from monazite.provenance import TableFile, hash_file

JOURNAL = "journal.json"
SCRATCH = "scratch"
HASHED = re.compile(r"[a-z0-9_]+_[0-9a-f]{12}\.parquet")
"""How a finished part is named: it ends with the first digits of its hash."""

FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.parquet$")]


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
    announced: tuple[FileName, ...] = ()  # files that the last step puts into the release or takes out of it


@dataclass
class Work:
    """The folder of work in progress beside a release. Get one from `open_work`."""

    folder: Path
    finished: dict[str, Finished] = field(default_factory=dict)
    announced: tuple[str, ...] = ()

    @property
    def scratch(self) -> Path:
        """Folder for temporary files; emptied before each part."""
        return self.folder / SCRATCH

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
        self.save()
        if before is not None and before.file.file != entry.file.file:
            (self.folder / before.file.file).unlink(missing_ok=True)

    def announce(self, names: Iterable[str]) -> None:
        """Note which files the last step brings or removes, so that a killed one can be tidied up."""
        self.announced = tuple(sorted(set(names)))
        self.save()

    def save(self) -> None:
        """Write the list of finished parts in one step."""
        journal = Journal(code_version=version("monazite"), finished=self.finished, announced=self.announced)
        replace_text(self.folder / JOURNAL, journal.model_dump_json(indent=1))

    def drop_scratch(self) -> None:
        """Remove temporary files: the import stopped, and goes on with finished parts only."""
        shutil.rmtree(self.scratch, ignore_errors=True)

    def remove(self) -> None:
        """Remove the folder: the import is done. What is not ours stays, and the folder with it."""
        self.drop_scratch()
        for path in self.folder.iterdir():
            if is_ours(path):
                path.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()


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
        Other parts of earlier imports are removed.

    Raises
    ------
    SnapshotError
        If the folder is a link, or holds files that are no work of an import; nothing is removed then.
    """
    work = Work(work_folder(target))
    _check_folder(work.folder)
    journal = read_journal(target)
    if journal.code_version == version("monazite"):
        work.finished = {
            key: entry
            for key, entry in journal.finished.items()
            if key in keys and _is_whole(work.path_of(entry), entry.file)
        }
    kept = {JOURNAL, *(entry.file.file for entry in work.finished.values())}
    work.folder.mkdir(parents=True, exist_ok=True)
    work.save()  # before all else: a folder of ours has a journal
    work.clear_scratch()
    for path in work.folder.iterdir():
        if path.name not in kept and is_ours(path):
            path.unlink()
    return work


def read_journal(target: Path) -> Journal:
    """Read the list of finished parts beside a release; one that cannot be read counts as empty."""
    try:
        return Journal.model_validate_json((work_folder(target) / JOURNAL).read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        return Journal(code_version="", finished={})


def is_ours(path: Path) -> bool:
    """Whether a file in the folder of work in progress has a name, and is of a kind, that an import writes."""
    is_named = path.name in (JOURNAL, f"{JOURNAL}.draft") or HASHED.fullmatch(path.name) is not None
    return is_named and not path.is_symlink() and path.is_file()


def _check_folder(folder: Path) -> None:
    """Raise SnapshotError if the folder of work in progress is a link, or somebody else's."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        problems = ["it is a link" if folder.is_symlink() else "it is a file"]
    elif folder.is_dir():
        scratch = folder / SCRATCH
        problems = [
            path.name for path in sorted(folder.iterdir())
            if not is_ours(path) and (path != scratch or path.is_symlink() or not path.is_dir())
        ]  # fmt: skip
        is_used = any(path.name != f"{JOURNAL}.draft" for path in folder.iterdir())
        problems += ["no journal.json"] if is_used and not (folder / JOURNAL).is_file() else []
    else:
        problems = []
    if problems:
        raise SnapshotError(
            str(folder), "is needed for the import, and is not the work of an earlier one.", which=problems,
            expected="no such folder, or that of an import that stopped",
            fix="move it away, or import into another release",
        )  # fmt: skip


def _is_whole(path: Path, file: TableFile) -> bool:
    return (
        not path.is_symlink()
        and path.is_file()
        and path.stat().st_size == file.bytes
        and hash_file(path) == file.sha256
    )


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
    draft.unlink(missing_ok=True)
    with draft.open("x", encoding="utf-8") as file:  # never through a link
        file.write(text)
    flush(draft)
    draft.replace(path)
    flush(path.parent)
