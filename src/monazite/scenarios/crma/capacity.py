"""The 10, 40 and 25 % of Art. 5(1)(a): what is known of the Union's capacity, against its annual consumption."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monazite.errors import DataError
from monazite.indicators.crma import Interval
from monazite.snapshot import Snapshot

SPAN = 5
"""Years back in which the largest output counts as a least capacity. [years]"""
RATE = "end-of-life recycling input rate"
LEAST = "capacity at least the largest output of five years; what it is at most nobody published"
OUTPUT = """
SELECT country, max(production_t) AS most_t, string_agg(DISTINCT source_id, ';') AS source_ids FROM production
WHERE material = $material AND stage = $stage AND year BETWEEN $first AND $last AND form NOT LIKE 'part: %'
  AND list_contains($members, country)
GROUP BY country ORDER BY country
"""
IDLE = """
SELECT country FROM production
WHERE material = $material AND stage = $stage AND year BETWEEN $first AND $last AND form NOT LIKE 'part: %'
  AND list_contains($members, country)
GROUP BY country, year QUALIFY year = max(year) OVER (PARTITION BY country) AND sum(production_t) = 0 ORDER BY country
"""
CAPACITY = """
SELECT country, max(capacity_t) AS most_t, string_agg(DISTINCT source_id, ';') AS source_ids FROM capacity
WHERE material = $material AND stage = $stage AND year BETWEEN $first AND $last AND capacity_t IS NOT NULL
  AND form NOT LIKE 'part: %' AND list_contains($members, country)
GROUP BY country ORDER BY country
"""
RATES = """
SELECT rate, low, high, year::INT AS year, source_id FROM recycling_rates
WHERE material = $material AND measure = $rate AND region = 'EU27' AND year <= $year AND rate IS NOT NULL
ORDER BY year DESC LIMIT 1
"""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """
    What is known of a capacity.

    `capacity_t` [t contained material a year]: its least is known, its most is not (NaN); `share` [of consumption]
    stands instead where only that is published. `source_ids`, `vintage` and `notes` say where from.
    """

    capacity_t: Interval
    share: float
    vintage: str
    source_ids: tuple[str, ...]
    notes: tuple[str, ...]


def read_capacity(
    data: Snapshot, material: str, stage: str, *, members: Sequence[str], year: int
) -> Capacity:
    r"""
    Read the least capacity of a region at extraction or processing.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material, stage : str
        Ids.
    members : sequence of str
        Countries of the region.
    year : int
        Last year that counts; the four before it count as well.

    Returns
    -------
    Capacity
        In each country the larger of published capacity and largest yearly output; none in a country that made
        nothing in the newest year known, as its plants have closed.

    Raises
    ------
    DataError
        If nobody published an output or a capacity of any member.

    Notes
    -----
    The Act counts the highest yearly output that plants could reach. What a plant made it could make; what it could
    make beyond that nobody collects, so the most is not known:

    .. math:: \underline K = \sum_{c \in G, P_{cY} > 0} \max(\max_y P_{cy}, K_c)

    with Y the newest year known of the country.

    Examples
    --------
    Two members made at most 40 and 10 t, and for the second a capacity of 25 t is published: at least 65 t.

    >>> max(40, 0) + max(10, 25)
    65
    """
    names = {
        "material": material,
        "stage": stage,
        "first": year - SPAN + 1,
        "last": year,
        "members": list(members),
    }
    most: dict[str, float] = {}
    sources: set[str] = set()
    for sql in (OUTPUT, CAPACITY):
        found = data.query(sql, names)
        for country, tonnes, ids in zip(*(found[key].tolist() for key in found), strict=True):
            most[str(country)] = max(most.get(str(country), 0.0), float(tonnes))
            sources |= set(str(ids).split(";"))
    closed = [str(code) for code in data.query(IDLE, names)["country"] if most.get(str(code))]
    most = {code: tonnes for code, tonnes in most.items() if code not in closed}
    if not most and not closed:
        raise DataError(
            f"{material}, {stage}", "nobody published an output or a capacity of a country of it."
        )
    return Capacity(
        capacity_t=Interval(math.nan, sum(most.values()), math.nan),
        share=math.nan,
        vintage=f"{year - SPAN + 1}-{year}",
        source_ids=tuple(sorted(sources)),
        notes=(LEAST, *_note_closed(closed)),
    )


def _note_closed(closed: Sequence[str]) -> tuple[str, ...]:
    return (f"made nothing in the newest year known, not counted: {', '.join(closed)}",) if closed else ()


def read_recycling(data: Snapshot, material: str, *, year: int) -> Capacity:
    """
    Read what recycling at least can make, as a share of consumption.

    Returns
    -------
    Capacity
        `share` is the Union's end-of-life recycling input rate: what comes back from old scrap over all input.

    Raises
    ------
    DataError
        If no rate is published.

    Examples
    --------
    The rate of tungsten is 42 % of all that goes in: what was recycled could be recycled.
    """
    found = data.query(RATES, {"material": material, "rate": RATE, "year": year})
    if not len(found["rate"]):
        raise DataError(f"{material}, recycling", "no recycling rate of the Union is published.")
    return Capacity(
        capacity_t=Interval(math.nan, math.nan, math.nan),
        share=float(found["rate"][0]),
        vintage=str(found["year"][0]),
        source_ids=(str(found["source_id"][0]),),
        notes=(
            "the end-of-life recycling input rate stands for the least capacity: old scrap only, what it is at most "
            "nobody published",
        ),
    )


def sum_known(parts: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """
    Sum least capacities and consumptions over materials.

    Parameters
    ----------
    parts : mapping of material to (capacity_t, consumption_t)
        [t contained material a year]

    Returns
    -------
    tuple of float
        Both sums. [t a year] Tonnes of all materials are added as they are: the Act names no weights.

    Examples
    --------
    >>> sum_known({"aluminium": (50.0, 400.0), "lithium": (0.0, 100.0)})
    (50.0, 500.0)
    """
    return sum(pair[0] for pair in parts.values()), sum(pair[1] for pair in parts.values())
