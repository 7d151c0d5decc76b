"""`monazite trace`: from what a country uses back to where it was produced, and whose it is."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from monazite.cli.chain import read_yields
from monazite.cli.options import (
    Json,
    Materials,
    Products,
    Release,
    Years,
    check_draw_count,
    read_importers,
    read_products,
    read_stage,
    read_years,
    resolve_words,
)
from monazite.cli.output import make_progress, print_records, split_list
from monazite.cli.pictures import check_picture
from monazite.cli.trace_tables import print_comparison
from monazite.errors import UsageError, nearest_names
from monazite.reports.trace_flows import write_trace_flows
from monazite.reports.trace_ways import write_comparison
from monazite.snapshot import Snapshot, open_snapshot
from monazite.sources.supplier_list import read_supplier_list
from monazite.supply_chain import list_act_materials
from monazite.supply_chain.build import UnknownContent
from monazite.tracing import TraceOptions, find_traded_stage, trace_records
from monazite.tracing.compare import compare_ways, last_traded
from monazite.tracing.explain import is_range
from monazite.tracing.records import Record, ask, open_chain
from monazite.tracing.ways import Rule
from monazite.vocabulary import STAGES

WAYS = ("partner", "control", "all")
"""Words of --by that are no stage."""
ONLY_ENDS = "no value where more is unknown than is known to be the country's"
DRAWS = 40
"""Chains drawn for an interval, unless told."""
DOCUMENTED = ("value", "trade_t")
"""What a table leaves out where only bounds say something."""


def trace(
    *,
    material: Materials,
    year: Years,
    importer: Annotated[
        list[str] | None,
        Parameter(help="Country or group that uses: JPN, EU27. This or --suppliers.", negative=""),
    ] = None,
    suppliers: Annotated[
        Path | None, Parameter(help="CSV table of suppliers instead: columns country and quantity.")
    ] = None,
    stage: Annotated[
        str | None, Parameter(help="Stage whose product is traded; may be left out if only one has trade.")
    ] = None,
    by: Annotated[
        str | None,
        Parameter(
            help="extraction or processing: where it was produced. control: whose the mine is. partner: the last "
            "exporter. all: every way side by side. The traded stage by default."
        ),
    ] = None,
    rule: Annotated[
        Rule | None,
        Parameter(
            help="What ownership counts as, --by control or all; control if not said.", show_default=False
        ),
    ] = None,
    product: Products = None,
    unknown_content: Annotated[
        UnknownContent | None,
        Parameter(
            help="Where the content of a traded product is unknown: refuse (missing), count gross weight, or estimate "
            "it and say so. Estimate with --by all, else missing.",
            show_default=False,
        ),
    ] = None,
    yields: Annotated[
        list[str] | None,
        Parameter(
            name="--yield",
            help="Tonnes a stage makes of a tonne that enters it; links it to the stage before: processing=0.9.",
            negative="",
        ),
    ] = None,
    flows: Annotated[
        Path | None,
        Parameter(help="Draw what the importer buys, from mine over plant and partner, into this SVG file."),
    ] = None,
    picture: Annotated[
        Path | None, Parameter(help="Draw the ways side by side into this SVG file; with --by all.")
    ] = None,
    draws: Annotated[
        int | None,
        Parameter(
            help=f"Chains that the reports allow as well, for the 5-95 % interval; 0 for none, {DRAWS} if not said.",
            validator=check_draw_count,
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, Parameter(help="Of the draws.", validator=validators.Number(gte=0))] = 0,
    raw: Annotated[
        bool,
        Parameter(
            help="Figures as reported, not reconciled: low and high are what unknown origins leave open.",
            negative="",
        ),
    ] = False,
    top: Annotated[
        int,
        Parameter(
            help="Show so many countries in the table; JSON has all.", validator=validators.Number(gte=1)
        ),
    ] = 10,
    release: Release = None,
    json: Json = False,
) -> None:
    """Trace what a country, group or list of suppliers uses; the unknown share is a row of its own."""
    if (importer is None) == (suppliers is None):
        raise UsageError(
            "--importer, --suppliers",
            "one of the two is needed." if importer is None else "only one of them can be given.",
        )
    way = read_way(by)
    check_pictures(way, flows, picture, is_raw=raw, yields=yields)
    check_idle(way, rule, draws, is_raw=raw)
    materials = read_materials(material)
    options = TraceOptions(
        stage=read_stage("--stage", stage),
        by=way,
        rule=rule or "control",
        product_codes=read_products(product, materials),
        unknown_content=unknown_content or ("estimate" if way == "all" else "missing"),
        yields=read_yields(yields or []),
        is_raw=raw,
        draws=0 if raw else DRAWS if draws is None else draws,
        seed=seed,
        suppliers=read_supplier_list(suppliers) if suppliers else {},
    )
    importers = read_importers(importer) if importer else ()
    years = read_years(year)
    data = open_snapshot(release)
    if flows is not None:
        draw_flows(data, materials, importers, years, options, flows)
    is_long = len(materials) * len(years) * max(len(importers), 1) > 1
    bar, progress = make_progress("trace") if is_long else (None, lambda done, total: None)
    run = compare_ways if way == "all" else trace_records
    with bar or nullcontext():
        records, lineage = run(
            data, materials=materials, importers=importers, years=years, options=options,
            progress=progress,
        )  # fmt: skip
    if picture is not None:
        write_comparison(records, picture)
    if way == "all" and not json:
        print_comparison(records, lineage, options.draws)
        return
    print_records(
        records if json else shorten(records, top), lineage, title=write_title(records), as_json=json
    )


def write_title(records: Sequence[Record]) -> str:
    """
    Say what the shares of a trace are of.

    Examples
    --------
    >>> write_title([{"base": "used"}]), write_title([{"base": "shipped by the suppliers"}])
    ('trace: shares of what is used', 'trace: shares of what is shipped by the suppliers')
    """
    bases = dict.fromkeys(str(record["base"]) for record in records if record.get("base"))
    return f"trace: shares of what is {', '.join(bases)}" if bases else "trace"


def shorten(records: Sequence[Record], top: int) -> list[Record]:
    """
    Keep the largest countries, the unknown and what cannot be told; contents become notes, once each.

    Of a share of which less is known than unknown, and by control, only the bounds are kept (`is_range`).
    """
    kept = [r for r in records if r["country"] in ("unknown", None) or int(str(r["rank"])) <= top]
    is_dark = any(record["by"] != "control" and is_range(record) for record in kept)
    return [
        {
            name: value
            for name, value in record.items()
            if name not in ("content", "base", "unknown", *(DOCUMENTED if is_range(record) else ()))
        }
        | ({"note": "; ".join(notes)} if (notes := _list_notes(record, is_dark=is_dark)) else {})
        for record in kept
    ]


def _list_notes(record: Record, *, is_dark: bool) -> list[str]:
    """List what is said below the table of a row; `is_dark`: of some of its rows only bounds are printed."""
    notes = (record.get("note"), ONLY_ENDS if is_dark else "",
             f"imputed: content, {record['content']}" if record.get("content") else "")  # fmt: skip
    return [str(note) for note in notes if note]


def read_way(word: str | None) -> str | None:
    """
    Read --by: a stage of production, or one of the words that are none.

    Raises
    ------
    UsageError
        With every word that it may be.

    Examples
    --------
    >>> read_way("mining"), read_way("all")
    ('extraction', 'all')
    """
    if word is None or word in WAYS:
        return word
    try:
        return read_stage("--by", word)
    except UsageError as error:
        valid = (*WAYS, *STAGES)
        near = nearest_names(word, valid)
        fix = near if near.startswith("did you mean") else "extraction, processing or all, if in doubt"
        raise UsageError(
            "--by", f"{word!r} is no way.", expected=f"one of {', '.join(valid)}", fix=fix
        ) from error


def check_pictures(
    way: str | None, flows: Path | None, picture: Path | None, *, is_raw: bool, yields: list[str] | None
) -> None:
    """Refuse a picture that is not asked for or cannot be written, and yields of figures that are not reconciled."""
    if picture is not None and way != "all":
        raise UsageError("--picture", "draws the ways side by side.", expected="--by all", fix="add --by all")
    if flows is not None and picture is not None and flows == picture:
        raise UsageError("--flows, --picture", "name the same file.", expected="two files")
    check_picture(picture)
    check_picture(flows, "--flows")
    if is_raw and yields:
        raise UsageError("--raw, --yield", "cannot be given together: yields link reconciled stages.")


def check_idle(way: str | None, rule: str | None, draws: int | None, *, is_raw: bool) -> None:
    """Refuse what would do nothing: a rule of ownership by a way without owners, draws of raw figures."""
    if rule is not None and way not in ("control", "all"):
        raise UsageError("--rule", "does nothing without owners.", expected="--by control or --by all")
    if is_raw and draws:
        raise UsageError("--raw, --draws", "cannot be given together: what is drawn are reconciled figures.")


def draw_flows(
    data: Snapshot,
    materials: Sequence[str],
    importers: Sequence[str],
    years: Sequence[int],
    options: TraceOptions,
    path: Path,
) -> None:
    """Draw the flows of one material, year and importer."""
    if len(materials) * len(years) * len(importers) != 1:
        raise UsageError(
            "--flows",
            "draws one trace.",
            which=[f"{len(materials)} materials, {len(years)} years, {len(importers)} importers"],
            expected="one material, one year and one importer",
        )
    chain = open_chain(data, materials[0], years[0], options)
    traded = options.stage or (last_traded(chain) if options.by == "all" else find_traded_stage(chain))
    write_trace_flows(chain, ask(chain, importers[0], traded, "partner", options), path)


def read_materials(words: list[str]) -> tuple[str, ...]:
    """Read --material; `strategic` and `critical` stand for the lists of Regulation (EU) 2024/1252."""
    listed = split_list(words)
    named = [word for word in listed if word not in ("strategic", "critical")]
    acts = [name for word in listed if word in ("strategic", "critical") for name in list_act_materials(word)]
    found = resolve_words("material", "--material", named) if named or not acts else ()
    return tuple(dict.fromkeys((*found, *acts)))
