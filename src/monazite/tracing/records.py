"""Tracing over any set of materials, importers and years, as flat records."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import ReconcileOptions, SupplyChain, build_supply_chain, reconcile_cached
from monazite.supply_chain.biproportional import FITTED, is_fitted
from monazite.supply_chain.build import UnknownContent
from monazite.supply_chain.draws import draw_chains
from monazite.tracing.origins import UNKNOWN, find_traded_stage
from monazite.tracing.ways import OUTSIDE, SHIPPED, USED, Answer, Question, Rule, answer
from monazite.vocabulary import resolve_region

Record = dict[str, object]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class TraceOptions:
    """
    How to trace.

    Attributes
    ----------
    stage : str, optional
        Stage whose product is traded; may be left out where only one stage has trade.
    by : str, optional
        `partner`, a stage of production, or `control`; the traded stage by default.
    rule : str
        What ownership counts as: control, equity or offtake.
    yields : mapping of stage to number
        Tonnes that a stage makes of a tonne that enters it; links it to the stage before. [0 < yield <= 1]
    is_raw : bool
        Figures as reported, not reconciled; there is no interval then.
    draws, seed : int
        Chains that the reports allow as well, from which the interval is taken; 0 for none.
    """

    stage: str | None = None
    by: str | None = None
    rule: Rule = "control"
    product_codes: tuple[str, ...] = ()
    unknown_content: UnknownContent = "missing"
    yields: Mapping[str, float] = field(default_factory=dict)
    is_raw: bool = False
    draws: int = 0
    seed: int = 0
    suppliers: Mapping[str, float] = field(default_factory=dict)


def trace_records(
    data: Snapshot,
    *,
    materials: Sequence[str],
    importers: Sequence[str],
    years: Sequence[int],
    options: TraceOptions,
    progress: Progress = lambda done, total: None,
) -> tuple[list[Record], Lineage]:
    """
    Trace every combination, as flat records.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, importers, years : sequences
        Resolved names; an importer is a country or a group. Ignored for a list of suppliers.
    options : TraceOptions
        How.
    progress : function of done and total
        Called after every trace.

    Returns
    -------
    records, lineage
        Per combination a record for every country with a share, the largest first, and always one for
        `unknown`: `value` [share, 0..1]; `low`, `high` (at least and at most, as what is unknown may be anybody's; the
        5 and 95 % quantiles of these with draws); `trade_t` [t: share times what the importer uses]; `base`, what
        shares are of (used; bought from outside, by partner; shipped by the suppliers, with `quantity` in the unit of
        the list); `unknown` [share of unknown origin or owner]; `rank`. Of
        several combinations, one that cannot be traced has one record without a value and with the `reason`.

    Raises
    ------
    DataError
        If the only combination cannot be traced: as `answer` and `build_supply_chain`; or if several stages have
        trade and none was named.
    """
    records: list[Record] = []
    lineage = replace(data.lineage, seed=options.seed if options.draws else None)
    names = ["suppliers"] if options.suppliers else list(importers)
    total, done = len(materials) * len(years) * len(names), 0
    for material, year in product(materials, years):
        try:
            traced = _open_traced(data, material, year, options)
        except DataError as error:
            if total == 1:
                raise
            records += [_untold(material, year, name, options, error) for name in names]
            done += len(names)
            progress(done, total)
            continue
        for name in names:
            try:
                question = ask(traced.chain, name, traced.stage, traced.by, options)
                found = answer(data, traced.chain, question, traced.drawn)
                records += answer_records(traced.chain, question, found)
                read = used_sources(traced.chain, traced.stage, traced.by)
                lineage = lineage.with_sources(*read, *found.sources)
            except DataError as error:
                if total == 1:
                    raise
                records.append(_untold(material, year, name, options, error))
            done += 1
            progress(done, total)
    return records, lineage


@dataclass(frozen=True)
class _Traced:
    """A chain, the stage whose product is traded, the way, and the draws."""

    chain: SupplyChain
    stage: str
    by: str
    drawn: Sequence[SupplyChain]


def _open_traced(data: Snapshot, material: str, year: int, options: TraceOptions) -> _Traced:
    chain = open_chain(data, material, year, options)
    traded = options.stage or find_traded_stage(chain)
    drawn = list(draw_chains(chain, draws=options.draws, seed=options.seed)) if options.draws else ()
    return _Traced(chain, traded, options.by or traded, drawn)


def _untold(material: str, year: int, importer: str, options: TraceOptions, error: DataError) -> Record:
    """One record for a combination that cannot be traced, with the reason."""
    first = str(error).splitlines()[0]
    fix = f" ({error.fix})" if error.fix else ""
    return {
        "material": material, "year": year, "stage": options.stage, "importer": importer, "by": options.by,
        "rank": None, "country": None, "value": None, "unit": "share", "reason": f"{first}{fix}",
    }  # fmt: skip


def open_chain(data: Snapshot, material: str, year: int, options: TraceOptions) -> SupplyChain:
    """Build a chain, reconciled unless the options say raw; the cache keeps reconciled ones."""
    if options.is_raw:
        return build_supply_chain(
            data, material=material, year=year, product_codes=options.product_codes or None,
            unknown_content=options.unknown_content,
        )  # fmt: skip
    how = ReconcileOptions(
        unknown_content=options.unknown_content, product_codes=options.product_codes, yields=options.yields
    )
    return reconcile_cached(data, material, year, how).chain


def used_sources(chain: SupplyChain, stage: str, by: str) -> set[str]:
    """Give the source_ids of what a trace reads."""
    made = () if by == "partner" else chain.sources("extraction" if by == "control" else by, "production")
    return {*chain.sources(stage, "trade"), *made, *(("curated",) if by == "control" else ())}


def describe_weight(chain: SupplyChain, stage: str) -> str:
    """Say what the tonnes of a stage's trade count: contained material, estimated contents, or gross weight."""
    if bool(chain.arrays["is_gross"].sel(stage=stage).item()):
        return "contained; gross where the content is unknown"
    return "contained, partly estimated" if is_estimated(chain, stage) else "contained"


