"""EU supply risk of any materials and years from our own chains, as flat records with intervals and ranks."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.criticality.draws import Shaken, draw_mixes, shake
from monazite.indicators.criticality.mixes import NO_PRODUCTION, Mixes, average_mixes, build_mixes
from monazite.indicators.criticality.parts import Terms, assess_mixes, tell_terms
from monazite.indicators.criticality.study import SHARES, build_study_mixes, shake_study
from monazite.indicators.criticality.tables import (
    RISK,
    Factor,
    check_tables,
    lowest_substitution,
    read_official,
    read_recycling,
    read_scores,
    read_substitution,
    read_trade_parameters,
)
from monazite.indicators.draw_ranks import rank_draws
from monazite.indicators.measure import explain
from monazite.indicators.supply_risk import SUPPLY_RISK_THRESHOLD
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import ReconcileOptions, SupplyChain, reconcile_cached

Record = dict[str, object]
Progress = Callable[[int, int], None]
INDICATOR = "supply-risk"
STAGES = ("extraction", "processing")
ASSESSED = (2016, 2020)
"""First and last year that the Commission's trade parameters of 2023 describe."""
LOW, HIGH = 0.05, 0.95
NARROW = 0.01
"""An interval below a tenth of the digit that the Commission prints is not told. [unitless]"""
OPTIONS = ReconcileOptions(unknown_content="gross")
WITHOUT_INDEX = (
    "no substitution index is carried, so the value is an upper bound, and low takes the lowest index carried"
)
GOVERNANCE = "governance is political stability, the Commission takes the mean of six dimensions"
STUDY = "the mixes are the shares of the Commission's study, mean of 2016-2020, as there are no tonnes"
NO_RATE = "no end-of-life recycling input rate is carried, so that high is the risk without recycling"


@dataclass(frozen=True)
class Assessed:
    """One material, span of years and stage: mixes, factors, terms, scores, draws; or why there is none."""

    material: str
    years: tuple[int, ...]
    stage: str
    reason: str = ""
    mixes: Mixes | None = None
    terms: Terms | None = None
    recycled: Factor = field(default=Factor(float("nan")))
    substitution: Factor = field(default=Factor(float("nan")))
    lowest: float = 1.0
    has_parameters: bool = False
    score: xr.DataArray | None = None
    drawn: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> float | None:
        """The risk, or None: a missing recycling rate or governance score leaves only an interval."""
        if self.terms is None or not self.recycled.is_known or not self.terms.is_told:
            return None
        return float(self.terms.risk)

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """Interval of the risk: of the draws where there are some, widened by what is not known."""
        if self.terms is None:
            return None, None
        low, high = float(self.terms.risk_low), float(self.terms.risk_high)
        if self.drawn is not None:
            low, high = (float(end) for end in np.quantile(self.drawn, (LOW, HIGH)))
        is_open = self.drawn is None and high - low <= NARROW
        low = low if self.substitution.is_known else low * self.lowest
        if not self.recycled.is_known:
            return None, high
        return (None, None) if is_open and self.substitution.is_known else (low, high)


