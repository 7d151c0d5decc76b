"""Columns on a page: no word breaks, and where there is no room, rows become blocks."""

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from monazite.cli.layout import EDGE, GAP, Column, fit_widths, print_columns, write_blocks
from monazite.cli.output import format_cell

WORDS = st.lists(st.text("abcde ", min_size=1, max_size=30), min_size=3, max_size=3)
COLUMNS = st.lists(WORDS, min_size=1, max_size=6).map(
    lambda rows: [Column(f"head {at}", tuple(cells)) for at, cells in enumerate(rows)]
)


def longest(column):
    return max(len(word) for cell in (column.head, *column.cells) for word in cell.split())


@given(COLUMNS, st.integers(10, 150))
def test_a_table_is_as_wide_as_the_page_at_most_and_breaks_no_word(columns, width):
    widths = fit_widths(columns, width)
    if widths is None:
        return
    assert sum(widths) + EDGE + GAP * (len(columns) - 1) <= width
    assert all(longest(column) <= found <= column.most for column, found in zip(columns, widths, strict=True))


def show(columns, width, capsys):
    print_columns(Console(width=width), columns)
    return capsys.readouterr().out


def test_what_fits_is_a_table(capsys):
    columns = [Column("year", ("2024",), is_whole=True), Column("remark", ("rounded to tens",))]
    # 4 + 15 + 2 between + 2 at the edges = 23; with 3 between 24
    assert "2024  rounded to tens" in show(columns, 23, capsys)
    assert "2024   rounded to tens" in show(columns, 24, capsys)


def test_what_would_break_a_word_is_blocks(capsys):
    columns = [
        Column("source id", ("world_mining_data", "bgs")),
        Column("note", ("", "see www.bgs.ac.uk/longer")),
    ]
    assert show(columns, 20, capsys).splitlines() == [
        "", "source id:", "    world_mining_data", "", "source id: bgs", "note: see", "    www.bgs.ac.uk/longer", "",
    ]  # fmt: skip


def test_a_word_longer_than_the_page_is_not_cut(capsys):
    assert "x" * 50 in show([Column("hash", ("x" * 50,), is_whole=True)], 20, capsys)


def test_an_empty_cell_has_no_line_in_a_block():
    assert write_blocks([Column("a", ("", "1")), Column("b", ("2", ""))], 40) == ["", "b: 2", "", "a: 1"]


def test_a_share_is_never_rounded_to_tens_and_never_to_zero():
    # an interval of 0.9 is that of a deviation of 27 %: tens of per cent, which would hide 3.6 % as 0
    wide = {"unit": "share", "low": 0.0, "high": 0.9}
    assert format_cell(wide | {"value": 0.036}, "value") == "4 %"
    assert format_cell(wide | {"value": 0.004}, "value") == "<1 %"
    assert format_cell(wide | {"value": -0.51, "low": -0.78, "high": 0.1}, "low") == "-78 %"


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_share_is_written_to_a_percentage_point_or_better(value, below, above):
    record = {"unit": "share", "value": value, "low": value - below, "high": value + above}
    text = format_cell(record, "value").removesuffix(" %")
    if text[0] in "<>":
        assert 0 < abs(100 * value) < 1
    else:
        assert abs(float(text) - 100 * value) <= 0.5 + 1e-9
