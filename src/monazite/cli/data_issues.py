"""`monazite data issues`: list what is doubtful in the release, and what was left out of it."""

from collections import Counter
from typing import Annotated

from cyclopts import Parameter, validators

from monazite.cli.options import Json, Release, as_usage, check_table, resolve_words
from monazite.cli.output import make_console, print_records, print_sources, print_table
from monazite.reports.envelope import Record
from monazite.snapshot import open_snapshot
from monazite.snapshot.checks import KINDS, Issue, describe_keys, find_issues

OTHER = {"conflict": "other"}
"""What stands beside the figure found, by kind, where it is not what a check expects."""


def issues(
    *,
    table: Annotated[str | None, Parameter(help="Only this table.")] = None,
    kind: Annotated[str | None, Parameter(help=f"Only this kind: {', '.join(KINDS)}.")] = None,
    material: Annotated[str | None, Parameter(help="Only this material.")] = None,
    limit: Annotated[
        int, Parameter(help="Print at most so many of each kind; --json has all.", validator=validators.Number(gte=1))
    ] = 10,
    release: Release = None,
    json: Json = False,
) -> None:  # fmt: skip
    """List figures that the checks doubt, publishers that differ, corrections, and what was left out."""
    data = open_snapshot(release)
    wanted = set(() if material is None else resolve_words("material", "--material", [material]))
    if table is not None:
        check_table(data, table, "--table")
    found = as_usage(lambda: find_issues(data, table=table, kind=kind))
    found = tuple(issue for issue in found if not wanted or wanted & set(issue.materials))
    lineage = data.lineage.with_sources(*{source for issue in found for source in issue.source_ids})
    title = f"Release {data.manifest.release}: {len(found):,} issues"
    if json:
        print_records([_write_record(issue) for issue in found], lineage, title=title, as_json=True)
        return
    console = make_console()
    counts = Counter((issue.kind, str(issue.severity)) for issue in found)
    print_table(console, [_count(*key, counts[key]) for key in _in_order(counts)], title)
    for name in dict.fromkeys(issue.kind for issue in found):
        chosen = [issue for issue in found if issue.kind == name]
        shown = [_write_row(issue) for issue in chosen[:limit]]
        title = f"{name}: {KINDS[name]}; {len(shown):,} of {len(chosen):,}"
        print_table(console, shown, title, total=len(chosen))
    print_sources(console, lineage)


def _in_order(counts: Counter[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(counts, key=lambda key: (list(KINDS).index(key[0]), key[1]))


def _count(kind: str, severity: str, count: int) -> Record:
    return {"kind": kind, "verdict": severity, "value": count, "unit": "issues", "meaning": KINDS[kind]}


def _write_row(issue: Issue) -> Record:
    """Write an issue as a row for people: the keys in one cell."""
    return {
        "table": issue.table,
        "material": ", ".join(issue.materials),
        "keys": describe_keys(issue.keys),
        "found": issue.value,
        OTHER.get(issue.kind, "expected"): issue.expected,
        "measured in": issue.unit,
        "verdict": issue.severity,
        "remark": issue.note,
    }


def _write_record(issue: Issue) -> Record:
    """Write an issue as a flat record."""
    record: Record = {
        "table": issue.table,
        "kind": issue.kind,
        "material": ", ".join(issue.materials),
        **issue.keys,
        "keys": describe_keys(issue.keys),
        "value": issue.value,
        OTHER.get(issue.kind, "expected"): issue.expected,
        "unit": issue.unit,
        "verdict": issue.severity,
        "note": issue.note,
        "source_ids": issue.source_ids,
    }
    return record if issue.value is not None else {**record, "reason": issue.note}
