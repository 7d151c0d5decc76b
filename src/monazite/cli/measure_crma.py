"""`monazite measure crma`: the benchmarks of Art. 5(1) of the Critical Raw Materials Act."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from rich.console import Console
from rich.text import Text

from monazite.cli.options import Json, Release, as_usage, read_years, resolve_words
from monazite.cli.output import (
    make_console,
    make_progress,
    print_records,
    print_sources,
    print_table,
    split_list,
)
from monazite.cli.pictures import check_picture
from monazite.errors import UsageError, nearest_names
from monazite.provenance import Lineage
from monazite.reports.crma_chart import MARKS, draw_crma, write_end, write_legend
from monazite.reports.envelope import Record
from monazite.reports.files import write_picture
from monazite.scenarios.crma import BYS, PHASES, CrmaOptions, check_phases, crma_records, explain_members
from monazite.scenarios.crma.entries import read_entries
from monazite.snapshot import open_snapshot

FEW = 6
"""Most reasons that are all printed; of more, only those of the Act's own reading."""
SINGLE_SOURCE, TOGETHER = "single_source", "all strategic"
WORDS = ("all", "strategic")
SHOWN = ("material", "value", "limit", "unit", "verdict", "numerator_t", "denominator_t", "move_t", "vintage")
SHORT = {"extraction": "mined", "processing": "processed", "manufacturing": "magnets"}


LEAST_DRAWS, MOST_DRAWS = 20, 1000
"""Fewer draws leave no quantile of 5 %; more do not fit in memory."""


def check_draws(hint: object, draws: int) -> None:
    """
    Refuse draws that give no interval.

    Raises
    ------
    UsageError
        If they are neither 0 nor in the range.
    """
    if draws != 0 and not LEAST_DRAWS <= draws <= MOST_DRAWS:
        raise UsageError(
            "--draws", f"{draws} give no interval, or do not fit in memory.",
            expected=f"{LEAST_DRAWS} to {MOST_DRAWS}, or 0 for none",
        )  # fmt: skip


def measure_crma(
    *,
    region: Annotated[
        str, Parameter(help="EU27 for the Act; another country or group for the analytic readings.")
    ],
    year: Annotated[str, Parameter(help="Year asked about, such as 2030; the newest data up to it count.")],
    material: Annotated[
        list[str] | None,
        Parameter(help="Strategic material, or several: cobalt,nickel; all by default.", negative=""),
    ] = None,
    by: Annotated[
        list[str] | None,
        Parameter(help=f"Reading: {', '.join(BYS)}, or several; all by default.", negative=""),
    ] = None,
    projects: Annotated[
        list[str] | None,
        Parameter(help=f"Add projects as a what-if: {', '.join(PHASES)}, or all.", negative=""),
    ] = None,
    draws: Annotated[
        int,
        Parameter(
            help=f"Chains that the reports allow as well, for the bounds: {LEAST_DRAWS} to {MOST_DRAWS:,}; "
            "0 for none, and no verdict.",
            validator=check_draws,
        ),
    ] = 100,
    seed: Annotated[int, Parameter(help="Of the draws.", validator=validators.Number(gte=0))] = 0,
    picture: Annotated[Path | None, Parameter(help="Write the heat map of the 65 % test as SVG.")] = None,
    release: Release = None,
    json: Json = False,
) -> None:
    """Put the tests of Art. 5(1) of the Critical Raw Materials Act: 65 % from one country, and 10, 40, 25 %."""
    years = read_years(year)
    if len(years) > 1:
        raise UsageError("--year", f"names {len(years)} years.", expected="one year, such as 2030")
    regions = resolve_words("region", "--region", [region])
    if len(regions) > 1:
        raise UsageError("--region", f"names {len(regions)} regions.", which=regions, expected="one region")
    options = CrmaOptions(
        bys=read_bys(by), phases=as_usage(lambda: check_phases(split_list(projects))) if projects else (),
        draws=draws, seed=seed,
    )  # fmt: skip
    named = [word for word in split_list(material or []) if word not in WORDS]
    names = resolve_words("material", "--material", named) if named else ()
    check_picture(picture)
    data = open_snapshot(release)
    as_usage(lambda: read_entries(data, names))
    bar, progress = make_progress("crma")
    with bar or nullcontext():
        records, lineage = crma_records(
            data, region=regions[0], year=years[0], materials=names, options=options, progress=progress
        )
    if picture:
        write_picture(picture, draw_crma(records).svg)
    if json:
        print_records(records, lineage, title="crma", as_json=True)
        return
    print_tests(records, lineage)


def read_bys(words: Sequence[str] | None) -> tuple[str, ...]:
    """Read --by; a word that is no reading is a usage error."""
    listed = tuple(dict.fromkeys(split_list(words or BYS)))
    wrong = [word for word in listed if word not in (*BYS, "all")]
    if wrong:
        raise UsageError(
            "--by", "is no reading of the test.", which=wrong, expected=f"{', '.join(BYS)}, or all",
            fix=nearest_names(wrong[0], [*BYS, "all"]),
        )  # fmt: skip
    return BYS if "all" in listed else listed


