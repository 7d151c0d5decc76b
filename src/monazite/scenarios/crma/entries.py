"""What the Act lists and asks, as the release carries it: strategic materials with their stages, and the limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from monazite.errors import DataError
from monazite.snapshot import Snapshot
from monazite.vocabulary import STAGES

ENTRIES, PROVISIONS = "crma_strategic", "crma_provisions"
ROLES = ("entry", "part", "group")
LIST_ENTRIES = "SELECT * FROM crma_strategic"
LIST_LIMITS = "SELECT provision_id, provision, value FROM crma_provisions WHERE topic = 'benchmark'"
BENCHMARKS = ("single_source", "extraction", "processing", "recycling")


@dataclass(frozen=True)
class Entry:
    """
    One strategic material at one stage.

    `role` is `entry` (the material is the entry), `part` (one element or metal of it) or `group` (holds the entry and
    more); `is_in_act` is no for a stage shown beside the Act.
    """

    material: str
    stage: str
    provision: str
    entry: str
    grade: str
    role: str
    is_in_act: bool
    form: str
    note: str


@dataclass(frozen=True)
class Benchmark:
    """A limit of Art. 5(1): the article, and the share of the Union's annual consumption."""

    provision: str
    share: float


def read_entries(data: Snapshot, materials: Sequence[str] = ()) -> tuple[Entry, ...]:
    """
    Read the strategic materials with the stages at which the 65 % are asked.

    Parameters
    ----------
    data : Snapshot
        An open release with the table `crma_strategic`.
    materials : sequence of str, optional
        Only these; all by default.

    Returns
    -------
    tuple of Entry
        By letter of Annex I, the entry or group before its parts, then by stage.

    Raises
    ------
    SnapshotError
        If the release has no such table.
    DataError
        If a material is none of the Act's strategic ones; all such names are listed.
    """
    data.check_table(ENTRIES)
    found = data.query(LIST_ENTRIES)
    rows = [
        dict(zip(found, row, strict=True)) for row in zip(*(c.tolist() for c in found.values()), strict=True)
    ]
    entries = [
        Entry(
            row["material"], row["stage"], row["provision"], row["entry"], row["grade"] or "", row["role"],
            row["is_in_act"] == "yes", row["form"], row["note"] or "",
        )
        for row in rows
    ]  # fmt: skip
    known = {entry.material for entry in entries}
    wrong = [name for name in materials if name not in known]
    if wrong:
        raise DataError(
            "material",
            "is no strategic raw material of Regulation (EU) 2024/1252.",
            which=wrong,
            expected=", ".join(sorted(known)),
            fix="the other indicators of `monazite measure` take every material",
        )
    chosen = [entry for entry in entries if not materials or entry.material in materials]
    return tuple(sorted(chosen, key=_order))


def read_benchmarks(data: Snapshot) -> dict[str, Benchmark]:
    """
    Read the limits of Art. 5(1) by name: single_source, extraction, processing, recycling.

    Raises
    ------
    SnapshotError
        If the release has no table `crma_provisions`.
    DataError
        If one of them is not in it.
    """
    data.check_table(PROVISIONS)
    found = data.query(LIST_LIMITS)
    named = {
        str(name): Benchmark(str(article), float(value))
        for name, article, value in zip(*(found[key] for key in found), strict=True)
    }
    lost = [name for name in BENCHMARKS if name not in named]
    if lost:
        raise DataError(f"table {PROVISIONS}", "lacks benchmarks.", which=lost, fix="build the release again")
    return {name: named[name] for name in BENCHMARKS}


def _order(entry: Entry) -> tuple[str, bool, str, int]:
    return entry.provision, entry.role == "part", entry.material, STAGES.index(entry.stage)
