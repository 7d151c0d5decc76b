"""What the country codes of UN Comtrade mean: a country in a year, or an area that is none."""

import duckdb

from monazite.sources.curated import read_curated
from monazite.vocabulary import baci_codes, countries, country_from_baci


def country_from_comtrade(code: int, year: int) -> str | None:
    """
    Map a country code of UN Comtrade to ISO3 in a year; None where the code is not known.

    Most codes are those of BACI, which is made from UN Comtrade; the others are M49.

    Examples
    --------
    >>> country_from_comtrade(699, 2024), country_from_comtrade(490, 2024), country_from_comtrade(850, 2024)
    ('IND', 'TWN', 'VIR')
    """
    entry = baci_codes().get(code)
    if entry and (entry.valid_from or year) <= year <= (entry.valid_to or year):
        return country_from_baci(code, year)
    return next((iso3 for iso3, country in countries().items() if country.m49 == code), None)


def excluded_areas() -> dict[int, str]:
    """
    List the codes that are no country, with name and reason.

    Examples
    --------
    >>> excluded_areas()[0]
    'World: total of all partners'
    """
    table = read_curated("comtrade_areas")
    return {
        int(code): f"{name}: {reason}"
        for code, name, reason in zip(table["area_code"], table["name"], table["reason"], strict=True)
    }


def map_areas(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the table `area`: code and year as text in `raw`, ISO3 or NULL, and why it is no country or NULL."""
    pairs = connection.execute(
        "SELECT DISTINCT code, y FROM (SELECT reporterCode AS code, left(period, 4) AS y FROM raw"
        " UNION ALL SELECT partnerCode, left(period, 4) FROM raw)"
    ).fetchall()
    reasons = excluded_areas()
    connection.execute("CREATE TABLE area (code VARCHAR, y VARCHAR, iso3 VARCHAR, reason VARCHAR)")
    rows = []
    for code, year in pairs:
        is_number = str(code).isdecimal() and str(year).isdecimal()
        reason = reasons.get(int(code)) if is_number else None
        iso3 = country_from_comtrade(int(code), int(year)) if is_number and not reason else None
        rows.append((code, year, iso3, reason))
    if rows:
        connection.executemany("INSERT INTO area VALUES (?, ?, ?, ?)", rows)
