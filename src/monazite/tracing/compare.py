"""The ways side by side: for each material the leading country by partner, by extraction, by processing, by control."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from monazite.errors import DataError
from monazite.provenance import Lineage
from monazite.snapshot import Snapshot
from monazite.supply_chain import SupplyChain
from monazite.supply_chain.draws import draw_chains
from monazite.tracing.origins import UNKNOWN, trace_origins
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
from monazite.tracing.ways import Answer, Question, answer, list_imports
from monazite.vocabulary import STAGES, country_name, materials

WAYS = ("partner", "extraction", "processing", "control")
SMALL = 0.01
"""Share of the largest stage's trade below which a stage is no answer: boron is traded as borates, not as metal. [1]"""
NOBODY = 0.995
"""Share of unknown owners above which ownership tells nothing. [1]"""
APART = 0.10
"""Shares that differ by more want a sentence. [1]"""
SAID = 0.02
"""Share of the imports below which a part of the difference is left unsaid. [1]"""
ALWAYS = "CHN"
"""The country that is always shown."""


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
        does so by more than 10 points.
    """
    if options.suppliers:
        raise DataError(
            "suppliers",
            "cannot be compared: customs do not know them.",
            fix="ask for one way: --by extraction",
        )
    names = tuple(dict.fromkeys(_traded_name(name) for name in materials))
    records: list[Record] = []
    lineage = replace(data.lineage, seed=options.seed if options.draws else None)
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
        asked = [replace(ask(chain, importer, stage, way, options), is_imports=True) for way in WAYS]
    except DataError as error:
        return [_untold(labels, way, str(error)) for way in WAYS], set()
    labels |= {"stage": stage, "weight": describe_weight(chain, stage), **describe_quality(chain, stage)}
    drawn = list(draw_chains(chain, draws=options.draws, seed=options.seed)) if options.draws else []
    told: dict[str, Answer] = {}
    reasons: dict[str, str] = {}
    for question in asked:
        try:
            _check_weight(chain, question)
            told[question.by] = answer(data, chain, question, drawn)
        except DataError as error:
            reasons[question.by] = str(error)
    if "control" in told and told["control"].shares[-1] > NOBODY:
        reasons["control"] = f"nobody's mines of {material} in those countries are in the table of owners."
        del told["control"]
    rows = []
    for country in dict.fromkeys([ALWAYS, *_leaders(told, asked[0].members)]):
        for question in asked:
            way = question.by
            if way not in told:
                rows.append(_untold(labels | {"country": country}, way, reasons[way]))
                continue
            rows.append(
                _told(labels, way, told[way], country, explain_difference(chain, question, told, country))
            )
    return rows, {source for way in told for source in used_sources(chain, stage, way)}


def _check_weight(chain: SupplyChain, question: Question) -> None:
    """Refuse to set gross weight against contained production; the shares of partners need no production."""
    if question.by != "partner" and bool(chain.arrays["is_gross"].sel(stage=question.stage)):
        raise DataError(
            f"chain {chain.material} {chain.year}, stage {question.stage}",
            "the content of what is traded is unknown, and gross weight cannot be set against contained production.",
        )


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
    return bool(unknown.sel(stage=options.stage or _last_traded(chain)))


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


def _leaders(told: Mapping[str, Answer], members: Sequence[str]) -> list[str]:
    """Name the country outside the importer with the largest share, by the partner and by every other way."""
    found = []
    for one in told.values():
        outside = [
            (float(share), code)
            for code, share in zip(one.countries, one.shares, strict=True)
            if code != UNKNOWN and code not in members and share > 0
        ]
        if outside:
            found.append(max(outside)[1])
    return found


def share_of(found: Answer, country: str) -> tuple[float, float, float]:
    """Give the share of a country with its interval; without a column it has at most what is unknown."""
    if country not in found.countries:
        return 0.0, 0.0, float(found.high[-1])
    k = found.countries.index(country)
    return float(found.shares[k]), float(found.low[k]), float(found.high[k])


def explain_difference(
    chain: SupplyChain, question: Question, told: Mapping[str, Answer], country: str
) -> str:
    r"""
    Say why a share differs from that by partner by more than 10 points; "" where it does not.

    Notes
    -----
    With the imports :math:`w_i` from partner i and the mix :math:`M_{ic}` of what it sells, exactly

    .. math:: S_c - w_c = \sum_{i \ne c} w_i M_{ic} - w_c (1 - M_{cc})

    so the sentence names what of the country's goods comes through others, and what of its shipments is not its own.
    """
    way = question.by
    if "partner" not in told or way == "partner":
        return ""
    seen, share = (share_of(told[name], country)[0] for name in ("partner", way))
    if abs(share - seen) <= APART:
        return ""
    opening = f"{country_name(country)} has {_percent(share)} by {way} and {_percent(seen)} by partner"
    if way == "control":
        return f"{opening}: {_percent(float(told[way].shares[-1]))} of the owners are unknown"
    bought = list_imports(chain, question)
    total = sum(bought.values())
    mixes = trace_origins(chain, list(bought), stage=question.stage, production_stage=way)
    through = {
        code: mass_t / total * float(mixes.sel(importer=code, origin=country))
        for code, mass_t in bought.items()
        if code != country
    }
    parts = []
    if sum(through.values()) > SAID:
        top = max(through, key=lambda code: through[code])
        parts.append(
            f"{_percent(sum(through.values()))} of the imports are of it but come through others, most through "
            f"{country_name(top)}"
        )
    if country in bought:
        parts += _not_its_own(mixes.sel(importer=country), bought[country] / total, country)
    return f"{opening}: {'; '.join(parts)}" if parts else opening


def _not_its_own(mix: xr.DataArray, weight: float, country: str) -> list[str]:
    """Say what of a partner's shipments is of other origin, and what of unknown."""
    parts = []
    unknown = float(mix.sel(origin=UNKNOWN))
    others = mix.drop_sel(origin=[UNKNOWN, country])
    if weight * float(others.sum()) > SAID:
        top = str(others["origin"].values[int(np.argmax(others.values))])
        parts.append(
            f"{_percent(float(others.sum()))} of what it ships is of others, most of {country_name(top)}"
        )
    if weight * unknown > SAID:
        parts.append(f"{_percent(unknown)} of what it ships is of unknown origin")
    return parts


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _told(labels: Record, way: str, found: Answer, country: str, note: str) -> Record:
    share, low, high = share_of(found, country)
    return labels | {
        "by": way, "country": country, "value": share, "unit": "share",
        "low": None if math.isnan(low) else low, "high": None if math.isnan(high) else high,
        "unknown": float(found.shares[-1]), "note": note,
    }  # fmt: skip


def _untold(labels: Record, way: str, reason: str) -> Record:
    first = reason.splitlines()[0]
    return (
        {"country": None} | labels | {"by": way, "value": None, "unit": "share", "reason": f"{way}: {first}"}
    )
