"""Say who loses and who gains over a run: over how many months, of what, and that a gain is worth and not cargo."""

from collections.abc import Sequence

from monazite.reports.rounding import write_figure
from monazite.scenarios.answers import Balance
from monazite.vocabulary import country_name

TOLD = 4
"""Countries that restrict which sentences are written of, those whose exports change most; the others are counted."""


def tell_winner(balances: Sequence[Balance], name: str) -> str:
    """Say in a title who gains and who loses most in the median."""
    if not balances:
        return f"No country's trade or use of {name} changes by 1 % of the market"
    order = sorted(balances, key=lambda b: b.net_t.median)
    gaining = [b for b in order if b.net_t.median > 0 and b.revenue_t.median > 0]
    told = []
    if gaining:
        told.append(f"{country_name(gaining[-1].country)} gains most")
    if order[0].net_t.median < 0:
        told.append(f"{country_name(order[0].country)} pays most")
    return f"{' and '.join(told) or 'Nobody gains or pays more'} in {name}: net gain in the median"


def tell_balances(balances: Sequence[Balance], months: int, counted_as: str = "") -> tuple[str, ...]:
    """
    Say in a sentence each what who restricts loses, and who gains most, over the months of the run.

    Who only pays less because it gets less gains nothing: a gain is earned by exports.

    Examples
    --------
    >>> from monazite.scenarios.answers import Quantiles
    >>> q, gain = Quantiles(0.0, 0.0, 0.0), Quantiles(26_000.0, 9_000.0, 40_000.0)
    >>> tell_balances([Balance("CAN", False, q, gain, q, q, gain, 0.0, 0.0)], 36)[0][-54:]
    'of so many tonnes at baseline prices: Canada 26,000 t.'
    """
    limited = sorted((b for b in balances if b.is_restricting), key=lambda b: -abs(b.sales_t.median))
    told = [tell_restricting(b, months, counted_as) for b in limited[:TOLD]]
    if len(limited) > TOLD:
        told.append(
            f"{len(limited) - TOLD} more restrict, whose exports change by fewer tonnes; --json has them."
        )
    gains = [b for b in balances if not b.is_restricting and b.net_t.low > 0 and b.revenue_t.low > 0][:3]
    if gains:
        names = ", ".join(f"{country_name(b.country)} {write_figure(b.net_t.median)} t" for b in gains)
        told.append(
            f"In nearly all draws these gain over {months} months, after what their own imports cost, the worth of so "
            f"many tonnes at baseline prices: {names}."
        )
    else:
        told.append("Nobody gains in nearly all draws.")
    return tuple(told)


def tell_restricting(balance: Balance, months: int, counted_as: str = "") -> str:
    """Say what a country that restricts sells and earns less or more."""
    b = balance
    part = f"{100 * b.sales_t.median / b.exports_t:+.0f} %" if b.exports_t > 0 else ""
    told = "; ".join(word for word in (counted_as, part) if word)
    change = f"{'less' if b.sales_t.median < 0 else 'more'}{f' ({told})' if told else ''}"
    sure = "" if b.revenue_t.low * b.revenue_t.high > 0 else "; whether it loses or gains is not sure"
    return (
        f"{country_name(b.country)} restricts: over {months} months it exports "
        f"{write_figure(abs(b.sales_t.median))} t {change} and earns "
        f"{'less' if b.revenue_t.median < 0 else 'more'} by exports, by the worth of "
        f"{write_figure(abs(b.revenue_t.median))} t at baseline prices [{write_figure(b.revenue_t.low)} to "
        f"{write_figure(b.revenue_t.high)} t]{sure}."
    )
