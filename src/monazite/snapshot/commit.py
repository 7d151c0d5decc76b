"""Make a merged table part of a release: files first, the manifest last and in one step."""

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from monazite.errors import SnapshotError
from monazite.provenance import Manifest, TableFile, hash_file
from monazite.snapshot.folder import MANIFEST, is_large, read_seals, seal_of, write_seals
from monazite.snapshot.work import flush, replace_text


def commit_release(
    target: Path, home: Path, before: Manifest, manifest: Manifest, places: Mapping[str, Path]
) -> None:
    """
    Write a release; until the last step the one before it stays whole.

    Parameters
    ----------
    target : Path
        Folder of the release; made if it does not exist.
    home : Path
        Folder of the release before: the target itself, or that of the base.
    before, manifest : Manifest
        What `home` holds, and what the release shall hold.
    places : mapping of str to Path
        Where a file lies that is not in `home`.

    Raises
    ------
    SnapshotError
        If a file of another content stands where one of ours belongs.
    """
    target.mkdir(parents=True, exist_ok=True)
    added: list[Path] = []
    try:
        for entry in manifest.tables.values():
            for file in entry.files:
                source, goal = places.get(file.file, home / file.file), target / file.file
                if os.path.lexists(goal):
                    _check_same(goal, file, is_new=home != target or file.file in places)
                else:
                    added.append(goal)
                    _bring(source, goal, is_ours=file.file in places)
        flush(target)
        replace_text(target / MANIFEST, manifest.model_dump_json(indent=2, exclude_defaults=True) + "\n")
    except BaseException:
        for path in (*added, target / f"{MANIFEST}.draft"):
            path.unlink(missing_ok=True)
        if not any(target.iterdir()):
            target.rmdir()
        raise
    large = {file.file: seal_of(target / file.file, file.sha256)
             for entry in manifest.tables.values() if is_large(entry) for file in entry.files}  # fmt: skip
    if large:
        write_seals(target, read_seals(target) | large)
    remove_strays(target, list_files(manifest), list_files(before) if home == target else ())


def list_files(manifest: Manifest) -> set[str]:
    """List the names of all files of a release."""
    return {file.file for entry in manifest.tables.values() for file in entry.files}


def remove_strays(target: Path, kept: Collection[str], ours: Collection[str]) -> None:
    """
    Remove what an earlier state or a killed import left behind; every other file stays, whatever its name.

    Parameters
    ----------
    target : Path
        Folder of the release.
    kept : collection of str
        Files that the release consists of.
    ours : collection of str
        Files that an import is known to have put there: from the manifest before, or from its journal.
    """
    for name in sorted(set(ours) - set(kept)):
        (target / name).unlink(missing_ok=True)


def _check_same(goal: Path, file: TableFile, *, is_new: bool) -> None:
    """Raise SnapshotError if another file has the name that a new one of ours needs."""
    is_same = not goal.is_symlink() and (not is_new or (goal.is_file() and hash_file(goal) == file.sha256))
    if not is_same:
        raise SnapshotError(
            str(goal), "is in the way: it is not the file that the import puts there.", fix="move it away"
        )


def _bring(source: Path, goal: Path, *, is_ours: bool) -> None:
    """Give a file of ours a second name where that can be done, else copy it; it stays where it was until the end."""
    if is_ours:
        try:
            os.link(source, goal)
        except OSError:
            pass  # a file system without second names
        else:
            return
    with source.open("rb") as old, goal.open("xb") as new:  # never through a link
        shutil.copyfileobj(old, new)
    flush(goal)
