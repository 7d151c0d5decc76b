"""Import sources that USGS prints against those that customs records give for the same goods."""

from collections.abc import Mapping, Sequence

import numpy as np

from monazite.errors import DataError
from monazite.indicators.import_sources import add_up_imports, share_agreement, share_out
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.sources.usgs_sources import ImportSources, read_source_rows

Record = dict[str, object]
REGION = "USA"
CLOSE = 0.9
"""Agreement from which on two sets of shares are called close. [unitless; source: this project]"""


def compare_import_sources(
    data: Snapshot,
    printed: Mapping[tuple[str, str], ImportSources],
    materials: Sequence[str],
    stages: Sequence[str],
) -> tuple[list[Record], Lineage]:
    r"""
    Put the import sources of the Mineral Commodity Summaries beside those of customs records, country by country.

    Parameters
    ----------
    data : Snapshot
        An open release.
    printed : mapping of (commodity, detail) to ImportSources
        From `read_import_sources`.
    materials, stages : sequences
        Resolved names: which of the pairs of `data/curated/usgs_import_sources.csv` count.

    Returns
    -------
    records, lineage
        Per pair and country that USGS names: `value` (share in gross tonnes of the release), `official` (None where
        USGS prints a bound), `official_low`, `official_high`, `difference`. Per pair one record with the `quantity`
        "agreement" (`share_agreement`), `leader` and `official_leader`, `scope` and `note` on what USGS counts
        otherwise. Then over all pairs the `quantity` "median_agreement" and "same_leader", for all and for those of the
        same goods.

    Raises
    ------
    DataError
        If none of the materials and stages has a pair.

    Notes
    -----
    Hong Kong counts as China where USGS says so.

    References
    ----------
    .. [1] U.S. Geological Survey, Mineral Commodity Summaries 2026 data release, section Import Sources.
    .. [2] The pairs: source: this project, data/curated/usgs_import_sources.csv.

    Examples
    --------
    >>> rows = read_source_rows()
    >>> chosen = (rows["material"] == "fluorspar")
    >>> str(rows["commodity"][chosen][0]), str(rows["scope"][chosen][0])
    ('Fluorspar', 'wider')
    """
    rows = read_source_rows()
    keep = np.isin(rows["material"], list(materials)) & np.isin(rows["stage"], list(stages))
    if not keep.any():
        raise DataError(
            "import sources", "no pair of USGS's goods and ours is of these materials and stages.",
            which=[*materials, *stages], expected=f"one of {', '.join(dict.fromkeys(rows['material']))}",
        )  # fmt: skip
    records: list[Record] = []
    lineage = data.lineage
    for k in np.flatnonzero(keep):
        row = {name: str(column[k]) for name, column in rows.items()}
        found, sources = _compare_one(data, printed, row)
        records += found
        lineage = lineage.with_sources(*sources)
    return records + _summarise(records), lineage


def _compare_one(
    data: Snapshot, printed: Mapping[tuple[str, str], ImportSources], row: Mapping[str, str]
) -> tuple[list[Record], tuple[str, ...]]:
    """Compare one pair."""
    labels: Record = {
        "indicator": "import-sources", "material": row["material"], "stage": row["stage"], "region": REGION,
        "goods": f"{row['commodity']}: {row['detail']}", "scope": row["scope"],
    }  # fmt: skip
    theirs = printed.get((row["commodity"], row["detail"]))
    if theirs is None:
        return [_untold(labels, row, "the file has no import sources of these goods.")], ()
    labels["years"] = f"{theirs.years[0]}-{theirs.years[-1]}"
    codes = row["product_codes"].split(";") if row["product_codes"] else None
    try:
        bought = add_up_imports(data, (row["material"], row["stage"], REGION), theirs.years, codes)
    except DataError as error:
        return [_untold(labels, row, " ".join([error.what, *map(str, error.which[:1])]))], ()
    ours = share_out(bought)
    if theirs.has_hong_kong and "HKG" in ours:
        ours["CHN"] = ours.get("CHN", 0.0) + ours.pop("HKG")
    sources = (*bought.sources, "inputs")
    records = [
        labels
        | {
            "exporter": code, "value": ours.get(code, 0.0), "unit": "share",
            "official": _known(share), "official_low": theirs.low[code], "official_high": theirs.high[code],
            "difference": _known(ours.get(code, 0.0) - share), "low": None, "high": None, "quality": None,
            "source_ids": sources,
        }
        for code, share in theirs.shares.items()
    ]  # fmt: skip
    numbers = {code: share if np.isfinite(share) else (theirs.low[code] + theirs.high[code]) / 2
               for code, share in theirs.shares.items()}  # fmt: skip
    records.append(
        labels
        | {
            "quantity": "agreement", "value": share_agreement(ours, numbers), "unit": "share",
            "leader": max(ours, key=lambda code: ours[code]),
            "official_leader": max(numbers, key=lambda code: numbers[code]),
            "unmeasured_share": bought.unmeasured_share, "note": row["note"], "low": None, "high": None,
            "quality": None, "source_ids": sources,
        }
    )  # fmt: skip
    return records, bought.sources


def _untold(labels: Record, row: Mapping[str, str], reason: str) -> Record:
    """Compose the record of a pair that cannot be compared."""
    return labels | {
        "quantity": "agreement", "value": None, "unit": "share", "note": row["note"], "low": None, "high": None,
        "quality": None, "source_ids": (), "reason": f"{row['material']}, {labels['goods']}: {reason}",
    }  # fmt: skip


def _summarise(records: Sequence[Record]) -> list[Record]:
    """Take the median agreement and how often the leader is the same, over all pairs and over those of equal goods."""
    told = [r for r in records if r.get("quantity") == "agreement" and r["value"] is not None]
    summary: list[Record] = []
    for scope, chosen in (("all", told), ("same", [r for r in told if r["scope"] == "same"])):
        if not chosen:
            continue
        labels: Record = {
            "indicator": "import-sources", "material": "all", "region": REGION, "scope": scope,
            "compared": len(chosen), "unit": "share", "low": None, "high": None, "quality": None,
            "source_ids": ("baci", "inputs"),
        }  # fmt: skip
        values = [float(str(r["value"])) for r in chosen]
        same = [r["leader"] == r["official_leader"] for r in chosen]
        close = [value >= CLOSE for value in values]
        summary += [
            labels | {"quantity": "median_agreement", "value": float(np.median(values))},
            labels | {"quantity": "close", "value": float(np.mean(close))},
            labels | {"quantity": "same_leader", "value": float(np.mean(same))},
        ]
    return summary


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
