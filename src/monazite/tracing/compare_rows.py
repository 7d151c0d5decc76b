"""The records of the ways side by side: China, the largest by each way, and what is unknown."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from monazite.errors import DataError
from monazite.tracing.explain import explain_between, share_of
from monazite.tracing.origins import UNKNOWN
from monazite.tracing.ways import OUTSIDE, Answer

Record = dict[str, object]
WAYS = ("partner", "extraction", "processing", "control")
ALWAYS = "CHN"
"""The country that is always shown."""


@dataclass(frozen=True)
class Compared:
    """The records of one material, year and importer, and the source_ids of what they read."""

    records: list[Record]
    sources: frozenset[str]


@dataclass(frozen=True)
class Ways:
    """The ways that can be told, and the reasons why others cannot."""

    told: Mapping[str, Answer]
    reasons: Mapping[str, str]


def build_rows(
    labels: Record,
    ways: Ways,
    members: Sequence[str],
    label: Callable[[str], Record],
    explain: Callable[[str, str], str],
) -> Compared:
    """
    List the four ways of China, of the largest country by each, and of `unknown`.

    Parameters
    ----------
    labels : record
        Of all rows.
    ways : Ways
        The answers.
    members : sequence of str
        Countries of the importer, which are not suppliers.
    label : function of way
        Labels of one way, `source_ids` among them.
    explain : function of way and country
        Why a share differs from that by partner; "" where it does not.

    Returns
    -------
    Compared
        Four records per country. Where nothing can be told there is no `unknown`.

    Examples
    --------
    Rare earths of the European Union: four records of China, the largest by every way, and four of `unknown`.
    """
    rows: list[Record] = []
    countries = dict.fromkeys([ALWAYS, *_leaders(ways.told, members), *([UNKNOWN] if ways.told else [])])
    for country in countries:
        for way in WAYS:
            own = labels | label(way)
            if way not in ways.told:
                rows.append(untold(labels | {"country": country}, way, ways.reasons[way]))
                continue
            note = (
                ""
                if country == UNKNOWN
                else _join(explain(way, country), *explain_between(ways.told, way, country))
            )
            rows.append(_told(own, way, ways.told[way], country, note))
    return Compared(
        rows, frozenset(str(one) for way in ways.told for one in _listed(label(way)["source_ids"]))
    )


def _join(*notes: str) -> str:
    """Join sentences, each part of them once."""
    return "; ".join(dict.fromkeys(part for note in notes for part in note.split("; ") if part))


def _listed(sources: object) -> tuple[object, ...]:
    return tuple(sources) if isinstance(sources, tuple) else ()


def _leaders(told: Mapping[str, Answer], members: Sequence[str]) -> list[str]:
    """Name the country outside the importer with the largest share, by the partner and by every other way."""
    found = []
    for one in told.values():
        outside = [
            (float(share), code)
            for code, share in zip(one.countries, one.shares, strict=True)
            if code != UNKNOWN and code not in members and share > 0
        ]
        if outside:
            found.append(max(outside)[1])
    return found


def first_line(error: DataError) -> str:
    """Give an error in one line, without its fix."""
    return str(error).splitlines()[0]


def _told(labels: Record, way: str, found: Answer, country: str, note: str) -> Record:
    share, low, high = share_of(found, country)
    return labels | {
        "by": way, "country": country, "value": share, "unit": "share",
        "low": _number(low), "high": _number(high), "trade_t": _number(share * found.used_t), "base": OUTSIDE,
        "unknown": float(found.shares[-1]), "note": note, "assumptions": "; ".join(found.assumptions),
    }  # fmt: skip


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def untold(labels: Record, way: str, reason: str) -> Record:
    """Make the record of a way that cannot be told, with the reason."""
    return {"country": None} | labels | {
        "by": way, "value": None, "unit": "share", "base": OUTSIDE, "reason": f"{way}: {reason}",
    }  # fmt: skip
