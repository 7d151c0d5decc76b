"""The tests of Art. 5(1) over strategic materials, stages and readings, as flat records."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from monazite.errors import DataError
from monazite.indicators.crma import share_with_new_output, tonnes_to_move
from monazite.provenance import Lineage
from monazite.scenarios.crma.benchmarks import NO_INTERVALS, benchmark_records
from monazite.scenarios.crma.chains import LazyChains, open_region_chain
from monazite.scenarios.crma.choose import CANNOT_TELL, Asked, choose_reading, is_element
from monazite.scenarios.crma.entries import Benchmark, Entry, read_benchmarks, read_entries
from monazite.scenarios.crma.members import note_members
from monazite.scenarios.crma.projects import Project, read_projects, sum_projects, write_added
from monazite.scenarios.crma.readings import BYS, Reading
from monazite.snapshot import Snapshot
from monazite.vocabulary import countries, resolve_region

Record = dict[str, object]
Progress = Callable[[int, int], None]
SINGLE_SOURCE = "single_source"
TODAY, WITH_PROJECTS = "today", "projects"
OF_WORLD = (
    "world supply: the region may buy from the rest of the world, so no verdict unless one country has all"
)
ONLY_BOUNDS = "only bounds of the share are known"
NO_TONNES = "the tonnes that the share divides are not known"
YEARS = "SELECT DISTINCT year::INT AS year FROM trade ORDER BY year"


@dataclass(frozen=True, kw_only=True)
class CrmaOptions:
    """
    How the tests are asked.

    Attributes
    ----------
    bys : tuple of str
        Readings: act, imports, territory, control.
    phases : tuple of str
        Of projects that are applied as a what-if (`check_phases`); none by default.
    draws, seed : int
        Chains that the reports allow as well, from which the bounds are taken; 0: only what is unknown widens them.
    """

    bys: tuple[str, ...] = BYS
    phases: tuple[str, ...] = ()
    draws: int = 100
    seed: int = 0


def crma_records(
    data: Snapshot, *, region: str, year: int, materials: Sequence[str] = (),
    options: CrmaOptions = CrmaOptions(), progress: Progress = lambda done, total: None,
) -> tuple[list[Record], Lineage]:  # fmt: skip
    """
    Ask the tests of Art. 5(1) of Regulation (EU) 2024/1252.

    Parameters
    ----------
    data : Snapshot
        An open release.
    region : str
        EU27 for the Act; another group or country for the analytic readings alone.
    year : int
        Year that is asked about; the newest data up to it count, and `vintage` names their year.
    materials : sequence of str, optional
        Strategic materials; all by default.
    options : CrmaOptions
        Readings, projects, draws.
    progress : function of done and total
        Called after every material.

    Returns
    -------
    records, lineage
        Records of `test` single_source: one per strategic material, relevant stage and reading `by`, with `country`
        (the leading third country), `value`, `low`, `high` [its share, 0..1], `limit`, `verdict`, `numerator_t`,
        `denominator_t`, `move_t` [t a year], `vintage`, `basis`, `outside_the_act`, `draws`, `seed`, what an older
        source says in `older_country` and so on, and `reason` where there is no verdict or no `move_t`. Then, by the
        Act, those of `test` extraction, processing and recycling (`benchmark_records`). `scenario` is `today`, or
        `projects` for the same with the projects asked for.

    Raises
    ------
    DataError
        If the year lies before all data, the region leaves no country outside, a material is not strategic or a word
        is none of the readings.
    SnapshotError
        If the release lacks the tables of the Act.
    """
    entries, limits = read_entries(data, materials), read_benchmarks(data)
    _check_bys(options.bys)
    asked = _open(data, region, year, entries, options=options, progress=progress)
    built = (
        read_projects(data, members=asked.members, phases=options.phases, year=year) if options.phases else ()
    )
    records: list[Record] = []
    consumption: dict[tuple[str, str], Reading] = {}
    for entry in entries:
        for by in options.bys:
            reading, reason = choose_reading(asked, entry, by)
            labels = _label(asked, entry, by, limits[SINGLE_SOURCE])
            records.append(_record(labels, reading, reason, limits[SINGLE_SOURCE].share))
            if by == "act":
                if reading is not None and not math.isnan(reading.total_t):
                    consumption[entry.material, entry.stage] = reading
                records += _project_record(labels, entry, reading, built, limits[SINGLE_SOURCE].share)
    progress(len(asked.chains), len(asked.chains))
    if "act" in options.bys and asked.is_union:
        records += benchmark_records(asked, entries, limits, consumption, built, is_whole=not materials)
    sources = {source for record in records for source in _as_tuple(record["source_ids"])}
    told = {"draws": options.draws, "seed": options.seed if options.draws else None}
    records = [record | told for record in note_members(records)]
    lineage = replace(data.lineage, seed=options.seed if options.draws else None)
    return records, lineage.with_sources("curated", *sources)


def _check_bys(bys: Sequence[str]) -> None:
    wrong = [by for by in bys if by not in BYS]
    if wrong or not bys:
        raise DataError("by", "is no reading of the test.", which=wrong, expected=", ".join(BYS))


def _open(
    data: Snapshot,
    region: str,
    year: int,
    entries: Sequence[Entry],
    *,
    options: CrmaOptions,
    progress: Progress,
) -> Asked:
    """Ready the chain of every material, opened when it is asked for."""
    last = find_data_year(data, year)
    members = tuple(resolve_region(region, last))
    if len(members) >= len(countries()):
        raise DataError(
            "region", f"{region} leaves no country outside it.", expected="EU27, or a country or group"
        )
    names = list(
        dict.fromkeys("rare_earths" if is_element(entry.material) else entry.material for entry in entries)
    )
    lazy = LazyChains(
        names,
        lambda name: open_region_chain(data, name, region, last, draws=options.draws, seed=options.seed),
        progress,
    )
    return Asked(data, region, members, year, last, lazy)


def find_data_year(data: Snapshot, year: int) -> int:
    """
    Find the last year up to the one asked for of which the release has trade.

    Raises
    ------
    DataError
        If there is none.
    """
    years = [int(known) for known in data.query(YEARS)["year"]]
    if not years or year < years[0]:
        raise DataError(
            "year",
            f"{year} lies before the data.",
            expected=f"a year from {years[0]} on" if years else "trade",
        )
    return max(known for known in years if known <= year)


def _label(asked: Asked, entry: Entry, by: str, limit: Benchmark) -> Record:
    return {
        "indicator": "crma", "test": SINGLE_SOURCE, "provision": limit.provision, "material": entry.material,
        "entry": entry.entry, "grade": entry.grade or None, "role": entry.role, "stage": entry.stage,
        "region": asked.region, "by": by, "year": asked.year, "scenario": TODAY,
        "outside_the_act": not entry.is_in_act, "limit": limit.share,
    }  # fmt: skip


def _record(labels: Record, reading: Reading | None, reason: str, cap: float) -> Record:
    if reading is None:
        return labels | {
            "vintage": None, "country": None, "value": None, "unit": "share", "low": None, "high": None,
            "verdict": CANNOT_TELL, "numerator_t": None, "denominator_t": None, "move_t": None,
            "domestic_share": None, "unknown_share": None, "basis": None, "quality": None, "source_ids": (),
            "note": "", "reason": reason, **_tell_older(None),
        }  # fmt: skip
    country, share = reading.leader()
    verdict = reading.verdict(cap)
    mid = share.mid
    record = labels | {
        "vintage": reading.vintage, "country": country or None, "value": _number(mid), "unit": "share",
        "low": _number(share.low), "high": _number(share.high), "verdict": verdict,
        "numerator_t": _number(mid * reading.total_t), "denominator_t": _number(reading.total_t),
        "move_t": _number(tonnes_to_move(mid, reading.total_t, cap)),
        "domestic_share": _number(reading.domestic), "unknown_share": _number(reading.unknown),
        "basis": reading.basis, "quality": reading.quality, "source_ids": reading.source_ids,
        "note": "; ".join((*reading.notes, *(() if reading.total_t > 0 else (NO_TONNES,)))),
        **_tell_older(reading.older),
    }  # fmt: skip
    if verdict == CANNOT_TELL:
        record["reason"] = _explain(reading, reason, cap)
    elif record["move_t"] is None:
        lacks = [
            text for text, number in ((ONLY_BOUNDS, mid), (NO_TONNES, reading.total_t)) if math.isnan(number)
        ]
        record["reason"] = f"the tonnes to move are not known: {'; '.join(lacks)}"
    return record


def _tell_older(older: Reading | None) -> Record:
    """Say in fields of their own what an older or less direct source has; no verdict follows."""
    names = ("country", "value", "low", "high", "vintage", "basis")
    if older is None:
        return {f"older_{name}": None for name in names}
    country, share = older.leader()
    told = (country or None, *map(_number, share), older.vintage, older.basis)
    return {f"older_{name}": value for name, value in zip(names, told, strict=True)}


def _explain(reading: Reading, reason: str, cap: float) -> str:
    """Say why a reading decides nothing."""
    if reading.is_indication:
        doubt = (
            OF_WORLD if reading.basis == "world supply" else f"{reading.basis}: no verdict from an indication"
        )
        return "; ".join(part for part in (reason, doubt) if part)
    if reading.gap or reading.draws == 0:
        doubts = (reading.gap, NO_INTERVALS if reading.draws == 0 else "", reason)
        return "; ".join(part for part in doubts if part)
    country, share = reading.leader()
    rivals = reading.rivals(cap)
    ends = f"{100 * share.low:.0f} to {100 * share.high:.0f} %"
    others = f", and so may {', '.join(rivals[:3])}" if rivals else ""
    nameless = ", and so may a country that is not named" if reading.unnamed_high > cap else ""
    own = f"{country} may have {ends}{others}{nameless}: above or below {100 * cap:.0f} %"
    if reading.is_near(cap):
        own = f"{country} may have {ends}{others}: within what {reading.draws} draws can tell of {100 * cap:.0f} %"
    return "; ".join(part for part in (own, reason) if part)


def _project_record(
    labels: Record, entry: Entry, reading: Reading | None, built: Sequence[Project], cap: float
) -> list[Record]:
    """Repeat a test with new output at home in the place of imports."""
    added, names = sum_projects(built, entry.material, entry.stage)
    if not names:
        return []
    labels = labels | {"scenario": WITH_PROJECTS}
    if reading is None or math.isnan(reading.total_t):
        text = f"what {write_added(added)} t a year more change needs a consumption, which is not known"
        return [_record(labels, None, f"{text}: {names}", cap)]
    shares = {
        code: share._replace(
            mid=share_with_new_output(share.mid, reading.total_t, added).mid,
            low=share_with_new_output(share.low, reading.total_t, added).low,
            high=share_with_new_output(share.high, reading.total_t, added).high,
        )
        for code, share in reading.shares.items()
    }
    kept = 1 - min(1.0, added.mid / reading.total_t)
    note = f"with {write_added(added)} t a year more at home, consumption as today: {names}"
    changed = replace(
        reading, shares=shares, notes=(note, *reading.notes), quality="imputed",
        source_ids=tuple(sorted({*reading.source_ids, "curated"})),
        older=None, domestic=1 - (1 - reading.domestic) * kept, unknown=reading.unknown * kept,
    )  # fmt: skip
    return [_record(labels, changed, "", cap)]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _as_tuple(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
