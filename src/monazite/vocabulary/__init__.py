"""The words and codes of the field."""

from monazite.vocabulary.countries import (
    BaciCode,
    Country,
    baci_codes,
    countries,
    country_from_baci,
    country_name,
    resolve_country,
)
from monazite.vocabulary.groups import group_members, groups, region_name, resolve_region
from monazite.vocabulary.years import resolve_years

__all__ = [
    "BaciCode",
    "Country",
    "baci_codes",
    "countries",
    "country_from_baci",
    "country_name",
    "group_members",
    "groups",
    "region_name",
    "resolve_country",
    "resolve_region",
    "resolve_years",
]
