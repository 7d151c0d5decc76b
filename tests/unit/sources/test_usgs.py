"""The Mineral Commodity Summaries, on small files in the publisher's exact format."""

import doctest

import numpy as np
import pytest

from monazite.errors import SourceError
from monazite.sources import usgs
from monazite.sources.usgs import parse_value, read_mineral_commodity_summaries

HEADER = (
    "MCS chapter,Section,Commodity,Country,Statistics,Statistics_detail,Unit,Year,Value,Notes,"
    "Is critical mineral 2025,Other notes"
)
SALIENT = "Salient Statistics—United States"


def row(
    value, year="2024", statistics="Import", detail="Imports for consumption", notes="", chapter="ALUMINA"
):
    return (
        f'{chapter},{SALIENT},Alumina ,United States,{statistics},"{detail}",thousand metric dry tons,{year},'
        f'"{value}","{notes}",Yes,(Data in thousand metric dry tons unless otherwise specified)'
    )


def write(tmp_path, *rows, header=HEADER):
    path = tmp_path / "MCS.csv"
    path.write_bytes(("\n".join([header, *rows]) + "\n").encode("cp1252"))
    return path


def test_the_examples_of_the_module_hold():
    result = doctest.testmod(usgs)
    assert result.attempted > 0
    assert result.failed == 0


def test_a_row_becomes_tidy(tmp_path):
    table = read_mineral_commodity_summaries(write(tmp_path, row("1,880", notes="Estimated. -- Dry weight.")))
    first = {name: column[0] for name, column in table.items()}
    assert first["chapter"] == "ALUMINA"
    assert first["section"] == SALIENT
    assert first["commodity"] == "Alumina"
    assert (first["value"], first["low"], first["high"]) == (1880.0, 1875.0, 1885.0)
    assert (first["year_start"], first["year"], first["quality"], first["line"]) == (
        2024,
        2024,
        "estimated",
        2,
    )


def test_import_sources_cover_four_years(tmp_path):
    table = read_mineral_commodity_summaries(write(tmp_path, row("63", year="2021–24")))
    assert (table["year_start"][0], table["year"][0]) == (2021, 2024)


@pytest.mark.parametrize(
    ("text", "value", "low", "high", "mark"),
    [
        ("—", 0.0, 0.0, 0.0, "zero"),
        ("0.79", 0.79, 0.785, 0.795, "number"),
        ("38,000", 38000.0, 37500.0, 38500.0, "number"),
        ("79,616", 79616.0, 79615.5, 79616.5, "number"),
        ("?10", -10.0, -15.0, -5.0, "number"),
        ("s", np.nan, 0.0, 0.5, "less than half a unit"),
        ("<1,000", np.nan, 0.0, 1000.0, "below"),
        (">95", np.nan, 95.0, np.inf, "above"),
        ("330 - 390", np.nan, 330.0, 390.0, "range"),
        ("W", np.nan, np.nan, np.nan, "withheld"),
        ("NA", np.nan, np.nan, np.nan, "not available"),
        ("XX", np.nan, np.nan, np.nan, "not applicable"),
        ("E", np.nan, np.nan, np.nan, "net exporter"),
        ("Moderate to large", np.nan, np.nan, np.nan, "words"),
    ],
)
def test_what_is_printed_and_what_it_says(text, value, low, high, mark):
    parsed = parse_value(text)
    np.testing.assert_allclose(parsed[:3], (value, low, high), rtol=1e-12)
    assert parsed.mark == mark


@pytest.mark.parametrize("text", ["", "1,88", "1 880", "about 5", "1.880,5"])
def test_other_text_is_no_figure(text):
    assert parse_value(text) is None


def test_every_unreadable_cell_is_named_with_its_line(tmp_path):
    path = write(tmp_path, row("1,88"), row("5"), row("n.a.", year="2024-"))
    with pytest.raises(SourceError) as caught:
        read_mineral_commodity_summaries(path)
    assert str(caught.value) == (
        "MCS.csv: 3 cells cannot be read.\n"
        "  which:    line 2, Value: '1,88' (ALUMINA, Imports for consumption)\n"
        "            line 4, Value: 'n.a.' (ALUMINA, Imports for consumption)\n"
        "            line 4, Year: '2024-'\n"
        "  expected: numbers with thousands commas, <, >, ranges, —, W, NA, XX, E, s; a year or two years"
    )


def test_another_table_is_refused(tmp_path):
    with pytest.raises(SourceError, match="has other columns") as caught:
        read_mineral_commodity_summaries(write(tmp_path, header=HEADER.replace("Value", "Amount")))
    assert list(caught.value.which) == ["Amount", "Value"]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SourceError, match=r"none.csv: does not exist\."):
        read_mineral_commodity_summaries(tmp_path / "none.csv")


def test_text_in_utf_16_is_named(tmp_path):
    path = tmp_path / "MCS.csv"
    path.write_text(HEADER + "\n" + row("1") + "\n", encoding="utf-16")
    with pytest.raises(
        SourceError, match=r"MCS.csv: is text in UTF-16, or no text at all.\n  expected: the publisher"
    ):
        read_mineral_commodity_summaries(path)
