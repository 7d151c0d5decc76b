"""Who owns what a country produces: shares of owner countries as intervals, with what is not known beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.snapshot import Snapshot
from monazite.supply_chain.owner_bounds import ROUNDING, UNKNOWN, find_bounds
from monazite.supply_chain.owner_rules import Row, Rule, check_rule, weigh_holders
from monazite.supply_chain.owner_sites import Site, build_sites, list_valid, settle_whole

NATIONAL = "national_total"
DEPOSIT_MATERIAL = "rare_earths"
"""What the table `deposit_shares` is about."""


@dataclass(frozen=True)
class OwnerTables:
    """Rows of `ownership`, `facility_output`, `production` and, of rare earths, `deposit_shares`."""

    ownership: Sequence[Row]
    outputs: Sequence[Row]
    production: Sequence[Row]
    deposits: Sequence[Row] = ()


@dataclass(frozen=True)
class Holding:
    """
    Whose the output of one country is.

    Attributes
    ----------
    totals_t : mapping
        Publisher -> national output. [t contained material]
    sites : sequence of Site
        Sites whose owners are listed.
    published : sequence of rows
        Shares of the whole country that others published.
    low, high : mapping
        Owner country -> share of the national output. [share, 0..1] The lows and the high of `unknown` sum to one.
    is_published : bool
        Whether the bounds are a published share of the country.
    has_neighbours : bool
        Whether outputs of neighbour years were looked for.
    source_ids : tuple of str
        Origins of all figures.
    too_much : str
        Outputs of neighbour years that were not counted, as they exceed what the country made; "" if none.
    """

    origin: str
    material: str
    year: int
    stage: str
    rule: Rule
    totals_t: Mapping[str, float]
    sites: Sequence[Site]
    published: Sequence[Row]
    low: Mapping[str, float]
    high: Mapping[str, float]
    is_published: bool
    has_neighbours: bool = True
    source_ids: tuple[str, ...] = ()
    too_much: str = ""


def read_owner_tables(data: Snapshot, *, material: str, stage: str = "extraction") -> OwnerTables:
    """
    Read the rows that `owner_shares` needs from a release.

    Parameters
    ----------
    data : Snapshot
        An open release with the tables ownership and facility_output.
    material, stage : str
        Which rows.

    Returns
    -------
    OwnerTables
        Rows of that material and stage, of all years; deposits only for mined rare earths.

    Raises
    ------
    SnapshotError
        If the release has no such table.
    """
    for table in ("ownership", "facility_output"):
        data.check_table(table)
    rows = [
        _rows(
            data.query(
                f"SELECT * FROM {table} WHERE material = $material AND stage = $stage ORDER BY ALL",
                {"material": material, "stage": stage},
            )
        )
        for table in ("ownership", "facility_output", "production")
    ]
    if (material, stage) == (DEPOSIT_MATERIAL, "extraction"):
        data.check_table("deposit_shares")
        rows.append(_rows(data.query("SELECT * FROM deposit_shares ORDER BY ALL")))
    return OwnerTables(*rows)


def _rows(columns: Mapping[str, np.ndarray]) -> list[Row]:
    return [
        dict(zip(columns, values, strict=True))
        for values in zip(*(column.tolist() for column in columns.values()), strict=True)
    ]


def build_holding(
    tables: OwnerTables,
    origin: str,
    *,
    material: str,
    year: int,
    rule: str,
    stage: str = "extraction",
    neighbours: bool = True,
) -> Holding:
    r"""
    Shares of the output of one country by owner country, as intervals.

    Parameters
    ----------
    tables : OwnerTables
        Rows of the three tables.
    origin : str
        Country of the sites. [ISO 3166-1 alpha-3]
    material, stage, year
        What is produced, and when.
    rule : str
        control, equity or offtake, as `monazite.supply_chain.owner_rules.weigh_holders`.
    neighbours : bool, default True
        Whether the output of the year before or after stands for a missing one, in both bounds; else in none. It
        does not where the sites would then have made more than the country.

    Returns
    -------
    Holding
        `low` counts sites with an output; `high` adds all that no site accounts for, if the owner has a listed site
        without a figure in that country. A site that a source names as the only one has all. Where no site of the
        country has a figure of the year, and for off-take first, a published share of the country stands.

    Raises
    ------
    DataError
        If nobody published the national output, or the sites together made more than it.

    Notes
    -----
    With sites k of output :math:`[\underline q_k, \overline q_k]`, national totals :math:`T` of one or more publishers,
    weights w of the rule and what is left, :math:`U = T - \sum_k q_k`:

    .. math::
        \underline s_o = \sum_k \underline q_k \underline w_{ko} / \max T, \qquad
        \overline s_o = \max_{T, q} \left( \sum_k q_k \overline w_{ko} + U u_o \right) / T

    where :math:`u_o` is the largest weight of the owner in a listed site without a figure, or 0.

    References
    ----------
    Source: this project, docs/explanation/control.md.

    Examples
    --------
    >>> row = {"row_kind": "facility", "part_of": "", "country": "COD", "material": "cobalt", "stage": "extraction",
    ...        "relation": "owner", "share_low": 1.0, "share_high": 1.0, "is_controlling": "yes", "valid_from": "",
    ...        "valid_to": "", "source": "report", "holder": "Digger"}
    >>> output = {"country": "COD", "material": "cobalt", "stage": "extraction", "year": 2024, "source": "report",
    ...           "source_id": "curated"}
    >>> tables = OwnerTables(
    ...     [row | {"facility": "A", "holder_country": "CHN"}, row | {"facility": "B", "holder_country": "CHN"},
    ...      row | {"facility": "C", "holder_country": "CHE"}],
    ...     [output | {"facility": "A", "quantity_kind": "production", "low_t": 50.0, "high_t": 50.0},
    ...      output | {"facility": "C", "quantity_kind": "production", "low_t": 20.0, "high_t": 20.0}],
    ...     [output | {"production_t": 100.0}])
    >>> holding = build_holding(tables, "COD", material="cobalt", year=2024, rule="control")
    >>> holding.low, round(holding.high["CHN"], 3), round(holding.high["unknown"], 3)
    ({'CHE': 0.2, 'CHN': 0.5, 'unknown': 0.0}, 0.8, 0.3)
    """
    known = check_rule(rule)
    place = {"country": origin, "material": material, "stage": stage}
    owned = [row for row in tables.ownership if _is_at(row, place)]
    outputs = [row for row in tables.outputs if _is_at(row, place)]
    totals = _totals(tables, outputs, place, year)
    published = [row for row in list_valid(owned, year) if row["row_kind"] == "country"]
    sites = build_sites(owned, outputs, year=year, rule=known, neighbours=neighbours)
    too_much = _explain_excess(sites, max(totals.values()), year)
    if too_much:
        sites = build_sites(owned, outputs, year=year, rule=known, neighbours=False)
    sites = settle_whole(sites, tables.deposits, totals.values(), origin=origin, year=year)
    usable = [row for row in published if _is_usable(row, known)]
    is_published = bool(usable) and (
        known == "offtake" or not any(site.basis in ("documented", "whole") for site in sites)
    )
    if is_published:
        weights = weigh_holders(usable, "equity" if known == "control" else known)
        low = {owner: pair[0] for owner, pair in sorted(weights.items())}
        high = {owner: pair[1] for owner, pair in sorted(weights.items())}
        high[UNKNOWN] = max(0.0, 1 - sum(low.values()))
        low[UNKNOWN] = max(0.0, 1 - sum(pair[1] for pair in weights.values()))
    else:
        low, high = find_bounds(sites, totals, place, year)
    return Holding(
        origin, material, year, stage, known, totals, sites, published, low, high, is_published, neighbours,
        _origins_of(tables.production, outputs, sites, place, year), too_much,
    )  # fmt: skip


def _explain_excess(sites: Sequence[Site], total_t: float, year: int) -> str:
    """Say which outputs of neighbour years, with those of the year, exceed what the country made; "" if none do."""
    made = [site for site in sites if site.low_t > 0]
    if sum(site.low_t for site in made) <= total_t:
        return ""
    named = [
        f"{site.facility} {site.low_t:,.0f} t in {site.figure_year}"
        for site in made
        if site.basis == "neighbour"
    ]
    return f"{', '.join(named)} would exceed the {total_t:,.0f} t of the country in {year}"


def _origins_of(
    production: Sequence[Row],
    outputs: Sequence[Row],
    sites: Sequence[Site],
    place: Mapping[str, str],
    year: int,
) -> tuple[str, ...]:
    """Name the origins of national totals and of the sites' rows."""
    national = [row for row in outputs if row["quantity_kind"] == NATIONAL]
    used = [row for row in (*production, *national) if _is_at(row, place) and int(str(row["year"])) == year]
    return tuple(
        sorted({str(row["source_id"]) for row in used} | {i for site in sites for i in site.source_ids})
    )


