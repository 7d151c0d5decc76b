"""CEPII's zip of BACI: typed, mapped, sorted; every fault is named by file, row and column."""

import tracemalloc
from itertools import pairwise

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monazite.errors import SourceError
from monazite.snapshot import read_origins
from monazite.sources.baci_rows import MAX_SHOWN, ShapeCheck, find_problems
from monazite.sources.baci_zip import list_countries, read_baci_zip

pytestmark = pytest.mark.slow

H = "t,i,j,k,v,q\n"
GOOD = "2024,156,392,284690,       1.500,       0.250\n"


@pytest.fixture
def write(tmp_path):
    """Write the only part of a zip; returns what the writer said, and the rows."""

    def run(path, part=0):
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        opened = read_baci_zip(path)
        written = opened.write(opened.parts[part], tmp_path / "out.parquet", scratch)
        assert list(scratch.iterdir()) == []
        return written, duckdb.sql(f"FROM '{tmp_path}/out.parquet'").fetchall()

    return run


def problems_of(write, path):
    """The problems that an import of this zip names, one per line."""
    with pytest.raises(SourceError) as caught:
        write(path)
    return str(caught.value.args[0]).replace("            row", "row").splitlines()


def test_a_year_is_typed_mapped_and_sorted(make_baci_zip, write):
    rows = [
        "2024,842,490,850511,     100.000,          NA",
        "2024,699,276,284690,       2.500,       0.125",
        "2024,156,251,284690,       1.000,       0.000",
        "2024,156,276,010121,       0.001,      10.000",
    ]
    written, found = write(make_baci_zip({2024: rows}))
    assert (written.rows, dict(written.excluded)) == (4, {})
    # sorted by code, importer, exporter: DEU before FRA; 699 is India, 842 the USA, 490 Taiwan, 251 France
    assert found == [
        (2024, "CHN", "DEU", "hs17", 10121, 1.0, 10.0, "reported", "baci"),
        (2024, "IND", "DEU", "hs17", 284690, 2500.0, 0.125, "reported", "baci"),
        (2024, "CHN", "FRA", "hs17", 284690, 1000.0, 0.0, "reported", "baci"),
        (2024, "USA", "TWN", "hs17", 850511, 100000.0, None, "reported", "baci"),
    ]


def test_the_columns_have_the_types_of_the_release(make_baci_zip, write, snapshot, tmp_path):
    write(make_baci_zip({2024: [GOOD.strip()]}))
    new = duckdb.sql(f"DESCRIBE FROM '{tmp_path}/out.parquet'").fetchall()
    old = snapshot.connection.execute("DESCRIBE trade").fetchall()
    assert [row[:2] for row in new] == [row[:2] for row in old]


def test_a_country_is_read_in_its_year(make_baci_zip, write):
    rows = {1998: ["1998,58,392,284690,1.0,NA"], 1999: ["1999,56,392,284690,1.0,NA"]}
    path = make_baci_zip(rows)
    assert [write(path, part)[1][0][1] for part in (0, 1)] == ["BEL", "BEL"]  # 58 is Belgium-Luxembourg


@pytest.mark.parametrize("width", [0, 1, 11, 30])
def test_a_missing_quantity_is_missing_however_it_is_padded(make_baci_zip, write, width):
    _, found = write(make_baci_zip({2024: [f"2024,156,392,284690,1.0,{' ' * width}NA"]}))
    assert found[0][6] is None


def test_line_ends_of_windows_are_read(make_baci_zip, write):
    text = (H + GOOD).replace("\n", "\r\n").encode()
    assert write(make_baci_zip({2024: text}))[0].rows == 1


def test_files_in_a_folder_of_the_zip_are_found(make_baci_zip):
    path = make_baci_zip({}, more=[("BACI/BACI_HS17_Y2020_V202601.csv", H)])
    assert [part.labels for part in read_baci_zip(path).parts] == [{"edition": "hs17", "year": 2020}]


def test_every_edition_is_read(make_baci_zip, write):
    for edition in ("HS92", "HS96", "HS02", "HS07", "HS12", "HS17", "HS22"):
        path = make_baci_zip({2024: [GOOD.strip()]}, edition=edition, name=f"BACI_{edition}_V202601.zip")
        assert write(path)[1][0][3] == edition.lower()


