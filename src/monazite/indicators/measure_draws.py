"""Measures with intervals: the same measure on every chain that the reports allow, and how often ranks hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.concentration import herfindahl_hirschman_index, supplier_share
from monazite.indicators.criticality.draws import draw_scores, mix_seed
from monazite.indicators.criticality.mixes import DRAW, REST, hides_importers
from monazite.indicators.criticality.tables import read_scores
from monazite.indicators.dependence import imports_by_partner
from monazite.indicators.draw_ranks import rank_draws
from monazite.indicators.geopolrisk.score import geopolrisk_score, import_risk
from monazite.indicators.governance import governance_weighted_hhi
from monazite.indicators.measure import GEOPOLRISK, MAX_GAP, explain
from monazite.provenance import ImportedFile, Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import ReconcileOptions, SupplyChain, reconcile_cached
from monazite.supply_chain.draws import draw_chains
from monazite.vocabulary import resolve_region

Record = dict[str, object]
Progress = Callable[[int, int], None]
DRAWN = ("hhi", "governance-weighted-hhi", "top-share", GEOPOLRISK)
"""Indicators of which draws can be made here; `supply-risk` and `economic-importance` have commands of their own."""
LOW, HIGH = 0.05, 0.95
TOP = 5
WORST = 10.0
OPTIONS = ReconcileOptions(unknown_content="gross")
NO_CONTENT = "the content of the traded product is not known, so imports cannot be added to own production"


@dataclass(frozen=True)
class Drawn:
    """
    A reconciled chain and draws of it.

    `made_t` has dims (stage, draw, country), `bought_t` per region (stage, draw, exporter) [t]; `score` dims
    (draw, country) [unitless, 0..10].
    """

    chain: SupplyChain
    made_t: xr.DataArray
    bought_t: dict[str, xr.DataArray]
    score: xr.DataArray
    best_score: xr.DataArray


def measure_draws(
    data: Snapshot,
    indicator: str,
    *,
    materials: Sequence[str],
    stages: Sequence[str],
    years: Sequence[int],
    regions: Sequence[str] = (),
    draws: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[list[Record], Lineage]:
    """
    Compute one indicator from reconciled chains with a 5-95 % interval, and ranks with how often they hold.

    Parameters
    ----------
    data : Snapshot
        An open release.
    indicator : str
        One of `DRAWN`.
    materials, stages, years, regions : sequences
        Resolved names; `regions` for `geopolrisk` only.
    draws : int
        How many. [>= 1] Where a stage balances each is balanced again; elsewhere reports move by the standard
        deviations of their pedigree.
    seed : int, default 0
        Of the draws: the same seed gives the same figures.
    progress : callable, optional
        Called with what is done and what there is to do.

    Returns
    -------
    records, lineage
        As of `measure`, from reconciled figures: `value`, `low`, `high`, `rank`, `rank_low`, `rank_high`, `rank_holds`,
        `draws`. Materials are ranked within a year, stage and region; for `top-share` countries within a material.

    Raises
    ------
    DataError
        If the indicator has no draws, fewer than one is asked for, or no combination has a figure.
    """
    check_draws(indicator, draws)
    records: list[Record] = []
    samples: list[np.ndarray | None] = []
    lineage = data.lineage
    failures: list[DataError] = []
    imports: set[ImportedFile] = set()
    jobs = [(material, year) for year in years for material in materials]
    for done, (material, year) in enumerate(jobs):
        places = [(stage, region) for stage in stages for region in (regions or ("",))]
        try:
            drawn = draw_chain(data, material, year, regions, draws=draws, seed=seed)
        except DataError as error:
            failures.append(error)
            records += [_fail(indicator, material, year, place, error) for place in places]
            samples += [None] * len(places)
            continue
        imports |= set(drawn.chain.lineage.imports)
        for stage, region in places:
            try:
                found = _measure_stage(indicator, drawn, stage, region)
            except DataError as error:
                failures.append(error)
                found = [(_fail(indicator, material, year, (stage, region), error), None)]
            for record, sample in found:
                records.append(record | ({"draws": draws} if sample is not None else {}))
                samples.append(sample)
                lineage = lineage.with_sources(*map(str, record["source_ids"]))  # type: ignore[call-overload]
        if progress is not None:
            progress(done + 1, len(jobs))
    if failures and all(record["value"] is None for record in records):
        raise failures[0]
    if indicator != "top-share":
        _add_ranks(records, samples)
    return records, replace(lineage.keep_imports(lambda file: file in imports), seed=seed)


def check_draws(
    indicator: str, draws: int, *, method: str | None = None, product_codes: Sequence[str] | None = None
) -> None:
    """
    Raise DataError unless draws can be made of an indicator, and at least one is asked for.

    Raises
    ------
    DataError
        If not; the message names the indicators that have draws, and the options that do not go with them.
    """
    if indicator not in DRAWN:
        raise DataError(
            "--draws", f"{indicator} has no draws.", expected=", ".join(DRAWN), fix="leave --draws out"
        )
    if draws < 1:
        raise DataError("--draws", f"is {draws}.", expected="1 or more; 200 for two digits")
    if method not in (None, "monazite") or product_codes is not None:
        raise DataError("--draws", "goes with our own rules and all product codes.",
                        which=[method, *(product_codes or ())], fix="leave the other option out")  # fmt: skip


def draw_chain(
    data: Snapshot, material: str, year: int, regions: Sequence[str], *, draws: int, seed: int
) -> Drawn:
    """
    Reconcile a chain and draw from it; keep production by country and the imports of some regions by partner.

    Raises
    ------
    DataError
        If there is no chain, no governance in that year, or a region has no members.
    """
    chain = reconcile_cached(data, material, year, OPTIONS).chain
    members = {region: [code for code in resolve_region(region, year) if code in chain.countries]
               for region in regions}  # fmt: skip
    made = []
    bought: dict[str, list[xr.DataArray]] = {region: [] for region, codes in members.items() if codes}
    for one in draw_chains(chain, draws=draws, seed=mix_seed(seed, material, year)):
        made.append(one.production_t)
        for region, parts in bought.items():
            parts.append(_outside(one.trade_t, members[region]))
    best, sd = read_scores(data, [year])
    score = draw_scores(
        (best, sd), chain.countries, draws, seed, np.random.default_rng(mix_seed(seed, material, "factors"))
    )
    return Drawn(
        chain, xr.concat(made, dim=DRAW),
        {region: xr.concat(parts, dim=DRAW) for region, parts in bought.items()}, score,
        best.reindex(country=list(chain.countries)),
    )  # fmt: skip


def _measure_stage(
    indicator: str, drawn: Drawn, stage: str, region: str
) -> list[tuple[Record, np.ndarray | None]]:
    """Measure one stage: records, each with its draws."""
    drawn.chain.check_stage(stage, "production_t")
    production_t, made_t = (array.sel(stage=stage) for array in (drawn.chain.production_t, drawn.made_t))
    labels: Record = {
        "indicator": indicator, "material": drawn.chain.material, "year": drawn.chain.year, "stage": stage,
        "unit": "1", "quality": None, "figures": _state(drawn.chain, stage),
        "source_ids": drawn.chain.sources(stage, "production"),
    }  # fmt: skip
    if indicator == "top-share":
        return _measure_top(production_t, made_t, labels | {"unit": "share"})
    if indicator == "hhi":
        hhi = herfindahl_hirschman_index(made_t).values
        rest = _rest(made_t)
        return [
            (labels | _interval(float(herfindahl_hirschman_index(production_t)), hhi - rest**2, hhi), hhi)
        ]
    labels["source_ids"] = (*drawn.chain.sources(stage, "production"), "wgi")
    if indicator == "governance-weighted-hhi":
        sample = governance_weighted_hhi(made_t, drawn.score).values
        value, note = _weigh(production_t, drawn.best_score)
        return [(labels | _interval(value, sample, sample) | note, sample)]
    return [_measure_geopolrisk(drawn, (production_t, made_t), stage, region, labels)]


def _measure_top(
    production_t: xr.DataArray, made_t: xr.DataArray, labels: Record
) -> list[tuple[Record, np.ndarray | None]]:
    """Shares of the largest named producers, with how often each keeps its rank among those named."""
    share, shares = (supplier_share(array) for array in (production_t, made_t))
    named = [code for code in share["country"].values if code != REST and float(share.sel(country=code)) > 0]
    values = share.sel(country=named).values
    samples = shares.sel(country=named).transpose("country", DRAW).values
    ranks = rank_draws(values, samples)
    order = np.argsort(-values, kind="stable")[:TOP]
    return [
        (labels | {"country": str(named[k])} | _interval(float(values[k]), samples[k], samples[k]) | ranks[k],
         samples[k])
        for k in order
    ]  # fmt: skip


def _measure_geopolrisk(
    drawn: Drawn, supply: tuple[xr.DataArray, xr.DataArray], stage: str, region: str, labels: Record
) -> tuple[Record, np.ndarray | None]:
    """GeoPolRisk from the reconciled chain: concentration of production times risk of imports."""
    chain = drawn.chain
    chain.check_stage(stage, "trade_t")
    production_t, made_t = supply
    members = [code for code in resolve_region(region, chain.year) if code in chain.countries]
    if region not in drawn.bought_t or hides_importers(chain, stage, members):
        raise DataError(f"{chain.material} {chain.year}, {stage}", f"no trade of {region} is on record here.")
    own_t = production_t.sel(country=members).sum("country")
    if bool(chain.arrays["is_gross"].sel(stage=stage)) and float(own_t) > 0:
        raise DataError(f"{chain.material} {chain.year}, {stage}", f"{region}: {NO_CONTENT}.")
    bought_t = _outside(chain.trade_t, members).sel(stage=stage)
    lacking = _list_unscored(bought_t, drawn.best_score)
    risk = (drawn.best_score / WORST).clip(0.0, 1.0).rename(country="exporter")
    ends = []
    for filled in (0.0, 1.0):
        weight = risk.fillna(filled).sel(exporter=bought_t["exporter"].values)
        part = import_risk(bought_t, weight, float(own_t))
        ends.append(float(geopolrisk_score(herfindahl_hirschman_index(production_t), part)))
    risks = (drawn.score / WORST).clip(0.0, 1.0).rename(country="exporter")
    bought = drawn.bought_t[region].sel(stage=stage)
    weighted = (bought * risks.sel(exporter=bought["exporter"].values)).sum("exporter")
    supplied = bought.sum("exporter") + made_t.sel(country=members).sum("country")
    sample = (herfindahl_hirschman_index(made_t) * weighted / supplied).values
    value, note = _choose_middle(ends, lacking)
    sources = tuple(sorted({*map(str, labels["source_ids"]), *chain.sources(stage, "trade")}))  # type: ignore[call-overload]
    record = labels | {"region": region, "method": "monazite", "source_ids": sources}
    record["weight"] = "gross" if bool(chain.arrays["is_gross"].sel(stage=stage)) else "contained"
    return record | _interval(value, sample, sample) | note, sample


def _weigh(production_t: xr.DataArray, score: xr.DataArray) -> tuple[float | None, Record]:
    """Governance-weighted HHI of the best figures."""
    producers = production_t[production_t.values > 0]
    known = score.reindex(country=producers["country"].values)
    ends = [float(governance_weighted_hhi(producers, known.fillna(end))) for end in (0.0, WORST)]
    return _choose_middle(ends, _list_unscored(production_t, score))


def _choose_middle(ends: Sequence[float], lacking: Sequence[str]) -> tuple[float | None, Record]:
    """Give the middle of the bounds that missing scores leave, if they are close; name who has no score."""
    if not lacking:
        return ends[0], {}
    words = f"no governance score for {', '.join(lacking[:5])}: drawn from 0 to 10"
    if ends[1] - ends[0] <= MAX_GAP * ends[0]:
        return sum(ends) / 2, {"note": words}
    return None, {"reason": words}


def _list_unscored(quantity: xr.DataArray, score: xr.DataArray) -> list[str]:
    (dim,) = quantity.dims
    known = score.reindex(country=quantity[dim].values).notnull().values
    return [str(code) for code in quantity[dim].values[(quantity.values > 0) & ~known]]


def _outside(trade_t: xr.DataArray, members: Sequence[str]) -> xr.DataArray:
    """Imports of members by partner outside; NaN where tonnes are not known."""
    outside = [code for code in trade_t["exporter"].values if code not in members]
    known = trade_t.sel(importer=list(members), exporter=outside)
    if bool(known.notnull().all()):
        return imports_by_partner(trade_t, importers=list(members))
    return known.sum("importer", skipna=False)


def _interval(value: float | None, low: np.ndarray, high: np.ndarray) -> Record:
    return {
        "value": value, "low": float(np.quantile(low, LOW)), "high": float(np.quantile(high, HIGH)),
    }  # fmt: skip


def _rest(made_t: xr.DataArray) -> np.ndarray:
    """Share of what a source gives only as a sum of other countries, in each draw."""
    if REST not in made_t["country"].values:
        return np.zeros(made_t.sizes[DRAW])
    return np.asarray((made_t.sel(country=REST) / made_t.sum("country")).values, dtype=float)


def _state(chain: SupplyChain, stage: str) -> str:
    is_balanced = str(chain.arrays["balance_state"].sel(stage=stage).item()) == "balanced"
    return "reconciled" if is_balanced else "as reported"


def _add_ranks(records: list[Record], samples: Sequence[np.ndarray | None]) -> None:
    """Rank the materials of each year, stage and region."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for k, record in enumerate(records):
        if samples[k] is not None and record["value"] is not None:
            groups.setdefault((record["year"], record["stage"], record.get("region")), []).append(k)
    for rows in groups.values():
        if len(rows) < 2:
            continue
        values = np.array([records[k]["value"] for k in rows], dtype=float)
        drawn = np.stack([sample for k in rows if (sample := samples[k]) is not None])
        for k, rank in zip(rows, rank_draws(values, drawn), strict=True):
            records[k] |= rank


def _fail(indicator: str, material: str, year: int, place: tuple[str, str], error: DataError) -> Record:
    stage, region = place
    return {
        "indicator": indicator, "material": material, "year": year, "stage": stage,
        **({"region": region} if region else {}), "value": None, "unit": "1", "low": None, "high": None,
        "quality": None, "source_ids": (), "reason": explain(error),
    }  # fmt: skip
