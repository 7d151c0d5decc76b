"""Sites of one country, material and year: their output, how well it is known, and whose it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from monazite.supply_chain.owner_rules import Row, Rule, Weights, weigh_holders

Basis = Literal["documented", "neighbour", "open"]
OUTPUT_KINDS = ("production", "sales")
"""Kinds of quantity that count as output, the better first."""
NEIGHBOURS = (-1, 1)
"""Years before or after whose output stands in for a missing one, the first that has a figure."""


@dataclass(frozen=True)
class Site:
    """
    One site, or one group of sites that publishes a single figure.

    `low_t` and `high_t` [t contained material] are its output: of the year (`basis` documented), of the year before
    or after (neighbour), or not known (open; both are 0 and mean nothing).
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


def build_sites(ownership: Sequence[Row], outputs: Sequence[Row], *, year: int, rule: Rule) -> list[Site]:
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
    ...            "source": "Digger, report"}]
    >>> [(site.basis, site.high_t) for site in build_sites(rows, output, year=2024, rule="control")]
    [('neighbour', 5.0)]
    """
    known = {(str(row["facility"]), int(str(row["year"])), str(row["quantity_kind"])): row for row in outputs}
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
    )  # fmt: skip


def _name_holder(row: Row) -> str:
    """Name a holder with its country and share in percent, such as `CMOC (CHN) 80 %`."""
    low, high = float(str(row["share_low"])), float(str(row["share_high"]))
    share = (
        "" if high != high else f" {100 * high:g} %" if low == high else f" {100 * low:g}-{100 * high:g} %"
    )
    taker = ", takes output" if row["relation"] == "offtake" else ""
    return f"{row['holder']} ({row['holder_country']}){share}{taker}"
