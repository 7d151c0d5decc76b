"""Which rows of UN Comtrade are trade between two countries in one product, and what is wrong with the others."""

from typing import Literal

import duckdb
import numpy as np

from monazite.errors import SourceError
from monazite.sources.table import Columns, Exclusion, Reading

Side = Literal["importer", "exporter"]
COLUMNS = (
    "freqCode", "period", "reporterCode", "flowCode", "partnerCode", "partner2Code", "classificationCode",
    "cmdCode", "customsCode", "motCode", "netWgt", "isNetWgtEstimated", "primaryValue", "isReported",
)  # fmt: skip
"""Columns that must be there, as they are spelt in bulk files and in answers of the API."""
EDITIONS = {"H0": "hs92", "H1": "hs96", "H2": "hs02", "H3": "hs07", "H4": "hs12", "H5": "hs17", "H6": "hs22"}
PARTS = {
    "RX": "re-exports, which X holds already",
    "RM": "re-imports, which M holds already",
    "DX": "domestic exports, which X holds already",
    "FM": "foreign imports, which M holds already",
    "MIP": "imports for inward processing, which M holds already",
    "MOP": "imports after outward processing, which M holds already",
    "XIP": "exports after inward processing, which X holds already",
    "XOP": "exports for outward processing, which X holds already",
}
KG_PER_T = 1000.0
SHOWN = 20
"""Rows that an error names for each kind of problem; the rest is counted."""

REASON = f"""
    CASE
      WHEN freqCode <> $frequency THEN 'frequency ' || freqCode || ', read by another reader'
      WHEN classificationCode NOT IN ({", ".join(f"'{code}'" for code in (*EDITIONS, "HS"))})
        THEN 'classification ' || classificationCode || ' is not the Harmonized System'
      {" ".join(f"WHEN flowCode = '{code}' THEN '{words}'" for code, words in PARTS.items())}
      WHEN cmdCode = 'TOTAL' OR (length(cmdCode) < 6 AND regexp_full_match(cmdCode, '[0-9]+'))
        THEN 'total of several six-digit codes'
      WHEN cmdCode LIKE '99%' THEN 'code 99: goods that are not specified'
      WHEN partner2Code NOT IN ('0', '') THEN 'part of a total: second partner'
      WHEN customsCode NOT IN ('C00', '') THEN 'part of a total: customs procedure'
      WHEN motCode NOT IN ('0', '') THEN 'part of a total: mode of transport'
      WHEN reporter.reason IS NOT NULL THEN 'reporter ' || reporter.reason
      WHEN partner.reason IS NOT NULL THEN 'partner ' || partner.reason
      WHEN reporter.iso3 = partner.iso3 THEN 'reporter and partner are one country: goods that come back'
    END
"""

PROBLEMS = {
    "period": "NOT CASE freqCode WHEN 'A' THEN regexp_full_match(period, '[12][0-9]{3}')"
    " ELSE regexp_full_match(period, '[12][0-9]{3}(0[1-9]|1[0-2])') END",
    "reporterCode": "reporter IS NULL AND reporter_reason IS NULL",
    "partnerCode": "partner IS NULL AND partner_reason IS NULL",
    "primaryValue": "coalesce(NOT TRY_CAST(primaryValue AS DOUBLE) BETWEEN 0 AND 1e15, true)",
    "netWgt": "netWgt <> '' AND coalesce(NOT TRY_CAST(netWgt AS DOUBLE) BETWEEN 0 AND 1e15, true)",
    "flowCode": f"flowCode NOT IN {('X', 'M', *PARTS)!r}",
    "cmdCode": "reason IS NULL AND NOT regexp_full_match(cmdCode, '(0[1-9]|[1-9][0-9])[0-9]{4}')",
    "classificationCode": "reason IS NULL AND classificationCode = 'HS'",
}
EXPECTED = {
    "period": "a year, or a year and a month, as freqCode says",
    "reporterCode": "a country code of UN Comtrade",
    "partnerCode": "a country code of UN Comtrade",
    "primaryValue": "USD, >= 0",
    "netWgt": "kg, >= 0, or empty",
    "flowCode": "X or M, or a part of them",
    "cmdCode": "six digits of the Harmonized System",
    "classificationCode": "H0 to H6: HS does not say which edition a code belongs to",
}


def keep_rows(
    connection: duckdb.DuckDBPyConnection, where: str, frequency: str, prefer: Side, source_id: str
) -> Reading:
    """
    Keep the rows of `raw` that are trade between two countries in one product; count the others by reason.

    Raises
    ------
    SourceError
        If a cell cannot be used or a key repeats; names the rows.
    """
    connection.execute(
        f"""
        CREATE TABLE judged AS
        SELECT raw.*, {REASON} AS reason, reporter.iso3 AS reporter, partner.iso3 AS partner,
               reporter.reason AS reporter_reason, partner.reason AS partner_reason
        FROM raw
        LEFT JOIN area AS reporter ON raw.reporterCode = reporter.code AND left(period, 4) = reporter.y
        LEFT JOIN area AS partner ON raw.partnerCode = partner.code AND left(period, 4) = partner.y
        """,
        {"frequency": frequency},
    )
    connection.execute("DROP TABLE raw")
    _check_cells(connection, where)
    editions = " ".join(f"WHEN '{code}' THEN '{edition}'" for code, edition in EDITIONS.items())
    connection.execute(
        f"""
        CREATE TABLE lane AS
        SELECT row, CAST(left(period, 4) AS BIGINT) AS year,
               CASE WHEN freqCode = 'M' THEN left(period, 4) || '-' || right(period, 2) ELSE '' END AS month,
               CASE flowCode WHEN 'X' THEN reporter ELSE partner END AS exporter,
               CASE flowCode WHEN 'X' THEN partner ELSE reporter END AS importer,
               CASE classificationCode {editions} END AS edition, CAST(cmdCode AS BIGINT) AS product_code,
               CAST(primaryValue AS DOUBLE) AS value_usd,
               nullif(TRY_CAST(netWgt AS DOUBLE), 0) / {KG_PER_T} AS quantity_gross_t,
               CASE WHEN lower(isNetWgtEstimated) IN ('true', '1') THEN 'estimated' ELSE 'reported' END AS quality,
               CASE flowCode WHEN 'X' THEN 'exporter' ELSE 'importer' END AS reported_by
        FROM judged WHERE reason IS NULL
        """
    )
    _check_keys(connection, where)
    return Reading(_take(connection, frequency, prefer, source_id), _count_excluded(connection, prefer))


