"""Tracing over any set of materials, importers and years, as flat records."""

from collections.abc import Sequence

import numpy as np

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, build_supply_chain
from monazite.supply_chain.build import UnknownContent
from monazite.tracing.origins import UNKNOWN, find_traded_stage, trace_origins
from monazite.vocabulary import resolve_region


def trace_records(
    data: Snapshot,
    *,
    materials: Sequence[str],
    importers: Sequence[str],
    years: Sequence[int],
    stage: str | None = None,
    by: str | None = None,
    product_codes: Sequence[str] | None = None,
    unknown_content: UnknownContent = "missing",
) -> tuple[list[dict[str, object]], Lineage]:
    """
    Trace every combination, as flat records.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, importers, years : sequences
        Resolved names; an importer is a country or a group.
    stage : str, optional
        Stage whose product is traded; may be left out where only one stage has trade.
    by : str, optional
        Stage of production to trace back to; the traded stage by default.

    Returns
    -------
    records, lineage
        Per combination a record for every country with a share, the largest first, and always one for
        `unknown`: `value` [share, 0..1], `trade_t` [t: share times what the importer uses], `rank`.

    Raises
    ------
    DataError
        As `trace_origins` and `build_supply_chain`; or if several stages have trade and none was named.
    """
    records: list[dict[str, object]] = []
    lineage = data.lineage
    for material in materials:
        for year in years:
            chain = build_supply_chain(
                data,
                material=material,
                year=year,
                product_codes=product_codes,
                unknown_content=unknown_content,
            )
            traded = stage or find_traded_stage(chain)
            used = {*chain.sources(traded, "trade"), *chain.sources(by or traded, "production")}
            lineage = lineage.with_sources(*used)
            for name in importers:
                records += _origin_records(chain, name, traded, by or traded)
    return records, lineage


def describe_weight(chain: SupplyChain, stage: str) -> str:
    """Say what the tonnes of a stage's trade count: contained material, or gross weight on lanes of unknown content."""
    gross = bool(chain.arrays["is_gross"].sel(stage=stage).item())
    return "contained; gross where the content is unknown" if gross else "contained"


def _origin_records(chain: SupplyChain, importer: str, stage: str, by: str) -> list[dict[str, object]]:
    region = (importer,) if importer in chain.countries else resolve_region(importer, chain.year)
    members = [code for code in region if code in chain.countries]
    lanes = chain.trade_t.sel(stage=stage)
    has_lanes = float(lanes.sel(importer=members).sum() + lanes.sel(exporter=members).sum()) > 0
    if members and not has_lanes and bool(chain.arrays["is_rest_trade"].sel(stage=stage)):
        raise DataError(
            f"chain {chain.material} {chain.year}, stage {stage}",
            f"nobody published what {importer} imports.",
            expected="ROW: every country but the exporter, as one",
            fix="trace ROW; docs/decisions/0004 says why",
        )
    if not members:
        raise DataError(
            f"chain {chain.material} {chain.year}",
            f"{importer} has no figure of its own.",
            expected=f"one of the {len(chain.countries)} places that have: {', '.join(chain.countries[:12])}",
            fix="choose another importer, or ROW where only the rest of the world as a whole is known",
        )
    shares = trace_origins(chain, {importer: members}, stage=stage, production_stage=by).isel(importer=0)
    used = float(shares["consumption_t"])
    weight = describe_weight(chain, stage)
    ranked = shares.isel(origin=np.argsort(-shares.values, kind="stable"))
    return [
        {
            "material": chain.material, "year": chain.year, "stage": stage, "importer": importer, "by": by,
            "rank": rank, "country": str(origin), "value": float(share), "unit": "share",
            "weight": weight, "trade_t": float(share) * used, "low": None, "high": None,
            "note": "; ".join(shares.attrs["assumptions"]),
            "source_ids": (*chain.sources(stage, "trade"), *chain.sources(by, "production")),
        }
        for rank, (origin, share) in enumerate(zip(ranked["origin"].values, ranked.values, strict=True), 1)
        if share > 0 or origin == UNKNOWN
    ]  # fmt: skip
