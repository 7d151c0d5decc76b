"""Our supply risk and importance beside the official ones of 2023, and which term makes the difference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.indicators.criticality.assess import (
    ASSESSED,
    INDICATOR,
    STAGES,
    Assessed,
    assess_material,
    choose_stages,
    compose_lineage,
    compose_record,
)
from monazite.indicators.criticality.importance import measure_economic_importance
from monazite.indicators.criticality.mixes import Mixes
from monazite.indicators.criticality.parts import assess_mixes
from monazite.indicators.criticality.study import complete_shares, split_union
from monazite.indicators.criticality.tables import (
    UNION,
    Official,
    check_tables,
    read_official,
    read_study_shares,
    read_trade_parameters,
)
from monazite.indicators.ranks import rank_correlation
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.vocabulary import materials

Record = dict[str, object]
Progress = Callable[[int, int], None]
SMALL = 0.1
"""A term below this is not told: the Commission prints one decimal. [unitless]"""
LOWEST_INDEX = 0.8
"""Lowest substitution index of the study of 2017, table 18. [unitless]"""
LATEST = "SELECT max(year)::INT AS year FROM trade"
EXPLAINED = 10
REPEATED = 0.0051
"""Half a percent and a little: how far two shares of one figure may lie apart, printed to one place and to none."""
USES_STAGE = "extraction"
"""Stage that stands for a material whose forms are assessed apart, where uses know no stage."""


@dataclass(frozen=True)
class Study:
    """
    Supply risk with the study's own mixes, and our governance, recycling and substitution. [unitless]

    `world` is with its mix of the world and ours of the Union, `both` with both of its mixes, at our stage; `best` at
    the stage where its mixes give most, `stage`. `supplier`, `share` and `score` are of the largest of the deciding
    mix.
    """

    world: float
    both: float
    best: float
    stage: str
    supplier: str
    share: float
    score: float
    scope: str
    is_repeated: bool
    has_union: bool


def compare_own_supply_risk(
    data: Snapshot,
    *,
    materials: Sequence[str],
    draws: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[list[Record], Lineage]:
    r"""
    Put our supply risk, mean of 2016 to 2020 as far as there are figures, beside the official one of 2023.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials : sequence of str
        Ids; those without an official figure or figures of ours are told with a reason.
    draws, seed : int
        As `measure_supply_risk`, for the interval.
    progress : callable, optional
        Called with what is done and what there is to do.

    Returns
    -------
    records, lineage
        Per material the record of its stage with `official`, `difference` (ours less official), `latest` and
        `latest_year`, the four terms `from_world_mix`, `from_union_mix`, `from_stage`, `from_rest` that add up to the
        difference, and, for the ten largest differences, `explanation`. Then `quantity` records: "rank_correlation"
        (Spearman) of the mean and of the latest year, and "largest_difference", over the `compared` materials.

    Raises
    ------
    DataError
        If no material can be compared.

    Notes
    -----
    Each term is the change of the risk when one input is replaced by the study's, in this order: mix of the world, mix
    of the Union, stage. What is left, the rest, is governance (one dimension for six), import reliance, and recycling
    and substitution of another year or left out, and rounding; the study's own values of these are not in the release.

    .. math:: SR - SR^{off} = (SR - SR_w) + (SR_w - SR_{wu}) + (SR_{wu} - SR_{wus}) + (SR_{wus} - SR^{off})
    """
    check_tables(data)
    latest = int(data.query(LATEST)["year"][0])
    records: list[Record] = []
    found: list[Assessed] = []
    for done, material in enumerate(materials):
        record, assessed = _compare_one(data, material, latest, draws, seed)
        records.append(record)
        found += assessed
        if progress is not None:
            progress(done + 1, len(materials))
    compared = [record for record in records if record.get("difference") is not None]
    if not compared:
        raise DataError(INDICATOR, "nothing can be compared.", which=[record["reason"] for record in records])
    largest = sorted(compared, key=lambda record: -abs(float(str(record["difference"]))))
    for record in records:
        if not any(record is one for one in largest[:EXPLAINED]):
            record.pop("explanation", None)
    records = [*largest, *(record for record in records if record.get("difference") is None)]
    records += _summarise(compared, INDICATOR, latest)
    return records, compose_lineage(data, records, found, seed if draws else None)


def compare_economic_importance(
    data: Snapshot, *, materials: Sequence[str], draws: int = 0, seed: int = 0
) -> tuple[list[Record], Lineage]:
    """
    Put our economic importance beside the official one of 2023.

    Returns
    -------
    records, lineage
        As `measure_economic_importance`, with `official` and `difference`, the largest first; `explanation` says which
        substitution index would account for the difference. Then rank correlation and largest difference.

    Raises
    ------
    DataError
        If no material has end uses.
    """
    records, lineage = measure_economic_importance(data, materials=materials, draws=draws, seed=seed)
    for record in records:
        official = read_official(data, str(record["material"]), USES_STAGE)
        if official is None:
            continue
        record |= {"official": official.economic_importance, "official_name": official.name}
        if official.note:
            record["reason"] = f"{record['material']}: official is {official.note}"
        elif record["value"] is not None:
            record["difference"] = float(str(record["value"])) - official.economic_importance
            record["explanation"] = _explain_importance(record, official)
    told = [record for record in records if record.get("difference") is not None]
    told.sort(key=lambda record: -abs(float(str(record["difference"]))))
    rest = [record for record in records if record.get("difference") is None]
    return [*told, *rest, *_summarise(told, "economic-importance", None)], lineage


def explain_difference(
    difference: float, terms: dict[str, float], one: Assessed, study: Study, official: Official
) -> str:
    """
    Say in words which terms make the difference, the largest first, each with its figures.

    Returns
    -------
    str
        Terms of 0.1 and more; the largest one in any case.
    """
    words = {
        "from_world_mix": "mix of the world",
        "from_union_mix": _explain_union(one, study),
        "from_stage": f"stage, the study's mixes give most at {study.stage}",
        "from_rest": _explain_rest(one, study, official),
    }  # fmt: skip
    ordered = sorted(terms, key=lambda name: -abs(terms[name]))
    told = [name for name in ordered if abs(terms[name]) >= SMALL] or ordered[:1]
    return f"{difference:+.1f} = " + ", ".join(f"{terms[name]:+.1f} {words[name]}" for name in told)


def _explain_union(one: Assessed, study: Study) -> str:
    """Say what the term of the Union's mix is: two mixes that differ, or one that is known to one side only."""
    if one.mixes is None or one.mixes.union_t is None:
        return "no mix of the Union of ours"
    return (
        "mix of the Union"
        if study.has_union
        else "mix of the Union, of which the study prints none at this stage"
    )


