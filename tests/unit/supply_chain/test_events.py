"""Restriction events as a time line."""

import pytest

from monazite.supply_chain.events import is_in_force, split


@pytest.mark.parametrize(
    ("effective", "ended", "day", "holds"),
    [
        ("2023-08-01", "", "2023-07-31", False),
        ("2023-08-01", "", "2023-08-01", True),
        ("2010-09-21", "2010-11-19", "2010-11-18", True),
        ("2010-09-21", "2010-11-19", "2010-11-19", False),
        ("2010-10", "2010-10", "2010-10-15", True),
        ("2008", "2009", "2009-12-30", True),
        ("", "2025-11-07", "2025-10-20", False),
    ],
)
def test_an_event_holds_from_its_effect_to_its_end(effective, ended, day, holds):
    assert is_in_force({"effective": effective, "ended": ended}, day) is holds


def test_a_list_of_words_is_split():
    assert split("gallium; germanium;") == {"gallium", "germanium"}