def print_tests(records: Sequence[Record], lineage: Lineage) -> None:
    """Print the 65 % test by stage, a column per reading, then the benchmarks of capacity, then reasons and sources."""
    console = make_console()
    tests = [record for record in records if record["test"] == SINGLE_SOURCE]
    for scenario in dict.fromkeys(str(record["scenario"]) for record in tests):
        chosen = [record for record in tests if record["scenario"] == scenario]
        for stage in dict.fromkeys(str(record["stage"]) for record in chosen):
            rows = build_rows([record for record in chosen if record["stage"] == stage])
            print_table(console, rows, title_of(chosen, stage, scenario))
            if scenario == "today":
                _print_members(console, records, stage)
    console.print(Text(f"?: cannot tell; {write_legend(tests)}"))
    capacity = [record for record in records if record["test"] != SINGLE_SOURCE]
    has_together = any(record["material"] == TOGETHER for record in capacity)
    for test in dict.fromkeys(str(record["test"]) for record in capacity):
        for scenario in ("today", "projects"):
            told = [r for r in capacity if (r["test"], r["scenario"]) == (test, scenario) and is_worth(r)]
            if told:
                title = f"{test} capacity at least, over consumption" + suffix_of(scenario)
                print_table(console, [build_capacity_row(record) for record in told], title)
    for record in records:
        if record["scenario"] == "projects" and record["note"]:
            console.print(
                Text(f"{record['material']}, {record['stage']}: {str(record['note']).split('; ')[0]}")
            )
    untold = [
        f"cannot tell {record['test']}, {record['material']}: {record['reason']}"
        for record in capacity
        if record["verdict"] == "cannot tell" and (record["material"] == TOGETHER or not has_together)
    ]
    for line in dict.fromkeys(untold):
        console.print(Text(line))
    reasons = group_reasons(tests)
    if len(reasons) > FEW and any(record["by"] == "act" for record in tests):
        reasons = group_reasons([record for record in tests if record["by"] == "act"])
        console.print(Text("Why the other readings cannot be told: --json, or --by and --material."))
    for reason, names in reasons.items():
        console.print(Text(f"cannot tell {', '.join(names)}: {reason}"))
    print_sources(console, lineage)


def _print_members(console: Console, records: Sequence[Record], stage: str) -> None:
    """Say where a group and its members have opposite verdicts, and why both can hold."""
    for (_, place, by), words in explain_members(records).items():
        if place == stage:
            console.print(Text(f"{stage} by {by}: {words}"))


def title_of(records: Sequence[Record], stage: str, scenario: str) -> str:
    """Name the region, the year asked about and what is tested."""
    first = records[0]
    beside = " (outside the Act)" if stage == "manufacturing" else ""
    limit = 100 * float(str(first["limit"]))
    where = f"{first['region']}, asked for {first['year']}, {stage}{beside}"
    return f"at most {limit:.0f} % from one third country, {where}, in %{suffix_of(scenario)}"


def suffix_of(scenario: str) -> str:
    """Say that projects are added."""
    return ", with projects" if scenario == "projects" else ""


def build_rows(records: Sequence[Record]) -> list[Record]:
    """Build a row per material with a cell per reading."""
    rows: dict[str, dict[str, object]] = {}
    for record in records:
        row = rows.setdefault(str(record["material"]), {"material": record["material"]})
        row[str(record["by"])] = write_cell(record)
        if record["by"] == "act" and record["country"]:
            row["data"] = str(record["vintage"]).replace("-20", "-")
            row["move_t"] = record["move_t"] or None
    return list(rows.values())


def build_capacity_row(record: Record) -> Record:
    """
    Take the columns of a benchmark of capacity; a sum over a part of the entries says over how many.

    Examples
    --------
    >>> told = dict.fromkeys(SHOWN) | {"material": TOGETHER, "entries": 11, "entries_known": 3}
    >>> build_capacity_row(told)["material"]
    'all strategic, only 3 of 11 entries'
    """
    row = {name: record[name] for name in SHOWN}
    if record["material"] != TOGETHER or record["entries_known"] == record["entries"]:
        return row
    return row | {"material": f"{TOGETHER}, only {record['entries_known']} of {record['entries']} entries"}


def write_cell(record: Record) -> str:
    """
    Write the verdict, the leading country and its share with its bounds.

    Examples
    --------
    >>> told = {"verdict": "not met", "value": 0.85, "low": 0.8, "high": 0.9, "country": "CHN"}
    >>> told |= {"basis": "EU sourcing", "limit": 0.65}
    >>> write_cell(told), write_cell(told | {"verdict": "cannot tell", "value": None, "low": None})
    ('not met CHN 85e (80-90)', '?')
    """
    sign = MARKS.get(str(record["basis"]), "")
    verdict = "?" if record["verdict"] == "cannot tell" else str(record["verdict"])
    low, high = (None if record[end] is None else 100 * float(str(record[end])) for end in ("low", "high"))
    limit = 100 * float(str(record["limit"]))
    ends = "" if low is None or high is None else f"{write_end(low, limit)}-{write_end(high, limit)}"
    if record["value"] is None:
        return f"{verdict} {record['country']} {ends}{sign}" if ends and record["country"] else verdict
    mid = f"{100 * float(str(record['value'])):.0f}"
    wide = f" ({ends})" if ends and ends != f"{mid}-{mid}" else ""
    return f"{verdict} {record['country']} {mid}{sign}{wide}"


def is_worth(record: Record) -> bool:
    """Whether a benchmark of capacity has a figure to show."""
    return record["value"] is not None


def group_reasons(records: Sequence[Record]) -> dict[str, list[str]]:
    """Group tests by the reason why they cannot be told; bounds that hold the limit stand in their cell."""
    grouped: dict[str, dict[tuple[str, str], list[str]]] = {}
    for record in records:
        if record["verdict"] == "cannot tell" and " may have " not in str(record["reason"]):
            place = f"{record['material']} {SHORT[str(record['stage'])]}"
            found = grouped.setdefault(str(record["reason"]), {})
            found.setdefault((place, str(record["scenario"])), []).append(str(record["by"]))
    return {
        reason: [
            f"{place}{suffix_of(scenario)} by {' and '.join(bys)}"
            for (place, scenario), bys in places.items()
        ]
        for reason, places in grouped.items()
    }
