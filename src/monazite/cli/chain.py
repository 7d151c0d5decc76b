"""`monazite chain`: one material's supply chain in one year, reconciled."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from monazite.cli.chain_tables import print_chain, print_reasons, print_summaries
from monazite.cli.options import (
    Json,
    Materials,
    Products,
    Release,
    Years,
    as_usage,
    read_products,
    read_years,
    resolve_words,
)
from monazite.cli.output import make_console, print_records, print_sources, split_list, tell_progress
from monazite.cli.pictures import check_picture
from monazite.errors import DataError, UsageError
from monazite.reports.chain_flows import write_chain_flows
from monazite.snapshot import Snapshot, open_snapshot
from monazite.supply_chain import SupplyChain, build_supply_chain, list_materials
from monazite.supply_chain import reconcile as reconcile_chain
from monazite.supply_chain.balance_reasons import count_reasons
from monazite.supply_chain.baskets import ELEMENTS
from monazite.supply_chain.build import UnknownContent
from monazite.supply_chain.joint_elements import build_element_chain
from monazite.supply_chain.lane_records import lane_records
from monazite.supply_chain.reconcile_all import ReconcileOptions, reconcile_all, reconcile_material
from monazite.supply_chain.reconciled_records import reconciled_records
from monazite.supply_chain.records import Record, chain_records
from monazite.vocabulary import resolve_all, resolve_region

OF_OXIDE = (
    "tonnes of oxide, at least: deposits of which no analysis can be cited may hold more, and so may countries left out"
    " (monazite data elements)"
)


def chain(
    *,
    material: Materials,
    year: Years,
    stage: Annotated[list[str] | None, Parameter(help="Only these stages.", negative="")] = None,
    country: Annotated[
        list[str] | None, Parameter(help="Only these countries or groups.", negative="")
    ] = None,
    product: Products = None,
    unknown_content: Annotated[
        UnknownContent,
        Parameter(
            help="Where the content of a traded product is unknown: leave it missing, count gross weight, or "
            "estimate it."
        ),
    ] = "missing",
    yields: Annotated[
        list[str] | None,
        Parameter(
            name="--yield",
            help="Tonnes a stage makes of a tonne that enters it; links it to the stage before: processing=0.9.",
            negative="",
        ),
    ] = None,
    raw: Annotated[bool, Parameter(help="Figures as reported, not reconciled.", negative="")] = False,
    flows: Annotated[Path | None, Parameter(help="Draw who sells to whom into this SVG file.")] = None,
    reconcile: Annotated[
        bool,
        Parameter(
            help="Reconcile all materials and years named, keep them, and list one line each.", negative=""
        ),
    ] = False,
    workers: Annotated[
        int | None,
        Parameter(
            help="Processes of --reconcile; all processors by default.", validator=validators.Number(gte=1)
        ),
    ] = None,
    release: Release = None,
    json: Json = False,
) -> None:
    """Show production, imports, exports, use and residual by stage and country, reconciled, and what is doubtful."""
    given = {"--flows": flows, "--raw": raw, "--stage": stage, "--country": country, "--workers": workers}
    check_options([name for name, value in given.items() if value], reconciles=reconcile, yields=yields)
    check_picture(flows, "--flows")
    years = read_years(year)
    data = open_snapshot(release)
    is_all = split_list(material) == ["all"] and reconcile
    materials = list_materials(data) if is_all else resolve_words("material", "--material", material)
    options = ReconcileOptions(
        unknown_content=unknown_content,
        product_codes=read_products(product, materials),
        yields=read_yields(yields or []),
    )
    elements = [name for name in materials if name in ELEMENTS]
    if elements and not is_all:
        check_element_options(elements, {"--yield": yields, "--product": product, "--reconcile": reconcile,
                                         "--unknown-content": unknown_content != "missing"})  # fmt: skip
    if reconcile:
        summarise_chains(data, materials, years, options, workers, as_json=json)
        return
    if flows is not None and len(materials) * len(years) > 1:
        raise UsageError(
            "--flows",
            f"draws one chain, not {len(materials) * len(years)}.",
            expected="one material and year",
        )
    stages = resolve_words("stage", "--stage", stage) if stage else ()
    countries = read_countries(country or [], years)
    records: list[Record] = []
    lineage = data.lineage
    for name in materials:
        for one in years:
            found, listed = read_chain(data, name, one, options, is_raw=raw)
            lineage = lineage.with_sources(*found.lineage.source_ids)
            records += [r for r in listed if is_wanted(r, stages, countries)]
            if flows is not None:
                write_chain_flows(found, flows, stages)
    if json:
        print_records(records, lineage, title="chain", as_json=True)
        return
    console = make_console()
    print_chain(console, records)
    print_sources(console, lineage)


def check_options(given: Sequence[str], *, reconciles: bool, yields: Sequence[str] | None) -> None:
    """
    Refuse options that would do nothing: those of one chain with --reconcile, and --workers without it.

    Raises
    ------
    UsageError
        Once, with every such option.
    """
    idle = [name for name in given if (name != "--workers") == reconciles]
    if idle:
        with_or_without = "with" if reconciles else "without"
        raise UsageError(
            ", ".join(idle), f"{'does' if len(idle) == 1 else 'do'} nothing {with_or_without} --reconcile.",
            fix=f"{'leave out' if reconciles else 'add'} --reconcile, which does many chains at once",
        )  # fmt: skip
    if "--raw" in given and yields:
        raise UsageError("--raw, --yield", "cannot be given together: yields link reconciled stages.")


def check_element_options(elements: Sequence[str], given: Mapping[str, object]) -> None:
    """Refuse what does nothing for a single rare earth: its chain is its mining, without trade or later stages."""
    idle = [name for name, value in given.items() if value]
    if idle:
        raise UsageError(
            ", ".join(idle), "means nothing for a single rare earth: nobody trades it by name.", which=elements,
            fix="leave it out, or ask for rare_earths",
        )  # fmt: skip


def read_chain(
    data: Snapshot, material: str, year: int, options: ReconcileOptions, *, is_raw: bool
) -> tuple[SupplyChain, list[Record]]:
    """Build a chain, reconcile it unless raw figures are wanted, and list its records; a rare earth has its mining."""
    if material in ELEMENTS:
        mined = build_element_chain(data, material, year)
        listed = _raw_records(mined) if is_raw else reconciled_records(reconcile_chain(mined))
        return mined, [record | {"note": OF_OXIDE, "weight": "oxide"} for record in listed]
    if is_raw:
        built = build_supply_chain(
            data, material=material, year=year, unknown_content=options.unknown_content,
            product_codes=options.product_codes or None,
        )  # fmt: skip
        return built, _mark_gross(built, _raw_records(built))
    found = reconcile_material(data, material, year, options)
    return found.chain, _mark_gross(found.chain, reconciled_records(found))


def _mark_gross(chain: SupplyChain, records: list[Record]) -> list[Record]:
    """Say of every figure of a stage whose trade counts by gross weight that it does."""
    is_gross = chain.arrays["is_gross"]
    gross = {str(stage) for stage in is_gross["stage"].values[is_gross.values]}
    return [record | {"weight": "gross"} if record.get("stage") in gross else record for record in records]


def _raw_records(built: SupplyChain) -> list[Record]:
    return chain_records(built) + lane_records(built)


def read_yields(words: list[str]) -> dict[str, float]:
    """
    Read --yield; a word that is no `stage=number` is a usage error.

    Examples
    --------
    >>> read_yields(["refining=0.9"])
    {'processing': 0.9}
    """
    found: dict[str, float] = {}
    for word in split_list(words):
        name, _, number = word.partition("=")
        (stage,) = as_usage(partial(resolve_all, "stage", [name], "--yield"))
        try:
            found[stage] = float(number)
        except ValueError as error:
            raise UsageError(
                "--yield", f"{word!r} is no yield.", expected="stage=number: processing=0.9"
            ) from error
        if not 0 < found[stage] <= 1:
            raise UsageError("--yield", f"{word!r} is no yield.", expected="a number above 0, at most 1")
    return found


def read_countries(words: list[str], years: tuple[int, ...]) -> frozenset[str]:
    """Resolve --country into the codes of its members."""
    listed = split_list(words)
    regions = resolve_words("region", "--country", listed) if listed else ()
    return frozenset(code for name in regions for one in years for code in resolve_region(name, one))


def is_wanted(record: Record, stages: tuple[str, ...], countries: frozenset[str]) -> bool:
    """Whether a record passes --stage and --country; a lane does by either end, the test of a whole chain always."""
    places = {record.get(name) for name in ("country", "exporter", "importer")} - {None}
    return ("stage" not in record or not stages or record["stage"] in stages) and (
        not countries or not places or bool(places & countries)
    )


def summarise_chains(
    data: Snapshot,
    materials: tuple[str, ...],
    years: tuple[int, ...],
    options: ReconcileOptions,
    workers: int | None,
    *,
    as_json: bool,
) -> None:
    """Reconcile many chains into the cache, with progress, and list one line each; raise where all are refused."""
    with tell_progress("reconcile") as report:
        records = reconcile_all(data, materials, years, options=options, workers=workers, progress=report)
    refused = dict.fromkeys(str(record["error"]) for record in records if record["error"])
    if records and all(record["error"] for record in records):
        raise DataError(
            f"{len(records)} chain{'' if len(records) == 1 else 's'}",
            "cannot be reconciled.",
            which=list(refused),
        )
    reasons = count_reasons(records)
    if as_json:
        print_records([*records, *reasons], data.lineage, title="reconcile", as_json=True)
    else:
        print_summaries(make_console(), records)
        print_reasons(make_console(), reasons)
        print_sources(make_console(), data.lineage)
