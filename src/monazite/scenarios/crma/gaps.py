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
    table = read_curated("crma_gaps")
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for material, stage, code, goods in zip(
        table["material"], table["stage"], table["product_code"], table["goods"], strict=True
    ):
        key = str(material), str(stage)
        found[key] = (*found.get(key, ()), f"{code} ({goods})")
    return found


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
