"""`monazite trace`: from what a country uses back to where it was produced, and whose it is."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from monazite.cli.options import (
    Json,
    Materials,
    Products,
    Release,
    Years,
    read_importers,
    read_stage,
    read_years,
    resolve_words,
)
from monazite.cli.output import make_progress, print_records, split_list
from monazite.cli.trace_tables import print_comparison
from monazite.errors import UsageError
from monazite.snapshot import open_snapshot
from monazite.sources.supplier_list import read_supplier_list
from monazite.supply_chain import list_act_materials
from monazite.supply_chain.build import UnknownContent
from monazite.tracing import TraceOptions, trace_records
from monazite.tracing.compare import compare_ways
from monazite.tracing.ways import Rule

WAYS = ("partner", "control", "all")
"""Words of --by that are no stage."""


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
    rule: Annotated[Rule, Parameter(help="What ownership counts as, --by control.")] = "control",
    product: Products = None,
    unknown_content: Annotated[
        UnknownContent | None,
        Parameter(
            help="Where the content of a traded product is unknown: refuse (missing), count gross weight, or estimate "
            "it and say so. Estimate with --by all, else missing.",
            show_default=False,
        ),
    ] = None,
    draws: Annotated[
        int,
        Parameter(
            help="Chains that the reports allow as well, for the 5-95 % interval; 0 for none.",
            validator=validators.Number(gte=0),
        ),
    ] = 40,
    seed: Annotated[int, Parameter(help="Of the draws.", validator=validators.Number(gte=0))] = 0,
    raw: Annotated[
        bool, Parameter(help="Figures as reported, not reconciled; no interval.", negative="")
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
    way = by if by in WAYS else read_stage("--by", by)
    options = TraceOptions(
        stage=read_stage("--stage", stage),
        by=way,
        rule=rule,
        product_codes=tuple(split_list(product)) if product else (),
        unknown_content=unknown_content or ("estimate" if way == "all" else "missing"),
        is_raw=raw,
        draws=0 if raw else draws,
        seed=seed,
        suppliers=read_supplier_list(suppliers) if suppliers else {},
    )
    importers = read_importers(importer) if importer else ()
    materials = read_materials(material)
    years = read_years(year)
    data = open_snapshot(release)
    is_long = len(materials) * len(years) * max(len(importers), 1) > 1
    bar, progress = make_progress("trace") if is_long else (None, lambda done, total: None)
    run = compare_ways if way == "all" else trace_records
    with bar or nullcontext():
        records, lineage = run(
            data, materials=materials, importers=importers, years=years, options=options,
            progress=progress,
        )  # fmt: skip
    if way == "all" and not json:
        print_comparison(records, lineage)
        return
    shown = (
        records if json else [r for r in records if r["country"] == "unknown" or int(str(r["rank"])) <= top]
    )
    print_records(shown, lineage, title="trace", as_json=json)


def read_materials(words: list[str]) -> tuple[str, ...]:
    """Read --material; `strategic` and `critical` stand for the lists of Regulation (EU) 2024/1252."""
    listed = split_list(words)
    named = [word for word in listed if word not in ("strategic", "critical")]
    acts = [name for word in listed if word in ("strategic", "critical") for name in list_act_materials(word)]
    found = resolve_words("material", "--material", named) if named or not acts else ()
    return tuple(dict.fromkeys((*found, *acts)))