def _explain_rest(one: Assessed, study: Study, official: Official) -> str:
    """Say what the rest may be: a substitution index that is left out, or governance, with the deciding supplier."""
    ratio = official.supply_risk / study.best if study.best > 0 else float("nan")
    if not one.substitution.is_known and LOWEST_INDEX <= ratio < 1:
        return f"substitution left out (an index of {ratio:.2f} would account for it)"
    if study.is_repeated:
        return (
            "the rest: the study prints the world's mix as the Union's, which its own result cannot rest on"
        )
    place = "the Union's" if study.scope == UNION else "the world's"
    return (
        f"governance, reliance or factors ({study.supplier}, {study.share:.0%} of {place} mix, scores "
        f"{study.score:.1f} on political stability)"
    )


def _compare_one(
    data: Snapshot, material: str, latest: int, draws: int, seed: int
) -> tuple[Record, list[Assessed]]:
    """Compare one material: the record, and what it was computed from."""
    span = tuple(range(ASSESSED[0], ASSESSED[1] + 1))
    found = assess_material(data, material, span, draws=draws, seed=seed)
    chosen = choose_stages(found)
    if not chosen:
        record: Record = {"indicator": INDICATOR, "material": material, "value": None, "unit": "1",
                          "reason": _explain_no_chain(data, found[0]), "source_ids": ()}  # fmt: skip
        return record, found
    one = chosen[0]
    official = read_official(data, material, one.stage)
    record = compose_record(one, is_chosen=True)
    if official is None or one.value is None:
        record.setdefault("reason", f"{material}: {_explain_no_official(data, material, one.stage)}")
        return record, found
    newest = assess_material(data, material, (latest,))
    values = [other.value for other in choose_stages(newest)]
    difference = one.value - official.supply_risk
    record |= {
        "official": official.supply_risk, "official_name": official.name, "difference": difference,
        "latest": values[0] if values else None, "latest_year": latest,
    }  # fmt: skip
    if official.note:
        more = f"{material}: official, {official.note}"
        record["note"] = "; ".join(filter(None, [str(record.get("note") or ""), more]))
    return record | _tell_terms(data, one, official, difference), [*found, *newest]


def _explain_no_chain(data: Snapshot, one: Assessed) -> str:
    """Say why a material has no figure of ours: what the study prints of it would be compared with itself."""
    printed = [stage for stage in STAGES if read_study_shares(data, one.material, stage, "world") is not None]
    if not printed:
        return one.reason
    return (
        f"{one.material}: the release has no chain of it, and the shares that the study prints would be compared with "
        f"themselves (their risk: --year {ASSESSED[1]}, without --compare)"
    )


def _explain_no_official(data: Snapshot, material: str, stage: str) -> str:
    """Say that there is no official figure, and whether there is one of the group."""
    parent = materials()[material].parent
    group = read_official(data, parent, stage) if parent else None
    if group is None:
        return "no official figure to compare with"
    return f"no official figure of its own, and that of {group.name} ({group.supply_risk:.1f}) is of the group together"


