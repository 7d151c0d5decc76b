"""Records of the 10, 40 and 25 % of Art. 5(1)(a): of each entry, and of all together as in the law."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monazite.errors import DataError
from monazite.indicators.crma import Interval, capacity_verdict
from monazite.scenarios.crma.capacity import Capacity, read_capacity, read_recycling, sum_known
from monazite.scenarios.crma.choose import CANNOT_TELL, Asked
from monazite.scenarios.crma.entries import Benchmark, Entry
from monazite.scenarios.crma.projects import Project, sum_projects, write_added
from monazite.scenarios.crma.readings import Reading
from monazite.snapshot import Snapshot

Record = dict[str, object]
TESTS = ("extraction", "processing", "recycling")
TODAY, WITH_PROJECTS = "today", "projects"
TOGETHER = "all strategic"
EACH = "of one material an indication: the law sets it for all strategic materials together"
OF_ORE = "known is what is consumed of ore or concentrate, and not of metal that is bought from outside"
NO_INTERVALS = "no intervals: --draws 0"
ADDED = "tonnes of all materials added as they are: the Act names no weights"
Consumption = Mapping[tuple[str, str], Reading]


@dataclass(frozen=True)
class Known:
    """
    Least capacity and consumption of one entry [t contained a year], NaN where not known, and why.

    `most_t`: the most that is consumed, NaN where nobody can tell; `is_ore`: the consumption is that of ore or
    concentrate alone, so that more is consumed; `gap`: goods that the consumption lacks, as nothing is known of their
    trade.
    """

    capacity_t: float
    consumption_t: float
    share: float
    vintage: str
    source_ids: tuple[str, ...]
    notes: tuple[str, ...]
    reason: str
    most_t: float
    is_ore: bool = False
    gap: str = ""


def benchmark_records(
    asked: Asked, entries: Sequence[Entry], limits: Mapping[str, Benchmark], consumption: Consumption,
    built: Sequence[Project], *, is_whole: bool,
) -> list[Record]:  # fmt: skip
    """
    Compare least capacities with consumption, per entry and for all together.

    Parameters
    ----------
    asked : Asked
        The release, the Union and its members, the year.
    entries : sequence of Entry
        Strategic materials with their stages; parts of an entry are left to it.
    limits : mapping of test to Benchmark
        From `read_benchmarks`.
    consumption : mapping of (material, stage) to Reading
        Readings of the Act of which the consumption is known.
    built : sequence of Project
        Projects to add, as records of their own.
    is_whole : bool
        All materials were asked for, so that the test of all together can be put.

    Returns
    -------
    list of records
        `value` [least capacity over consumption, unitless, >= 0], `low` [the same over the most that is consumed],
        `high` [None: what the capacity is at most is not known],
        `limit`, `verdict`, `numerator_t`, `denominator_t`, `move_t` [t a year that are missing, or 0], `missing`
        (entries that the sum lacks; then `move_t` is None), `entries` and `entries_known` [count], `incomplete`
        (entries in it of whose trade our data have a part), `reason`.

    Notes
    -----
    The denominator is what is consumed of the processed material; where only consumption of ore or concentrate is
    known, the share is shown in the test of extraction, without a verdict, and is not added to the others.

    Examples
    --------
    At least 290 t of 4,100 t are 7.1 %; 120 t are missing to 10 %.

    >>> round(290 / 4100, 3), round(0.10 * 4100 - 290)
    (0.071, 120)
    """
    names = list(dict.fromkeys(entry.material for entry in entries if entry.role != "part"))
    stages = {name: [e.stage for e in entries if e.material == name and e.is_in_act] for name in names}
    records: list[Record] = []
    for test in TESTS:
        known = {
            name: _know(asked, name, test, consumption)
            for name in names
            if test == "recycling" or test in stages[name]
        }
        for scenario, projects in ((TODAY, ()), *(((WITH_PROJECTS, built),) if built else ())):
            told = [
                _each(asked, name, test, limits[test], fact, projects=projects)
                for name, fact in known.items()
                if scenario == TODAY or sum_projects(projects, name, test)[1]
            ]
            records += told
            if is_whole and (scenario == TODAY or told):
                records.append(_together(asked, test, limits[test], known, projects))
    return records


def _know(asked: Asked, name: str, test: str, consumption: Consumption) -> Known:
    try:
        fact = _read(asked.data, name, test, asked)
        reason = ""
    except DataError as error:
        nothing = Interval(math.nan, math.nan, math.nan)
        fact = Capacity(capacity_t=nothing, share=math.nan, vintage="", source_ids=(), notes=())
        reason = error.what.rstrip(".")
    used = consumption.get((name, "processing"))
    notes = fact.notes
    if used is None and test == "extraction":
        used = consumption.get((name, "extraction"))
    if used is None:
        lacks = "what the Union consumes of the processed material is not known"
        reason = "; ".join(part for part in (reason, lacks) if part)
    total_t = used.total_t if used else math.nan
    least_t = fact.capacity_t.low if math.isnan(fact.share) else fact.share * total_t
    share = fact.share if not math.isnan(fact.share) else least_t / total_t
    sources = {*fact.source_ids, *(used.source_ids if used else ())}
    is_ore = used is not None and test == "extraction" and (name, "processing") not in consumption
    if is_ore:
        reason = "; ".join(part for part in (reason, OF_ORE) if part)
    gap = used.gap if used else ""
    is_point = used is not None and used.draws == 0
    reason = "; ".join(part for part in (reason, gap, NO_INTERVALS if is_point else "") if part)
    most_t = used.total_range_t[1] if used and used.total_range_t else total_t
    return Known(
        least_t, total_t, share, fact.vintage, tuple(sorted(sources)), notes, reason,
        math.nan if gap or is_point else most_t, is_ore, gap,
    )  # fmt: skip


def _read(data: Snapshot, name: str, test: str, asked: Asked) -> Capacity:
    if test == "recycling":
        return read_recycling(data, name, year=asked.year)
    return read_capacity(data, name, test, members=asked.members, year=asked.last)


def _label(asked: Asked, name: str, test: str, limit: Benchmark, scenario: str) -> Record:
    return {
        "indicator": "crma", "test": test, "provision": limit.provision, "material": name, "stage": test,
        "region": asked.region, "by": "act", "year": asked.year, "scenario": scenario,
        "outside_the_act": False, "limit": limit.share,
    }  # fmt: skip


def _each(
    asked: Asked, name: str, test: str, limit: Benchmark, fact: Known, *, projects: Sequence[Project]
) -> Record:
    added, names = sum_projects(projects, name, test)
    share, low_t = fact.share, fact.capacity_t
    notes = (EACH, *fact.notes)
    if names:
        low_t = _add(fact, name, test, projects)
        share = low_t / fact.consumption_t
        notes = (f"with {write_added(added)} t a year more: {names}", *notes)
    rate = math.nan if math.isnan(fact.most_t) else share
    least = rate if test == "recycling" else low_t / fact.most_t
    labels = _label(asked, name, test, limit, WITH_PROJECTS if names else TODAY)
    return _finish(labels, fact, (share, math.nan if fact.is_ore else least), low_t, notes)


def _add(fact: Known, name: str, test: str, projects: Sequence[Project]) -> float:
    """Add what projects bring to a least capacity [t a year]; where none is known, theirs is the least."""
    added, names = sum_projects(projects, name, test)
    if not names:
        return fact.capacity_t
    return added.low if math.isnan(fact.capacity_t) else fact.capacity_t + added.low


def _together(
    asked: Asked, test: str, limit: Benchmark, known: Mapping[str, Known], projects: Sequence[Project]
) -> Record:
    """Add up what is known; a verdict needs every entry."""
    parts = {
        name: (low_t, fact.consumption_t)
        for name, fact in known.items()
        if not math.isnan(low_t := _add(fact, name, test, projects))
        and not math.isnan(fact.consumption_t)
        and not fact.is_ore
    }
    missing = [name for name in known if name not in parts]
    low_t, used_t = sum_known(parts)
    share = low_t / used_t if used_t > 0 else math.nan
    sources = tuple(sorted({source for name in parts for source in known[name].source_ids}))
    vintages = sorted({known[name].vintage for name in parts})
    reason = (
        f"known of {len(parts)} of {len(known)} entries{_name_largest(parts)}, not of {', '.join(missing)}" if missing
        else "what the capacity is at most nobody published"
    )  # fmt: skip
    partly = [name for name in parts if known[name].gap]
    if partly:
        reason += f"; consumption known only in part of {', '.join(partly)}"
    most_t = sum(known[name].most_t for name in parts)
    fact = Known(low_t, used_t, share, ", ".join(vintages), sources, (), reason, most_t)
    least = math.nan if not parts else low_t / most_t
    notes = [ADDED]
    if parts:
        notes.append(f"of {', '.join(parts)} alone")
    if share >= limit.share and missing and not partly:
        room = low_t / limit.share - used_t
        notes.append(f"reached as long as the others together consume at most {room:,.0f} t a year")
    labels = _label(asked, TOGETHER, test, limit, WITH_PROJECTS if projects else TODAY)
    record = _finish(labels, fact, (share, least), low_t, notes, is_part=bool(missing or partly))
    if missing:
        record["move_t"] = None  # of a part of the entries no tonnes follow for the law
    return record | {
        "missing": missing,
        "incomplete": partly,
        "entries": len(known),
        "entries_known": len(parts),
    }


def _name_largest(parts: Mapping[str, tuple[float, float]]) -> str:
    """
    Name the entry that a sum of tonnes is mostly of.

    Examples
    --------
    >>> _name_largest({"aluminium": (397.0, 4090.0), "cobalt": (1.6, 20.5)})
    ', by tonnes 99.5 % aluminium'
    """
    used = {name: used_t for name, (_, used_t) in parts.items()}
    if not sum(used.values()) > 0:
        return ""
    most = max(used, key=lambda name: used[name])
    return f", by tonnes {100 * used[most] / sum(used.values()):.3g} % {most}"


def _finish(
    labels: Record,
    fact: Known,
    shares: tuple[float, float],
    low_t: float,
    notes: Sequence[str],
    *,
    is_part: bool = False,
) -> Record:
    """Judge the least share, which is NaN where none is known; of a part of the entries no verdict follows."""
    share, least = shares
    used_t, limit = fact.consumption_t, float(str(labels["limit"]))
    verdict = CANNOT_TELL if is_part else capacity_verdict(Interval(math.nan, least, math.nan), 1.0, limit)
    move_t = math.nan if fact.is_ore else np.maximum(0.0, limit * used_t - low_t)
    record = labels | {
        "vintage": fact.vintage or None, "country": None, "value": _number(share), "unit": "share",
        "low": _number(least), "high": None, "verdict": verdict, "numerator_t": _number(low_t),
        "denominator_t": _number(used_t), "move_t": _number(move_t),
        "domestic_share": None, "unknown_share": None, "basis": "least capacity",
        "quality": "estimated", "source_ids": fact.source_ids, "note": "; ".join(notes),
    }  # fmt: skip
    if verdict == CANNOT_TELL:
        record["reason"] = (
            fact.reason or f"at least {100 * share:.3g} %; what the capacity is at most nobody published"
        )
    return record


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
