"""SDMX-CSV 2.0: one line an observation, with dimensions, value and attributes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monazite.reports.table_columns import Column

AGENCY = "MONAZITE"
ACTION = "I"
"""Information: what is there, not a command to change a database."""
TIME = "TIME_PERIOD"
STATUS = {"reported": "A", "corrected": "A", "estimated": "E", "imputed": "I", "doubtful": "U"}
"""Our quality in the SDMX code list of observation status: normal, estimated, imputed, low reliability."""
PRESENT = Column(name="present", type="number", unit="1", description="1: the row is there")
"""Measure of a table that has no number: without one, SDMX would have nothing to say of its rows."""
MISSING = "O"
"""Observation status of a missing value."""
Row = Sequence[object]


@dataclass(frozen=True)
class Layout:
    """Where the cells of a table go: dimensions, measures and attributes, as positions in a row."""

    columns: tuple[Column, ...]
    dimensions: tuple[int, ...]
    measures: tuple[int, ...]
    attributes: tuple[int, ...]


def arrange_columns(columns: Sequence[Column], primary_key: Sequence[str]) -> Layout:
    """
    Sort columns into dimensions (the primary key), measures (numbers outside it) and attributes (the rest).

    The column `year` becomes TIME_PERIOD and stands last, as SDMX asks.
    """
    names = [column.name for column in columns]
    key = sorted(primary_key, key=lambda name: name == "year")
    rest = [i for i, column in enumerate(columns) if column.name not in primary_key]
    return Layout(
        tuple(columns),
        tuple(names.index(name) for name in key),
        tuple(i for i in rest if columns[i].type == "number"),
        tuple(i for i in rest if columns[i].type != "number"),
    )


def write_header(layout: Layout) -> list[str]:
    """
    Write the header line.

    Examples
    --------
    >>> columns = [Column(name="year", type="integer"), Column(name="country", type="string"),
    ...            Column(name="production_t", type="number", unit="t"), Column(name="quality", type="string")]
    >>> ",".join(write_header(arrange_columns(columns, ["country", "year"])))
    'STRUCTURE,STRUCTURE_ID,ACTION,COUNTRY,MEASURE,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,OBS_STATUS,QUALITY'
    """
    names = [_name(layout.columns[i]) for i in layout.dimensions]
    before = [name for name in names if name != TIME]
    return [
        "STRUCTURE", "STRUCTURE_ID", "ACTION", *before, "MEASURE", *([TIME] if TIME in names else []),
        "OBS_VALUE", "UNIT_MEASURE", "OBS_STATUS", *(_name(layout.columns[i]) for i in layout.attributes),
    ]  # fmt: skip


def write_observations(layout: Layout, structure_id: str, rows: Iterable[Row]) -> Iterator[list[object]]:
    """
    Write a line for every measure of every row; a missing value is an empty cell with status O.

    A table without a number has the measure PRESENT, which is 1 in every row.

    Examples
    --------
    >>> columns = [Column(name="country", type="string"), Column(name="production_t", type="number", unit="t"),
    ...            Column(name="quality", type="string")]
    >>> layout = arrange_columns(columns, ["country"])
    >>> list(write_observations(layout, "MONAZITE:P(1.0.0)", [("CHN", 2.5, "estimated")]))
    [['dataflow', 'MONAZITE:P(1.0.0)', 'I', 'CHN', 'PRODUCTION_T', 2.5, 't', 'E', 'estimated']]
    """
    has_time = bool(layout.dimensions) and _name(layout.columns[layout.dimensions[-1]]) == TIME
    quality = [i for i in layout.attributes if layout.columns[i].name == "quality"]
    for row in rows:
        key = [row[i] for i in layout.dimensions]
        labels, time = (key[:-1], key[-1:]) if has_time else (key, [])
        attributes = [row[i] for i in layout.attributes]
        status = STATUS.get(str(row[quality[0]]), "A") if quality else "A"
        measured = [(layout.columns[i], row[i]) for i in layout.measures] or [(PRESENT, 1)]
        for column, value in measured:
            yield [
                "dataflow", structure_id, ACTION, *labels, _name(column), *time, value, column.unit,
                MISSING if value is None else status, *attributes,
            ]  # fmt: skip


def write_structure_id(table: str, release: str) -> str:
    """
    Name the data flow of a table; a release that is no version number is version 1.0.0.

    Examples
    --------
    >>> write_structure_id("trade", "2026.1"), write_structure_id("trade", "mine")
    ('MONAZITE:TRADE(2026.1.0)', 'MONAZITE:TRADE(1.0.0)')
    """
    parts = release.split(".")
    is_version = 1 < len(parts) <= 3 and all(part.isdigit() for part in parts)
    version = ".".join([*parts, "0"][:3]) if is_version else "1.0.0"
    return f"{AGENCY}:{table.upper()}({version})"


def _name(column: Column) -> str:
    return TIME if column.name == "year" else column.name.upper()
