"""The unit-value test of `doubt.py` on three Parquet files of a whole year each, in bounded memory."""

from pathlib import Path

import duckdb

from monazite.sources.doubt import MAX_RATIO, MIN_VALUE_USD
from monazite.sources.import_file import quote

ROWS_AT_ONCE = 1_000_000
"""Rows of a year that are compared at once, whole product codes; this project's choice."""

DOUBTFUL = """
INSERT INTO doubtful
WITH jump AS (
    SELECT product_code, exporter, importer, now.value_usd, now.quality,
           ln(now.value_usd / now.quantity_gross_t) - ln(before.value_usd / before.quantity_gross_t) AS rise,
           ln(now.value_usd / now.quantity_gross_t) - ln(after.value_usd / after.quantity_gross_t) AS fall
    FROM ({now}) now JOIN ({before}) before USING (product_code, exporter, importer)
    JOIN ({after}) after USING (product_code, exporter, importer)
), usual AS (
    SELECT product_code, median(rise) AS rise, median(fall) AS fall FROM jump GROUP BY ALL
)
SELECT product_code, exporter, importer FROM jump JOIN usual USING (product_code)
WHERE value_usd >= $min_value_usd AND quality = 'reported'
  AND abs(jump.rise - usual.rise) > ln($max_ratio) AND abs(jump.fall - usual.fall) > ln($max_ratio)
  AND sign(jump.rise - usual.rise) = sign(jump.fall - usual.fall)
"""
LANES = """
SELECT product_code, exporter, importer, value_usd, quantity_gross_t, quality FROM {file}
WHERE product_code BETWEEN {first} AND {last} AND quantity_gross_t > 0 AND value_usd > 0
"""
REWRITE = """
COPY (
    SELECT year, exporter::country AS exporter, importer::country AS importer, edition::edition AS edition,
           product_code, value_usd, quantity_gross_t,
           (CASE WHEN is_doubtful THEN 'doubtful' ELSE quality END)::quality AS quality,
           source_id::source AS source_id
    FROM {now} LEFT JOIN (SELECT *, true AS is_doubtful FROM doubtful) USING (product_code, exporter, importer)
    {order}
) TO {target} (FORMAT parquet, COMPRESSION zstd)
"""


def review_quantities(
    connection: duckdb.DuckDBPyConnection, years: tuple[Path, Path, Path], target: Path, order: str
) -> tuple[int, int]:
    """
    Write a year anew with its doubtful quantities marked.

    Parameters
    ----------
    connection : DuckDBPyConnection
        With the types country, edition, quality and source.
    years : tuple of Path
        Three years in a row of the table `trade`, one edition, each in a Parquet file sorted by product code; the
        one in the middle is reviewed.
    target : Path
        Where the year is written.
    order : str
        The ORDER BY of the table.

    Returns
    -------
    tuple of int
        Rows written, and how many are doubtful.

    Notes
    -----
    The rule of `find_doubtful_quantities`, product codes by the million rows, as a join instead of a window: a
    lane is judged where value and quantity are known and above zero in all three years.
    """
    now = years[1]
    connection.execute(
        "CREATE OR REPLACE TABLE doubtful (product_code INTEGER, exporter VARCHAR, importer VARCHAR)"
    )
    for first, last in _blocks(connection, now):
        lanes = {
            name: LANES.format(file=quote(file), first=first, last=last)
            for name, file in zip(("before", "now", "after"), years, strict=True)
        }
        limits = {"min_value_usd": MIN_VALUE_USD, "max_ratio": MAX_RATIO}
        connection.execute(DOUBTFUL.format(**lanes), limits)
    connection.execute(REWRITE.format(now=quote(now), order=order, target=quote(target)))
    sql = f"SELECT count(*), count(*) FILTER (WHERE quality = 'doubtful') FROM {quote(target)}"
    rows, doubtful = connection.execute(sql).fetchall()[0]
    return rows, doubtful


def _blocks(connection: duckdb.DuckDBPyConnection, now: Path) -> list[tuple[int, int]]:
    """Cut the product codes into ranges of about a million rows."""
    sql = f"SELECT product_code, count(*) FROM {quote(now)} GROUP BY 1 ORDER BY 1"
    blocks: list[tuple[int, int]] = []
    size = ROWS_AT_ONCE
    for code, rows in connection.execute(sql).fetchall():
        if size + rows > ROWS_AT_ONCE:
            blocks.append((code, code))
            size = 0
        blocks[-1] = (blocks[-1][0], code)
        size += rows
    return blocks
