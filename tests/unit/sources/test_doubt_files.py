"""The unit-value test on files finds the same rows as the one in memory."""

import duckdb
import numpy as np
import pytest

from monazite.sources import doubt_files
from monazite.sources.baci_zip import ORDER, _create_types, list_countries
from monazite.sources.doubt import find_doubtful_quantities
from monazite.sources.doubt_files import review_quantities
from monazite.sources.import_file import connect_for_import

COUNTRIES = ("CHN", "DEU", "FRA", "JPN", "USA")


@pytest.fixture
def random_years():
    """Three years, 4 codes, 20 lanes each: unit values spread over a factor of ten, gaps, small lanes, zeros."""
    rng = np.random.default_rng(7)
    rows = [
        (year, exporter, importer, "hs17", code, value, quantity, "reported", "baci")
        for code in (10121, 284690, 850511, 850512)
        for importer in COUNTRIES
        for exporter in COUNTRIES
        if exporter != importer
        for year in (2021, 2022, 2023)
        if rng.random() > 0.1
        for value in [float(rng.lognormal(14.5, 1.0))]
        for quantity in [rng.choice([np.nan, 0.0, value / rng.lognormal(7, 1.2)], p=[0.1, 0.05, 0.85])]
    ]
    names = (
        "year", "exporter", "importer", "edition", "product_code", "value_usd", "quantity_gross_t",
        "quality", "source_id",
    )  # fmt: skip
    return {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


@pytest.mark.parametrize("rows_at_once", [1, 30, 1_000_000])
def test_files_and_memory_agree_whatever_the_size_of_the_blocks(
    random_years, tmp_path, monkeypatch, rows_at_once
):
    monkeypatch.setattr(doubt_files, "ROWS_AT_ONCE", rows_at_once)
    doubtful = find_doubtful_quantities(random_years)
    table = random_years
    expected = {
        (int(table["product_code"][k]), str(table["exporter"][k]), str(table["importer"][k]))
        for k in doubtful
        if table["year"][k] == 2022
    }
    assert len(expected) >= 5  # a test that finds nothing proves nothing
    with connect_for_import(tmp_path) as connection:
        _create_types(connection, "hs17", list_countries(2022))
        connection.register("rows", {name: column.astype(object) if column.dtype.kind == "U" else column
                                     for name, column in table.items()})  # fmt: skip
        for year in (2021, 2022, 2023):
            connection.execute(
                f"COPY (SELECT * REPLACE (year::SMALLINT AS year, product_code::INTEGER AS product_code, "
                f"CASE WHEN isnan(quantity_gross_t) THEN NULL ELSE quantity_gross_t END AS quantity_gross_t) "
                f"FROM rows WHERE year = {year} {ORDER}) TO '{tmp_path}/{year}.parquet'"
            )
        files = tuple(tmp_path / f"{year}.parquet" for year in (2021, 2022, 2023))
        rows, count = review_quantities(connection, files, tmp_path / "new.parquet", ORDER)
    found = duckdb.sql(
        f"SELECT product_code, exporter, importer FROM '{tmp_path}/new.parquet' WHERE quality = 'doubtful'"
    ).fetchall()
    assert set(found) == expected
    assert (rows, count) == (int((table["year"] == 2022).sum()), len(expected))
    old, new = (
        duckdb.sql(f"SELECT * EXCLUDE quality FROM '{tmp_path}/{name}.parquet'").fetchall()
        for name in (2022, "new")
    )
    assert old == new  # nothing but the quality changes, not even the order
