"""Mineral Commodity Summaries: production by country, from both layouts of the data release."""

import re
from collections.abc import Mapping
from pathlib import Path

from monazite.errors import SourceError
from monazite.sources.curated import read_curated
from monazite.sources.delimited import first_line, raise_problems, read_delimited, read_number
from monazite.sources.exclusions import Excluded
from monazite.sources.published_production import (
    Commodity,
    Report,
    find_country,
    find_unit,
    index_commodities,
    report_rows,
)
from monazite.sources.table import Reading
from monazite.sources.usgs import HEADER, SOURCE_ID, read_mineral_commodity_summaries
from monazite.vocabulary.countries import country_words
from monazite.vocabulary.tables import fold

COLUMNS_2025 = (
    "SOURCE", "COMMODITY", "COUNTRY", "TYPE", "UNIT_MEAS", "PROD_2023", "PROD_EST_ 2024", "PROD_NOTES",
)  # fmt: skip
YEARS_2025: Mapping[str, int] = {"PROD_2023": 2023, "PROD_EST_ 2024": 2024}
CITED_2026 = "U.S. Geological Survey, Mineral Commodity Summaries 2026 data release"
CITED_2025 = (
    "U.S. Geological Survey, Mineral Commodity Summaries 2025, World Data Release, doi:10.5066/P13XCP3R"
)
ROUNDED = re.compile(r"[,:] ?rounded$")
REST = re.compile(r"other countries", re.IGNORECASE)
TOTAL = re.compile(r"world total", re.IGNORECASE)
REMARK = re.compile(r" \(([^)]*)\)$")
"""What stands behind some countries, as in `Poland (quicklime)`; in `Congo (Kinshasa)` it is part of the name."""
ROW = "ROW"


def read_usgs_production(path: Path) -> Reading:
    """
    Read production by country from the data release of the Mineral Commodity Summaries.

    Parameters
    ----------
    path : Path
        `MCS2026_Commodities_Data.csv` (all chapters, one figure a row, cp1252), or `MCS2025_World_Data.csv` (one
        country a row with a column per year, UTF-8).

    Returns
    -------
    Reading
        `published_production` (see `report_rows`). `Other countries` is ROW. quality: estimated where the note, the
        name of the row or the header of the column says so. Excluded: totals, rows that are no production by
        country, figures that are withheld, not available or no number, and commodities that no row of
        `usgs_commodities.csv` maps.

    Raises
    ------
    SourceError
        Once: other columns, text in a number, an unknown country or unit, a figure twice.

    References
    ----------
    .. [1] U.S. Geological Survey, "Mineral Commodity Summaries 2026," data release, doi:10.5066/P1WKQ63T.
    .. [2] U.S. Geological Survey, "Mineral Commodity Summaries 2025, World Data Release," doi:10.5066/P13XCP3R.
    """
    known = index_commodities(read_curated("usgs_commodities"), ["commodity", "detail"])
    problems: list[str] = []
    excluded = Excluded()
    head = first_line(path, "utf-8-sig")
    read = _read_2025 if head.startswith("SOURCE,") else _read_2026
    if not head.startswith(("SOURCE,", f"{HEADER[0]},")):
        raise SourceError(
            path.name,
            "is neither layout of the data release.",
            which=[head.strip()[:80]],
            expected=f"a first line that starts with {HEADER[0]},{HEADER[1]} or {COLUMNS_2025[0]},{COLUMNS_2025[1]}",
        )
    reports = read(path, known, excluded, problems)
    raise_problems(
        path.name, problems, "a country, a unit of mass, a number >= 0", "add spellings of countries"
    )
    return Reading(report_rows(reports, SOURCE_ID, path.name), excluded.listed())


def _read_2026(
    path: Path, known: Mapping[tuple[str, ...], Commodity], excluded: Excluded, problems: list[str]
) -> list[Report]:
    table = read_mineral_commodity_summaries(path)
    names = (
        "section",
        "statistics",
        "commodity",
        "detail",
        "country",
        "unit",
        "year",
        "value",
        "mark",
        "quality",
    )
    reports = []
    for *words, note, line in zip(*(table[name] for name in (*names, "note", "line")), strict=True):
        section, statistics, commodity, detail, country, unit, year, value, mark, quality = words
        if not section.startswith("World") or statistics != "Production":
            excluded.add(f"{section}: {statistics}", "no production by country")
            continue
        what = known.get((commodity, ROUNDED.sub("", detail)))
        if _is_left_out(what, country, f"{commodity}: {detail}", excluded):
            continue
        if mark not in ("number", "zero"):
            excluded.add(f"line {line}: {commodity}, {country} {year}", str(mark))
            continue
        where = f"line {line}"
        iso3 = _country(country, where, problems)
        if what is not None:
            find_unit(unit, where, problems)
            source = f"{CITED_2026}, {commodity}, {section}"
            reports.append(Report(what, iso3, int(year), float(value), unit, quality, source, note))
    return reports


def _read_2025(
    path: Path, known: Mapping[tuple[str, ...], Commodity], excluded: Excluded, problems: list[str]
) -> list[Report]:
    reports = []
    for line, row in read_delimited(path, COLUMNS_2025):
        country, commodity, kind = (" ".join(row[name].split()) for name in ("COUNTRY", "COMMODITY", "TYPE"))
        what = known.get((commodity, kind))
        if _is_left_out(what, country, f"{commodity}: {kind}", excluded, len(YEARS_2025)):
            continue
        if not row["UNIT_MEAS"]:
            excluded.add(f"line {line}: {commodity}, {country}", "no unit is printed", len(YEARS_2025))
            continue
        remark = None if country_words().get(fold(country)) else REMARK.search(country)
        country = REMARK.sub("", country) if remark else country
        iso3 = _country(country, f"line {line}", problems)
        find_unit(row["UNIT_MEAS"], f"line {line}, UNIT_MEAS", problems)
        for column, year in YEARS_2025.items():
            if not row[column]:
                excluded.add(f"line {line}: {commodity}, {country} {year}", "no figure is printed")
                continue
            value = read_number(row[column], f"line {line}, {column}", problems)
            is_estimate = "EST" in column or "estimated" in f"{kind} {row['PROD_NOTES']}".casefold()
            note = "; ".join(filter(None, (remark[1] if remark else "", row["PROD_NOTES"])))
            quality = "estimated" if is_estimate else "reported"
            source = f"{CITED_2025}, {commodity}"
            if what is not None:
                reports.append(Report(what, iso3, year, value, row["UNIT_MEAS"], quality, source, note))
    return reports


def _is_left_out(what: Commodity | None, country: str, label: str, excluded: Excluded, rows: int = 1) -> bool:
    """Count a row that is no country's, or of a commodity that is none of ours."""
    if what is None:
        excluded.add(label, "not mapped to a material", rows)
    elif TOTAL.match(country):
        excluded.add(label, "total of all countries", rows)
    return what is None or TOTAL.match(country) is not None


def _country(name: str, where: str, problems: list[str]) -> str:
    return ROW if REST.match(name) else find_country(name, f"{where}, country", problems)
