"""What `monazite data import` asks of a file: its parts, and to write one of them as Parquet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb

from monazite.errors import SourceError, nearest_names
from monazite.provenance import Origin

Labels = Mapping[str, str | int]
"""What all rows of a part share, such as {"edition": "hs17", "year": 2024}; empty: a whole table."""

MEMORY = "500MB"
"""What one import may use in DuckDB; the process comes to about 0.7 GB (benchmarks/RESULTS.md). Ours."""


@dataclass(frozen=True)
class Part:
    """One piece of an import: written, noted as finished and replaced as a whole."""

    name: str
    labels: Labels
    unpacked_bytes: int = 0


@dataclass(frozen=True)
class Written:
    """How many rows a part has, and what was left out or is worth saying."""

    rows: int
    excluded: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class ImportFile(Protocol):
    """
    A user's file, opened: its parts are known, their rows are not read yet.

    `adds_rows`: other files of the publisher may stand beside this one in a table, as long as they share no rows;
    else a file without labels takes the place of every earlier one.
    """

    adds_rows: bool
    table: str
    primary_key: tuple[str, ...]
    replaces: tuple[str, ...]
    parts: tuple[Part, ...]

    def describe(self, origin: Origin) -> Origin:
        """Fit the origin sheet of the source to this file: title, edition, date of publication."""
        ...

    def write(self, part: Part, target: Path, scratch: Path) -> Written:
        """Write the rows of a part as sorted Parquet; `scratch` is a folder for temporary files."""
        ...

    def review(
        self, part: Part, written: Path, find: Callable[[Labels], Path | None], target: Path, scratch: Path
    ) -> Written | None:
        """
        Look at a part beside its neighbours, which `find` gives by labels.

        Writes the part anew to `target` where that changes it; None where nothing was to be reviewed.
        """
        ...


def connect_for_import(scratch: Path) -> duckdb.DuckDBPyConnection:
    """Open DuckDB with bounded memory; what does not fit goes to `scratch`."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{MEMORY}'; SET threads = 2; SET enable_progress_bar = false")
    connection.execute("SET temp_directory = '" + str(scratch).replace("'", "''") + "'")
    return connection


FILE_MARK = "; file "
"""What stands in a row's `source` before the name of the user's file that it was imported from."""


def quote(text: str | Path) -> str:
    """
    Write text as a literal of SQL.

    Examples
    --------
    >>> quote("Côte d'Ivoire")
    "'Côte d''Ivoire'"
    """
    return "'" + str(text).replace("'", "''") + "'"


def check_source(source: str, known: Mapping[str, object]) -> None:
    """Raise SourceError if no reader has this name; the message offers the nearest."""
    if source not in known:
        raise SourceError(
            f"source {source!r}", "has no reader.", expected=", ".join(sorted(known)),
            fix=nearest_names(source, known),
        )  # fmt: skip
