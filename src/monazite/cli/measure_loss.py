"""`monazite measure expected-loss`: one supplier after the other falls out, times how likely that is."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from rich.text import Text

from monazite.cli.measure_geopolrisk import Names, read_names, read_regions
from monazite.cli.options import Json, Regions, Release, Stages, Years, read_years, resolve_words
from monazite.cli.output import format_number, make_console, print_sources, print_table
from monazite.cli.pictures import check_picture
from monazite.indicators.expected_loss import CUTOFFS_PER_RISK
from monazite.indicators.expected_loss_records import LossOptions, measure_expected_loss
from monazite.provenance import Lineage, hash_file
from monazite.reports.envelope import Record, wrap_records, write_json
from monazite.reports.inputs import INPUTS_ID, describe_input
from monazite.reports.loss_chart import write_loss_chart
from monazite.snapshot import open_snapshot
from monazite.sources.cutoff_probabilities import read_cutoff_probabilities
from monazite.supply_chain import list_materials
from monazite.supply_chain.build import UnknownContent

BOTH_STAGES = ("extraction", "processing")
FEW = 3
"""Places up to which the suppliers of each are listed."""
PLACE = ("material", "stage", "region", "year")


def check_chance(kind: object, chance: float) -> None:
    """
    Refuse a chance that is none; `nan` is no number.

    Raises
    ------
    ValueError
        If it is not from 0 to 1; the command line puts the option before it, as a usage error.

    Examples
    --------
    >>> check_chance(float, 0.2)
    """
    if not 0 <= chance <= 1:
        raise ValueError(f"{chance:g} is no chance: expected a number from 0 to 1.")


def measure_loss(
    *,
    material: Names,
    region: Regions,
    year: Years,
    stage: Stages | None = None,
    at_worst: Annotated[
        float,
        Parameter(
            help="Chance a year that a supplier at the worst governance score ends its exports, 0..1.",
            validator=check_chance,
        ),
    ] = CUTOFFS_PER_RISK,
    probabilities: Annotated[
        Path | None,
        Parameter(help="CSV table instead, for the countries in it: country, probability (0..1 a year)."),
    ] = None,
    unknown_content: Annotated[
        UnknownContent,
        Parameter(
            help="Where the content of a traded product is unknown: refuse, estimate it and say so, or gross."
        ),
    ] = "missing",
    top: Annotated[
        int, Parameter(help="Suppliers to list of each place.", validator=validators.Number(gte=1))
    ] = 5,
    picture: Annotated[Path | None, Parameter(help="Draw the places as bars into this SVG file.")] = None,
    release: Release = None,
    json: Json = False,
) -> None:
    """Sum over the suppliers of a region: chance of a one-year cut-off times the supply that would be lacking."""
    check_picture(picture)
    stages = resolve_words("stage", "--stage", stage or BOTH_STAGES)
    names = read_names(material)
    regions, years = read_regions(region), read_years(year)
    stated = read_cutoff_probabilities(probabilities) if probabilities else {}
    data = open_snapshot(release)
    records, lineage = measure_expected_loss(
        data, materials=names or list_materials(data), stages=stages, regions=regions, years=years,
        options=LossOptions(at_worst=at_worst, probabilities=stated, unknown_content=unknown_content),
    )  # fmt: skip
    if picture is not None:
        write_loss_chart(records, picture)
    if json:
        envelope = wrap_records(records, lineage)
        if probabilities:
            envelope["sources"] = {**dict(envelope["sources"]), INPUTS_ID: describe_input(probabilities)}  # type: ignore[call-overload]
        sys.stdout.write(write_json(envelope))
        return
    print_losses(records, lineage, top)
    if probabilities:
        words = f"probabilities: {probabilities.name} (sha256 {hash_file(probabilities)[:12]})"
        make_console().print(Text(words, "dim"))


def print_losses(records: Sequence[Record], lineage: Lineage, top: int) -> None:
    """Print the sums of each place, the suppliers where the places are few, and what cannot be told."""
    console = make_console()
    places: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        places.setdefault(tuple(record[name] for name in PLACE), []).append(record)
    told = {key: rows for key, rows in places.items() if any("quantity" in row for row in rows)}
    if len(told) <= FEW:
        for key, rows in told.items():
            shown = [_supplier(row) for row in rows if row.get("quantity") == "cut_off"][:top]
            print_table(console, shown, f"one-year cut-offs, {', '.join(map(str, key))}")
    print_table(console, [_sum_up(key, rows) for key, rows in told.items()], "expected loss a year")
    for line in _explain(records, told):
        console.print(Text(line))
    basis = dict.fromkeys(str(row["weight"]) for row in records if "estimated" in str(row.get("weight")))
    for words in basis:
        console.print(Text(f"imputed: {words.removeprefix('contained; ')}"))
    for note in dict.fromkeys(str(row["note"]) for row in records if row.get("note")):
        console.print(Text(f"note: {note}"))
    print_sources(console, lineage)


def _explain(records: Sequence[Record], told: Mapping[tuple[object, ...], Sequence[Record]]) -> list[str]:
    """Say why there are ranges, of what the value added cannot be told, and of which materials nothing at all."""
    ranges = dict.fromkeys(
        str(row["reason"])
        for row in records
        if row.get("quantity") == "expected_loss" and row["value"] is None
    )
    groups: dict[str, list[str]] = {}
    known = {key[0] for key in told}
    for row in records:
        material = str(row["material"])
        if row.get("quantity") == "value_added_exposed" and row["high"] is None:
            reason = str(row["reason"]).replace(f" of {material} in ", " in ")
            reason = reason if "sum =" in reason else reason.partition(". ")[0].rstrip(".")
            groups.setdefault(f"value added cannot be told: {reason}", []).append(material)
        elif "quantity" not in row and material not in known:
            groups.setdefault(f"cannot tell: {row['reason']}", []).append(material)
    lines = [f"{reason} ({', '.join(dict.fromkeys(names))})" for reason, names in groups.items()]
    return [*(f"a range: {reason}" for reason in ranges), *lines]


def _supplier(row: Record) -> Record:
    """Compose the line of one supplier."""
    return {
        "exporter": row["exporter"], "of the supply": format_number(row["cut_share"], "share"),
        "chance a year": format_number(row["probability"], "share"), "chance from": row["probability_basis"],
        "% lacking": _span(row, "share"),
    }  # fmt: skip


def _sum_up(key: tuple[object, ...], rows: Sequence[Record]) -> Record:
    """Compose the line of one place: cut-offs, the one that weighs most, expected loss as share, money and exposure."""
    first = next(row for row in rows if row.get("quantity") == "cut_off")
    sums = {str(row.get("quantity")): row for row in rows}
    return {
        **dict(zip(PLACE, key, strict=True)), "cut-offs": sums["expected_cut"]["scenarios"],
        "heaviest": f"{first['exporter']} {format_number(first['cut_share'], 'share')}",
        "% of supply": _span(sums["expected_loss"], "share"),
        "million USD": _span(sums["expected_loss_usd"], "million"),
        "million EUR exposed": _span(sums["value_added_exposed"], "million"),
    }  # fmt: skip


def _span(row: Record, unit: str) -> str:
    """Write a value, or both ends of its interval."""
    low, high, value = row["low"], row["high"], row["value"]
    if high is None:
        return ""

    def write(number: object) -> str:
        if unit == "million":
            return format_number(float(str(number)) / 1e6, "")
        return f"{100 * float(str(number)):.3g}"

    return write(value) if value is not None else f"{write(low)} to {write(high)}"
