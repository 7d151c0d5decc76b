"""What a run says of one place: median and band in the same digits, no interval of few draws, prices before duty."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monazite.reports.place_text import name_band, share_of_draws, tell_price, tell_shortage, write_shares

MONTHS = ("2025-01", "2025-02", "2025-03")


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_a_median_is_never_written_outside_its_band(shares):
    low, median, high = (float(text) for text in write_shares(*sorted(shares)))
    assert low <= median <= high


def test_a_place_that_counts_no_month_is_not_said_to_be_short():
    # The median of the second month is 0.8 %, under the 1 % that counts: half of the draws are short in no month.
    short = np.array([[0.0, 0.008, 0.0]] * 11 + [[0.0, 0.2, 0.0]] * 9)
    text, doubt = tell_shortage("EU27", "samarium", MONTHS, short)
    assert text == "EU27 is not short of samarium in the median draw, but is in 45 % of the draws."
    assert doubt == "0 to 1 months short; up to 20 % in 2025-02"


def test_a_share_below_ten_per_cent_has_a_decimal_in_all_three_figures():
    # 30 draws of 2 %, with 3 of 5 % beside them: 5, 50 and 95 % are 2.0, 2.0 and 5.0 %.
    short = np.array([[0.02, 0.0, 0.0]] * 30 + [[0.05, 0.0, 0.0]] * 3)
    text, doubt = tell_shortage("Japan", "tin", MONTHS, short)
    assert text.endswith("in 1 of 3 months; at worst, in 2025-01, 2.0 % of the use wanted cannot be served.")
    assert doubt == "1 month short; 2.0 to 5.0 % in 2025-01"


def test_a_price_that_still_rises_at_the_end_is_no_peak():
    price = np.array([[1.0, 1.1, 1.3]] * 20)
    assert (
        tell_price(MONTHS, price)[0]
        == "The price rises to 1.3 times its baseline in 2025-03, the last month of the run."
    )


def test_a_duty_stands_beside_the_price_before_it():
    # 1,000 % on all imports from the first month on
    price, duty = np.array([[1.0, 1.5, 1.2]] * 20), np.full((20, 3), 10.0)
    assert tell_price(MONTHS, price, duty)[0] == (
        "The price peaks at 1.5 times its baseline in 2025-02, before duty, which adds 1,000 % to it."
    )


def test_one_draw_has_no_band_and_one_of_forty_no_per_cent():
    assert name_band(1) == "one draw, which has no band"
    assert name_band(20) == "5 to 95 % of the draws"
    assert share_of_draws(1, 40) == "1 of 40 draws"
