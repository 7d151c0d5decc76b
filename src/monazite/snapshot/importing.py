"""Import publishers' files into a user release: resumable, atomic, one at a time (docs/decisions/0008)."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path

from monazite.errors import SnapshotError, SourceError
from monazite.provenance import ImportRecord, Manifest, Origin, hash_file
from monazite.snapshot.commit import commit_release, list_files, remove_strays
from monazite.snapshot.derived import REPORTS, Derived, derive_production
from monazite.snapshot.folder import (
    ENVIRONMENT,
    MANIFEST,
    NAME,
    RELEASE,
    embedded_release,
    locate_release,
    read_manifest,
    read_origins,
    releases_folder,
    verify_files,
)
from monazite.snapshot.lock import hold_lock
from monazite.snapshot.merge import Merged, list_taken, merge_table
from monazite.snapshot.stops import explain_stops
from monazite.snapshot.work import Finished, Work, open_work, read_journal
from monazite.sources.import_file import ImportFile, Labels, Part, Written
from monazite.sources.registry import ImportSource

OWN_RELEASE = "own"
"""Name of the release that an import goes into unless another is named."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Input:
    """One file of the user, opened."""

    path: Path
    file: ImportFile
    sha256: str

    def key_of(self, part: Part) -> str:
        """Name a part for the list of finished parts."""
        return f"{self.sha256}:{part.name}"


def import_files(
    source: ImportSource, paths: Sequence[Path], target: Path, *, base: str | Path | None = None,
    overwrite: bool = False, progress: Progress = lambda done, total: None,
) -> Manifest:  # fmt: skip
    """
    Import files of one publisher into a user release.

    Parameters
    ----------
    source : ImportSource
        From `import_sources`.
    paths : sequence of Path
        The publisher's files.
    target : Path
        Folder of the release (`locate_target`); made if it does not exist.
    base : str or Path, optional
        The release that a new one starts from; the embedded one by default.
    overwrite : bool, default False
        Replace rows that an earlier import brought; rows of the base are always replaced.
    progress : callable, optional
        Called with the number of steps done and their total.

    Returns
    -------
    Manifest
        That of the new state.

    Raises
    ------
    SourceError
        If a file is not as its publisher describes it; all parts are looked at, all problems named.
    SnapshotError
        If another import runs, the rows were imported before, or the disk is full. The release then stays as
        it was, and finished parts are kept for the next try.
    """
    with explain_stops(target):
        inputs = _open_inputs(source, paths)
        target.parent.mkdir(parents=True, exist_ok=True)
        with hold_lock(target):
            home = target if (target / MANIFEST).is_file() else locate_release(base or RELEASE)
            before = read_manifest(home)
            _check_home(home, before)
            kept = list_files(before) if home == target else set()
            remove_strays(target, kept, read_journal(target).announced)
            if home == target:
                _check_overlap(before, inputs, source, overwrite)
            parts = {one.key_of(part): (one, part) for one in inputs for part in one.file.parts}
            work = open_work(target, set(parts))
            try:
                _write_parts(work, parts, (source, before, home), progress)
                if home == target and not overwrite:
                    _check_rows(work, parts, before, home)
                after, places = _compose(work, parts, (source, before, home), target)
                work.announce(list_files(before) | list_files(after))
                commit_release(target, home, before, after, places)
            except BaseException:
                work.drop_scratch()
                raise
            work.remove()
    return after


def locate_target(into: str | None) -> Path:
    """
    Find the folder that an import goes into.

    Parameters
    ----------
    into : str, optional
        Name of a release of the user, or a folder. Without it, what MONAZITE_DATA says, else the release "own".

    Returns
    -------
    Path
        It holds a release, or does not exist, or is empty.

    Raises
    ------
    SnapshotError
        If it is the embedded release, no usable name, or a folder with other files.
    """
    chosen = into or os.environ.get(ENVIRONMENT) or OWN_RELEASE
    path = _expand(chosen)
    if path.name == RELEASE or path.resolve() == embedded_release().resolve():
        raise SnapshotError(
            "--into",
            "is the embedded release, which never changes.",
            expected="a name of your own, or a folder",
        )
    if not (path / MANIFEST).is_file() and NAME.fullmatch(chosen):
        path = (releases_folder() / chosen).absolute()
    strays = sorted(one.name for one in path.iterdir()) if path.is_dir() else []
    is_killed = set(strays) <= {*read_journal(path).announced, f"{MANIFEST}.draft"}
    if os.path.lexists(path) and not path.is_dir():
        raise SnapshotError(str(path), "is no folder.", expected="a new folder, or a release")
    if strays and MANIFEST not in strays and not is_killed:
        raise SnapshotError(
            str(path),
            "is no release, and holds other files.",
            which=strays,
            expected="a new folder, or a release",
        )
    return path


