"""Restriction events as a time line: which hold on a day, by country and material."""

from collections.abc import Sequence

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot

Record = dict[str, object]
TABLE = "restriction_events"
GENERAL = ("all dual-use goods", "all goods")
"""Reach of an event that can hit a material which it does not list."""
FULL = "0000-12-31"
"""A day that a year or a month is filled up with, to its end."""


def event_records(
    data: Snapshot, *, countries: Sequence[str] = (), materials: Sequence[str] = (), on: str = ""
) -> tuple[list[Record], Lineage]:
    """
    List restriction events in the order of their announcement.

    Parameters
    ----------
    data : Snapshot
        An open release with the table restriction_events.
    countries : sequence of str, optional
        Only events of these restricting countries (ISO3, EU, WTO); all by default.
    materials : sequence of str, optional
        Only events that list one of these materials or cover goods in general, as `reach` says; all by default.
    on : str, optional
        Only events in force on that day. [YYYY-MM-DD]

    Returns
    -------
    records, lineage
        One record per event; `value` is its severity [unit as given], None where none was published.

    Raises
    ------
    SnapshotError
        If the release has no such table.
    DataError
        If no event is of one of the countries or covers one of the materials.
    """
    data.check_table(TABLE)
    columns = data.query(f"SELECT * FROM {TABLE} ORDER BY event_id")
    rows = [
        dict(zip(columns, values, strict=True))
        for values in zip(*(column.tolist() for column in columns.values()), strict=True)
    ]
    _check_words(rows, "country", countries)
    _check_words(rows, "materials", materials)
    chosen = [
        row
        for row in rows
        if (not countries or set(countries) & split(row["country"]))
        and (not materials or can_hit(row, materials))
        and (not on or is_in_force(row, on))
    ]
    chosen.sort(key=lambda row: (str(row["announced"] or row["effective"]), str(row["event_id"])))
    return [_record(row) for row in chosen], data.lineage.with_sources("curated")


def can_hit(row: Record, materials: Sequence[str]) -> bool:
    """
    Whether an event lists one of some materials, or covers goods in general.

    Parameters
    ----------
    row : record
        With `materials` and `reach`; a release older than that column has none.
    materials : sequence of str
        Our materials.

    Returns
    -------
    bool
        True also for an event on all goods or on all dual-use goods: whether a material is on the list of dual-use
        goods of that country is not looked up.

    Examples
    --------
    >>> can_hit({"materials": "gallium;germanium", "reach": "listed materials"}, ["gallium"])
    True
    >>> can_hit({"materials": "", "reach": "all dual-use goods"}, ["gallium"])
    True
    >>> can_hit({"materials": "", "reach": "other goods"}, ["gallium"])
    False
    """
    return bool(set(materials) & split(row["materials"])) or row.get("reach") in GENERAL


def is_in_force(row: Record, day: str) -> bool:
    """
    Whether an event holds on a day.

    Parameters
    ----------
    row : record
        With `effective` and `ended` as year, year-month or day; "" is not known or open.
    day : str
        The day. [YYYY-MM-DD]

    Returns
    -------
    bool
        effective <= day < ended. A year or month of effect counts from its first day, of end to its last; an event
        that never took effect never holds.

    Examples
    --------
    >>> is_in_force({"effective": "2023-08-01", "ended": ""}, "2024-01-01")
    True
    >>> is_in_force({"effective": "2010-09-21", "ended": "2010-11-19"}, "2010-11-19")
    False
    """
    effective, ended = str(row["effective"] or ""), str(row["ended"] or "")
    return bool(effective) and effective <= day and (not ended or day < ended + FULL[len(ended) :])


def split(text: object) -> set[str]:
    """
    Split a list of words.

    Examples
    --------
    >>> sorted(split("gallium;germanium")), split("")
    (['gallium', 'germanium'], set())
    """
    return {word.strip() for word in str(text or "").split(";") if word.strip()}


def _check_words(rows: Sequence[Record], column: str, words: Sequence[str]) -> None:
    known = {word for row in rows for word in split(row[column])}
    missing = [word for word in words if word not in known]
    if missing:
        raise DataError(
            TABLE, f"no event has this {column.removesuffix('s')}.", which=missing,
            expected=", ".join(sorted(known)),
        )  # fmt: skip


def _record(row: Record) -> Record:
    plain = {
        name: value
        for name, value in row.items()
        if name not in ("severity", "severity_unit", "source_id", "checked")
    }
    return {"reach": None} | plain | {
        "value": row["severity"], "unit": row["severity_unit"], "checked": row["checked"],
        "source_ids": (str(row["source_id"]),),
    }  # fmt: skip
