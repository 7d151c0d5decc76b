"""Products of the Harmonized System: what material they are, at what stage, and how much they hold of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from monazite.errors import DataError
from monazite.vocabulary.materials import resolve_material, resolve_stage
from monazite.vocabulary.tables import read_number, read_table, read_year


@dataclass(frozen=True)
class Content:
    """
    How much material is in a product. [t contained per t gross]

    `factor` is None where no figure can be cited; `low` and `high` are then what the wording of the code or
    chemistry still says, or None. `basis` says how the factor was found.
    """

    factor: float | None
    low: float | None
    high: float | None
    basis: str
    source: str


@dataclass(frozen=True)
class Product:
    """
    One product code as a form of one material at one stage.

    A code that holds several materials has one product per material. `valid_to` is the last year in which
    trade under the code is evidence; None means that the code is still in use.
    """

    product_code: str
    material: str
    stage: str
    form: str
    content: Content
    what_else: str
    valid_from: int | None
    valid_to: int | None

    @property
    def edition(self) -> str:
        """Name the edition of the Harmonized System (`hs92`)."""
        return self.product_code.partition(":")[0]

    @property
    def code(self) -> int:
        """Give the six-digit code as a number (284690)."""
        return int(self.product_code.partition(":")[2])


def read_content(row: Mapping[str, str]) -> Content:
    """Read the content columns of a row."""
    factor, low, high = (read_number(row[f"content_{name}"]) for name in ("factor", "low", "high"))
    return Content(factor, low, high, basis=row["content_basis"], source=row["source"])


@cache
def all_products() -> tuple[Product, ...]:
    """List every product, sorted by code and material."""
    return tuple(
        Product(
            product_code=row["product_code"],
            material=row["material"],
            stage=row["stage"],
            form=row["form"],
            content=read_content(row),
            what_else=row["what_else"],
            valid_from=read_year(row["valid_from"]),
            valid_to=read_year(row["valid_to"]),
        )
        for row in read_table("products")
    )


def products(material: str, stage: str | None = None) -> tuple[Product, ...]:
    """
    List the products of a material, at one stage or at all.

    An empty answer means that no product code is mapped; it is not an error.

    Raises
    ------
    DataError
        If the material or the stage is not known.

    Examples
    --------
    >>> [product.product_code for product in products("rare_earths", "processing")]
    ['hs92:280530', 'hs92:284610', 'hs92:284690']
    """
    wanted = resolve_material(material)
    at = None if stage is None else resolve_stage(stage)
    return tuple(p for p in all_products() if p.material == wanted and at in (None, p.stage))


@cache
def contents_by_exporter() -> Mapping[tuple[str, str, str], Content]:
    """List the contents that hold for one exporter, by product code, material and exporter."""
    return MappingProxyType(
        {
            (row["product_code"], row["material"], row["exporter"]): read_content(row)
            for row in read_table("content_by_exporter")
        }
    )


def product_content(product_code: str, material: str, exporter: str | None = None) -> Content:
    """
    Find how much of a material a product holds, for one exporter where that matters.

    Parameters
    ----------
    product_code : str
        Code with its edition (`hs92:260400`).
    material : str
        Id of the material.
    exporter : str, optional
        ISO3. Two products share the code of nickel ore: laterite ore and sulphide concentrate.

    Returns
    -------
    Content
        That of the exporter if there is one, else that of the code. Its factor is None where unknown.

    Raises
    ------
    DataError
        If the code is not mapped to the material.

    Examples
    --------
    >>> product_content("hs92:260400", "nickel", "IDN").factor
    0.0113
    >>> product_content("hs92:260400", "nickel", "CHN").factor is None
    True
    """
    special = contents_by_exporter().get((product_code, material, exporter or ""))
    if special is not None:
        return special
    for product in all_products():
        if (product.product_code, product.material) == (product_code, material):
            return product.content
    known = [product.product_code for product in products(material)]
    raise DataError(
        "product code",
        f"{product_code} is not mapped to {material}.",
        expected=f"one of {', '.join(known)}" if known else f"a code of {material}; none is mapped yet",
        fix="add the code to src/monazite/vocabulary/products.csv, with its source",
    )
