"""Where data and results come from: origin sheets, corrections, the manifest of a release, and lineage."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from monazite.errors import DataError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""Name of a table, a column or a source."""
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""Number of rows or bytes; no database can count further."""


class Sheet(BaseModel):
    """A sheet of provenance: frozen, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Licence(Sheet):
    """Under what terms a data set may be used."""

    name: str
    url: str


class Download(Sheet):
    """A file at its publisher: where it is, what it is called, and its hash where the publisher or we know it."""

    name: Name
    url: str = Field(pattern=r"^https://")
    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")


class Origin(Sheet):
    """Where one data set came from, and how to update it."""

    source_id: str = Field(pattern=r"^[a-z0-9_]+$")
    producer: str
    title: str
    citation: str
    url_main: str
    url_download: str
    date_published: str
    date_accessed: date
    licence: Licence
    carrier: str = ""  # the file that carried the data to us, where it is not the publisher's own
    sha256: str = ""
    bytes: Count = 0
    downloads: tuple[Download, ...] = ()  # what `monazite data get` fetches; the first one unless told
    download_needs: str = ""  # what the publisher asks for before it hands out the file
    update: str


class Correction(Sheet):
    """One change to a published figure, with the condition under which it still applies."""

    table: str
    keys: dict[str, str | int]
    field: str
    action: Literal["drop", "override", "scale", "flag"]
    value: float | None = None
    expect_low: float
    expect_high: float
    reason: str
    reported_to: str
    status: Literal["open", "reported", "fixed"]


class TableFile(Sheet):
    """One Parquet file of a table, with the labels that all its rows share (`edition`, `year`)."""

    file: str = Field(pattern=r"^[a-z0-9_]+\.parquet$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: Count
    labels: dict[Name, str | int] = {}


class TableEntry(TableFile):
    """One table of a release: its first file, and further `parts` where it stands in several."""

    rows: Count  # of all files
    primary_key: tuple[Name, ...] = Field(min_length=1)
    source_ids: tuple[str, ...]
    parts: tuple[TableFile, ...] = ()

    @property
    def files(self) -> tuple[TableFile, ...]:
        """List all files of the table, the first one included."""
        return (self, *self.parts)

    @property
    def total_bytes(self) -> int:
        """Add up the length of all files."""
        return sum(file.bytes for file in self.files)


class ImportRecord(Sheet):
    """What one import put into a user release, and what it did not take."""

    table: Name
    origin: Origin  # with the name, length, hash and date of the user's own file
    labels: dict[Name, str | int]
    rows: Count
    replaced_rows: Count
    excluded: dict[str, Count]
    notes: tuple[str, ...]
    code_version: str


class ReadRows(Sheet):
    """What became of the rows of one source when a release was built; nothing is dropped without being counted."""

    read: Count
    kept: Count  # as published
    corrected: Count
    excluded: Count  # `Manifest.excluded` has the reasons

    @property
    def is_balanced(self) -> bool:
        """Whether every row that was read is kept, corrected or excluded."""
        return self.read == self.kept + self.corrected + self.excluded


class Manifest(Sheet):
    """The list of what a release holds, with the hash of every file."""

    release: str
    built_from: dict[str, str]
    tables: dict[Name, TableEntry]
    excluded: dict[str, Count]
    corrections: Count
    base: str = ""  # the release that a user release builds on
    base_sha256: str = ""
    imports: tuple[ImportRecord, ...] = ()
    reads: dict[str, ReadRows] = {}  # by source_id

    @property
    def sha256(self) -> str:
        """Hash of the manifest itself; it stands for the whole release."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()


class ImportedFile(NamedTuple):
    """A file of the user's that a user release holds rows of; `editions` are those of its trade."""

    source_id: str
    title: str
    file: str
    sha256: str
    date_published: str
    date_accessed: str
    tables: tuple[str, ...]
    editions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """
    What a chain or a result was computed from.

    `imports` are files of the user's that the rows may come from; those of other sources than `source_ids` were
    not read.
    """

    release: str
    release_sha256: str
    source_ids: tuple[str, ...] = ()
    code_version: str = version("monazite")
    scenario_sha256: str = ""
    seed: int | None = None
    imports: tuple[ImportedFile, ...] = ()

    def __post_init__(self) -> None:
        """Take `imports` back from JSON, which knows lists only."""
        plain = (tuple(tuple(v) if isinstance(v, list) else v for v in entry) for entry in self.imports)
        object.__setattr__(self, "imports", tuple(ImportedFile._make(entry) for entry in plain))

    def files_of(self, source_id: str) -> tuple[ImportedFile, ...]:
        """List the imported files of one source."""
        return tuple(entry for entry in self.imports if entry.source_id == source_id)

    def keep_imports(self, keeps: Callable[[ImportedFile], bool]) -> "Lineage":
        """Leave out the imported files that were not read."""
        return replace(self, imports=tuple(filter(keeps, self.imports)))

    def with_sources(self, *source_ids: str) -> "Lineage":
        """Add sources, sorted and without repeats."""
        return replace(self, source_ids=tuple(sorted({*self.source_ids, *source_ids})))


def list_imported(records: Sequence[ImportRecord]) -> tuple[ImportedFile, ...]:
    """
    List the files that a release holds rows of, each once, in the order of their names.

    Parameters
    ----------
    records : sequence of ImportRecord
        `Manifest.imports`: one per file and table, of a zip of BACI one per year.

    Returns
    -------
    tuple of ImportedFile
        Without files of which no row was taken.
    """
    groups: dict[tuple[str, str, str], list[ImportRecord]] = {}
    for record in records:
        if record.rows:
            key = record.origin.source_id, record.origin.carrier, record.origin.sha256
            groups.setdefault(key, []).append(record)
    return tuple(
        ImportedFile(
            source_id, own[0].origin.title, file, sha256, own[0].origin.date_published,
            max(record.origin.date_accessed for record in own).isoformat(),
            tuple(sorted({record.table for record in own})),
            tuple(sorted({str(record.labels["edition"]) for record in own if "edition" in record.labels})),
        )
        for (source_id, file, sha256), own in sorted(groups.items())
    )  # fmt: skip


def hash_file(path: Path) -> str:
    """Compute the sha256 of a file, read in blocks of 1 MiB."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_sheets(path: Path) -> list[dict[str, object]]:
    """Read a YAML 1.2 file that holds one mapping or a list of them."""
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise DataError(path.name, "is not YAML 1.2.", which=[str(error)], fix="mend the file") from error
    return content if isinstance(content, list) else [content]


def read_origin(path: Path) -> Origin:
    """Read the origin sheet of one data set (`<source_id>.origin.yaml`)."""
    return Origin.model_validate(read_sheets(path)[0])


def read_corrections(path: Path) -> list[Correction]:
    """Read the corrections of one source (`data/corrections/<source>.yaml`)."""
    return [Correction.model_validate(entry) for entry in read_sheets(path)]