def test_a_code_with_letters_that_the_list_has_is_left_out_and_counted(make_baci_zip, write):
    rows = [GOOD.strip(), "2024,156,392,9999AA,1.0,1.0", "2024,156,276,9999AA,1.0,1.0"]
    written, found = write(make_baci_zip({2024: rows}, codes=("284690", "9999AA")))
    assert written.rows == len(found) == 1
    assert dict(written.excluded) == {"baci: hs17_2024, product codes that are no number (9999AA)": 2}


def test_a_correction_applies_while_its_figure_is_as_expected(make_baci_zip, write):
    # data/corrections/baci.yaml: TUR (792) -> BEN (204), 284690, 2024, 35,000 to 45,000 t: the tonnes are dropped
    rows = ["2024,792,204,284690,2157.1,40700.0", "2024,792,276,284690,1.0,40700.0"]
    written, found = write(make_baci_zip({2024: rows}))
    assert [(row[2], row[6], row[7]) for row in found] == [
        ("BEN", None, "corrected"),
        ("DEU", 40700.0, "reported"),
    ]
    assert written.notes == ()
    written, found = write(make_baci_zip({2024: ["2024,792,204,284690,2157.1,40.7"]}))
    assert found[0][6:8] == (40.7, "reported")
    assert written.notes == ("hs17_2024: 1 of 1 corrections no longer fit CEPII's figures",)


def test_a_code_with_any_letters_that_the_list_has_is_left_out(make_baci_zip, write):
    written, found = write(
        make_baci_zip({2024: [GOOD.strip(), "2024,156,392,9999BX,1.0,1.0"]}, codes=("284690", "9999BX"))
    )
    assert (written.rows, len(found)) == (1, 1)


def test_trade_of_a_country_with_itself_is_left_out_and_zeros_are_told(make_baci_zip, write):
    rows = ["2024,156,156,284690,1.0,5.0", "2024,156,276,284690,1.0,0.000", GOOD.strip()]
    written, found = write(make_baci_zip({2024: rows}))
    assert [(row[1], row[2], row[6]) for row in found] == [("CHN", "DEU", 0.0), ("CHN", "JPN", 0.25)]
    assert dict(written.excluded) == {"baci: hs17_2024, a country's trade with itself": 1}
    assert written.notes[1:] == (  # the first one is about our correction of 2024
        "hs17_2024: 1 quantities are 0.000 and stay zero: less than half a kilogram, "
        "for BACI has three decimals of a tonne",
    )


