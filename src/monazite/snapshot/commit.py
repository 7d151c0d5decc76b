"""Make a merged table part of a release: files first, the manifest last and in one step."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from monazite.provenance import Manifest
from monazite.snapshot.folder import MANIFEST, is_large, read_seals, seal_of, write_seals
from monazite.snapshot.work import flush, replace_text

HASHED = re.compile(r"_[0-9a-f]{12}\.parquet$")
"""How the files of an import end: with the first digits of their hash."""


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
    """
    target.mkdir(parents=True, exist_ok=True)
    added: list[Path] = []
    try:
        for entry in manifest.tables.values():
            for file in entry.files:
                source, goal = places.get(file.file, home / file.file), target / file.file
                if not goal.exists():
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
    remove_strays(target, manifest, before)


def remove_strays(target: Path, manifest: Manifest, *before: Manifest, is_kept: bool = True) -> None:
    """
    Remove what an earlier state or a killed import left behind; files that are not ours stay.

    Parameters
    ----------
    target : Path
        Folder of the release.
    manifest : Manifest
        The present one, or that of the base while the release has none.
    *before : Manifest
        Earlier ones, whose files may go.
    is_kept : bool, default True
        Whether the files of `manifest` stay.
    """
    named = {file.file for entry in manifest.tables.values() for file in entry.files}
    ours = {file.file for one in before for entry in one.tables.values() for file in entry.files}
    for path in target.glob("*.parquet"):
        is_named = path.name in named
        if (not is_named and (path.name in ours or HASHED.search(path.name))) or (is_named and not is_kept):
            path.unlink()


def _bring(source: Path, goal: Path, *, is_ours: bool) -> None:
    """Give a file of ours a second name where that can be done, else copy it; it stays where it was until the end."""
    if is_ours:
        try:
            os.link(source, goal)
        except OSError:
            pass  # a file system without second names
        else:
            return
    shutil.copyfile(source, goal)
    flush(goal)
