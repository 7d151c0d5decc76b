"""Data tests of an open release: each check lists the figures that it doubts."""

from collections.abc import Callable, Iterator

from monazite.errors import DataError, nearest_names
from monazite.snapshot.checks.issue import KINDS, Issue, Severity, describe_keys
from monazite.snapshot.checks.production import check_conflicts, check_jumps, check_world_totals
from monazite.snapshot.checks.trade import (
    check_mirror,
    check_missing_quantities,
    check_trade_jumps,
    check_unit_values,
)
from monazite.snapshot.checks.whole_tables import (
    check_corrections,
    check_imports,
    check_keys,
    check_ranges,
    check_rows,
    check_share_sums,
)
from monazite.snapshot.release import Snapshot

__all__ = ["KINDS", "Issue", "Severity", "describe_keys", "find_issues"]

CHECKS: dict[Callable[[Snapshot], Iterator[Issue]], tuple[str, ...]] = {
    check_keys: ("primary_key",),
    check_rows: ("row_count", "excluded"),
    check_ranges: ("range",),
    check_share_sums: ("share_sum",),
    check_world_totals: ("world_total",),
    check_conflicts: ("conflict",),
    check_jumps: ("year_on_year",),
    check_trade_jumps: ("year_on_year",),
    check_unit_values: ("unit_value",),
    check_mirror: ("mirror",),
    check_missing_quantities: ("missing_quantity",),
    check_corrections: ("correction",),
    check_imports: ("import",),
}
"""Every check, and the kinds of issues that it lists."""


def find_issues(
    data: Snapshot, *, table: str | None = None, kind: str | None = None, material: str | None = None
) -> tuple[Issue, ...]:
    """
    Check a release and list every doubt about its figures.

    Parameters
    ----------
    data : Snapshot
        An open release.
    table : str, optional
        Only issues of this table.
    kind : str, optional
        Only this kind of issue, one of `KINDS`.
    material : str, optional
        Id of a material: only issues of its rows.

    Returns
    -------
    tuple of Issue
        In the order of `KINDS`; within a kind in the order of the check. An empty answer means that every check
        passed.

    Raises
    ------
    DataError
        If the kind is unknown.
    SnapshotError
        If the release has no such table.

    Examples
    --------
    >>> from monazite.snapshot import open_snapshot
    >>> find_issues(open_snapshot("2026.1"), kind="range")
    ()
    """
    if table is not None:
        data.check_table(table)
    if kind is not None and kind not in KINDS:
        raise DataError(
            "kind of issue",
            f"{kind!r} is unknown.",
            expected=", ".join(KINDS),
            fix=nearest_names(kind, KINDS),
        )
    found = [
        issue
        for check, kinds in CHECKS.items()
        if kind is None or kind in kinds
        for issue in check(data)
        if kind in (None, issue.kind)
        and table in (None, issue.table)
        and (material is None or material in issue.materials)
    ]
    order = list(KINDS)
    return tuple(sorted(found, key=lambda issue: order.index(issue.kind)))
