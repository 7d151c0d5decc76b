"""Name what a market trades: ore is not its metal, though both stand under one material."""

from monazite.errors import DataError
from monazite.vocabulary import edition_products, materials, resolve_material

EDITION = "hs92"
ORE = "ore"


def name_goods(material: str, stage: str) -> str:
    """
    Name in words what of a material is traded at a stage.

    Parameters
    ----------
    material : str
        Id of the material.
    stage : str
        Stage of the trade.

    Returns
    -------
    str
        At extraction an ore is called so, or by its own name where the vocabulary has one; everything else is called
        by the material.

    Examples
    --------
    >>> [name_goods(name, "extraction") for name in ("nickel", "aluminium", "natural_graphite")]
    ['nickel ore', 'bauxite', 'natural graphite']
    >>> name_goods("nickel", "processing")
    'nickel'
    """
    name = material.replace("_", " ")
    if stage != "extraction" or material not in materials():
        return name
    forms = [product.form.replace(",", "") for product in edition_products(EDITION, material, stage)]
    own = list(dict.fromkeys(form for form in forms if _is_name_of(form, material)))
    if len(own) == 1 and len(set(forms)) == 1:
        return own[0]
    return f"{name} {ORE}" if forms and all(ORE in form.split() for form in forms) else name


def _is_name_of(form: str, material: str) -> bool:
    """Whether a form is a word for the material itself, as bauxite for aluminium."""
    try:
        return resolve_material(form) == material
    except DataError:
        return False
