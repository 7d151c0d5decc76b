"""The table of flows that a user gives: what is read, and every problem at once."""

import numpy as np
import pytest

from monazite.errors import SourceError
from monazite.sources.flow_series import read_flow_series

HEAD = "period,exporter,importer,quantity_t,value_usd\n"


@pytest.fixture
def write(tmp_path):
    def write_text(text, encoding="utf-8"):
        path = tmp_path / "flows.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write_text


def test_names_become_codes_and_an_empty_cell_is_missing(write):
    found = read_flow_series(
        write(HEAD + "2020-01,China,Japan,12.5,300\n2020-02,CHN,JPN,,0\n2020-02,CHN,World,0,\n")
    )
    assert found["exporter"].tolist() == ["CHN", "CHN", "CHN"]
    assert found["importer"].tolist() == ["JPN", "JPN", "world"]
    assert np.isnan(found["quantity_t"][1])
    assert np.isnan(found["value_usd"][2])
    assert found["quantity_t"][[0, 2]].tolist() == [12.5, 0.0]


def test_the_value_may_be_left_out(write):
    found = read_flow_series(write("period,exporter,importer,quantity_t\n2020,CHN,JPN,1\n"))
    assert np.isnan(found["value_usd"]).all()


def test_every_problem_is_named_at_once(write):
    text = HEAD + (
        "2020-13,CHN,JPN,1,1\n2020-01,CHN,Nowhere,1,1\n2020-02,JPN,JPN,1,1\n2020-03,CHN,JPN,-1,1\n"
        "2020-04,CHN,JPN,nan,1\n2020-05,CHN,JPN,many,1\n2020-06,CHN,JPN,1,1\n2020-06,CHN,JPN,2,1\n2021,CHN,JPN,1,1\n"
        "2020-07,world,JPN,1,1\n"
    )
    with pytest.raises(SourceError) as caught:
        read_flow_series(write(text))
    problems = "\n".join(map(str, caught.value.which))
    for words in (
        "line 2, period: '2020-13'", "line 3, importer: 'Nowhere'", "line 4: JPN is exporter and importer",
        "line 5, quantity_t: '-1' is negative", "line 6, quantity_t: 'nan'", "line 7, quantity_t: 'many' is no number",
        "2020-06, CHN to JPN: stands 2 times", "years and months in one file", "line 11, exporter: world",
    ):  # fmt: skip
        assert words in problems


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("period,exporter,quantity_t\n2020,CHN,1\n", r"importer \(missing\)"),
        ("period;exporter;importer;quantity_t\n2020;CHN;JPN;1\n", "separated by commas"),
        (HEAD.replace("value_usd", "price") + "2020,CHN,JPN,1,1\n", r"price \(not expected\)"),
        (HEAD, "has no rows"),
        ("", r"period \(missing\)"),
    ],
)
def test_other_columns_are_refused(write, text, words):
    with pytest.raises(SourceError, match=words):
        read_flow_series(write(text))


def test_another_encoding_is_refused(write):
    with pytest.raises(SourceError, match="is text in UTF-16"):
        read_flow_series(write(HEAD + "2020,China,Côte d'Ivoire,1,1\n", encoding="utf-16"))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"none.csv: does not exist\."):
        read_flow_series(tmp_path / "none.csv")


def test_a_separator_of_thousands_is_a_surplus_cell_and_no_tonne(write):
    # "1,000" unquoted is 1 and 000: read as 1 t it would be a thousand times too little
    with pytest.raises(SourceError) as caught:
        read_flow_series(
            write("period,exporter,importer,quantity_t\n2015,CHN,JPN,5\n\n2016,CHN,JPN,1,000\n2017,CHN,JPN\n")
        )
    assert str(caught.value) == (
        "flows.csv: 2 rows have another number of cells.\n"
        "  which:    line 4: 5 cells instead of 4, line 5: 3 cells instead of 4\n"
        "  expected: period, exporter, importer, quantity_t\n"
        "  fix:      write 1000, not 1,000; leave a cell empty where there is no figure, but keep its comma"
    )


def test_digits_of_another_script_are_no_year(write):
    with pytest.raises(SourceError, match="is no year and no month"):
        read_flow_series(write(HEAD + "20\u0662\u0660,CHN,JPN,1,1\n"))


@pytest.mark.parametrize(
    ("tonnes", "usd"), [("1e300", "1"), ("1", "1e300"), ("1e-300", "1"), ("1", "1e-300")]
)
def test_a_figure_that_no_trade_can_have_is_refused_by_line(write, tonnes, usd):
    with pytest.raises(SourceError, match=r"line 2, (quantity_t|value_usd): '1e-?300' is no trade"):
        read_flow_series(write(HEAD + f"2020,CHN,JPN,{tonnes},{usd}\n"))
