"""What the lanes on record cannot tell of a place: who trades with nobody, and who is not told apart."""

from collections.abc import Sequence

from monazite.scenarios.outlook import Place, list_restricting
from monazite.simulation import Market, Run
from monazite.vocabulary import country_name

REST = "ROW"
"""What a market calls the countries that it does not name."""
MOST = 5
"""Countries named."""


def tell_gaps(run: Run, place: Place) -> str:
    """
    Say what the lanes cannot tell of a place under a measure: nothing, unless they lead to all buyers as one.

    Examples
    --------
    Gallium in 2022: the one lane on record leads from China to all others together; Russia, Japan and South Korea,
    with 10 of 104 t of use, have none.
    """
    market, restricting = run.market, list_restricting(run)
    buying = [code for code in place.members if market.imports[market.place(code)] > 0]
    if not restricting or buying != [REST]:
        return ""
    told = "The lanes on record lead to the buyers as one, so which of them runs short cannot be told"
    alone = [code for code in list_unlinked(market, place.members) if code not in restricting]
    if alone:
        told += (
            f"; {name_some(alone)} {'has' if len(alone) == 1 else 'have'} none and stand{'s' * (len(alone) == 1)} with "
            f"{'its' if len(alone) == 1 else 'their'} own output alone, out of reach of the measure and of its answers"
        )
    return f"{told}."


def list_unlinked(market: Market, members: Sequence[str]) -> list[str]:
    """List who uses the material and neither imports nor exports it in the baseline, the largest use first."""
    found = []
    for code in members:
        place = market.place(code)
        if market.use[place] > 0 and market.imports[place] <= 0 and market.exports[place] <= 0:
            found.append((-float(market.use[place]), code))
    return [code for _, code in sorted(found)]


def name_some(codes: Sequence[str]) -> str:
    """
    Name the first few countries of a list, and how many more there are.

    Examples
    --------
    >>> name_some(["JPN", "RUS", "KOR"])
    'Japan, Russia and South Korea'
    """
    names = [country_name(code) for code in codes[:MOST]]
    if len(codes) > MOST:
        return f"{', '.join(names)} and {len(codes) - MOST} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
