"""The public names: few, documented, and each where the package says."""

import inspect

import monazite


def test_at_most_25_public_names():
    assert len(monazite.PUBLIC) <= 25


def test_every_public_name_resolves_and_has_a_docstring():
    for name in monazite.PUBLIC:
        value = getattr(monazite, name)
        assert inspect.getdoc(value), name
        assert value.__name__ == name


def test_dir_lists_the_public_names():
    assert set(monazite.PUBLIC) <= set(dir(monazite))
