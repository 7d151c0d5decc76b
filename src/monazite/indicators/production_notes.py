"""What a reader of a share or concentration must know of the tonnes below it: who differs, and what is a quota."""

from collections.abc import Sequence

import numpy as np

from monazite.snapshot import Snapshot, read_origins
from monazite.sources.curated import read_curated

Record = dict[str, object]
SHOWN = 3
"""Conflicts that a note names; the rest is counted."""
CONFLICTS = """
SELECT region, chosen_t, other_source_id, other_t FROM conflicts
WHERE material = $material AND stage = $stage AND year = $year
ORDER BY abs(chosen_t - other_t) DESC, region, other_source_id
"""
FIGURE = """
SELECT production_t, source_id FROM production
WHERE material = $material AND stage = $stage AND year = $year AND country = $country
"""


def add_notes(
    data: Snapshot, records: Sequence[Record], material: str, stage: str, year: int
) -> list[Record]:
    """Add the notes on a material, stage and year to each of its records, after a note that is there."""
    key = material, stage, year
    notes = [note for note in (note_conflicts(data, *key), note_quota(data, *key)) if note]
    if not notes:
        return list(records)
    return [record | {"note": "; ".join([*filter(None, [str(record.get("note") or "")]), *notes])}
            for record in records]  # fmt: skip


def note_conflicts(data: Snapshot, material: str, stage: str, year: int) -> str:
    """
    Say which publishers differ by more than 20 % from the tonnes that were chosen.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material, stage : str
        Ids.
    year : int
        Calendar year.

    Returns
    -------
    str
        The three largest differences [t contained], the number of others, and where to see all; "" if none.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> note_conflicts(open_snapshot("2026.1"), "niobium", "extraction", 2024)[:86]
    'niobium extraction 2024: U.S. Geological Survey has 112,544 t for world (here 86,127 t'
    """
    if "conflicts" not in data.manifest.tables:
        return ""
    found = data.query(CONFLICTS, {"material": material, "stage": stage, "year": year})
    rows = list(zip(*found.values(), strict=True))
    if not rows:
        return ""
    told = [
        f"{_producer(other_id)} has {other:,.0f} t for {region} (here {chosen:,.0f} t)"
        for region, chosen, other_id, other in rows[:SHOWN]
    ]
    more = [f"{len(rows) - SHOWN} more differ"] if len(rows) > SHOWN else []
    return (
        f"{material} {stage} {year}: {', '.join(told + more)}; "
        f"see data issues --kind conflict --material {material}"
    )


def note_quota(data: Snapshot, material: str, stage: str, year: int) -> str:
    """
    Say where a figure of production equals the state's quota, to the tonne: a permission, perhaps no output.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material, stage : str
        Ids.
    year : int
        Calendar year.

    Returns
    -------
    str
        One sentence per country; "" where no figure equals a quota of the curated table `production_quotas`.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> note_quota(open_snapshot("2026.1"), "rare_earths", "extraction", 2024)[:62]
    'rare_earths extraction 2024: the 270,000 t of CHN equal its qu'
    """
    quotas = read_curated("production_quotas")
    is_asked = (quotas["material"] == material) & (quotas["stage"] == stage) & (quotas["year"] == year)
    notes = []
    for row in np.flatnonzero(is_asked):
        country, quota_t = str(quotas["country"][row]), float(quotas["quota_t"][row])
        found = data.query(FIGURE, {"material": material, "stage": stage, "year": year, "country": country})
        if [float(value) for value in found["production_t"]] == [quota_t]:
            notes.append(
                f"{material} {stage} {year}: the {quota_t:,.0f} t of {country} equal its quota "
                f"({quotas['source'][row]}); {_producer(found['source_id'][0])} reports them as output"
            )
    return "; ".join(notes)


def _producer(source_id: object) -> str:
    return read_origins()[str(source_id)].producer