def _expand(chosen: str) -> Path:
    """Take a name or a folder from the command line; refuse what cannot name a release."""
    try:
        path = Path(chosen).expanduser().absolute()
    except RuntimeError as error:
        raise SnapshotError(f"--into {chosen}", f"is no folder: {error}") from error
    if not path.name.isprintable() or path.name in ("", ".."):
        raise SnapshotError(
            f"--into {chosen!r}", "cannot be the name of a release.", expected="letters, digits, - and _"
        )
    return path


def _open_inputs(source: ImportSource, paths: Sequence[Path]) -> list[Input]:
    """Open every file, so that all that cannot be read are named at once."""
    inputs: list[Input] = []
    errors: list[SourceError] = []
    for path in dict.fromkeys(paths):
        try:
            if not path.is_file():
                raise SourceError(str(path), "does not exist.", expected=source.file, fix="check the path")
            sha256 = hash_file(path)
            inputs += [Input(path, file, sha256) for file in source.open(path)]
        except SourceError as error:
            errors.append(error)
    _raise_all(errors)
    seen: dict[str, Path] = {}
    for one in inputs:
        for part in one.file.parts:
            if part.labels and part.name in seen:
                errors.append(
                    SourceError(one.path.name, f"holds {part.name}, as {seen[part.name].name} does.")
                )
            seen.setdefault(part.name, one.path)
    _raise_all(errors)
    return inputs


def _check_home(home: Path, manifest: Manifest) -> None:
    """Raise SnapshotError if the release that is built on is not whole."""
    problems = verify_files(home, manifest, is_full=False)
    if problems:
        raise SnapshotError(
            f"release {manifest.release} in {home}", "is not whole; nothing was imported.", which=problems,
            fix="remove the folder and import again, or import into another release",
        )  # fmt: skip


def _check_overlap(
    manifest: Manifest, inputs: Sequence[Input], source: ImportSource, overwrite: bool
) -> None:
    """Raise SnapshotError if an earlier import brought the same parts, unless they may be replaced."""
    taken = [
        f"{' '.join([record.table, ', '.join(map(str, record.labels.values()))]).strip()}, from {record.origin.carrier}"
        for record in manifest.imports
        for one in inputs
        for part in one.file.parts
        if _is_same(record, part, one, source)
    ]
    if taken and not overwrite:
        raise SnapshotError(
            f"release {manifest.release}", f"{len(taken)} parts were imported before.", which=taken,
            expected="parts that it does not have yet", fix="use --overwrite, or import into another release",
        )  # fmt: skip


def _is_same(record: ImportRecord, part: Part, one: Input, source: ImportSource) -> bool:
    """Whether an earlier import brought this part; a file that adds its rows to others is told by its name."""
    is_file = record.origin.carrier == one.path.name or not one.file.adds_rows
    is_whole = bool(part.labels) or (is_file and record.origin.source_id == source.source_id)
    return record.table == one.file.table and record.labels == dict(part.labels) and is_whole


def _check_rows(work: Work, parts: dict[str, tuple[Input, Part]], before: Manifest, home: Path) -> None:
    """Raise SnapshotError if rows that another file brought would give way."""
    taken: list[str] = []
    for name in dict.fromkeys(one.file.table for one, _ in parts.values() if one.file.adds_rows):
        if name in before.tables:
            new = {key: work.finished[key] for key, (one, _) in parts.items() if one.file.table == name}
            file = next(one.file for one, _ in parts.values() if one.file.table == name)
            taken += list_taken(work, file, new, before.tables[name], home)
    if taken:
        raise SnapshotError(
            f"release {before.release}", "rows that another file brought would give way; nothing was imported.",
            which=taken, expected="years and materials that it does not have yet",
            fix="use --overwrite if this file is the newer one, or import into another release",
        )  # fmt: skip


def _write_parts(
    work: Work,
    parts: dict[str, tuple[Input, Part]],
    release: tuple[ImportSource, Manifest, Path],
    progress: Progress,
) -> None:
    """Write and review every part that is not finished yet; every part is tried before errors are raised."""
    source, before, home = release
    steps = 2 * len(parts)
    done = 0
    errors: list[SourceError] = []
    for key, (one, part) in parts.items():
        if key not in work.finished:
            work.clear_scratch()
            try:
                written = one.file.write(part, work.draft, work.scratch)
            except SourceError as error:
                errors.append(error)
            else:
                _keep(work, key, (source, part), written)
        done += 1
        progress(done, steps)
    _raise_all(errors)
    tables = {one.file.table for one, _ in parts.values()}
    places = {_label_key(file.labels): home / file.file
              for name, entry in before.tables.items() if name in tables
              for file in entry.files if file.labels}  # fmt: skip
    for key, (one, part) in parts.items():
        entry = work.finished[key]
        if not entry.is_reviewed:
            own = {_label_key(done.file.labels): work.path_of(done) for done in work.finished.values()}
            find = partial(_find, {**places, **own})
            work.clear_scratch()
            reviewed = one.file.review(
                part,
                work.path_of(entry),
                find,
                work.draft,
                work.scratch,
            )
            _note_review(work, key, (source, part), reviewed)
        done += 1
        progress(done, steps)


