"""Say of one place how short it runs and how dear it gets, from the draws by month."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monazite.scenarios.outlook import SHORT

Array = NDArray[np.float64]
ENDS = [0.05, 0.5, 0.95]
FEWEST = 20
"""Fewest draws of which 5 and 95 % are quantiles and not the ends. Source: arithmetic, 1 / 0.05."""
FEW = 5
"""Of fewer draws the count is given, and no median. Source: this project."""
FINE = 0.095
"""A share whose upper end is below this is written with one decimal, as are its median and lower end. [unitless]"""


def write_shares(low: float, median: float, high: float) -> tuple[str, str, str]:
    """
    Write a band of shares in per cent, all three with the same number of decimals.

    Examples
    --------
    >>> write_shares(0.0, 0.001, 0.004), write_shares(0.13, 0.492, 0.78)
    (('0.0', '0.1', '0.4'), ('13', '49', '78'))
    """
    digits = 1 if 0.0005 <= high < FINE else 0
    first, middle, last = (f"{100 * value:.{digits}f}" for value in (low, median, high))
    return first, middle, last


def name_band(draws: int) -> str:
    """
    Say what the ends of a band are: quantiles, or less than that where the draws are too few.

    Examples
    --------
    >>> [name_band(draws) for draws in (300, 5, 1)]
    ['5 to 95 % of the draws', '5 draws, too few for 5 to 95 %', 'one draw, which has no band']
    """
    if draws >= FEWEST:
        return "5 to 95 % of the draws"
    return "one draw, which has no band" if draws == 1 else f"{draws} draws, too few for 5 to 95 %"


def is_short_in_median(short: Array) -> bool:
    """Whether the median draw is short in at least one month; `short` has dims (draw, month)."""
    return bool(np.median((short > SHORT).sum(axis=1)) >= 1)


def tell_shortage(name: str, goods: str, months: Sequence[str], short: Array) -> tuple[str, str]:
    """
    Say in how many months a place is short, when at worst, and how sure that is.

    Parameters
    ----------
    name, goods : str
        The place, as a sentence begins, and what it lacks.
    months : sequence of str
        YYYY-MM.
    short : array
        Share of the use wanted that is not served, dims (draw, month). [unitless, 0..1]

    Examples
    --------
    Two of three draws are short in one month; each in another one, so the median of every month is 0.

    >>> short = np.array([[0.3, 0.0], [0.0, 0.2], [0.0, 0.0]])
    >>> told, doubt = tell_shortage("Japan", "tin", ("2025-01", "2025-02"), short)
    >>> told
    'Japan is short of tin in 1 of 2 months, another one from draw to draw.'
    >>> doubt
    '0 to 1 months short; up to 27 % in 2025-01'
    """
    count = (short > SHORT).sum(axis=1)
    band = np.quantile(short, ENDS, axis=0)
    span = _span(*np.quantile(count, [0.05, 0.95]))
    if not is_short_in_median(short):
        month = int(band[2].argmax())
        often = int((count > 0).sum())
        but = f", but is in {share_of_draws(often, len(short))}" if often else ""
        most = write_shares(*band[:, month])[2]
        worst = f"; up to {most} % in {months[month]}" if float(most) > 0 else ""
        told = f"{span}{worst}" if often else "no month short"
        return f"{name} is not short of {goods} in the median draw{but}.", told
    text = f"{name} is short of {goods} in {np.median(count):.0f} of {len(months)} months"
    if band[1].max() <= SHORT / 2:
        month = int(band[2].argmax())
        most = write_shares(*band[:, month])[2]
        which = "another one" if np.median(count) == 1 else "others"
        return f"{text}, {which} from draw to draw.", f"{span}; up to {most} % in {months[month]}"
    month = int(band[1].argmax())
    low, median, high = write_shares(*band[:, month])
    text += f"; at worst, in {months[month]}, {median} % of the use wanted cannot be served."
    return text, f"{span}; {low} to {high} % in {months[month]}"


def tell_price(months: Sequence[str], price: Array, duty: Array | None = None) -> tuple[str, str]:
    """
    Say how dear a place gets, when, and how sure that is.

    Parameters
    ----------
    months : sequence of str
        YYYY-MM.
    price : array
        Price over baseline, dims (draw, month), before duties. [unitless]
    duty : array, optional
        Rise of what the place pays by duties on top, likewise.

    Examples
    --------
    >>> price = np.array([[1.0, 1.2, 1.5], [1.0, 1.4, 1.7], [1.0, 1.3, 1.6]])
    >>> tell_price(("2025-01", "2025-02", "2025-03"), price)[0]
    'The price rises to 1.6 times its baseline in 2025-03, the last month of the run.'
    >>> tell_price(("2025-01", "2025-02", "2025-03"), price[:, ::-1], price[:, ::-1])[0]
    'The price peaks at 1.6 times its baseline in 2025-01, before duty, which adds 160 % to it.'
    """
    band = np.quantile(price, ENDS, axis=0)
    peak = int(band[1].argmax())
    low, median, high = (f"{value:.1f}" for value in band[:, peak])
    doubt = f"price {low} to {high} times"
    is_last = 0 < peak == len(months) - 1 and band[1, peak] > band[1, peak - 1]
    if median == "1.0" and not is_last:
        text = "The price does not rise above 1.0 times its baseline"
    else:
        text = (
            f"The price {'rises to' if is_last else 'peaks at'} {median} times its baseline in {months[peak]}"
        )
    if duty is not None and float(duty.max()) > 0:
        at = peak if float(np.median(duty, axis=0)[peak]) > 0 else int(np.median(duty, axis=0).argmax())
        when = "" if at == peak else f" in {months[at]}"
        text += f", before duty, which adds {100 * float(np.median(duty, axis=0)[at]):,.0f} % to it{when}"
        return f"{text}.", doubt
    return f"{text}{', the last month of the run' if is_last else ''}.", doubt


def share_of_draws(count: int, draws: int) -> str:
    """
    Write how many draws of all something happens in: a per cent, or the count where it is one or few.

    Examples
    --------
    >>> share_of_draws(12, 40), share_of_draws(1, 40), share_of_draws(3, 300), share_of_draws(4, 10)
    ('30 % of the draws', '1 of 40 draws', '3 of 300 draws', '4 of 10 draws')
    """
    few = count < FEW or draws < FEWEST
    return f"{count} of {draws} draws" if few else f"{100 * count / draws:.0f} % of the draws"


def _span(low: float, high: float) -> str:
    """Write a number of months with its ends, once where they are the same."""
    first, last = f"{low:.0f}", f"{high:.0f}"
    span = first if first == last else f"{first} to {last}"
    return f"{span} {'month' if span == '1' else 'months'} short"
