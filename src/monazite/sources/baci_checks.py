"""Checks of a year of BACI after it was written as Parquet."""

import math
from collections.abc import Collection
from pathlib import Path

import duckdb

from monazite.sources.import_file import connect_for_import, quote


def check_baci_year(target: Path, year: int, *, products: Collection[int]) -> str:
    """
    Check a written year against what the Parquet file says of its columns.

    Parameters
    ----------
    target : Path
        From `convert_baci_year`.
    year : int
        That every row must have.
    products : collection of int
        The product codes of the edition.

    Returns
    -------
    str
        What is wrong, in words; "" if nothing is.
    """
    with duckdb.connect() as connection:
        groups = connection.execute(
            "SELECT path_in_schema, num_values, stats_null_count, stats_min_value, stats_max_value "
            f"FROM parquet_metadata({quote(target)})"
        ).fetchall()
        unknown, valueless = connection.execute(
            "SELECT count(*) FILTER (WHERE product_code NOT IN (SELECT unnest($codes))), "
            "count(*) FILTER (WHERE value_usd IS NULL AND quality = 'reported') "  # a correction may take it out
            f"FROM {quote(target)}",
            {"codes": sorted(products)},
        ).fetchall()[0]
    nulls: dict[str, int] = {}
    problems = [f"{unknown} rows have an unknown product code"] if unknown else []
    problems += [f"{valueless} rows have no value"] if valueless else []
    for name, values, missing, low, high in groups:
        nulls[name] = nulls.get(name, 0) + missing
        if name in ("value_usd", "quantity_gross_t") and missing < values:
            is_known = low is not None and high is not None  # DuckDB states neither for NaN and infinity
            is_fine = is_known and float(low) >= 0 and math.isfinite(float(high))
            problems += [] if is_fine else [f"{name} is negative or not finite"]
        elif name == "year" and (low, high) != (str(year), str(year)):
            problems.append("rows have another year")
    may_lack = ("quantity_gross_t", "value_usd")
    problems += [f"{name} is missing" for name, count in nulls.items() if count and name not in may_lack]
    return "; ".join(dict.fromkeys(problems))


def find_repeated_keys(target: Path) -> list[tuple[int, str, str]]:
    """List product code, exporter and importer that stand twice in a sorted file; 20 at most."""
    with duckdb.connect() as connection:
        return connection.execute(
            "SELECT DISTINCT product_code, exporter, importer FROM (SELECT product_code, exporter, importer, "
            "lag(product_code) OVER () AS p, lag(exporter) OVER () AS e, lag(importer) OVER () AS m "
            f"FROM {quote(target)}) WHERE product_code = p AND exporter = e AND importer = m LIMIT 20"
        ).fetchall()


def count_rows(target: Path) -> tuple[int, int]:
    """Count the rows of a written year, and those that a correction changed or flagged."""
    with duckdb.connect() as connection:
        rows, corrected = connection.execute(
            f"SELECT count(*), count(*) FILTER (WHERE quality <> 'reported') FROM {quote(target)}"
        ).fetchall()[0]
    return rows, corrected


def drop_own_trade(target: Path, scratch: Path) -> tuple[int, int]:
    """
    Remove rows whose exporter is the importer, which are no trade between countries; count those of quantity zero.

    Parameters
    ----------
    target : Path
        From `convert_baci_year`; written anew where it has such rows.
    scratch : Path
        Folder for temporary files.

    Returns
    -------
    (int, int)
        Rows that were removed, and rows that stay with a quantity of 0.
    """
    with connect_for_import(scratch) as connection:
        own, zeros = connection.execute(
            "SELECT count(*) FILTER (WHERE exporter = importer), "
            f"count(*) FILTER (WHERE quantity_gross_t = 0 AND exporter <> importer) FROM {quote(target)}"
        ).fetchall()[0]
        if own:
            kept = scratch / "kept.parquet"
            connection.execute(
                f"COPY (SELECT * FROM {quote(target)} WHERE exporter <> importer) TO {quote(kept)} "
                "(FORMAT parquet, COMPRESSION zstd)"
            )
            kept.replace(target)
    return own, zeros
