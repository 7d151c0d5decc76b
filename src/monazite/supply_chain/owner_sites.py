"""Sites of one country, material and year: their output, how well it is known, and whose it is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from monazite.supply_chain.owner_rules import Row, Rule, Weights, weigh_holders

Basis = Literal["documented", "whole", "neighbour", "open"]
OUTPUT_KINDS = ("production", "sales")
"""Kinds of quantity that count as output, the better first."""
NEIGHBOURS = (-1, 1)
"""Years before or after whose output stands in for a missing one, the first that has a figure."""
CURATED = "curated"
"""Origin of the rows of `ownership`."""
PRODUCTION = "production"
"""Basis of the rows of `deposit_shares` that are shares of output, not of a quota."""


@dataclass(frozen=True)
class Site:
    """
    One site, or one group of sites that publishes a single figure.

    `low_t` and `high_t` [t contained material] are its output: of the year (`basis` documented), all that the country
    made (whole), of the year before or after (neighbour), or not known (open; both are 0 and mean nothing).
    """

    facility: str
    country: str
    basis: Basis
    low_t: float
    high_t: float
    figure_year: int | None
    weights: Weights
    holders: str
    sources: tuple[str, ...]
    source_ids: tuple[str, ...] = (CURATED,)


def list_valid(rows: Iterable[Row], year: int) -> list[Row]:
    """
    List the rows of `ownership` that hold at the end of a year.

    Parameters
    ----------
    rows : rows
        With `valid_from` and `valid_to` as year, year-month or day; "" is an open end.
    year : int
        Calendar year.

    Returns
    -------
    list of rows
        Those with valid_from <= 31 December of the year <= valid_to, where a year or month ends with its last day.

    Examples
    --------
    >>> sold = {"valid_from": "", "valid_to": "2016-11"}
    >>> len(list_valid([sold], 2015)), len(list_valid([sold], 2016))
    (1, 0)
    """
    end = f"{year}-12-31"
    return [
        row
        for row in rows
        if str(row["valid_from"] or "") <= end
        and (not row["valid_to"] or str(row["valid_to"]) + "-12-31"[len(str(row["valid_to"])) - 4 :] >= end)
    ]


def build_sites(
    ownership: Sequence[Row], outputs: Sequence[Row], *, year: int, rule: Rule, neighbours: bool = True
) -> list[Site]:
    """
    Build the sites of one country, material and stage, each output counted once.

    Parameters
    ----------
    ownership : sequence of rows
        Rows of `ownership` of the country, material and stage; country rows are left out.
    outputs : sequence of rows
        Rows of `facility_output` of the same.
    year : int
        Calendar year.
    rule : str
        As `weigh_holders`.
    neighbours : bool, default True
        Whether the output of the year before or after stands in for a missing one.

    Returns
    -------
    list of Site
        A group stands for its members where it has a figure and not all of them have one; else the members stand for
        it. Never both.

    Examples
    --------
    >>> rows = [{"facility": "Mine", "row_kind": "facility", "part_of": "", "country": "COD", "relation": "owner",
    ...          "holder": "Digger", "holder_country": "CHN", "share_low": 1.0, "share_high": 1.0,
    ...          "is_controlling": "yes", "valid_from": "", "valid_to": "", "source": "Digger, report"}]
    >>> output = [{"facility": "Mine", "year": 2023, "quantity_kind": "production", "low_t": 5.0, "high_t": 5.0,
    ...            "source_id": "curated", "source": "Digger, report"}]
    >>> [(site.basis, site.high_t) for site in build_sites(rows, output, year=2024, rule="control")]
    [('neighbour', 5.0)]
    """
    known = {
        (str(row["facility"]), int(str(row["year"])), str(row["quantity_kind"])): row
        for row in outputs
        if neighbours or int(str(row["year"])) == year
    }
    by_name: dict[str, list[Row]] = {}
    for row in list_valid(ownership, year):
        if row["row_kind"] != "country":
            by_name.setdefault(str(row["facility"]), []).append(row)
    members: dict[str, list[str]] = {}
    for name, rows in by_name.items():
        for group in {str(row["part_of"]) for row in rows if row["part_of"]}:
            members.setdefault(group, []).append(name)
    left_out: set[str] = set()
    for group, names in members.items():
        left_out |= set(names) if _is_group_better(group, names, known, year) else {group}
    return [
        _build_site(name, rows, known, year=year, rule=rule)
        for name, rows in by_name.items()
        if name not in left_out
    ]


def _is_group_better(
    group: str, names: Sequence[str], known: Mapping[tuple[str, int, str], Row], year: int
) -> bool:
    """Whether the figure of a group is nearer to the year than those of its members, all taken together."""
    far = 2
    distance = {
        name: abs(found[1] - year) if (found := _find_output(name, known, year)) else far
        for name in (group, *names)
    }
    return distance[group] < max(distance[name] for name in names)


def _find_output(name: str, known: Mapping[tuple[str, int, str], Row], year: int) -> tuple[Row, int] | None:
    """The output of a site in the year, else in a neighbour year."""
    for step in (0, *NEIGHBOURS):
        for kind in OUTPUT_KINDS:
            row = known.get((name, year + step, kind))
            if row is not None:
                return row, year + step
    return None


def _build_site(
    name: str, rows: Sequence[Row], known: Mapping[tuple[str, int, str], Row], *, year: int, rule: Rule
) -> Site:
    found = _find_output(name, known, year)
    sources = [str(row["source"]) for row in rows]
    basis: Basis = "open"
    low_t, high_t, figure_year = 0.0, 0.0, None
    if found is not None:
        row, figure_year = found
        basis = "documented" if figure_year == year else "neighbour"
        low_t, high_t = float(str(row["low_t"])), float(str(row["high_t"]))
        sources.append(str(row["source"]))
    return Site(
        name, str(rows[0]["country"]), basis, low_t, high_t, figure_year, weigh_holders(rows, rule),
        "; ".join(_name_holder(row) for row in rows), tuple(dict.fromkeys(sources)),
        tuple(sorted({CURATED, *((str(found[0]["source_id"]),) if found else ())})),
    )  # fmt: skip


def settle_whole(
    sites: Sequence[Site], deposits: Sequence[Row], totals_t: Iterable[float], *, origin: str, year: int
) -> list[Site]:
    """
    Give a site all that its country made, where a source names it as the only one.

    Parameters
    ----------
    sites : sequence of Site
        Of one country.
    deposits : sequence of rows
        Rows of `deposit_shares`; `mountain_pass` is the site Mountain Pass.
    totals_t : iterable of float
        National output by publisher. [t contained material]
    origin, year
        Country and year.

    Returns
    -------
    list of Site
        Only that site, `basis` whole, its output from the least to the largest total; else the sites as they were.
        They stay so as well where another site of the country has an output of the year: the sources then disagree.

    Examples
    --------
    >>> row = {"country": "USA", "year": 2023, "deposit": "mountain_pass", "part_t": 1.0, "total_t": 1.0,
    ...        "basis": "production", "source_id": "usgs", "source": "USGS"}
    >>> site = Site("Mountain Pass", "USA", "open", 0.0, 0.0, None, {"USA": (1.0, 1.0)}, "", ())
    >>> [(site.basis, site.low_t, site.high_t) for site in settle_whole([site], [row], [41_000.0, 41_600.0],
    ...                                                                 origin="USA", year=2023)]
    [('whole', 41000.0, 41600.0)]
    """
    only = {
        str(row["deposit"]): row
        for row in deposits
        if (row["country"], int(str(row["year"])), row["basis"]) == (origin, year, PRODUCTION)
        and row["part_t"] == row["total_t"]
    }
    named = [site for site in sites if _plain(site.facility) in only]
    if len(named) != 1 or any(site.basis == "documented" and site is not named[0] for site in sites):
        return list(sites)
    site, row = named[0], only[_plain(named[0].facility)]
    totals = list(totals_t)
    return [
        replace(
            site, basis="whole", low_t=min(totals), high_t=max(totals), figure_year=year,
            sources=tuple(dict.fromkeys((*site.sources, str(row["source"])))),
            source_ids=tuple(sorted({*site.source_ids, str(row["source_id"])})),
        )
    ]  # fmt: skip


def _plain(name: str) -> str:
    """Write the name of a site as that of a deposit, `Mountain Pass` as `mountain_pass`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _name_holder(row: Row) -> str:
    """Name a holder with its country and share in percent, such as `CMOC (CHN) 80 %`."""
    low, high = float(str(row["share_low"])), float(str(row["share_high"]))
    share = (
        "" if high != high else f" {100 * high:g} %" if low == high else f" {100 * low:g}-{100 * high:g} %"
    )
    taker = ", takes output" if row["relation"] == "offtake" else ""
    return f"{row['holder']} ({row['holder_country']}){share}{taker}"
