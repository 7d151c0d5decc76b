"""The ways side by side: for each material the leading country by partner, by extraction, by processing, by control."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.draws import draw_chains
from monazite.tracing.compare_rows import WAYS, Compared, Ways, build_rows, first_line, untold
from monazite.tracing.explain import explain_control, explain_mix, is_apart
from monazite.tracing.makers import RECENT, STAGE, Makers, answer_by_makers, makers_mixes, read_makers
from monazite.tracing.origins import trace_origins
from monazite.tracing.owner_reasons import explain_no_owners
from monazite.tracing.published import Published, answer_published, published_mixes, read_published
from monazite.tracing.records import (
    Progress,
    Record,
    TraceOptions,
    ask,
    describe_quality,
    describe_weight,
    open_chain,
    used_sources,
)
from monazite.tracing.ways import Answer, Question, Rule, answer, list_imports, read_owners
from monazite.vocabulary import STAGES, materials, resolve_region

SMALL = 0.01
"""Share of the largest stage's trade below which a stage is no answer: boron is traded as borates, not as metal. [1]"""
NOBODY = 0.995
"""Share of unknown owners above which ownership tells nothing. [1]"""
YEARS = "a year of "
"""How an error names the years that a release has of a material."""
GROUP = "rare_earths"
"""Elements of it are not traded by name."""


def compare_ways(
    data: Snapshot,
    *,
    materials: Sequence[str],
    importers: Sequence[str],
    years: Sequence[int],
    options: TraceOptions,
    progress: Progress = lambda done, total: None,
) -> tuple[list[Record], Lineage]:
    """
    Compare what customs say with what tracing says, a record per material, year, importer and way.

    Parameters
    ----------
    data : Snapshot
        An open release.
    materials, importers, years : sequences
        Resolved names. Rare-earth elements, which nobody trades by name, are asked for as rare earths, once, and
        then one by one as far as a publisher says where the importer gets them.
    options : TraceOptions
        How; `by` is not read. Where the content of a traded product is unknown, `unknown_content="estimate"` counts
        an estimate (`quality` is then `imputed` and `content` says how it was found). Where there is none, or with
        "missing", partners have shares of gross weight (`weight` says so), and the other ways cannot be told.
    progress : function of done and total
        Called after every material.

    Returns
    -------
    records, lineage
        All ways speak of the same thing: what the importer buys from outside. `country` is China, and the largest
        by each way; `value` [share, 0..1], `low`, `high`, `unknown` [share of unknown origin or owner] of that way;
        None with a `reason` where it cannot be told. `note` says why a share differs from that by partner where it
        does so by more than 10 points. Where the release has no trade in processed form, shares of supply that were
        published for the importer stand in: `weight` is then `published` with the years.
    """
    if options.suppliers:
        raise DataError(
            "suppliers",
            "cannot be compared: customs do not know them.",
            fix="ask for one way: --by extraction",
        )
    names = _names(materials)
    records: list[Record] = []
    lineage = replace(data.lineage, seed=options.seed if options.draws else None)
    total, done = len(names) * len(years) * len(importers), 0
    for material, elements in names.items():
        for year in years:
            for importer in importers:
                found = _compare(data, material, year, importer, options, elements)
                records += found.records
                lineage = lineage.with_sources(*found.sources)
                done += 1
                progress(done, total)
    return records, lineage


def _names(asked: Iterable[str]) -> dict[str, list[str]]:
    """Group what is asked for by the name under which it is traded; elements of rare earths in their order."""
    names: dict[str, list[str]] = {}
    for name in asked:
        is_element = materials()[name].parent == GROUP
        elements = names.setdefault(GROUP if is_element else name, [])
        if is_element:
            elements.append(name)
    return names


