"""`monazite data coverage`: what the release knows of each material and stage, and what nobody publishes."""

import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from monazite.cli.options import Json, Release, Stages, resolve_words
from monazite.cli.output import make_console, print_sources, print_table
from monazite.errors import UsageError
from monazite.reports.envelope import Record, wrap_records, write_json
from monazite.snapshot import open_snapshot
from monazite.supply_chain import list_act_materials, list_coverage

SHOWN = (
    "material", "stage", "value", "unit", "years", "basis", "sources", "quality", "countries", "leader",
)  # fmt: skip


def show_coverage(
    *,
    material: Annotated[
        list[str] | None,
        Parameter(
            name="--material",
            help="Material, or several; every strategic and critical one by default.",
            negative="",
        ),
    ] = None,
    stage: Stages | None = None,
    strategic: Annotated[bool, Parameter(help="Only strategic raw materials.", negative="")] = False,
    critical: Annotated[bool, Parameter(help="Only critical raw materials.", negative="")] = False,
    release: Release = None,
    json: Json = False,
) -> None:
    """Show the years, sources and quality of production for each material and stage, and where figures are missing."""
    if material and (strategic or critical):
        raise UsageError(
            "--material", "and --strategic or --critical exclude each other.", fix="leave one of them out"
        )
    acts = [name for name, is_asked in (("strategic", strategic), ("critical", critical)) if is_asked]
    names = sorted({name for act in acts or [""] for name in list_act_materials(act)})
    if material:
        names = list(resolve_words("material", "--material", material))
    stages = resolve_words("stage", "--stage", stage) if stage else None
    data = open_snapshot(release)
    records = list_coverage(data, names, stages)
    used = {source for record in records for source in record["source_ids"]}  # type: ignore[attr-defined]
    lineage = data.lineage.with_sources(*used)
    if json:
        sys.stdout.write(write_json(wrap_records(records, lineage)))
        return
    console = make_console()
    print_table(console, [_shorten(record) for record in records], "coverage of production, in years")
    for line in _explain_gaps(records):
        console.print(Text(line))
    print_sources(console, lineage)


def _shorten(record: Record) -> Record:
    """Keep the columns of the table for people; the share of the leader stands beside its name, in percent."""
    share, leader = record["leader_share"], record["leader"]
    told = f"{leader} {100 * share:.1f} %" if isinstance(share, float) else None
    return {name: record[name] for name in SHOWN} | {"leader": told}


def _explain_gaps(records: Sequence[Record]) -> list[str]:
    """Say why figures are missing and where was looked; materials of the same reason in one line."""
    gaps: dict[tuple[str, str, str], list[str]] = {}
    for record in records:
        words = record.get("reason") or record.get("note")
        if words:
            key = str(record["stage"]), str(record["basis"]), str(words)
            gaps.setdefault(key, []).append(str(record["material"]))
    return [
        f"{', '.join(names)}, {stage}: {basis}; {reason}" for (stage, basis, reason), names in gaps.items()
    ]