# What is wrong with rows


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2024,156,392,284690,abc,1.0", "row 3, column v: 'abc' is no number"),
        ("2024,156,392,284690,1.0,1_0", "row 3, column q: 1_0 is not written in plain decimals"),
        ("2024,156,392,284690,1e3,1.0", "row 3, column v: 1e3 is not written in plain decimals"),
        ("2024,156,276,284690,NAN,1.0", "row 3, column v: NAN is not finite"),
        ("2024,156,276,284690,NA,1.0", "row 3, column v: 'NA' is no number"),
        ("2024,156,392,284690,1.0,", "row 3, column q: '' is no number"),
        ("2024,156,392,284690,1.0,-2.0", "row 3, column q: -2.0 is negative"),
        ("2024,156,392,284690,-1.0,2.0", "row 3, column v: -1.0 is negative"),
        ("2024,156.4,392,284690,1.0,2.0", "row 3, column i: '156.4' is no whole number"),
        ("2024,0x10,392,284690,1.0,2.0", "row 3, column i: '0x10' is no whole number"),
        ("2024,-107,392,284690,1.0,2.0", "row 3, column i: '-107' is no whole number"),
        ("2024,,392,284690,1.0,2.0", "row 3, column i: '' is no whole number"),
        ("2024,156,356,284690,1.0,2.0", "row 3, column j: 356 is no country code of BACI in 2024"),
        ("2024,58,392,284690,1.0,2.0", "row 3, column i: 58 is no country code of BACI in 2024"),
        ("2024,156,99999,284690,1.0,2.0", "row 3, column j: 99999 is no country code of BACI in 2024"),
        ("2024,156,392,999999,1.0,2.0", "row 3, column k: 999999 is no product code of the edition"),
        ("2023,156,276,284690,1.0,2.0", "row 3, column t: 2023 is not the year of the file's name, 2024"),
        ("2024,156,392,284690,1.0", "row 3: 5 cells instead of 6"),
        ("2024,156,392,284690,1.0,2.0,3.0", "row 3: 7 cells instead of 6"),
        ('2024,156,392,"284690",1.0,2.0', "row 3, column k: '\"284690\"' is no whole number"),
        (GOOD.strip(), "row 3, columns k, i, j: 284690, 156, 392 repeats row 2"),
        ("2024,156,276,284690,1.0,NA ", "row 3, column q: 'NA ' is padded otherwise than BACI pads a missing quantity"),
        (f"2024,156,276,284690,1.0,{'9' * 400}", f"row 3, column q: {'9' * 60}... is not finite"),
        (f"2024,156,276,284690,{'9' * 306},1.0", f"row 3, column v: {'9' * 60}... is not finite"),  # times 1000
        (f"{'2' * 500},156,276,284690,1.0,1.0", f"row 3, column t: '{'2' * 60}...' is no whole number"),
        (f"2024,{'1' * 5000},276,284690,1.0,1.0", "row 3: is longer than 1000 bytes"),
        ("2024,156,276,284690,1.0,1.0\r", "row 3: ends otherwise than row 1 (CR LF and LF in one file)"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_file_row_and_column(make_baci_zip, write, row, problem):
    lines = problems_of(write, make_baci_zip({2024: [GOOD.strip(), row]}))
    new = "; a new country code belongs in vocabulary/baci_codes.csv" if "no country code" in problem else ""
    assert lines == [
        "BACI_HS17_V202601.zip, BACI_HS17_Y2024_V202601.csv: 1 cell or row cannot be used.",
        f"  which:    {problem}",
        "  expected: BACI's CSV: t,i,j,k,v,q; year, two country codes of BACI, HS code, thousand USD, tonnes or NA",
        f"  fix:      fetch the publisher's file again{new}",
    ]


def test_all_faults_are_named_at_once_up_to_a_limit(make_baci_zip, write):
    rows = [f"2024,156,392,284690,x{number},-1.0" for number in range(15)]
    lines = problems_of(write, make_baci_zip({2024: rows}))
    assert lines[0].endswith("30 cells or rows cannot be used.")
    assert lines[1] == "  which:    row 2, column v: 'x0' is no number"
    assert lines[2] == "row 2, column q: -1.0 is negative"
    assert len(lines) == 1 + MAX_SHOWN + 1 + 2
    assert lines[MAX_SHOWN + 1].strip() == "and 10 more"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ((H + GOOD).replace(",", ";").encode(), "row 1: cells are parted by semicolons, not by commas"),
        ((H + GOOD).replace(",", "\t").encode(), "row 1: cells are parted by tabs, not by commas"),
        ((H + GOOD).encode("utf-16"), "row 1: is UTF-16, not plain text"),
        ((H + GOOD).encode("utf-8-sig"), "row 1: starts with a byte-order mark"),
        (b"t,i,j,k,v\n2024,156,392,284690,1.0\n", "row 1: 't,i,j,k,v' lacks column q"),
        (b"i,t,j,k,v,q\n", "row 1: 'i,t,j,k,v,q' has other columns or another order"),
        (b"", "row 1: '' lacks column t, i, j, k, v, q"),
        ((H + GOOD).encode()[:-10], "the last row does not end in a line break: the file is cut off"),
        ((H + GOOD).encode().replace(b"0.250", b"0\xe925"), r"row 2, column q: '       0\\xe925' is no number"),
    ],
)  # fmt: skip
def test_a_file_of_another_form_is_refused(make_baci_zip, write, text, problem):
    assert f"{problem}" in "\n".join(problems_of(write, make_baci_zip({2024: text})))


def test_a_year_without_rows_is_refused(make_baci_zip, write):
    with pytest.raises(SourceError, match="has no rows, only a header"):
        write(make_baci_zip({2024: []}))


def test_of_a_file_in_utf_16_nothing_else_is_said(make_baci_zip, write):
    lines = problems_of(write, make_baci_zip({2024: (H + GOOD).encode("utf-16")}))
    assert lines[1:-2] == ["  which:    row 1: is UTF-16, not plain text"]
    assert lines[0].endswith(": 1 cell or row cannot be used.")


