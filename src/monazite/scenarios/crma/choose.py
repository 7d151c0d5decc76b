"""Which reading answers: the newest data that answer at all, our chain first; else an indication, else none."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from monazite.errors import DataError
from monazite.scenarios.crma.chains import RegionChain, read_chain
from monazite.scenarios.crma.entries import Entry
from monazite.scenarios.crma.official import read_sourcing, read_world
from monazite.scenarios.crma.readings import ROUNDING, Reading
from monazite.snapshot import Snapshot
from monazite.vocabulary import materials, resolve_region

UNION = "EU27"
OUTSIDE = (
    "the Act speaks of the Union's consumption; ask for EU27, or for the analytic readings of this region"
)
RARE_EARTHS = "rare_earths"
OF_GROUP = "the entry names seven elements, and the group holds others as well"
CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Asked:
    """
    What is asked of every entry: the release, the region with its members, the years.

    `chains` holds the chain of each material, or the text of why there is none; `year` is the one asked for, `last` the
    last one with data up to it, which the chains are of.
    """

    data: Snapshot
    region: str
    members: tuple[str, ...]
    year: int
    last: int
    chains: Mapping[str, RegionChain | str]

    @property
    def is_union(self) -> bool:
        """Whether the region is the Union of the Act."""
        return set(self.members) == set(resolve_region(UNION, self.year))


def choose_reading(asked: Asked, entry: Entry, by: str) -> tuple[Reading | None, str]:
    """
    Choose the reading that answers for an entry, one way, and say why no better one does.

    The order is fixed, and no verdict is looked at: older data never take the place of newer that leave doubt.

    Parameters
    ----------
    asked : Asked
        The release, the region and the chains.
    entry : Entry
        Material and stage.
    by : str
        act, imports, territory or control.

    Returns
    -------
    tuple of Reading or None, and str
        The first of chain, official sourcing, world supply and, for one element, its group that bounds a share and is
        more than an indication, with what the next says as its `older`; else the first that tells anything, a share
        before bounds; the reasons of those before.

    Examples
    --------
    Nobody records trade in neodymium by name; the EU study prints that China has 85 % of what the Union sources.
    """
    if by == "act" and not asked.is_union:
        return None, OUTSIDE
    readings: list[Reading] = []
    reasons: list[str] = []
    ways = _list_ways(asked, entry, by)
    for place, read in enumerate(ways):
        try:
            reading = read()
        except DataError as error:
            reasons.append(_shorten(error))
            continue
        if _is_answer(reading):
            reading = replace(_tell_others(reading, readings), older=_find_older(reading, ways[place + 1 :]))
            return reading, "; ".join(dict.fromkeys(reasons))
        readings.append(reading)
    if not readings:
        return None, "; ".join(dict.fromkeys(reasons))
    readings.sort(key=lambda reading: (math.isnan(reading.leader()[1].mid), _rank(reading, entry)))
    return readings[0], "; ".join(dict.fromkeys(reasons))


def _list_ways(asked: Asked, entry: Entry, by: str) -> Sequence[Callable[[], Reading]]:
    names = {"material": entry.material, "stage": entry.stage, "by": by}

    def sourcing() -> Reading:
        region = UNION if asked.is_union else asked.region
        return read_sourcing(asked.data, **names, region=region, members=asked.members, year=asked.year)

    def world() -> Reading:
        return read_world(asked.data, **names, members=asked.members, year=asked.year)

    ways: list[Callable[[], Reading]] = [sourcing, world]
    if is_element(entry.material):
        return [*ways, lambda: _read_group(asked, entry, by)]
    if entry.role == "group" and by == "act":
        return [lambda: _indicate(_read_own(asked, entry.material, entry.stage, by)), *ways]
    return [lambda: _read_own(asked, entry.material, entry.stage, by), *ways]


def is_element(material: str) -> bool:
    """
    Whether a material is a rare-earth element, which nobody trades by name.

    Examples
    --------
    >>> is_element("neodymium"), is_element("rare_earths"), is_element("platinum")
    (True, False, False)
    """
    return materials()[material].parent == RARE_EARTHS


def _read_own(asked: Asked, material: str, stage: str, by: str) -> Reading:
    chain = asked.chains[material]
    if isinstance(chain, str):
        raise DataError(material, chain)
    return read_chain(asked.data, chain, stage, by)


def _read_group(asked: Asked, entry: Entry, by: str) -> Reading:
    """Read the rare earths together; no verdict on one element follows from them."""
    reading = _read_own(asked, RARE_EARTHS, entry.stage, by)
    note = (
        f"all rare earths together: nobody records trade in {entry.material} by name, and no citable analysis splits "
        "the output of every country into elements"
    )
    return replace(reading, is_indication=True, basis="group", notes=(note, *reading.notes))


def _indicate(reading: Reading) -> Reading:
    """Show what a group has; the Act asks about its elements."""
    return replace(reading, is_indication=True, notes=(OF_GROUP, *reading.notes))


def _is_answer(reading: Reading) -> bool:
    """Whether a reading is about what is asked, and says more than that a share lies between nothing and all."""
    _, share = reading.leader()
    return not reading.is_indication and share.high - share.low < 1 - ROUNDING


def _find_older(reading: Reading, ways: Sequence[Callable[[], Reading]]) -> Reading | None:
    """Read what the next source says beside a reading of our own data."""
    if reading.draws is None and reading.basis != "gross weight":
        return None
    for read in ways:
        try:
            return read()
        except DataError:
            continue
    return None


def _rank(reading: Reading, entry: Entry) -> int:
    """Order indications: a group before the study for an element, the chain before the rest for other materials."""
    order = ("chain", "chain, estimated contents", "group", "EU sourcing", "imports, as a bound", "gross weight",
             "world supply")  # fmt: skip
    return order.index(reading.basis)


def _tell_others(reading: Reading, before: Sequence[Reading]) -> Reading:
    """Note what a reading that could not settle it says of the leader."""
    told = []
    for other in before:
        name, share = other.leader()
        ends = f"{100 * share.low:.0f} to {100 * share.high:.0f} %"
        told.append(f"{other.basis} {other.vintage}: {name} {ends}")
    return replace(reading, notes=(*reading.notes, *told)) if told else reading


def _shorten(error: DataError) -> str:
    """Keep what is wrong; the record says where."""
    return error.what.rstrip(".")
