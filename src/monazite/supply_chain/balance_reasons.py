"""Why chains of a release cannot be balanced, counted: what is missing, and at how many material-years."""

import re
from collections.abc import Sequence

from monazite.supply_chain.balance import BALANCED

Record = dict[str, object]
COUNTS = re.compile(r"(in|on) \d+ (countries|lanes)")
ORDER = (
    "contained tonnes are unknown on some lanes",
    "production covers a part of the material, trade all of it",
    "production is missing in some countries",
    "nobody reports trade",
    "no source gives production, and the content of what is traded is unknown",
    "no source gives production",
    "all flows are zero",
)
"""Reasons, the one nearest to a balance first: what is missing is one kind of figure, then another, then more."""
REFUSED = "refused"
NOTHING = "no figures"


def name_reason(state: str) -> str:
    """
    Name the kind of a state, without how many countries or lanes it is about.

    Examples
    --------
    >>> name_reason("contained tonnes are unknown on 212 lanes")
    'contained tonnes are unknown on some lanes'
    """
    return COUNTS.sub(r"\1 some \2", state)


def count_reasons(records: Sequence[Record]) -> list[Record]:
    """
    Count why material-years and their stages balance or do not.

    Parameters
    ----------
    records : sequence of records
        From `reconcile_all`.

    Returns
    -------
    list of records
        quantity `material_years`: each counts once, as balanced where one of its stages is, else under the reason of
        the stage that lacks least; quantity `stages`: every stage with figures counts, by `stage`. `reason`, `value`,
        `unit`, `share` of the quantity, `years` (first and last), `materials` (how many). The most frequent first.

    Examples
    --------
    >>> left = {"material": "a", "year": 2020, "balanced": [], "error": None,
    ...         "states": {"extraction": "no source gives production", "processing": "nobody reports trade"}}
    >>> [(r["reason"], r["value"]) for r in count_reasons([left]) if r["quantity"] == "material_years"]
    [('nobody reports trade', 1)]
    """
    whole = [("material_years", "", _nearest(record), record) for record in records]
    parts = [
        ("stages", stage, reason, record) for record in records for stage, reason in _stage_reasons(record)
    ]
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for quantity, stage, reason, record in (*whole, *parts):
        groups.setdefault((quantity, stage, reason), []).append(record)
    totals = {"material_years": len(whole), "stages": len(parts)}
    found: list[Record] = [
        {
            "quantity": quantity, "stage": stage or None, "reason": reason, "value": len(members),
            "unit": quantity.replace("_", "-"), "share": len(members) / totals[quantity],
            "years": _span([int(str(member["year"])) for member in members]),
            "materials": len({member["material"] for member in members}),
        }
        for (quantity, stage, reason), members in groups.items()
    ]  # fmt: skip
    return sorted(found, key=_rank)


def _rank(record: Record) -> tuple[str, int, str, str]:
    return str(record["quantity"]), -int(str(record["value"])), str(record["stage"]), str(record["reason"])


def _stage_reasons(record: Record) -> list[tuple[str, str]]:
    balanced, states = record.get("balanced"), record.get("states")
    done = [(str(stage), BALANCED) for stage in balanced] if isinstance(balanced, list) else []
    left = states.items() if isinstance(states, dict) else ()
    return done + [(str(stage), name_reason(str(state))) for stage, state in left]


def _nearest(record: Record) -> str:
    """The reason of the stage that lacks least."""
    if record["error"] is not None:
        return REFUSED
    reasons = [reason for _, reason in _stage_reasons(record)]
    if BALANCED in reasons:
        return BALANCED
    return next((reason for reason in ORDER if reason in reasons), reasons[0] if reasons else NOTHING)


def _span(years: Sequence[int]) -> str:
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first}-{last}"
