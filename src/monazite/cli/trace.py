"""`monazite trace`: from what a country uses back to where it was produced."""

from typing import Annotated

from cyclopts import Parameter, validators

from monazite.cli.options import (
    Importers,
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
from monazite.cli.output import print_records, split_list
from monazite.snapshot import open_snapshot
from monazite.supply_chain.build import UnknownContent
from monazite.tracing import trace_records


def trace(
    *,
    material: Materials,
    importer: Importers,
    year: Years,
    stage: Annotated[
        str | None, Parameter(help="Stage whose product is traded; may be left out if only one has trade.")
    ] = None,
    by: Annotated[
        str | None, Parameter(help="Stage of production to trace back to; the traded stage by default.")
    ] = None,
    product: Products = None,
    unknown_content: Annotated[
        UnknownContent,
        Parameter(help="Where the content of a traded product is unknown: count gross weight, or refuse."),
    ] = "missing",
    top: Annotated[
        int,
        Parameter(
            help="Show so many countries in the table; JSON has all.", validator=validators.Number(gte=1)
        ),
    ] = 10,
    release: Release = None,
    json: Json = False,
) -> None:
    """Trace what a country or group uses back through re-exports; the unknown share is a row of its own."""
    records, lineage = trace_records(
        open_snapshot(release),
        materials=resolve_words("material", "--material", material),
        importers=read_importers(importer),
        years=read_years(year),
        stage=read_stage("--stage", stage),
        by=read_stage("--by", by),
        product_codes=split_list(product) if product else None,
        unknown_content=unknown_content,
    )
    shown = (
        records if json else [r for r in records if r["country"] == "unknown" or int(str(r["rank"])) <= top]
    )
    print_records(shown, lineage, title="trace", as_json=json)
