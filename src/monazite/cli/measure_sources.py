"""`monazite measure import-sources`: the largest customs partners, beside the import sources that USGS prints."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from rich.text import Text

from monazite.cli.measure_geopolrisk import Names, read_names, read_regions
from monazite.cli.options import Json, Regions, Release, Stages, read_years, resolve_words
from monazite.cli.output import format_number, make_console, print_sources, print_table
from monazite.errors import UsageError
from monazite.indicators.import_sources import measure_import_sources
from monazite.indicators.import_sources_table import REGION, compare_import_sources
from monazite.provenance import Lineage, hash_file
from monazite.reports.envelope import Record, wrap_records, write_json
from monazite.reports.inputs import INPUTS_ID, describe_input
from monazite.snapshot import open_snapshot
from monazite.sources.usgs import read_mineral_commodity_summaries
from monazite.sources.usgs_sources import ImportSources, read_import_sources
from monazite.supply_chain import list_materials

BOTH_STAGES = ("extraction", "processing")
WORDS = {
    "median_agreement": "median agreement",
    "close": "agreement of 90 % or more",
    "same_leader": "same leader",
}


def measure_sources(
    *,
    material: Names,
    year: Annotated[
        str | None, Parameter(help="Years, added up: 2024 or 2021-2024; that of the file with --inputs.")
    ] = None,
    region: Regions | None = None,
    stage: Stages | None = None,
    top: Annotated[int, Parameter(help="How many partners to name.", validator=validators.Number(gte=1))] = 4,
    inputs: Annotated[
        Path | None,
        Parameter(
            help="Data release of the Mineral Commodity Summaries (CSV): compare with its import sources."
        ),
    ] = None,
    release: Release = None,
    json: Json = False,
) -> None:
    """Name the largest customs partners of a region in each material, all years added up."""
    regions = read_regions(region) if region else ()
    years = read_years(year) if year else ()
    stages = resolve_words("stage", "--stage", stage or BOTH_STAGES)
    names = read_names(material)
    printed = read_printed(inputs, regions, years) if inputs else {}
    if not inputs and not (regions and years):
        raise UsageError(
            "--region, --year", "are needed without --inputs.", expected="such as USA and 2021-2024"
        )
    data = open_snapshot(release)
    materials = names or list_materials(data)
    if not inputs:
        records, lineage = measure_import_sources(
            data, materials=materials, stages=stages, regions=regions, years=years, top=top
        )
        print_partners(records, lineage, as_json=json)
        return
    records, lineage = compare_import_sources(data, printed, materials, stages)
    if json:
        envelope = wrap_records(records, lineage)
        envelope["sources"] = {**dict(envelope["sources"]), INPUTS_ID: describe_input(inputs)}  # type: ignore[call-overload]
        sys.stdout.write(write_json(envelope))
        return
    print_comparison(records, lineage, inputs)


def read_printed(
    path: Path, regions: Sequence[str], years: Sequence[int]
) -> dict[tuple[str, str], ImportSources]:
    """
    Read the import sources of a file of USGS.

    Raises
    ------
    UsageError
        If another region or period is asked for than USGS prints.
    """
    printed = read_import_sources(read_mineral_commodity_summaries(path))
    if regions and tuple(regions) != (REGION,):
        raise UsageError("--region", "USGS prints import sources of the United States.", expected=REGION)
    periods = {sources.years for sources in printed.values()}
    if years and tuple(years) not in periods:
        spans = ", ".join(f"{span[0]}-{span[-1]}" for span in sorted(periods))
        raise UsageError("--year", "is not the period of the file.", expected=spans, fix="leave it out")
    return printed


def print_partners(records: Sequence[Record], lineage: Lineage, *, as_json: bool) -> None:
    """Print a row for each material, stage and region with its partners in one cell; or one JSON object."""
    if as_json:
        sys.stdout.write(write_json(wrap_records(records, lineage)))
        return
    console = make_console()
    places: dict[tuple[object, ...], list[str]] = {}
    for record in records:
        if record["value"] is None:
            continue
        key = tuple(record[name] for name in ("material", "stage", "region"))
        share = format_number(record["value"], "share").replace(" %", "")
        places.setdefault(key, []).append(f"{_partner(record['exporter'])} {share}")
    rows = [
        dict(zip(("material", "stage", "region"), key, strict=True)) | {"partners, % of gross tonnes": ", ".join(words)}
        for key, words in places.items()
    ]  # fmt: skip
    print_table(console, rows, f"import-sources, {records[0]['years']}")
    told = {key[0] for key in places}
    silent: dict[str, list[str]] = {}
    for record in records:
        if record["material"] not in told:
            silent.setdefault(str(record["reason"]).split(": ")[-1], []).append(str(record["material"]))
    for reason, names in silent.items():
        console.print(Text(f"cannot tell: {', '.join(dict.fromkeys(names))}: {reason}"))
    print_sources(console, lineage)


def print_comparison(records: Sequence[Record], lineage: Lineage, path: Path) -> None:
    """Print a row for each pair of goods: our leader, that of USGS, how far all shares agree, and what differs."""
    console = make_console()
    named = {
        (record["goods"], record["exporter"]): record
        for record in records
        if record.get("exporter") is not None
    }
    rows: list[Record] = []
    for record in records:
        if record.get("quantity") != "agreement" or record["value"] is None:
            continue
        goods, leader = record["goods"], record["official_leader"]
        found = named[goods, leader]
        official = found["official"] if found["official"] is not None else found["official_low"]
        rows.append(
            {
                "goods of USGS": _shorten(str(goods)), "USGS counts": record["scope"],
                "its leader": f"{leader} {format_number(official, 'share')}",
                "here": format_number(found["value"], "share"),
                "leader here": record["leader"] if record["leader"] != leader else "same",
                "agreement": format_number(record["value"], "share"),
            }
        )  # fmt: skip
    print_table(console, rows, "import-sources, USA, ours and those of USGS")
    for record in records:
        if record.get("quantity") == "agreement" and (record["note"] or record["value"] is None):
            words = record.get("reason") or f"{record['goods']}: {record['note']}"
            console.print(Text(f"{'cannot tell' if record['value'] is None else 'differs'}: {words}"))
    for record in records:
        name = WORDS.get(str(record.get("quantity")))
        if name:
            goods = "pairs of the same goods" if record["scope"] == "same" else "pairs"
            share = format_number(record["value"], "share")
            console.print(Text(f"{name}: {share} over {record['compared']} {goods}"))
    console.print(Text(f"inputs: {path.name} (sha256 {hash_file(path)[:12]})", "dim"))
    print_sources(console, lineage)


def _partner(code: object) -> str:
    return "others" if code == "ROW" else str(code)


def _shorten(goods: str) -> str:
    """Write goods of USGS without the words that say nothing: `Barite: All`, `Feldspar: Feldspar`, a long bracket."""
    commodity, _, detail = goods.partition(": ")
    commodity, detail = commodity.split(" (")[0], detail.split(" (")[0]
    if detail in ("All", commodity):
        return commodity
    return detail if commodity.lower() in detail.lower() else f"{commodity}: {detail}"
