"""Codes of one edition of the Harmonized System in another: the tables of the UN Statistics Division, step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from monazite.errors import DataError
from monazite.vocabulary.tables import read_number, read_table, unknown_words

EDITIONS = ("hs92", "hs96", "hs02", "hs07", "hs12", "hs17", "hs22")
"""Editions of the Harmonized System, oldest first."""


@dataclass(frozen=True)
class Branch:
    """
    One line of a table between two neighbouring editions, written from the older code to the newer.

    `relation` counts codes old:new, as UNSD does for the codes that hang together. `share` is the part of the
    older code that went this way; None where nobody publishes it. `materials` are those that went this way (all
    if empty), `stage` and `form` are theirs since then (as before if empty). A branch that is not followed leads
    to a code from which no material can be told; `note` says why.
    """

    old: str
    new: str
    relation: str
    share: float | None
    is_followed: bool
    materials: tuple[str, ...]
    stage: str
    form: str
    note: str
    source: str


@cache
def branches() -> tuple[Branch, ...]:
    """List every line of the concordance, in the order of its file."""
    return tuple(
        Branch(
            old=f"{row['edition_from']}:{row['code_from']}",
            new=f"{row['edition_to']}:{row['code_to']}",
            relation=row["relation"],
            share=read_number(row["share"]),
            is_followed=row["is_followed"] == "yes",
            materials=tuple(filter(None, row["materials"].split(";"))),
            stage=row["stage"],
            form=row["form"],
            note=row["note"],
            source=row["source"],
        )
        for row in read_table("concordance")
    )


def convert_code(code: str, to_edition: str) -> tuple[tuple[str, float | None], ...]:
    r"""
    Find the codes of another edition that hold what a code holds.

    Parameters
    ----------
    code : str
        Six digits with their edition, such as "hs92:810510".
    to_edition : {"hs92", "hs96", "hs02", "hs07", "hs12", "hs17", "hs22"}
        Edition to write it in, older or newer.

    Returns
    -------
    tuple of (str, float or None)
        Codes in ascending order, each with the share of the code that it takes. [unitless, 0 < share <= 1] None
        where no split is documented: the tables name the codes and give no shares. The codes may hold other
        things besides, see `find_joint_codes`.

    Raises
    ------
    DataError
        If the edition is unknown, or the concordance does not carry the code.

    Notes
    -----
    Steps from one edition to its neighbour; along a path shares multiply, and paths that meet again add:

    .. math:: s_{ac} = \sum_b s_{ab} s_{bc}

    Branches that are not followed are left out, so shares may sum to less than one.

    References
    ----------
    .. [1] United Nations Statistics Division, "Correlation and conversion tables between editions of the HS,"
       unstats.un.org/unsd/classifications/Econ.

    Examples
    --------
    >>> convert_code("hs92:810510", "hs17")
    (('hs17:810520', None), ('hs17:810530', None))
    >>> convert_code("hs22:810610", "hs92")
    (('hs92:810600', 1.0),)
    """
    check_editions([to_edition])
    start = _check_code(code)
    goal = EDITIONS.index(to_edition)
    step = 1 if goal > start else -1
    found: dict[str, float | None] = {code: 1.0}
    for _ in range(start, goal, step):
        found = _step(found, step)
    if not found:
        raise DataError(
            code,
            f"leads to no code of {to_edition} from which a material can be told.",
            fix="src/monazite/vocabulary/concordance.csv has the reason in its note",
        )
    return tuple(sorted(found.items()))


def find_joint_codes(code: str, edition: str) -> tuple[str, ...]:
    """
    List the codes of another edition of which some or all goes into a code: the code itself may be wider.

    Examples
    --------
    >>> find_joint_codes("hs12:252800", "hs07")
    ('hs07:252810', 'hs07:252890')
    """
    return tuple(name for name, _ in convert_code(code, edition))


def check_editions(editions: Sequence[str]) -> None:
    """Raise DataError that names every edition which the concordance does not know."""
    wrong = [name for name in editions if name not in EDITIONS]
    if wrong:
        raise unknown_words("edition of the Harmonized System", wrong, EDITIONS, ", ".join(EDITIONS))


@cache
def followed() -> Mapping[tuple[str, int], tuple[Branch, ...]]:
    """List the branches that are followed, by code and direction: 1 to the newer edition, -1 to the older."""
    by_code: dict[tuple[str, int], list[Branch]] = {}
    for branch in branches():
        if branch.is_followed:
            by_code.setdefault((branch.old, 1), []).append(branch)
            by_code.setdefault((branch.new, -1), []).append(branch)
    return MappingProxyType({key: tuple(found) for key, found in by_code.items()})


def _check_code(code: str) -> int:
    """Find the place of the code's edition; raise if the concordance does not carry the code."""
    edition, _, digits = code.partition(":")
    check_editions([edition])
    if (code, 1) not in followed() and (code, -1) not in followed():
        raise DataError(
            f"code {digits} of {edition}",
            "is not in the concordance.",
            expected="six digits of a code that holds a material of ours, or shares its history with one",
            fix="add its rows of the UNSD tables to src/monazite/vocabulary/concordance.csv",
        )
    return EDITIONS.index(edition)


def _step(found: Mapping[str, float | None], step: int) -> dict[str, float | None]:
    """Go to the neighbouring edition; a share is None as soon as one part of it is not known."""
    result: dict[str, float | None] = {}
    for code, share in found.items():
        ways = followed().get((code, step), ())
        for branch in ways:
            target = branch.new if step > 0 else branch.old
            part = _part(branch, step)
            product = None if share is None or part is None else share * part
            before = result.get(target, 0.0)
            result[target] = None if product is None or before is None else before + product
    return result


def _part(branch: Branch, step: int) -> float | None:
    """
    Find the share of a code that goes a way.

    Backwards it is the whole only where the newer code has a single older one, left-out ones included.
    """
    if step > 0:
        return branch.share
    return 1.0 if len(_origins(branch.new)) == 1 else None


@cache
def _origins(code: str) -> frozenset[str]:
    return frozenset(branch.old for branch in branches() if branch.new == code)
