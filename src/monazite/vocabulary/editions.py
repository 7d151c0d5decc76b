"""The products of any edition of the Harmonized System, derived from those of HS 1992 through the concordance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from monazite.vocabulary.concordance import check_editions, find_joint_codes, followed
from monazite.vocabulary.materials import resolve_material, resolve_stage
from monazite.vocabulary.products import Content, Product, all_products, product_content
from monazite.vocabulary.tables import read_number, read_table, read_year

BASE = "hs92"
"""The edition whose products are written down; its codes have the longest history."""


@dataclass(frozen=True)
class Mixture:
    """
    A code that holds several materials, and what is documented of its split.

    `share` is the part of one material in what one exporter shipped in one year [t per t gross]; None where
    nobody documents it: the code then stays unsplit. `share_high` bounds it from above where that is all.
    """

    product_code: str
    holds: str
    material: str
    exporter: str
    year: int | None
    share: float | None
    share_high: float | None
    basis: str
    source: str


@cache
def mixtures() -> tuple[Mixture, ...]:
    """List the codes that mix materials, with every documented split."""
    return tuple(
        Mixture(
            product_code=row["product_code"],
            holds=row["holds"],
            material=row["material"],
            exporter=row["exporter"],
            year=read_year(row["year"]),
            share=read_number(row["share"]),
            share_high=read_number(row["share_high"]),
            basis=row["basis"],
            source=row["source"],
        )
        for row in read_table("mixtures")
    )


@cache
def is_mixed(product_code: str) -> bool:
    """
    Tell whether a code, or a code of an older edition that went into it, mixes materials.

    Examples
    --------
    >>> is_mixed("hs22:811292"), is_mixed("hs12:284690"), is_mixed("hs22:810420")
    (True, True, False)
    """
    known = {mixture.product_code for mixture in mixtures()}
    ways = followed().get((product_code, -1), ())
    return product_code in known or any(is_mixed(branch.old) for branch in ways)


def mixed_share(product_code: str, material: str, exporter: str, year: int) -> float | None:
    """
    Find the documented share of a material in what a country shipped under a mixed code.

    Returns
    -------
    float or None
        [t material per t gross, 0 to 1] None where no split is documented for that code, exporter and year.

    Examples
    --------
    China shipped 94.4 t of gallium in 2022, and 930.6 t under the code.

    >>> mixed_share("hs22:811292", "gallium", "CHN", 2022), mixed_share("hs22:811292", "gallium", "CHN", 2021)
    (0.1014, None)
    """
    for entry in mixtures():
        if (entry.product_code, entry.material, entry.exporter, entry.year) == (
            product_code,
            material,
            exporter,
            year,
        ):
            return entry.share
    return None


def edition_products(edition: str, material: str, stage: str | None = None) -> tuple[Product, ...]:
    """
    List the products of a material in one edition.

    Parameters
    ----------
    edition : str
        Edition of the Harmonized System, such as "hs17".
    material : str
        Id or name of the material.
    stage : str, optional
        One stage; all by default.

    Returns
    -------
    tuple of Product
        Sorted by code. Those written in the vocabulary for this edition are as written there; the others are the
        products of HS 1992 under the codes that took them over. Where a newer code separates waste, scrap or
        articles, these have their own stage. A code that took in other things too has no content factor.

    Raises
    ------
    DataError
        If the edition, the material or the stage is unknown.

    Examples
    --------
    >>> [(p.product_code, p.stage) for p in edition_products("hs17", "cobalt") if p.code > 800_000]
    [('hs17:810520', 'processing'), ('hs17:810530', 'recycling')]
    """
    check_editions([edition])
    wanted = resolve_material(material)
    at = None if stage is None else resolve_stage(stage)
    found = _derive(edition, wanted)
    return tuple(product for product in found if at in (None, product.stage))


def content_of(product: Product, exporter: str | None = None) -> Content:
    """
    Find how much material is in a product of any edition, for one exporter where that matters.

    Examples
    --------
    The content of Indonesian nickel ore is known for the code of HS 1992, and holds for its heirs.

    >>> content_of(edition_products("hs22", "nickel", "extraction")[0], "IDN").factor
    0.0113
    """
    for base in (product.product_code, *base_codes(product)):
        if any((p.product_code, p.material) == (base, product.material) for p in all_products()):
            return product_content(base, product.material, exporter)
    return product.content


def base_codes(product: Product) -> tuple[str, ...]:
    """List the code of HS 1992 if a derived product is that product and nothing else."""
    codes = find_joint_codes(product.product_code, BASE)
    return codes if len(codes) == 1 else ()


@cache
def _derive(edition: str, material: str) -> tuple[Product, ...]:
    written = [p for p in all_products() if p.material == material and p.edition == edition]
    taken = {product.product_code for product in written}
    if edition == BASE:
        return tuple(written)
    heirs: dict[tuple[str, str], list[tuple[Product, str]]] = {}
    for base in (p for p in all_products() if p.material == material and p.edition == BASE):
        for code, at, form in _follow(base, edition):
            if code not in taken:
                heirs.setdefault((code, at), []).append((base, form))
    derived = [_merge(code, at, pairs) for (code, at), pairs in heirs.items()]
    return tuple(sorted([*written, *derived], key=lambda product: (product.product_code, product.stage)))


def _follow(base: Product, edition: str) -> list[tuple[str, str, str]]:
    """Walk from a product of HS 1992 to an edition on the branches that its material took: code, stage, form."""
    here = [(base.product_code, base.stage, base.form)]
    while here and not here[0][0].startswith(f"{edition}:"):
        here = list(dict.fromkeys(
            (branch.new, branch.stage or stage, branch.form or form)
            for code, stage, form in here
            for branch in followed().get((code, 1), ())
            if not branch.materials or base.material in branch.materials
        ))  # fmt: skip
    return here


def _merge(code: str, stage: str, heirs: Sequence[tuple[Product, str]]) -> Product:
    """Describe the heir of one or more products of HS 1992, each with the form that went there."""
    bases = [base for base, _ in heirs]
    others = ", ".join(sorted(set(find_joint_codes(code, BASE)) - {base.product_code for base in bases}))
    first = bases[0]
    contents = {(base.content.factor, base.content.low, base.content.high) for base in bases}
    content = first.content
    if others or len(contents) > 1:
        mixed = f"what was {others}" if others else "products of different content"
        content = Content(None, None, None, f"unknown: the code holds {mixed} too", first.content.source)
    is_same = code.partition(":")[2] == first.product_code.partition(":")[2]
    words = [base.what_else for base, form in heirs if form == base.form] + (
        [f"what was {others}"] if others else []
    )
    return replace(
        first,
        product_code=code,
        stage=stage,
        form="; ".join(dict.fromkeys(form for _, form in heirs)),
        content=content,
        what_else="; ".join(dict.fromkeys(filter(None, words))),
        valid_from=first.valid_from if is_same else None,
        valid_to=first.valid_to if is_same else None,
    )