def owner_shares(
    tables: OwnerTables, material: str, year: int, rule: str, *, stage: str = "extraction",
    origins: Sequence[str] | None = None,
) -> xr.Dataset:  # fmt: skip
    """
    Matrix of owner countries by country of extraction or processing, to multiply traced shares with.

    Parameters
    ----------
    tables : OwnerTables
        Rows of ownership, facility_output and production.
    material, year, stage
        What is produced, and when.
    rule : str
        control, equity or offtake.
    origins : sequence of str, optional
        Countries of production; all that have a figure by default. One without a figure or a listed owner is wholly
        `unknown`: every owner may have 0 to all of it.

    Returns
    -------
    Dataset, dims (origin, owner)
        `share` [share, 0..1]: what sites are known to make, in the year or the one before or after, and `unknown` for
        the rest; every row sums to one. `low` and `high`
        [share]: bounds of each owner. `value` [share]: the single figure where low equals high and nothing that is
        unknown may be the owner's, else NaN: no single figure can be had. With shares t of origins, an owner has
        between t @ low and t @ high of the supply.

    Raises
    ------
    DataError
        As `build_holding`; or if no country has an output on record.

    Examples
    --------
    >>> owner_shares(OwnerTables([], [], []), "cobalt", 2024, "equity", origins=["COD"]).share.values.tolist()
    [[1.0]]
    """
    check_rule(rule)
    producing = {
        str(row["country"])
        for row in tables.production
        if _is_at(row, {"material": material, "stage": stage}) and int(str(row["year"])) == year
        and float(str(row["production_t"])) > 0
    }  # fmt: skip
    listed = {str(row["country"]) for row in tables.ownership}
    names = tuple(origins) if origins is not None else tuple(sorted(producing))
    if not names:
        raise DataError(
            f"{material} {year}, {stage}",
            "no country has an output on record.",
            fix="choose a year or stage that `monazite data show production` has",
        )
    holdings = {
        name: build_holding(tables, name, material=material, year=year, rule=rule, stage=stage)
        for name in names
        if name in producing & listed
    }
    owners = [*sorted({owner for h in holdings.values() for owner in h.low} - {UNKNOWN}), UNKNOWN]
    low = np.array([[_bound(holdings, name, owner, is_high=False) for owner in owners] for name in names])
    high = np.array([[_bound(holdings, name, owner, is_high=True) for owner in owners] for name in names])
    share = low.copy()
    share[:, -1] = 1 - low[:, :-1].sum(axis=1)
    dims = ("origin", "owner")
    is_told = (high - low)[:, -1:] <= ROUNDING
    return xr.Dataset(
        {
            "share": (dims, share), "low": (dims, low), "high": (dims, high),
            "value": (dims, np.where((high - low <= ROUNDING) & is_told, low, np.nan)),
        },
        {"origin": list(names), "owner": owners},
        {"material": material, "year": year, "stage": stage, "rule": rule},
    )  # fmt: skip