def _compare(
    data: Snapshot,
    material: str,
    year: int,
    importer: str,
    options: TraceOptions,
    elements: Sequence[str],
) -> Compared:
    """Compare by recorded trade, and by published shares where that has nothing in processed form."""
    labels: Record = {"material": material, "year": year, "importer": importer}
    chain: SupplyChain | None = None
    try:
        chain, options = _open(data, material, year, options)
        stage = options.stage or last_traded(chain)
        traded = _compare_trade(data, chain, stage, labels, options)
    except DataError as error:
        stage = ""
        has = error.expected or ""
        text = first_line(error) + (f" It has {has.removeprefix(YEARS)}." if has.startswith(YEARS) else "")
        traded = Compared([untold(labels, way, text) for way in WAYS], frozenset())
    parts = [traded]
    members = _members(importer, year)
    if stage != STAGE and options.stage in (None, STAGE):
        found = read_published(data, material, importer, members)
        if found is not None:
            published = _compare_published(data, chain, found, labels, members, options)
            parts = [published] if not stage else [traded, published]
    for element in elements:
        found = read_published(data, element, importer, members)
        named = labels | {"material": element}
        if found is None:
            text = f"no source says where {importer} gets {element}; rare_earths has all elements together"
            parts.append(Compared([untold(named, way, text) for way in WAYS], frozenset()))
        else:
            parts.append(_compare_published(data, chain, found, named, members, options))
    return Compared(
        [record for part in parts for record in part.records],
        frozenset().union(*(part.sources for part in parts)),
    )


def _members(importer: str, year: int) -> tuple[str, ...]:
    try:
        return tuple(resolve_region(importer, year))
    except DataError:  # ROW: every country but the exporter
        return ()


def _compare_trade(
    data: Snapshot, chain: SupplyChain, stage: str, labels: Record, options: TraceOptions
) -> Compared:
    """Compare by the trade of one stage."""
    asked = [
        replace(ask(chain, str(labels["importer"]), stage, way, options), is_imports=True) for way in WAYS
    ]
    labels = labels | {
        "stage": stage,
        "weight": describe_weight(chain, stage),
        **describe_quality(chain, stage),
    }
    drawn = list(draw_chains(chain, draws=options.draws, seed=options.seed)) if options.draws else []
    told: dict[str, Answer] = {}
    reasons: dict[str, str] = {}
    for question in asked:
        try:
            _check_question(chain, question)
            told[question.by] = answer(data, chain, question, drawn)
        except DataError as error:
            reasons[question.by] = first_line(error)
    makers = Makers(frozenset(), frozenset())
    if STAGE in reasons and stage == STAGE and "partner" in told:
        makers = read_makers(data, chain.material, chain.year - RECENT)
        if makers.countries:
            told[STAGE] = answer_by_makers(chain, replace(asked[0], by=STAGE), makers.countries, drawn)
            del reasons[STAGE]
    _drop_unknown_owners(data, chain, told, reasons, options.rule)

    def explain(way: str, country: str) -> str:
        if not is_apart(told, way, country):
            return ""
        if way == "control":
            return explain_control(told, country, read_owners(data, chain, options.rule))
        bought = list_imports(chain, asked[0])
        mixes = (
            makers_mixes(list(bought), makers.countries)
            if way == STAGE and makers.countries
            else trace_origins(chain, list(bought), stage=stage, production_stage=way)
        )
        return explain_mix(told, way, country, bought, mixes)

    def label(way: str) -> Record:
        listed = makers.sources if way == STAGE else frozenset()
        more = told[way].sources if way in told else ()
        basis: Record = {"basis": told[STAGE].assumptions[0]} if way == STAGE and makers.countries else {}
        return basis | {"source_ids": tuple(sorted({*used_sources(chain, stage, way), *listed, *more}))}

    return build_rows(labels, Ways(told, reasons), asked[0].members, label, explain)