def is_estimated(chain: SupplyChain, stage: str) -> bool:
    """Whether contents of what is traded at a stage are estimates of ours."""
    return "content_basis" in chain.arrays and bool(chain.arrays["content_basis"].sel(stage=stage).item())


def describe_quality(chain: SupplyChain, stage: str) -> dict[str, str]:
    """Give the quality of shares in what a stage trades, and why it is `imputed` where it is."""
    if not is_estimated(chain, stage):
        return {"quality": "imputed" if is_fitted(chain, stage) else "estimated"}
    return {"quality": "imputed", "content": str(chain.arrays["content_basis"].sel(stage=stage).item())}


def ask(chain: SupplyChain, importer: str, stage: str, by: str, options: TraceOptions) -> Question:
    """Find the members of an importer in a chain; raise DataError where it has no figure of its own."""
    if options.suppliers:
        return Question(name=importer, suppliers=options.suppliers, stage=stage, by=by, rule=options.rule)
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
    return Question(name=importer, members=members, suppliers={}, stage=stage, by=by, rule=options.rule)


def answer_records(chain: SupplyChain, question: Question, found: Answer) -> list[Record]:
    """List the shares of an answer, the largest first, `unknown` always among them."""
    order = np.argsort(-found.shares, kind="stable")
    listed = [k for k in order if found.shares[k] > 0 or found.countries[k] == UNKNOWN]
    labels = {
        "material": chain.material, "year": chain.year, "stage": question.stage, "importer": question.name,
        "by": question.by, **({"rule": question.rule} if question.by == "control" else {}),
    }  # fmt: skip
    weight, quality = (
        describe_weight(chain, question.stage),
        describe_quality(chain, question.stage),
    )
    notes = (
        *found.assumptions,
        *((f"{question.stage}: {FITTED}",) if is_fitted(chain, question.stage) else ()),
    )
    sources = tuple(sorted({*used_sources(chain, question.stage, question.by), *found.sources}))
    return [
        labels
        | {
            "rank": rank, "country": found.countries[k], "value": float(found.shares[k]), "unit": "share",
            "low": _number(found.low[k]), "high": _number(found.high[k]),
            "unknown": float(found.shares[-1]),
            "trade_t": _number(found.shares[k] * found.used_t), **_quantity(question, float(found.shares[k])),
            "base": find_base(question), "weight": weight, **quality,
            "note": "; ".join(notes), "source_ids": sources,
        }
        for rank, k in enumerate(listed, 1)
    ]  # fmt: skip


def _quantity(question: Question, share: float) -> dict[str, float]:
    """Give a share of what a list of suppliers ships, in the unit of the list."""
    return {"quantity": share * sum(question.suppliers.values())} if question.suppliers else {}


def find_base(question: Question) -> str:
    """
    Say what the shares of an answer are of.

    Examples
    --------
    >>> find_base(Question(name="JPN", members=("JPN",), suppliers={}, stage="processing", by="extraction"))
    'used'
    """
    if question.suppliers:
        return SHIPPED
    return OUTSIDE if question.by == "partner" or question.is_imports else USED


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