# What is wrong with the zip


@pytest.mark.parametrize(
    ("years", "options", "problem"),
    [
        ({}, {}, "no file BACI_HS.._Y...._V....csv"),
        ({2024: []}, {"name": "BACI_HS92_V202601.zip"}, "the zip is named HS92 V202601, its files HS17 V202601"),
        ({2024: []}, {"edition": "HS18"}, "HS18 is no HS edition"),
        ({"1000": [], "9999": []}, {}, "the year 1000 is not in 1988 to 2100\n +the year 9999 is not"),
        ({2024: []}, {"more": [("BACI_HS92_Y2023_V202601.csv", H)]}, "mixed: HS17 V202601, HS92 V202601"),
        ({2024: []}, {"more": [("BACI_HS17_Y2023_V202501.csv", H)]}, "mixed: HS17 V202501, HS17 V202601"),
        ({2024: []}, {"more": [("x/BACI_HS17_Y2024_V202601.csv", H)]}, "the year 2024 stands twice"),
        ({2024: []}, {"more": [("product_codes_HS17_V202601.csv.csv", "")]}, None),
    ],
)  # fmt: skip
def test_a_zip_of_other_files_is_refused(make_baci_zip, years, options, problem):
    path = make_baci_zip(years, **options)
    if problem is None:
        assert len(read_baci_zip(path).parts) == 1
        return
    with pytest.raises(SourceError, match=f"is not CEPII's zip of BACI(.|\n)*{problem}"):
        read_baci_zip(path)


@pytest.mark.parametrize("codes", [(), ("284690", "rare earths"), ("٢٨٤٦٩٠",)])
def test_a_list_of_product_codes_without_codes_is_refused(make_baci_zip, codes):
    with pytest.raises(SourceError, match=r"product_codes_HS17_V202601.csv: \d of \d codes are none"):
        read_baci_zip(make_baci_zip({2024: []}, codes=codes))


def test_the_origin_sheet_says_which_edition_it_is(make_baci_zip):
    described = read_baci_zip(make_baci_zip({2023: [], 2024: []})).describe(read_origins()["baci"])
    assert described.title.endswith("HS17, 2023-2024, all codes")
    assert described.date_published == "V202601"


# The quick check


@settings(max_examples=60)
@given(
    cuts=st.lists(st.integers(1, 50), min_size=1, max_size=30),
    spoil=st.one_of(st.none(), st.tuples(st.integers(0, 3), st.sampled_from(["1.5", "-1", "x", "1,1", ""]))),
)
def test_the_quick_check_does_not_depend_on_where_blocks_end(cuts, spoil):
    cells = [["2024", "156", str(code), "284690", "   1.5", "    NA"] for code in range(20)]
    if spoil:
        cells[7][spoil[0]] = spoil[1]
    text = (H + "".join(",".join(row) + "\n" for row in cells)).encode()
    places = np.cumsum([0, *cuts, len(text)])
    check = ShapeCheck()
    for first, last in pairwise(places):
        check.feed(text[first:last])
    # an empty cell keeps the shape; DuckDB refuses it
    assert check.finish() == (spoil is None or spoil[1] == "")
    if check.finish():
        assert check.rows == 20


def test_the_quick_check_gives_up_on_a_row_without_end():
    check = ShapeCheck()
    check.feed(H.encode() + b"2024,156,392,284690,")
    for _ in range(3):
        check.feed(b"1" * 500)
    assert not check.is_regular
    assert len(check._rest) < 100  # nothing was gathered


def test_the_search_names_a_row_without_end_and_takes_no_memory_for_it(tmp_path):
    file = tmp_path / "year.csv"
    file.write_bytes(H.encode() + b"2024,156,392,284690,1.0," + b"1" * 5_000_000 + b"\n" + b"2024,1,2\n")
    tracemalloc.start()
    error = find_problems(file, "x.csv", year=2024, countries=list_countries(2024), products={284690})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "row 2: is longer than 1000 bytes\n            row 3: 3 cells instead of 6" in str(error)
    assert peak < 1_000_000  # bytes; the row has 5 MB


def test_country_codes_of_a_year_are_unique_countries():
    for year in (1995, 1999, 2005, 2011, 2024):
        names = [name for name in list_countries(year) if name]
        assert len(names) == len(set(names)) > 200
