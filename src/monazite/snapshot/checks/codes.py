"""Which materials a product code concerns, and what is known of its content, for the checks of trade."""

from collections.abc import Sequence
from functools import cache

from monazite.vocabulary import content_of, edition_products, materials
from monazite.vocabulary.products import contents_by_exporter

EVERY = ""
"""Exporter of a content that holds for every exporter without one of its own."""


@cache
def codes_of_edition(edition: str) -> dict[int, tuple[str, ...]]:
    """List the codes of an edition with the materials that each holds."""
    found: dict[int, set[str]] = {}
    for material in materials():
        for product in edition_products(edition, material):
            found.setdefault(product.code, set()).add(material)
    return {code: tuple(sorted(names)) for code, names in found.items()}


def materials_of(edition: str, code: int) -> tuple[str, ...]:
    """
    List the materials that a code holds; none if the vocabulary does not map it.

    Examples
    --------
    >>> materials_of("hs22", 811292)
    ('gallium', 'germanium')
    """
    return codes_of_edition(edition).get(code, ())


def list_contents(editions: Sequence[str]) -> dict[str, list[object]]:
    """
    List the content of every product by exporter, for the stages of a material where all contents are known.

    Returns
    -------
    dict of str to list
        Columns `editions`, `codes`, `exporters` (ISO3 or `EVERY`), `materials`, `stages`, `factors` [t contained
        per t gross].
    """
    rows: list[tuple[object, ...]] = []
    special = sorted({exporter for _, _, exporter in contents_by_exporter()})
    for edition in editions:
        for material in materials():
            by_stage: dict[str, list[tuple[object, ...]]] = {}
            for product in edition_products(edition, material):
                by_stage.setdefault(product.stage, []).extend(
                    (edition, product.code, exporter, material, product.stage, content_of(product, exporter).factor)
                    for exporter in (EVERY, *special)
                )  # fmt: skip
            for found in by_stage.values():
                rows += found if all(row[-1] is not None for row in found) else []
    names = ("editions", "codes", "exporters", "materials", "stages", "factors")
    columns = zip(*rows, strict=True) if rows else [() for _ in names]
    return dict(zip(names, map(list, columns), strict=True))