def _tell_terms(data: Snapshot, one: Assessed, official: Official, difference: float) -> Record:
    """Take a difference apart into its terms, and say them in words."""
    study = _take_study(data, one)
    if study is None or one.value is None:
        return {"explanation": f"{difference:+.1f}: the study prints no mixes of this material"}
    terms = {
        "from_world_mix": one.value - study.world, "from_union_mix": study.world - study.both,
        "from_stage": study.both - study.best, "from_rest": study.best - official.supply_risk,
    }  # fmt: skip
    return terms | {"explanation": explain_difference(difference, terms, one, study, official)}


def _take_study(data: Snapshot, one: Assessed) -> Study | None:
    """Compute the risk with the study's mixes; None where it prints none at our stage."""
    score = one.score
    if one.mixes is None or score is None:
        return None
    shares = {stage: _read_mixes(data, one.material, stage) for stage in STAGES}
    world, union = shares[one.stage]
    if world is None and union is None:
        return None
    own = one.mixes
    half = _assess_pair(
        data, one, one.stage, (complete_shares(world) if world is not None else own.world_t, own.union_t)
    )
    risks = {
        stage: _assess_pair(data, one, stage, (complete_shares(first), complete_shares(second)))
        for stage, (first, second) in shares.items()
        if first is not None or second is not None
    }
    best = max(risks, key=lambda stage: risks[stage])
    deciding = shares[best][1] if shares[best][1] is not None else shares[best][0]
    if deciding is None:
        return None
    supplier = str(deciding["country"].values[int(np.argmax(deciding.values))])
    return Study(
        half, risks[one.stage], risks[best], best, supplier, float(deciding.max()),
        float(score.reindex(country=[supplier])[0]), UNION if shares[best][1] is not None else "world",
        _is_repeated(*shares[best]), union is not None,
    )  # fmt: skip


def _is_repeated(world: xr.DataArray | None, union: xr.DataArray | None) -> bool:
    """Whether the study prints the mix of the world as that of the Union, to the rounding of a percent."""
    if world is None or union is None:
        return False
    both = world.reindex(country=union["country"].values)
    return bool((np.abs(both - union) <= REPEATED).all())


def _read_mixes(data: Snapshot, material: str, stage: str) -> tuple[xr.DataArray | None, xr.DataArray | None]:
    return read_study_shares(data, material, stage, "world"), read_study_shares(data, material, stage, UNION)


def _assess_pair(
    data: Snapshot, one: Assessed, stage: str, pair: tuple[xr.DataArray | None, xr.DataArray | None]
) -> float:
    """Compute the risk of a mix of the world and one of the Union, with our reliance where there is one."""
    own, score = one.mixes, one.score
    if own is None or score is None or (pair[0] is None and pair[1] is None):
        return float("nan")
    flows = (own.production_t, own.import_t, own.export_t)
    is_known = one.terms is not None and bool(one.terms.reliance.notnull().all()) and stage == one.stage
    if pair[1] is not None and not is_known:
        flows = split_union(pair[1])
    mixes = Mixes(own.material, stage, *pair, *flows)
    suppliers = sorted({str(code) for mix in pair if mix is not None for code in mix["country"].values})
    parameter, _ = read_trade_parameters(data, one.material, stage, suppliers)
    terms = assess_mixes(
        mixes, score, parameter, recycled=one.recycled.value,
        substitution=one.substitution.value if one.substitution.is_known else 1.0,
    )  # fmt: skip
    return float(terms.risk)


def _explain_importance(record: Record, official: Official) -> str:
    """Say which substitution index would account for a difference of importance."""
    value = float(str(record["value"]))
    index = record["substitution_index"]
    before = value / float(str(index)) if index is not None else value
    ratio = official.economic_importance / before if before > 0 else float("nan")
    own = "left out" if index is None else f"{float(str(index)):.1f} (2017)"
    return f"substitution index {own}, {ratio:.2f} would account for it"


def _summarise(compared: Sequence[Record], indicator: str, latest: int | None) -> list[Record]:
    """Compose the rank correlations and the largest difference over all that could be compared."""
    labels: Record = {"indicator": indicator, "material": "all", "unit": "1", "source_ids": ("eu_crm_2023",)}
    records: list[Record] = []
    for name, period in (("value", f"{ASSESSED[0]}-{ASSESSED[1]}"), ("latest", str(latest))):
        pairs = [
            (float(str(r[name])), float(str(r["official"]))) for r in compared if r.get(name) is not None
        ]
        if len(pairs) > 1:
            own, theirs = (np.array(column) for column in zip(*pairs, strict=True))
            records.append(labels | {"quantity": "rank_correlation", "period": period, "compared": len(pairs),
                                     "value": rank_correlation(own, theirs)})  # fmt: skip
    gaps = [abs(float(str(record["difference"]))) for record in compared]
    if gaps:
        records.append(labels | {"quantity": "largest_difference", "compared": len(gaps), "value": max(gaps)})
        records.append(
            labels | {"quantity": "median_difference", "compared": len(gaps), "value": float(np.median(gaps))}
        )
    return records
