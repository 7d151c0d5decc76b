"""Several publishers report one production: choose one of them by rule, and list where they differ."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monazite.errors import SourceError
from monazite.sources.table import Columns, columns_from_rows

ORDER = ("usgs", "world_mining_data", "bgs", "eu_crm_2023", "iea", "curated")
"""Sources, best first, where no other rule decides. [source: this project, docs/decisions/0007]"""
CONFLICT = 0.2
"""Difference above which two reports are a conflict. [of the larger; source: this project, docs/decisions/0007]"""
CHOSEN = ("all", "part")
"""What the reports may cover that can become the production of a stage; `some` and `beside` never do."""
REST = "ROW"
WORLD = "world"
REPORT = (
    "material", "stage", "form", "covers", "country", "year", "production_t", "published_t", "quality",
    "source_id", "source", "read_in", "checked", "note",
)  # fmt: skip
CONFLICTS = (
    "material", "stage", "region", "year", "source_id", "chosen_t", "other_source_id", "other_t",
    "difference_share", "rule",
)  # fmt: skip

Place = tuple[str, str, int]
"""Material, stage and year."""


@dataclass(frozen=True)
class Series:
    """What one source reports of one material, stage and year: rows of the table, and tonnes by country."""

    place: Place
    source_id: str
    form: str
    covers: str
    rows: tuple[int, ...]
    tonnes: Mapping[str, float]

    @property
    def total_t(self) -> float:
        """Sum over the countries. [t contained material]"""
        return sum(self.tonnes.values())


def join_reports(*tables: Columns) -> Columns:
    """
    Put the reports of several readers into one table.

    A reader that does not say what it covers covers all, and one that does not say where it read read its publisher.

    Examples
    --------
    >>> read = {name: np.array(["x"], dtype=object) for name in REPORT if name not in ("covers", "read_in")}
    >>> joined = join_reports(read)
    >>> joined["covers"].tolist(), joined["read_in"].tolist()
    (['all'], [''])
    """
    filled = [
        {
            name: np.full(len(table["material"]), text, dtype=object)
            for name, text in (("covers", "all"), ("read_in", ""))
        }
        | dict(table)
        for table in tables
    ]
    return {name: np.concatenate([table[name] for table in filled]) for name in REPORT}


def sum_parts(reports: Columns, material: str, parts: Sequence[str], source_id: str) -> Columns:
    """
    Count a group of materials that its publisher gives one by one, country by country and year by year.

    Parameters
    ----------
    reports : Columns
        Reports, as `join_reports` gives them.
    material : str
        The group, such as "platinum_group_metals".
    parts : sequence of str
        Its members that the source reports.
    source_id : str
        Whose reports are added up.

    Returns
    -------
    Columns
        Reports of the group; `covers` is "part" and `checked` is "derived". Estimated where a member is.
    """
    rows: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    chosen = np.isin(reports["material"].astype(str), parts) & (reports["source_id"] == source_id)
    for row in np.flatnonzero(chosen):
        rows[str(reports["stage"][row]), str(reports["country"][row]), int(reports["year"][row])].append(
            int(row)
        )
    form = f"part: {', '.join(parts)}"
    return columns_from_rows(
        REPORT,
        [
            (
                material, stage, form, "part", country, year, float(reports["production_t"][at].sum()),
                float(reports["published_t"][at].sum()), _worst(reports["quality"][at]), source_id,
                str(reports["source"][at[0]]), "", "derived", "sum of the members that are published",
            )
            for (stage, country, year), at in rows.items()
        ],
    )  # fmt: skip


def choose_production(reports: Columns, preferences: Columns) -> Columns:
    """
    Choose one source for every material, stage and year; never a mixture of sources.

    Parameters
    ----------
    reports : Columns
        All reports, as `join_reports` gives them.
    preferences : Columns
        Exceptions: material, stage, first_year, last_year, source_id, reason
        (`data/curated/production_preferences.csv`).

    Returns
    -------
    Columns
        The rows that were chosen, with a column `rule`: which rule left only this source.

    Raises
    ------
    SourceError
        If a preference names a source without a report, or a source reports one place in two forms.

    Notes
    -----
    The rules, in their order (docs/decisions/0007): a preference; all of a material before a part of it; a source
    that names the leading producer, which is the country with the largest figure of any source; the longest run of
    years without a gap, so that a series does not change its publisher on the way; the order `ORDER`.

    Examples
    --------
    A source that leaves out the leading producer loses, whatever its rank:

    >>> rows = [("tin", "processing", "metal", "all", country, 2024, tonnes, tonnes, "reported", source, "", "", "", "")
    ...         for country, tonnes, source in (("PER", 4.0, "usgs"), ("CHN", 9.0, "bgs"), ("PER", 3.0, "bgs"))]
    >>> none = {name: np.array([], dtype=object) for name in ("material", "stage", "source_id", "reason")}
    >>> none |= {name: np.array([], dtype=int) for name in ("first_year", "last_year")}
    >>> chosen = choose_production(columns_from_rows(REPORT, rows), none)
    >>> chosen["source_id"].tolist(), chosen["rule"].tolist()[0]
    (['bgs', 'bgs'], 'names the leading producer')
    """
    groups = _group_series(reports)
    runs = _count_runs(groups)
    unused = _unused_preferences(groups, preferences)
    if unused:
        raise SourceError(
            "production_preferences.csv", f"{len(unused)} rows name a source without a report.", which=unused
        )
    rows: list[int] = []
    rules: list[str] = []
    for place, candidates in sorted(groups.items()):
        series, rule = _choose(place, candidates, runs, preferences)
        rows += series.rows
        rules += [rule] * len(series.rows)
    return {name: column[rows] for name, column in reports.items()} | {"rule": np.array(rules, dtype=object)}


def list_conflicts(reports: Columns, production: Columns) -> Columns:
    r"""
    List where another source differs from the chosen one by more than 20 % of the larger figure.

    Parameters
    ----------
    reports, production : Columns
        All reports, and those that `choose_production` chose of them.

    Returns
    -------
    Columns
        material, stage, region (a country, or "world" for the sum of the countries), year, source_id and chosen_t of
        the chosen source, other_source_id and other_t of the other [t contained material], difference_share
        [of the larger, above 0.2], and the rule that chose.

    Notes
    -----
    Only countries that both sources name are compared, and sources that count the same: all of a material with all
    of it, or the same part.

    .. math:: d = |a - b| / \max(a, b)
    """
    rules = {
        _place(production, row): (str(production["source_id"][row]), str(production["rule"][row]))
        for row in range(len(production["year"]))
    }
    found: list[tuple[object, ...]] = []
    for place, candidates in sorted(_group_series(reports).items()):
        source_id, rule = rules[place]
        (chosen,) = (series for series in candidates if series.source_id == source_id)
        for other in candidates:
            if other is not chosen and other.covers == chosen.covers:
                found += [
                    (*place[:2], region, place[2], source_id, ours, other.source_id, theirs, difference, rule)
                    for region, ours, theirs, difference in _differences(chosen, other)
                ]
    return columns_from_rows(CONFLICTS, found)


def _differences(chosen: Series, other: Series) -> Iterable[tuple[str, float, float, float]]:
    both = sorted(set(chosen.tonnes) & set(other.tonnes) - {REST})
    pairs = [(WORLD, chosen.total_t, other.total_t)]
    pairs += [(country, chosen.tonnes[country], other.tonnes[country]) for country in both]
    for region, ours, theirs in pairs:
        larger = max(ours, theirs)
        if larger > 0 and abs(ours - theirs) > CONFLICT * larger:
            yield region, ours, theirs, abs(ours - theirs) / larger


def _group_series(reports: Columns) -> dict[Place, list[Series]]:
    """Gather the reports that can be production, by place and source; refuse two forms of one source."""
    rows: dict[tuple[Place, str], list[int]] = defaultdict(list)
    for row in range(len(reports["year"])):
        if reports["covers"][row] in CHOSEN:
            rows[_place(reports, row), str(reports["source_id"][row])].append(row)
    groups: dict[Place, list[Series]] = defaultdict(list)
    problems = []
    for (place, source_id), at in rows.items():
        kinds = {(str(reports["form"][row]), str(reports["covers"][row])) for row in at}
        has_gap = np.isnan(reports["production_t"][at].astype(float)).any()
        if len(kinds) > 1 or has_gap or source_id not in ORDER:
            problems.append(f"{source_id}, {', '.join(map(str, place))}: {sorted(kinds)}")
        form, covers = sorted(kinds)[0]
        tonnes = {str(reports["country"][row]): float(reports["production_t"][row]) for row in at}
        groups[place].append(Series(place, source_id, form, covers, tuple(at), tonnes))
    if problems:
        raise SourceError(
            "production reports", f"{len(problems)} are not one form with tonnes.", which=problems,
            expected=f"one form that covers all or a part, with production_t, of {', '.join(ORDER)}",
            fix="mark others `beside` or `some`; a new source needs a place in ORDER",
        )  # fmt: skip
    return dict(groups)


def _choose(
    place: Place,
    candidates: list[Series],
    runs: Mapping[tuple[str, str, str, int], int],
    preferences: Columns,
) -> tuple[Series, str]:
    if len(candidates) == 1:
        return candidates[0], "only source"
    for preferred, reason in _find_preferences(place, preferences):
        for series in candidates:
            if series.source_id == preferred:
                return series, f"preference: {reason}"
    leader = max(
        (
            (tonnes, country)
            for series in candidates
            for country, tonnes in series.tonnes.items()
            if country != REST
        ),
        default=(0.0, ""),
    )[1]
    longest = max(runs[_run_key(series)] for series in candidates if series.tonnes.get(leader))
    filters = (
        ("all of the material", lambda series: series.covers == "all"),
        ("names the leading producer", lambda series: bool(series.tonnes.get(leader))),
        ("longest run of years", lambda series: runs[_run_key(series)] == longest),
    )
    for rule, keeps in filters:
        kept = [series for series in candidates if keeps(series)] or candidates
        if len(kept) == 1:
            return kept[0], rule
        candidates = kept
    return min(candidates, key=lambda series: ORDER.index(series.source_id)), "order of sources"


def _count_runs(groups: Mapping[Place, Sequence[Series]]) -> dict[tuple[str, str, str, int], int]:
    """Count the years without a gap that a source reports a material and stage, around each year."""
    keys = {_run_key(series) for candidates in groups.values() for series in candidates}
    runs = {}
    for key in keys:
        *who, year = key
        first, last = year, year
        while (*who, first - 1) in keys:
            first -= 1
        while (*who, last + 1) in keys:
            last += 1
        runs[key] = last - first + 1
    return runs


def _run_key(series: Series) -> tuple[str, str, str, int]:
    material, stage, year = series.place
    return material, stage, series.source_id, year


def _find_preferences(place: Place, preferences: Columns) -> Iterable[tuple[str, str]]:
    material, stage, year = place
    for row in range(len(preferences["material"])):
        if (preferences["material"][row], preferences["stage"][row]) == (material, stage) and (
            preferences["first_year"][row] <= year <= preferences["last_year"][row]
        ):
            yield str(preferences["source_id"][row]), str(preferences["reason"][row])


def _unused_preferences(groups: Mapping[Place, Sequence[Series]], preferences: Columns) -> list[str]:
    """Name the preferences for which the preferred source has no report in some year."""
    missing = []
    for row in range(len(preferences["material"])):
        material, stage = str(preferences["material"][row]), str(preferences["stage"][row])
        source_id = str(preferences["source_id"][row])
        for year in range(int(preferences["first_year"][row]), int(preferences["last_year"][row]) + 1):
            if source_id not in {series.source_id for series in groups.get((material, stage, year), ())}:
                missing.append(f"{material}, {stage}, {year}: {source_id}")
    return missing


def _place(table: Columns, row: int) -> Place:
    return str(table["material"][row]), str(table["stage"][row]), int(table["year"][row])


def _worst(quality: np.ndarray) -> str:
    return next((mark for mark in ("imputed", "estimated", "corrected") if mark in set(quality)), "reported")
