"""Readers that hand over a whole table in memory, as files that `monazite data import` takes."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from monazite.errors import SourceError
from monazite.provenance import Origin
from monazite.sources.import_file import FILE_MARK, Labels, Part, Written, connect_for_import, quote
from monazite.sources.table import Columns

TYPES = {
    "year": "SMALLINT", "year_start": "SMALLINT", "product_code": "INTEGER",
    **dict.fromkeys(("production_t", "published", "published_t", "share", "supply_share", "low", "high"), "DOUBLE"),
}  # fmt: skip
"""Column types of the release that differ from NumPy's, or that a table without rows does not tell."""


def cast_column(name: str, column: np.ndarray) -> str:
    """
    Write in SQL a column with the type that it has in the release, also where it has no rows.

    Examples
    --------
    >>> cast_column("year", np.array([2024])), cast_column("form", np.array([], dtype=object))
    ('CAST(year AS SMALLINT) AS year', 'CAST(form AS VARCHAR) AS form')
    """
    kind = TYPES.get(name) or ("VARCHAR" if column.dtype == object else "")
    return f"CAST({name} AS {kind}) AS {name}" if kind else name


def name_file(table: Columns, path: Path) -> Columns:
    """
    Say in the source of every row from which of the user's files it comes.

    Examples
    --------
    >>> name_file({"source": np.array(["WMD, table 6.4"], dtype=object)}, Path("folder/6.4.xlsx"))["source"].tolist()
    ['WMD, table 6.4; file 6.4.xlsx']
    """
    named = [f"{source}{FILE_MARK}{path.name}" for source in table["source"]]
    return {**table, "source": np.array(named, dtype=object)}


class Exclusion(Protocol):
    """Rows that did not go into the table: where they stand, why, how many."""

    @property
    def where(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def rows(self) -> int: ...  # noqa: D102


class Reading(Protocol):
    """What a reader hands over: the table, and what it left out."""

    @property
    def table(self) -> Columns: ...  # noqa: D102
    @property
    def excluded(self) -> tuple[Exclusion, ...]: ...  # noqa: D102
    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102


class PlainFile:
    """A file whose reader gives one table at once; an `ImportFile` of one part."""

    def __init__(
        self, path: Path, read: Callable[[Path], Columns | Reading], table: str,
        primary_key: tuple[str, ...], replaces: tuple[str, ...], *, adds_rows: bool = False, title: str = "",
    ) -> None:  # fmt: skip
        self.path, self._read, self.adds_rows, self._title = path, read, adds_rows, title
        self.table, self.primary_key, self.replaces = table, primary_key, replaces
        self.parts: tuple[Part, ...] = (Part(table, {}, path.stat().st_size if path.is_file() else 0),)

    def describe(self, origin: Origin) -> Origin:
        """Name the publisher's work, where the sheet names what the embedded release holds of it."""
        return (
            origin.model_copy(update={"title": self._title, "date_published": ""}) if self._title else origin
        )

    def write(self, part: Part, target: Path, scratch: Path) -> Written:
        """Read the file and write its table, sorted by the primary key, which must not repeat."""
        found = self._read(self.path)
        table, excluded, notes = self._split(found)
        lost = [name for name in (*self.primary_key, "source_id") if name not in table]
        if lost:
            raise SourceError(self.path.name, f"gives no table {self.table}.", which=lost)
        columns = ", ".join(cast_column(name, column) for name, column in table.items())
        key = ", ".join(self.primary_key)
        with connect_for_import(scratch) as connection:
            connection.register("rows", table)
            repeated = connection.execute(
                f"SELECT {key} FROM rows GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL"
            ).fetchall()
            if repeated:
                raise SourceError(
                    self.path.name, f"{len(repeated)} keys stand twice.", which=repeated, expected=key
                )
            connection.execute(
                f"COPY (SELECT {columns} FROM rows ORDER BY {key}) TO {quote(target)} "
                "(FORMAT parquet, COMPRESSION zstd)"
            )
        return Written(len(table["source_id"]), excluded, notes)

    def review(
        self, part: Part, written: Path, find: Callable[[Labels], Path | None], target: Path, scratch: Path
    ) -> Written | None:
        """Nothing is reviewed."""
        return None

    def _split(self, found: Columns | Reading) -> tuple[Columns, dict[str, int], tuple[str, ...]]:
        """Part the table from the count of what was left out, and from what is worth saying."""
        if isinstance(found, dict):
            return found, {}, ()
        excluded: dict[str, int] = {}
        for entry in found.excluded:
            name = f"{self.path.name}: {entry.reason}"
            excluded[name] = excluded.get(name, 0) + entry.rows
        return {name: np.asarray(column) for name, column in found.table.items()}, excluded, found.notes
