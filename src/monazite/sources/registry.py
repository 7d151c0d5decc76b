"""
Which publishers' files `monazite data import` reads.

A reader that hands over a whole table (`read_x(path) -> Columns`, or a Reading with what it left out) is one line
here; a file too large for that brings its own `ImportFile`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from monazite.errors import ModelError
from monazite.sources.baci_zip import read_baci_zip
from monazite.sources.bgs import read_bgs_production
from monazite.sources.comtrade import read_comtrade_lanes, read_comtrade_monthly
from monazite.sources.eu_study import SOURCE_ID as EU_STUDY
from monazite.sources.eu_study_import import open_eu_study
from monazite.sources.governance_xlsx import read_governance_xlsx
from monazite.sources.iea import read_iea_supply
from monazite.sources.import_file import ImportFile
from monazite.sources.plain_import import PlainFile
from monazite.sources.plain_import import Reading as AnyReading
from monazite.sources.production_import import open_production
from monazite.sources.table import Columns, Reading
from monazite.sources.usgs_production import read_usgs_production
from monazite.sources.world_mining_data_xlsx import read_world_mining_data_xlsx

TRADE_KEY = ("edition", "product_code", "year", "importer", "exporter")
PRODUCTION: Mapping[str, tuple[Callable[[Path], Reading], str, str]] = MappingProxyType(
    {
        "world_mining_data": (
            read_world_mining_data_xlsx, "6.4._Production.xlsx", "World Mining Data, table 6.4: production by country",
        ),
        "usgs": (
            read_usgs_production, "MCS2026_Commodities_Data.csv", "Mineral Commodity Summaries: production by country",
        ),
        "bgs": (
            read_bgs_production, "BGS_cobalt_production.csv", "World Mineral Statistics: production by country",
        ),
        "iea": (read_iea_supply, "CM_Data_Explorer.xlsx", "Critical Minerals Data Explorer: supply in the base year"),
    }
)  # fmt: skip
"""Readers of production by country, by the word on the command line; what the file and the work are called."""


@dataclass(frozen=True)
class ImportSource:
    """One kind of file: its word on the command line, its origin sheet, and how to open it, once for each table."""

    name: str
    source_id: str
    file: str
    open: Callable[[Path], tuple[ImportFile, ...]]


def plain_source(
    name: str, read: Callable[[Path], Columns | AnyReading], *, source_id: str, file: str, table: str,
    primary_key: tuple[str, ...], replaces: tuple[str, ...], adds_rows: bool = False,
) -> ImportSource:  # fmt: skip
    """
    Make a source of a reader that hands over a whole table.

    Parameters
    ----------
    name : str
        The word on the command line.
    read : callable
        `read_x(path)`: the table, or a Reading with the table and what was left out.
    source_id : str
        Its origin sheet.
    file : str
        What the file is called, for the help.
    table : str
        The table of the release that the rows go into.
    primary_key : tuple of str
        Columns whose values do not repeat together; the table is sorted by them.
    replaces : tuple of str
        Rows of the release that equal an imported one in all these columns give way: ("country", "year").
    adds_rows : bool, default False
        Whether other files of the publisher may stand beside this one, as long as they share no rows.

    Returns
    -------
    ImportSource
        For `import_sources`.

    Raises
    ------
    ModelError
        If rows could give way to others with the same primary key and still stay.
    """
    if not set(replaces) <= set(primary_key):
        raise ModelError(
            f"source {name}", "replaces by columns that are no part of the primary key.",
            which=sorted(set(replaces) - set(primary_key)),
        )  # fmt: skip
    opened = partial(_open_plain, read=read, table=table, primary_key=primary_key, replaces=replaces,
                     adds_rows=adds_rows)  # fmt: skip
    return ImportSource(name, source_id, file, opened)


def _open_plain(
    path: Path, *, read: Callable[[Path], Columns | AnyReading], table: str, primary_key: tuple[str, ...],
    replaces: tuple[str, ...], adds_rows: bool,
) -> tuple[ImportFile, ...]:  # fmt: skip
    return (PlainFile(path, read, table, primary_key, replaces, adds_rows=adds_rows),)


def _open_baci(path: Path) -> tuple[ImportFile, ...]:
    return (read_baci_zip(path),)


def import_sources() -> Mapping[str, ImportSource]:
    """
    List what can be imported, by the word on the command line.

    Examples
    --------
    >>> import_sources()["baci"].file
    'BACI_HS17_V202601.zip'
    """
    listed = (
        ImportSource("baci", "baci", "BACI_HS17_V202601.zip", _open_baci),
        *_plain_sources(),
        *(
            ImportSource(name, name, file, partial(open_production, read=read, title=title))
            for name, (read, file, title) in PRODUCTION.items()
        ),
        ImportSource(EU_STUDY, EU_STUDY, "global_supply_shares_t.csv", open_eu_study),
    )
    return MappingProxyType({source.name: source for source in listed})


def _plain_sources() -> tuple[ImportSource, ...]:
    """List the readers that hand over a whole table."""
    month = (*TRADE_KEY[:3], "month", *TRADE_KEY[3:])
    rows: tuple[
        tuple[str, Callable[[Path], Columns | AnyReading], str, str, str, tuple[str, ...], tuple[str, ...]],
        ...,
    ]
    rows = (
        ("comtrade", read_comtrade_lanes, "comtrade", "COMTRADE-FINAL-CA156202401H6.gz", "trade", TRADE_KEY, TRADE_KEY),
        ("comtrade_monthly", read_comtrade_monthly, "comtrade", "COMTRADE-FINAL-CM156202401H6.gz", "trade_monthly",
         month, month),
        ("wgi", read_governance_xlsx, "wgi", "wgidataset_with_sourcedata-2025.xlsx", "governance",
         ("country", "year"), ("country", "year")),
    )  # fmt: skip
    return tuple(
        plain_source(
            name,
            read,
            source_id=source_id,
            file=file,
            table=table,
            primary_key=key,
            replaces=replaces,
            adds_rows=source_id == "comtrade",
        )
        for name, read, source_id, file, table, key, replaces in rows
    )
