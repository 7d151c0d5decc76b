"""From whom a region imports a material, over several years together; and what USGS prints of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.concentration import top_suppliers
from monazite.indicators.dependence import imports_by_partner
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import build_supply_chain
from monazite.vocabulary import resolve_region

Record = dict[str, object]
REST = "ROW"
"""Label of all partners that are not named."""


@dataclass(frozen=True)
class Bought:
    """
    What a region imports of one material at one stage over some years.

    `import_t` has dims (exporter) [t gross]; `unmeasured_share` is the share of their value that customs recorded
    without tonnes [unitless, 0..1]; `sources` published it.
    """

    import_t: xr.DataArray
    unmeasured_share: float
    sources: tuple[str, ...]


def measure_import_sources(
    data: Snapshot,
    *,
    materials: Sequence[str],
    stages: Sequence[str],
    regions: Sequence[str],
    years: Sequence[int],
    top: int = 4,
) -> tuple[list[Record], Lineage]:
    r"""
    Name the largest customs partners of a region in each material, all years added up.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, stages, regions : sequences
        Resolved names.
    years : sequence of int
        Added up before the shares are taken, as the U.S. Geological Survey does with four years.
    top : int, default 4
        How many partners are named; the others are one record, `ROW`.

    Returns
    -------
    records, lineage
        Per material, stage and region a record for each rank: `exporter`, `value` [share of gross tonnes, 0..1],
        `import_gross_t` of that partner, `years`, `unmeasured_share` [of the value]. Where nothing is imported, one
        record with the value None and a `reason`.

    Raises
    ------
    DataError
        If `top` is not above zero, or nothing at all is known of what was asked for.

    Notes
    -----
    .. math:: s_i = \sum_y m_{iy} / \sum_k \sum_y m_{ky}

    References
    ----------
    .. [1] U.S. Geological Survey, Mineral Commodity Summaries 2026, "Import sources" of each chapter.

    Examples
    --------
    60 t and then 40 t from one partner, 100 t in all from others: 100 / 200.

    >>> (60 + 40) / 200
    0.5
    """
    if top < 1:
        raise DataError("top", f"{top} partners cannot be named.", expected="1 or more")
    records: list[Record] = []
    lineage = data.lineage
    failures: list[DataError] = []
    for material, stage, region in product(materials, stages, regions):
        labels: Record = {
            "indicator": "import-sources", "material": material, "stage": stage, "region": region,
            "years": _span(years),
        }  # fmt: skip
        try:
            bought = add_up_imports(data, (material, stage, region), years)
        except DataError as error:
            failures.append(error)
            reason = " ".join([error.what, *map(str, error.which[:3])])
            records.append(labels | {"value": None, "unit": "share", "reason": reason, "source_ids": ()})
            continue
        lineage = lineage.with_sources(*bought.sources)
        records += _rank(labels, bought, top)
    if failures and all(record["value"] is None for record in records):
        raise failures[0]
    return records, lineage


def add_up_imports(
    data: Snapshot,
    place: tuple[str, str, str],
    years: Sequence[int],
    product_codes: Sequence[str] | None = None,
) -> Bought:
    """
    Add up what a region bought from each partner outside.

    Parameters
    ----------
    data : Snapshot
        An open release.
    place : tuple of material, stage and region
        Resolved names; a group counts as one importer, with its members of each year.
    years : sequence of int
        Calendar years.
    product_codes : sequence of str, optional
        Only these codes.

    Raises
    ------
    DataError
        If a year has no trade of the material at that stage, or nothing was imported; the years are named.
    """
    material, stage, region = place
    if region == "world":
        raise DataError("region", "the world imports from nobody.")
    tonnes: dict[str, float] = {}
    sources: set[str] = set()
    value_usd = unmeasured_usd = 0.0
    silent: dict[int, str] = {}
    for year in years:
        try:
            chain = build_supply_chain(data, material=material, year=year, product_codes=product_codes)
            chain.check_stage(stage, "trade_gross_t")
        except DataError as error:
            silent[year] = " ".join([error.what, *map(str, error.which[:1])])
            continue
        members = [code for code in resolve_region(region, year) if code in chain.countries]
        if not members:
            continue
        gross = imports_by_partner(chain.trade_gross_t.sel(stage=stage).fillna(0.0), importers=members)
        usd = imports_by_partner(chain.trade_usd.sel(stage=stage).fillna(0.0), importers=members)
        for code, amount in zip(gross["exporter"].values, gross.values, strict=True):
            tonnes[str(code)] = tonnes.get(str(code), 0.0) + float(amount)
        value_usd += float(usd.sum())
        unmeasured_usd += float(usd.where(gross == 0, 0.0).sum())
        sources |= set(chain.sources(stage, "trade"))
    if silent:
        raise DataError(
            f"{material}, {stage}",
            f"no trade in {_span(list(silent))}: {'; '.join(dict.fromkeys(silent.values()))}",
        )
    if not sum(tonnes.values()) > 0:
        raise DataError(f"{material}, {stage}", f"{region} has no imports with recorded tonnes.")
    import_t = xr.DataArray(
        list(tonnes.values()), dims="exporter", coords={"exporter": list(tonnes)}, name="import_gross_t"
    )
    return Bought(import_t, unmeasured_usd / value_usd if value_usd else 0.0, tuple(sorted(sources)))


def share_agreement(ours: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    r"""
    How far two sets of shares agree on the countries that the second names.

    Parameters
    ----------
    ours, theirs : mapping of country to share
        [unitless, 0..1] What ours does not have counts as 0 there.

    Returns
    -------
    float
        Agreement. [unitless, 0..1] 1: equal shares.

    Notes
    -----
    .. math:: A = \sum_i \min(a_i, b_i) / \sum_i b_i

    References
    ----------
    .. [1] Source: this project, docs/reference/indicators.md.

    Examples
    --------
    Of 64 and 12 the other has 60 and 15: (60 + 12) / 76.

    >>> round(share_agreement({"MEX": 0.60, "VNM": 0.15}, {"MEX": 0.64, "VNM": 0.12}), 4)
    0.9474
    """
    total = sum(theirs.values())
    if not total > 0:
        return float("nan")
    return sum(min(ours.get(code, 0.0), share) for code, share in theirs.items()) / total


def share_out(bought: Bought) -> dict[str, float]:
    """Give each partner its share of the imports, the largest first. [unitless, 0..1]"""
    total = float(bought.import_t.sum())
    order = np.argsort(-bought.import_t.values, kind="stable")
    return {
        str(bought.import_t["exporter"].values[k]): float(bought.import_t.values[k]) / total for k in order
    }


def _rank(labels: Record, bought: Bought, top: int) -> list[Record]:
    """List the named partners by rank, and the others as one."""
    ranked = top_suppliers(bought.import_t, over="exporter", n=min(top, bought.import_t.size))
    total = float(bought.import_t.sum())
    named = [
        (str(ranked["supplier"].sel(rank=rank).item()), float(ranked["share"].sel(rank=rank)))
        for rank in ranked["rank"].values
        if float(ranked["share"].sel(rank=rank)) > 0
    ]
    rest = 1.0 - sum(share for _, share in named)
    rows: list[tuple[int | None, str, float]] = [(k, code, share) for k, (code, share) in enumerate(named, 1)]
    rows += [(None, REST, rest)] if rest > 1e-12 else []
    return [
        labels
        | {
            "rank": rank, "exporter": code, "value": share, "unit": "share", "low": None, "high": None,
            "weight": "gross", "import_gross_t": share * total, "unmeasured_share": bought.unmeasured_share,
            "quality": None, "source_ids": bought.sources,
        }
        for rank, code, share in rows
    ]  # fmt: skip


def _span(years: Sequence[int]) -> str:
    """Write years as one word."""
    is_range = len(years) > 1 and list(years) == list(range(years[0], years[-1] + 1))
    return f"{years[0]}-{years[-1]}" if is_range else ",".join(map(str, years))