def _bound(holdings: Mapping[str, Holding], origin: str, owner: str, *, is_high: bool) -> float:
    """A bound of one cell; where no owner of a country is listed, anybody may own all of it."""
    if origin not in holdings:
        return float(is_high)
    holding = holdings[origin]
    return (holding.high if is_high else holding.low).get(owner, 0.0)


def _is_at(row: Row, place: Mapping[str, str]) -> bool:
    return all(row[name] == value for name, value in place.items())


def _is_usable(row: Row, rule: Rule) -> bool:
    """Whether a published share of a whole country says something about the rule; equity shares nobody published."""
    if rule == "offtake":
        return row["relation"] == "offtake"
    return rule == "control" and row["relation"] == "owner"


def _totals(
    tables: OwnerTables, outputs: Sequence[Row], place: Mapping[str, str], year: int
) -> dict[str, float]:
    """National output by publisher; raises DataError where there is none."""
    found = {
        str(row["source"]): float(str(row["production_t"]))
        for row in tables.production
        if _is_at(row, place) and int(str(row["year"])) == year
    } | {
        str(row["source"]): float(str(row["high_t"]))
        for row in outputs
        if row["quantity_kind"] == NATIONAL and int(str(row["year"])) == year
    }
    totals = {source: tonnes for source, tonnes in found.items() if tonnes > 0}
    if not totals:
        raise DataError(
            f"{place['material']} {year}, {place['stage']}",
            f"no output of {place['country']} is on record.",
            expected="a row of production, or a national_total of facility_output",
            fix="choose a year or country that `monazite data show production` has",
        )
    return totals
