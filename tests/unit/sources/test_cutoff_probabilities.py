"""A user's table of probabilities."""

import pytest

from monazite.errors import SourceError
from monazite.sources.cutoff_probabilities import read_cutoff_probabilities


def write(tmp_path, text):
    path = tmp_path / "chances.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_countries_are_read_by_code_or_name(tmp_path):
    table = write(tmp_path, "country,probability,note\nChina,0.1,mine\nZAF,0\n".replace("ZAF,0", "ZAF,0,"))
    assert read_cutoff_probabilities(table) == {"CHN": 0.1, "ZAF": 0.0}


def test_every_wrong_cell_is_named_at_once(tmp_path):
    table = write(tmp_path, "country,probability\nAtlantis,0.1\nCHN,10\nCHN,0.1\nZAF,often\nJPN,nan\n")
    with pytest.raises(SourceError) as caught:
        read_cutoff_probabilities(table)
    text = " ".join(map(str, caught.value.which))
    for words in ("line 2, country: ", "line 3, probability: '10'", "CHN stands twice", "'often'", "'nan'"):
        assert words in text
    assert "divide percent by 100" in str(caught.value)


def test_one_bad_cell_is_one_cell(tmp_path):
    with pytest.raises(SourceError, match="1 cell cannot be used"):
        read_cutoff_probabilities(write(tmp_path, "country,probability\nCHN,2\n"))


@pytest.mark.parametrize("text", ["country,chance\nCHN,0.1\n", "country,probability\n"])
def test_a_table_of_other_columns_or_without_rows_is_refused(tmp_path, text):
    with pytest.raises(SourceError):
        read_cutoff_probabilities(write(tmp_path, text))
