"""Expected loss over one-country cut-offs of every material, stage, region and year, as flat records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.dependence import imports_by_partner
from monazite.indicators.expected_loss import (
    CUTOFFS_PER_RISK,
    cutoff_loss,
    cutoff_probability,
    expected_loss,
    relief_share,
)
from monazite.indicators.exposed_value import read_exposed_value
from monazite.indicators.geopolrisk.score import governance_risk
from monazite.indicators.geopolrisk.scores import NO_CONTENT, NO_PRODUCTION, NO_TRADE
from monazite.indicators.spare_capacity import read_spare_capacity
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain, build_governance_estimate, build_supply_chain
from monazite.supply_chain.build import UnknownContent
from monazite.vocabulary import resolve_region

Record = dict[str, object]
OURS = (
    "one-country cut-offs of a year and their probability-weighted sum are those of the U.S. Geological Survey "
    "(Open-File Report 2025-1047); probabilities, relief by spare capacity and what is lost are this project's, "
    "without its prices, elasticities and input-output tables"
)


@dataclass(frozen=True, kw_only=True)
class LossOptions:
    """
    What probabilities to take, and what to do where the content of a traded product is unknown.

    `at_worst` [1/a, 0..1] as in `cutoff_probability`; `probabilities` by country [1/a, 0..1] come before it;
    `unknown_content` as in `build_supply_chain`.
    """

    at_worst: float = CUTOFFS_PER_RISK
    probabilities: Mapping[str, float] = field(default_factory=dict)
    unknown_content: UnknownContent = "missing"


@dataclass(frozen=True)
class Cutoffs:
    """
    The cut-offs of one place, dims (exporter): bought tonnes and dollars, probability bounds, loss bounds.

    `loss_low` and `loss_high` [share of supply] are equal where relief is known. `weight` is contained or gross.
    """

    bought_t: xr.DataArray
    bought_usd: xr.DataArray
    low: xr.DataArray
    high: xr.DataArray
    loss_low: xr.DataArray
    loss_high: xr.DataArray
    supply_t: float
    weight: str
    capacity: str
    capacity_sources: tuple[str, ...]
    is_relief_known: bool


def measure_expected_loss(
    data: Snapshot,
    *,
    materials: Sequence[str],
    stages: Sequence[str],
    regions: Sequence[str],
    years: Sequence[int],
    options: LossOptions | None = None,
) -> tuple[list[Record], Lineage]:
    r"""
    Take one supplier after the other from a region, and sum what it would lack times how likely that is.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, stages, regions, years : sequences
        Resolved names.
    options : LossOptions, optional
        Probabilities; from governance by default.

    Returns
    -------
    records, lineage
        Per place, by `quantity`: for each supplier `cut_off` [share of the region's supply that would be lacking, net
        of relief] with its `exporter`, `probability` [1/a], `cut_share` (before relief) and `contribution`
        (probability times `cut_share`); then the sums over all: `expected_cut` [share/a, before relief],
        `expected_loss` [share/a], `expected_loss_t` [t/a], `expected_loss_usd` [USD/a, customs value of the goods
        that would not come] and `value_added_exposed` [EUR/a: expected loss times the value added of the sectors that
        use the material, an upper end, as a whole sector is taken to need it]. Where spare capacity is not in the
        release the value is None between `low` (others stand in for all) and `high` (for nothing). Where nothing can
        be told, one record with a `reason`.

    Raises
    ------
    DataError
        If nothing at all can be told, or a probability lies outside 0..1.

    Notes
    -----
    .. math:: E = \sum_c p_c \frac{m_c (1 - r_c)}{P + \sum_k m_k}

    References
    ----------
    .. [1] U.S. Geological Survey, Open-File Report 2025-1047 (N. T. Nassar et al., 2025), doi:10.3133/ofr20251047.
    .. [2] What is ours: docs/decisions/0014.

    Examples
    --------
    See `cutoff_loss` and `expected_loss`: 0.0132 * 0.6 + 0.004 * 0.1 is 0.00832 of the supply a year.

    >>> round(0.0132 * 0.6 + 0.004 * 0.1, 5)
    0.00832
    """
    options = options or LossOptions()
    records: list[Record] = []
    lineage = data.lineage
    failures: list[DataError] = []
    for material, year, stage, region in product(materials, years, stages, regions):
        labels: Record = {
            "indicator": "expected-loss", "material": material, "year": year, "stage": stage, "region": region,
        }  # fmt: skip
        try:
            chain = build_supply_chain(
                data, material=material, year=year, unknown_content=options.unknown_content
            )
            cutoffs = _cut_off(data, chain, (stage, region), options)
        except DataError as error:
            failures.append(error)
            records.append(_untold(labels, " ".join([error.what, *map(str, error.which[:3])])))
            continue
        sources = {*chain.sources(stage, "production", "trade"), "wgi"}
        sources |= set(cutoffs.capacity_sources)
        records += _list_cutoffs(labels, cutoffs, sources, options)
        totals, more = _list_totals(data, labels, cutoffs, sources)
        records += totals
        lineage = lineage.with_sources(*sources, *more)
    if failures and all(record["value"] is None and record["high"] is None for record in records):
        raise failures[0]
    return records, lineage


def _cut_off(data: Snapshot, chain: SupplyChain, place: tuple[str, str], options: LossOptions) -> Cutoffs:
    """Compute the cut-offs of one material, year, stage and region."""
    stage, region = place
    members = _find_members(chain, stage, region)
    made = float(chain.production_t.sel(stage=stage, country=members).sum())
    trade, gross = (array.sel(stage=stage) for array in (chain.trade_t, chain.trade_gross_t))
    is_contained = bool(trade.sel(importer=members).notnull().all())
    if not is_contained and made > 0:
        raise DataError("", NO_CONTENT)
    chosen = trade if is_contained else gross.fillna(0.0)
    bought = imports_by_partner(chosen, importers=members)
    partners = bought["exporter"].values[bought.values > 0]
    bought = bought.sel(exporter=partners)
    if not float(bought.sum()) + made > 0:
        raise DataError("", "it neither produces nor imports any.")
    low, high = _bound_probability(data, chain.year, bought, options)
    capacity = read_spare_capacity(data, chain, stage) if is_contained else None
    relief: xr.DataArray | float = 0.0
    if capacity is not None and bool(trade.sel(exporter=partners).notnull().all()):
        exported = trade.sel(exporter=partners).sum("importer")
        relief = relief_share(exported, capacity.spare_t.sel(country=partners).rename(country="exporter"))
        relief = relief + 0.0 * bought
        pool = capacity.rest_t / exported.where(exported > 0)
        relief = (relief + pool).clip(max=1.0)
    is_known = isinstance(relief, xr.DataArray)
    full = cutoff_loss(bought, made)
    net = cutoff_loss(bought, made, relief) if is_known else full
    usd = imports_by_partner(chain.trade_usd.sel(stage=stage).fillna(0.0), importers=members)
    weight = _describe_weight(chain, stage, is_contained=is_contained)
    return Cutoffs(
        bought, usd.sel(exporter=partners), low, high, net if is_known else 0.0 * full, net, float(bought.sum()) + made,
        weight, *((capacity.words, capacity.source_ids) if capacity and is_known else ("", ())), is_known,
    )  # fmt: skip


def _find_members(chain: SupplyChain, stage: str, region: str) -> list[str]:
    """List the members of a region in a chain with production and trade at a stage."""
    if region == "world":
        raise DataError("", "the world imports from nobody.")
    known = [str(name) for name in chain.arrays["stage"].values]
    if stage not in known or bool(chain.production_t.sel(stage=stage).isnull().all()):
        raise DataError("", NO_PRODUCTION)
    if all(bool(array.sel(stage=stage).isnull().all()) for array in (chain.trade_t, chain.trade_gross_t)):
        raise DataError("", NO_TRADE)
    members = [code for code in resolve_region(region, chain.year) if code in chain.countries]
    lanes = chain.trade_t.sel(stage=stage).fillna(0.0) + chain.trade_gross_t.sel(stage=stage).fillna(0.0)
    if not members or not float(lanes.sel(importer=members).sum() + lanes.sel(exporter=members).sum()) > 0:
        if bool(chain.arrays["is_rest_trade"].sel(stage=stage)):
            raise DataError("", f"nobody published what {region} imports.")
        raise DataError("", f"{region} neither imports nor exports any.")
    return members


def _describe_weight(chain: SupplyChain, stage: str, *, is_contained: bool) -> str:
    """Say what the tonnes count: contained material, with estimated contents, or gross weight."""
    if not is_contained or bool(chain.arrays["is_gross"].sel(stage=stage)):
        return "gross"
    basis = chain.arrays["content_basis"].sel(stage=stage).item() if "content_basis" in chain.arrays else ""
    return f"contained; {basis}" if basis else "contained"


def _bound_probability(
    data: Snapshot, year: int, bought: xr.DataArray, options: LossOptions
) -> tuple[xr.DataArray, xr.DataArray]:
    """Give each partner its probability; one without a governance score has 0 and the chance at the worst."""
    risk = governance_risk(build_governance_estimate(data, year)).rename(country="exporter")
    probability = cutoff_probability(risk.reindex(exporter=bought["exporter"].values), options.at_worst)
    stated = [options.probabilities.get(str(code), np.nan) for code in bought["exporter"].values]
    own = xr.DataArray(stated, dims="exporter", coords={"exporter": bought["exporter"].values})
    chosen = own.where(own.notnull(), probability)
    return chosen.fillna(0.0), chosen.fillna(options.at_worst)


def _list_cutoffs(labels: Record, cutoffs: Cutoffs, sources: set[str], options: LossOptions) -> list[Record]:
    """List the suppliers, the largest contribution first."""
    cut = cutoffs.bought_t / cutoffs.supply_t
    weight = (cut * cutoffs.high).values
    rows: list[Record] = []
    for rank, k in enumerate(np.argsort(-weight, kind="stable"), 1):
        code = str(cutoffs.bought_t["exporter"].values[k])
        low, high = float(cutoffs.loss_low[k]), float(cutoffs.loss_high[k])
        is_scored = float(cutoffs.low[k]) == float(cutoffs.high[k])
        basis = "stated" if code in options.probabilities else "governance" if is_scored else "no score"
        record = labels | {
            "quantity": "cut_off", "rank": rank, "exporter": code, "probability": float(cutoffs.high[k]),
            "probability_basis": basis, "cut_share": float(cut[k]), "contribution": float(weight[k]),
            "value": high if cutoffs.is_relief_known else None, "unit": "share", "low": low, "high": high,
        }  # fmt: skip
        rows.append(_finish(record, cutoffs, sources))
    return rows


def _list_totals(
    data: Snapshot, labels: Record, cutoffs: Cutoffs, sources: set[str]
) -> tuple[list[Record], set[str]]:
    """List the sums over the cut-offs: share, tonnes, customs value, and value added exposed."""
    cut = cutoffs.bought_t / cutoffs.supply_t
    before = [float(expected_loss(p, cut)) for p in (cutoffs.low, cutoffs.high)]
    after = [
        float(expected_loss(p, loss))
        for p, loss in ((cutoffs.low, cutoffs.loss_low), (cutoffs.high, cutoffs.loss_high))
    ]
    parts = (cutoffs.loss_low / cut, cutoffs.loss_high / cut)
    usd = [
        float(expected_loss(p, cutoffs.bought_usd * part))
        for p, part in zip((cutoffs.low, cutoffs.high), parts, strict=True)
    ]
    count = int(cutoffs.bought_t.size)
    rows = [
        _total(labels, "expected_cut", before, "share/a", is_known=True),
        _total(labels, "expected_loss", after, "share/a", is_known=cutoffs.is_relief_known),
        _total(labels, "expected_loss_t", [cutoffs.supply_t * end for end in after], "t/a",
               is_known=cutoffs.is_relief_known),
        _total(labels, "expected_loss_usd", usd, "USD/a", is_known=cutoffs.is_relief_known),
    ]  # fmt: skip
    more: set[str] = set()
    try:
        value, found = read_exposed_value(data, str(labels["material"]), str(labels["region"]))
        more |= set(found)
        exposed = _total(labels, "value_added_exposed", [value * end for end in after], "EUR/a",
                         is_known=cutoffs.is_relief_known)  # fmt: skip
    except DataError as error:
        exposed = _untold(
            labels | {"quantity": "value_added_exposed"}, " ".join([error.what, *map(str, error.which)])
        )
    rows.append(exposed)
    records = [_finish(record | {"scenarios": count}, cutoffs, sources | more) for record in rows]
    return records, more


def _total(labels: Record, quantity: str, ends: Sequence[float], unit: str, *, is_known: bool) -> Record:
    """Compose one sum: a value where both ends are one, else an interval."""
    low, high = ends
    is_one = is_known and np.isclose(low, high, rtol=1e-12, atol=0.0)
    return labels | {
        "quantity": quantity, "value": high if is_one else None, "unit": unit, "low": low, "high": high,
    }  # fmt: skip


def _finish(record: Record, cutoffs: Cutoffs, sources: set[str]) -> Record:
    """Add the weight, the capacity and the sources; and why there is no value."""
    reasons = {
        "spare capacity is not in the release: others stand in for all (low) or for nothing (high).": (
            not cutoffs.is_relief_known and record.get("quantity") != "expected_cut"
        ),
        "partners without a governance score: 0 (low) or the chance at the worst (high).": bool(
            (cutoffs.low != cutoffs.high).any()
        ),
    }
    told = record | {
        "weight": cutoffs.weight, "capacity": cutoffs.capacity or None,
        "quality": "imputed" if "estimated" in cutoffs.weight else None,
        "source_ids": tuple(sorted(sources)), "note": OURS,
    }  # fmt: skip
    if record["value"] is None and "reason" not in record:
        told["reason"] = " ".join(text for text, holds in reasons.items() if holds)
    return told


def _untold(labels: Record, reason: str) -> Record:
    """Compose a record that cannot be told."""
    ends = {"value": None, "unit": "share/a", "low": None, "high": None}
    return labels | ends | {"quality": None, "reason": reason, "source_ids": ()}
