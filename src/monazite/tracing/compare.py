"""The ways side by side: for each material the leading country by partner, by extraction, by processing, by control."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.draws import draw_chains
from monazite.tracing.origins import UNKNOWN
from monazite.tracing.records import (
    Progress,
    Record,
    TraceOptions,
    ask,
    describe_weight,
    open_chain,
    used_sources,
)
from monazite.tracing.ways import Answer, answer
from monazite.vocabulary import STAGES, country_name, materials

WAYS = ("partner", "extraction", "processing", "control")
SMALL = 0.01
"""Share of the largest stage's trade below which a stage is no answer: boron is traded as borates, not as metal. [1]"""
NOBODY = 0.995
"""Share of unknown owners above which ownership tells nothing. [1]"""
APART = 0.10
"""Shares that differ by more want a sentence. [1]"""


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
        Resolved names. Rare-earth elements, which nobody trades by name, are asked for as rare earths, once.
    options : TraceOptions
        How; `by` is not read. Where the content of a traded product is unknown, gross weight stands for it and
        `weight` says so.
    progress : function of done and total
        Called after every material.

    Returns
    -------
    records, lineage
        `country` is the one outside the importer with the largest share by any way; `value` [share, 0..1], `low`,
        `high`, `unknown` [share of unknown origin or owner] of that way; None with a `reason` where it cannot be
        told. `note` says why the ways differ where they do by more than 10 points.
    """
    names = tuple(dict.fromkeys(_traded_name(name) for name in materials))
    records: list[Record] = []
    lineage = data.lineage
    total, done = len(names) * len(years) * len(importers), 0
    for material in names:
        for year in years:
            for importer in importers:
                rows, sources = _compare(data, material, year, importer, options)
                records += rows
                lineage = lineage.with_sources(*sources)
                done += 1
                progress(done, total)
    return records, lineage


def _traded_name(material: str) -> str:
    return "rare_earths" if materials()[material].parent == "rare_earths" else material


def _compare(
    data: Snapshot, material: str, year: int, importer: str, options: TraceOptions
) -> tuple[list[Record], set[str]]:
    labels: Record = {"material": material, "year": year, "importer": importer}
    try:
        chain, options = _open(data, material, year, options)
        stage = options.stage or _last_traded(chain)
    except DataError as error:
        return [_untold(labels, way, str(error)) for way in WAYS], set()
    labels |= {"stage": stage, "weight": describe_weight(chain, stage)}
    drawn = list(draw_chains(chain, draws=options.draws, seed=options.seed)) if options.draws else []
    told: dict[str, Answer] = {}
    reasons: dict[str, str] = {}
    members: Sequence[str] = ()
    for way in WAYS:
        try:
            question = ask(chain, importer, stage, way, options)
            members = question.members
            told[way] = answer(data, chain, question, drawn)
        except DataError as error:
            reasons[way] = str(error)
    if "control" in told and told["control"].shares[-1] > NOBODY:
        reasons["control"] = f"nobody's mines of {material} in those countries are in the table of owners."
        del told["control"]
    country = _leader(told, members)
    sentence = explain_difference(told, country)
    rows = [
        _told(labels, way, told[way], country, sentence)
        if way in told
        else _untold(labels, way, reasons[way])
        for way in WAYS
    ]
    return rows, {source for way in told for source in used_sources(chain, stage, way)}


def _open(
    data: Snapshot, material: str, year: int, options: TraceOptions
) -> tuple[SupplyChain, TraceOptions]:
    """Open a chain; count gross weight where contents are unknown on lanes of a traded stage."""
    chain = open_chain(data, material, year, options)
    gross = chain.arrays["trade_gross_t"].fillna(0)
    if bool((chain.trade_t.isnull() & (gross > 0)).any()) and options.unknown_content == "missing":
        options = replace(options, unknown_content="gross")
        chain = open_chain(data, material, year, options)
    return chain, options


def _last_traded(chain: SupplyChain) -> str:
    """Find the last stage up to processing that has trade worth naming beside that of the others."""
    stages = [str(name) for name in chain.arrays["stage"].values]
    tonnes = {
        name: float(chain.trade_t.sel(stage=name).sum())
        for name in stages
        if STAGES.index(name) <= STAGES.index("processing")
    }
    traded = [name for name, mass_t in tonnes.items() if mass_t > SMALL * max(tonnes.values())]
    if not traded:
        raise DataError(
            f"chain {chain.material} {chain.year}",
            "the release has no trade in its ores, metals or compounds.",
        )
    return traded[-1]


def _leader(told: Mapping[str, Answer], members: Sequence[str]) -> str:
    """Name the country outside the importer with the largest share by any way."""
    best: dict[str, float] = {}
    for found in told.values():
        for country, share in zip(found.countries, found.shares, strict=True):
            if country != UNKNOWN and country not in members:
                best[country] = max(best.get(country, 0.0), float(share))
    return max(sorted(best), key=lambda country: best[country]) if best else UNKNOWN


def share_of(found: Answer, country: str) -> tuple[float, float, float]:
    """Give the share of a country with its interval; zeros where it has none."""
    if country not in found.countries:
        return 0.0, 0.0, float(found.high[-1]) if found.countries[-1] == UNKNOWN else 0.0
    k = found.countries.index(country)
    return float(found.shares[k]), float(found.low[k]), float(found.high[k])


def explain_difference(told: Mapping[str, Answer], country: str) -> str:
    """
    Say why the ways differ, in a sentence for each that is more than 10 points from what customs say.

    Examples
    --------
    >>> import numpy as np
    >>> none = np.full(3, np.nan)
    >>> seen = Answer(("CHN", "NLD", "unknown"), np.array([0.5, 0.5, 0.0]), none, none, 1.0, ())
    >>> true = Answer(("CHN", "NLD", "unknown"), np.array([0.9, 0.0, 0.1]), none, none, 1.0, ())
    >>> explain_difference({"partner": seen, "processing": true}, "CHN")
    'China: 90 % by processing against 50 % by partner: goods of it come through Netherlands.'
    """
    if "partner" not in told:
        return ""
    seen = share_of(told["partner"], country)[0]
    sentences = []
    for way, found in told.items():
        share = share_of(found, country)[0]
        if way == "partner" or abs(share - seen) <= APART:
            continue
        sentences.append(
            f"{_percent(share)} by {way} against {_percent(seen)} by partner: {_reason(told, way, country)}"
        )
    return f"{country_name(country)}: {'; '.join(sentences)}." if sentences else ""


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _reason(told: Mapping[str, Answer], way: str, country: str) -> str:
    found, partner = told[way], told["partner"]
    more = share_of(found, country)[0] > share_of(partner, country)[0]
    unknown = float(found.shares[-1])
    others = [
        (float(share), code)
        for code, share in zip(
            (partner if more else found).countries, (partner if more else found).shares, strict=True
        )
        if code not in (country, UNKNOWN)
    ]
    top = country_name(max(others)[1]) if others and max(others)[0] > 0 else ""
    if more:
        if way == "control":
            return "its companies own mines elsewhere"
        return f"goods of it come through {top}" if top else "goods of it come through others"
    gap = share_of(partner, country)[0] - share_of(found, country)[0]
    if unknown > gap / 2:
        return f"{_percent(unknown)} is of unknown {'owner' if way == 'control' else 'origin'}"
    verb = {"control": "is owned from", "extraction": "was mined in", "processing": "was made in"}[way]
    return f"part of what it ships {verb} {top}"


def _told(labels: Record, way: str, found: Answer, country: str, note: str) -> Record:
    share, low, high = share_of(found, country)
    return labels | {
        "by": way, "country": country, "value": share, "unit": "share",
        "low": None if math.isnan(low) else low, "high": None if math.isnan(high) else high,
        "unknown": float(found.shares[-1]), "note": note,
    }  # fmt: skip


def _untold(labels: Record, way: str, reason: str) -> Record:
    first = reason.splitlines()[0]
    return labels | {"by": way, "country": None, "value": None, "unit": "share", "reason": f"{way}: {first}"}
