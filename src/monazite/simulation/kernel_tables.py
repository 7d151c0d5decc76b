"""
Tables that the compiled kernel reads.

Lanes that can ever carry goods are sorted by buyer: first those that no rule touches (plain), then the touched ones.
Plain lanes hold two figures, touched ones seven; see docs/decisions/0016-kernel-layout.md.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monazite.simulation.market import Array, Market
from monazite.simulation.rules import Rules

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]
NONE = -1
"""Stands for a series that a rule does not have."""
CAPACITY, GROWTH, COVER, USE, RELEASED, WANTED, ADDED, ENTERED = range(8)
"""What rules say about a country: places in `Countries.rows`."""
COUNTRY_TERMS = ("capacity", "growth", "cover", "use", "released", "wanted", "added", "entered")
"""Their names, in that order."""
NEUTRAL = (1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
"""What each is where no rule says anything."""


class Lanes(NamedTuple):
    """Lanes that can ever carry goods; a touched lane has a number of its own as well."""

    start: Integers  # first lane of each buyer, dims (country + 1,)
    middle: Integers  # its first touched lane, dims (country,)
    first: Integers  # number of that among the touched, dims (country + 1,)
    seller: Integers  # dims (lane,)
    trade: Array
    habit: Array
    lane: Integers  # dims (touched lane,)
    source: Integers  # its seller
    buyer: Integers
    pattern: Integers  # which rules touch it
    flow: Array  # its baseline trade
    link_start: Integers  # partners of each country on plain lanes, both ways, dims (country + 1,)
    link_partner: Integers
    link_trade: Array


class Countries(NamedTuple):
    """The baseline, dims (country,), and where the terms of a country stand."""

    use: Array
    own_share: Array
    production_share: Array
    capacity: Array
    throughput: Array
    imports: Array
    linked: Array  # sum of its plain links
    rows: Integers  # row of `Terms.pool` of each of `COUNTRY_TERMS`, dims (term, country)
    is_taxed: Flags
    is_capped: Flags
    leaks: Flags  # whether one of its own lanes is touched


class QuotaTable(NamedTuple):
    """Quotas; `inside` says which patterns each touches."""

    inside: Flags  # dims (pattern, quota)
    any_inside: Flags  # dims (pattern,)
    split: Array  # share of each destination, dims (quota, country); NONE = by orders


class Switches(NamedTuple):
    """Kinds of rules that a run has."""

    duties: bool
    caps: bool
    queue: bool
    late: bool
    new: bool
    cover: bool
    home_first: bool = False
    panic: bool = False
    chain: bool = False


class Problem(NamedTuple):
    """What all blocks of a run share."""

    market: Market
    lanes: Lanes
    countries: Countries
    patterns: list[Flags]
    quotas: QuotaTable
    switches: Switches


def find_patterns(rules: Rules, sellers: Integers, buyers: Integers) -> tuple[list[Flags], Integers]:
    """
    Sort lanes by the rules that touch them.

    Returns
    -------
    list of array, dims (pattern, rule)
        For lane rules, quotas, duties, caps, cuts and leaks: whether each pattern is touched. Pattern 0 is not.
    array, dims (lane,)
        Pattern of each lane.
    """
    families = (rules.lanes, rules.duties, rules.caps, rules.cuts, rules.leaks)
    touched = [[rule.lanes[sellers, buyers] for rule in family] for family in families]
    touched.insert(1, [rule.destinations[buyers] & (sellers == rule.exporter) for rule in rules.quotas])
    columns = [column for family in touched for column in family]
    table = np.array(columns, bool).T if columns else np.zeros((len(sellers), 0), bool)
    table = np.vstack([np.zeros((1, len(columns)), bool), table])
    unique, place = np.unique(table, axis=0, return_inverse=True)
    place = place.reshape(-1)
    ends = np.cumsum([len(family) for family in touched])
    parts = [unique[:, end - len(family) : end] for family, end in zip(touched, ends, strict=True)]
    return [np.array(part, order="C") for part in parts], place[1:].astype(np.int64)


def build_problem(market: Market, rules: Rules, more: Flags) -> Problem:
    """
    Find lanes, patterns and switches of a run.

    `more` marks lanes that the state at the start makes touched ones (goods that leak or wait), dims (exporter,
    importer).
    """
    size = len(market.countries)
    buyers, sellers = (part.astype(np.int64) for part in np.nonzero(find_possible(market, rules).T))
    flags, pattern = find_patterns(rules, sellers, buyers)
    is_taxed, is_capped = (mark(size, buyers, np.any(flags[n], axis=1)[pattern]) for n in (2, 3))
    is_touched = (pattern > 0) | is_capped[buyers] | more[sellers, buyers]
    order = np.lexsort((sellers, is_touched, buyers))
    lanes = lay_lanes(market, sellers[order], buyers[order], pattern[order], is_touched[order])
    linked = np.zeros(size)
    np.add.at(linked, np.repeat(np.arange(size), np.diff(lanes.link_start)), lanes.link_trade)
    countries = Countries(
        use=market.use,
        own_share=market.own_share,
        production_share=np.asarray(market.production_share),
        capacity=np.array(market.capacity, float),
        throughput=market.throughput,
        imports=market.imports,
        linked=linked,
        rows=find_rows(rules, size),
        is_taxed=is_taxed,
        is_capped=is_capped,
        leaks=mark(size, sellers, is_touched),
    )
    switches = Switches(
        bool(rules.duties),
        bool(rules.caps),
        rules.has_queue,
        rules.has_detour,
        rules.has_new_supply,
        any(rule.what == "cover" for rule in rules.countries),
    )
    return Problem(market, lanes, countries, flags, build_quotas(rules, flags[1], size), switches)


def mark(size: int, places: Integers, chosen: Flags) -> Flags:
    """
    Mark the places of what is chosen.

    Examples
    --------
    >>> mark(3, np.array([0, 0, 2]), np.array([False, True, False])).tolist()
    [True, False, False]
    """
    found = np.zeros(size, bool)
    found[places[chosen]] = True
    return found


def find_possible(market: Market, rules: Rules) -> Flags:
    """Find the lanes that can ever carry goods: sellers who can have some, buyers who import in the baseline."""
    can_sell = (market.throughput > 0) | (market.capacity > 0) | (rules.public_stock > 0)
    can_sell[rules.new_places] = True
    possible: Flags = (can_sell[:, None] & (market.imports > 0)[None, :]) | (market.trade > 0)
    return possible & market.lanes


def lay_lanes(
    market: Market, sellers: Integers, buyers: Integers, pattern: Integers, touched: Flags
) -> Lanes:
    """Lay sorted lanes out, and the links of plain lanes both ways."""
    size = len(market.countries)
    every = np.arange(size + 1)
    start = np.searchsorted(buyers, every).astype(np.int64)
    lane = np.flatnonzero(touched).astype(np.int64)
    first = np.searchsorted(buyers[lane], every).astype(np.int64)
    trade = market.trade[sellers, buyers]
    plain = np.zeros((size, size))
    chosen = ~touched
    plain[sellers[chosen], buyers[chosen]] = trade[chosen]
    plain = plain + plain.T
    here, there = (part.astype(np.int64) for part in np.nonzero(plain))
    return Lanes(
        start=start,
        middle=start[1:] - np.diff(first),
        first=first,
        seller=sellers,
        trade=trade,
        habit=market.habit[sellers, buyers],
        lane=lane,
        source=sellers[lane],
        buyer=buyers[lane],
        pattern=pattern[lane],
        flow=trade[lane],
        link_start=np.searchsorted(here, every).astype(np.int64),
        link_partner=there,
        link_trade=plain[here, there],
    )


def find_rows(rules: Rules, size: int) -> Integers:
    """
    Row of the pool in which each term of each country stands, dims (term, country).

    Row 0 is all ones and row 1 all zeros, so that countries without a rule share them.
    """
    rows = np.array([0 if value == 1.0 else 1 for value in NEUTRAL], np.int64)[:, None].repeat(size, axis=1)
    following = 2
    for term, places in enumerate(list_places(rules, size)):
        rows[term, places] = following + np.arange(len(places))
        following += len(places)
    return rows


def list_places(rules: Rules, size: int) -> list[Integers]:
    """List the countries that have a row of their own, by term; new supply changes the shares of all."""
    kinds = {"released": ("release",), "wanted": ("build",)}
    found: list[Integers] = []
    for name in COUNTRY_TERMS:
        if name in {"added", "entered"}:
            found.append(np.arange(size) if rules.has_new_supply else np.zeros(0, np.int64))
        else:
            wanted = kinds.get(name, (name,))
            places = [rule.places for rule in rules.countries if rule.what in wanted]
            found.append(np.unique(np.concatenate(places)) if places else np.zeros(0, np.int64))
    return found


def build_quotas(rules: Rules, inside: Flags, countries: int) -> QuotaTable:
    """Lay the quotas out."""
    none = np.full(countries, float(NONE))
    split = [none if rule.split is None else rule.split for rule in rules.quotas]
    return QuotaTable(
        inside=inside,
        any_inside=np.asarray(inside.any(axis=1)),
        split=np.array(split, float).reshape(len(rules.quotas), countries),
    )
