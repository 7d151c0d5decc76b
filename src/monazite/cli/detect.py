"""`monazite detect`: whether a trade flow broke from its counterfactual, when and how strongly."""

import re
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from monazite.cli.options import Json, Release, as_usage
from monazite.cli.output import make_console, print_sources, print_table
from monazite.cli.pictures import check_picture
from monazite.detection import LEAST_SHARE, WORLD, DetectedFlow, detect_flow
from monazite.errors import UsageError, nearest_names
from monazite.reports.break_chart import draw_breaks
from monazite.reports.envelope import wrap_records, write_json
from monazite.reports.files import write_picture
from monazite.reports.inputs import INPUTS_ID, wrap_input_records
from monazite.snapshot import Snapshot, open_snapshot
from monazite.sources.flow_series import read_flow_series
from monazite.vocabulary import country_name, resolve_country

SHOWN = (
    "year", "month", "kind", "value", "unit", "low", "high", "tonnes", "p_value", "verdict", "ended", "scope",
    "note",
)  # fmt: skip
NO_DATE = ("year", "month")
"""What is not shown of a flow that does not depart: where its largest departure would start."""
DATE = re.compile(r"(19|20)[0-9]{2}(-(0[1-9]|1[0-2]))?")

EDITION = "hs92"
"""Edition of the trade in which flows of the release are tested."""


def detect(
    *,
    exporter: Annotated[str, Parameter(help="Country that sells: CHN.")],
    importer: Annotated[str, Parameter(help="Country that buys: JPN; or world.")],
    product: Annotated[str, Parameter(help="HS code with its edition: hs92:284690.")],
    from_: Annotated[
        str, Parameter(name="--from", help="Look for breaks that start from here on: 2010 or 2010-09.")
    ] = "",
    to: Annotated[str, Parameter(help="Look for breaks that start up to here.")] = "",
    series: Annotated[
        Path | None,
        Parameter(help="CSV with period,exporter,importer,quantity_t[,value_usd], by year or by month."),
    ] = None,
    least_share: Annotated[
        float, Parameter(help="Least departure that counts as a break, as a share: 0.1 is 10 %.")
    ] = LEAST_SHARE,
    picture: Annotated[
        Path | None, Parameter(help="SVG file for the series, its counterfactual and the breaks.")
    ] = None,
    release: Release = None,
    json: Json = False,
) -> None:
    """Test whether a flow broke from its counterfactual: date, size, interval, p-value, verdict."""
    ends = [as_usage(lambda: resolve_country(exporter, "--exporter")), WORLD]
    if importer.casefold() != WORLD:
        ends[1] = as_usage(lambda: resolve_country(importer, "--importer"))
    check_words(ends, from_, to)
    if not 0 < least_share < 1:
        raise UsageError(
            "--least-share",
            f"{least_share:g} is no share.",
            expected="more than 0 and less than 1: 0.1 for 10 %",
        )
    check_picture(picture)
    table = read_flow_series(series) if series else None
    data = open_snapshot(release)
    code = check_product(data, product, has_series=series is not None)
    found = detect_flow(
        data, ends[0], ends[1], code, series=table, first=from_, last=to, least_share=least_share
    )
    if picture:
        names = [country_name(ends[0]), "the world" if ends[1] == WORLD else country_name(ends[1])]
        write_picture(picture, draw_breaks(found, f"{names[0]} to {names[1]}, {code}").svg)
    if json:
        envelope = wrap_records(found.records, found.lineage)
        if series:
            sources = wrap_input_records([], series)["sources"]
            envelope["sources"] = {**dict(_mapping(envelope["sources"])), **dict(_mapping(sources))}
        sys.stdout.write(write_json(envelope))
        return
    print_flow(found, series)


def print_flow(found: DetectedFlow, series: Path | None) -> None:
    """Print the breaks, what they were judged against, and the sources."""
    console = make_console()
    first = found.records[0]
    title = f"detect, {first['product']}, {first['exporter']} to {first['importer']}"
    rows = [
        {name: r[name] for name in SHOWN if name in r and not (r["kind"] == "none" and name in NO_DATE)}
        for r in found.records
    ]
    print_table(console, rows, title)
    for record in found.records:
        if record["reason"]:
            console.print(Text(f"{record['verdict']}: {record['reason']}"))
        if record["kind"] == "none":
            continue
        start = record.get("month", str(record["year"]))
        if record["earliest"] != record["latest"]:
            console.print(Text(f"dated {start}, may be {record['earliest']} to {record['latest']}"))
        if record["kind"] == "squeeze":
            console.print(
                Text("a squeeze: tonnes fell, the price rose; p is of both, low and high of the tonnes alone")
            )
    share = 100 * float(str(first["false_alarm_share"]))
    console.print(Text(f"{first['method']} ({first['placebos']}); at most {share:.0f} % false alarms"))
    if first["left_out"]:
        console.print(Text(f"left out, missing or doubtful: {first['left_out']}"))
    if series:
        console.print(Text(f"{INPUTS_ID}: {series.name}", "dim"))
    print_sources(console, found.lineage)


def check_words(ends: list[str], first: str, last: str) -> None:
    """Refuse an exporter that is its own importer, and dates that are none."""
    if ends[0] == ends[1]:
        raise UsageError(
            "--importer", f"{ends[1]} is the exporter as well.", expected="two different countries"
        )
    wrong = [
        f"{name} {text}"
        for name, text in (("--from", first), ("--to", last))
        if text and not DATE.fullmatch(text)
    ]
    if wrong:
        raise UsageError(
            "dates", "cannot be read.", which=wrong, expected="a year or a month: 2010 or 2010-09"
        )
    if first and last and first[: len(last)] > last:
        raise UsageError("--from", f"{first} comes after --to {last}.", expected="the earlier date first")


def check_product(data: Snapshot, text: str, *, has_series: bool) -> str:
    """Read a product code; without a series the release must have it."""
    edition, _, code = text.partition(":")
    if not code:
        edition, code = EDITION, edition
    if not re.fullmatch(r"hs[0-9]{2}", edition.lower()) or not re.fullmatch(r"[0-9]{6}", code):
        raise UsageError("--product", f"{text!r} is no code.", expected="edition and six digits: hs92:284690")
    if not has_series and edition.lower() != EDITION:
        raise UsageError(
            "--product", f"{text!r} is of another edition: detect reads the trade of {EDITION}.",
            expected=f"a code of {EDITION}, such as hs92:284690",
        )  # fmt: skip
    known = data.query(
        "SELECT DISTINCT edition || ':' || lpad(product_code::VARCHAR, 6, '0') AS code "
        "FROM trade WHERE edition = $edition",
        {"edition": EDITION},
    )
    name = f"{edition.lower()}:{code}"
    if not has_series and name not in known["code"]:
        raise UsageError(
            "--product", f"the release has no trade in {name}.",
            expected=f"one of its {len(known['code'])} codes", fix=nearest_names(name, map(str, known["code"])),
        )  # fmt: skip
    return name


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