def _compare_published(
    data: Snapshot,
    chain: SupplyChain | None,
    published: Published,
    labels: Record,
    members: Sequence[str],
    options: TraceOptions,
) -> Compared:
    """Compare by shares of supply that somebody published."""
    told: dict[str, Answer] = {}
    reasons: dict[str, str] = {}
    for way in WAYS:
        try:
            told[way] = answer_published(data, published, way, chain, options.rule)
        except DataError as error:
            reasons[way] = first_line(error)
    if chain is not None:
        _drop_unknown_owners(data, chain, told, reasons, options.rule)
    labels = labels | {
        "stage": STAGE, "weight": f"published {published.vintage}", "quality": "estimated",
        "basis": told["partner"].assumptions[0], "form": published.form,
    }  # fmt: skip

    def explain(way: str, country: str) -> str:
        if not is_apart(told, way, country):
            return ""
        if way == "control" and chain is not None:
            return explain_control(told, country, read_owners(data, chain, options.rule))
        bought = {code: share for code, (share, _, _) in published.shares.items()}
        return explain_mix(told, way, country, bought, published_mixes(published, way, chain))

    def label(way: str) -> Record:
        traced = used_sources(chain, STAGE, way) if chain is not None and way != "partner" else set()
        listed = published.makers.sources if way != "partner" else frozenset()
        return {"source_ids": tuple(sorted({published.source_id, *traced, *listed}))}

    return build_rows(labels, Ways(told, reasons), members, label, explain)


def _drop_unknown_owners(
    data: Snapshot, chain: SupplyChain, told: dict[str, Answer], reasons: dict[str, str], rule: Rule
) -> None:
    """Take back an answer by owner in which nearly all owners are unknown, with the reason."""
    if "control" in told and told["control"].shares[-1] > NOBODY:
        del told["control"]
        mined = told["extraction"]
        reasons["control"] = explain_no_owners(data, chain, rule, mined)


def _check_question(chain: SupplyChain, question: Question) -> None:
    """
    Say in words what no way can be told from.

    The shares of partners need no production; gross weight is not set against contained production.
    """
    if question.by == "partner":
        return
    where = f"chain {chain.material} {chain.year}, stage {question.stage}"
    if bool(chain.arrays["is_gross"].sel(stage=question.stage)):
        raise DataError(
            where,
            "the content of what is traded is unknown, and gross weight cannot be set against contained production.",
        )
    made_at = "extraction" if question.by == "control" else question.by
    if STAGES.index(made_at) > STAGES.index(question.stage):
        raise DataError(where, f"what is traded is not yet past {made_at}.")
    if bool(chain.production_t.sel(stage=made_at).isnull().all()):
        raise DataError(where, f"no source gives {made_at} by country.")


def _open(
    data: Snapshot, material: str, year: int, options: TraceOptions
) -> tuple[SupplyChain, TraceOptions]:
    """Open a chain; count gross weight where contents stay unknown on lanes of the stage compared."""
    chain = open_chain(data, material, year, options)
    if options.unknown_content != "gross" and _is_unknown(chain, options):
        options = replace(options, unknown_content="gross")
        chain = open_chain(data, material, year, options)
    return chain, options


def _is_unknown(chain: SupplyChain, options: TraceOptions) -> bool:
    """Whether lanes have gross weight and no content: of the stage compared, or of any while nothing is estimated."""
    unknown = (chain.trade_t.isnull() & (chain.arrays["trade_gross_t"].fillna(0) > 0)).any(
        ("exporter", "importer")
    )
    if options.unknown_content == "missing" or not bool(chain.trade_t.notnull().any()):
        return bool(unknown.any())
    return bool(unknown.sel(stage=options.stage or last_traded(chain)))


def last_traded(chain: SupplyChain) -> str:
    """
    Find the last stage up to processing that has trade worth naming beside that of the others.

    Raises
    ------
    DataError
        If no stage has trade.

    Examples
    --------
    Boron is traded as borates: a hundredth of their tonnes or less, as metal, is no answer.
    """
    stages = [str(name) for name in chain.arrays["stage"].values]
    tonnes = {
        name: float(chain.trade_t.sel(stage=name).sum())
        for name in stages
        if STAGES.index(name) <= STAGES.index("processing")
    }
    traded = [name for name, mass_t in tonnes.items() if mass_t > SMALL * max(tonnes.values())]
    if not traded:
        members = [name for name, one in materials().items() if one.parent == chain.material]
        raise DataError(
            f"chain {chain.material} {chain.year}",
            f"its members are traded by name: {', '.join(members)}."
            if members
            else "the release has no trade in its ores, metals or compounds.",
        )
    return traded[-1]
