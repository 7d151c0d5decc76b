"""Where one code holds goods of two stages: what an exporter ships under it that only mines."""

from functools import cache

from monazite.vocabulary.editions import base_codes
from monazite.vocabulary.products import Product, all_products
from monazite.vocabulary.tables import read_table


@cache
def _stages() -> dict[tuple[str, str, str], str]:
    return {
        (row["product_code"], row["material"], row["exporter"]): row["stage"]
        for row in read_table("stage_by_exporter")
    }


def stage_at(product: Product, exporter: str) -> str:
    """
    Give the stage of what an exporter ships under a code: its own for some exporters, else that of the product.

    Parameters
    ----------
    product : Product
        Of any edition; its waste and scrap keep their stage.
    exporter : str
        ISO3.

    Returns
    -------
    str
        A stage.

    Examples
    --------
    Cobalt leaves Congo as crude hydroxide, which refineries in China take in: it is traded as what is mined.

    >>> from monazite.vocabulary.editions import edition_products
    >>> oxide = edition_products("hs92", "cobalt", "processing")[0]
    >>> stage_at(oxide, "COD"), stage_at(oxide, "FIN")
    ('extraction', 'processing')
    """
    for code in (product.product_code, *base_codes(product)):
        stage = _stages().get((code, product.material, exporter))
        if stage is not None and any(
            (base.product_code, base.material, base.stage) == (code, product.material, product.stage)
            for base in all_products()
        ):
            return stage
    return product.stage


def list_moved(material: str, stage: str) -> tuple[tuple[str, str], ...]:
    """
    List exporters whose goods count at another stage than the one that their codes are of.

    Parameters
    ----------
    material, stage : str
        Of the codes.

    Returns
    -------
    tuple of (exporter, stage)
        In order of the exporters; empty for most materials.

    Examples
    --------
    >>> list_moved("cobalt", "processing"), list_moved("cobalt", "extraction")
    ((('COD', 'extraction'),), ())
    """
    found = {
        (exporter, counted)
        for (_, name, exporter), counted in _stages().items()
        if name == material and counted != stage
    }
    return tuple(sorted(found))
