"""Numbers, words, scales, colours, tables: what charts are made of."""

import math
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monazite.errors import DataError
from monazite.reports.charts import Caption, Column, Table, palette
from monazite.reports.charts.heat import pick_ink
from monazite.reports.charts.scale import build_linear_scale, build_log_scale, choose_breaks
from monazite.reports.charts.svg import element, format_coordinate
from monazite.reports.charts.words import (
    format_share,
    format_ticks,
    format_value,
    measure_text,
    shorten_text,
    wrap_text,
)

positive = st.floats(min_value=1e-6, max_value=1e12)
# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def see(colour, vision):
    """A colour as someone with this vision sees it, in OKLab (Ottosson 2020)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    r, g, b = (max(0.0, sum(a * c for a, c in zip(row, linear, strict=True))) for row in VISION[vision])
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


@pytest.mark.parametrize("is_dark", [False, True])
def test_texts_and_marks_stand_out_from_the_paper(is_dark):
    def shown(colour):
        return palette.DARK[colour] if is_dark else colour

    paper = shown(palette.PAPER)
    for colour in (palette.INK, palette.SOFT_INK, palette.ALARM, palette.MEDIAN):
        assert palette.contrast_ratio(shown(colour), paper) >= 4.5
    for colour in (*palette.CATEGORIES, palette.OTHER, palette.FLOW, palette.OUTLINE, palette.BAND_EDGE):
        assert palette.contrast_ratio(shown(colour), paper) >= 3


@pytest.mark.parametrize("is_dark", [False, True])
def test_words_stand_out_from_every_step_of_colour_without_a_halo(is_dark):
    dark = palette.DARK if is_dark else {}
    for step, colour in enumerate(palette.STEPS):
        ink = pick_ink(step)
        assert palette.contrast_ratio(dark.get(ink, ink), dark.get(colour, colour)) >= 4.5


@pytest.mark.parametrize("is_dark", [False, True])
@pytest.mark.parametrize("vision", VISION)
def test_categories_stay_apart_in_every_vision(vision, is_dark):
    colours = [palette.DARK[c] if is_dark else c for c in palette.CATEGORIES]
    assert min(math.dist(see(a, vision), see(b, vision)) for a, b in combinations(colours, 2)) > 0.1


@pytest.mark.parametrize("is_dark", [False, True])
def test_steps_of_the_map_run_in_one_direction_in_every_vision(is_dark):
    colours = [palette.DARK[c] if is_dark else c for c in palette.STEPS]
    for vision in VISION:
        lightness = [see(colour, vision)[0] for colour in colours]
        assert all((a - b) * (-1 if is_dark else 1) > 0.04 for a, b in pairwise(lightness))


def test_every_light_colour_has_its_own_dark_one():
    assert len(set(palette.DARK.values())) >= len(palette.DARK) - 3  # few greys may coincide
    assert all(f'[fill="{light}"]' in palette.write_dark_rules() for light in palette.DARK)


def test_text_and_attributes_are_escaped():
    assert element("text", '<b> & "q"', aria_label='a "b" <c>') == (
        '<text aria-label="a &quot;b&quot; &lt;c&gt;">&lt;b&gt; &amp; "q"</text>'
    )


@given(st.floats(min_value=-1e6, max_value=1e6))
def test_a_coordinate_keeps_two_decimals(value):
    assert abs(float(format_coordinate(value)) - value) <= 0.005 + 1e-9
    assert "e" not in format_coordinate(value)


def test_a_coordinate_that_is_no_number_is_refused():
    with pytest.raises(DataError, match="a coordinate is not finite"):
        format_coordinate(math.nan)


def test_missing_is_written_as_such_and_never_as_zero():
    assert format_value(math.nan, "t") == format_share(math.nan) == "no data"
    assert format_value(0.0, "t") == "0 t"


def test_numbers_keep_three_digits():
    written = [format_value(v) for v in (1234567.0, 99.96, 12.345, 0.5, 0.000123, 0.00000123, -45.678)]
    assert written == ["1,234,567", "100", "12.3", "0.5", "0.000123", "1.2e-06", "-45.7"]


def test_ticks_of_one_axis_are_written_in_one_size():
    assert format_ticks([0.0, 2.5e6, 5e6]) == ["0", "2.5M", "5M"]
    assert format_ticks([0.0, 200.0, 400.0]) == ["0", "200", "400"]


@given(st.text(alphabet="abcdefgh WMil", max_size=60), st.floats(min_value=30, max_value=300))
def test_a_shortened_text_fits(words, room):
    assert measure_text(shorten_text(words, 12, room), 12) <= room


def test_text_is_wrapped_between_words():
    assert wrap_text("one two three", 10, measure_text("one two", 10)) == ["one two", "three"]


@given(st.lists(st.floats(min_value=-1e9, max_value=1e9), min_size=1, max_size=20))
def test_a_linear_scale_holds_all_values_and_zero_in_order(values):
    scale = build_linear_scale(values, 0, 100)
    slack = 1e-6 * (scale.high - scale.low)
    assert scale.low <= min(values) + slack
    assert scale.high >= max(values) - slack
    places = [scale.place(v) for v in sorted(values)]
    assert all(a <= b + 1e-9 for a, b in pairwise(places))
    assert 0 <= places[0] <= places[-1] <= 100
    assert 2 <= len(scale.ticks) <= 8


@given(st.lists(positive, min_size=1, max_size=20))
def test_a_log_scale_holds_all_values(values):
    scale = build_log_scale(values, 100, 0)
    assert scale.low <= min(values)
    assert scale.high >= max(values)
    assert scale.place(scale.low) == 100
    assert scale.place(scale.high) == 0


def test_a_log_scale_refuses_zero_and_names_it():
    with pytest.raises(DataError) as caught:
        build_log_scale([0.0, 5.0], 0, 100)
    assert str(caught.value) == (
        "chart, logarithmic axis: a value is not above zero.\n"
        "  which:    0.0\n"
        "  expected: > 0\n"
        "  fix:      use a linear axis for quantities that may be zero"
    )


@given(st.lists(positive, max_size=60))
def test_breaks_rise_and_leave_no_class_above_the_largest_value(values):
    breaks = choose_breaks(values, 6)
    assert all(a < b for a, b in pairwise(breaks))
    assert len(breaks) <= 5
    assert all(limit <= max(values) for limit in breaks)


def test_a_table_is_saved_with_all_digits_and_empty_where_missing():
    columns = (
        Column("Country"),
        Column("Value", "t", is_number=True),
        Column("Share", "share", is_number=True),
    )
    table = Table("Sample", columns, (("Aland, the", 1234.5678, 0.94917), ("Borland", math.nan, None)))
    assert table.write_csv() == 'Country,Value [t],Share [share]\n"Aland, the",1234.5678,0.94917\nBorland,,\n'
    assert table.write_cells() == [["Aland, the", "1,235", "94.9 %"], ["Borland", "no data", "no data"]]


def test_a_table_with_a_short_row_is_refused():
    with pytest.raises(DataError, match="rows and columns do not match"):
        Table("Sample", (Column("A"), Column("B")), (("x",),))


def test_a_caption_must_say_why_its_chart_would_be_empty():
    with pytest.raises(DataError, match="a sentence that says why the chart would be empty"):
        Caption("sample", "Title", "t", " ")
