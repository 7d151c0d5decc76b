"""Checks of production: jumps, totals, and publishers that differ."""

from collections.abc import Iterator

from monazite.snapshot.checks.issue import Issue
from monazite.snapshot.release import Snapshot

MAX_JUMP = 2.0
"""A large producer hardly doubles or halves in a year. [ratio; source: this project]"""
LARGE_SHARE = 0.05
"""Share of the world from which a producer is large. [unitless; source: this project]"""
TOTAL_TOLERANCE = 0.01
"""Difference between a publisher's total and its countries beyond rounding. [unitless; source: this project]"""

JUMPS = """
WITH world AS (
    SELECT *, sum(production_t) OVER (PARTITION BY material, stage, year) AS world_t FROM production
), pair AS (
    SELECT *, lag(production_t) OVER lane AS before_t, lag(world_t) OVER lane AS world_before_t,
           lag(year) OVER lane AS year_before, lag(source_id) OVER lane AS source_before
    FROM world WINDOW lane AS (PARTITION BY material, stage, country ORDER BY year)
)
SELECT material, stage, country, year, production_t, before_t, source_id, source_before FROM pair
WHERE year_before = year - 1 AND before_t > 0 AND country <> 'ROW'
  AND (production_t >= $large * world_t OR before_t >= $large * world_before_t)
  AND (production_t > $ratio * before_t OR production_t < before_t / $ratio)
ORDER BY material, stage, country, year
"""
TOTALS = """
WITH reported AS (
    SELECT material, stage, form, year, source_id, sum(production_t) AS sum_t, count(*) AS countries
    FROM {table} WHERE country <> 'world' GROUP BY ALL
)
SELECT material, stage, form, year, source_id, total_t, sum_t, countries
FROM world_totals JOIN reported USING (material, stage, form, year, source_id)
WHERE abs(sum_t - total_t) > greatest($tolerance * total_t, rounding_t)
ORDER BY ALL
"""
CONFLICTS = """
WITH world AS (
    SELECT material, stage, year, sum(production_t) AS world_t FROM {production} GROUP BY ALL
)
SELECT material, stage, region, year, source_id, chosen_t, other_source_id, other_t, rule,
       abs(chosen_t - other_t) / greatest(world_t, chosen_t, other_t) AS world_share
FROM conflicts LEFT JOIN world USING (material, stage, year)
ORDER BY world_share DESC NULLS LAST, material, stage, region, year, other_source_id
"""
CHOSEN = "(SELECT material, stage, year, chosen_t AS production_t FROM conflicts WHERE region = 'world')"
"""What the world makes, where a release has conflicts but no table of production."""


def check_jumps(data: Snapshot) -> Iterator[Issue]:
    """List large producers whose production more than doubles or halves from one year to the next."""
    found = data.query(JUMPS, {"large": LARGE_SHARE, "ratio": MAX_JUMP})
    for material, stage, country, year, now, before, source_id, previous in zip(*found.values(), strict=True):
        change = "" if source_id == previous else f", where {previous} gave way to {source_id}"
        yield Issue(
            table="production", kind="year_on_year", severity="doubt", value=float(now), expected=float(before),
            unit="t", keys={"stage": str(stage), "country": str(country), "year": int(year)},
            materials=(str(material),), source_ids=tuple(sorted({str(source_id), str(previous)})),
            note=f"{now / before:.2g} times the year before{change}",
        )  # fmt: skip


def check_world_totals(data: Snapshot) -> Iterator[Issue]:
    """List publishers whose countries do not add up to their own total, once the release has such totals."""
    tables = data.manifest.tables
    if "world_totals" not in tables:
        return
    reports = "production_reports" if "production_reports" in tables else "production"
    found = data.query(TOTALS.format(table=reports), {"tolerance": TOTAL_TOLERANCE})
    for material, stage, form, year, source_id, total, by_country, count in zip(*found.values(), strict=True):
        is_more = by_country > total
        yield Issue(
            table=reports, kind="world_total", severity="doubt" if is_more else "note", value=float(by_country),
            expected=float(total), unit="t", keys={"stage": str(stage), "form": str(form), "year": int(year)},
            materials=(str(material),), source_ids=(str(source_id),),
            note=f"sum of {count} countries; "
            + ("more than the whole" if is_more else "the rest is not named by its publisher"),
        )  # fmt: skip


def check_conflicts(data: Snapshot) -> Iterator[Issue]:
    """List where publishers differ by more than 20 %, the largest difference as a share of the world's output first."""
    if "conflicts" not in data.manifest.tables:
        return
    table = "production" if "production" in data.manifest.tables else CHOSEN
    found = data.query(CONFLICTS.format(production=table))
    for material, stage, region, year, source_id, chosen, other_id, other, rule, share in zip(
        *found.values(), strict=True
    ):
        yield Issue(
            table="conflicts", kind="conflict", severity="doubt", value=float(chosen), expected=float(other),
            unit="t", keys={"stage": str(stage), "region": str(region), "year": int(year)},
            materials=(str(material),), source_ids=(str(source_id), str(other_id)),
            note=f"{source_id} was chosen ({rule}); {other_id} has the other figure, {100 * share:.3g} % of the "
            "world's output apart",
        )  # fmt: skip
