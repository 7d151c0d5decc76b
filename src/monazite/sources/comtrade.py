"""UN Comtrade: bulk files (tab-separated text, gzip) and answers of the API (JSON), by year or by month."""

import csv
import gzip
import json
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import duckdb

from monazite.errors import SourceError
from monazite.sources.comtrade_countries import map_areas
from monazite.sources.comtrade_rows import COLUMNS, Side, keep_rows
from monazite.sources.delimited import check_header
from monazite.sources.table import Reading

SOURCE_ID = "comtrade"
RATIO_LIMIT = 200
"""Times that a text may be larger than it is packed; bulk files reach 10 to 20."""
BLOCK = 1 << 20
MEMORY = "500MB"
"""What DuckDB may use; what does not fit goes to a temporary folder."""


def read_comtrade(path: Path, *, prefer: Side = "importer") -> Reading:
    """
    Read the annual rows of a file of UN Comtrade into `trade`.

    Parameters
    ----------
    path : Path
        A bulk file (`COMTRADE-FINAL-CA156202401H6[2025-05-12].gz`: text, a tab between the cells, packed or not), or
        an answer of the API (`.json`: an object whose `data` is a list of rows).
    prefer : "importer" or "exporter"
        Whose report is kept where both are in the file. Importers report goods with freight and insurance (CIF),
        exporters without (FOB).

    Returns
    -------
    Reading
        `trade`: year, exporter, importer (ISO3), edition, product_code (int), value_usd [USD], quantity_gross_t
        [t gross; NaN = not reported: UN Comtrade prints 0 there], quality (estimated where the net weight is),
        source_id, reported_by. One row per (year, edition, product_code, exporter, importer). Excluded, with counts:
        rows of other frequencies, classifications, flows and product levels, parts of a total (mode of transport,
        customs procedure, second partner), areas that are no country, goods that come back, and the other report.

    Raises
    ------
    SourceError
        Once: a column is missing, the file is cut or no such file, a cell is no number or negative, a country or
        product code is unknown, or a key repeats; names the rows.

    Notes
    -----
    Codes of countries are M49 with exceptions (699 India, 842 USA, 251 France, 757 Switzerland, 579 Norway,
    490 Taiwan), the same as in BACI. Row 1 is the first after the header, in JSON the first of `data`.

    References
    ----------
    .. [1] United Nations Statistics Division, UN Comtrade API: bulk files and `data/v1/get`, fields of a row;
       https://comtradeapi.un.org/files/v1/app/reference/ListofReferences.json (reporters, partnerAreas, HS).
    .. [2] UNSD, "Quantity and Weight Data in UN Comtrade," 2009, §4.1 (estimated weights).
    """
    return _read(path, "A", prefer)


def read_comtrade_lanes(path: Path) -> Reading:
    """
    Read annual rows as `read_comtrade` does, in the columns of the release, which does not say who reported.

    Raises
    ------
    SourceError
        As `read_comtrade`.
    """
    reading = read_comtrade(path)
    return reading._replace(table={k: v for k, v in reading.table.items() if k != "reported_by"})


def read_comtrade_monthly(path: Path, *, prefer: Side = "importer") -> Reading:
    """
    Read the monthly rows of a file of UN Comtrade into `trade_monthly`.

    Returns
    -------
    Reading
        As `read_comtrade`, with month (`2024-01`); one row per (year, month, edition, product_code, exporter,
        importer). Annual rows are excluded and counted.

    Raises
    ------
    SourceError
        As `read_comtrade`.
    """
    return _read(path, "M", prefer)


def _read(path: Path, frequency: Literal["A", "M"], prefer: Side) -> Reading:
    with TemporaryDirectory() as folder:
        text = _rows_of_json(path, Path(folder)) if path.suffix == ".json" else path
        header = _read_header(path.name, text)
        with duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": folder}) as connection:
            _load(connection, path.name, text, header)
            map_areas(connection)
            return keep_rows(connection, path.name, frequency, prefer, SOURCE_ID)


def _rows_of_json(path: Path, folder: Path) -> Path:
    """Write the rows of an answer of the API as text, so that they are read like a bulk file."""
    try:
        answer = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:  # no text, no JSON, too many digits or too deep
        raise SourceError(
            path.name, f"is no JSON: {error}.", expected="an answer of the API", fix="fetch it again"
        ) from error
    rows = answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        said = answer.get("error") or answer.get("message") if isinstance(answer, dict) else None
        raise SourceError(
            path.name,
            "has no rows.",
            which=[str(said)] if said else [],
            expected="an object whose `data` is a list of rows",
            fix="ask the API again; it answers with an error where the key is not valid",
        )
    missing = [
        f"row {number}: {name}" for number, row in enumerate(rows, 1) for name in COLUMNS if name not in row
    ]
    if missing:
        raise SourceError(
            path.name, f"lacks {len(missing)} cells.", which=missing, expected=", ".join(COLUMNS)
        )
    target = folder / "rows.txt"
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow("" if row[name] is None else str(row[name]) for name in COLUMNS)
    return target


def _read_header(where: str, path: Path) -> list[str]:
    """Read the header, after a look at the whole of a packed file: is it whole, and how large is it unpacked?"""
    try:
        with path.open("rb") as raw:
            is_packed = raw.read(2) == b"\x1f\x8b"
        if is_packed:
            _check_packed(where, path)
        with gzip.open(path) if is_packed else path.open("rb") as file:
            line = file.readline(100_000).decode("utf-8-sig").rstrip("\r\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SourceError(
            where,
            f"cannot be read: {error}.",
            expected="text in UTF-8 with a tab between the cells, packed by gzip or not",
            fix="fetch the file again",
        ) from error
    header = line.split("\t")
    check_header(where, header, COLUMNS, "\t")
    return header


def _check_packed(where: str, path: Path) -> None:
    limit = RATIO_LIMIT * path.stat().st_size + BLOCK
    size = 0
    with gzip.open(path) as file:
        while block := file.read(BLOCK):
            size += len(block)
            if size > limit:
                raise SourceError(
                    where,
                    f"unpacks to more than {RATIO_LIMIT} times its size.",
                    expected="a text that packs 10 to 20 times",
                    fix="do not use this file; fetch it from the publisher",
                )


def _load(connection: duckdb.DuckDBPyConnection, where: str, path: Path, header: list[str]) -> None:
    """Load the columns that count as text, numbered from 1."""
    names = ", ".join(f"trim({name}) AS {name}" for name in COLUMNS)
    columns = dict.fromkeys(header, "VARCHAR")
    try:
        connection.execute(
            f"""
            CREATE TABLE raw AS SELECT row_number() OVER () AS row, {names}
            FROM read_csv($path, delim = '\t', header = true, columns = $columns, quote = '"', escape = '"',
                          compression = $compression, auto_detect = false)
            """,
            {
                "path": str(path),
                "columns": columns,
                "compression": "gzip" if path.open("rb").read(2) == b"\x1f\x8b" else "none",
            },
        )
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SourceError(
            where,
            f"cannot be read: {reason}",
            which=[line for line in str(error).splitlines()[1:3] if line.strip()],
            expected=f"{len(header)} cells in every row, a tab between them",
            fix="fetch the file again; a short last row means half a file",
        ) from error