def _check_cells(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    counts = ", ".join(f"count(*) FILTER (WHERE {rule})" for rule in PROBLEMS.values())
    found = connection.execute(f"SELECT {counts} FROM judged").fetchall()[0]
    wrong = {column: count for column, count in zip(PROBLEMS, found, strict=True) if count}
    problems: list[str] = []
    for column in wrong:
        rows = connection.execute(
            f"SELECT row, {column} FROM judged WHERE {PROBLEMS[column]} ORDER BY row LIMIT {SHOWN}"
        ).fetchall()
        problems += [f"row {row}, {column}: {text or 'empty'}" for row, text in rows]
    total = sum(wrong.values())
    if problems:
        problems += ["..."] * (total - len(problems))
        raise SourceError(
            where,
            f"{total} cell{'s' if total > 1 else ''} cannot be used.",
            which=problems,
            expected="; ".join(f"{column}: {EXPECTED[column]}" for column in wrong),
            fix="fetch the file again; add a new country code to src/monazite/data/curated/comtrade_areas.csv",
        )


KEY = "year, month, edition, product_code, exporter, importer"


def _check_keys(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    twice = connection.execute(
        f"""
        SELECT min(row), max(row), product_code, exporter, importer, year FROM lane
        GROUP BY {KEY}, reported_by HAVING count(*) > 1 ORDER BY 1
        """
    ).fetchall()
    if twice:
        raise SourceError(
            where,
            f"{len(twice)} keys repeat.",
            which=[f"rows {i} and {j}: {code:06d} {a} to {b} {year}" for i, j, code, a, b, year in twice],
            expected="one row per period, product, reporter, partner and flow",
            fix="fetch the file again; do not join two editions of one file",
        )


ORDER = (
    "year", "month", "exporter", "importer", "edition", "product_code", "value_usd", "quantity_gross_t", "quality",
    "reported_by",
)  # fmt: skip
TEXT = ("month", "exporter", "importer", "edition", "quality", "reported_by")


def _take(connection: duckdb.DuckDBPyConnection, frequency: str, prefer: Side, source_id: str) -> Columns:
    """Fetch the kept rows; text comes as numbers of its distinct words, so that each word is there once."""
    words = {name: _distinct(connection, name) for name in TEXT}
    month = "list_position($month, month) - 1 AS month, " if frequency == "M" else ""
    codes = ", ".join(f"list_position(${name}, {name}) - 1 AS {name}" for name in TEXT[1:])
    given = {name: words[name] for name in TEXT if frequency == "M" or name != "month"}
    found = connection.execute(
        f"""
        SELECT year, {month}product_code, value_usd, quantity_gross_t, {codes}
        FROM lane
        QUALIFY row_number() OVER (PARTITION BY {KEY} ORDER BY reported_by = $prefer DESC) = 1
        ORDER BY year, lane.month, product_code, lane.exporter, lane.importer
        """,
        {"prefer": prefer, **given},
    ).fetchnumpy()
    table: Columns = {}
    for name in ORDER:
        if name in found and name in words:
            table[name] = np.array(words[name], dtype=object)[np.asarray(found[name], dtype=np.int64)]
        elif name in found:
            column = found[name]
            table[name] = np.ma.filled(column, np.nan) if column.dtype.kind == "f" else np.asarray(column)
    table["source_id"] = np.full(len(table["year"]), source_id, dtype=object)
    return table


def _distinct(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    rows = connection.execute(f"SELECT DISTINCT {name} FROM lane ORDER BY 1").fetchall()
    return [row[0] for row in rows] or [""]


def _count_excluded(connection: duckdb.DuckDBPyConnection, prefer: Side) -> tuple[Exclusion, ...]:
    rows = connection.execute(
        "SELECT reason, count(*), min(row) FROM judged WHERE reason IS NOT NULL GROUP BY 1 ORDER BY 3"
    ).fetchall()
    counted = connection.execute(f"SELECT count(*), count(DISTINCT ({KEY})) FROM lane").fetchall()[0]
    excluded = [Exclusion(f"from row {first}", reason, count) for reason, count, first in rows]
    if counted[0] > counted[1]:
        reason = f"the report of the {prefer} is kept of two of the same trade"
        excluded.append(Exclusion("both reports", reason, counted[0] - counted[1]))
    return tuple(excluded)
