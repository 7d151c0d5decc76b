"""Projects that are to run by a year, as a what-if on capacity and on shares of consumption."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from monazite.errors import DataError, nearest_names
from monazite.indicators.crma import Interval
from monazite.snapshot import Snapshot
from monazite.sources.curated import read_curated

Phase = Literal["announced", "permitted", "building", "operating"]
PHASES: tuple[str, ...] = get_args(Phase)
ALL = "all"
LIST_PROJECTS = """
SELECT project_id, name, country, form, capacity_low_t, capacity_high_t, start_year, status, source_id FROM projects
WHERE capacity_low_t IS NOT NULL AND start_year <= $year ORDER BY project_id, form
"""


@dataclass(frozen=True)
class Project:
    """
    Capacity of one project at one stage of one material, as read.

    `capacity_t` [t contained material a year] runs from the lowest to the highest planned output; `phase` is how far
    the project is, `status` the words of its source.
    """

    project_id: str
    name: str
    country: str
    material: str
    stage: str
    capacity_t: Interval
    start_year: int
    phase: str
    status: str
    source_id: str


def check_phases(words: Sequence[str]) -> tuple[str, ...]:
    """
    Read phases of projects; `all` stands for every one but halted.

    Raises
    ------
    DataError
        If a word is none; every one is named.

    Examples
    --------
    >>> check_phases(["building", "operating"]), check_phases(["all"])
    (('building', 'operating'), ('announced', 'permitted', 'building', 'operating'))
    """
    wrong = [word for word in words if word not in (*PHASES, ALL)]
    if wrong:
        raise DataError(
            "projects", "are not known by that word.", which=wrong, expected=f"{', '.join(PHASES)} or {ALL}",
            fix=nearest_names(wrong[0], [*PHASES, ALL]),
        )  # fmt: skip
    return PHASES if ALL in words else tuple(dict.fromkeys(words))


def read_projects(
    data: Snapshot, *, members: Collection[str], phases: Sequence[str], year: int
) -> tuple[Project, ...]:
    """
    Read the capacities that projects in a region are to add by a year.

    Parameters
    ----------
    data : Snapshot
        An open release with the table `projects`.
    members : collection of str
        Countries of the region. Projects outside are left out: whose their output will be is not known.
    phases : sequence of str
        From `check_phases`.
    year : int
        Projects count whose first year of output is not later.

    Returns
    -------
    tuple of Project
        Only capacities whose material, stage and content are read (`project_readings`) and that add to what is on
        record.

    Raises
    ------
    SnapshotError
        If the release has no such table.

    Examples
    --------
    24,000 t of lithium hydroxide monohydrate hold 24,000 x 0.1654 = 3,970 t of lithium.

    >>> round(24000 * 0.1654)
    3970
    """
    data.check_table("projects")
    found = data.query(LIST_PROJECTS, {"year": year})
    rows = [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
    table = read_curated("project_readings")
    readings = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    projects = []
    for row in rows:
        for how in readings:
            is_same = (how["project_id"], how["form"]) == (row["project_id"], row["form"])
            content = float(how["content_factor"])
            if not is_same or how["is_added"] != "yes" or how["phase"] not in phases or not content > 0:
                continue
            if str(row["country"]) not in members:
                continue
            low, high = (float(row[f"capacity_{end}_t"]) * content for end in ("low", "high"))
            projects.append(
                Project(
                    str(row["project_id"]), str(row["name"]), str(row["country"]), str(how["material"]),
                    str(how["stage"]), Interval((low + high) / 2, low, high), int(row["start_year"]),
                    str(how["phase"]), str(row["status"]), str(row["source_id"]),
                )
            )  # fmt: skip
    return tuple(projects)


def sum_projects(projects: Sequence[Project], material: str, stage: str) -> tuple[Interval, str]:
    """
    Sum what projects add at a stage of a material, and name them with their phase and first year.

    Examples
    --------
    >>> added = Interval(15.0, 10.0, 20.0)
    >>> one = Project("PRJ-1", "Mine", "PRT", "lithium", "extraction", added, 2028, "permitted", "", "x")
    >>> sum_projects([one, one], "lithium", "extraction")
    (Interval(mid=30.0, low=20.0, high=40.0), 'Mine (PRT, permitted, 2028)')
    """
    chosen = [project for project in projects if (project.material, project.stage) == (material, stage)]
    ends = [sum(getattr(project.capacity_t, end) for project in chosen) for end in ("mid", "low", "high")]
    names = dict.fromkeys(f"{p.name} ({p.country}, {p.phase}, {p.start_year})" for p in chosen)
    return Interval(*map(float, ends)), "; ".join(names)


def write_added(added: Interval) -> str:
    """
    Write tonnes from the least to the most.

    Examples
    --------
    >>> write_added(Interval(4900.0, 3400.0, 6400.0)), write_added(Interval(50.0, 50.0, 50.0))
    ('3,400 to 6,400', '50')
    """
    low, high = (f"{value:,.0f}" for value in (added.low, added.high))
    return low if low == high else f"{low} to {high}"
