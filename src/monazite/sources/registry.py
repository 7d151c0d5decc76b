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
from monazite.sources.import_file import ImportFile
from monazite.sources.plain_import import PlainFile, Reading
from monazite.sources.table import Columns

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
    listed = (ImportSource("baci", "baci", "BACI_HS17_V202601.zip", read_baci_zip),)
    return MappingProxyType({source.name: source for source in listed})
