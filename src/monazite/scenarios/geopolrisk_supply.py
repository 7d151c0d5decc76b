"""GeoPolRisk from reconciled and from traced supply: where tracing and indicators meet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

import xarray as xr

from monazite.errors import DataError, nearest_names
from monazite.indicators import (
    characterisation_factor,
    geopolrisk_score,
    governance_risk,
    herfindahl_hirschman_index,
    imports_by_partner,
)
from monazite.indicators.geopolrisk_records import list_scores
from monazite.indicators.geopolrisk_scores import NO_PRODUCTION, score_geopolrisk
from monazite.indicators.measure import MAX_GAP, explain
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import ReconcileOptions, SupplyChain, build_governance_estimate, reconcile_cached
from monazite.supply_chain.balance import BALANCED
from monazite.supply_chain.build import UnknownContent
from monazite.tracing import trace_origins
from monazite.tracing.origins import UNKNOWN
from monazite.tracing.records import describe_quality, describe_weight
from monazite.vocabulary import resolve_region

Record = dict[str, object]
Progress = Callable[[int, int], None]
Supply = Literal["customs", "reconciled", "traced"]
NO_FIGURES = "no figures"
SUPPLIES: tuple[str, ...] = get_args(Supply)


@dataclass(frozen=True)
class Mix:
    """
    What a region has, as shares of all of it: from partners or origins outside, own, and of unknown origin.

    `shares` has dims (country), sums with `own` and `unknown` to 1.
    """

    shares: xr.DataArray
    own: float
    unknown: float


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
    customs = {
        (str(r["material"]), str(r["stage"]), str(r["region"]), int(str(r["year"]))): r
        for r in list_scores(scores)
    }
    found: dict[tuple[str, str, str, int, str], Record] = {}
    sources: set[str] = set()
    views = [name for name in supplies if name != "customs"]
    jobs = list(product(materials, years)) if views else []
    for done, (material, year) in enumerate(jobs, 1):
        asked = list(product(stages, regions))
        found |= _score_material(data, (material, year), options, list(product(asked, views)), customs)
        progress(done, len(jobs))
    records = []
    for (material, stage, region, year), record in customs.items():
        for name in supplies:
            key = (material, stage, region, year, name)
            chosen = record if name == "customs" else found[key]
            records.append(_label(chosen, name))
            sources |= set(chosen["source_ids"])  # type: ignore[call-overload]
    if all(record["value"] is None and record["high"] is None for record in records):
        reasons = dict.fromkeys(str(record["reason"]) for record in records)
        raise DataError("geopolrisk", "no combination has a score.", which=list(reasons))
    return records, data.lineage.with_sources(*sources)


def mix_of_partners(chain: SupplyChain, stage: str, members: Sequence[str]) -> Mix:
    """
    Split what a region has by customs partner; a residual of its own balance is of unknown origin.

    Raises
    ------
    DataError
        If the region has nothing.
    """
    bought = imports_by_partner(chain.trade_t.sel(stage=stage), importers=members)
    made = float(chain.production_t.sel(stage=stage, country=list(members)).sum())
    unknown = float(chain.residual_t.sel(stage=stage, country=list(members)).clip(min=0.0).sum())
    total = float(bought.sum()) + made + unknown
    if not total > 0:
        raise DataError("region", "it neither produces nor imports any.")
    return Mix(bought.rename(exporter="country") / total, made / total, unknown / total)


def mix_of_origins(chain: SupplyChain, stage: str, members: Sequence[str]) -> Mix:
    """
    Split what a region uses by country of production of the same stage, through re-exports.

    Raises
    ------
    DataError
        As `trace_origins`.
    """
    shares = trace_origins(chain, {"region": list(members)}, stage=stage).isel(importer=0)
    unknown = float(shares.sel(origin=UNKNOWN))
    known = shares.drop_sel(origin=UNKNOWN).drop_vars(["importer", "consumption_t"])
    outside = known.drop_sel(origin=list(members))
    own = float(known.sel(origin=list(members)).sum())
    return Mix(outside.rename(origin="country"), own, unknown)


MIXES: Mapping[str, Callable[[SupplyChain, str, Sequence[str]], Mix]] = {
    "reconciled": mix_of_partners,
    "traced": mix_of_origins,
}


def bound_risk(mix: Mix, risk: xr.DataArray) -> tuple[float, float, float]:
    r"""
    Weigh a mix by governance risk.

    Parameters
    ----------
    mix : Mix
        Shares of all a region has.
    risk : DataArray, dims (country)
        See `governance_risk`. [unitless, 0..1] Absent or NaN where a country has no score.

    Returns
    -------
    low, high, unscored
        [unitless, 0..1] Risk with unknown and unscored supply at 0 and at 1; the share of supply without a score.

    Notes
    -----
    .. math:: WTA_{low} = \sum_o s_o w_o, \quad WTA_{high} = WTA_{low} + s_{unscored} + s_{unknown}

    References
    ----------
    .. [1] As `import_risk`; the bounds: source: this project, docs/reference/indicators.md.

    Examples
    --------
    0.5 * 0.6 = 0.3; BBB has no score and a tenth is unknown: 0.3 + 0.2 + 0.1.

    >>> mix = Mix(xr.DataArray([0.5, 0.2], dims="country", coords={"country": ["AAA", "BBB"]}), 0.2, 0.1)
    >>> low, high, unscored = bound_risk(mix, xr.DataArray([0.6], dims="country", coords={"country": ["AAA"]}))
    >>> round(low, 12), round(high, 12), unscored
    (0.3, 0.6, 0.2)
    """
    weights = risk.reindex(country=mix.shares["country"].values)
    unscored = float(mix.shares.where(weights.isnull(), 0.0).sum())
    low = float((mix.shares * weights.fillna(0.0)).sum())
    return low, low + unscored + mix.unknown, unscored


def _score_material(
    data: Snapshot,
    job: tuple[str, int],
    options: ReconcileOptions,
    asked: Sequence[tuple[tuple[str, str], str]],
    customs: Mapping[tuple[str, str, str, int], Record],
) -> dict[tuple[str, str, str, int, str], Record]:
    """Score one material and year for every stage and region, and every view."""
    material, year = job
    found: dict[tuple[str, str, str, int, str], Record] = {}
    try:
        chain = reconcile_cached(data, material, year, options).chain
        risk = governance_risk(build_governance_estimate(data, year))
    except DataError as error:
        chain, risk, refusal = None, None, explain(error)
    for (stage, region), view in asked:
        base = customs[material, stage, region, year]
        try:
            if chain is None or risk is None:
                raise DataError("", refusal)
            record = _score_cell(chain, risk, (stage, region, view), base)
        except DataError as error:
            record = _untold(base, explain(error))
        found[material, stage, region, year, view] = record
    return found


def _score_cell(
    chain: SupplyChain, risk: xr.DataArray, cell: tuple[str, str, str], base: Mapping[str, object]
) -> Record:
    """Score one region at one stage by one view, with the price of customs."""
    stage, region, view = cell
    members = _find_members(chain, stage, region)
    mix = MIXES[view](chain, stage, members)
    low, high, unscored = bound_risk(mix, risk)
    hhi = herfindahl_hirschman_index(chain.production_t.sel(stage=stage))
    price = base["price_usd_per_t"]
    risks = xr.DataArray([low, high, (low + high) / 2], dims="bound")
    scores = geopolrisk_score(hhi.drop_vars("stage", errors="ignore"), risks).values
    is_told = high - low <= MAX_GAP * low or high == low
    value = float(scores[2]) if is_told else None
    factor = None
    if value is not None and price is not None:
        factor = float(characterisation_factor(xr.DataArray(value), xr.DataArray(float(str(price)))))
    lacks = [(unscored, "has no governance score"), (mix.unknown, "is of unknown origin")]
    reason = (
        "; ".join(f"{100 * share:.1f} % of the supply {words}" for share, words in lacks if share > 0) + "."
    )
    ends = {} if high == low else {"low": float(scores[0]), "high": float(scores[1])}
    kept = {name: given for name, given in base.items() if name != "note"}
    return {
        **kept, "value": value, "low": None, "high": None, **ends, "hhi": float(hhi),
        "import_risk": (low + high) / 2 if is_told else None, "characterisation_factor": factor,
        "production_t": float(chain.production_t.sel(stage=stage, country=members).sum()),
        "unscored_share": unscored, "unknown_share": mix.unknown, "weight": describe_weight(chain, stage),
        "reason": None if is_told else reason,
        **describe_quality(chain, stage),
        "source_ids": tuple(sorted({*chain.sources(stage, "production", "trade"), "wgi"})),
    }  # fmt: skip


def _find_members(chain: SupplyChain, stage: str, region: str) -> list[str]:
    """List the countries of a region in a chain that balances at this stage; raise DataError with the reason else."""
    states = chain.arrays["balance_state"]
    state = str(states.sel(stage=stage).item()) if stage in states["stage"].values else NO_FIGURES
    if state == NO_FIGURES:
        raise DataError("", NO_PRODUCTION)
    if state != BALANCED:
        raise DataError("", f"the chain is not reconciled at this stage: {state}.")
    if region == "world":
        raise DataError("", "the world imports from nobody.")
    members = [code for code in resolve_region(region, chain.year) if code in chain.countries]
    trade = chain.trade_t.sel(stage=stage)
    is_silent = not float(trade.sel(importer=members).sum() + trade.sel(exporter=members).sum()) > 0
    if members and is_silent and bool(chain.arrays["is_rest_trade"].sel(stage=stage)):
        raise DataError("", f"nobody published what {region} imports.")
    if not members:
        raise DataError("", f"{region} has no figure of its own in this chain.")
    return members


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
