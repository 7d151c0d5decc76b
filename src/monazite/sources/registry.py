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
from monazite.sources.eu_study import read_eu_study_shares
from monazite.sources.governance_xlsx import read_governance_xlsx
from monazite.sources.iea import read_iea_supply
from monazite.sources.import_file import ImportFile
from monazite.sources.plain_import import PlainFile, Reading
from monazite.sources.published_production import KEY as PRODUCTION_KEY
from monazite.sources.table import Columns
from monazite.sources.usgs_production import read_usgs_production
from monazite.sources.world_mining_data_xlsx import read_world_mining_data_xlsx

TRADE_KEY = ("edition", "product_code", "year", "importer", "exporter")


@dataclass(frozen=True)
class ImportSource:
    """One kind of file: its word on the command line, its origin sheet, and how to open it."""

    name: str
    source_id: str
    file: str
    open: Callable[[Path], ImportFile]


def plain_source(
    name: str, read: Callable[[Path], Columns | Reading], *, source_id: str, file: str, table: str,
    primary_key: tuple[str, ...], replaces: tuple[str, ...],
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
    opened = partial(_open_plain, read=read, table=table, primary_key=primary_key, replaces=replaces)
    return ImportSource(name, source_id, file, opened)


def _open_plain(
    path: Path, *, read: Callable[[Path], Columns | Reading], table: str, primary_key: tuple[str, ...],
    replaces: tuple[str, ...],
) -> ImportFile:  # fmt: skip
    return PlainFile(path, read, table, primary_key, replaces)


def import_sources() -> Mapping[str, ImportSource]:
    """
    List what can be imported, by the word on the command line.

    Examples
    --------
    >>> import_sources()["baci"].file
    'BACI_HS17_V202601.zip'
    """
    listed = (ImportSource("baci", "baci", "BACI_HS17_V202601.zip", read_baci_zip), *_plain_sources())
    return MappingProxyType({source.name: source for source in listed})


def _plain_sources() -> tuple[ImportSource, ...]:
    """List the readers that hand over a whole table."""
    month = (*TRADE_KEY[:3], "month", *TRADE_KEY[3:])
    share = ("scope", "material", "stage", "form", "country", "year")
    production = "published_production", PRODUCTION_KEY, PRODUCTION_KEY
    rows: tuple[
        tuple[str, Callable[[Path], Columns | Reading], str, str, str, tuple[str, ...], tuple[str, ...]], ...
    ]
    rows = (
        ("comtrade", read_comtrade_lanes, "comtrade", "COMTRADE-FINAL-CA156202401H6.gz", "trade", TRADE_KEY, TRADE_KEY),
        ("comtrade_monthly", read_comtrade_monthly, "comtrade", "COMTRADE-FINAL-CM156202401H6.gz", "trade_monthly",
         month, month),
        ("world_mining_data", read_world_mining_data_xlsx, "world_mining_data", "6.4._Production.xlsx", *production),
        ("usgs", read_usgs_production, "usgs", "MCS2026_Commodities_Data.csv", *production),
        ("bgs", read_bgs_production, "bgs", "BGS_cobalt_production.csv", *production),
        ("iea", read_iea_supply, "iea", "CM_Data_Explorer.xlsx", *production),
        ("wgi", read_governance_xlsx, "wgi", "wgidataset_with_sourcedata-2025.xlsx", "governance",
         ("country", "year"), ("country", "year")),
        ("eu_crm_2023", read_eu_study_shares, "eu_crm_2023", "global_supply_shares_t.csv", "supply_shares_reported",
         share, share),
    )  # fmt: skip
    return tuple(
        plain_source(
            name, read, source_id=source_id, file=file, table=table, primary_key=key, replaces=replaces
        )
        for name, read, source_id, file, table, key, replaces in rows
    )
