"""The examples in the docstrings of the importer hold."""

import doctest

import pytest

from monazite.sources import baci_rows, baci_zip, import_file, registry


@pytest.mark.parametrize(
    "module", [baci_rows, baci_zip, import_file, registry], ids=lambda module: module.__name__
)
def test_the_examples_hold(module):
    result = doctest.testmod(module)
    assert (result.failed, result.attempted > 0) == (0, True)
