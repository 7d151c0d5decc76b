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

SHORT = {"world_mining_data": "wmd", "eu_crm_2023": "eu23", "european_commission": "ec", "world_bank": "wb"}
"""Short names of sources for the table; the others are short enough."""
QUALITY = {"reported": "r", "estimated": "e", "corrected": "c", "imputed": "i", "doubtful": "d"}
"""Letters of qualities for the table."""


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
    print_table(
        console,
        [_shorten(record) for record in records],
        "coverage of production: years, and the leader in the last of them",
    )
    for line in (*_explain_letters(records), *_explain_gaps(records)):
        console.print(Text(line))
    print_sources(console, lineage)


def _shorten(record: Record) -> Record:
    """Keep the columns of the table for people; share and year of the leader stand beside its name."""
    share, leader = record["leader_share"], record["leader"]
    told = f"{leader} {100 * share:.0f} % {record['leader_year']}" if isinstance(share, float) else None
    kept = {name: record[name] for name in ("material", "stage", "years", "basis")}
    return kept | {
        "sources": " ".join(SHORT.get(name, name) for name in _words(record["sources"])),
        "quality": " ".join(QUALITY[name] for name in _words(record["quality"])),
        "leader": told,
    }


def _words(text: object) -> list[str]:
    return str(text).split(", ") if text else []


def _explain_letters(records: Sequence[Record]) -> list[str]:
    """Say what the short names of sources and the letters of qualities stand for."""
    legend = []
    for column, names in (("sources", SHORT), ("quality", QUALITY)):
        used = {word for record in records for word in _words(record[column])} & set(names)
        told = [f"{short} {name}" for name, short in names.items() if name in used]
        legend += [f"{column}: {', '.join(told)}"] if told else []
    return legend


def _explain_gaps(records: Sequence[Record]) -> list[str]:
    """Say why figures are missing and where was looked; materials of the same reason in one line."""
    gaps: dict[tuple[str, str, str], list[str]] = {}
    for record in records:
        words = record.get("reason") or record.get("note")
        if words:
            key = str(record["stage"]), str(record["basis"]), str(words)
            gaps.setdefault(key, []).append(str(record["material"]))
    return [
        f"{', '.join(names)}, {stage}: {'; '.join(dict.fromkeys((basis, reason)))}"
        for (stage, basis, reason), names in gaps.items()
    ]
