"""What holds of several markets is said once."""

from hypothesis import given
from hypothesis import strategies as st

from monazite.reports.market_lines import join_markets

NAMES = ("tin", "cerium", "samarium")


def test_markets_that_differ_by_their_name_alone_share_a_line():
    told = [(name, name, f"New suppliers of {name}: cannot tell.") for name in NAMES]
    assert join_markets(told) == ["Tin, cerium and samarium: New suppliers of them: cannot tell."]


def test_what_is_said_of_one_market_keeps_its_own_words():
    told = [("nickel ore", "nickel", "no end uses of nickel."), ("tin", "tin", "Peru gains 5 t.")]
    assert join_markets(told) == ["Nickel ore: no end uses of nickel.", "Tin: Peru gains 5 t."]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["A gains.", "B gains."]))))
def test_no_line_is_lost_or_told_twice(pairs):
    lines = join_markets([(name, name, text) for name, text in pairs])
    assert len(lines) == len({text for _, text in pairs})
    for name, text in pairs:
        assert any(name in line.lower() and line.endswith(text) for line in lines)
