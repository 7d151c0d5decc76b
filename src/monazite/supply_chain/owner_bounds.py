"""Bounds of what owners have of a country's output, from sites some of which have no figure."""

from collections.abc import Mapping, Sequence

from monazite.errors import DataError
from monazite.supply_chain.owner_sites import Site

UNKNOWN = "unknown"
"""Owner of what no site with a figure accounts for."""
ROUNDING = 1e-9


def find_bounds(
    sites: Sequence[Site], totals: Mapping[str, float], place: Mapping[str, str], year: int
) -> tuple[dict[str, float], dict[str, float]]:
    """
    Lowest and highest share of every owner, and of `unknown`.

    Parameters
    ----------
    sites : sequence of Site
        Of one country.
    totals : mapping
        Publisher -> national output. [t contained material]
    place, year
        Country and material, for the message.

    Returns
    -------
    low, high : dict
        Owner country -> share. [share, 0..1]

    Raises
    ------
    DataError
        If the sites made more in the year than the country.

    Notes
    -----
    As `monazite.supply_chain.owners.build_holding`.

    Examples
    --------
    >>> site = Site("A", "COD", "documented", 50.0, 60.0, 2024, {"CHN": (1.0, 1.0)}, "", ())
    >>> find_bounds([site], {"a report": 80.0, "another": 100.0}, {"country": "COD", "material": "cobalt"}, 2024)
    ({'CHN': 0.5, 'unknown': 0.25}, {'CHN': 0.75, 'unknown': 0.5})
    """
    documented = [site for site in sites if site.basis == "documented"]
    least = sum(site.low_t for site in documented)
    largest = max(totals.values())
    if least > largest * (1 + ROUNDING):
        raise DataError(
            f"{place['country']}, {place['material']} {year}",
            f"the sites made {least:,.0f} t, more than the country.",
            which=[f"{site.facility}: {site.low_t:,.0f} t" for site in documented],
            expected=f"at most {largest:,.0f} t",
            fix="correct facility_output, or add the national_total of another publisher",
        )
    if any(site.basis == "whole" for site in sites):
        weights = sites[0].weights
        low = {owner: pair[0] for owner, pair in sorted(weights.items())}
        high = {owner: pair[1] for owner, pair in sorted(weights.items())}
    else:
        low, high = {}, {}
        for owner in sorted({owner for site in sites for owner in site.weights}):
            low[owner] = lowest(sites, owner, largest)
            high[owner] = max(low[owner], *(_highest(sites, owner, total) for total in totals.values()))
    rest = max(0.0, 1 - sum(low.values()))
    is_open = any(site.weights and site.basis in ("neighbour", "open") for site in sites)
    least_rest = 0.0 if is_open else min(rest, max(0.0, 1 - sum(high.values())))
    return low | {UNKNOWN: least_rest}, high | {UNKNOWN: rest}


def lowest(sites: Sequence[Site], owner: str, total_t: float) -> float:
    """
    Smallest share of an owner: its sites at their low ends, over the national total.

    Examples
    --------
    >>> lowest([Site("A", "COD", "neighbour", 50.0, 60.0, 2023, {"CHN": (0.8, 0.8)}, "", ())], "CHN", 100.0)
    0.4
    """
    counted = [site for site in sites if site.basis != "open"]
    return sum(site.low_t * site.weights.get(owner, (0.0, 0.0))[0] for site in counted) / total_t


def _highest(sites: Sequence[Site], owner: str, total_t: float) -> float:
    """Largest share of an owner at one national total: its own sites high, those of others low, and what is left."""
    left_weight = open_weight(sites, owner)
    counted = [site for site in sites if site.basis != "open"]
    tonnes = [
        site.high_t if site.weights.get(owner, (0.0, 0.0))[1] > left_weight else site.low_t
        for site in counted
    ]
    total = max(total_t, sum(tonnes))
    own = sum(t * site.weights.get(owner, (0.0, 0.0))[1] for t, site in zip(tonnes, counted, strict=True))
    return min(1.0, (own + (total - sum(tonnes)) * left_weight) / total)


def open_weight(sites: Sequence[Site], owner: str) -> float:
    """
    Largest weight of an owner in a site without a figure; of what is left it can hold at most that share.

    Examples
    --------
    >>> open_weight([Site("A", "COD", "open", 0.0, 0.0, None, {"CHN": (0.0, 0.75)}, "", ())], "CHN")
    0.75
    """
    return max(
        (site.weights.get(owner, (0.0, 0.0))[1] for site in sites if site.basis == "open"), default=0.0
    )
