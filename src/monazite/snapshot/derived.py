"""What follows from imported reports of production: the choice of one source anew, and the conflicts anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from monazite.errors import SnapshotError
from monazite.provenance import TableEntry
from monazite.snapshot.work import Work
from monazite.sources.curated import read_curated
from monazite.sources.import_file import connect_for_import, quote
from monazite.sources.plain_import import cast_column
from monazite.sources.production_choice import KEYS, build_production
from monazite.sources.production_reports import REPORT
from monazite.sources.table import Columns

REPORTS = "production_reports"
LISTED = 8
"""How many series a note names, at most."""
ROUNDING = 1e-4
"""Difference below which two figures count as the same: content factors have six digits. [of the figure]"""
Place = tuple[str, str, int]
"""Material, stage and year."""
Series = dict[tuple[str, Place], dict[str, float]]
"""Source and place -> tonnes by country."""


@dataclass(frozen=True)
class Derived:
    """Tables that follow from others: their entries, where each file lies, and what changed in words."""

    entries: Mapping[str, TableEntry]
    places: Mapping[str, Path]
    notes: tuple[str, ...]


def derive_production(work: Work, reports: Sequence[Path], before: Mapping[str, Sequence[Path]]) -> Derived:
    """
    Choose production and list conflicts anew, from all reports of a release.

    Parameters
    ----------
    work : Work
        Folder of work in progress; the new tables are written there.
    reports : sequence of Path
        The files of `production_reports` with the imported rows.
    before : mapping of str to sequence of Path
        The files of `production` and `production_reports` before the import.

    Returns
    -------
    Derived
        `production_reports` (with sums of groups renewed), `production` and `conflicts`, one file each. The same
        reports give the same bytes.

    Raises
    ------
    SnapshotError
        If two reports of one source have the same key.
    SourceError
        As `choose_production`.
    """
    tables = build_production(_read(reports, REPORT), read_curated("production_preferences"))
    places: dict[str, Path] = {}
    entries: dict[str, TableEntry] = {}
    for name, table in tables.items():
        work.clear_scratch()
        _write(name, table, work)
        rows = len(table["year"])
        kept = work.keep(f"derived {name}", name, {"rows": rows, "excluded": {}, "notes": ()}, {})
        places[kept.file.file] = work.path_of(kept)
        entries[name] = TableEntry(
            **kept.file.model_dump(), rows=rows, primary_key=KEYS[name],
            source_ids=tuple(sorted(set(map(str, table["source_id"])))),
        )  # fmt: skip
    old = {
        name: _series(
            _read(before[name], ("material", "stage", "year", "country", "production_t", "source_id"))
        )
        for name in ("production", REPORTS)
    }
    new = {name: _series(tables[name]) for name in old}
    notes = (
        *describe_choice(old["production"], new["production"]),
        *_describe_gaps(old[REPORTS], new[REPORTS]),
    )
    return Derived(entries, places, notes)


def describe_choice(old: Series, new: Series) -> tuple[str, ...]:
    """
    Say in words how the choice of production differs from the one before.

    Examples
    --------
    >>> old = {("usgs", ("tin", "extraction", 2024)): {"CHN": 70.0}}
    >>> new = {("bgs", ("tin", "extraction", 2024)): {"CHN": 69.0}, ("bgs", ("tin", "extraction", 2023)): {"CHN": 60.0}}
    >>> for line in describe_choice(old, new): print(line)
    production, new: tin extraction 2023 (bgs); 1 stages and years in all
    production, another source: tin extraction 2024 (bgs for usgs); 1 stages and years in all
    """
    was, now = ({place: source for source, place in series} for series in (old, new))
    added = {place: source for place, source in now.items() if place not in was}
    moved = {
        place: f"{source} for {was[place]}"
        for place, source in now.items()
        if was.get(place, source) != source
    }
    changed = {
        place: source
        for place, source in now.items()
        if was.get(place) == source and _differ(old[source, place], new[source, place])
    }
    gone = {place: source for place, source in was.items() if place not in now}
    words = {"new": added, "another source": moved, "other figures": changed, "gone": gone}
    lines = [
        f"production, {word}: {_list_places(places)}; {len(places)} stages and years in all"
        for word, places in words.items()
        if places
    ]
    return tuple(lines) or ("production: the choice and its figures are as before",)


def _describe_gaps(old: Series, new: Series) -> tuple[str, ...]:
    """Name imported series with less than half of the countries that the same source had: a part of a file?"""
    short = {
        place: f"{source}: {len(series)} countries instead of {len(old[source, place])}"
        for (source, place), series in new.items()
        if 2 * len(series) < len(old.get((source, place), ()))
    }
    return (
        (f"few countries; is the file a part of what is published? {_list_places(short)}",) if short else ()
    )


def _list_places(places: Mapping[Place, str]) -> str:
    """List places as `cobalt extraction 2018-2023 (bgs)`, the first few."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for (material, stage, year), words in sorted(places.items()):
        groups.setdefault((material, stage, words), []).append(year)
    listed = [
        f"{material} {stage} {min(years)}{f'-{max(years)}' if len(years) > 1 else ''} ({words})"
        for (material, stage, words), years in groups.items()
    ]
    more = f", and {len(listed) - LISTED} more" if len(listed) > LISTED else ""
    return ", ".join(listed[:LISTED]) + more


def _differ(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two series differ by more than the digits of content factors; a country that is not named has none."""
    pairs = [(one.get(country, 0.0), other.get(country, 0.0)) for country in {*one, *other}]
    return any(abs(ours - theirs) > ROUNDING * max(ours, theirs) for ours, theirs in pairs)


def _series(table: Columns) -> Series:
    found: Series = {}
    columns = (
        table[name].tolist() for name in ("source_id", "material", "stage", "year", "country", "production_t")
    )
    for source, material, stage, year, country, tonnes in zip(*columns, strict=True):
        found.setdefault((source, (material, stage, year)), {})[country] = tonnes
    return found


def _read(paths: Sequence[Path], columns: Sequence[str]) -> Columns:
    """Read columns of Parquet files; missing text is None, a missing number NaN."""
    listed = "[" + ", ".join(map(quote, paths)) + "]"
    with duckdb.connect(config={"threads": 1}) as connection:
        found = connection.execute(f"SELECT {', '.join(columns)} FROM read_parquet({listed})").fetchnumpy()
    return {
        name: np.ma.filled(column, None if column.dtype == object else np.nan)
        for name, column in found.items()
    }


def _write(name: str, table: Columns, work: Work) -> None:
    """Write a table as the draft, sorted by its key, which must not repeat."""
    key = ", ".join(KEYS[name])
    columns = ", ".join(cast_column(column, cells) for column, cells in table.items())
    with connect_for_import(work.scratch) as connection:
        connection.register("rows", table)
        repeated = connection.execute(
            f"SELECT {key} FROM rows GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL"
        ).fetchall()
        if repeated:
            raise SnapshotError(
                f"table {name}", f"{len(repeated)} keys would stand twice; nothing was imported.", which=repeated,
                expected=key, fix="import files that overlap one after the other, the later one with --overwrite",
            )  # fmt: skip
        connection.execute(
            f"COPY (SELECT {columns} FROM rows ORDER BY {key}) TO {quote(work.draft)} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
