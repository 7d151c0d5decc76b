"""Years as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monazite.errors import DataError
from monazite.vocabulary import resolve_years

YEARS = st.integers(1900, 2100)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        (2024, (2024,)),
        ("2024", (2024,)),
        (" 2018 - 2020 ", (2018, 2019, 2020)),
        ("2018–2020", (2018, 2019, 2020)),
        ("2020,2018,2020", (2018, 2020)),
        ("2015,2018-2019", (2015, 2018, 2019)),
    ],
)
def test_years_are_one_a_list_or_a_range(text, years):
    assert resolve_years(text) == years


@given(YEARS, YEARS)
def test_a_range_has_every_year_once(a, b):
    first, last = min(a, b), max(a, b)
    assert resolve_years(f"{first}-{last}") == tuple(range(first, last + 1))


def test_every_wrong_part_is_named_at_once():
    with pytest.raises(DataError) as caught:
        resolve_years("20x4,2018,2024-2018,,1850", where="--year")
    assert str(caught.value) == (
        "--year: 4 parts are not a year or a range of years.\n"
        "  which:    20x4\n"
        "            2024-2018 (a range runs from the earlier year)\n"
        "            (empty)\n"
        "            1850\n"
        "  expected: 2024, 2018-2024 or 2018,2020,2024, between 1900 and 2100"
    )
