"""A company's list of suppliers."""

import pytest

from monazite.errors import SourceError
from monazite.sources.supplier_list import read_supplier_list


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "suppliers.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_rows_of_one_country_are_added_and_names_are_understood(tmp_path):
    path = write(tmp_path, "supplier,country,quantity\nA,China,2\nB,CHN,1.5\nC,Germany,1\nD,unknown,0.5\n")
    assert read_supplier_list(path) == {"CHN": 3.5, "DEU": 1.0, "unknown": 0.5}


def test_every_cell_that_cannot_be_used_is_named(tmp_path):
    path = write(tmp_path, "country,quantity\nChyna,1\nDEU,-1\nJPN,many\nFRA,nan\n")
    with pytest.raises(SourceError) as caught:
        read_supplier_list(path)
    assert [str(problem).split(" (")[0] for problem in caught.value.which] == [
        "line 2, country: Chyna",
        "line 3, quantity: '-1' is no number above zero",
        "line 4, quantity: 'many' is no number above zero",
        "line 5, quantity: 'nan' is no number above zero",
    ]


def test_other_columns_no_rows_and_other_encodings_are_refused(tmp_path):
    for text, message in (("land,menge\nDEU,1\n", "other columns"), ("country,quantity\n", "no rows")):
        with pytest.raises(SourceError, match=message):
            read_supplier_list(write(tmp_path, text))
    with pytest.raises(SourceError, match="cannot be read"):
        read_supplier_list(write(tmp_path, "country,quantity\nTürkiye,1\n", "utf-16"))


def test_a_separator_of_thousands_is_a_surplus_cell(tmp_path):
    path = tmp_path / "suppliers.csv"
    path.write_text("country,quantity\nCHN,1,000\n", encoding="utf-8")
    with pytest.raises(SourceError, match="line 2: 3 cells instead of 2"):
        read_supplier_list(path)


def test_one_bad_cell_is_one_cell(tmp_path):
    with pytest.raises(SourceError, match="1 cell cannot be used"):
        read_supplier_list(write(tmp_path, "country,quantity\nCHN,-1\nDEU,1\n"))
