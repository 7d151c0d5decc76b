"""A publisher's file of production, as two tables: what has contained tonnes counts, the rest is kept beside it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np

from monazite.sources.plain_import import PlainFile, name_file
from monazite.sources.production_choice import KEYS
from monazite.sources.production_reports import REPORT
from monazite.sources.published_production import KEY
from monazite.sources.table import Columns, Reading, columns_from_rows
from monazite.vocabulary import tonnes_per_unit

REPORTS = "production_reports"
UNCOUNTED = "published_production"
ADDEND = "addend"
SERIES = ("source_id", "material", "stage", "year")
"""One publisher's figures of one material, stage and year: an import replaces them as a whole."""


def open_production(
    path: Path, *, read: Callable[[Path], Reading], title: str
) -> tuple[PlainFile, PlainFile]:
    """
    Open a publisher's file of production as two tables of the release.

    Parameters
    ----------
    path : Path
        The publisher's file.
    read : callable
        Its reader; the table is `published_production` (see `report_rows`).
    title : str
        What the publisher calls the work.

    Returns
    -------
    tuple of PlainFile
        First `production_reports`: the figures whose contained tonnes are known; they replace those of the same
        source, material, stage and year that cover the same. Then `published_production`: the rest.
    """
    once = cache(partial(_read_named, read=read))
    reports, rest = partial(_read_reports, once=once), partial(_read_rest, once=once)
    return (
        PlainFile(path, reports, REPORTS, KEYS[REPORTS], (*SERIES, "covers"), adds_rows=True, title=title),
        PlainFile(path, rest, UNCOUNTED, KEY, SERIES, adds_rows=True, title=title),
    )


def report_table(published: Columns) -> Columns:
    r"""
    Turn published figures into reports of production, adding up products that together are all of a material.

    Parameters
    ----------
    published : Columns
        The table `published_production`. Rows without contained tonnes are left out.

    Returns
    -------
    Columns
        Columns `REPORT`: production_t [t contained material, >= 0, finite], published_t [t of what the publisher
        counts]; `checked` is "publisher", or "derived" for a sum of several products.

    Notes
    -----
    .. math:: P_c = \sum_a P_{c,a}

    over the products a whose `covers` is "addend": ilmenite of 30 t and rutile of 12 t titanium are 42 t.

    Examples
    --------
    >>> row = {"material": "titanium", "stage": "extraction", "covers": "addend", "country": "ZAF", "year": 2024,
    ...        "published_unit": "metric tons", "quality": "reported", "source_id": "usgs", "source": "", "note": ""}
    >>> rows = [row | {"form": "ilmenite", "production_t": 30.0, "published": 50.0},
    ...         row | {"form": "rutile", "production_t": 12.0, "published": 20.0}]
    >>> found = report_table({name: np.array([one[name] for one in rows], dtype=object) for name in rows[0]})
    >>> found["form"].tolist(), found["production_t"].tolist(), found["checked"].tolist()
    (['ilmenite and rutile'], [42.0], ['derived'])
    """
    counted = np.flatnonzero(is_counted(published))
    rows = [{name: column[at] for name, column in published.items()} for at in counted]
    for row in rows:
        row["published_t"] = row["published"] * tonnes_per_unit(str(row["published_unit"]), REPORTS)
        row["read_in"], row["checked"] = "", "publisher"
    kept = [row for row in rows if row["covers"] != ADDEND]
    kept += _add_up([row for row in rows if row["covers"] == ADDEND])
    return columns_from_rows(REPORT, [tuple(_plain(row[name]) for name in REPORT) for row in kept])


def is_counted(published: Columns) -> np.ndarray:
    """Tell which rows of `published_production` have contained tonnes; dims (row,), boolean."""
    counted: np.ndarray = np.isfinite(published["production_t"].astype(float))
    return counted


def _read_named(path: Path, *, read: Callable[[Path], Reading]) -> Reading:
    """Read the file, and name it in the source of every row."""
    reading = read(path)
    return reading._replace(table=name_file(reading.table, path))


def _read_reports(path: Path, *, once: Callable[[Path], Reading]) -> Reading:
    reading = once(path)
    counted = int(is_counted(reading.table).sum())
    table = report_table(reading.table)
    summed = counted - len(table["year"])
    notes = [f"{summed} figures were added to others of the same country and year"] if summed else []
    rest = len(reading.table["year"]) - counted
    if rest:
        notes.append(f"{rest} figures whose content nobody gives stay in {UNCOUNTED} and do not count")
    return Reading(table, reading.excluded, tuple(f"{path.name}: {note}" for note in notes))


def _read_rest(path: Path, *, once: Callable[[Path], Reading]) -> Reading:
    table = once(path).table
    rest = ~is_counted(table)
    return Reading({name: column[rest] for name, column in table.items()}, ())


def _add_up(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Sum the products of each country and year; all countries of a series get the same form."""
    forms: dict[tuple[object, ...], set[str]] = defaultdict(set)
    parts: dict[tuple[object, ...], list[Mapping[str, object]]] = defaultdict(list)
    for row in rows:
        series = tuple(row[name] for name in SERIES)
        forms[series].add(str(row["form"]))
        parts[*series, row["country"]].append(row)
    return [
        {
            **own[0], "covers": "all", "form": " and ".join(sorted(forms[key[:-1]])),
            "production_t": sum(float(str(row["production_t"])) for row in own),
            "published_t": sum(float(str(row["published_t"])) for row in own),
            "quality": "estimated" if any(row["quality"] != "reported" for row in own) else "reported",
            "read_in": "",
            "checked": "publisher" if len(own) == 1 else "derived",
            "note": "; ".join(dict.fromkeys(
                [" + ".join(str(row["form"]) for row in own), *(str(row["note"]) for row in own if row["note"])]
            )),
        }
        for key, own in parts.items()
    ]  # fmt: skip


def _plain(value: object) -> object:
    """Turn a NumPy scalar into a plain value."""
    return value.item() if isinstance(value, np.generic) else value
