"""Readers of the carrier's databases, on small files in exactly their format."""

import sqlite3

import numpy as np
import pytest

from monazite.errors import SourceError
from monazite.provenance import Correction
from monazite.sources.baci import read_baci
from monazite.sources.governance import read_governance
from monazite.sources.world_mining_data import read_world_mining_data

BACI = "CREATE TABLE baci_trade (t TEXT, i TEXT, j TEXT, k INTEGER, v TEXT, q TEXT)"
WMD_COLUMNS = [*map(str, range(2018, 2025))]


def write_baci(path, rows):
    with sqlite3.connect(path) as connection:
        connection.execute(BACI)
        connection.executemany("INSERT INTO baci_trade VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    return path


def write_wmd(path, rows):
    years = ", ".join(f'"{year}" REAL' for year in WMD_COLUMNS)
    with sqlite3.connect(path) as connection:
        connection.execute(
            f"CREATE TABLE Cobalt (Country TEXT, Country_Code TEXT, Country_ISO TEXT, {years}, unit TEXT, "
            "data_source TEXT)"
        )
        connection.executemany(f"INSERT INTO Cobalt VALUES ({', '.join('?' * 12)})", rows)
    connection.close()
    return path


def commodities(unit_factor=1.0):
    columns = {
        "wmd_table": "Cobalt",
        "material": "cobalt",
        "stage": "extraction",
        "form": "mine output",
        "note": "",
    }
    return {name: np.array([value], dtype=object) for name, value in columns.items()} | {
        "content_factor": np.array([unit_factor])
    }


def test_baci_codes_are_not_m49_and_values_are_thousand_usd(tmp_path):
    # 842 is the USA and 699 India in BACI; 88.981 thousand USD = 88,981 USD
    path = write_baci(tmp_path / "baci.db", [("1995", " 842", "699 ", 284690, "  88.981", " 194.46")])
    table = read_baci(path)
    assert (table["exporter"][0], table["importer"][0]) == ("USA", "IND")
    assert table["value_usd"][0] == pytest.approx(88981)
    assert table["quantity_gross_t"][0] == 194.46


def test_a_missing_quantity_is_missing_and_not_zero(tmp_path):
    rows = [("2008", "156", "392", 284690, "10", None), ("2008", "156", "251", 284690, "10", "          NA")]
    assert np.isnan(read_baci(write_baci(tmp_path / "baci.db", rows))["quantity_gross_t"]).all()


def test_text_in_a_number_names_file_column_and_row(tmp_path):
    rows = [("2008", "156", "392", 284690, "10", "2"), ("2008", "156", "251", 284690, "ten", "2")]
    with pytest.raises(
        SourceError, match=r"baci.db, baci_trade, column v: 1 of 2 cells are no number.\n.*1: 'ten'"
    ):
        read_baci(write_baci(tmp_path / "baci.db", rows))


def test_a_negative_quantity_is_refused(tmp_path):
    with pytest.raises(SourceError, match="quantity_gross_t: 1 rows are negative"):
        read_baci(write_baci(tmp_path / "baci.db", [("2008", "156", "392", 284690, "10", "-2")]))


def test_a_truncated_database_is_refused(tmp_path):
    path = write_baci(tmp_path / "baci.db", [("2008", "156", "392", 284690, "10", "2")] * 500)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(SourceError, match=r"baci\.db"):
        read_baci(path)


def test_the_total_row_is_checked_and_left_out(tmp_path):
    years = [100.0] * 7
    rows = [
        ("Congo, D.R.", "180", "COD", *years, "metr. t", "r"),
        ("Australia", "36", "AUS", None, *years[1:], "metr. t", "e"),
        ("Total", "DELETE", "DELETE", 100.0, *[200.0] * 6, "metr. t", "nan"),
    ]
    table = read_world_mining_data(write_wmd(tmp_path / "world_mining_data.db", rows), commodities())
    assert set(table["country"]) == {"COD", "AUS"}
    assert table["production_t"].sum() == 1300  # 7 x 100 + 6 x 100: Australia has no figure for 2018
    assert set(zip(table["country"], table["quality"], strict=True)) == {
        ("COD", "reported"),
        ("AUS", "estimated"),
    }


def test_a_total_that_differs_from_the_sum_is_refused(tmp_path):
    rows = [
        ("Australia", "36", "AUS", *[100.0] * 7, "metr. t", "e"),
        ("Total", "DELETE", "DELETE", *[200.0] * 7, "metr. t", "nan"),
    ]
    with pytest.raises(SourceError, match="do not add up to the row Total"):
        read_world_mining_data(write_wmd(tmp_path / "world_mining_data.db", rows), commodities())


def test_the_content_factor_turns_the_published_unit_into_contained_tonnes(tmp_path):
    rows = [
        ("Australia", "36", "AUS", *[100.0] * 7, "metr. t", "e"),
        ("Total", "DELETE", "DELETE", *[100.0] * 7, "metr. t", "nan"),
    ]
    table = read_world_mining_data(write_wmd(tmp_path / "world_mining_data.db", rows), commodities(0.25))
    assert set(table["production_t"]) == {25.0}
    assert set(table["published_t"]) == {100.0}


def test_a_correction_counts_in_the_total_and_leaves_what_was_published(tmp_path):
    # Guyana's 10 of 2024 ought to be 60: the file's Total says 160
    rows = [
        ("Australia", "36", "AUS", *[100.0] * 7, "metr. t", "r"),
        ("Guyana", "328", "GUY", *[60.0] * 6, 10.0, "metr. t", "p"),
        ("Total", "DELETE", "DELETE", *[160.0] * 7, "metr. t", "nan"),
    ]
    path = write_wmd(tmp_path / "world_mining_data.db", rows)
    with pytest.raises(SourceError, match=r"row Total.\n  which:    2024: sum 110, Total 160"):
        read_world_mining_data(path, commodities())
    correction = Correction(
        table="production", keys={"wmd_table": "Cobalt", "country": "GUY", "year": 2024}, field="published",
        action="override", value=60, expect_low=10, expect_high=10, reason="test", reported_to="not yet",
        status="open",
    )  # fmt: skip
    table = read_world_mining_data(path, commodities(), [correction])
    last = (table["country"] == "GUY") & (table["year"] == 2024)
    assert (table["production_t"][last], table["published_t"][last]) == (60, 10)
    assert table["quality"][last] == "corrected"
    assert set(table["quality"][(table["country"] == "GUY") & ~last]) == {"estimated"}  # p: provisional


def test_governance_keeps_only_published_years(tmp_path):
    years = [1996, 1998, 2000, *range(2002, 2025)]
    columns = ", ".join(f'"{year}" TEXT' for year in years)
    with sqlite3.connect(tmp_path / "wgi.db") as connection:
        for table in ("Estimate", "StdErr"):
            connection.execute(f'CREATE TABLE {table} ("Country/Territory" TEXT, "Code" TEXT, {columns})')
            cells = ["nan"] * 25 + ["0.5"]
            connection.execute(
                f"INSERT INTO {table} VALUES ({', '.join('?' * 28)})", ["Japan", "JPN", *cells]
            )
    connection.close()
    table = read_governance(tmp_path / "wgi.db")
    assert (list(table["country"]), list(table["year"])) == (["JPN"], [2024])