def measure_supply_risk(
    data: Snapshot,
    *,
    materials: Sequence[str],
    stages: Sequence[str],
    years: Sequence[int],
    draws: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[list[Record], Lineage]:
    """
    Compute the European supply risk from reconciled chains, at each stage, and choose the stage.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, stages, years : sequences
        Ids of materials; stages; calendar years.
    draws : int, default 0
        Draws of production, trade, governance and the rounding of recycling rates and substitution indices.
    seed : int, default 0
        Of the draws.
    progress : callable, optional
        Called with what is done and what there is to do.

    Returns
    -------
    records, lineage
        Per material, year and stage: `value` [unitless], `low` and `high` (5 and 95 % of the draws, or what stays
        open), the terms, `supply_mix`, `is_chosen`, `threshold` ("reached", "not reached", "cannot tell"); with draws
        the `rank` among the materials of the year at their chosen stages, `rank_low`, `rank_high` and `rank_holds`, the
        share of the draws in which the rank is the same.

    Raises
    ------
    DataError
        If no combination has a figure, or the release lacks the tables of the method.
    """
    check_tables(data)
    found: list[Assessed] = []
    jobs = [(material, year) for year in years for material in materials]
    for done, (material, year) in enumerate(jobs):
        found += assess_material(data, material, (year,), stages, draws=draws, seed=seed, has_study=True)
        if progress is not None:
            progress(done + 1, len(jobs))
    if all(one.terms is None for one in found):
        raise DataError(
            INDICATOR, "no combination has a figure.", which=list(dict.fromkeys(one.reason for one in found)),
            expected="years with production: monazite data coverage lists them",
        )  # fmt: skip
    chosen = choose_stages(found)
    ranks = rank_records(chosen) if draws else {}
    records = [
        compose_record(one, is_chosen=any(one is other for other in chosen))
        | ranks.get((one.material, one.years, one.stage), {})
        | _tell_official(data, one)
        for one in found
    ]
    return records, compose_lineage(data, records, found, seed if draws else None)


def compose_lineage(
    data: Snapshot, records: Sequence[Record], found: Sequence[Assessed], seed: int | None
) -> Lineage:
    """Name the sources of records, the user's files that the chains may come from, and the seed of the draws."""
    used = {file for one in found if one.mixes is not None for file in one.mixes.imports}
    lineage = data.lineage.with_sources(*find_sources(records)).keep_imports(lambda file: file in used)
    return replace(lineage, seed=seed)


def assess_material(
    data: Snapshot,
    material: str,
    years: Sequence[int],
    stages: Sequence[str] = STAGES,
    *,
    draws: int = 0,
    seed: int = 0,
    has_study: bool = False,
) -> list[Assessed]:
    """
    Assess one material at some stages, over the mean of some years.

    With `has_study` the shares of the Commission's study stand in where there is no chain at all, in its years.

    Returns
    -------
    list of Assessed
        One per stage; where there is no figure its `reason` says why.
    """
    span = tuple(years)
    chains: list[SupplyChain] = []
    reason = ""
    for year in span:
        try:
            chains.append(reconcile_cached(data, material, year, OPTIONS).chain)
        except DataError as error:
            reason = reason or explain(error)
    if not chains and has_study and ASSESSED[0] <= span[0] and span[-1] <= ASSESSED[1]:
        return _assess_study(data, material, span, stages, draws=draws, seed=seed)
    if not chains:
        return [Assessed(material, span, stage, f"{material} {_span(span)}: {reason}") for stage in stages]
    with_output = [chain for chain in chains if _has_output(chain, stages)]
    chains = with_output or chains
    try:
        scores = read_scores(data, [chain.year for chain in chains])
    except DataError as error:
        return [
            Assessed(material, span, stage, f"{material} {_span(span)}: governance {explain(error)}")
            for stage in stages
        ]
    shaken = shake(chains, scores, draws=draws, seed=seed) if draws else None
    mixes = [average_mixes([build_mixes(chain, stage) for chain in chains]) for stage in stages]
    return [_assess_mixes(data, one, span, score=scores[0], shaken=shaken) for one in mixes]


def choose_stages(found: Iterable[Assessed]) -> list[Assessed]:
    """
    Choose for each material and year the stage with the highest risk, as the Commission does.

    A stage of which only the Union's mix is known counts where no other stage has a figure.
    """
    groups: dict[tuple[str, tuple[int, ...]], list[Assessed]] = {}
    for one in found:
        if one.terms is not None:
            groups.setdefault((one.material, one.years), []).append(one)
    return [max(group, key=_strength) for group in groups.values()]


def rank_records(chosen: Sequence[Assessed]) -> dict[tuple[str, tuple[int, ...], str], Record]:
    """Rank the chosen materials of each span of years, the highest risk first, with how often each rank holds."""
    ranks: dict[tuple[str, tuple[int, ...], str], Record] = {}
    for years in dict.fromkeys(one.years for one in chosen):
        group = [
            one for one in chosen if one.years == years and one.value is not None and one.drawn is not None
        ]
        if group:
            values = np.array([one.value for one in group], dtype=float)
            drawn = np.stack([one.drawn for one in group if one.drawn is not None])
            for one, record in zip(group, rank_draws(values, drawn), strict=True):
                ranks[one.material, one.years, one.stage] = record
    return ranks


def compose_record(one: Assessed, *, is_chosen: bool) -> Record:
    """Compose the record of one material, span of years and stage."""
    used = one.mixes.years if one.mixes is not None else one.years
    record: Record = {
        "indicator": INDICATOR, "material": one.material, "year": used[-1],
        **({"period": _span(used)} if len(one.years) > 1 else {}), "stage": one.stage, "region": "EU27",
    }  # fmt: skip
    if one.terms is None or one.mixes is None:
        return record | {"value": None, "unit": "1", "reason": one.reason, "source_ids": ()}
    low, high = one.ends
    left_out = [name for name, factor in (("substitution", one.substitution), ("recycling", one.recycled))
                if not factor.is_known]  # fmt: skip
    sources = {*one.mixes.source_ids, "wgi", "eu_crm_2023"}
    sources |= {factor.source_id for factor in (one.recycled, one.substitution) if factor.is_known}
    record |= {
        "value": one.value, "unit": "1", "low": low, "high": high, **tell_terms(one.terms),
        "eol_recycling_input_rate": _known(one.recycled), "substitution_index": _known(one.substitution),
        "left_out": ", ".join(left_out) or None, "supply_mix": one.terms.mix, "weight": one.mixes.weight,
        "figures": SHARES if one.mixes.weight == SHARES
        else "reconciled" if one.mixes.is_balanced else "as reported",
        "trade_parameter": f"published for {ASSESSED[0]}-{ASSESSED[1]}" if one.has_parameters else "1, none published",
        "governance": "political stability", "draws": None if one.drawn is None else len(one.drawn),
        "threshold": judge(one.value, low, high), "is_chosen": is_chosen,
        "quality": None, "source_ids": tuple(sorted(sources)), "note": "; ".join(one.notes),
    }  # fmt: skip
    if one.value is None:
        record["reason"] = (
            f"{one.material}: {NO_RATE}"
            if not one.recycled.is_known
            else f"{one.material} {one.stage}: no governance score for {', '.join(one.terms.unscored[:5])}"
        )
    return record


def judge(value: float | None, low: float | None, high: float | None) -> str:
    """
    Say whether the threshold of supply risk is reached, or that the interval leaves it open.

    Examples
    --------
    >>> judge(1.4, 0.9, 1.8), judge(1.4, 1.1, 1.8), judge(0.4, None, None)
    ('cannot tell', 'reached', 'not reached')
    """
    ends = [end for end in (value, low, high) if end is not None]
    if low is None and value is None:
        return "not reached" if ends and max(ends) < SUPPLY_RISK_THRESHOLD else "cannot tell"
    reached = {end >= SUPPLY_RISK_THRESHOLD for end in ends}
    return "cannot tell" if len(reached) > 1 else "reached" if reached == {True} else "not reached"


def find_sources(records: Iterable[Record]) -> set[str]:
    """List the sources of records."""
    return {str(source) for record in records for source in record.get("source_ids") or ()}  # type: ignore[attr-defined]


def _assess_study(
    data: Snapshot, material: str, years: tuple[int, ...], stages: Sequence[str], *, draws: int, seed: int
) -> list[Assessed]:
    """Assess a material without a chain by the shares that the study prints."""
    mixes = [build_study_mixes(data, material, stage, years) for stage in stages]
    scores = read_scores(data, years)
    known = [one for one in mixes if one.is_known]
    shaken = shake_study(known, scores, draws=draws, seed=seed) if draws and known else None
    return [_assess_mixes(data, one, years, score=scores[0], shaken=shaken) for one in mixes]


def _assess_mixes(
    data: Snapshot, mixes: Mixes, years: tuple[int, ...], *, score: xr.DataArray, shaken: Shaken | None
) -> Assessed:
    """Assess one stage of which the mixes are there."""
    material, stage = mixes.material, mixes.stage
    if not mixes.is_known:
        reason = f"{material} {stage} {_span(years)}: {', '.join(mixes.lacks)}"
        return Assessed(material, years, stage, reason, mixes)
    parts = [mix for mix in (mixes.world_t, mixes.union_t) if mix is not None]
    suppliers = sorted({str(code) for mix in parts for code in mix["country"].values})
    parameter, has_parameters = read_trade_parameters(data, material, stage, suppliers)
    recycled, substitution = read_recycling(data, material), read_substitution(data, material, RISK)
    factors = {
        "recycled": recycled.value if recycled.is_known else 0.0,
        "substitution": substitution.value if substitution.is_known else 1.0,
    }
    terms = assess_mixes(mixes, score, parameter, **factors)
    one = Assessed(
        material, years, stage, "", mixes, terms, recycled, substitution, lowest_substitution(data, RISK),
        has_parameters, score,
    )  # fmt: skip
    drawn = draw_mixes(shaken, stage, parameter, recycled, substitution) if shaken is not None else None
    return replace(one, drawn=drawn, notes=_list_notes(one))


def _has_output(chain: SupplyChain, stages: Sequence[str]) -> bool:
    """Whether somebody reports production at one of the stages."""
    return bool(chain.production_t.sel(stage=list(stages)).notnull().any())


def _list_notes(one: Assessed) -> tuple[str, ...]:
    """Say what a reader must know: what is left out, what is assumed, what lies outside its range."""
    if one.terms is None or one.mixes is None:
        return ()
    place = f"{one.material} {one.stage} {_span(one.mixes.years)}"
    reliance = one.terms.reliance
    notes = [GOVERNANCE]
    if not one.substitution.is_known:
        notes.append(f"{one.material}: {WITHOUT_INDEX}")
    if one.mixes.weight == SHARES:
        notes.append(f"{one.material}: {STUDY}")
    elif one.terms.mix == "global":
        notes.append(
            f"{place}: only the world's mix counts, {', '.join(one.mixes.lacks) or 'no import reliance'}"
        )
    if one.terms.mix == "eu":
        notes.append(
            f"{place}: only the Union's mix counts, without its own output: {', '.join(one.mixes.lacks)}"
        )
    if bool(reliance.notnull().all()) and float(reliance) < 0 and one.terms.mix == "both":
        notes.append(
            f"{place}: the Union exports more than it imports (reliance {float(reliance):.2f}), counted as 0"
        )
    if one.mixes.weight == "gross" and one.terms.mix != "global":
        notes.append("weight gross: goods of unknown content count with their gross weight")
    if not one.has_parameters:
        notes.append(f"{place}: no trade parameter is published, so t is 0.8 in the Union and 1 elsewhere")
    if one.mixes.is_part:
        notes.append(f"{place}: production covers only a part of the material")
    if one.recycled.note:
        notes.append(f"{one.material}: the recycling rate is {one.recycled.note}")
    if one.terms.unscored:
        notes.append(f"{place}: no governance score for {', '.join(one.terms.unscored[:5])}")
    return tuple(notes)


def _tell_official(data: Snapshot, one: Assessed) -> Record:
    """Give the newest official supply risk of a material that has a figure of ours."""
    official = read_official(data, one.material, one.stage) if one.terms is not None else None
    return {"official": official.supply_risk, "official_year": official.year} if official else {}


def _strength(one: Assessed) -> tuple[bool, bool, float]:
    """Order of stages: with a figure, with more than the Union's imports alone, by risk."""
    is_partial = one.mixes is not None and NO_PRODUCTION in one.mixes.lacks
    return one.value is not None, not is_partial, float(one.terms.risk) if one.terms else -1.0


def _known(factor: Factor) -> float | None:
    return factor.value if factor.is_known else None


def _span(years: Sequence[int]) -> str:
    """Write years: one, or first to last."""
    return str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
