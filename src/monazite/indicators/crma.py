"""The benchmarks of Art. 5(1) of Regulation (EU) 2024/1252, judged from intervals."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.checks import check_aligned, check_quantity
from monazite.indicators.single_source import CRMA_SINGLE_SOURCE_CAP

MET, NOT_MET, CANNOT_TELL = "met", "not met", "cannot tell"
TAIL = 0.05
"""Share of the draws beyond each end of an interval. [1]"""
ERRORS = 2.0
"""Standard errors by which an end must be clear of a limit. [1]"""


class Interval(NamedTuple):
    """A figure with the least and the most it can be; NaN where it is not known."""

    mid: float
    low: float
    high: float


def consumption_verdict(
    low: xr.DataArray,
    high: xr.DataArray,
    *,
    cap: float = CRMA_SINGLE_SOURCE_CAP,
    over: str = "country",
    unnamed_high: float = 0.0,
) -> xr.DataArray:
    r"""
    Judge whether no third country accounts for more than `cap` of a consumption, from intervals of the shares.

    Parameters
    ----------
    low, high : DataArray, dims (..., over)
        Least and most that each third country can have. [unitless, 0 <= low <= high <= 1]
    cap : float, default 0.65
        Largest share allowed. [unitless, 0 < cap <= 1] Exactly the cap still meets the test.
    over : str, default "country"
        Dimension that holds the third countries.
    unnamed_high : float, default 0
        Most that one country can have that is not among them. [unitless, 0..1]

    Returns
    -------
    DataArray, dims (...)
        "not met" if one country has more than the cap at the least; "met" if none has more at the most; else
        "cannot tell".

    Raises
    ------
    DataError
        If a share is missing or negative, a low is above its high, or the cap is not a share.

    Notes
    -----
    .. math:: \max_c \underline s_c > cap \Rightarrow \text{not met}, \quad
              \max(\max_c \overline s_c, \overline s_{unnamed}) \le cap \Rightarrow \text{met}

    References
    ----------
    .. [1] Regulation (EU) 2024/1252 of 11 April 2024, Art. 5(1)(b), OJ L, 2024/1252, 3.5.2024.
    .. [2] The rule for intervals: source: this project, docs/explanation/crma.md.

    Examples
    --------
    70 to 80 % is above 65 % in any case; 60 to 70 % may be either; 50 to 65 % is not above.

    >>> country = {"country": ["CHN"]}
    >>> for low, high in ((0.7, 0.8), (0.6, 0.7), (0.5, 0.65)):
    ...     ends = (xr.DataArray([value], dims="country", coords=country) for value in (low, high))
    ...     str(consumption_verdict(*ends).item())
    'not met'
    'cannot tell'
    'met'
    """
    check_share(cap, "cap")
    check_quantity(low, over, "low")
    check_quantity(high, over, "high")
    check_aligned(low, high, ("low", "high"))
    crossed = int((low > high + 1e-12).sum())
    if crossed:
        raise DataError(
            "low, high", f"{crossed} of {low.size} intervals end before they begin.", expected="low <= high"
        )
    least = low.max(over) if low.sizes[over] else low.sum(over)
    most = np.maximum(high.max(over) if high.sizes[over] else high.sum(over), unnamed_high)
    verdict = np.select([least > cap, most <= cap], [NOT_MET, MET], CANNOT_TELL).astype(object)
    return xr.DataArray(verdict, coords=least.coords, dims=least.dims, attrs={"cap": cap})


def tonnes_to_move(share: float, consumption_t: float, cap: float = CRMA_SINGLE_SOURCE_CAP) -> float:
    r"""
    Tonnes that have to come from elsewhere so that one country's share of a consumption is the cap.

    Parameters
    ----------
    share : float
        The country's share. [unitless, 0..1]
    consumption_t : float
        What is consumed; it stays as it is. [t contained material a year, >= 0]
    cap : float, default 0.65
        Largest share allowed. [unitless, 0 < cap <= 1]

    Returns
    -------
    float
        From other third countries, own mines or recycling alike. [t a year] 0 where the share is not above the cap;
        NaN where the share or the consumption is not known (NaN).

    Raises
    ------
    DataError
        If the share or the cap is none, or the consumption is negative.

    Notes
    -----
    .. math:: t = \max(0, (s - cap) \, C)

    Examples
    --------
    80 % of 1,000 t is 150 t more than 65 %:

    >>> round(tonnes_to_move(0.80, 1000.0), 6), tonnes_to_move(0.60, 1000.0)
    (150.0, 0.0)
    """
    check_share(cap, "cap")
    if not (math.isnan(share) or 0 <= share <= 1 + 1e-9) or consumption_t < 0:
        raise DataError(
            "share, consumption_t", f"are {share:g} and {consumption_t:g} t.", expected="0..1 and >= 0 t"
        )
    if math.isnan(share):
        return math.nan
    return 0.0 if share <= cap else (share - cap) * consumption_t


def quantile_error(share: Interval, draws: int) -> float:
    r"""
    Error of the ends of an interval that come from few draws: the quantiles of 5 and 95 % of other draws differ.

    Parameters
    ----------
    share : Interval
        Middle (NaN: not known) and the two quantiles.
    draws : int
        How many draws they come from. [> 0]

    Returns
    -------
    float
        Two standard errors of either end, in the unit of the interval. [>= 0]

    Raises
    ------
    DataError
        If there are no draws.

    Notes
    -----
    Of a normal distribution with :math:`\sigma` from the wider half of the interval, :math:`\varphi` the normal density
    and :math:`z = 1.645`:

    .. math:: e = 2 \sqrt{\frac{0.05 \cdot 0.95}{n}} \frac{\sigma}{\varphi(z)}, \quad
              \sigma = \frac{\max(m - \underline s, \overline s - m)}{z}

    References
    ----------
    .. [1] H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed., Wiley, 2003: large-sample law of a quantile.

    Examples
    --------
    65 to 91 % around 78 % in 40 draws: sigma is 7.9 points, and the error 0.668 of it.

    >>> [round(quantile_error(Interval(0.78, 0.65, 0.91), draws), 4) for draws in (40, 4000)]
    [0.0528, 0.0053]
    """
    if draws <= 0:
        raise DataError("draws", f"{draws} give no interval.", expected="draws > 0")
    z = NormalDist().inv_cdf(1 - TAIL)
    middle = (share.low + share.high) / 2 if math.isnan(share.mid) else share.mid
    sigma = max(middle - share.low, share.high - middle, 0.0) / z
    return ERRORS * math.sqrt(TAIL * (1 - TAIL) / draws) * sigma / NormalDist().pdf(z)


def capacity_verdict(capacity_t: Interval, consumption_t: float, floor: float) -> str:
    r"""
    Judge whether a capacity reaches `floor` of a consumption.

    Parameters
    ----------
    capacity_t : Interval
        Capacity in contained material; only the ends count. [t a year, >= 0] NaN: that end is not known.
    consumption_t : float
        Annual consumption. [t contained material a year, > 0] NaN: not known.
    floor : float
        Share to be reached. [unitless, 0 < floor <= 1] Exactly the floor reaches it.

    Returns
    -------
    str
        "met" if the least reaches it, "not met" if the most does not, else "cannot tell".

    Raises
    ------
    DataError
        If the floor is not a share, or a quantity is negative.

    Notes
    -----
    The Act counts capacity, not output; what was once made in a year could be made, so the largest output on record is
    a least capacity. The law sets the benchmarks for all strategic materials together; of one it is an indication.

    .. math:: \underline K / C \ge f \Rightarrow \text{met}, \quad \overline K / C < f \Rightarrow \text{not met}

    References
    ----------
    .. [1] Regulation (EU) 2024/1252 of 11 April 2024, Art. 5(1)(a) and Art. 2(5), (9), (11).

    Examples
    --------
    At least 50 t of 400 t are 12.5 %: 10 % are reached; whether 40 % are depends on what the capacity is at most.

    >>> least, both = Interval(math.nan, 50.0, math.nan), Interval(math.nan, 50.0, 100.0)
    >>> capacity_verdict(least, 400.0, 0.10), capacity_verdict(least, 400.0, 0.40), capacity_verdict(both, 400.0, 0.40)
    ('met', 'cannot tell', 'not met')
    """
    check_share(floor, "floor")
    if capacity_t.low < 0 or capacity_t.high < 0 or consumption_t <= 0:
        raise DataError(
            "capacity_t, consumption_t",
            f"are {capacity_t.low:g} to {capacity_t.high:g} t and {consumption_t:g} t.",
            expected="capacity >= 0 t, consumption > 0 t, or NaN",
        )
    if capacity_t.low >= floor * consumption_t:
        return MET
    return NOT_MET if capacity_t.high < floor * consumption_t else CANNOT_TELL


def gross_share(
    partner_gross_t: float, others_gross_t: float, own_t: float, contents: tuple[float, float]
) -> Interval:
    r"""
    Share of one partner in what is available, where imports are known by gross weight only.

    Parameters
    ----------
    partner_gross_t, others_gross_t : float
        Imports from the partner and from all others. [t gross a year, >= 0]
    own_t : float
        Own output. [t contained material a year, >= 0] NaN: not known; then the least is 0 and the most is that
        without any.
    contents : tuple of float
        Least and most content of the goods, by the definition of their codes; 0 and 1 where nothing is known.
        [t / t gross, 0 <= least <= most <= 1] Each lane has its own between the two.

    Returns
    -------
    Interval
        [unitless, 0..1] `mid` with one content for all, the middle of the two; NaN where the least is 0 and own output
        is not. All NaN where nothing is available.

    Raises
    ------
    DataError
        If a quantity or a content cannot be.

    Notes
    -----
    With g the gross weight of the partner, r that of the others, P own output and contents from a to b:

    .. math:: \underline s = \frac{a g}{P + a g + b r}, \quad \overline s = \frac{b g}{P + b g + a r}

    References
    ----------
    Source: this project, docs/explanation/crma.md.

    Examples
    --------
    80 t from the partner and 20 t from others, half to all of it metal, nothing own: 40 / (40 + 20) to 80 / (80 + 10).

    >>> [round(value, 4) for value in gross_share(80.0, 20.0, 0.0, (0.5, 1.0))]
    [0.8, 0.6667, 0.8889]
    """
    least, most = contents
    wrong = (
        min(partner_gross_t, others_gross_t, least) < 0 or own_t < 0 or not least <= most <= 1 or most <= 0
    )
    if wrong:
        raise DataError(
            "gross_share",
            f"gets {partner_gross_t:g}, {others_gross_t:g} and {own_t:g} t, contents {least:g} to {most:g}.",
            expected="quantities >= 0; contents 0 <= least <= most <= 1, most above 0",
        )
    own = 0.0 if math.isnan(own_t) else own_t
    if partner_gross_t + others_gross_t + own == 0:
        return Interval(math.nan, math.nan, math.nan)
    high = _share(most * partner_gross_t, least * others_gross_t, own)
    if math.isnan(own_t):
        return Interval(math.nan, 0.0, high)
    low = _share(least * partner_gross_t, most * others_gross_t, own)
    middle = (least + most) / 2
    mid = (
        _share(middle * partner_gross_t, middle * others_gross_t, own) if least > 0 or own == 0 else math.nan
    )
    return Interval(mid, low, high)


def share_with_new_output(share: float, consumption_t: float, added_t: Interval) -> Interval:
    r"""
    Share of one country in a consumption once new output at home takes the place of imports.

    Parameters
    ----------
    share : float
        The country's share today. [unitless, 0..1]
    consumption_t : float
        What is consumed; it stays as it is. [t contained material a year, > 0]
    added_t : Interval
        New output. [t contained material a year, >= 0]

    Returns
    -------
    Interval
        [unitless, 0..1] `low`: all of the most output takes the place of this country's goods; `high`: that of the
        least output takes the place of others' first; `mid`: of all in proportion.

    Raises
    ------
    DataError
        If the share is none, or a quantity cannot be.

    Notes
    -----
    With added shares :math:`q = t / C`, least and most, cut off at 1:

    .. math:: \underline s = \max(0, s - \overline q), \quad s' = s (1 - q), \quad
              \overline s = \min(s, 1 - \underline q)

    References
    ----------
    Source: this project, docs/explanation/crma.md.

    Examples
    --------
    80 % of 1,000 t, and 100 t more at home: 80 % less 10 points, 80 % of the other 900 t, or still 80 %.

    >>> [round(value, 4) for value in share_with_new_output(0.8, 1000.0, Interval(100.0, 100.0, 100.0))]
    [0.72, 0.7, 0.8]
    """
    check_share(share, "share", is_zero_allowed=True)
    if consumption_t <= 0 or min(added_t) < 0:
        raise DataError(
            "consumption_t, added_t",
            f"are {consumption_t:g} t and {added_t.low:g} to {added_t.high:g} t.",
            expected="consumption > 0 t, output >= 0 t",
        )
    mid, low, high = (min(1.0, amount / consumption_t) for amount in added_t)
    return Interval(share * (1 - mid), max(0.0, share - high), min(share, 1 - low))


def check_share(value: float, name: str, *, is_zero_allowed: bool = False) -> None:
    """
    Raise DataError unless a number is a share above zero, or from zero on.

    Raises
    ------
    DataError
        If it is not.
    """
    if not (0 < value <= 1 or (is_zero_allowed and value == 0)):
        raise DataError(name, f"{value:g} is not a share.", expected=f"0 < {name} <= 1, for example 0.65")


def _share(part: float, others: float, own: float) -> float:
    total = part + others + own
    return part / total if total > 0 else 0.0
