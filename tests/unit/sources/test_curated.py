"""Curated tables are checked against their sheet, cell by cell, all problems at once."""

import pytest

from monazite.errors import SourceError
from monazite.snapshot import read_origins
from monazite.sources.curated import curated_tables, read_curated
from monazite.sources.table_sheet import read_table_sheet

SHEET = """
title: Tonnes
description: A table of a test.
primary_key: [country, year]
columns:
  - {name: material, kind: material, required: true, description: the material}
  - {name: country, kind: country, required: true, description: the country}
  - {name: year, kind: year, required: true, description: the year}
  - {name: mass_t, kind: number, minimum: 0, description: the mass}
  - {name: since, kind: date, description: since when}
  - {name: source_id, kind: source_id, required: true, description: the sheet}
  - {name: source, kind: source, required: true, description: the citation}
  - {name: read_in, description: where}
  - {name: checked, kind: checked, required: true, description: how}
"""
HEADER = "material,country,year,mass_t,since,source_id,source,read_in,checked"
GOOD = "cobalt,COD,2024,220000,2010-09,usgs,U.S. Geological Survey: Cobalt 2025,,publisher"


def write(tmp_path, *rows, header=HEADER, sheet=SHEET):
    read_table_sheet.cache_clear()
    (tmp_path / "tonnes.table.yaml").write_text(sheet, encoding="utf-8")
    path = tmp_path / "tonnes.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def problems(path):
    with pytest.raises(SourceError) as caught:
        read_curated(path)
    return list(caught.value.which)


def test_a_table_is_read_as_its_sheet_says(tmp_path):
    table = read_curated(write(tmp_path, GOOD, GOOD.replace("2024,220000", "2023,")))
    assert table["year"].tolist() == [2024, 2023]
    assert table["mass_t"][0] == 220000.0
    assert str(table["mass_t"][1]) == "nan"
    assert table["since"].tolist() == ["2010-09", "2010-09"]


def test_all_problems_of_a_table_come_at_once(tmp_path):
    bad = "cobolt,XXX,24,-1,2010-13,usgs,own knowledge; unverified,,somebody"
    assert problems(write(tmp_path, GOOD, bad, GOOD)) == [
        "line 3, material: 'cobolt' is no material",
        "line 3, country: 'XXX' is no country",
        "line 3, year: '24' is outside 1900 to 2100",
        "line 3, mass_t: '-1' is outside 0.0 to None",
        "line 3, since: '2010-13' is no year, year-month or date",
        "line 3, source: 'own knowledge; unverified' cannot be looked up",
        "line 3, checked: 'somebody' is no checked",
        "line 4: COD, 2024 repeats line 2",
    ]


def test_a_quoted_figure_says_where_it_was_read(tmp_path):
    quoted = GOOD.replace(",,publisher", ",,quoted")
    read = quoted.replace("2024", "2023").replace(",,quoted", ",a reprint of the table,quoted")
    assert problems(write(tmp_path, quoted, read)) == ["line 2, read_in: empty, but the figure is quoted"]


@pytest.mark.parametrize("place", ["https://example.org/x", "/tmp/x.csv", "shared/x.csv", "~/x", "C:\\x.csv"])
def test_where_it_was_read_is_no_address_with_a_scheme_and_no_path(tmp_path, place):
    (problem,) = problems(write(tmp_path, GOOD.replace(",,publisher", f",{place},quoted")))
    assert problem == f"line 2, read_in: {place!r} is an address with a scheme or a path"


def test_a_table_of_facts_has_a_column_for_where_it_was_read(tmp_path):
    sheet = "\n".join(line for line in SHEET.splitlines() if "name: read_in" not in line)
    with pytest.raises(SourceError) as caught:
        read_curated(write(tmp_path, sheet=sheet))
    assert "no column read_in" in caught.value.which[0]


def test_a_required_cell_is_not_empty_and_a_number_is_finite(tmp_path):
    bad = GOOD.replace("usgs", "").replace("220000", "inf")
    assert problems(write(tmp_path, bad)) == [
        "line 2, mass_t: 'inf' is not finite",
        "line 2, source_id: empty",
    ]


def test_a_row_with_a_cell_too_many_is_refused(tmp_path):
    assert problems(write(tmp_path, f"{GOOD},extra")) == ["line 2"]


def test_a_table_with_other_columns_is_refused(tmp_path):
    assert problems(write(tmp_path, header=HEADER.replace("mass_t", "tonnes"))) == ["mass_t", "tonnes"]


def test_a_table_without_a_sheet_is_refused(tmp_path):
    path = tmp_path / "lost.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(SourceError, match="has no sheet"):
        read_curated(path)


def test_a_table_of_facts_must_cite_a_source(tmp_path):
    sheet = "\n".join(line for line in SHEET.splitlines() if "kind: source," not in line)
    with pytest.raises(SourceError) as caught:
        read_curated(write(tmp_path, sheet=sheet))
    assert "no required column of kind source" in caught.value.which[0]


@pytest.mark.parametrize("name", sorted(curated_tables()))
def test_every_shipped_table_is_whole_and_cites_sources_that_have_a_sheet(name):
    rows = read_curated(name)
    assert min(len(column) for column in rows.values()) > 0
    assert set(rows.get("source_id", ())) - set(read_origins()) == set()
