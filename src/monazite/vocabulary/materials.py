"""Materials and stages: what is balanced, and where in its supply chain."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from monazite.errors import DataError, nearest_names
from monazite.vocabulary.countries import EXPECTED_COUNTRY, country_names, resolve_country
from monazite.vocabulary.groups import EXPECTED_REGION, region_name, region_names
from monazite.vocabulary.tables import fold, read_table, unknown_words

EXPECTED_MATERIAL = "a material of docs/reference/nomenclature.md, such as rare_earths or cobalt"
STAGES = ("extraction", "processing", "manufacturing", "use", "collection", "recycling")
"""The stages of a supply chain in the order in which material passes them (stages.csv)."""


@dataclass(frozen=True)
class Material:
    """
    One material: what we count, and its place in Regulation (EU) 2024/1252.

    `contained_as` says what a tonne is a tonne of (`REO`, `Co`, `B2O3`); for a mineral that statistics count
    by its weight it is the name of the mineral. `annex_i` and `annex_ii` are the letters of its entries.
    """

    material: str
    name: str
    symbol: str
    contained_as: str
    parent: str
    annex_i: str
    annex_ii: str
    scope: str
    source: str

    @property
    def is_strategic(self) -> bool:
        """Tell whether the material is in Annex I, Section 1, within the limits of `scope`."""
        return bool(self.annex_i)

    @property
    def is_critical(self) -> bool:
        """Tell whether the material is in Annex II, Section 1, within the limits of `scope`."""
        return bool(self.annex_ii)


@cache
def materials() -> Mapping[str, Material]:
    """List all materials by their id, sorted."""
    columns = tuple(Material.__dataclass_fields__)
    rows = (Material(**{column: row[column] for column in columns}) for row in read_table("materials"))
    return MappingProxyType({row.material: row for row in rows})


@cache
def material_words() -> Mapping[str, str]:
    """Map every accepted word, folded, to the id of its material; chemical symbols are not accepted."""
    words = {}
    for row in read_table("materials"):
        for word in (row["material"], row["name"], *row["aliases"].split(";")):
            if word:
                words[fold(word)] = row["material"]
    return MappingProxyType(words)


def resolve_material(text: str, where: str = "material") -> str:
    """
    Find the id of a material from its id, name or alias, whatever the case.

    Raises
    ------
    DataError
        If the word is not known; the message offers the nearest names.

    Examples
    --------
    >>> resolve_material("Rare Earths (REO)"), resolve_material("graphite"), resolve_material("bauxite")
    ('rare_earths', 'natural_graphite', 'aluminium')
    """
    found = material_words().get(fold(text))
    if found is None:
        raise unknown_words(where, [text], materials(), EXPECTED_MATERIAL)
    return found


def material(text: str) -> Material:
    """
    Look up a material by any word that `resolve_material` accepts.

    Examples
    --------
    >>> material("rare_earths").contained_as, material("cobalt").is_strategic, material("zinc").is_critical
    ('REO', True, False)
    """
    return materials()[resolve_material(text)]


@cache
def stage_words() -> Mapping[str, str]:
    """Map every accepted word for a stage, folded, to the stage."""
    return MappingProxyType(
        {
            fold(word): row["stage"]
            for row in read_table("stages")
            for word in (row["stage"], *row["aliases"].split(";"))
        }
    )


def resolve_stage(text: str, where: str = "stage") -> str:
    """
    Find a stage from its name or an alias.

    Raises
    ------
    DataError
        If the word is not known.

    Examples
    --------
    >>> resolve_stage("Mining"), resolve_stage("refining")
    ('extraction', 'processing')
    """
    found = stage_words().get(fold(text))
    if found is None:
        raise unknown_words(where, [text], STAGES, f"one of {', '.join(STAGES)}")
    return found


RESOLVERS: Mapping[str, tuple[Callable[[str], str], Callable[[], Iterable[str]], str]] = MappingProxyType(
    {
        "country": (resolve_country, country_names, EXPECTED_COUNTRY),
        "region": (region_name, region_names, EXPECTED_REGION),
        "material": (resolve_material, materials, EXPECTED_MATERIAL),
        "stage": (resolve_stage, lambda: STAGES, f"one of {', '.join(STAGES)}"),
    }
)
"""Kind of word -> how to resolve one, the names to offer, and what is expected."""


def resolve_all(kind: str, texts: Iterable[str], where: str = "") -> tuple[str, ...]:
    """
    Resolve several words of one kind, and raise once with every word that is not known.

    Parameters
    ----------
    kind : {"country", "region", "material", "stage"}
        What the words name.
    texts : iterable of str
        The words.
    where : str, optional
        What the error calls the place of the words; the kind by default.

    Returns
    -------
    tuple of str
        One resolved name per word, in their order.

    Raises
    ------
    DataError
        If the kind or a word is not known.

    Examples
    --------
    >>> resolve_all("country", ["Japan", "de"])
    ('JPN', 'DEU')
    """
    if kind not in RESOLVERS:
        raise DataError("kind of word", f"{kind!r} is not known.", fix=nearest_names(kind, RESOLVERS))
    resolve, names, expected = RESOLVERS[kind]
    found, wrong = [], []
    for text in texts:
        try:
            found.append(resolve(text))
        except DataError:
            wrong.append(text)
    if wrong:
        raise unknown_words(where or kind, wrong, names(), expected)
    return tuple(found)
