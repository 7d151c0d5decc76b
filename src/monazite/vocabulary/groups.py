"""Named groups of countries, and regions: a country or a group."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from monazite.errors import DataError
from monazite.vocabulary.countries import countries, country_names, country_words
from monazite.vocabulary.tables import fold, in_years, read_table, read_year, unknown_words

WORLD = "world"
EXPECTED_REGION = "a country (DEU, DE, Germany) or a group (EU27, EU, OECD, G7, world)"


@cache
def group_words() -> Mapping[str, str]:
    """Map every accepted word for a group, folded, to its name here."""
    words = {}
    for row in read_table("group_names"):
        for word in (row["group"], row["name"], *row["aliases"].split(";")):
            words[fold(word)] = row["group"]
    return MappingProxyType(words)


def groups() -> tuple[str, ...]:
    """List the groups."""
    return tuple(row["group"] for row in read_table("group_names"))


def group_members(group: str, year: int) -> tuple[str, ...]:
    """
    List the members of a group in a year.

    A country belongs to `EU` or `OECD` in a year if it was a member for more than half of its days, so the
    United Kingdom is in `EU` until 2019 and Croatia from 2013. `EU27` has one composition for every year,
    that since February 2020. `world` is every country, former ones included.

    Returns
    -------
    tuple of str
        ISO3, sorted.

    Raises
    ------
    DataError
        If the group is not known, or has no members in that year.

    Examples
    --------
    >>> len(group_members("EU27", 2008)), len(group_members("EU", 2008)), "GBR" in group_members("EU", 2019)
    (27, 27, True)
    >>> "GBR" in group_members("EU27", 2008), "HRV" in group_members("EU", 2008)
    (False, False)
    """
    name = group_words().get(fold(group))
    if name is None:
        raise unknown_words("group", [group], groups(), "a group of countries")
    if name == WORLD:
        return tuple(sorted(countries()))
    spans = [
        (row["iso3"], read_year(row["year_from"]), read_year(row["year_to"]))
        for row in read_table("groups")
        if row["group"] == name
    ]
    members = tuple(sorted(iso3 for iso3, first, last in spans if in_years(year, first, last)))
    if not members:
        founded = min(first for _, first, _ in spans if first is not None)
        raise DataError("group", f"{name} has no members in {year}.", expected=f"a year from {founded} on")
    return members


def region_name(text: str, where: str = "region") -> str:
    """
    Find the canonical name of a region: the ISO3 of a country or the name of a group.

    Examples
    --------
    >>> region_name("Japan"), region_name("eu-27"), region_name("global")
    ('JPN', 'EU27', 'world')
    """
    word = fold(text)
    name = country_words().get(word) or group_words().get(word)
    if name is None:
        raise unknown_words(where, [text], region_names(), EXPECTED_REGION)
    return name


@cache
def region_names() -> tuple[str, ...]:
    """List the names offered when a region is not known."""
    return (*groups(), *country_names())


def resolve_region(text: str, year: int, where: str = "region") -> tuple[str, ...]:
    """
    List the countries of a region in a year: one country, or the members of a group.

    Raises
    ------
    DataError
        If the word is neither a country nor a group; the message offers the nearest names.

    Examples
    --------
    >>> resolve_region("Japan", 2010), resolve_region("G7", 2010)
    (('JPN',), ('CAN', 'DEU', 'FRA', 'GBR', 'ITA', 'JPN', 'USA'))
    """
    name = region_name(text, where)
    return (name,) if name in countries() else group_members(name, year)
