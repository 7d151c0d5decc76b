"""What our trade lacks of a strategic material, so that its consumption is known only in part."""

from functools import lru_cache

from monazite.sources.curated import read_curated


@lru_cache(maxsize=1)
def read_gaps() -> dict[tuple[str, str], tuple[str, ...]]:
    """
    Read the table `crma_gaps`: by material and stage the codes that our trade lacks, each with its goods.

    Examples
    --------
    >>> read_gaps()["aluminium", "processing"]
    ('760120 (unwrought aluminium alloys)',)
    """
    return _read("yes", "no")


def name_gaps(material: str, stage: str) -> str:
    """
    Say in a sentence which goods of a stage our trade lacks; empty where it lacks none.

    Examples
    --------
    >>> name_gaps("aluminium", "processing")
    'trade is known only in part: our data lack 760120 (unwrought aluminium alloys)'
    >>> name_gaps("bismuth", "processing")
    ''
    """
    lacking = read_gaps().get((material, stage), ())
    return f"trade is known only in part: our data lack {', '.join(lacking)}" if lacking else ""


def name_main_gap(material: str, stage: str) -> str:
    """
    Say which goods our trade lacks where they are most of it, so that the rest tells nothing; else empty.

    Examples
    --------
    >>> name_main_gap("boron", "processing")[:53], name_main_gap("aluminium", "processing")
    ('most of the trade is not in our data: 281000 (oxides ', '')
    """
    lacking = _read("yes").get((material, stage), ())
    return f"most of the trade is not in our data: {', '.join(lacking)}" if lacking else ""


def _read(*words: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Read the rows whose goods are most of the trade (yes) or not (no)."""
    table = read_curated("crma_gaps")
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in zip(
        *(table[name] for name in ("material", "stage", "product_code", "goods", "is_most")), strict=True
    ):
        material, stage, code, goods, is_most = map(str, row)
        if is_most in words:
            found[material, stage] = (*found.get((material, stage), ()), f"{code} ({goods})")
    return found
