"""A company's list of suppliers."""

import pytest

from monazite.errors import SourceError
from monazite.sources.supplier_list import read_supplier_list


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "suppliers.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_countries_are_understood_by_name(tmp_path):
    path = write(tmp_path, "supplier,country,quantity\nA,China,2\nC,Germany,1\nD,unknown,0.5\n")
    assert read_supplier_list(path) == {"CHN": 2.0, "DEU": 1.0, "unknown": 0.5}


def test_a_country_that_stands_twice_is_refused(tmp_path):
    path = write(tmp_path, "country,quantity\nChina,2\nDEU,1\nCHN,1.5\n")
    with pytest.raises(SourceError) as caught:
        read_supplier_list(path)
    assert caught.value.which == ("line 4, country: CHN stands twice",)
    assert caught.value.fix == "add up the suppliers of a country"


@pytest.mark.parametrize("quantity", ["1e300", "inf"])
def test_a_quantity_that_nobody_buys_is_called_too_large(tmp_path, quantity):
    with pytest.raises(
        SourceError, match=f"line 2, quantity: '{quantity}' is more than anybody buys, 1e.15 or more"
    ):
        read_supplier_list(write(tmp_path, f"country,quantity\nCHN,{quantity}\n"))


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
    with pytest.raises(SourceError, match="is text in UTF-16"):
        read_supplier_list(write(tmp_path, "country,quantity\nTürkiye,1\n", "utf-16"))


def test_a_separator_of_thousands_is_a_surplus_cell(tmp_path):
    path = tmp_path / "suppliers.csv"
    path.write_text("country,quantity\nCHN,1,000\n", encoding="utf-8")
    with pytest.raises(SourceError, match="line 2: 3 cells instead of 2"):
        read_supplier_list(path)


def test_one_bad_cell_is_one_cell(tmp_path):
    with pytest.raises(SourceError, match="1 cell cannot be used"):
        read_supplier_list(write(tmp_path, "country,quantity\nCHN,-1\nDEU,1\n"))
