"""GeoPolRisk from reconciled and from traced supply: where tracing and indicators meet."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Literal, get_args

import xarray as xr

from monazite.errors import DataError, nearest_names
from monazite.indicators import characterisation_factor, geopolrisk_score, governance_risk
from monazite.indicators.geopolrisk.records import list_scores
from monazite.indicators.geopolrisk.scores import score_geopolrisk
from monazite.indicators.measure import MAX_GAP, explain
from monazite.provenance import Lineage
from monazite.scenarios.supply_mixes import (
    Mix,
    Place,
    bound_risk,
    find_members,
    mix_of_partners,
    mixes_of_origins,
    read_place,
)
from monazite.snapshot import Snapshot
from monazite.supply_chain import ReconcileOptions, SupplyChain, build_governance_estimate, reconcile_cached
from monazite.supply_chain.build import UnknownContent
from monazite.tracing.records import describe_quality, describe_weight

Record = dict[str, object]
Cell = tuple[str, str, str, int]
"""Material, stage, region and year."""
Progress = Callable[[int, int], None]
Supply = Literal["customs", "reconciled", "traced"]
SUPPLIES: tuple[str, ...] = get_args(Supply)
NO_USE = "it uses none: it has nothing, or exports all it has."


def measure_geopolrisk_supply(
    data: Snapshot,
    *,
    materials: Sequence[str],
    stages: Sequence[str],
    regions: Sequence[str],
    years: Sequence[int],
    supplies: Sequence[Supply],
    unknown_content: UnknownContent = "missing",
    progress: Progress = lambda done, total: None,
) -> tuple[list[Record], Lineage]:
    r"""
    Score GeoPolRisk from several views of the same supply.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, stages, regions, years : sequences
        Resolved names.
    supplies : sequence of {"customs", "reconciled", "traced"}
        customs: tonnes as recorded, by customs partner (`score_geopolrisk`). reconciled: the balanced tonnes of the
        chain, by customs partner. traced: the balanced tonnes by country of production of the same stage, through
        re-exports (`trace_origins`).
    unknown_content : {"missing", "estimate", "gross"}, default "missing"
        As in `build_supply_chain`, for the views of the chain: with "estimate" more chains balance, and the `quality`
        of their scores is `imputed`.
    progress : function of done and total
        Called after every material and year.

    Returns
    -------
    records, lineage
        One record per combination with its `supply`. `value`: score [unitless, 0..1]; `low` and `high` where
        partners without a governance score (`unscored_share`) or supply of unknown origin (`unknown_share`) leave an
        interval, both counted at a risk of 0 and of 1; `value` is then their middle where they lie within 1 %, else
        None. `reason` where there is no value. Prices are those of customs in every view, so that factors differ by
        score alone.

    Raises
    ------
    DataError
        If a view is unknown, or no combination has a score or an interval.

    Notes
    -----
    With the share :math:`s_o` of country o in all that the region has, own production included:

    .. math:: GPRS = HHI \cdot \sum_{o \notin G} s_o w_o

    References
    ----------
    .. [1] See `geopolrisk_score`, `trace_origins` and `reconcile`; their join: source: this project,
       docs/reference/indicators.md.

    Examples
    --------
    Half of a supply was produced at a risk of 0.6, a tenth is of unknown origin, the rest is own; the concentration
    is 0.5: at least 0.5 * 0.3 = 0.15, at most 0.5 * (0.3 + 0.1) = 0.2.

    >>> round(0.5 * 0.5 * 0.6, 3), round(0.5 * (0.5 * 0.6 + 0.1), 3)
    (0.15, 0.2)
    """
    for name in supplies:
        if name not in SUPPLIES:
            raise DataError("supply", f"{name!r} is unknown.", fix=nearest_names(name, SUPPLIES))
    scores = score_geopolrisk(data, materials=materials, stages=stages, regions=regions, years=years)
    options = ReconcileOptions(unknown_content=unknown_content)
    customs: dict[Cell, Record] = {
        (str(r["material"]), str(r["stage"]), str(r["region"]), int(str(r["year"]))): r
        for r in list_scores(scores)
    }
    found: dict[tuple[Cell, str], Record] = {}
    views = [name for name in supplies if name != "customs"]
    jobs = list(product(materials, years)) if views else []
    for done, job in enumerate(jobs, 1):
        found |= _score_material(data, job, options, (stages, regions, views), customs)
        progress(done, len(jobs))
    records = [
        _label(record if name == "customs" else found[cell, name], name)
        for cell, record in customs.items()
        for name in supplies
    ]
    if all(record["value"] is None and record["high"] is None for record in records):
        reasons = dict.fromkeys(str(record["reason"]) for record in records)
        raise DataError("geopolrisk", "no combination has a score.", which=list(reasons))
    sources = {str(name) for record in records for name in record["source_ids"]}  # type: ignore[attr-defined]
    return records, data.lineage.with_sources(*sources)


def _score_material(
    data: Snapshot,
    job: tuple[str, int],
    options: ReconcileOptions,
    asked: tuple[Sequence[str], Sequence[str], Sequence[str]],
    customs: Mapping[Cell, Record],
) -> dict[tuple[Cell, str], Record]:
    """Score one material and year for every stage, region and view asked for."""
    material, year = job
    stages, regions, views = asked
    found: dict[tuple[Cell, str], Record] = {}
    try:
        chain = reconcile_cached(data, material, year, options).chain
        risk = governance_risk(build_governance_estimate(data, year))
    except DataError as error:
        places: dict[str, Place | str] = dict.fromkeys(stages, explain(error))
    else:
        places = {stage: _try_place(chain, stage, risk) for stage in stages}
    for stage, place in places.items():
        told = {} if isinstance(place, str) else _score_place(place, regions, views)
        for region, view in product(regions, views):
            cell = (material, stage, region, year)
            score = place if isinstance(place, str) else told[region, view]
            base = customs[cell]
            found[cell, view] = _untold(base, score) if isinstance(score, str) else _compose(base, score)
    return found


def _try_place(chain: SupplyChain, stage: str, risk: xr.DataArray) -> Place | str:
    """Read a stage, or say why it cannot be used."""
    try:
        return read_place(chain, stage, risk)
    except DataError as error:
        return explain(error)


def _score_place(
    place: Place, regions: Sequence[str], views: Sequence[str]
) -> dict[tuple[str, str], Record | str]:
    """Score every region at one place by every view; words where one cannot be told."""
    told: dict[tuple[str, str], Record | str] = {}
    members: dict[str, list[int]] = {}
    for region in regions:
        try:
            members[region] = find_members(place, region)
        except DataError as error:
            told |= {(region, view): explain(error) for view in views}
    traced = mixes_of_origins(place, members) if "traced" in views else {}
    shared = _describe_place(place)
    for region, positions in members.items():
        for view in views:
            try:
                mix = traced.get(region) if view == "traced" else mix_of_partners(place, positions)
            except DataError as error:
                told[region, view] = explain(error)
                continue
            made = float(place.production_t[positions].sum())
            told[region, view] = _score_mix(place, mix, shared | {"production_t": made}) if mix else NO_USE
    return told


def _describe_place(place: Place) -> Record:
    """Describe what holds for every region: weight, quality, sources."""
    sources = {*place.chain.sources(place.stage, "production", "trade"), "wgi"}
    return {
        "weight": describe_weight(place.chain, place.stage), **describe_quality(place.chain, place.stage),
        "source_ids": tuple(sorted(sources)),
    }  # fmt: skip


def _score_mix(place: Place, mix: Mix, shared: Record) -> Record:
    """Score one mix: a value where both ends of the risk lie within 1 %, else an interval and why."""
    low, high, unscored = bound_risk(mix, place.risk)
    middle = (low + high) / 2
    hhi = xr.DataArray(place.hhi)
    ends = geopolrisk_score(hhi, xr.DataArray([low, high, middle], dims="bound")).values.tolist()
    is_told = high - low <= MAX_GAP * low or high == low
    lacks = [(unscored, "has no governance score"), (mix.unknown, "is of unknown origin")]
    reason = "; ".join(f"{100 * share:.3g} % of the supply {words}" for share, words in lacks if share > 0)
    return shared | {
        "value": ends[2] if is_told else None, "low": None if high == low else ends[0],
        "high": None if high == low else ends[1], "hhi": place.hhi, "import_risk": middle if is_told else None,
        "unscored_share": unscored, "unknown_share": mix.unknown, "reason": None if is_told else f"{reason}.",
    }  # fmt: skip


def _compose(base: Mapping[str, object], score: Mapping[str, object]) -> Record:
    """Put a score into the record of the customs view, at its price."""
    price, value = base["price_usd_per_t"], score["value"]
    factor = None
    if value is not None and price is not None:
        factor = float(
            characterisation_factor(xr.DataArray(float(str(value))), xr.DataArray(float(str(price))))
        )
    kept = {name: given for name, given in base.items() if name != "note" or factor is None}
    return kept | {"unknown_share": None} | dict(score) | {"characterisation_factor": factor}


def _untold(base: Mapping[str, object], reason: str) -> Record:
    """Compose the record of a cell that cannot be told: the labels of the customs record, and why."""
    kept = ("indicator", "material", "year", "stage", "region", "method", "unit", "quality")
    empty: Record = dict.fromkeys(base)
    return empty | {name: base[name] for name in kept} | {"reason": reason, "source_ids": ()}


def _label(record: Mapping[str, object], supply: str) -> Record:
    """Put the view after the method, and leave out a reason that there is none of."""
    labelled: Record = {}
    for name, value in record.items():
        if name == "reason" and value is None:
            continue
        labelled[name] = value
        if name == "method":
            labelled["supply"] = supply
    return labelled
