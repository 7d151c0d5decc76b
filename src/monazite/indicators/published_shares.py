"""Shares of world supply that a source publishes without tonnes."""

from itertools import groupby

from monazite.snapshot import Snapshot

Record = dict[str, object]
TABLE = "supply_shares"
SHARES = """
SELECT form, country, year_start::INT AS year_start, year::INT AS year_end, supply_share, low, high, quality, source_id
FROM supply_shares WHERE material = $material AND stage = $stage AND $year BETWEEN year_start AND year
ORDER BY year - year_start, form, source_id, supply_share DESC, country
"""


def list_published_shares(data: Snapshot, material: str, stage: str, year: int, n: int = 5) -> list[Record]:
    """
    List the largest shares of world supply that a source publishes without tonnes.

    Parameters
    ----------
    data : Snapshot
        An open release.
    material, stage : str
        Ids.
    year : int
        Calendar year; a share that is the mean of several years counts for each of them.
    n : int, default 5
        At most so many countries. [count, >= 1]

    Returns
    -------
    list of records
        stage, rank, country, value [share, 0..1], unit, low, high, by, form, quality, source_ids, note; empty where
        no source publishes shares for that year. Of several sources the one with the shortest period counts, then
        the one that names the most countries.

    Notes
    -----
    The shares are as published: none is computed, and those of countries that are not named are not told. For 2024
    the IEA gives China 94 % of sintered permanent magnets, so `value` is 0.94 and no other country has a record.
    """
    if TABLE not in data.manifest.tables:
        return []
    found = data.query(SHARES, {"material": material, "stage": stage, "year": year})
    rows = [
        dict(zip(found, row, strict=True)) for row in zip(*(c.tolist() for c in found.values()), strict=True)
    ]
    series = [
        list(group)
        for _, group in groupby(
            rows, key=lambda row: (row["year_end"] - row["year_start"], row["form"], row["source_id"])
        )
    ]
    if not series:
        return []
    best = min(series, key=lambda group: (group[0]["year_end"] - group[0]["year_start"], -len(group)))
    return [_compose_record(stage, rank, row) for rank, row in enumerate(best[:n], start=1)]


def _compose_record(stage: str, rank: int, row: Record) -> Record:
    first, last = row["year_start"], row["year_end"]
    period = f"the mean of {first}-{last}" if first != last else f"of {last}"
    ends = {name: row[name] if row[name] == row[name] else None for name in ("low", "high")}
    return {
        "stage": stage, "rank": rank, "country": row["country"], "value": row["supply_share"], "unit": "share",
        "by": "country", "form": row["form"], **ends, "quality": row["quality"],
        "source_ids": (str(row["source_id"]),),
        "note": f"share as published, {period}; no tonnes by country are published",
    }  # fmt: skip
