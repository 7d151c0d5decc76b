"""How the content of a product is estimated that no source gives: which methods, in which order, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from monazite.vocabulary.editions import base_codes
from monazite.vocabulary.products import Product
from monazite.vocabulary.tables import read_table


@dataclass(frozen=True)
class ContentMethod:
    """
    How to estimate the content of one product.

    `methods` are tried in their order: `mass` (production over gross exports), `value` (unit value against that of
    exporters of known content) and `price` (unit value over the price of `price_form`); `reason` says why these.
    """

    methods: tuple[str, ...]
    price_form: str
    reason: str


@cache
def content_methods() -> Mapping[tuple[str, str], ContentMethod]:
    """List the methods by product code and material."""
    return MappingProxyType(
        {
            (row["product_code"], row["material"]): ContentMethod(
                tuple(row["methods"].split(";")), row["price_form"], row["reason"]
            )
            for row in read_table("content_methods")
        }
    )


def content_method(product: Product) -> ContentMethod:
    """
    Find the methods for a product of any edition; none where the table has no row.

    Examples
    --------
    >>> from monazite.vocabulary.editions import edition_products
    >>> content_method(edition_products("hs22", "copper", "extraction")[0]).methods
    ('mass', 'value')
    """
    for code in (product.product_code, *base_codes(product)):
        found = content_methods().get((code, product.material))
        if found is not None:
            return found
    return ContentMethod((), "", "no method is laid down")
