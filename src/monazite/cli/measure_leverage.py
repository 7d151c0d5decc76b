"""`monazite measure leverage`: what an exporter can do to an importer, net of what it does to itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from rich.text import Text

from monazite.cli.options import Json, Release, as_usage, read_stage, read_years, resolve_words
from monazite.cli.output import (
    make_console,
    print_records,
    print_sources,
    print_table,
    split_list,
    tell_progress,
)
from monazite.cli.pictures import check_picture
from monazite.errors import UsageError
from monazite.provenance import Lineage
from monazite.reports.envelope import Record
from monazite.reports.leverage_chart import EVEN, write_figure, write_leverage_chart
from monazite.scenarios.leverage import MONTHS, LeverageOptions, measure_leverage
from monazite.snapshot import open_snapshot

LONGEST = 120
"""Longest horizon. [months] Source: this project."""
Names = Annotated[
    list[str] | None,
    Parameter(negative="", help="Countries or groups; all with 2 % of the trade by default."),
]


def measure_leverage_command(
    *,
    material: Annotated[str, Parameter(help="One material.")],
    year: Annotated[str, Parameter(help="Year of the baseline; the ban starts with the next one.")],
    exporter: Names = None,
    importer: Names = None,
    stage: Annotated[
        str | None, Parameter(help="Stage of the traded product; the most traded by default.")
    ] = None,
    months: Annotated[str, Parameter(help="Horizons.")] = ",".join(map(str, MONTHS)),
    draws: Annotated[
        int, Parameter(help="Draws of the uncertain parameters.", validator=validators.Number(gte=1))
    ] = 60,
    seed: Annotated[int, Parameter(help="Seed of the draws.", validator=validators.Number(gte=0))] = 14,
    picture: Annotated[Path | None, Parameter(help="Draw the heat map into this SVG file.")] = None,
    release: Release = None,
    json: Json = False,
) -> None:
    """Ban each exporter's goods to each importer in the simulator: the loss caused, less the loss borne."""
    horizons = read_months(months)
    years = read_years(year)
    if len(years) > 1:
        raise UsageError("--year", f"names {len(years)} years.", expected="one year")
    names = resolve_words("material", "--material", [material])
    if len(names) > 1:
        raise UsageError("--material", f"names {len(names)} materials.", expected="one material")
    sellers = resolve_words("region", "--exporter", exporter) if exporter else ()
    buyers = resolve_words("region", "--importer", importer) if importer else ()
    where = read_stage("--stage", stage) or ""
    check_picture(picture)
    data = open_snapshot(release)
    with tell_progress("leverage") as on_progress:
        records, lineage = as_usage(
            lambda: measure_leverage(
                data, material=names[0], year=years[0], stage=where, exporters=sellers, importers=buyers,
                options=LeverageOptions(months=horizons, draws=draws, seed=seed), on_progress=on_progress,
            )
        )  # fmt: skip
    if picture is not None:
        write_leverage_chart(records, picture)
    if json:
        print_records(records, lineage, title="leverage", as_json=True)
        return
    print_leverage(records, lineage, draws)


def read_months(text: str) -> tuple[int, ...]:
    """
    Read --months: whole months from 1 to 120.

    Examples
    --------
    >>> read_months("12,3,3")
    (3, 12)
    """
    words = split_list([text])
    wrong = [word for word in words if not (word.isdecimal() and 1 <= int(word) <= LONGEST)]
    if wrong or not words:
        raise UsageError(
            "--months", "is not understood.", which=wrong, expected=f"months from 1 to {LONGEST}: 3,6,12"
        )
    return tuple(sorted({int(word) for word in words}))


def print_leverage(records: Sequence[Record], lineage: Lineage, draws: int) -> None:
    """Print a row a pair, the strongest first, with a column for each horizon."""
    console = make_console()
    pairs: dict[tuple[str, str], dict[tuple[str, int], Record]] = {}
    for record in records:
        pair = (str(record["exporter"]), str(record["importer"]))
        pairs.setdefault(pair, {})[str(record["quantity"]), int(str(record["months"]))] = record
    horizons = sorted({int(str(record["months"])) for record in records})
    told = {pair: own for pair, own in pairs.items() if own["leverage", horizons[-1]]["value"] is not None}
    strong = {pair: own for pair, own in told.items() if _strength(own, horizons) >= EVEN}
    order = sorted(strong, key=lambda pair: -float(str(told[pair]["leverage", horizons[-1]]["value"])))
    first = records[0] if records else {}
    title = f"leverage, {first.get('material')}, {first.get('stage')}, {first.get('year')}, {draws} draws"
    print_table(console, [_write_pair(pair, told[pair], horizons) for pair in order], title)
    for words in (
        "Median: worth of the importer's lost use and higher bill, less the exporter's lost revenue, over the worth of "
        "the importer's use in these months at baseline prices. Negative: the exporter loses more than it causes.",
        f"5-95 %, use lost and sales lost: after {horizons[-1]} months; both over the importer's use.",
        f"Baseline: {first.get('basis')}.",
    ):
        console.print(Text(words))
    if len(told) > len(strong):
        console.print(Text(f"{len(told) - len(strong)} more pairs within {EVEN} of 0; --json has them."))
    untold: dict[str, list[str]] = {}
    for pair, own in pairs.items():
        if pair not in told:
            untold.setdefault(str(own["leverage", horizons[-1]]["reason"]), []).append("-".join(pair))
    for reason, names in untold.items():
        console.print(Text(f"cannot tell: {reason} ({', '.join(names)})"))
    print_sources(console, lineage)


def _strength(own: Mapping[tuple[str, int], Record], horizons: Sequence[int]) -> float:
    """Largest leverage of a pair at any horizon, whatever its sign."""
    return max(abs(float(str(own["leverage", months]["value"]))) for months in horizons)


def _write_pair(
    pair: tuple[str, str], own: Mapping[tuple[str, int], Record], horizons: Sequence[int]
) -> Record:  # fmt: skip
    """Compose the line of one pair."""
    row: dict[str, object] = {"ban": " to ".join(pair)}
    for months in horizons:
        row[f"{months}m"] = write_figure(float(str(own["leverage", months]["value"])))
    last = horizons[-1]
    low, high = (float(str(own["leverage", last][end])) for end in ("low", "high"))
    row["5-95 %"] = f"{low:.1f} to {high:.1f}"
    for name, words in (("use_lost", "use lost"), ("sales_lost", "sales lost")):
        row[words] = f"{100 * float(str(own[name, last]['value'])):.0f} %"
    return row