def _keep(work: Work, key: str, what: tuple[ImportSource, Part], written: Written) -> None:
    source, part = what
    fields = {"rows": written.rows, "excluded": dict(written.excluded), "notes": written.notes}
    work.keep(key, f"{source.name}_{part.name}", fields, part.labels)


def _note_review(work: Work, key: str, what: tuple[ImportSource, Part], reviewed: Written | None) -> None:
    """Note what a review found; where it wrote the part anew, the new file takes the place of the first."""
    source, part = what
    entry = work.finished[key]
    notes = (*entry.notes, *(reviewed.notes if reviewed else ()))
    if reviewed is None or not work.draft.exists():
        work.note(key, entry.model_copy(update={"is_reviewed": True, "notes": notes}))
        return
    if reviewed.rows != entry.rows:
        raise SnapshotError(part.name, f"has {reviewed.rows} rows after the review, {entry.rows} before it.")
    fields = {"rows": entry.rows, "excluded": entry.excluded, "notes": notes, "is_reviewed": True}
    work.keep(key, f"{source.name}_{part.name}", fields, part.labels)


def _compose(
    work: Work,
    parts: dict[str, tuple[Input, Part]],
    release: tuple[ImportSource, Manifest, Path],
    target: Path,
) -> tuple[Manifest, dict[str, Path]]:
    """Merge the finished parts into the tables, and write down where each came from."""
    source, before, home = release
    tables, records = dict(before.tables), list(before.imports)
    places: dict[str, Path] = {}
    origin = read_origins()[source.source_id]
    for name in dict.fromkeys(one.file.table for one, _ in parts.values()):
        new = {key: work.finished[key] for key, (one, _) in parts.items() if one.file.table == name}
        file = next(one.file for one, _ in parts.values() if one.file.table == name)
        merged = merge_table(work, file, new, before.tables.get(name), home)
        tables[name] = merged.entry
        places |= merged.places
        for key, entry in new.items():
            one, part = parts[key]
            records = [record for record in records if not _is_same(record, part, one, source)]
            records.append(_record(one, entry, origin, merged.replaced[key]))
        if name == REPORTS:
            derived = _derive(work, merged, before, home)
            tables |= derived.entries
            places |= derived.places
            records[-1] = records[-1].model_copy(update={"notes": (*records[-1].notes, *derived.notes)})
    built_from = before.built_from | {one.path.name: one.sha256 for one, _ in parts.values()}
    is_new = home != target
    after = before.model_copy(
        update={
            "release": target.name, "tables": tables, "imports": tuple(records), "built_from": built_from,
            "base": before.release if is_new else before.base,
            "base_sha256": before.sha256 if is_new else before.base_sha256,
        }
    )  # fmt: skip
    return Manifest.model_validate(after.model_dump()), places


def _derive(work: Work, merged: Merged, before: Manifest, home: Path) -> Derived:
    """Choose production anew, after the reports of it have changed."""
    missing = sorted({"production", REPORTS} - set(before.tables))
    if missing:
        raise SnapshotError(
            f"release {before.release}", "cannot take reports of production; nothing was imported.",
            which=[f"no table {name}" for name in missing],
            fix="import into one that builds on the embedded release")  # fmt: skip
    old = {name: [home / file.file for file in before.tables[name].files] for name in ("production", REPORTS)}
    new = [merged.places.get(file.file, home / file.file) for file in merged.entry.files]
    return derive_production(work, new, old)


def _record(one: Input, entry: Finished, origin: Origin, replaced: int) -> ImportRecord:
    """Compose the origin sheet of the user's own file, with what was read of it."""
    own = one.file.describe(origin).model_copy(
        update={
            "carrier": one.path.name, "sha256": one.sha256, "bytes": one.path.stat().st_size,
            "date_accessed": date.today(),
        }
    )  # fmt: skip
    return ImportRecord(
        table=one.file.table, origin=own, labels=entry.file.labels, rows=entry.rows, replaced_rows=replaced,
        excluded=entry.excluded, notes=entry.notes, code_version=version("monazite"),
    )  # fmt: skip


def _find(places: dict[tuple[tuple[str, str | int], ...], Path], labels: Labels) -> Path | None:
    return places.get(_label_key(labels))


def _label_key(labels: Labels) -> tuple[tuple[str, str | int], ...]:
    return tuple(sorted(labels.items()))


def _raise_all(errors: Sequence[SourceError]) -> None:
    """Raise one error, or several as one that holds the text of all."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise SourceError(f"{len(errors)} files", "cannot be imported.", which=["\n".join(map(str, errors))])
