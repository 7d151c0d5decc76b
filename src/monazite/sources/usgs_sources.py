"""The Import Sources of the Mineral Commodity Summaries: from where the United States imports, as USGS prints it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monazite.errors import DataError, SourceError
from monazite.sources.curated import read_curated
from monazite.sources.table import Columns
from monazite.vocabulary import resolve_country

SECTION = "Import Sources"
OTHERS = ("Other countries", "Other")
"""What USGS calls the sum of countries that it does not name."""
WITH_HONG_KONG = "Includes Hong Kong"


@dataclass(frozen=True)
class ImportSources:
    """
    What USGS prints for one kind of goods: shares of the named countries and of the others.

    `shares` by ISO3 [unitless, 0..1], `low` and `high` what the rounding or a printed bound allows. `years` are the
    period. `has_hong_kong`: its share of China includes Hong Kong.
    """

    commodity: str
    detail: str
    years: tuple[int, ...]
    shares: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]
    has_hong_kong: bool


def read_import_sources(summaries: Columns) -> dict[tuple[str, str], ImportSources]:
    """
    Collect the import sources of a read file of the Mineral Commodity Summaries, by commodity and goods.

    Parameters
    ----------
    summaries : Columns
        From `read_mineral_commodity_summaries`.

    Returns
    -------
    mapping of (commodity, detail) to ImportSources
        A share printed as a bound (`>99`, `<1`) has the share NaN between its bounds. What USGS calls other
        countries, and rows that name several countries at once, are no shares of a country and are left out.

    Raises
    ------
    SourceError
        If the file has no import sources, or a country that is not known; all of them are named.
    """
    chosen = np.flatnonzero(np.asarray(summaries["section"]) == SECTION)
    if not len(chosen):
        raise SourceError("Mineral Commodity Summaries", f"the file has no section {SECTION!r}.")
    places: dict[tuple[str, str], list[int]] = {}
    for k in chosen:
        places.setdefault((str(summaries["commodity"][k]), str(summaries["detail"][k])), []).append(int(k))
    problems: list[str] = []
    found = {key: _collect(summaries, key, rows, problems) for key, rows in places.items()}
    if problems:
        raise SourceError(
            "Mineral Commodity Summaries", f"{len(problems)} import sources name an unknown country.",
            which=problems, expected="English names of countries", fix="add the spelling to vocabulary/aliases.csv",
        )  # fmt: skip
    return found


def read_source_rows() -> Columns:
    """
    Read which import sources of USGS speak of which of our goods (`data/curated/usgs_import_sources.csv`).

    Returns
    -------
    Columns
        material, stage, product_codes (separated by semicolons; "" for all), commodity, detail, scope (same, wider,
        narrower), note, source.
    """
    return read_curated("usgs_import_sources")


def _collect(summaries: Columns, key: tuple[str, str], rows: list[int], problems: list[str]) -> ImportSources:
    """Collect the shares of one kind of goods."""
    values: dict[str, dict[str, float]] = {"value": {}, "low": {}, "high": {}}
    has_hong_kong = False
    for k in rows:
        name = str(summaries["country"][k])
        if name in OTHERS or ", and " in name:
            continue
        try:
            code = resolve_country(name)
        except DataError:
            problems.append(f"line {summaries['line'][k]}: {name!r}")
            continue
        has_hong_kong = has_hong_kong or (code == "CHN" and WITH_HONG_KONG in str(summaries["note"][k]))
        for end, shares in values.items():
            percent = float(summaries[end][k])
            shares[code] = (min(percent, 100.0) if end == "high" else percent) / 100
    first, last = int(summaries["year_start"][rows[0]]), int(summaries["year"][rows[0]])
    return ImportSources(
        *key, tuple(range(first, last + 1)), values["value"], values["low"], values["high"], has_hong_kong
    )
