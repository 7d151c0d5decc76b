"""Why the test of a group and those of its members can differ, and both hold."""

from collections.abc import Mapping, Sequence

from monazite.scenarios.crma.choose import CANNOT_TELL, OF_GROUP

SINGLE_SOURCE = "single_source"
Record = dict[str, object]
WHY = "both can hold: the group is what customs record together, its members have shares of their own from other years"


def explain_members(records: Sequence[Mapping[str, object]]) -> dict[tuple[str, str, str], str]:
    """
    Say where members of an entry have another verdict than the entry together.

    Parameters
    ----------
    records : sequence of records
        From `crma_records`, of today.

    Returns
    -------
    dict of (material, stage, by) to str
        Of the group or entry. One sentence, with the share, country and years of the group and of its members; none
        where verdicts agree or one of both cannot be told.

    Examples
    --------
    >>> one = {"test": "single_source", "scenario": "today", "entry": "rare earth elements", "stage": "processing",
    ...        "by": "imports", "material": "rare_earths", "role": "group", "verdict": "met", "country": "CHN",
    ...        "value": 0.56, "vintage": "2024"}
    >>> part = one | {"material": "neodymium", "role": "part", "verdict": "not met", "value": 0.85,
    ...               "vintage": "2016-2020"}
    >>> print(explain_members([one, part])["rare_earths", "processing", "imports"].partition("; ")[0])
    rare_earths together met (CHN 56 %, 2024), but not met: neodymium (CHN 85 %, 2016-2020)
    """
    tests = [r for r in records if r["test"] == SINGLE_SOURCE and r["scenario"] == "today"]
    told: dict[tuple[str, str, str], str] = {}
    for record in tests:
        if record["role"] == "part" or record["verdict"] == CANNOT_TELL:
            continue
        members = [part for part in tests if _is_other_member(record, part)]
        if not members:
            continue
        shares: dict[tuple[str, str], list[str]] = {}
        for part in members:
            shares.setdefault((str(part["verdict"]), _write_share(part)), []).append(str(part["material"]))
        verdicts = "; ".join(
            f"{verdict}: {', '.join(names)} ({share})" for (verdict, share), names in shares.items()
        )
        own = f"{record['material']} together {record['verdict']} ({_write_share(record)})"
        law = f"; {OF_GROUP}" if record["role"] == "group" else ""
        place = (str(record["material"]), str(record["stage"]), str(record["by"]))
        told[place] = f"{own}, but {verdicts}; {WHY}{law}"
    return told


def note_members(records: Sequence[Record]) -> list[Record]:
    """Add the sentences of `explain_members` to the notes of the groups."""
    told = explain_members(records)

    def add(record: Record) -> Record:
        place = (str(record["material"]), str(record["stage"]), str(record["by"]))
        if record["test"] != SINGLE_SOURCE or record["scenario"] != "today" or place not in told:
            return record
        return record | {"note": "; ".join(filter(None, [str(record["note"]), told[place]]))}

    return [add(record) for record in records]


def _is_other_member(record: Mapping[str, object], part: Mapping[str, object]) -> bool:
    """Whether a record is the same test of a member of an entry, and has another verdict."""
    is_member = part["role"] == "part" and all(
        part[name] == record[name] for name in ("entry", "stage", "by")
    )
    return is_member and part["verdict"] not in (CANNOT_TELL, record["verdict"])


def _write_share(record: Mapping[str, object]) -> str:
    """Write the leading country with its share, if it has a figure, and the years."""
    value = record["value"]
    share = f" {100 * float(str(value)):.0f} %" if value is not None else ""
    return f"{record['country']}{share}, {record['vintage']}"
